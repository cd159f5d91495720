from msgspec.structs import replace

from elastane.model.replication_groups import ReplicationGroup
from elastane.reconcile.plan import topology
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.steps import CutClients, Follow, Promote, RecordPrimary
from tests.kit import groups
from tests.kit.situations import coming_up, dead, hanging, newborn, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = GROUP.nodes


def with_epoch(group: ReplicationGroup, epoch: int) -> ReplicationGroup:
    return replace(group, node_groups=(replace(group.node_groups[0], epoch=epoch),))


def promoted(verdict: object) -> str:
    assert isinstance(verdict, Act)
    record, promote = verdict.steps
    assert isinstance(record, RecordPrimary) and isinstance(promote, Promote)
    assert record.node_id == promote.node_id
    return promote.node_id


def test_the_first_primary_is_the_target_and_the_epoch_is_written_before_the_promotion() -> None:
    group = with_epoch(GROUP, 0)

    verdict = topology.rule(situation(group, newborn(FIRST), newborn(SECOND), newborn(THIRD)))

    assert verdict == Act(
        steps=(
            RecordPrimary(node_group_id=group.node_groups[0].id, node_id=FIRST.id, epoch=1),
            Promote(node_id=FIRST.id),
        ),
        why="orders-001 becomes the first primary",
    )


def test_nobody_is_promoted_while_a_running_node_has_not_been_heard() -> None:
    for silent in (coming_up(SECOND), hanging(SECOND), newborn(SECOND, is_loading=True)):
        verdict = topology.rule(situation(GROUP, newborn(FIRST), silent, newborn(THIRD)))

        assert verdict == Wait(reason="orders-002 must be heard before a primary is chosen")


def test_a_primary_that_returned_empty_is_not_promoted_over_a_replica_with_data() -> None:
    returned = newborn(FIRST, before=groups.observed_node(FIRST, has_held_data=True))
    orphan = replica(SECOND, FIRST, offset_bytes=900, key_count=50, is_link_up=False)
    orphan_behind = replica(THIRD, FIRST, offset_bytes=700, key_count=50, is_link_up=False)

    assert promoted(topology.rule(situation(GROUP, returned, orphan, orphan_behind))) == SECOND.id


def test_an_empty_node_with_a_high_offset_loses_to_one_that_has_its_data() -> None:
    emptied = newborn(FIRST, before=groups.observed_node(FIRST, has_held_data=True), offset_bytes=10_000)
    behind = replica(SECOND, FIRST, offset_bytes=10, key_count=1, is_link_up=False)

    assert promoted(topology.rule(situation(GROUP, emptied, behind, dead(THIRD)))) == SECOND.id


def test_when_every_node_has_lost_its_data_the_target_starts_again_and_that_is_said() -> None:
    seen = [newborn(node, before=groups.observed_node(node, has_held_data=True)) for node in GROUP.nodes]

    verdict = topology.rule(situation(GROUP, *seen))

    assert promoted(verdict) == FIRST.id
    assert isinstance(verdict, Act) and "every node has lost its data" in verdict.why


def test_without_a_node_that_runs_it_waits() -> None:
    verdict = topology.rule(situation(GROUP, dead(FIRST), dead(SECOND), dead(THIRD)))

    assert verdict == Wait(reason="no node of the group runs, so none can be primary")


def test_one_primary_is_enough() -> None:
    verdict = topology.rule(situation(GROUP, replica(FIRST, SECOND), primary(SECOND), dead(THIRD)))

    assert verdict == SATISFIED


def test_of_two_primaries_the_one_written_down_stays_and_the_other_is_demoted_and_cut() -> None:
    verdict = topology.rule(situation(GROUP, primary(FIRST), primary(SECOND), replica(THIRD, FIRST)))

    assert isinstance(verdict, Act)
    assert verdict.steps == (Follow(node_id=SECOND.id, primary_id=FIRST.id), CutClients(node_id=SECOND.id))


def test_of_two_primaries_neither_written_down_the_one_with_most_data_is_written_down_first() -> None:
    verdict = topology.rule(
        situation(GROUP, dead(FIRST), primary(SECOND, offset_bytes=5), primary(THIRD, offset_bytes=9))
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (RecordPrimary(node_group_id=GROUP.node_groups[0].id, node_id=THIRD.id, epoch=2),)
