"""A shard has one primary, which owns its slots: chosen, settled among several, and given what nobody owns."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import Member
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, SlotRange, Slots, lowest
from elastane.reconcile.plan import plan, topology
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import CancelMoves, FenceNodes, Follow, RecordPrimary, TakeSlots
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    coming_up,
    dead,
    just_silent,
    knowing,
    move,
    newborn,
    orphan,
    primary,
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
    DEAD_PRIMARY,
    GROUP,
    MOVED,
    NOTHING_OF_ONE,
    ONE,
    SOME,
    TWO,
    kinds_of,
    reason_of,
    steps_of,
)

NEW = replace(GROUP, node_groups=tuple(replace(part, epoch=0, ordered_primary=None) for part in GROUP.node_groups))


def judged(at: Situation, shard: int = 0) -> Verdict:
    return topology.rule(at.narrowed()[shard])


def take(node: Any, slots: Slots) -> TakeSlots:
    return TakeSlots(node_id=node.id, slots=slots, by_vote=False)


def nowhere_with(at: Situation, node: Any, slots: Slots) -> Situation:
    """A new process, told of a primary that there is not, which owns these."""
    view = at.get(node.id).view
    assert view is not None, "it has answered"
    assert view.own.primary_id is not None, "it booted as a replica"
    others = tuple(one for one in view.others if one.id != view.own.primary_id)
    nowhere = Member(
        id=view.own.primary_id,
        address=node.address,
        is_primary=True,
        primary_id=None,
        slots=slots,
        is_linked=False,
        is_handshaking=True,
        is_held_dead=False,
    )
    return viewing(at, node, others=(*others, nowhere))


def owning(at: Situation, node: Any, slots: Slots) -> Situation:
    """One primary among several says that it owns these."""
    return knowing(at, node, node, slots=slots)


# --- the first primary ---------------------------------------------------------------------------


def test_in_a_new_group_each_shard_s_first_primary_takes_its_slots_side_by_side() -> None:
    booted = (newborn(node, before=groups.observed_node(node)) for node in NEW.nodes)
    at = cluster_situation(NEW, *booted, before=NOTHING_OBSERVED)

    decision = plan(at)

    assert decision.rule == "topology"
    assert [step for step in steps_of(decision.verdict) if isinstance(step, TakeSlots)] == [
        take(part.nodes[0], part.slots) for part in NEW.node_groups
    ]
    assert isinstance(decision.verdict, Act)
    assert "orders-0001-001 becomes the first primary" in decision.verdict.why


def test_a_new_shard_of_a_group_that_works_begins_without_a_slot() -> None:
    owned = {ONE.id: ALL_SLOTS, TWO.id: NO_SLOTS, GROUP.node_groups[2].id: NO_SLOTS}
    at = cluster_situation(NEW, newborn(B1), newborn(B2), owned=owned, before=worked_cluster(NEW, owned))

    assert steps_of(judged(at, 1)) == (
        RecordPrimary(node_group_id=TWO.id, node_id=B1.id, epoch=1),
        take(B1, NO_SLOTS),
    )


def test_everybody_of_the_shard_is_heard_before_and_nobody_of_another_one() -> None:
    at = cluster_situation(NEW, newborn(A1), coming_up(A2), before=NOTHING_OBSERVED)

    assert reason_of(judged(at)) == "orders-0001-002 must be heard before a primary is chosen"
    assert "TakeSlots" in kinds_of(judged(cluster_situation(NEW, newborn(A1), newborn(A2), coming_up(B1)), 0))


def test_after_a_full_loss_who_has_the_data_takes_what_the_shard_was_last_seen_with() -> None:
    full = orphan(A2, A1, key_count=5)
    at = cluster_situation(
        GROUP, newborn(A1, before=groups.observed_node(A1)), full, before=worked_cluster(GROUP, MOVED)
    )

    assert take(A2, MOVED[ONE.id]) in steps_of(judged(at))


def _lost_nowhere(*told: SeenNode) -> Situation:
    at = cluster_situation(GROUP, *told)
    for seen in told:
        at = knowing(at, seen.node, seen.node, primary_id=None)
    return at


def test_who_has_waited_so_long_that_nowhere_is_lost_to_it_is_started_again() -> None:
    at = _lost_nowhere(newborn(A1, before=groups.observed_node(A1)), newborn(A2, before=groups.observed_node(A2)))

    assert judged(at) == Act(
        steps=(FenceNodes(node_ids=(A1.id,)),),
        why="orders-0001-001 has waited too long to become primary: it is started again, for it holds nothing",
    )


def test_who_has_keys_is_not_killed_for_that() -> None:
    last = groups.observed_node(A2, has_held_data=True)
    at = _lost_nowhere(newborn(A1, before=groups.observed_node(A1)), newborn(A2, key_count=3, before=last))

    assert "FenceNodes" not in kinds_of(judged(at))


def test_who_was_started_to_take_slots_that_have_moved_since_is_started_again() -> None:
    """By the claim it would make with its role it would take them back, newer as that is than the mover's."""
    empty = newborn(A1, before=groups.observed_node(A1, has_held_data=True))
    at = cluster_situation(
        with_shard(GROUP, ONE.id, nodes=(A1,)), empty, owned=MOVED, before=worked_cluster(GROUP, MOVED)
    )
    at = nowhere_with(at, A1, ONE.slots)

    assert judged(at) == Act(
        steps=(FenceNodes(node_ids=(A1.id,)),),
        why="slots have moved since orders-0001-001 was started to take them: it is started again without those",
    )
    assert "TakeSlots" in kinds_of(judged(nowhere_with(at, A1, MOVED[ONE.id])))


def test_who_has_keys_and_would_take_back_what_has_moved_is_given_time_to_hear_of_it() -> None:
    full = orphan(A2, A1, key_count=5)
    before = worked_cluster(GROUP, MOVED, primaries={})
    at = cluster_situation(GROUP, newborn(A1, before=groups.observed_node(A1)), full, owned=MOVED, before=before)
    at = knowing(at, A2, A1, slots=ONE.slots)
    waiting = reason_of(judged(at))
    last = groups.observed_verdict(waiting, now=NOW, seconds_ago=10)
    later = replace(at, before=replace(before, verdict=last, node_group_verdicts={ONE.id: last}))

    assert waiting == "orders-0001-002 has not heard yet of slots that had moved"
    assert "TakeSlots" in kinds_of(judged(later))


def test_a_move_from_a_shard_that_lost_everything_is_ended_before_it_claims_its_slots() -> None:
    empty = (newborn(node, before=groups.observed_node(node)) for node in ONE.nodes)
    at = cluster_situation(GROUP, *empty, before=worked_cluster(GROUP), owned={ONE.id: ONE.slots})
    at = viewing(at, B1, moves=(move(GROUP, A1, B1, SOME, is_export=False),))

    assert steps_of(judged(at)) == (CancelMoves(node_id=B1.id),)


def test_who_may_have_taken_slots_is_heard_before_a_shard_that_lost_everything_claims_them() -> None:
    wanted = with_shard(with_shard(GROUP, ONE.id, slots=MOVED[ONE.id]), TWO.id, slots=MOVED[TWO.id])
    empty = (newborn(node, before=groups.observed_node(node)) for node in ONE.nodes)
    at = cluster_situation(wanted, *empty, just_silent(B1), before=worked_cluster(GROUP), owned={ONE.id: ONE.slots})

    assert "orders-0002-001 may have taken slots over" in reason_of(judged(at))


# --- one primary ---------------------------------------------------------------------------------


def test_a_primary_gets_the_slots_of_its_shard_that_nobody_owns() -> None:
    at = cluster_situation(GROUP, owned={ONE.id: MOVED[ONE.id]}, before=worked_cluster(GROUP))

    assert judged(at) == Act(steps=(take(A1, SOME),), why="nobody owns 100 of the slots of orders-0001-001")
    assert judged(at, 1) == SATISFIED


def test_where_all_is_well_nothing_is_done() -> None:
    at = cluster_situation(GROUP)

    assert [judged(at, number) for number in range(3)] == [SATISFIED] * 3


def test_slots_that_wait_to_be_moved_are_claimed_by_nobody() -> None:
    wanted = with_shard(with_shard(GROUP, ONE.id, slots=MOVED[ONE.id]), TWO.id, slots=MOVED[TWO.id])
    at = cluster_situation(wanted, owned={ONE.id: ONE.slots, TWO.id: TWO.slots})

    assert [judged(at, number) for number in range(3)] == [SATISFIED] * 3


def test_a_shard_that_is_emptied_needs_nobody() -> None:
    group = with_shard(GROUP, ONE.id, is_leaving=True, slots=NO_SLOTS)
    at = cluster_situation(group, dead(A1), newborn(A2), owned=NOTHING_OF_ONE)

    assert judged(at) == SATISFIED


# --- several -------------------------------------------------------------------------------------


def two_primaries(first: Slots, second: Slots, **changes: Any) -> Situation:
    told = (
        primary(A1, before=groups.observed_node(A1, role=Role.PRIMARY)),
        primary(A2, before=groups.observed_node(A2), **changes),
    )
    return owning(owning(cluster_situation(GROUP, *told), A1, first), A2, second)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(
            two_primaries(ONE.slots, NO_SLOTS),
            (Follow(node_id=A2.id, primary_id=A1.id),),
            id="who owns no slots follows the one that does",
        ),
        pytest.param(
            two_primaries(NO_SLOTS, ONE.slots),
            (Follow(node_id=A1.id, primary_id=A2.id),),
            id="whoever was written down",
        ),
        pytest.param(
            two_primaries(NO_SLOTS, NO_SLOTS),
            (Follow(node_id=A2.id, primary_id=A1.id),),
            id="where none owns any, who was written down stays it",
        ),
    ],
)
def test_of_several_primaries(at: Situation, expected: tuple[Any, ...]) -> None:
    assert steps_of(judged(at)) == expected


def test_where_two_own_slots_the_engines_settle_it_among_themselves() -> None:
    assert reason_of(judged(two_primaries(ONE.slots, ONE.slots))).startswith(
        "orders-0001-001 and orders-0001-002 all say they own slots"
    )


def test_where_none_of_several_was_written_down_the_one_with_most_data_is() -> None:
    group = with_shard(GROUP, ONE.id, target_primary="orders-0001-009", ordered_primary="orders-0001-009")
    told = (primary(A1), primary(A2, offset_bytes=9))
    at = cluster_situation(group, *told)
    at = owning(owning(at, A1, NO_SLOTS), A2, NO_SLOTS)

    assert steps_of(judged(at)) == (RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2),)


# --- as an attacker ------------------------------------------------------------------------------


def test_a_second_primary_with_keys_is_not_killed_beside_one_without() -> None:
    """An empty one was elected by the engines: what the other has is the only copy of the data."""
    at = two_primaries(NO_SLOTS, ONE.slots)
    full = replace(at.get(A1.id), engine=replace(_answer(at), key_count=1000))
    at = replace(at, nodes=tuple(full if seen.id == A1.id else seen for seen in at.nodes))

    steps = steps_of(judged(at)) if isinstance(judged(at), Act) else ()

    kills = [step for step in steps if isinstance(step, FenceNodes)]
    assert not kills or "SetAside" in kinds_of(judged(at))


def test_two_that_own_different_slots_for_long_are_told_of() -> None:
    """No claim reaches the other: nothing ends it but a person, who must hear of it."""
    at = two_primaries(lowest(ONE.slots, 10), (SlotRange(100, 200),))
    reason = reason_of(judged(at))
    last = groups.observed_verdict(reason, now=at.now, seconds_ago=600, rule="topology")

    verdict = judged(replace(at, before=replace(at.before, verdict=last, node_group_verdicts={ONE.id: last})))

    assert isinstance(verdict, Act) or getattr(verdict, "is_told", False)


def test_a_primary_does_not_take_back_a_slot_that_it_has_given_away_while_another_shard_has_no_primary() -> None:
    """Its new owner died before a pass saw the move, and has rebooted: it is a replica now, and its slots are dropped
    from every view. Its own replica has the keys, and is about to take over.
    """
    rebooted = (newborn(B1, before=groups.observed_node(B1)), orphan(B2, B1))
    given = {ONE.id: MOVED[ONE.id], TWO.id: NO_SLOTS}
    at = cluster_situation(GROUP, *rebooted, owned=given, before=worked_cluster(GROUP))

    assert "TakeSlots" not in kinds_of(judged(at, 0))


def test_a_dead_primary_s_shard_is_not_claimed_from_a_node_without_its_data() -> None:
    at = cluster_situation(GROUP, DEAD_PRIMARY, replica(A2, A1, is_link_up=False, before=groups.observed_node(A2)))

    assert plan(at).rule == "nodes"


def _answer(at: Situation) -> Any:
    answer = at.get(A1.id).answer
    assert answer is not None
    return answer
