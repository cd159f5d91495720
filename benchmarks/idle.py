"""What Elastane costs while nothing happens: processor time of the control plane beside idle nodes.

Every node is observed all the time, so this grows with their number; the engines' own time is not counted.
"""

import sys
import time
from collections.abc import Callable
from time import perf_counter

from benchmarks import command
from benchmarks.control_plane import control_plane, cpu_seconds, create_cluster, create_groups, until_available
from benchmarks.tables import Goal, Report, Row
from tests.kit.elastane import RunningElastane

PERCENT_MAX = 3.0
"""Of one core."""

SETTLE_SECONDS = 3.0


def measure(is_quick: bool) -> Report:
    node_count, shard_count, replica_count = (2, 1, 1) if is_quick else (50, 10, 2)
    orders: dict[str, Callable[[RunningElastane], None]] = {
        f"{node_count} groups of 1": lambda elastane: create_groups(elastane, _names(node_count), 1),
        f"{node_count // 2} groups of 2": lambda elastane: create_groups(elastane, _names(node_count // 2), 2),
        f"{shard_count} shards of {1 + replica_count}": lambda elastane: _create_cluster(
            elastane, shard_count, replica_count
        ),
    }
    rows = tuple(_row(name, create, is_quick) for name, create in orders.items())
    return Report(title="Processor time of an idle control plane", rows=rows)


def _row(name: str, create: Callable[[RunningElastane], None], is_quick: bool) -> Row:
    window_count, window_seconds = (1, 1.0) if is_quick else (3, 20.0)
    with control_plane() as elastane:
        command.tell(f"creating {name}")
        create(elastane)
        time.sleep(SETTLE_SECONDS)
        command.tell(f"looking on {window_count} times for {window_seconds:g} s")
        shares = tuple(_percent_of_a_core(elastane, window_seconds) for _ in range(window_count))
    return Row(name=name, unit="% of a core", samples=shares, goals=(Goal(below=PERCENT_MAX),))


def _names(group_count: int) -> tuple[str, ...]:
    return tuple(f"idle-{number:02d}" for number in range(group_count))


def _create_cluster(elastane: RunningElastane, shard_count: int, replica_count: int) -> None:
    create_cluster(elastane, "idle", shard_count, replica_count)
    until_available(elastane, "idle")


def _percent_of_a_core(elastane: RunningElastane, window_seconds: float) -> float:
    began_at, used_before = perf_counter(), cpu_seconds(elastane.pid)
    time.sleep(window_seconds)
    return 100 * (cpu_seconds(elastane.pid) - used_before) / (perf_counter() - began_at)


if __name__ == "__main__":
    sys.exit(command.run("idle", measure))
