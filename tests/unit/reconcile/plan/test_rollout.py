"""Engines are replaced one node at a time: replicas first, the primary last, and back again if it cannot be."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.engine_names import EngineName
from elastane.model.engine_supply import NOT_TO_BE_HAD, EngineSupply, Installable, Installing
from elastane.model.observed_replication_groups import Failure, ObservedNode, ObservedReplicationGroup
from elastane.model.replication_groups import Node, ReplicationGroup, Software
from elastane.reconcile.plan import rollout
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import (
    AddTemporaryNode,
    BindAddresses,
    InstallEngine,
    RecordPrimary,
    RestoreSoftware,
    RetireNodes,
    Step,
    StopNodes,
)
from tests.kit import groups
from tests.kit.situations import NOW, coming_up, dead, primary, replica, silence, situation, with_part, worked

NEW = ("valkey", "9.1.2")
OLD = ("valkey", "8.1.6")
REDIS = ("redis", "7.0.15")
READER = "127.88.48.11"

THREE = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = THREE.nodes
TEMPORARY = replace(groups.node("orders--0001"), is_temporary=True)
FORMER = replace(THREE.software, version="8.1", patch="8.1.6", parameter_group_name="default.valkey8")
WANTED = replace(THREE.software, patch="9.1.2")


def running(seen: SeenNode, engine: tuple[str, str], **before: Any) -> SeenNode:
    """The node with this engine, which it had when it was last heard, too."""
    assert seen.answer is not None
    name, version = EngineName(engine[0]), engine[1]
    last = groups.observed_node(
        seen.node, has_synced=True, is_up_to_date=True, **({"engine": name, "engine_version": version} | before)
    )
    return replace(seen, engine=replace(seen.answer, engine=name, engine_version=version), before=last)


def of(count: int, *extra: Node) -> ReplicationGroup:
    group = with_part(THREE, nodes=(*THREE.nodes[:count], *extra))
    return replace(group, software=WANTED)


def at(
    group: ReplicationGroup,
    *seen: SeenNode,
    engines: tuple[tuple[str, str], ...] = (NEW, OLD),
    former: Software | None = FORMER,
    failure: Failure | None = None,
    **changes: Any,
) -> Situation:
    before: ObservedReplicationGroup = worked(group, FIRST, software=former, failure=failure)
    return situation(group, *seen, before=before, engines=engines, **changes)


def steps(verdict: Verdict) -> tuple[Step, ...]:
    assert isinstance(verdict, Act), verdict
    return verdict.steps


def old(node: Node, **changes: Any) -> SeenNode:
    return running(replica(node, FIRST, **changes), OLD)


def new(node: Node, of_primary: Node = FIRST, **changes: Any) -> SeenNode:
    return running(replica(node, of_primary, **changes), NEW)


# --- the order of things -------------------------------------------------------------------------


def test_nothing_follows_while_every_node_runs_what_it_shall() -> None:
    assert rollout.rule(at(of(2), running(primary(FIRST), NEW), new(SECOND))) == SATISFIED


@pytest.mark.parametrize(
    ("situation_of", "expected"),
    [
        pytest.param(
            at(of(3), running(primary(FIRST), OLD), old(SECOND), old(THIRD)),
            (StopNodes(node_ids=(SECOND.id,)),),
            id="of three the first replica begins",
        ),
        pytest.param(
            at(of(3), running(primary(FIRST), OLD), new(SECOND), old(THIRD)),
            (StopNodes(node_ids=(THIRD.id,)),),
            id="then the next one",
        ),
        pytest.param(
            at(of(3), running(primary(FIRST), OLD), new(SECOND), new(THIRD)),
            (RecordPrimary(node_group_id=THREE.node_groups[0].id, node_id=SECOND.id, epoch=2),),
            id="a primary hands its role over first",
        ),
        pytest.param(
            at(of(1), running(primary(FIRST), OLD)),
            (AddTemporaryNode(node_group_id=THREE.node_groups[0].id),),
            id="who is alone gets a temporary replica",
        ),
        pytest.param(
            at(of(2), running(primary(FIRST), OLD), old(SECOND)),
            (AddTemporaryNode(node_group_id=THREE.node_groups[0].id),),
            id="so do two: one would be alone meanwhile",
        ),
        pytest.param(
            at(of(2, TEMPORARY), running(primary(FIRST), OLD), old(SECOND), new(TEMPORARY)),
            (StopNodes(node_ids=(SECOND.id,)),),
            id="with it the replica is replaced",
        ),
        pytest.param(
            at(of(2, TEMPORARY), running(primary(FIRST), OLD), new(SECOND), new(TEMPORARY)),
            (RecordPrimary(node_group_id=THREE.node_groups[0].id, node_id=SECOND.id, epoch=2),),
            id="the customer's own replica takes over",
        ),
        pytest.param(
            at(of(1, TEMPORARY), running(primary(FIRST), OLD), new(TEMPORARY)),
            (RecordPrimary(node_group_id=THREE.node_groups[0].id, node_id=TEMPORARY.id, epoch=2),),
            id="or the temporary one where there is no other",
        ),
        pytest.param(
            at(of(2, TEMPORARY), running(primary(FIRST), NEW), new(SECOND), new(TEMPORARY)),
            (RetireNodes(node_ids=(TEMPORARY.id,)),),
            id="in the end it leaves",
        ),
        pytest.param(
            at(of(1, TEMPORARY), running(primary(FIRST), NEW), dead(TEMPORARY)),
            (RetireNodes(node_ids=(TEMPORARY.id,)),),
            id="also one that never came up",
        ),
    ],
)
def test_what_is_done_next(situation_of: Situation, expected: tuple[Step, ...]) -> None:
    assert steps(rollout.rule(situation_of)) == expected


def test_a_replica_that_readers_are_at_is_left_by_them_before_it_is_stopped() -> None:
    reading = old(SECOND, bound_addresses=(SECOND.address, READER))

    verdict = rollout.rule(at(of(3), running(primary(FIRST), OLD), reading, old(THIRD)))

    assert steps(verdict) == (
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address,)),
        BindAddresses(node_id=THIRD.id, addresses=(THIRD.address, READER)),
        StopNodes(node_ids=(SECOND.id,)),
    )


def test_nobody_is_replaced_before_all_others_are_ready() -> None:
    verdict = rollout.rule(at(of(3), running(primary(FIRST), OLD), new(SECOND, is_link_up=False), old(THIRD)))

    assert verdict == Wait(reason="orders-001 and orders-003 must wait until orders-002 is ready")


def test_an_old_replica_of_a_new_primary_is_not_waited_for() -> None:
    """It may be unable to read what it is sent, for ever."""
    stuck = old(FIRST, is_link_up=False)
    group = with_part(of(3), target_primary=SECOND.id)

    verdict = rollout.rule(at(group, stuck, running(primary(SECOND), NEW), new(THIRD, SECOND)))

    assert steps(verdict) == (StopNodes(node_ids=(FIRST.id,)),)


def test_of_several_shards_one_is_done_after_the_other() -> None:
    cluster = groups.cluster(shards=2, replicas=0)
    one, two = cluster.nodes
    shards = replace(cluster, software=WANTED)
    nodes = (running(primary(one), OLD), running(primary(two), OLD))

    verdict = rollout.rule(situation(shards, *nodes, engines=(NEW, OLD)))

    assert steps(verdict) == (AddTemporaryNode(node_group_id=cluster.node_groups[0].id),)


def test_a_node_type_may_need_what_a_running_engine_does_not_take() -> None:
    """Valkey 8 has the number of its I/O threads for life; from 9.1 on it is a parameter like any other."""
    group = replace(of(3), software=FORMER)
    single, parameters = {"io-threads": "1"}, {"io-threads": "2"}

    for engine, expected in ((OLD, (StopNodes(node_ids=(SECOND.id,)),)), (NEW, None)):
        nodes = [running(primary(FIRST, parameters=single), engine)]
        nodes += [running(replica(node, FIRST, parameters=single), engine) for node in (SECOND, THIRD)]
        software = FORMER if engine == OLD else WANTED
        verdict = rollout.rule(at(replace(group, software=software), *nodes, parameters=parameters))
        assert verdict == SATISFIED if expected is None else steps(verdict) == expected


# --- engines that are not here -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supply", "expected"),
    [
        (Installable(), Act),
        (Installing(progress="40 % of 9 MB"), Wait),
    ],
)
def test_an_engine_that_can_be_had_is_had_before_anything_is_stopped(
    supply: EngineSupply, expected: type[Verdict]
) -> None:
    verdict = rollout.rule(
        at(of(3), running(primary(FIRST), OLD), old(SECOND), old(THIRD), engines=(OLD,), engine_supply=supply)
    )

    assert isinstance(verdict, expected)
    if isinstance(verdict, Act):
        assert verdict.steps == (InstallEngine(engine=EngineName.VALKEY, version="9.1"),)


def test_a_newer_patch_is_fetched_as_a_newer_version_is() -> None:
    behind = ("valkey", "9.1.1")
    nodes = (running(primary(FIRST), behind), running(replica(SECOND, FIRST), behind))

    fetch = rollout.rule(at(of(2), *nodes, engines=(behind,), former=WANTED, engine_supply=Installable()))
    never = rollout.rule(at(of(2), *nodes, engines=(behind,), former=WANTED, engine_supply=NOT_TO_BE_HAD))

    assert steps(fetch) == (InstallEngine(engine=EngineName.VALKEY, version="9.1"),)
    assert never == SATISFIED  # it was here once, and what is here now will do


# --- and back ------------------------------------------------------------------------------------


NO_SPACE = Failure(sentence="no space left", generation=1, at=NOW, count=3, rule="nodes", is_permanent=True)


def failing(node: Node, **before: Any) -> SeenNode:
    return dead(node, before=groups.observed_node(node, **({"failed_starts": 3, "sentence": "exited (1)"} | before)))


def restored(reason: str) -> tuple[Step, ...]:
    return (RestoreSoftware(software=FORMER, reason=reason),)


@pytest.mark.parametrize(
    ("second", "changes", "reason"),
    [
        pytest.param(
            failing(SECOND), {}, "valkey 9.1 does not start at orders-002 (3 tries): exited (1)", id="it ends at once"
        ),
        pytest.param(
            replace(coming_up(SECOND), silence=silence(seconds=61)),
            {},
            "valkey 9.1 runs at orders-002 and does not answer",
            id="it says nothing for a minute",
        ),
        pytest.param(
            dead(SECOND),
            {"failure": NO_SPACE},
            "no space left",
            id="it cannot be started",
        ),
        pytest.param(
            running(
                replica(SECOND, FIRST, is_link_up=False),
                NEW,
                full_sync_started_at=tuple(NOW - timedelta(seconds=seconds) for seconds in (30, 20, 10)),
            ),
            {},
            "valkey 9.1 at orders-002 cannot get a copy of the data",
            id="it never comes into sync",
        ),
        pytest.param(
            old(SECOND),
            {"engines": (OLD,), "engine_supply": NOT_TO_BE_HAD},
            "valkey 9.1 is not on this machine and cannot be installed",
            id="it is not to be had",
        ),
        pytest.param(
            old(SECOND),
            {"engines": (OLD,), "engine_supply": Installable(failure_count=3, failed_at=NOW, reason="no mirror.")},
            "valkey 9.1 could not be installed: no mirror",
            id="it cannot be fetched",
        ),
    ],
)
def test_an_engine_that_does_not_come_up_leaves_the_group_on_the_former_one(
    second: SeenNode, changes: dict[str, Any], reason: str
) -> None:
    verdict = rollout.rule(at(of(3), running(primary(FIRST), OLD), second, old(THIRD), **changes))

    assert steps(verdict) == restored(reason)


@pytest.mark.parametrize(
    ("first", "changes"),
    [
        pytest.param(running(primary(FIRST), NEW), {}, id="the primary runs the new one already"),
        pytest.param(
            replace(dead(FIRST), process=primary(FIRST).process), {}, id="the primary is silent and may run anything"
        ),
        pytest.param(running(primary(FIRST), OLD), {"former": None}, id="nobody knows what it was"),
        pytest.param(running(primary(FIRST), OLD), {"engines": (NEW,)}, id="the former engine is gone"),
        pytest.param(running(primary(FIRST), OLD), {"former": WANTED}, id="there is no other"),
    ],
)
def test_it_goes_on_where_there_is_no_way_back(first: SeenNode, changes: dict[str, Any]) -> None:
    verdict = rollout.rule(at(of(3), first, failing(SECOND), old(THIRD), **changes))

    assert not isinstance(verdict, Act)


def test_with_nobody_left_it_goes_back_too() -> None:
    """A group of one whose primary dies beside a temporary replica that never came up."""
    nodes = (dead(FIRST, before=groups.observed_node(FIRST, engine=EngineName.VALKEY, engine_version="8.1.6")),)

    verdict = rollout.rule(at(of(1, TEMPORARY), *nodes, failing(TEMPORARY)))

    assert steps(verdict) == restored("valkey 9.1 does not start at orders--0001 (3 tries): exited (1)")


def test_redis_oss_goes_back_to_redis_oss() -> None:
    former = replace(FORMER, engine=EngineName.REDIS, version="7.0", patch="7.0.15")
    second = running(replica(SECOND, FIRST), REDIS)

    verdict = rollout.rule(
        at(of(3), running(primary(FIRST), REDIS), second, failing(THIRD), former=former, engines=(NEW, REDIS))
    )

    assert steps(verdict)[0] == RestoreSoftware(
        software=former, reason="valkey 9.1 does not start at orders-003 (3 tries): exited (1)"
    )


def test_what_is_remembered_of_a_node_counts_while_it_is_silent() -> None:
    remembered: ObservedNode = groups.observed_node(FIRST, engine=EngineName.VALKEY, engine_version="8.1.6")
    silent = replace(primary(FIRST), engine=coming_up(FIRST).engine, before=remembered)

    verdict = rollout.rule(at(of(3), silent, failing(SECOND), old(THIRD)))

    assert isinstance(verdict, Act)
