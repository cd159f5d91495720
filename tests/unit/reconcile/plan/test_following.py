from msgspec.structs import replace

from elastane.reconcile.plan import following
from elastane.reconcile.plan.verdicts import SATISFIED, Act
from elastane.reconcile.steps import Follow
from tests.kit import groups
from tests.kit.situations import dead, newborn, primary, replica, situation

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
