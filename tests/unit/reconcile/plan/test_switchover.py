from msgspec.structs import replace

from elastane.model.ids import NodeId
from elastane.model.replication_groups import ReplicationGroup
from elastane.reconcile.plan import switchover
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.steps import RecordPrimary, SwitchOver
from tests.kit import groups
from tests.kit.encryption import PREFERRED, talking
from tests.kit.situations import dead, just_silent, primary, replica, situation, with_part

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
NODE_GROUP_ID = GROUP.node_groups[0].id


def with_target(group: ReplicationGroup, target: str) -> ReplicationGroup:
    return replace(group, node_groups=(replace(group.node_groups[0], target_primary=NodeId(target)),))


def test_the_target_is_primary_and_nothing_follows() -> None:
    assert switchover.rule(situation(GROUP, primary(FIRST), replica(SECOND, FIRST))) == SATISFIED


def test_a_target_in_sync_takes_over_and_is_written_down_as_ordered_before() -> None:
    """Else nobody would look for the role where it went, when the new primary falls silent at once."""
    order = SwitchOver(old_primary_id=FIRST.id, new_primary_id=SECOND.id)
    target = with_target(GROUP, SECOND.id)
    ordered = with_part(target, ordered_primary=SECOND.id)

    verdict = switchover.rule(situation(target, primary(FIRST), replica(SECOND, FIRST)))
    again = switchover.rule(situation(ordered, primary(FIRST), replica(SECOND, FIRST)))

    assert verdict == Act(
        steps=(RecordPrimary(node_group_id=NODE_GROUP_ID, node_id=SECOND.id, epoch=2), order),
        why="orders-002 is in sync and takes over from orders-001",
    )
    assert again == replace(verdict, steps=(order,))


def test_a_target_that_is_not_in_sync_is_waited_for() -> None:
    verdict = switchover.rule(
        situation(with_target(GROUP, SECOND.id), primary(FIRST), replica(SECOND, FIRST, is_link_up=False))
    )

    assert verdict == Wait(reason="orders-002 must be in sync before it takes over from orders-001")


def test_a_target_that_is_dead_or_gone_gives_the_role_up() -> None:
    for target, second in ((SECOND.id, dead(SECOND)), ("orders-009", replica(SECOND, FIRST))):
        verdict = switchover.rule(situation(with_target(GROUP, target), primary(FIRST), second))

        assert isinstance(verdict, Act)
        assert verdict.steps == (RecordPrimary(node_group_id=NODE_GROUP_ID, node_id=FIRST.id, epoch=2),)


def test_a_primary_that_leaves_names_its_heir_first_and_waits_while_there_is_none() -> None:
    leaving = replace(FIRST, is_leaving=True)
    group = groups.group("orders", leaving, SECOND)

    heir = switchover.rule(situation(group, primary(leaving), replica(SECOND, leaving)))
    nobody = switchover.rule(situation(group, primary(leaving), replica(SECOND, leaving, is_link_up=False)))

    assert isinstance(heir, Act)
    assert heir.steps == (RecordPrimary(node_group_id=NODE_GROUP_ID, node_id=SECOND.id, epoch=2),)
    assert isinstance(nobody, Wait)


def test_a_target_that_has_just_fallen_silent_is_not_handed_the_role() -> None:
    verdict = switchover.rule(situation(with_target(GROUP, SECOND.id), primary(FIRST), just_silent(SECOND)))

    assert verdict == Wait(reason="orders-002 must be in sync before it takes over from orders-001")


def test_the_role_is_not_handed_to_a_replica_that_talks_another_way_than_the_primary() -> None:
    """The primary would try to follow it, and fail, while its clients wait."""
    group = with_part(GROUP, target_primary=SECOND.id)

    verdicts = [
        switchover.rule(
            situation(
                group,
                primary(FIRST, parameters=talking(PREFERRED, by_tls=is_primary_by_tls)),
                replica(SECOND, FIRST, parameters=talking(PREFERRED)),
            )
        )
        for is_primary_by_tls in (False, True)
    ]

    assert verdicts[0] == SATISFIED
    assert isinstance(verdicts[1], Act)
