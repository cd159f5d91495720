"""A shard's primary hands its role over: by the other primaries' votes, and not amid a move of slots."""

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import MoveState
from elastane.reconcile.plan import plan, switchover
from elastane.reconcile.plan.verdicts import SATISFIED, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import AskAcknowledgement, CancelMoves, MeetMembers, RecordPrimary, SwitchOver
from tests.kit import groups
from tests.kit.situations import (
    cluster_situation,
    dead,
    just_silent,
    move,
    orphan,
    primary,
    replica,
    viewing,
    with_shard,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A2,
    A2_ID,
    B1,
    B2,
    C1,
    GROUP,
    ONE,
    SOME,
    THREE,
    kinds_of,
    reason_of,
    steps_of,
)

WANTED = with_shard(GROUP, ONE.id, target_primary=A2.id)
STAYS = primary(A1, before=groups.observed_node(A1))
IN_SYNC = replica(A2, A1, before=groups.observed_node(A2, has_synced=True, is_up_to_date=True))
HANDED = cluster_situation(WANTED, STAYS, IN_SYNC)
"""The customer wants the second node for a primary, and it is in sync."""


def judged(at: Situation) -> Verdict:
    return switchover.rule(at.narrowed()[0])


def test_a_replica_in_sync_takes_over_under_a_new_epoch() -> None:
    assert steps_of(judged(HANDED)) == (
        RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2),
        AskAcknowledgement(node_id=A2.id),
        SwitchOver(old_primary_id=A1.id, new_primary_id=A2.id),
    )


def test_a_move_of_the_shard_s_slots_is_ended_before() -> None:
    giving = viewing(HANDED, B1, moves=(move(GROUP, A1, B1, SOME, is_export=False),))

    assert steps_of(judged(giving)) == (CancelMoves(node_id=B1.id),)


@pytest.mark.parametrize("state", [MoveState.SUCCEEDED, MoveState.FAILED, MoveState.CANCELLED])
def test_one_that_has_ended_keeps_nobody(state: MoveState) -> None:
    ended = viewing(HANDED, A1, moves=(move(GROUP, A1, B1, SOME, state=state),))

    assert "SwitchOver" in kinds_of(judged(ended))


def test_moves_of_other_shards_go_on() -> None:
    other = viewing(HANDED, C1, moves=(move(GROUP, C1, B1, THREE.slots),))

    assert "SwitchOver" in kinds_of(judged(other))


def test_where_nobody_is_to_take_over_moves_go_on() -> None:
    at = viewing(cluster_situation(GROUP), A1, moves=(move(GROUP, A1, B1, SOME),))

    assert judged(at) == SATISFIED


def test_a_target_that_is_not_in_sync_is_waited_for() -> None:
    lagging = replica(A2, A1, is_link_up=False, before=groups.observed_node(A2))

    assert reason_of(judged(cluster_situation(WANTED, STAYS, lagging))) == (
        "orders-0001-002 must be in sync before it takes over from orders-0001-001"
    )


def test_a_target_that_the_primary_has_not_heard_of_is_introduced_first() -> None:
    """One that does not know who took its slots keeps them, and both take writes."""
    view = HANDED.get(A1.id).view
    assert view is not None
    others = [one for one in view.others if one.id != A2_ID]
    (target,) = set(view.others) - set(others)
    unmet = viewing(HANDED, A1, others=tuple(others))
    misled = viewing(HANDED, A1, others=(*others, replace(target, is_primary=True, primary_id=None)))

    for at in (unmet, misled):
        assert steps_of(judged(at)) == (MeetMembers(node_id=A2.id, other_ids=(A1.id,)),)


def test_a_target_that_is_dead_gives_the_role_up() -> None:
    at = cluster_situation(WANTED, STAYS, dead(A2, before=groups.observed_node(A2)))

    assert steps_of(judged(at)) == (RecordPrimary(node_group_id=ONE.id, node_id=A1.id, epoch=2),)


def test_a_primary_that_leaves_names_its_heir_first() -> None:
    leaving = with_shard(GROUP, ONE.id, nodes=(replace(A1, is_leaving=True), A2))

    verdict = plan(cluster_situation(leaving)).verdict

    assert steps_of(verdict) == (RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2),)


# --- as an attacker ------------------------------------------------------------------------------


@pytest.mark.parametrize("shard_count", [1, 2])
def test_nobody_s_vote_is_needed(shard_count: int) -> None:
    """Engines alone would want a majority of primaries, which one or two shards have not when another one is lost."""
    wanted = with_shard(groups.cluster(shards=shard_count), ONE.id, target_primary=A2.id)
    lost = (dead(B1, before=groups.observed_node(B1)), dead(B2, before=groups.observed_node(B2)))[: 2 * shard_count - 2]

    assert "SwitchOver" in kinds_of(judged(cluster_situation(wanted, STAYS, IN_SYNC, *lost)))


def test_a_target_that_is_one_answer_late_is_waited_for_and_no_slot_begins_to_move_meanwhile() -> None:
    assert isinstance(judged(cluster_situation(WANTED, STAYS, just_silent(A2))), Wait)


def test_while_another_shard_is_lost_a_replica_in_sync_may_still_take_over() -> None:
    """With two of three shards left there is a majority; whether the cluster as a whole serves is another matter."""
    at = cluster_situation(WANTED, STAYS, IN_SYNC, dead(B1, before=groups.observed_node(B1)), orphan(B2, B1))
    for node in (A1, A2, C1):
        at = viewing(at, node, is_serving=False)

    assert "SwitchOver" in kinds_of(judged(at))
