"""What measuring costs: processor time and memory of a control plane of a hundred nodes, and the engines' throughput.

Two control planes side by side, one that measures its nodes and one that does not (`ELASTANE_COLLECT_METRICS=no`). Both
observe every node all the time, as a reconciler must; the difference between them is the price of metrics. Engines are
loaded in turn, long enough for each load to meet at least one look.
"""

import sys
import time
from collections.abc import Sequence
from time import perf_counter

from benchmarks import command, load
from benchmarks.control_plane import (
    control_plane,
    cpu_seconds,
    create_group,
    create_groups,
    resident_mib,
    until_available,
)
from benchmarks.load import Kind
from benchmarks.tables import Goal, Report, Row
from tests.kit.elastane import RunningElastane

PERCENT_MAX = 5.0
"""Of one core, for a hundred nodes."""
MIB_MAX = 60.0
RATIO_MIN = 0.99

SETTLE_SECONDS = 12.0
"""More than two looks: the first ones read every engine's table of commands."""
WITHOUT = {"ELASTANE_COLLECT_METRICS": "no"}


def measure(is_quick: bool) -> Report:
    node_count, window_count, window_seconds = (2, 1, 1.0) if is_quick else (100, 4, 60.0)
    pair_count, request_count = (1, 5_000) if is_quick else (15, 5_000_000)
    with control_plane() as measuring, control_plane(WITHOUT) as not_measuring:
        rows = (
            *_cost(measuring, not_measuring, node_count, window_count, window_seconds),
            *_throughput(measuring, not_measuring, pair_count, request_count),
        )
    return Report(title="What measuring costs", rows=rows)


def _cost(
    measuring: RunningElastane,
    not_measuring: RunningElastane,
    node_count: int,
    window_count: int,
    window_seconds: float,
) -> tuple[Row, ...]:
    """Whole minutes: a minute's sample costs more than the looks between."""
    both = (measuring, not_measuring)
    for elastane in both:
        command.tell(f"creating {node_count} groups of 1")
        create_groups(elastane, [f"seen-{number:03d}" for number in range(node_count)], 1)
    time.sleep(SETTLE_SECONDS)
    command.tell(f"looking on {window_count} times for {window_seconds:g} s")
    shares = [_percents_of_a_core(both, window_seconds) for _ in range(window_count)]
    mebibytes = [resident_mib(elastane.pid) for elastane in both]
    of = f"{node_count} nodes"
    return (
        Row(name=f"{of}, measured", unit="% of a core", samples=tuple(pair[0] for pair in shares)),
        Row(name=f"{of}, not measured", unit="% of a core", samples=tuple(pair[1] for pair in shares)),
        Row(
            name=f"{of}, the difference",
            unit="% of a core",
            samples=tuple(pair[0] - pair[1] for pair in shares),
            goals=(Goal(below=PERCENT_MAX),),
        ),
        Row(name=f"{of}, measured: resident memory", unit="MiB", samples=(mebibytes[0],)),
        Row(name=f"{of}, not measured: resident memory", unit="MiB", samples=(mebibytes[1],)),
        Row(
            name=f"{of}, the difference in memory",
            unit="MiB",
            samples=(mebibytes[0] - mebibytes[1],),
            goals=(Goal(below=MIB_MAX),),
        ),
    )


def _percents_of_a_core(elastanes: Sequence[RunningElastane], window_seconds: float) -> tuple[float, ...]:
    began_at, used_before = perf_counter(), [cpu_seconds(elastane.pid) for elastane in elastanes]
    time.sleep(window_seconds)
    used = [cpu_seconds(elastane.pid) - before for elastane, before in zip(elastanes, used_before, strict=True)]
    return tuple(100 * seconds / (perf_counter() - began_at) for seconds in used)


def _throughput(
    measuring: RunningElastane, not_measuring: RunningElastane, pair_count: int, request_count: int
) -> tuple[Row, ...]:
    endpoints = [_endpoint(elastane) for elastane in (measuring, not_measuring)]
    rows: list[Row] = []
    for kind in Kind:
        command.tell(f"{pair_count} pairs of {request_count:,} {kind}")
        pairs = [_pair(endpoints, kind, request_count, number) for number in range(pair_count)]
        ratios = tuple(measured / not_measured for measured, not_measured in pairs)
        rows += (
            Row(name=f"{kind}, measured", unit="1000/s", samples=tuple(pair[0] / 1000 for pair in pairs)),
            Row(name=f"{kind}, not measured", unit="1000/s", samples=tuple(pair[1] / 1000 for pair in pairs)),
            Row(name=f"{kind}, ratio", unit="×", samples=ratios, goals=(Goal(at_least=RATIO_MIN),)),
        )
    return tuple(rows)


def _endpoint(elastane: RunningElastane) -> tuple[str, int]:
    create_group(elastane, "load", 1)
    until_available(elastane, "load")
    answer = elastane.client().describe_replication_groups(ReplicationGroupId="load")
    endpoint = answer["ReplicationGroups"][0]["NodeGroups"][0]["PrimaryEndpoint"]
    return endpoint["Address"], endpoint["Port"]


def _pair(endpoints: list[tuple[str, int]], kind: Kind, request_count: int, number: int) -> tuple[float, float]:
    """Throughput of both; who goes first changes from pair to pair, because a busy machine drifts."""
    order = endpoints if number % 2 == 0 else endpoints[::-1]
    figures = {where: load.requests_per_second(*where, kind, request_count=request_count) for where in order}
    return figures[endpoints[0]], figures[endpoints[1]]


if __name__ == "__main__":
    sys.exit(command.run("observing", measure))
