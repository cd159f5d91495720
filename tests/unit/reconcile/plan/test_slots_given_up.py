"""When a resharding ends early: for want of memory, or after too many failures; and what is then written down."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from elastane.model.cluster_views import MoveState
from elastane.model.observed_replication_groups import Failure
from elastane.model.slots import NO_SLOTS, SlotRange, Slots, difference, lowest, union
from elastane.reconcile.plan import slots
from elastane.reconcile.plan.verdicts import Act, Verdict, Wait
from elastane.reconcile.record import record_failure, record_pass
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import CancelMoves, SettleSlots
from tests.kit import groups
from tests.kit.situations import NOW, coming_up, decided, move, newborn, primary, viewing, with_shard
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    B1,
    C1,
    C2,
    GROUP,
    MOVED,
    ONE,
    SOME,
    THREE,
    TWO,
    kinds_of,
    reason_of,
    steps_of,
)
from tests.unit.reconcile.plan.test_slots import OWNED, TO_TWO, at, failed, older, resharding

LAST: Slots = (SlotRange(16284, 16383),)
"""A hundred of the third shard's."""


def full(*, data_bytes: int, used_bytes: int, limit: str = "1000", **changes: Any) -> Situation:
    """The source holds so much, and the target has used so much of a thousand bytes."""
    giving = primary(A1, before=groups.observed_node(A1), data_bytes=data_bytes)
    taking = primary(B1, before=groups.observed_node(B1), used_memory_bytes=used_bytes, parameters={"maxmemory": limit})
    return at(TO_TWO, giving, taking, **changes)


def step_failed(seen: Situation, *, count: int, rule: str = "slots") -> Situation:
    """So many steps failed since all was last well, the last one by order of this rule."""
    verdict = groups.observed_verdict("slots are moved", now=NOW)
    failure = Failure(sentence="The key is too large.", generation=1, at=NOW, count=count, rule=rule)
    return replace(seen, before=replace(seen.before, verdict=verdict, failure=failure))


def settled(verdict: Verdict) -> SettleSlots:
    (step,) = steps_of(verdict)
    assert isinstance(step, SettleSlots)
    return step


# --- memory --------------------------------------------------------------------------------------


def test_a_target_without_memory_for_what_shall_come_ends_it() -> None:
    # a hundred of 5462 slots are 100 of 5462 bytes
    assert kinds_of(slots.rule(full(data_bytes=5462, used_bytes=900))) == {"BeginMove"}
    assert slots.rule(full(data_bytes=5462, used_bytes=901)) == Act(
        steps=(SettleSlots(slots=OWNED, reason="shard 0002 has no memory for the slots that it shall own"),),
        why="the resharding ends: shard 0002 has no memory for the slots that it shall own",
    )


def test_what_comes_from_several_is_weighed_together() -> None:
    wanted = resharding(one=MOVED[ONE.id], two=union(TWO.slots, SOME, LAST), three=difference(THREE.slots, LAST))
    givers = [primary(node, before=groups.observed_node(node), data_bytes=5462) for node in (A1, C1)]

    def used(used_bytes: int) -> Situation:
        limit = {"maxmemory": "1000"}
        last = groups.observed_node(B1)
        return at(wanted, *givers, primary(B1, before=last, used_memory_bytes=used_bytes, parameters=limit))

    assert kinds_of(slots.rule(used(799))) == {"BeginMove"}
    assert kinds_of(slots.rule(used(802))) == {"SettleSlots"}


def test_without_a_limit_everything_fits() -> None:
    assert kinds_of(slots.rule(full(data_bytes=10**12, used_bytes=10**12, limit="0"))) == {"BeginMove"}


def test_what_has_moved_is_the_target_s_and_what_has_not_stays_the_source_s() -> None:
    half: Slots = lowest(SOME, 50)
    owned = OWNED | {ONE.id: difference(ONE.slots, half), TWO.id: union(TWO.slots, half)}

    verdict = slots.rule(full(data_bytes=10**6, used_bytes=999, owned=owned))

    assert settled(verdict).slots == owned


# --- failures ------------------------------------------------------------------------------------


def test_six_moves_that_failed_in_a_row_end_it() -> None:
    assert isinstance(slots.rule(failed(5, seconds_ago=0)), Wait)
    assert settled(slots.rule(failed(6, seconds_ago=0))).reason == ("6 moves from shard 0001 to 0002 failed: no fork")


def test_six_steps_of_its_own_that_failed_in_a_row_end_it() -> None:
    carrying = at(older(TO_TWO))

    assert kinds_of(slots.rule(step_failed(carrying, count=5))) == {"CarrySlots"}
    assert settled(slots.rule(step_failed(carrying, count=6))) == SettleSlots(
        slots=OWNED, reason="The key is too large."
    )


def test_failures_while_another_rule_spoke_are_not_its_own() -> None:
    assert kinds_of(slots.rule(step_failed(at(older(TO_TWO)), count=6, rule="nodes"))) == {"CarrySlots"}


# --- how it ends ---------------------------------------------------------------------------------


def test_what_still_moves_is_ended_first() -> None:
    seen = viewing(failed(6, seconds_ago=0), C1, moves=(move(GROUP, C1, B1, THREE.slots),))
    taking = viewing(seen, B1, moves=(move(GROUP, C1, B1, THREE.slots, is_export=False),))

    assert steps_of(slots.rule(taking)) == (CancelMoves(node_id=B1.id),)
    assert reason_of(slots.rule(seen)).endswith("a move is about to end")


def test_nothing_is_written_down_while_a_shard_is_not_heard() -> None:
    crowded = full(data_bytes=5462, used_bytes=999)
    seen = at(TO_TWO, coming_up(C1), newborn(C2), crowded.get(A1.id), crowded.get(B1.id))

    assert reason_of(slots.rule(seen)).startswith("the resharding ends when every slot is known to have one owner: ")


# --- as an attacker ------------------------------------------------------------------------------


def test_a_slot_that_nobody_says_they_own_at_this_moment_is_not_written_off() -> None:
    """It is between two looks: written down as nobody's, the next resharding would give it to anybody."""
    between = OWNED | {ONE.id: difference(ONE.slots, lowest(SOME, 50))}

    verdict = slots.rule(full(data_bytes=5462, used_bytes=999, owned=between))

    assert "SettleSlots" not in kinds_of(verdict)


def test_a_slot_that_two_say_they_own_at_this_moment_is_not_written_down_for_both() -> None:
    """A plan for slots with two owners is refused as a bug of ours, at every resharding from then on."""
    twice = OWNED | {TWO.id: union(TWO.slots, lowest(SOME, 50))}

    verdict = slots.rule(full(data_bytes=5462, used_bytes=999, owned=twice))

    assert "SettleSlots" not in kinds_of(verdict)


def test_six_failures_of_other_rules_do_not_end_it_once_it_speaks() -> None:
    """A start that fails six times over a long resharding, with passes in between in which slots moved."""
    seen = at(TO_TWO)
    for number in range(6):
        now = NOW + timedelta(minutes=number)
        starting = record_pass(replace(seen, now=now), decided("nodes", Act(steps=(), why="a node does not run")))
        failure = record_failure(starting, seen, "The disk is full.", is_permanent=False)
        seen = replace(seen, before=failure, now=now)
        seen = replace(seen, before=record_pass(seen, decided("slots", Act(steps=(), why="slots are moved"))))

    assert kinds_of(slots.rule(seen)) == {"BeginMove"}


def test_a_shard_that_was_to_leave_and_owns_slots_is_among_those_written_down() -> None:
    leaving = with_shard(TO_TWO, ONE.id, slots=NO_SLOTS, is_leaving=True)
    wanted = with_shard(leaving, TWO.id, slots=union(ONE.slots, TWO.slots))
    seen = full(data_bytes=10**6, used_bytes=999)

    verdict = slots.rule(replace(seen, group=wanted))

    assert settled(verdict).slots[ONE.id] == ONE.slots


def test_a_cancelled_move_counts_for_nothing_when_it_is_given_up() -> None:
    moves = tuple(move(TO_TWO, A1, B1, SOME, seconds_ago=5, state=MoveState.CANCELLED) for _ in range(9))

    assert kinds_of(slots.rule(viewing(at(TO_TWO), A1, moves=moves))) == {"BeginMove"}
