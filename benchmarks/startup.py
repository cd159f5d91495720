"""How soon Elastane answers after it is started, with nothing to do and with nodes to adopt, and its memory then.

From the spawn of the process to the answer of a signed API call; the client was made before. Adopted nodes ran on
while the control plane was away.
"""

import shutil
import sys
import time
from time import perf_counter

from benchmarks import command
from benchmarks.control_plane import control_plane, create_groups, resident_mib
from benchmarks.tables import Goal, Report, Row
from tests.kit.elastane import RunningElastane

START_MS_MAX = 800
RESIDENT_MIB_MAX = 100


def measure(is_quick: bool) -> Report:
    run_count, node_count, settle_seconds = (2, 2, 0.5) if is_quick else (10, 50, 5.0)
    rows: list[Row] = []
    with control_plane() as elastane:
        command.tell(f"starting {run_count} times with an empty data directory")
        rows += _rows(elastane, "empty data directory", run_count, settle_seconds, is_emptied=True)
        command.tell(f"creating {node_count} nodes")
        create_groups(elastane, [f"node-{number:02d}" for number in range(node_count)], 1)
        command.tell(f"starting {run_count} times with {node_count} nodes to adopt")
        rows += _rows(elastane, f"{node_count} nodes to adopt", run_count, settle_seconds, is_emptied=False)
    return Report(title="Start of the control plane: from the spawn of its process to its answer", rows=tuple(rows))


def _rows(
    elastane: RunningElastane, name: str, run_count: int, settle_seconds: float, *, is_emptied: bool
) -> tuple[Row, Row]:
    started_ms: list[float] = []
    memory_mib: list[float] = []
    for _ in range(run_count):
        elastane.stop()
        if is_emptied:
            shutil.rmtree(elastane.data_dir)
        started_ms.append(_milliseconds_to_answer(elastane))
        time.sleep(settle_seconds / run_count)
        memory_mib.append(resident_mib(elastane.pid))
    return (
        Row(
            name=f"first answer, {name}",
            unit="ms",
            samples=tuple(started_ms),
            goals=(Goal(below=START_MS_MAX),),
        ),
        Row(
            name=f"resident memory, {name}",
            unit="MiB",
            samples=tuple(memory_mib),
            goals=(Goal(below=RESIDENT_MIB_MAX),),
        ),
    )


def _milliseconds_to_answer(elastane: RunningElastane) -> float:
    client = elastane.client()
    began_at = perf_counter()
    elastane.start()
    client.describe_replication_groups()
    return (perf_counter() - began_at) * 1000


if __name__ == "__main__":
    sys.exit(command.run("startup", measure))
