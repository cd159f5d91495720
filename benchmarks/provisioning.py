"""How long a customer waits for a cache: from CreateReplicationGroup to `available`, and from its deletion to NotFound.

Seen as a customer sees it: by Describe, asked again every 5 ms. A group with a replica is available when the replica
has its first sync done; one with cluster mode when all its replicas have, and every slot has an owner.
"""

import sys
from time import perf_counter

import msgspec

from benchmarks import command
from benchmarks.control_plane import (
    control_plane,
    create_cluster,
    create_group,
    engines_here,
    find_status,
    seconds_until,
)
from benchmarks.tables import Goal, Report, Row
from elastane.engines.discovery import EngineBinary
from elastane.model.versions import minor_version
from tests.kit.elastane import RunningElastane


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Of the group that is ordered."""

    name: str
    node_count: int
    shard_count: int | None = None
    """None without cluster mode."""
    run_count: int = 20
    seconds_max: float | None = None
    """The goal, where there is one."""


SMALL = (
    Layout(name="1 node", node_count=1, seconds_max=0.4),
    Layout(name="1 + 1", node_count=2, seconds_max=1.0),
    Layout(name="3 shards of 2", node_count=6, shard_count=3, seconds_max=3.0),
)
LARGE = (
    Layout(name="10 shards of 2", node_count=20, shard_count=10, run_count=10),
    Layout(name="10 shards of 3", node_count=30, shard_count=10, run_count=10),
)


def measure(is_quick: bool) -> Report:
    rows: list[Row] = []
    with control_plane() as elastane:
        for binary in engines_here():
            for layout in SMALL if is_quick else SMALL + LARGE:
                run_count = 1 if is_quick else layout.run_count
                command.tell(f"{binary.engine} {binary.version}: {layout.name}, {run_count} times")
                rows += _rows(elastane, binary, layout, run_count)
    return Report(title="CreateReplicationGroup to available, DeleteReplicationGroup to NotFound", rows=tuple(rows))


def _rows(elastane: RunningElastane, binary: EngineBinary, layout: Layout, run_count: int) -> tuple[Row, Row]:
    runs = [_run(elastane, binary, layout, number) for number in range(run_count)]
    what = f"{binary.engine} {binary.version}, {layout.name}"
    return (
        Row(
            name=f"{what}, available",
            unit="s",
            samples=tuple(created for created, _ in runs),
            goals=() if layout.seconds_max is None else (Goal(below=layout.seconds_max),),
        ),
        Row(name=f"{what}, deleted", unit="s", samples=tuple(deleted for _, deleted in runs)),
    )


def _run(elastane: RunningElastane, binary: EngineBinary, layout: Layout, number: int) -> tuple[float, float]:
    """Seconds until available, and until gone."""
    group_id = f"{binary.engine}-{layout.node_count}-{number}"
    version = minor_version(binary.version)
    began_at = perf_counter()
    if layout.shard_count is None:
        create_group(elastane, group_id, layout.node_count, engine=binary.engine, version=version)
    else:
        replica_count = layout.node_count // layout.shard_count - 1
        create_cluster(elastane, group_id, layout.shard_count, replica_count, engine=binary.engine, version=version)
    created = seconds_until(lambda: find_status(elastane, group_id) == "available", began_at=began_at, log=elastane.log)
    began_at = perf_counter()
    elastane.client().delete_replication_group(ReplicationGroupId=group_id)
    deleted = seconds_until(lambda: find_status(elastane, group_id) is None, began_at=began_at, log=elastane.log)
    return created, deleted


if __name__ == "__main__":
    sys.exit(command.run("provisioning", measure))
