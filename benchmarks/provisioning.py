"""How long a customer waits for a cache: from CreateReplicationGroup to `available`, and from its deletion to NotFound.

Seen as a customer sees it: by Describe, asked again every 5 ms. A group with a replica is available when the replica
has its first sync done.
"""

import sys
from time import perf_counter

from benchmarks import command
from benchmarks.control_plane import control_plane, create_group, engines_here, find_status, seconds_until
from benchmarks.tables import Goal, Report, Row
from elastane.engines.discovery import EngineBinary
from tests.kit.elastane import RunningElastane

SECONDS_MAX = {1: 0.4, 2: 1.0}
"""By the number of nodes."""


def measure(is_quick: bool) -> Report:
    run_count = 1 if is_quick else 20
    rows: list[Row] = []
    with control_plane() as elastane:
        for binary in engines_here():
            for node_count in SECONDS_MAX:
                command.tell(f"{binary.engine} {binary.version}: {run_count} groups of {node_count}")
                rows += _rows(elastane, binary, node_count, run_count)
    return Report(title="CreateReplicationGroup to available, DeleteReplicationGroup to NotFound", rows=tuple(rows))


def _rows(elastane: RunningElastane, binary: EngineBinary, node_count: int, run_count: int) -> tuple[Row, Row]:
    runs = [_run(elastane, binary, node_count, number) for number in range(run_count)]
    what = f"{binary.engine} {binary.version}, {'1 node' if node_count == 1 else '1 + 1'}"
    return (
        Row(
            name=f"{what}, available",
            unit="s",
            samples=tuple(created for created, _ in runs),
            goals=(Goal(below=SECONDS_MAX[node_count]),),
        ),
        Row(name=f"{what}, deleted", unit="s", samples=tuple(deleted for _, deleted in runs)),
    )


def _run(elastane: RunningElastane, binary: EngineBinary, node_count: int, number: int) -> tuple[float, float]:
    """Seconds until available, and until gone."""
    group_id = f"{binary.engine}-{node_count}-{number}"
    version = ".".join(binary.version.split(".")[:2])
    began_at = perf_counter()
    create_group(elastane, group_id, node_count, engine=binary.engine, version=version)
    created = seconds_until(lambda: find_status(elastane, group_id) == "available", began_at=began_at, log=elastane.log)
    began_at = perf_counter()
    elastane.client().delete_replication_group(ReplicationGroupId=group_id)
    deleted = seconds_until(lambda: find_status(elastane, group_id) is None, began_at=began_at, log=elastane.log)
    return created, deleted


if __name__ == "__main__":
    sys.exit(command.run("provisioning", measure))
