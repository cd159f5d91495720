"""Readiness says what is waited for, maintenance begins what waits for its window."""

from datetime import datetime

import pytest

from elastane.model.memcached_clusters import PendingChange
from elastane.model.observations import Busy, Refusing, Unknown
from elastane.reconcile.memcached.plan import maintenance, readiness, steadiness
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode
from elastane.reconcile.memcached.steps import ApplyPending
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Wait
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_situations import (
    absent,
    absent_endpoint,
    coming_up,
    dead,
    endpoint_coming_up,
    just_silent,
    just_silent_endpoint,
    silent,
    situation,
    telling,
    with_software,
)

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=4)


def test_steadiness_doubts_our_sense_of_time() -> None:
    assert steadiness.rule(situation(CLUSTER)) == SATISFIED
    assert steadiness.rule(situation(CLUSTER, unsteady="the clock jumped")) == Wait(reason="the clock jumped")


# --- readiness -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (absent(FIRST), "node 0001 is not there yet"),
        (dead(FIRST), "node 0001 was killed by signal 9"),
        (dead(FIRST, exit_code=1, last_words="no such option\n"), "node 0001 exited (1): no such option"),
        (coming_up(FIRST), "node 0001 is starting"),
        (just_silent(FIRST), "node 0001 does not answer: no answer in 0.2 s"),
        (silent(FIRST, seconds=1, looks=5, engine=Refusing()), "node 0001 runs, but refuses connections"),
        (silent(FIRST, seconds=1, looks=5, engine=Unknown(reason="why?")), "node 0001 does not answer: why?"),
    ],
)
def test_readiness_says_what_a_node_does(seen: SeenNode, sentence: str) -> None:
    assert readiness.rule(situation(CLUSTER, seen)) == Wait(reason=sentence)


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        (absent_endpoint(), "the configuration endpoint is not there yet"),
        (endpoint_coming_up(), "the configuration endpoint is starting"),
        (just_silent_endpoint(), "the configuration endpoint does not answer: no answer in 0.2 s"),
        (telling(0), "the configuration endpoint tells no list of nodes yet"),
        (telling(3), "the configuration endpoint tells list 3 of the nodes"),
    ],
)
def test_readiness_says_what_the_endpoint_does(endpoint: SeenEndpoint, sentence: str) -> None:
    assert readiness.rule(situation(CLUSTER, endpoint=endpoint)) == Wait(reason=sentence)


def test_readiness_names_a_zone_that_is_down() -> None:
    verdict = readiness.rule(situation(CLUSTER, dead(FIRST), just_silent(SECOND), lost_zones=frozenset({FIRST.zone})))

    assert verdict == Wait(
        reason="node 0001 cannot be started while its zone us-east-1a is down; node 0002 does not answer: no answer in "
        "0.2 s"
    )


def test_readiness_does_not_wait_for_who_leaves() -> None:
    leaving = cache_node(2, is_leaving=True)
    cluster = memcached_cluster("sessions", FIRST, leaving, published=4)

    assert readiness.rule(situation(cluster, dead(leaving))) == SATISFIED


def test_a_node_and_the_endpoint_are_described_alike() -> None:
    seen = situation(CLUSTER, silent(FIRST, seconds=1, looks=5, engine=Busy(reason="why?")), endpoint=telling(4))

    assert readiness.describe_node(seen.get(FIRST.id)) == "does not answer: why?"
    assert readiness.describe_node(seen.get(SECOND.id)) == "answers"
    assert readiness.describe_endpoint(seen.endpoint) == "tells list 4 of the nodes"


# --- maintenance ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_begun"),
    [
        ("2026-11-29T04:59:59+00:00", False),
        ("2026-11-29T05:00:00+00:00", True),
        ("2026-11-29T05:59:59+00:00", True),
        ("2026-11-29T06:00:00+00:00", False),
    ],
)
def test_what_waits_is_begun_in_its_window(at: str, is_begun: bool) -> None:
    larger = with_software(CLUSTER, node_type="cache.m6g.large").software
    changes = (
        PendingChange(software=larger),
        PendingChange(added=(cache_node(3),)),
        PendingChange(software=larger, removed_ids=(SECOND.id,)),
    )
    begun = Act(steps=(ApplyPending(),), why="the maintenance window is open: what waited for it begins")

    for pending in changes:
        cluster = memcached_cluster("sessions", FIRST, SECOND, published=4, pending=pending)
        verdict = maintenance.rule(situation(cluster, now=datetime.fromisoformat(at)))
        assert verdict == (begun if is_begun else SATISFIED)


def test_where_nothing_waits_nothing_begins() -> None:
    assert maintenance.rule(situation(CLUSTER, now=datetime.fromisoformat("2026-11-29T05:30:00+00:00"))) == SATISFIED
