"""Dead processes are started again, each judged by itself."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.engine_supply import NOT_TO_BE_HAD, EngineSupply, Installable, Installing
from elastane.model.observations import Running
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.observed_replication_groups import Failure
from elastane.reconcile.memcached.plan import nodes
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.steps import InstallEngine, StartEndpoint, StartNodes, Step
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Failed, Wait
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import CONFIGURATION_ADDRESS, cache_node, memcached_cluster, observed_process
from tests.kit.memcached_situations import (
    NOW,
    absent,
    coming_up,
    dead,
    dead_endpoint,
    endpoint_coming_up,
    new_situation,
    ready,
    situation,
    with_failed_starts,
)

FIRST, SECOND, THIRD = cache_node(1), cache_node(2, zone="us-east-1b"), cache_node(3)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, THIRD, published=1)
NEW = memcached_cluster("sessions", FIRST, SECOND, THIRD)
TAKEN = "bind(): Address already in use\nfailed to listen on TCP port 11211: Address already in use"
MISSING: dict[str, Any] = {"engines": (), "start_version": None}
INSTALL = InstallEngine(engine=CLUSTER.software.engine, version=CLUSTER.software.version)


def steps(seen: Situation) -> tuple[Step, ...]:
    verdict = nodes.rule(seen)
    return verdict.steps if isinstance(verdict, Act) else ()


def test_what_runs_is_left_alone() -> None:
    assert nodes.rule(situation(CLUSTER)) == SATISFIED


def test_all_of_a_new_cluster_is_started_side_by_side() -> None:
    verdict = nodes.rule(new_situation(NEW))

    assert verdict == Act(
        steps=(StartNodes(node_ids=(FIRST.id, SECOND.id, THIRD.id)), StartEndpoint()),
        why="nodes 0001, 0002 and 0003 and the configuration endpoint do not run",
    )


def test_a_dead_node_is_started_at_once() -> None:
    verdict = nodes.rule(situation(CLUSTER, dead(SECOND)))

    assert verdict == Act(steps=(StartNodes(node_ids=(SECOND.id,)),), why="node 0002 does not run")


def test_so_is_the_configuration_endpoint() -> None:
    verdict = nodes.rule(situation(CLUSTER, endpoint=dead_endpoint()))

    assert verdict == Act(steps=(StartEndpoint(),), why="the configuration endpoint does not run")


def test_when_all_are_dead_all_are_started() -> None:
    seen = situation(CLUSTER, dead(FIRST), dead(SECOND), dead(THIRD), endpoint=dead_endpoint())

    assert steps(seen) == (StartNodes(node_ids=(FIRST.id, SECOND.id, THIRD.id)), StartEndpoint())


def test_one_that_leaves_is_not_started_again() -> None:
    leaving = replace(THIRD, is_leaving=True)
    cluster = memcached_cluster("sessions", FIRST, SECOND, leaving, published=1)

    assert nodes.rule(situation(cluster, dead(leaving))) == SATISFIED


@pytest.mark.parametrize(("failed_starts", "rest_seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (30, 30.0)])
def test_who_keeps_dying_rests_longer_and_longer_and_nobody_else_does(failed_starts: int, rest_seconds: float) -> None:
    def started_after(seconds: float) -> tuple[Step, ...]:
        before = with_failed_starts(SECOND, failed_starts, seconds_ago=seconds)
        return steps(situation(CLUSTER, dead(SECOND, before=before), dead(THIRD)))

    assert started_after(rest_seconds - 0.01) == (StartNodes(node_ids=(THIRD.id,)),)
    assert started_after(rest_seconds) == (StartNodes(node_ids=(SECOND.id, THIRD.id)),)


def test_a_failure_dated_in_the_future_keeps_nobody_down() -> None:
    before = with_failed_starts(SECOND, 30, seconds_ago=-3600)

    assert steps(situation(CLUSTER, dead(SECOND, before=before))) == (StartNodes(node_ids=(SECOND.id,)),)


def test_the_configuration_endpoint_rests_by_itself() -> None:
    resting = observed_process(failed_starts=3, last_failed_at=NOW - timedelta(seconds=1))

    assert nodes.rule(situation(CLUSTER, endpoint=dead_endpoint(before=resting))) == SATISFIED
    assert steps(situation(CLUSTER, dead(FIRST), endpoint=dead_endpoint(before=resting))) == (
        StartNodes(node_ids=(FIRST.id,)),
    )


def test_a_zone_that_is_lost_keeps_only_its_own_nodes_down() -> None:
    lost = frozenset({SECOND.zone})

    assert steps(situation(CLUSTER, dead(FIRST), dead(SECOND), lost_zones=lost)) == (StartNodes(node_ids=(FIRST.id,)),)
    assert nodes.rule(situation(CLUSTER, dead(SECOND), lost_zones=lost)) == SATISFIED


# --- an engine that is not here ------------------------------------------------------------------


def test_while_the_engine_is_installed_everything_else_goes_on() -> None:
    supply = Installing(progress="40 % of 2 MB")

    both = nodes.rule(situation(CLUSTER, dead(FIRST), endpoint=dead_endpoint(), engine_supply=supply, **MISSING))
    node = nodes.rule(situation(CLUSTER, dead(FIRST), engine_supply=supply, **MISSING))
    nobody = nodes.rule(situation(CLUSTER, engine_supply=supply, **MISSING))

    assert both == Act(steps=(StartEndpoint(),), why="the configuration endpoint does not run")
    assert node == Wait(reason="waits for memcached 1.6.22 to be installed: 40 % of 2 MB")
    assert nobody == SATISFIED


@pytest.mark.parametrize(
    ("supply", "expected"),
    [
        (Installable(), (StartEndpoint(), INSTALL)),
        (NOT_TO_BE_HAD, (StartNodes(node_ids=(FIRST.id, SECOND.id, THIRD.id)), StartEndpoint())),
    ],
)
def test_what_can_be_fetched_is_ordered_and_else_the_start_says_what_is_missing(
    supply: EngineSupply, expected: tuple[Step, ...]
) -> None:
    assert steps(new_situation(NEW, engine_supply=supply, **MISSING)) == expected


def test_a_new_cluster_gives_up_on_an_engine_that_cannot_be_installed_and_an_old_one_never_does() -> None:
    supply = Installable(failure_count=3, failed_at=NOW, reason="The mirror is away.")

    new = nodes.rule(new_situation(NEW, engine_supply=supply, **MISSING))
    old = steps(situation(CLUSTER, dead(FIRST), engine_supply=supply, **MISSING))

    assert new == Failed(reason="memcached 1.6.22 could not be installed: The mirror is away")
    assert old == (StartNodes(node_ids=(FIRST.id,)),)


# --- a creation that fails -----------------------------------------------------------------------


def test_a_new_cluster_whose_address_is_taken_fails_at_once_and_names_the_address() -> None:
    before = with_failed_starts(SECOND, 1, was_ready=False, is_recovering=False)

    verdict = nodes.rule(new_situation(NEW, dead(SECOND, before=before, last_words=TAKEN)))

    assert verdict == Failed(
        reason=f"another process already listens at {SECOND.address}:11211, the address of node 0002"
    )


def test_so_does_one_whose_endpoints_address_is_taken() -> None:
    failed = observed_process(failed_starts=1, last_failed_at=NOW)

    verdict = nodes.rule(new_situation(NEW, endpoint=dead_endpoint(before=failed, last_words=TAKEN)))

    assert verdict == Failed(
        reason=f"another process already listens at {CONFIGURATION_ADDRESS}:11211, the address of the configuration "
        "endpoint"
    )


def test_a_new_cluster_gives_up_after_three_tries_and_quotes_the_engine() -> None:
    before = with_failed_starts(SECOND, 3)

    verdict = nodes.rule(new_situation(NEW, dead(SECOND, before=before, last_words="no such option")))

    assert verdict == Failed(reason="node 0002 would not start (3 tries); it said: no such option")


def test_a_new_cluster_gives_up_on_what_runs_and_never_answers() -> None:
    since = NOW - timedelta(seconds=60)
    node = new_situation(NEW, coming_up(FIRST, seconds=60), endpoint=endpoint_coming_up())
    endpoint = new_situation(NEW, coming_up(FIRST), endpoint=endpoint_coming_up(seconds=60))

    assert isinstance(nodes.rule(node), Act)
    assert nodes.rule(replace(node, now=since + timedelta(seconds=61))) == Failed(
        reason="node 0001 runs, and has not answered for 61 seconds"
    )
    assert nodes.rule(replace(endpoint, now=since + timedelta(seconds=61))) == Failed(
        reason="the configuration endpoint runs, and has not answered for 61 seconds"
    )


def test_a_clock_that_jumps_makes_no_start_older() -> None:
    """The silence begins anew with it."""
    young = coming_up(FIRST)
    jumped = replace(young, process=Running(pid=1, started_at=CREATED_AT - timedelta(hours=1)))

    assert isinstance(nodes.rule(new_situation(NEW, jumped)), Act)


def test_a_permanent_failure_of_a_new_cluster_stays_its_verdict() -> None:
    failure = Failure(sentence="the disk is gone", generation=1, at=NOW, is_permanent=True)

    verdict = nodes.rule(new_situation(NEW, before=ObservedMemcachedCluster(failure=failure)))

    assert verdict == Failed(reason="the disk is gone")


def test_a_cluster_that_once_worked_never_gives_up() -> None:
    failure = Failure(sentence="it failed", generation=1, at=NOW, is_permanent=True)
    before = with_failed_starts(SECOND, 50, seconds_ago=3600)
    seen = situation(
        CLUSTER,
        dead(SECOND, before=before, last_words=TAKEN),
        before=ObservedMemcachedCluster(available_since=CREATED_AT, failure=failure),
    )

    assert steps(seen) == (StartNodes(node_ids=(SECOND.id,)),)


def test_a_node_that_is_not_there_any_more_is_started_like_a_dead_one() -> None:
    assert steps(situation(CLUSTER, absent(FIRST, before=ready(FIRST).before))) == (StartNodes(node_ids=(FIRST.id,)),)
