"""Another node type or version comes in batches, waits for what is not well, and goes back when it does not start."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.engine_supply import NOT_TO_BE_HAD, Installable, Installing
from elastane.model.ids import CacheNodeId, cache_node_id
from elastane.model.memcached_clusters import (
    CacheNode,
    MemcachedCluster,
    RestartKind,
    RestartOrder,
    Rollout,
    Scaling,
)
from elastane.model.replication_groups import Software
from elastane.reconcile.memcached.plan import rollout
from elastane.reconcile.memcached.situation import SeenNode, Situation
from elastane.reconcile.memcached.steps import InstallEngine, OrderReplacements, RestoreSoftware
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict, Wait
from tests.kit.memcached_clusters import cache_node, memcached_cluster, observed_cluster
from tests.kit.memcached_situations import (
    NOW,
    coming_up,
    dead,
    dead_endpoint,
    hung,
    just_silent,
    newly_ready,
    ready,
    situation,
    telling,
    with_failed_starts,
    with_software,
)

LARGE = "cache.m6g.large"
FIVE = tuple(cache_node(number) for number in range(1, 6))
CLUSTER = memcached_cluster("sessions", *FIVE, published=4)
REPLACED = RestartOrder(requested_at=NOW, kind=RestartKind.REPLACEMENT)


def scaled(
    *nodes: CacheNode, percentage: int = 40, interval_minutes: int = 5, seconds_ago: float | None = None
) -> MemcachedCluster:
    """Shall be large; the last batch was ordered so long ago, if any was."""
    batch_at = None if seconds_ago is None else NOW - timedelta(seconds=seconds_ago)
    scaling = Scaling(percentage=percentage, interval_minutes=interval_minutes)
    cluster = memcached_cluster(
        "sessions", *(nodes or FIVE), published=4, rollout=Rollout(scaling=scaling, batch_at=batch_at)
    )
    return with_software(cluster, node_type=LARGE)


def batch_of(verdict: Verdict) -> tuple[CacheNodeId, ...]:
    if not isinstance(verdict, Act):
        return ()
    (step,) = verdict.steps
    return step.node_ids if isinstance(step, OrderReplacements) else ()


def judged(cluster: MemcachedCluster, *told: SeenNode, **changes: Any) -> Verdict:
    """Every node ran what the cluster ran before."""
    changes.setdefault("before", observed_cluster(CLUSTER))
    return rollout.rule(situation(cluster, *told, **changes))


def ids(*numbers: int) -> tuple[CacheNodeId, ...]:
    return tuple(cache_node_id(number) for number in numbers)


def test_what_is_as_it_shall_be_stays() -> None:
    assert judged(CLUSTER) == SATISFIED


# --- another node type ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percentage", "batch"), [(10, ids(1)), (20, ids(1)), (21, ids(1, 2)), (40, ids(1, 2)), (100, ids(1, 2, 3, 4, 5))]
)
def test_a_batch_is_the_share_that_was_asked_for_rounded_up(percentage: int, batch: tuple[CacheNodeId, ...]) -> None:
    assert batch_of(judged(scaled(percentage=percentage))) == batch


def test_without_a_share_it_is_awss_fifth() -> None:
    assert batch_of(judged(replace(scaled(), rollout=None))) == ids(1)


def test_the_reason_says_what_becomes_of_it() -> None:
    verdict = judged(scaled())

    assert isinstance(verdict, Act)
    assert verdict.why == "nodes 0001 and 0002 must be started anew as cache.m6g.large with memcached 1.6.38"


def test_one_that_leaves_neither_counts_nor_is_replaced() -> None:
    leaving = tuple(replace(node, is_leaving=True) for node in FIVE[:3])

    assert batch_of(judged(scaled(*leaving, *FIVE[3:], percentage=50))) == ids(4)


def large(*numbers: int) -> tuple[CacheNode, ...]:
    """Those nodes were replaced."""
    return tuple(replace(node, node_type=LARGE) if node.id in ids(*numbers) else node for node in FIVE)


@pytest.mark.parametrize(("seconds_ago", "batch"), [(0, ()), (299, ()), (300, ids(3, 4)), (-3600, ids(3, 4))], ids=str)
def test_the_next_batch_comes_after_its_interval_and_a_clock_that_was_put_back_makes_it_no_longer(
    seconds_ago: float, batch: tuple[CacheNodeId, ...]
) -> None:
    assert batch_of(judged(scaled(*large(1, 2), seconds_ago=seconds_ago))) == batch


def test_a_fresh_batch_is_told_with_the_moment_of_the_next() -> None:
    assert judged(scaled(*large(1, 2), seconds_ago=60)) == Wait(
        reason="nodes 0003, 0004 and 0005 must wait until 13:04:00 UTC: the last batch is fresh"
    )


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(coming_up, id="comes up"),
        pytest.param(dead, id="is dead"),
        pytest.param(hung, id="hangs"),
        pytest.param(just_silent, id="is late"),
        pytest.param(lambda node: ready(replace(node, restart=REPLACED)), id="is still to end"),
    ],
)
def test_a_batch_waits_for_the_one_before(seen: Callable[[CacheNode], SeenNode]) -> None:
    nodes = large(1, 2)

    verdict = judged(scaled(*nodes, seconds_ago=3600), seen(nodes[1]))

    assert verdict == Wait(reason="nodes 0003, 0004 and 0005 must wait for node 0002 to be ready")


def test_a_zone_that_is_lost_amid_it_holds_it_up() -> None:
    lost = replace(large(1, 2)[1], zone="us-east-1b")
    nodes = (large(1)[0], lost, *FIVE[2:])

    verdict = judged(scaled(*nodes, seconds_ago=3600), dead(lost), lost_zones=frozenset({lost.zone}))

    assert isinstance(verdict, Wait)


def test_a_batch_waits_until_clients_know_of_the_one_before() -> None:
    waiting = Wait(
        reason="nodes 0003, 0004 and 0005 must wait until the configuration endpoint tells what is published"
    )

    for endpoint in (telling(3), dead_endpoint()):
        assert judged(scaled(*large(1, 2), seconds_ago=3600), endpoint=endpoint) == waiting


def test_who_is_dead_anyway_is_ordered_at_once_whatever_else_waits() -> None:
    seen = judged(scaled(*large(1, 2), seconds_ago=0), dead(FIVE[4]), just_silent(large(1)[0]))

    assert batch_of(seen) == ids(5)


def test_nodes_that_were_added_with_it_are_of_the_new_type_already() -> None:
    added = cache_node(6, node_type=LARGE)
    cluster = scaled(*FIVE, added)

    assert isinstance(judged(cluster, coming_up(added)), Wait)
    assert batch_of(judged(cluster, newly_ready(added))) == ids(1, 2, 3)


# --- another version -----------------------------------------------------------------------------


NEWER: dict[str, Any] = {"engines": (("memcached", "1.6.40"),), "start_version": "1.6.40"}


def patched(patch: str = "1.6.40", **changes: Any) -> MemcachedCluster:
    return with_software(
        replace(CLUSTER, rollout=Rollout(scaling=Scaling(percentage=40, interval_minutes=5))), patch=patch
    )


def test_a_newer_engine_comes_in_batches_without_an_interval() -> None:
    renewed = tuple(ready(node, engine_version="1.6.40") for node in FIVE[:2])
    fresh = replace(patched(), rollout=Rollout(scaling=Scaling(percentage=40, interval_minutes=5), batch_at=NOW))

    assert batch_of(judged(patched(), **NEWER)) == ids(1, 2)
    assert batch_of(judged(fresh, *renewed, **NEWER)) == ids(3, 4)


def test_what_runs_and_is_newer_than_asked_for_stays() -> None:
    assert judged(patched("1.6.30")) == SATISFIED


def test_an_engine_that_appears_on_the_machine_is_no_reason_by_itself() -> None:
    assert judged(CLUSTER, **NEWER) == SATISFIED


@pytest.mark.parametrize("start_version", ["1.6.38", "1.6.37"])
def test_nobody_is_replaced_by_what_is_not_newer(start_version: str) -> None:
    """Again and again, that would be."""
    engines = (("memcached", start_version), ("memcached", "1.6.40"))

    assert judged(patched(), engines=engines, start_version=start_version) == SATISFIED


def test_a_version_that_is_below_what_was_asked_for_is_too_old_whatever_its_patch() -> None:
    old = tuple(ready(node, engine_version="1.6.12") for node in FIVE)

    assert batch_of(judged(CLUSTER, *old)) == ids(1)


TOO_OLD = tuple(ready(node, engine_version="1.6.12") for node in FIVE)
MISSING: dict[str, Any] = {"engines": (("memcached", "1.6.12"),), "start_version": None}
ASKED = with_software(CLUSTER, patch="")


def test_an_engine_that_is_missing_is_fetched_first() -> None:
    installable = judged(ASKED, *TOO_OLD, engine_supply=Installable(), **MISSING)
    installing = judged(ASKED, *TOO_OLD, engine_supply=Installing(progress="1 of 2 MB"), **MISSING)

    assert installable == Act(
        steps=(InstallEngine(engine=ASKED.software.engine, version="1.6.22"),),
        why="memcached 1.6.22 is not on this machine and is to be installed",
    )
    assert installing == Wait(reason="waits for memcached 1.6.22 to be installed: 1 of 2 MB")


def test_also_for_another_node_type_nobody_is_stopped_who_could_not_be_started_again() -> None:
    gone = {"engines": (), "start_version": None}

    assert judged(scaled(), engine_supply=NOT_TO_BE_HAD, **gone) == Wait(
        reason="nodes 0001, 0002, 0003, 0004 and 0005 must run memcached 1.6.22, which is not on this machine",
        is_told=True,
    )


# --- going back ----------------------------------------------------------------------------------


FORMER = CLUSTER.software


def gone_back(verdict: Verdict) -> Software | None:
    if not isinstance(verdict, Act):
        return None
    (step,) = verdict.steps
    return step.software if isinstance(step, RestoreSoftware) else None


def failing(count: int) -> SeenNode:
    node = large(1)[0]
    return dead(node, before=with_failed_starts(node, count))


def test_one_that_does_not_start_any_more_sends_the_cluster_back() -> None:
    cluster = scaled(*large(1), seconds_ago=5)

    verdict = judged(cluster, failing(3))

    assert gone_back(judged(cluster, failing(2))) is None
    assert gone_back(verdict) == FORMER
    assert isinstance(verdict, Act)
    assert verdict.why == (
        "node 0001 does not start any more (3 tries): it exited (1): the cluster goes on with cache.t4g.micro and "
        "memcached 1.6.38"
    )


def test_the_parameter_group_stays_what_it_is() -> None:
    cluster = with_software(scaled(*large(1), seconds_ago=5), parameter_group_name="tuned")

    restored = gone_back(judged(cluster, failing(3)))

    assert restored == replace(FORMER, parameter_group_name="tuned")


def test_the_way_back_begins_with_who_does_not_start() -> None:
    back = memcached_cluster(
        "sessions", *large(1, 2), published=4, rollout=Rollout(scaling=Scaling(percentage=20, interval_minutes=5))
    )

    assert batch_of(judged(back, failing(5))) == ids(1)
    assert batch_of(judged(back, ready(FIVE[0]))) == ids(2)


def test_a_node_that_has_failed_before_it_was_replaced_is_no_reason() -> None:
    old = dead(FIVE[3], before=with_failed_starts(FIVE[3], 9))

    assert batch_of(judged(scaled(), old)) == ids(4)


def test_there_is_no_way_back_to_the_same_or_to_nothing() -> None:
    same = memcached_cluster("sessions", *large(1), published=4)
    unknown = scaled(*large(1), seconds_ago=5)

    assert gone_back(judged(same, failing(9))) is None
    assert gone_back(judged(unknown, failing(9), before=observed_cluster(CLUSTER, software=None))) is None


def test_an_engine_that_is_not_to_be_had_sends_the_cluster_back_if_the_former_is_here() -> None:
    asked = with_software(memcached_cluster("sessions", *FIVE, published=4), version="1.6.38")
    former = replace(FORMER, version="1.6.12", patch="1.6.12")
    before = observed_cluster(CLUSTER, software=former)
    lost = {"engines": (), "start_version": None}

    here = judged(asked, *TOO_OLD, before=before, engine_supply=NOT_TO_BE_HAD, **MISSING)
    nowhere = judged(asked, *TOO_OLD, before=before, engine_supply=NOT_TO_BE_HAD, **lost)

    assert gone_back(here) == former
    assert isinstance(nowhere, Wait)


def test_a_batch_that_does_not_come_back_stops_the_rest() -> None:
    """Until it is clear that it never will."""
    seen: Situation = situation(scaled(*large(1), seconds_ago=3600), failing(1), before=observed_cluster(CLUSTER))

    assert rollout.rule(seen) == Wait(reason="nodes 0002, 0003, 0004 and 0005 must wait for node 0001 to be ready")
