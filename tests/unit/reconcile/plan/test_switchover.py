from msgspec.structs import replace

from elastane.model.ids import NodeId
from elastane.model.replication_groups import ReplicationGroup
from elastane.reconcile.plan import switchover
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.steps import RecordPrimary, SwitchOver
from tests.kit import groups
from tests.kit.situations import dead, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
NODE_GROUP_ID = GROUP.node_groups[0].id


def with_target(group: ReplicationGroup, target: str) -> ReplicationGroup:
    return replace(group, node_groups=(replace(group.node_groups[0], target_primary=NodeId(target)),))


def test_the_target_is_primary_and_nothing_follows() -> None:
    assert switchover.rule(situation(GROUP, primary(FIRST), replica(SECOND, FIRST))) == SATISFIED


def test_a_target_in_sync_takes_over() -> None:
    verdict = switchover.rule(situation(with_target(GROUP, SECOND.id), primary(FIRST), replica(SECOND, FIRST)))

    assert verdict == Act(
        steps=(SwitchOver(old_primary_id=FIRST.id, new_primary_id=SECOND.id),),
        why="orders-002 is in sync and takes over from orders-001",
    )


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
