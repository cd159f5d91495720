"""What the steps of a failover do to a small fake world, and what they leave in the store."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.engines.valkey import NOWHERE_PORT
from elastane.model import events
from elastane.model.observations import Exited, Role
from elastane.model.replication_groups import Deletion, EngineName, Initiator, ReplicationGroup, RequestedUpdate
from elastane.reconcile.execute import execute
from elastane.reconcile.step_failures import StepFailed
from elastane.reconcile.steps import (
    Detach,
    FenceNodes,
    Follow,
    ForgetGroup,
    Promote,
    RecordPrimary,
    SetAside,
    StartNodes,
    Step,
    StopScript,
)
from tests.kit import groups
from tests.kit.fake_binaries import VALKEY, VALKEY_NEWER_PATCH
from tests.kit.fake_world import PORT, SECRET, FakeWorld
from tests.kit.situations import NOW, absent, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
FIRST_KEY, SECOND_KEY = "us-east-1/orders-001", "us-east-1/orders-002"
(PART,) = GROUP.node_groups


async def done(work: FakeWorld, *steps: Step, revision: int = 1) -> None:
    seen = situation(GROUP, primary(FIRST), primary(SECOND))
    await execute(work.world, seen, SECRET, revision, steps)


@contextlib.asynccontextmanager
async def serving(directory: Path) -> AsyncIterator[FakeWorld]:
    """Both nodes run, the first is primary, the second its replica."""
    work = FakeWorld(directory)
    with contextlib.closing(work.store):
        await work.save(GROUP)
        start = StartNodes(node_ids=(FIRST.id, SECOND.id))
        await done(work, start, Promote(node_id=FIRST.id), Follow(node_id=SECOND.id, primary_id=FIRST.id))
        yield work


async def stored(work: FakeWorld) -> ReplicationGroup:
    group = await work.find(GROUP)
    assert group is not None
    return group


async def test_a_fence_kills_and_may_be_repeated(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await done(work, FenceNodes(node_ids=(FIRST.id, SECOND.id)))
        await done(work, FenceNodes(node_ids=(FIRST.id,)))

        assert await work.host.observe_process(FIRST_KEY) == Exited(exit_code=-9)
        assert await work.host.observe_process(SECOND_KEY) == Exited(exit_code=-9)


async def test_a_script_is_stopped_and_one_that_has_written_fails_the_step(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        work.engines.run_script(work.host.at(FIRST_KEY))
        await done(work, StopScript(node_id=FIRST.id))
        was_stopped = not work.host.engine(FIRST.address).has_script
        work.engines.run_script(work.host.at(FIRST_KEY), is_killable=False)

        with pytest.raises(StepFailed, match="UNKILLABLE"):
            await done(work, StopScript(node_id=FIRST.id))

        assert was_stopped
        assert work.host.engine(FIRST.address).has_script


async def test_what_is_set_aside_lies_outside_the_node_s_directory_and_its_place_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await done(work, SetAside(node_id=SECOND.id, diverged_bytes=200))

        (kept,) = work.host.processes.files_set_aside
        assert not kept.is_relative_to(work.host.directory(SECOND_KEY))
        assert await work.history() == [("orders", events.diverged_data_kept(SECOND.id, 200, str(kept)))]


async def test_what_cannot_be_saved_is_not_told_and_nothing_after_it_is_done(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        work.engines.hang(work.host.at(SECOND_KEY))

        with pytest.raises(StepFailed):
            await done(work, SetAside(node_id=SECOND.id, diverged_bytes=200), FenceNodes(node_ids=(SECOND.id,)))

        assert await work.history() == []
        assert work.host.find_engine(SECOND.address) is not None


async def test_a_detached_replica_follows_nobody_and_keeps_its_keys(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        work.host.engine(SECOND.address).keys.add("key")

        await done(work, Detach(node_id=SECOND.id))

        detached = work.host.engine(SECOND.address)
        assert (detached.role, detached.follows) == (Role.REPLICA, (SECOND.address, NOWHERE_PORT))
        assert detached.keys == {"key"}
        assert NOWHERE_PORT != PORT


async def test_only_an_automatic_failover_is_counted_and_dated(tmp_path: Path) -> None:
    def record(epoch: int) -> RecordPrimary:
        return RecordPrimary(node_group_id=PART.id, node_id=SECOND.id, epoch=epoch)

    async with serving(tmp_path) as work:
        await done(work, record(2))
        (asked_for,) = (await stored(work)).node_groups
        await done(work, replace(record(3), failed_over_at=NOW), revision=2)
        (automatic,) = (await stored(work)).node_groups

        assert asked_for == replace(PART, target_primary=SECOND.id, ordered_primary=SECOND.id, epoch=2)
        assert automatic == replace(asked_for, epoch=3, failed_over_at=NOW, failover_count=1)


async def test_an_older_order_changes_nothing_and_nobody_is_promoted_after_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as work:
        await work.save(replace(GROUP, generation=2))

        await done(
            work,
            RecordPrimary(node_group_id=PART.id, node_id=SECOND.id, epoch=2, failed_over_at=NOW),
            Promote(node_id=SECOND.id),
        )

        assert await stored(work) == replace(GROUP, generation=2)
        assert work.host.engine(SECOND.address).role is Role.REPLICA


async def test_a_group_that_nobody_deleted_is_not_forgotten(tmp_path: Path) -> None:
    work = FakeWorld(tmp_path)
    with contextlib.closing(work.store):
        await work.save(GROUP)

        await execute(work.world, situation(GROUP, absent(FIRST), replica(SECOND, FIRST)), SECRET, 1, [ForgetGroup()])

        assert await stored(work) == GROUP


async def test_of_a_group_that_is_forgotten_amid_an_upgrade_no_more_is_told_than_customers_knew(tmp_path: Path) -> None:
    helper = replace(groups.node("orders--0001"), is_temporary=True)
    part = replace(PART, nodes=(*PART.nodes, helper))
    group = replace(GROUP, node_groups=(part,), deletion=Deletion(requested_at=NOW))
    work = FakeWorld(tmp_path)
    with contextlib.closing(work.store):
        await work.save(group)

        gone = situation(group, *(absent(node) for node in group.nodes))
        await execute(work.world, gone, SECRET, 1, [ForgetGroup()])

        assert await work.find(group) is None
        assert {source for source, _ in await work.history()} == {"orders", "orders-001", "orders-002"}


async def test_a_node_that_a_stopped_update_had_reached_is_started_with_its_patch_again(tmp_path: Path) -> None:
    stopped = RequestedUpdate(
        name="valkey-9-1-3", patch="9.1.3", requested_at=NOW, initiated_by=Initiator.CUSTOMER, stopped_at=NOW
    )
    group = replace(GROUP, software=replace(GROUP.software, patch="9.1.2"), update=stopped)
    updated, other = (replace(seen, engine=EngineName.VALKEY) for seen in groups.observed(group).nodes)
    before = groups.observed(group, nodes=(replace(updated, engine_version="9.1.3"), other))
    work = FakeWorld(tmp_path)
    with contextlib.closing(work.store):
        work.binaries = (VALKEY, VALKEY_NEWER_PATCH)
        await work.save(group)
        seen = situation(group, absent(FIRST), absent(SECOND), before=before)
        await execute(work.world, seen, SECRET, 1, (StartNodes(node_ids=(FIRST.id, SECOND.id)),))

        versions = [work.host.engine(node.address).version for node in group.nodes]

    assert versions == ["9.1.3", "9.1.2"]
