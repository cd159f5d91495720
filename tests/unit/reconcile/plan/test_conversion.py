"""A group becomes a cluster of one shard, or ceases to be one: a replica at a time, and its primary last."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.replication_groups import ClusterMode, ReplicationGroup
from elastane.model.slots import ALL_SLOTS
from elastane.reconcile.plan import conversion, following, plan, promotion, switchover
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import (
    BindAddresses,
    Drain,
    FenceNodes,
    Follow,
    Promote,
    RecordPrimary,
    StartNodes,
    StopNodes,
    TakeSlots,
)
from tests.kit import groups
from tests.kit.situations import (
    cluster_situation,
    coming_up,
    dead,
    decided,
    primary,
    replica,
    situation,
    with_part,
    worked,
)
from tests.unit.reconcile.plan.cluster_cases import kinds_of, reason_of, steps_of

PLAIN = with_part(
    groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003")),
    ordered_primary="orders-001",
    slots=ALL_SLOTS,
)
FIRST, SECOND, THIRD = PLAIN.nodes
PART = PLAIN.node_groups[0]
COMPATIBLE = replace(PLAIN, cluster_mode=ClusterMode.COMPATIBLE)
BEYOND = "keys outside database 0 cannot come along, and orders-001 has some in database "


def known(seen: SeenNode) -> SeenNode:
    before = groups.observed_node(
        seen.node, role=seen.answer.role if seen.answer else None, has_synced=True, is_introduced=True
    )
    return replace(seen, before=before)


def as_member(group: ReplicationGroup, seen: SeenNode) -> SeenNode:
    """The same node, in a process that runs in cluster mode."""
    return next(one for one in cluster_situation(group, *_everybody(group, seen)).nodes if one.id == seen.id)


def _everybody(group: ReplicationGroup, seen: SeenNode) -> tuple[SeenNode, ...]:
    return tuple(seen if node.id == seen.id else dead(node) for node in group.nodes)


def world(*, group: ReplicationGroup = COMPATIBLE, members: str = "", **told: Any) -> Situation:
    """The first is primary; `members` are those that run in cluster mode: '23' the second and the third."""
    first = told.get("first") or primary(FIRST)
    nodes = [first, told.get("second") or replica(SECOND, FIRST), told.get("third") or replica(THIRD, FIRST)]
    seen = [
        as_member(group, known(one)) if str(number) in members else known(one) if one.answer else one
        for number, one in enumerate(nodes, start=1)
    ]
    return situation(group, *seen, before=worked(group))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(world(), (StopNodes(node_ids=(SECOND.id,)),), id="all run the old way: some replica begins"),
        pytest.param(world(members="2"), (StopNodes(node_ids=(THIRD.id,)),), id="one replica is new: the next"),
        pytest.param(
            world(group=PLAIN, members="123"), (StopNodes(node_ids=(SECOND.id,)),), id="back, the same way round"
        ),
        pytest.param(
            world(members="23"),
            (
                RecordPrimary(node_group_id=PART.id, node_id=SECOND.id, epoch=2),
                Drain(primary_id=FIRST.id, heir_id=SECOND.id),
                FenceNodes(node_ids=(FIRST.id,)),
                TakeSlots(node_id=SECOND.id, slots=ALL_SLOTS, by_vote=False),
                BindAddresses(node_id=SECOND.id, addresses=(SECOND.address,)),
            ),
            id="only the primary is old: a replica takes over",
        ),
        pytest.param(
            world(group=PLAIN, members="1"),
            (
                RecordPrimary(node_group_id=PART.id, node_id=SECOND.id, epoch=2),
                Drain(primary_id=FIRST.id, heir_id=SECOND.id),
                FenceNodes(node_ids=(FIRST.id,)),
                Promote(node_id=SECOND.id),
                BindAddresses(node_id=SECOND.id, addresses=(SECOND.address,)),
            ),
            id="back, and only the primary is a member still",
        ),
    ],
)
def test_one_step_after_the_other(at: Situation, expected: tuple[Any, ...]) -> None:
    assert steps_of(conversion.rule(at)) == expected


def test_the_endpoints_go_along_with_the_role_at_once() -> None:
    first = primary(FIRST, bound_addresses=(FIRST.address, "127.88.48.10", "127.88.48.20"))
    second = replica(SECOND, FIRST, bound_addresses=(SECOND.address, "127.88.48.11"))

    assert steps_of(conversion.rule(world(first=first, second=second, members="23")))[-1] == BindAddresses(
        node_id=SECOND.id, addresses=(SECOND.address, "127.88.48.11", "127.88.48.10", "127.88.48.20")
    )


@pytest.mark.parametrize("at", [world(members="123"), world(group=PLAIN)], ids=["a cluster", "none"])
def test_where_all_run_as_they_shall_nothing_is_done(at: Situation) -> None:
    assert conversion.rule(at) == SATISFIED


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(coming_up(SECOND), id="is starting"),
        pytest.param(dead(SECOND), id="is dead"),
        pytest.param(replica(SECOND, FIRST, is_link_up=False), id="is not in sync"),
    ],
)
def test_nobody_is_stopped_while_another_one(second: SeenNode) -> None:
    assert reason_of(conversion.rule(world(second=second))).endswith("when orders-002 is ready")


def test_a_primary_without_a_replica_waits_for_one() -> None:
    alone = groups.group("orders", FIRST, cluster_mode=ClusterMode.COMPATIBLE)

    verdict = conversion.rule(situation(alone, known(primary(FIRST)), before=worked(alone)))

    assert reason_of(verdict) == "the primary orders-001 must be started anew, and no replica is in sync to take over"


def test_keys_in_other_databases_keep_it_from_beginning_and_a_person_is_told() -> None:
    full = primary(FIRST, used_databases=(0, 3, 7))

    assert conversion.rule(world(first=full)) == Wait(
        reason=BEYOND + "3, 7: remove them, or set the cluster mode back to disabled", is_told=True
    )
    assert kinds_of(conversion.rule(world(first=primary(FIRST, used_databases=(0,))))) == {"StopNodes"}


def test_on_the_way_back_databases_are_no_matter() -> None:
    assert kinds_of(conversion.rule(world(group=PLAIN, members="123"))) == {"StopNodes"}


# --- what the other rules do meanwhile -----------------------------------------------------------


def test_the_role_is_not_handed_from_an_engine_of_one_kind_to_one_of_the_other() -> None:
    wanted = with_part(COMPATIBLE, target_primary=SECOND.id)

    assert switchover.rule(world(group=wanted, members="23")) == SATISFIED
    assert kinds_of(switchover.rule(world(group=wanted))) == {"RecordPrimary", "SwitchOver"}


def test_who_runs_in_cluster_mode_can_follow_a_plain_primary_from_a_new_start_only() -> None:
    astray = replica(SECOND, THIRD)

    assert steps_of(following.rule(world(second=astray, members="2"))) == (FenceNodes(node_ids=(SECOND.id,)),)


def test_a_plain_node_is_told_to_follow_a_primary_of_either_kind() -> None:
    booted = replica(SECOND, SECOND, primary_port=NOWHERE_PORT, is_link_up=False)

    assert steps_of(following.rule(world(group=PLAIN, second=booted))) == (
        Follow(node_id=SECOND.id, primary_id=FIRST.id),
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (world(members="2"), TakeSlots(node_id=SECOND.id, slots=ALL_SLOTS, by_vote=False)),
        (world(), Promote(node_id=SECOND.id)),
    ],
    ids=["a member takes the slots", "another one is promoted"],
)
def test_a_primary_is_made_by_how_its_engine_runs(at: Situation, expected: Any) -> None:
    assert promotion.make_primary(at, at.group.node_groups[0], at.get(SECOND.id)) == expected


def test_a_plain_primary_that_dies_in_the_middle_is_replaced_by_a_member() -> None:
    heir = replica(SECOND, FIRST, is_link_up=False, link_silent_seconds=None)
    at = world(first=dead(FIRST, before=groups.observed_node(FIRST)), second=heir, members="23")
    up_to_date = tuple(
        replace(seen, before=groups.observed_node(seen.node, has_synced=True, is_up_to_date=True))
        if seen.id != FIRST.id
        else seen
        for seen in at.nodes
    )

    verdict = plan(replace(at, nodes=up_to_date)).verdict

    assert "Promote" not in kinds_of(verdict)
    assert not isinstance(verdict, Act) or kinds_of(verdict) <= {"RecordPrimary", "TakeSlots", "StartNodes"}


# --- as an attacker ------------------------------------------------------------------------------


def test_a_group_whose_engines_run_the_other_way_is_not_well() -> None:
    assert plan(world()).rule == "conversion"
    assert plan(world(members="123")) == decided("all", SATISFIED)


def test_a_replica_that_is_gone_while_it_is_started_anew_is_started_and_nobody_else_is_stopped() -> None:
    at = world(second=dead(SECOND, before=groups.observed_node(SECOND)))

    assert steps_of(plan(at).verdict) == (StartNodes(node_ids=(SECOND.id,)),)


def test_a_leaving_replica_is_not_waited_for() -> None:
    leaving = replace(THIRD, is_leaving=True)
    group = replace(COMPATIBLE, node_groups=(replace(PART, nodes=(FIRST, SECOND, leaving)),))
    at = situation(
        group,
        known(primary(FIRST)),
        known(replica(SECOND, FIRST)),
        known(replica(leaving, FIRST)),
        before=worked(group),
    )

    verdict: Verdict = conversion.rule(at)

    assert steps_of(verdict) == (StopNodes(node_ids=(SECOND.id,)),)


def test_a_primary_that_still_has_keys_beyond_when_only_it_is_left_is_not_taken_over_from() -> None:
    """They were written after the first replica had been started anew: the replicas in cluster mode have them not."""
    full = primary(FIRST, used_databases=(0, 3))

    assert reason_of(conversion.rule(world(first=full, members="23"))).startswith(BEYOND)
