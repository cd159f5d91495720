"""What the steps of groups in cluster mode do to a small fake world, and what they leave in the store."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.engines.cluster_config import NODES_FILE
from elastane.model import events
from elastane.model.observations import Answering, Exited, Role
from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.model.slots import NO_SLOTS, union
from elastane.reconcile.execute import execute
from elastane.reconcile.observe import observe
from elastane.reconcile.situation import Situation
from elastane.reconcile.step_failures import StepFailed
from elastane.reconcile.steps import (
    BeginMove,
    FenceNodes,
    Follow,
    ForgetMembers,
    ForgetNode,
    MeetMembers,
    RecordPrimaries,
    RecordPrimary,
    SettleSlots,
    SideBySide,
    StartNodes,
    Step,
    SwitchOver,
    TakeSlots,
)
from tests.kit.fake_world import SECRET, FakeWorld
from tests.kit.situations import NOW, cluster_situation, dead, with_shard, worked_cluster
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
    GROUP,
    MOVED,
    ONE,
    SOME,
    THREE,
    TWO,
)

TAKES = tuple(TakeSlots(node_id=part.nodes[0].id, slots=part.slots, by_vote=False) for part in GROUP.node_groups)
FOLLOWS = tuple(Follow(node_id=part.nodes[1].id, primary_id=part.nodes[0].id) for part in GROUP.node_groups)


async def seen(work: FakeWorld, group: ReplicationGroup = GROUP) -> Situation:
    return await observe(work.world, group, NOTHING_OBSERVED, SECRET, {})


async def done(work: FakeWorld, *steps: Step, group: ReplicationGroup = GROUP, revision: int = 1) -> None:
    await execute(work.world, await seen(work, group), SECRET, revision, steps)


async def heard(work: FakeWorld) -> None:
    """Looks until every rumour has gone round."""
    for _ in range(6):
        await seen(work)


@contextlib.asynccontextmanager
async def started(directory: Path) -> AsyncIterator[FakeWorld]:
    """All nodes run, guarded, and nobody owns a slot."""
    work = FakeWorld(directory)
    with contextlib.closing(work.store):
        await work.save(GROUP)
        await done(work, StartNodes(node_ids=tuple(node.id for node in GROUP.nodes)))
        await heard(work)
        yield work


@contextlib.asynccontextmanager
async def serving(directory: Path) -> AsyncIterator[FakeWorld]:
    """Each shard's first node owns its slots, and the second one follows it."""
    async with started(directory) as work:
        await done(work, SideBySide(tracks=tuple((take,) for take in TAKES)))
        await heard(work)
        await done(work, *FOLLOWS)
        await heard(work)
        yield work


async def answer(work: FakeWorld, node: Node) -> Answering:
    found = (await seen(work)).get(node.id).answer
    assert found is not None
    return found


async def stored(work: FakeWorld) -> ReplicationGroup:
    group = await work.find(GROUP)
    assert group is not None
    return group


async def test_every_node_starts_guarded_under_its_own_name_and_knows_all_others(tmp_path: Path) -> None:
    async with started(tmp_path) as work:
        found = await answer(work, A2)

        assert found.cluster is not None
        assert (found.role, found.cluster.own.id) == (Role.REPLICA, A2_ID)
        assert found.primary_port == 1
        assert {A1_ID, B1_ID, B2_ID} <= {member.id for member in found.cluster.others}


async def test_slots_are_taken_side_by_side_and_replicas_follow(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        at = await seen(work)

        assert [at.get(part.nodes[0].id).slots for part in GROUP.node_groups] == [ONE.slots, TWO.slots, THREE.slots]
        assert [at.get(part.nodes[1].id).is_replica for part in GROUP.node_groups] == [True] * 3


async def test_a_switchover_hands_the_slots_over_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await done(work, SwitchOver(old_primary_id=A1.id, new_primary_id=A2.id))
        await heard(work)
        at = await seen(work)

        assert (at.get(A2.id).slots, at.get(A1.id).slots) == (ONE.slots, NO_SLOTS)
        assert at.get(A2.id).is_primary and at.get(A1.id).is_replica


async def test_a_node_that_starts_beside_a_primary_may_take_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await done(work, FenceNodes(node_ids=(A2.id,)))
        await done(work, StartNodes(node_ids=(A2.id,)))
        beside = _nodes_file(work, A2)
        await done(work, FenceNodes(node_ids=(A1.id, A2.id)))
        gone = replace(await seen(work), before=worked_cluster(GROUP, MOVED))
        await execute(work.world, gone, SECRET, 1, [StartNodes(node_ids=(A2.id,))])
        alone = _nodes_file(work, A2)

        assert "0-5461" not in beside
        assert "master,handshake - 0 0 0 connected 100-5461" in alone


def _nodes_file(work: FakeWorld, node: Node) -> str:
    return work.host.processes.orders[f"us-east-1/{node.id}"].files[NODES_FILE]


async def test_strangers_are_met_and_members_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await done(work, *(ForgetMembers(node_id=node.id, member_ids=(B2_ID,)) for node in (A1, A2, C1)))
        forgotten = await answer(work, A1)
        await done(work, FenceNodes(node_ids=(B2.id,)), StartNodes(node_ids=(B2.id,)))
        await done(work, MeetMembers(node_id=A1.id, other_ids=(B2.id,)))
        await heard(work)
        met = await answer(work, A1)

        assert forgotten.cluster is not None and forgotten.cluster.find(B2_ID) is None
        assert met.cluster is not None and met.cluster.find(B2_ID) is not None


async def test_a_move_begins_where_the_slots_are_and_a_second_one_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        begin = BeginMove(source_id=A1.id, target_id=B1.id, slots=SOME)
        await done(work, begin)
        found = await answer(work, A1)

        with pytest.raises(StepFailed):
            await done(work, begin)

        assert found.cluster is not None
        assert [(move.slots, move.target_id, move.is_export) for move in found.cluster.moves] == [(SOME, B1_ID, True)]


async def test_one_track_that_fails_keeps_no_other_from_its_end_and_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        refused = BeginMove(source_id=A1.id, target_id=B1.id, slots=THREE.slots)
        never = FenceNodes(node_ids=(C1.id,))

        with pytest.raises(StepFailed):
            await done(work, SideBySide(tracks=((refused, never), (FenceNodes(node_ids=(B2.id,)),))))

        assert isinstance((await seen(work)).get(B2.id).process, Exited)
        assert (await seen(work)).get(C1.id).is_running


async def test_new_primaries_are_written_down_together_and_an_older_order_is_not(tmp_path: Path) -> None:
    records = RecordPrimaries(
        records=(
            RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2, failed_over_at=NOW),
            RecordPrimary(node_group_id=TWO.id, node_id=B2.id, epoch=2),
        )
    )
    async with serving(tmp_path) as work:
        await done(work, records)
        first, second, third = (await stored(work)).node_groups
        await done(work, records, FenceNodes(node_ids=(C1.id,)), revision=1)

        assert (first.target_primary, first.ordered_primary, first.epoch, first.failover_count) == (A2.id, A2.id, 2, 1)
        assert (second.target_primary, second.epoch, second.failover_count) == (B2.id, 2, 0)
        assert third == THREE
        assert (await seen(work)).get(C1.id).is_running, "after a conflict nothing more is done"


async def test_what_is_given_up_is_written_down_as_it_is_and_told(tmp_path: Path) -> None:
    wanted = with_shard(
        with_shard(GROUP, ONE.id, slots=NO_SLOTS, is_leaving=True), TWO.id, slots=union(ONE.slots, TWO.slots)
    )
    owned = {part.id: part.slots for part in GROUP.node_groups}
    work = FakeWorld(tmp_path)
    with contextlib.closing(work.store):
        await work.save(wanted)

        await execute(work.world, cluster_situation(wanted), SECRET, 1, [SettleSlots(slots=owned, reason="it is full")])

        assert (await stored(work)).node_groups == GROUP.node_groups
        assert await work.history() == [("orders", events.resharding_given_up("it is full"))]


async def test_a_shard_without_slots_still_leaves_when_the_rest_is_given_up(tmp_path: Path) -> None:
    wanted = with_shard(GROUP, ONE.id, slots=NO_SLOTS, is_leaving=True)
    work = FakeWorld(tmp_path)
    with contextlib.closing(work.store):
        await work.save(wanted)
        settle = SettleSlots(slots={ONE.id: NO_SLOTS, TWO.id: union(ONE.slots, TWO.slots)}, reason="it is full")

        await execute(work.world, cluster_situation(wanted), SECRET, 1, [settle])

        assert [part.is_leaving for part in (await stored(work)).node_groups] == [True, False, False]


async def test_a_shard_goes_with_its_last_node_and_only_when_it_is_to_leave(tmp_path: Path) -> None:
    leaving = with_shard(GROUP, ONE.id, slots=NO_SLOTS, is_leaving=True)
    at = cluster_situation(leaving, dead(A1), dead(A2))
    work = FakeWorld(tmp_path)
    with contextlib.closing(work.store):
        await work.save(leaving)
        await execute(work.world, at, SECRET, 1, [ForgetNode(node_id=A1.id)])
        one_left = [part.id for part in (await stored(work)).node_groups]
        await execute(work.world, at, SECRET, 2, [ForgetNode(node_id=A2.id), ForgetNode(node_id=B2.id)])
        found = await stored(work)

        assert one_left == [ONE.id, TWO.id, THREE.id]
        assert [part.id for part in found.node_groups] == [TWO.id, THREE.id]
        assert found.node_groups[0].nodes == (B1,)


async def test_orders_to_many_shards_are_written_under_one_revision(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        track = (Follow(node_id=A2.id, primary_id=A1.id),)
        record = RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2)

        await done(work, record, SideBySide(tracks=(track, (FenceNodes(node_ids=(B2.id,)),))))

        assert (await stored(work)).node_groups[0].epoch == 2
        assert not (await seen(work)).get(B2.id).is_running
