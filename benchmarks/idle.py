"""What Elastane costs while nothing happens: processor time of the control plane beside idle nodes.

Every node is observed all the time, so this grows with their number; the engines' own time is not counted.
"""

import sys
import time
from time import perf_counter

from benchmarks import command
from benchmarks.control_plane import control_plane, cpu_seconds, create_groups
from benchmarks.tables import Goal, Report, Row
from tests.kit.elastane import RunningElastane

PERCENT_MAX = 3.0
"""Of one core."""

SETTLE_SECONDS = 3.0


def measure(is_quick: bool) -> Report:
    node_count, window_count, window_seconds = (2, 1, 1.0) if is_quick else (50, 3, 20.0)
    rows = []
    for nodes_a_group in (1, 2):
        group_count = node_count // nodes_a_group
        with control_plane() as elastane:
            command.tell(f"creating {group_count} groups of {nodes_a_group}")
            create_groups(elastane, [f"idle-{number:02d}" for number in range(group_count)], nodes_a_group)
            time.sleep(SETTLE_SECONDS)
            command.tell(f"looking on {window_count} times for {window_seconds:g} s")
            shares = tuple(_percent_of_a_core(elastane, window_seconds) for _ in range(window_count))
        rows.append(
            Row(
                name=f"{group_count} groups of {nodes_a_group}",
                unit="% of a core",
                samples=shares,
                goals=(Goal(below=PERCENT_MAX),),
            )
        )
    return Report(title="Processor time of an idle control plane", rows=tuple(rows))


def _percent_of_a_core(elastane: RunningElastane, window_seconds: float) -> float:
    began_at, used_before = perf_counter(), cpu_seconds(elastane.pid)
    time.sleep(window_seconds)
    return 100 * (cpu_seconds(elastane.pid) - used_before) / (perf_counter() - began_at)


if __name__ == "__main__":
    sys.exit(command.run("idle", measure))
