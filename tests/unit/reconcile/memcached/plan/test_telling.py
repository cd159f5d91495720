"""The configuration endpoint is given what is published, and asked whether it tells it."""

import pytest

from elastane.reconcile.memcached.plan import telling
from elastane.reconcile.memcached.situation import SeenEndpoint
from elastane.reconcile.memcached.steps import Tell
from elastane.reconcile.memcached.verdicts import SATISFIED, Act
from tests.kit.memcached_clusters import memcached_cluster
from tests.kit.memcached_situations import (
    dead_endpoint,
    endpoint_coming_up,
    hung_endpoint,
    just_silent_endpoint,
    situation,
)
from tests.kit.memcached_situations import telling as tells

CLUSTER = memcached_cluster(published=4)


@pytest.mark.parametrize("told", [0, 3])
def test_one_that_tells_an_older_list_is_given_the_new_one(told: int) -> None:
    verdict = telling.rule(situation(CLUSTER, endpoint=tells(told)))

    assert verdict == Act(steps=(Tell(),), why=f"the configuration endpoint tells list {told}, not 4")


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param(tells(4), id="it tells it"),
        pytest.param(tells(5), id="it tells a newer one, of which the rule before has the word"),
        pytest.param(dead_endpoint(), id="dead"),
        pytest.param(endpoint_coming_up(), id="it reads it now"),
        pytest.param(just_silent_endpoint(), id="late"),
        pytest.param(hung_endpoint(), id="it hangs"),
    ],
)
def test_nothing_is_told_when(endpoint: SeenEndpoint) -> None:
    assert telling.rule(situation(CLUSTER, endpoint=endpoint)) == SATISFIED


def test_nothing_is_told_before_anything_is_published() -> None:
    assert telling.rule(situation(memcached_cluster(), endpoint=tells(0))) == SATISFIED
