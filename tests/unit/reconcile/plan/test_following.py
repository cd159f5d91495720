from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.reconcile.plan import following
from elastane.reconcile.plan.following import ASKING_SECONDS, FOLLOWING
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.steps import Follow
from tests.kit import groups
from tests.kit.situations import NOW, OTHER_HISTORY, dead, newborn, orphan, primary, replica, situation, worked

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = GROUP.nodes


def test_a_newborn_and_one_that_follows_another_replica_are_told_to_follow_the_primary() -> None:
    verdict = following.rule(situation(GROUP, primary(FIRST), newborn(SECOND), replica(THIRD, SECOND)))

    assert verdict == Act(
        steps=(
            Follow(node_id=SECOND.id, primary_id=FIRST.id),
            Follow(node_id=THIRD.id, primary_id=FIRST.id),
        ),
        why="orders-002 and orders-003 must follow the primary orders-001",
    )


def test_replicas_that_follow_already_are_left_alone_in_sync_or_not() -> None:
    verdict = following.rule(
        situation(GROUP, primary(FIRST), replica(SECOND, FIRST), replica(THIRD, FIRST, is_link_up=False))
    )

    assert verdict == SATISFIED


def test_a_replica_that_is_loading_or_leaving_is_left_alone() -> None:
    leaving = replace(THIRD, is_leaving=True)
    group = groups.group("orders", FIRST, SECOND, leaving)

    verdict = following.rule(situation(group, primary(FIRST), newborn(SECOND, is_loading=True), newborn(leaving)))

    assert verdict == SATISFIED


def test_without_one_primary_nobody_is_told_to_follow() -> None:
    assert following.rule(situation(GROUP, newborn(FIRST), newborn(SECOND), dead(THIRD))) == SATISFIED
    assert following.rule(situation(GROUP, primary(FIRST), primary(SECOND), newborn(THIRD))) == SATISFIED


# --- one copy at a time --------------------------------------------------------------------------

FULL = primary(FIRST, key_count=9)


def test_of_two_that_need_a_copy_the_first_is_told_to_follow_and_the_second_when_that_is_done() -> None:
    second, third = (newborn(node, replication_id=OTHER_HISTORY) for node in (SECOND, THIRD))
    copying = replica(SECOND, FIRST, is_link_up=False, is_syncing=True, replication_id=OTHER_HISTORY)

    first_look = following.rule(situation(GROUP, FULL, second, third))
    meanwhile = following.rule(situation(GROUP, FULL, copying, third))
    afterwards = following.rule(situation(GROUP, FULL, replica(SECOND, FIRST), third))

    assert first_look == Act(
        steps=(Follow(node_id=SECOND.id, primary_id=FIRST.id),), why="orders-002 must follow the primary orders-001"
    )
    assert meanwhile == Wait(reason="orders-003 must wait for the first sync of orders-002: one copy at a time")
    assert isinstance(afterwards, Act)
    assert afterwards.steps == (Follow(node_id=THIRD.id, primary_id=FIRST.id),)


def test_who_only_goes_on_where_it_was_waits_for_nobody() -> None:
    copying = replica(SECOND, FIRST, is_link_up=False, is_syncing=True, replication_id=OTHER_HISTORY)

    verdict = following.rule(situation(GROUP, FULL, copying, orphan(THIRD, SECOND)))

    assert isinstance(verdict, Act)
    assert verdict.steps == (Follow(node_id=THIRD.id, primary_id=FIRST.id),)


def test_after_a_failover_all_who_share_the_new_primary_s_former_history_go_on_at_once() -> None:
    promoted = primary(FIRST, key_count=9, replication_id=OTHER_HISTORY, previous_replication_id="a" * 40)

    verdict = following.rule(situation(GROUP, promoted, orphan(SECOND, THIRD), orphan(THIRD, SECOND)))

    assert isinstance(verdict, Act)
    assert [step.node_id for step in verdict.steps if isinstance(step, Follow)] == [SECOND.id, THIRD.id]


def test_who_goes_on_goes_before_who_needs_a_copy() -> None:
    verdict = following.rule(
        situation(GROUP, FULL, newborn(SECOND, replication_id=OTHER_HISTORY), orphan(THIRD, SECOND))
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (Follow(node_id=THIRD.id, primary_id=FIRST.id),)


def test_having_no_former_history_is_nothing_to_share() -> None:
    nameless = newborn(SECOND, replication_id="")

    verdict = following.rule(situation(GROUP, FULL, nameless, newborn(THIRD, replication_id=OTHER_HISTORY)))

    assert isinstance(verdict, Act) and len(verdict.steps) == 1


def test_a_replica_that_has_tried_in_vain_too_often_is_not_told_again_for_a_while() -> None:
    tried = tuple(NOW - timedelta(seconds=seconds) for seconds in (90, 60, 30))
    looping = newborn(SECOND, before=groups.observed_node(SECOND, full_sync_started_at=tried))

    verdict = following.rule(situation(GROUP, FULL, looping, replica(THIRD, FIRST)))

    assert verdict == SATISFIED


@pytest.mark.parametrize(
    ("rule", "seconds_ago", "waits"),
    [
        pytest.param("following", 0, True, id="a moment ago"),
        pytest.param("following", ASKING_SECONDS - 0.01, True, id="less than it takes to ask"),
        pytest.param("following", ASKING_SECONDS, False, id="longer ago: it has not asked"),
        pytest.param("following", -60, False, id="in what is the future now"),
        pytest.param("endpoints", 0, False, id="nobody: another rule spoke"),
    ],
)
def test_who_was_told_a_moment_ago_has_perhaps_not_asked_for_its_copy_yet(
    rule: str, seconds_ago: float, waits: bool
) -> None:
    told = replica(SECOND, FIRST, is_link_up=False, replication_id=OTHER_HISTORY)
    third = newborn(THIRD, replication_id=OTHER_HISTORY)
    last = groups.observed_verdict("as it said", rule=rule, seconds_ago=seconds_ago, now=NOW)

    verdict = following.rule(situation(GROUP, FULL, told, third, before=worked(GROUP, verdict=last)))

    assert isinstance(verdict, Wait) is waits
    assert not waits or verdict == Wait(
        reason="orders-003 must wait for the first sync of orders-002: one copy at a time"
    )


def test_who_has_its_copy_keeps_nobody_waiting_however_lately_it_was_told() -> None:
    last = groups.observed_verdict("as it said", rule=FOLLOWING, now=NOW)
    third = newborn(THIRD, replication_id=OTHER_HISTORY)

    verdict = following.rule(situation(GROUP, FULL, replica(SECOND, FIRST), third, before=worked(GROUP, verdict=last)))

    assert isinstance(verdict, Act)


def test_who_waits_for_a_copy_from_somebody_else_keeps_nobody_waiting() -> None:
    elsewhere = replica(SECOND, THIRD, is_link_up=False, is_syncing=True, replication_id=OTHER_HISTORY)

    verdict = following.rule(situation(GROUP, FULL, elsewhere, newborn(THIRD, replication_id=OTHER_HISTORY)))

    assert isinstance(verdict, Act)
    assert verdict.steps == (Follow(node_id=SECOND.id, primary_id=FIRST.id),)
