"""Slots that shall be another shard's: who is moved, how much at once, and who is waited for."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import MoveState
from elastane.model.observations import Answering
from elastane.model.replication_groups import EngineName, Node, ReplicationGroup, Resharding
from elastane.model.slots import NO_SLOTS, SlotRange, Slots, count, lowest, union
from elastane.reconcile.plan import plan, slots
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import BeginMove, CancelMoves, CarrySlots, SideBySide, StartNodes
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    dead,
    just_silent,
    move,
    orphan,
    replica,
    viewing,
    with_shard,
    worked_cluster,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A2,
    B1,
    B2,
    C1,
    C2,
    DEAD_PRIMARY,
    GROUP,
    HEIR,
    MOVED,
    ONE,
    SOME,
    THREE,
    TWO,
    kinds_of,
    reason_of,
    steps_of,
)

OWNED = {part.id: part.slots for part in GROUP.node_groups}
BEGAN_AT = NOW - timedelta(seconds=100)


def resharding(**slots_wanted: Slots) -> ReplicationGroup:
    """The group, wanted otherwise in its shards 'one', 'two', 'three' since a while."""
    group = GROUP
    for part in (ONE, TWO, THREE):
        word = {ONE.id: "one", TWO.id: "two", THREE.id: "three"}[part.id]
        group = with_shard(group, part.id, slots=slots_wanted.get(word, part.slots))
    return replace(group, resharding=Resharding(requested_at=BEGAN_AT, slot_count=count(SOME)))


TO_TWO = resharding(one=MOVED[ONE.id], two=MOVED[TWO.id])
"""The first shard shall give a hundred slots to the second."""
SWAPPED = resharding(one=THREE.slots, three=ONE.slots)
"""Two shards shall give each other all they have."""


def older(group: ReplicationGroup) -> ReplicationGroup:
    return replace(
        group,
        software=replace(
            group.software, engine=EngineName.REDIS, version="7.0", parameter_group_name="default.redis7.cluster.on"
        ),
    )


def at(group: ReplicationGroup, *told: Any, **changes: Any) -> Situation:
    """Everybody still owns what it owned before the wish."""
    return cluster_situation(group, *told, **({"owned": OWNED} | changes))


def begin(source: Any, target: Any, moved: Slots) -> BeginMove:
    return BeginMove(source_id=source.id, target_id=target.id, slots=moved)


# --- who needs nothing ---------------------------------------------------------------------------


def test_a_group_without_cluster_mode_has_no_slots() -> None:
    group = groups.group("orders", A1, A2)

    assert (
        slots.rule(Situation(group=group, nodes=(), before=worked_cluster(group, {}), target_parameters={}, now=NOW))
        == SATISFIED
    )


def test_where_everybody_owns_what_they_shall_nothing_moves() -> None:
    assert slots.rule(at(GROUP)) == SATISFIED


def test_what_has_arrived_is_asked_for_no_more() -> None:
    assert slots.rule(at(TO_TWO, owned=MOVED)) == SATISFIED


# --- whose claim is newer ------------------------------------------------------------------------

UNHEARD = "slots move when shard 0002 has heard how new the claims of those who own them are"


@pytest.mark.parametrize(("group", "kind"), [(TO_TWO, "BeginMove"), (older(TO_TWO), "CarrySlots")])
def test_slots_wait_until_who_takes_them_has_heard_of_their_owners_epoch(group: ReplicationGroup, kind: str) -> None:
    seen = viewing(viewing(at(group), A1, config_epoch=9), B1, current_epoch=8)

    assert reason_of(slots.rule(seen)) == UNHEARD
    assert kinds_of(slots.rule(viewing(seen, B1, current_epoch=9))) == {kind}


@pytest.mark.parametrize("group", [TO_TWO, older(TO_TWO)])
@pytest.mark.parametrize("rival", [B1, C1])
def test_slots_wait_while_their_owner_has_an_epoch_that_another_primary_has_too(
    group: ReplicationGroup, rival: Node
) -> None:
    seen = viewing(viewing(at(group), A1, config_epoch=9), B1, current_epoch=9)

    assert reason_of(slots.rule(viewing(seen, rival, config_epoch=9))) == UNHEARD


def test_that_a_replica_tells_its_primarys_epoch_holds_nothing_up() -> None:
    seen = viewing(viewing(at(TO_TWO), A1, config_epoch=9), B1, current_epoch=9)

    assert kinds_of(slots.rule(viewing(seen, A2, config_epoch=9))) == {"BeginMove"}


def test_who_has_heard_takes_slots_while_another_has_not() -> None:
    first, second = (SlotRange(0, 49),), (SlotRange(50, 99),)
    group = older(resharding(one=MOVED[ONE.id], two=union(TWO.slots, first), three=union(THREE.slots, second)))
    seen = viewing(viewing(at(group), A1, config_epoch=9), B1, current_epoch=8)

    verdict = slots.rule(viewing(seen, C1, current_epoch=9))

    assert steps_of(verdict) == (CarrySlots(source_id=A1.id, target_id=C1.id, slots=second),)


def test_that_news_do_not_come_is_told_when_it_lasts() -> None:
    seen = viewing(viewing(at(TO_TWO), A1, config_epoch=9), B1, current_epoch=8)
    said = groups.observed_verdict(UNHEARD, seconds_ago=10, now=NOW)

    assert slots.rule(replace(seen, before=replace(seen.before, verdict=said))) == Wait(reason=UNHEARD, is_told=True)


def test_moves_under_way_are_waited_for_first() -> None:
    seen = viewing(at(TO_TWO), A1, config_epoch=9, moves=(move(GROUP, A1, B1, SOME),))

    assert reason_of(slots.rule(seen)).startswith("slots are being moved")


# --- many at once --------------------------------------------------------------------------------


def test_a_move_begins_and_how_far_all_has_come_is_said() -> None:
    assert slots.rule(at(TO_TWO)) == Act(
        steps=(begin(A1, B1, SOME),), why="slots are moved on: 100 slots have still to move (0% done)"
    )


def test_no_more_slots_move_at_once_than_show_progress() -> None:
    (step,) = steps_of(slots.rule(at(resharding(one=NO_SLOTS, two=union(ONE.slots, TWO.slots)))))

    assert step == begin(A1, B1, lowest(ONE.slots, 512))


def test_each_source_gives_one_move_at_a_time_and_sources_do_it_side_by_side() -> None:
    wanted = resharding(one=NO_SLOTS, two=NO_SLOTS, three=(SlotRange(0, 16383),))
    verdict = slots.rule(at(wanted))

    assert isinstance(verdict, Act)
    assert verdict.steps == (
        SideBySide(tracks=((begin(A1, C1, lowest(ONE.slots, 512)),), (begin(B1, C1, lowest(TWO.slots, 512)),))),
    )


def test_a_source_that_gives_already_is_waited_for() -> None:
    seen = viewing(at(TO_TWO), A1, moves=(move(GROUP, A1, B1, SOME),))

    assert slots.rule(seen) == Wait(reason="slots are being moved: 100 slots have still to move (0% done)")


def test_who_takes_from_one_may_give_to_another_meanwhile() -> None:
    seen = viewing(at(SWAPPED), A1, moves=(move(GROUP, A1, C1, lowest(ONE.slots, 512)),))
    seen = viewing(seen, C1, moves=(move(GROUP, A1, C1, lowest(ONE.slots, 512), is_export=False),))

    assert steps_of(slots.rule(seen)) == (begin(C1, A1, lowest(THREE.slots, 512)),)


def test_how_much_is_done_is_read_from_who_owns_what() -> None:
    half = (SlotRange(0, 49),)
    owned = {ONE.id: union(MOVED[ONE.id], (SlotRange(50, 99),)), TWO.id: union(TWO.slots, half)}

    verdict = slots.rule(at(TO_TWO, owned=owned))

    assert isinstance(verdict, Act)
    assert verdict.why == "slots are moved on: 50 slots have still to move (50% done)"


def test_a_move_that_nobody_wants_any_more_is_ended_once_nothing_else_has_to_move() -> None:
    seen = viewing(at(GROUP), A1, moves=(move(GROUP, A1, B1, SOME),))
    seen = viewing(seen, B1, moves=(move(GROUP, A1, B1, SOME, is_export=False),))

    assert steps_of(slots.rule(seen)) == (CancelMoves(node_id=B1.id),)


@pytest.mark.parametrize("state", [MoveState.SUCCEEDED, MoveState.FAILED, MoveState.CANCELLED])
def test_a_move_that_has_ended_is_no_reason_for_anything(state: MoveState) -> None:
    seen = viewing(at(GROUP), A1, moves=(move(GROUP, A1, B1, SOME, state=state, seconds_ago=50),))

    assert slots.rule(seen) == SATISFIED


# --- one after the other, by older engines -------------------------------------------------------


def test_older_engines_carry_slots_for_a_moment() -> None:
    assert slots.rule(at(older(TO_TWO))) == Act(
        steps=(CarrySlots(source_id=A1.id, target_id=B1.id, slots=SOME),),
        why="slots are moved: 100 slots have still to move (0% done)",
    )


def test_an_older_valkey_carries_too() -> None:
    software = replace(GROUP.software, version="8.1", parameter_group_name="default.valkey8.cluster.on")

    assert kinds_of(slots.rule(at(replace(TO_TWO, software=software)))) == {"CarrySlots"}


def test_no_engine_takes_part_in_two_carries_at_once() -> None:
    wanted = older(resharding(one=NO_SLOTS, two=NO_SLOTS, three=(SlotRange(0, 16383),)))

    assert steps_of(slots.rule(at(wanted))) == (CarrySlots(source_id=A1.id, target_id=C1.id, slots=ONE.slots),)


# --- who is waited for ---------------------------------------------------------------------------


def test_slots_of_a_shard_for_which_another_rule_speaks_stay() -> None:
    seen = replace(at(TO_TWO), occupied=frozenset({TWO.id}))

    assert reason_of(slots.rule(seen)) == "100 slots move when the shards concerned are calm again"


def test_other_shards_slots_move_meanwhile() -> None:
    wanted = resharding(
        one=MOVED[ONE.id],
        two=union(TWO.slots, SOME, lowest(THREE.slots, 5)),
        three=(SlotRange(THREE.slots[0].first + 5, 16383),),
    )

    verdict = slots.rule(replace(at(wanted), occupied=frozenset({ONE.id})))

    assert steps_of(verdict) == (begin(C1, B1, lowest(THREE.slots, 5)),)


def test_a_target_whose_replica_is_not_in_sync_gets_nothing() -> None:
    seen = at(TO_TWO, replica(B2, B1, is_link_up=False, before=groups.observed_node(B2)))

    assert reason_of(slots.rule(seen)) == "100 slots move when shard 0002 has a replica in sync"


def test_a_target_that_never_had_a_replica_gets_its_slots() -> None:
    alone = groups.cluster(shards=2, replicas=0)
    one, two = alone.node_groups
    wanted = with_shard(with_shard(alone, one.id, slots=NO_SLOTS), two.id, slots=(SlotRange(0, 16383),))
    seen = cluster_situation(wanted, owned={one.id: one.slots, two.id: two.slots})

    assert kinds_of(slots.rule(seen)) == {"BeginMove"}


def test_a_replica_that_leaves_is_neither_waited_for_nor_counted() -> None:
    leaving = with_shard(TO_TWO, TWO.id, nodes=(B1, replace(B2, is_leaving=True)))

    assert kinds_of(slots.rule(at(leaving))) == {"BeginMove"}


def test_while_a_shard_fails_over_no_slot_of_it_begins_to_move() -> None:
    decision = plan(at(TO_TWO, just_silent(A1), HEIR))

    assert decision.node_groups[ONE.id][0] == "failover"
    assert kinds_of(decision.verdict) == set()


# --- after failures ------------------------------------------------------------------------------


def failed(count_of: int, *, seconds_ago: float, succeeded_before: bool = False) -> Situation:
    """So many moves of the two failed in a row, newest first, the newest so long ago."""
    moves = [
        move(TO_TWO, A1, B1, SOME, seconds_ago=seconds_ago + number, state=MoveState.FAILED, message="no fork")
        for number in range(count_of)
    ]
    if succeeded_before:
        moves.insert(1, move(TO_TWO, A1, B1, SOME, seconds_ago=seconds_ago, state=MoveState.SUCCEEDED))
    return viewing(at(TO_TWO), A1, moves=tuple(moves))


@pytest.mark.parametrize(("failures", "slot_count"), [(1, 100), (3, 64), (5, 16)])
def test_after_failures_fewer_slots_move_at_once(failures: int, slot_count: int) -> None:
    (step,) = steps_of(slots.rule(failed(failures, seconds_ago=90)))

    assert step == begin(A1, B1, lowest(SOME, slot_count))


def test_after_a_failure_the_pair_rests_and_then_tries_again() -> None:
    assert isinstance(slots.rule(failed(1, seconds_ago=0)), Wait)
    assert kinds_of(slots.rule(failed(1, seconds_ago=30))) == {"BeginMove"}


def test_failures_before_a_success_are_forgiven() -> None:
    (step,) = steps_of(slots.rule(failed(6, seconds_ago=90, succeeded_before=True)))

    assert step == begin(A1, B1, lowest(SOME, 256))


def test_failures_of_an_earlier_resharding_do_not_count() -> None:
    (step,) = steps_of(slots.rule(failed(6, seconds_ago=200)))

    assert step == begin(A1, B1, SOME)


def test_a_cancelled_move_is_no_failure() -> None:
    moves = tuple(move(TO_TWO, A1, B1, SOME, seconds_ago=9, state=MoveState.CANCELLED) for _ in range(9))

    assert steps_of(slots.rule(viewing(at(TO_TWO), A1, moves=moves))) == (begin(A1, B1, SOME),)


# --- as an attacker ------------------------------------------------------------------------------


def test_a_slot_that_nobody_owns_keeps_a_pass_from_being_converged() -> None:
    """Nobody lacks it as far as its neighbours know, and nobody serves it."""
    seen = at(GROUP, owned=OWNED | {ONE.id: MOVED[ONE.id]})
    ascribed = union(TWO.slots, SOME)
    others = tuple(
        replace(member, slots=ascribed) if member.address == B1.address else member for member in _view(seen, A1).others
    )

    assert plan(viewing(seen, A1, others=others)).rule != "all"


def test_what_the_target_says_it_owns_already_does_not_begin_to_move_again() -> None:
    """A look at the target came after the move, and one at the source before its end."""
    seen = at(TO_TWO, owned={ONE.id: ONE.slots, TWO.id: MOVED[TWO.id]})
    older_seen = at(older(TO_TWO), owned={ONE.id: ONE.slots, TWO.id: MOVED[TWO.id]})

    assert kinds_of(slots.rule(seen)) == set()
    assert kinds_of(slots.rule(older_seen)) == set()


def test_a_move_whose_slots_have_arrived_is_not_cancelled_but_ends_by_itself() -> None:
    """The source is about to hear that they are gone: ended now, it would take writes for them once more."""
    seen = viewing(at(TO_TWO, owned=MOVED), A1, moves=(move(TO_TWO, A1, B1, SOME),))

    assert kinds_of(slots.rule(seen)) == set()


def test_nothing_is_cancelled_while_a_shard_s_slots_are_not_known() -> None:
    """The target's primary is one answer late: what it takes is wanted as before."""
    seen = viewing(at(TO_TWO, just_silent(B1), orphan(B2, B1)), A1, moves=(move(TO_TWO, A1, B1, SOME),))

    assert kinds_of(plan(seen).verdict) == set()


def test_a_move_that_runs_for_an_hour_is_not_waited_for_in_silence() -> None:
    long_ago = replace(TO_TWO, resharding=Resharding(requested_at=NOW - timedelta(hours=2), slot_count=100))
    seen = viewing(at(long_ago), A1, moves=(move(long_ago, A1, B1, SOME, seconds_ago=3600),))

    verdict = slots.rule(seen)

    assert isinstance(verdict, Act) or (isinstance(verdict, Wait) and verdict.is_told)


def test_a_dead_replica_elsewhere_is_started_while_slots_move() -> None:
    seen = at(TO_TWO, dead(C2, before=groups.observed_node(C2)))

    assert steps_of(plan(seen).verdict) == (StartNodes(node_ids=(C2.id,)),)


def test_with_a_dead_source_nothing_is_moved_and_nothing_is_satisfied() -> None:
    decision = plan(at(TO_TWO, DEAD_PRIMARY, HEIR))

    assert "BeginMove" not in kinds_of(decision.verdict)
    assert decision.rule == "failover"


def _view(seen: Situation, node: Any) -> Any:
    answer = seen.get(node.id).answer
    assert isinstance(answer, Answering)
    return answer.cluster
