"""Before a node is stopped or removed its logs are read once more; a fence waits for nothing."""

import contextlib
from dataclasses import replace as with_part
from pathlib import Path

from msgspec.structs import replace

from elastane.model.ids import NodeId
from elastane.model.logs import LogDelivery
from elastane.model.observations import Running
from elastane.model.replication_groups import GroupKey, ReplicationGroup
from elastane.reconcile.execute import execute
from elastane.reconcile.steps import FenceNodes, RemoveDirectories, StartNodes, Step, StopNodes
from tests.kit import groups
from tests.kit.fake_world import SECRET, FakeWorld
from tests.kit.situations import primary, replica, situation

SLOW_LOG = LogDelivery(log_type="slow-log", destination_type="cloudwatch-logs", destination="slow", log_format="json")
QUIET = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
LOGGED = replace(QUIET, logs=(SLOW_LOG,))
FIRST, SECOND = LOGGED.nodes
BOTH = (FIRST.id, SECOND.id)
STARTED, STOPPED, FENCED, REMOVED = (
    StartNodes(node_ids=BOTH),
    StopNodes(node_ids=BOTH),
    FenceNodes(node_ids=BOTH),
    RemoveDirectories(node_ids=BOTH),
)


async def collected(directory: Path, group: ReplicationGroup, *steps: Step) -> list[tuple[NodeId, bool]]:
    """Whose logs were read, and whether the node ran then."""
    work = FakeWorld(directory)
    found: list[tuple[NodeId, bool]] = []

    async def collect_last(key: GroupKey, node_id: NodeId) -> None:
        assert key == group.key
        process = await work.host.observe_process(f"us-east-1/{node_id}")
        found.append((node_id, isinstance(process, Running)))

    with contextlib.closing(work.store):
        await work.save(group)
        world = with_part(work.world, collect_last=collect_last)
        seen = situation(group, primary(FIRST), replica(SECOND, of=FIRST))
        await execute(world, seen, SECRET, 1, steps)
    return sorted(found)


async def test_a_node_s_logs_are_read_while_it_still_runs_and_before_its_directory_goes(tmp_path: Path) -> None:
    found = await collected(tmp_path, LOGGED, STARTED, STOPPED, REMOVED)

    assert found == [(node_id, is_running) for node_id in BOTH for is_running in (False, True)]


async def test_a_fence_reads_nothing(tmp_path: Path) -> None:
    assert await collected(tmp_path, LOGGED, STARTED, FENCED) == []


async def test_of_a_group_that_wants_no_logs_nothing_is_read(tmp_path: Path) -> None:
    assert await collected(tmp_path, QUIET, STARTED, STOPPED, REMOVED) == []
