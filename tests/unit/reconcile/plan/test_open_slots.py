"""Slots that stand open, half moved: finished first, whatever is desired; closed when nobody is on the other side."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import OpenSlot
from elastane.model.ids import MemberId
from elastane.model.observed_replication_groups import Failure
from elastane.model.slots import SlotRange, Slots, difference, union
from elastane.reconcile.plan import plan, slots
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import CarrySlots, CloseSlots, SetParameters
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    dead,
    just_silent,
    primary,
    replica,
    viewing,
    with_shard,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A1_ID,
    A2,
    A2_ID,
    B1,
    B1_ID,
    B2,
    B2_ID,
    C1,
    C1_ID,
    C2_ID,
    ONE,
    TWO,
    kinds_of,
    reason_of,
    steps_of,
)
from tests.unit.reconcile.plan.test_slots import OWNED, at, older
from tests.unit.reconcile.plan.test_slots import TO_TWO as TO_TWO_WHOLE

TO_TWO = older(TO_TWO_WHOLE)
STRANGER = MemberId("f" * 40)
SLOT: Slots = (SlotRange(7, 7),)


def opened(group: Any = TO_TWO, *told: Any, source: Any = None, target: Any = None, **changes: Any) -> Situation:
    """The first shard's slot 7 is open: its owner gives it to `source`'s other side, and the second takes it."""
    seen = at(group, *told, **changes)
    if source is not None:
        seen = viewing(seen, A1, leaving_slots=(OpenSlot(7, source),))
    if target is not None:
        seen = viewing(seen, B1, arriving_slots=(OpenSlot(7, target),))
    return seen


def carried(source: Any, target: Any, carried_slots: Slots = SLOT) -> CarrySlots:
    return CarrySlots(source_id=source.id, target_id=target.id, slots=carried_slots)


def closed(node: Any, closed_slots: Slots = SLOT) -> CloseSlots:
    return CloseSlots(node_id=node.id, slots=closed_slots)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(opened(source=B1_ID, target=A1_ID), {carried(A1, B1)}, id="open on both sides: carried on once"),
        pytest.param(opened(source=B1_ID), {carried(A1, B1)}, id="open where it leaves only"),
        pytest.param(opened(target=A1_ID), {carried(A1, B1)}, id="open where it arrives only"),
        pytest.param(opened(source=B2_ID), {carried(A1, B1)}, id="goes to one that has handed its role over meanwhile"),
        pytest.param(
            opened(target=A2_ID), {carried(A1, B1)}, id="comes from one that has handed its role over meanwhile"
        ),
        pytest.param(opened(source=STRANGER), {closed(A1)}, id="goes to nobody of the group"),
        pytest.param(opened(target=STRANGER), {carried(A1, B1)}, id="comes from nobody, and has an owner"),
        pytest.param(opened(source=A2_ID), {closed(A1)}, id="goes to a replica of its own"),
        pytest.param(
            opened(target=A1_ID, owned={ONE.id: difference(ONE.slots, SLOT), TWO.id: union(TWO.slots, SLOT)}),
            {closed(B1)},
            id="has arrived, and still stands open",
        ),
        pytest.param(
            opened(source=C1_ID, target=A1_ID),
            {carried(A1, C1)},
            id="is given to one and awaited by another: who gives says where",
        ),
    ],
)
def test_an_open_slot(seen: Situation, expected: set[Any]) -> None:
    assert set(steps_of(slots.rule(seen))) == expected


def test_an_open_slot_waits_until_who_takes_it_has_heard_of_its_owners_epoch() -> None:
    seen = viewing(opened(source=B1_ID, target=A1_ID), A1, config_epoch=9)

    unheard = slots.rule(viewing(seen, B1, current_epoch=8))
    heard = slots.rule(viewing(seen, B1, current_epoch=9))

    assert reason_of(unheard).startswith("slots move when shard 0002 has heard")
    assert steps_of(heard) == (carried(A1, B1),)


def test_open_slots_of_one_pair_are_carried_together_and_others_beside_them() -> None:
    leaving = (OpenSlot(7, B1_ID), OpenSlot(8, B1_ID), OpenSlot(9, STRANGER))
    seen = viewing(at(TO_TWO), A1, leaving_slots=leaving)

    assert set(steps_of(slots.rule(seen))) == {
        carried(A1, B1, (SlotRange(7, 8),)),
        closed(A1, (SlotRange(9, 9),)),
    }


def test_an_open_slot_is_finished_though_nobody_wants_it_to_move_any_more() -> None:
    seen = viewing(cluster_situation(older(_unwanted())), A1, leaving_slots=(OpenSlot(7, B1_ID),))

    assert steps_of(slots.rule(seen)) == (carried(A1, B1),)


def test_an_open_slot_is_finished_before_others_begin() -> None:
    seen = viewing(at(TO_TWO), A1, leaving_slots=(OpenSlot(50, B1_ID),))

    assert steps_of(slots.rule(seen)) == (carried(A1, B1, (SlotRange(50, 50),)),)


def test_after_a_failover_of_its_source_a_slot_that_still_arrives_comes_from_the_new_primary() -> None:
    taken_over = with_shard(TO_TWO, ONE.id, target_primary=A2.id, ordered_primary=A2.id, epoch=2)
    seen = at(
        taken_over, replica(A1, A2, before=groups.observed_node(A1)), primary(A2, before=groups.observed_node(A2))
    )
    seen = viewing(seen, B1, arriving_slots=(OpenSlot(7, A1_ID),))

    assert steps_of(slots.rule(seen)) == (carried(A2, B1),)


def test_after_a_failover_of_its_target_a_slot_that_leaves_goes_to_the_new_primary() -> None:
    taken_over = with_shard(TO_TWO, TWO.id, target_primary=B2.id, ordered_primary=B2.id, epoch=2)
    seen = at(
        taken_over, replica(B1, B2, before=groups.observed_node(B1)), primary(B2, before=groups.observed_node(B2))
    )
    seen = viewing(seen, A1, leaving_slots=(OpenSlot(7, B1_ID),))

    assert steps_of(slots.rule(seen)) == (carried(A1, B2),)


def test_a_target_that_had_no_memory_for_the_rest_of_a_slot_is_lent_some_for_one_pass() -> None:
    """A slot cannot stay open because its last keys do not fit."""
    full = primary(B1, before=groups.observed_node(B1), parameters={"maxmemory": "1000"})
    seen = viewing(at(TO_TWO, full), A1, leaving_slots=(OpenSlot(7, B1_ID),))
    failure = Failure(sentence="it is full", generation=1, at=NOW, rule="slots")

    assert steps_of(slots.rule(seen)) == (carried(A1, B1),)
    assert steps_of(slots.rule(replace(seen, before=replace(seen.before, failure=failure)))) == (
        SetParameters(node_id=B1.id, parameters={"maxmemory": "1100"}),
        carried(A1, B1),
    )


def test_a_slot_that_arrives_is_left_as_it_is_while_nobody_says_that_they_own_it() -> None:
    seen = viewing(at(TO_TWO, just_silent(A1)), B1, arriving_slots=(OpenSlot(7, A1_ID),))

    assert not kinds_of(slots.rule(seen)) & {"CloseSlots", "CarrySlots"}


# --- as an attacker ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        pytest.param((just_silent(B1),), id="is one answer late"),
        pytest.param((dead(B1, before=groups.observed_node(B1)), just_silent(B2)), id="is dead, and its heir is late"),
    ],
)
def test_an_open_slot_is_not_closed_because_its_target_does_not_answer(told: tuple[Any, ...]) -> None:
    """Half of its keys are there: closed, its source would serve the other half alone, and the first would be lost."""
    seen = viewing(at(TO_TWO, *told), A1, leaving_slots=(OpenSlot(7, B1_ID),))

    assert "CloseSlots" not in kinds_of(slots.rule(seen))
    assert "CloseSlots" not in kinds_of(plan(seen).verdict)


def test_a_slot_that_cannot_be_carried_to_its_end_is_given_up_as_any_other() -> None:
    """A key that is too large stays so: carried again and again, it would keep all else from being moved."""
    last = groups.observed_verdict("slots that stand open are moved on", now=NOW, rule="slots")
    failure = Failure(sentence="the key is too large", generation=1, at=NOW, count=6, rule="slots")
    seen = opened(source=B1_ID, target=A1_ID)

    verdict = slots.rule(replace(seen, before=replace(seen.before, verdict=last, failure=failure)))

    assert kinds_of(verdict) == {"SettleSlots"}


def test_a_primary_does_not_hand_over_amid_an_open_slot() -> None:
    """Its replica does not know that the slot is open: it would answer for keys that are on the other side."""
    wanted = with_shard(TO_TWO, ONE.id, target_primary=A2.id)
    seen = at(wanted, primary(A1, before=groups.observed_node(A1)), _in_sync())
    seen = viewing(seen, A1, leaving_slots=(OpenSlot(7, B1_ID),))

    assert "SwitchOver" not in kinds_of(plan(seen).verdict)


def test_nor_does_one_that_takes_an_open_slot() -> None:
    wanted = with_shard(TO_TWO, ONE.id, target_primary=A2.id)
    seen = at(wanted, primary(A1, before=groups.observed_node(A1)), _in_sync())
    seen = viewing(seen, A1, arriving_slots=(OpenSlot(TWO.slots[0].first, B1_ID),))

    assert "SwitchOver" not in kinds_of(plan(seen).verdict)


def test_no_engine_takes_part_in_two_carries_at_once_of_open_slots_either() -> None:
    """It does nothing else while it moves keys, and each carry has its deadline."""
    seen = viewing(at(TO_TWO), A1, leaving_slots=(OpenSlot(7, B1_ID), OpenSlot(8, C2_ID)))

    carries = [step for step in steps_of(slots.rule(seen)) if isinstance(step, CarrySlots)]

    sides = [side for step in carries for side in (step.source_id, step.target_id)]
    assert len(set(sides)) == len(sides)


def test_while_a_dead_node_waits_a_step_that_fails_for_ever_does_not_keep_it_down() -> None:
    """The rest after a failure is longer than the time to the next try of the step that fails."""
    last = groups.observed_verdict("slots that stand open are moved on", now=NOW, rule="slots")
    failure = Failure(sentence="the key is too large", generation=1, at=NOW, count=6, rule="slots")
    seen = opened(TO_TWO, dead(B2, before=groups.observed_node(B2)), source=B1_ID, target=A1_ID)

    decision = plan(replace(seen, before=replace(seen.before, verdict=last, failure=failure)))

    assert "StartNodes" in kinds_of(decision.verdict)


def _unwanted() -> Any:
    return with_shard(with_shard(TO_TWO, ONE.id, slots=ONE.slots), TWO.id, slots=TWO.slots)


def _in_sync() -> Any:
    return replica(A2, A1, before=groups.observed_node(A2, has_synced=True, is_up_to_date=True))


def test_the_cases_are_of_a_group_that_is_well() -> None:
    assert plan(cluster_situation(older(_unwanted()))).rule == "all"
    assert {part.id: part.slots for part in _unwanted().node_groups} == OWNED
