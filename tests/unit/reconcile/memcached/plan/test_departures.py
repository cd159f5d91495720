"""Nothing of a node that leaves goes before the configuration endpoint is seen to tell a list without it."""

import pytest
from msgspec.structs import replace

from elastane.model.memcached_clusters import Publication
from elastane.reconcile.memcached.plan import departures
from elastane.reconcile.memcached.situation import SeenEndpoint, Situation
from elastane.reconcile.memcached.steps import ForgetNode, RemoveDirectories, Step, StopNodes
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Wait
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_situations import (
    absent,
    dead,
    dead_endpoint,
    hung,
    just_silent_endpoint,
    situation,
    telling,
)

FIRST = cache_node(1)
SECOND, THIRD = (cache_node(number, is_leaving=True) for number in (2, 3))
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, THIRD, publication=Publication(version=4, node_ids=(FIRST.id,)))
STILL_PUBLISHED = replace(CLUSTER, publication=Publication(version=4, node_ids=(FIRST.id, SECOND.id)))


def steps(seen: Situation) -> tuple[Step, ...]:
    verdict = departures.rule(seen)
    assert isinstance(verdict, Act)
    assert verdict.why == "nodes 0002 and 0003 leave the cluster"
    return verdict.steps


def test_where_nobody_leaves_nothing_is_done() -> None:
    assert departures.rule(situation(memcached_cluster(published=4))) == SATISFIED


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param(telling(3), id="it tells the list before"),
        pytest.param(telling(5), id="it tells what a lost store has told"),
        pytest.param(dead_endpoint(), id="dead"),
        pytest.param(just_silent_endpoint(), id="late"),
    ],
)
def test_they_stay_until_the_list_without_them_is_told(endpoint: SeenEndpoint) -> None:
    alive = departures.rule(situation(CLUSTER, endpoint=endpoint))
    gone = departures.rule(situation(CLUSTER, absent(SECOND), absent(THIRD), endpoint=endpoint))

    assert (
        alive
        == gone
        == Wait(reason="nodes 0002 and 0003 leave the cluster once the configuration endpoint tells a list without")
    )


def test_they_stay_while_one_of_them_is_in_the_list() -> None:
    assert isinstance(departures.rule(situation(STILL_PUBLISHED)), Wait)


def test_then_they_are_stopped_also_one_that_hangs() -> None:
    assert steps(situation(CLUSTER, hung(SECOND))) == (StopNodes(node_ids=(SECOND.id, THIRD.id)),)
    assert steps(situation(CLUSTER, dead(SECOND))) == (StopNodes(node_ids=(THIRD.id,)),)


def test_then_they_are_cleaned_up() -> None:
    assert steps(situation(CLUSTER, dead(SECOND), absent(THIRD))) == (RemoveDirectories(node_ids=(SECOND.id,)),)


def test_then_they_are_forgotten() -> None:
    seen = situation(CLUSTER, absent(SECOND), absent(THIRD))

    assert steps(seen) == (ForgetNode(node_id=SECOND.id), ForgetNode(node_id=THIRD.id))
