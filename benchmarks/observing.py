"""What measuring costs: processor time and memory of a control plane of a hundred nodes, and the engines' throughput.

Two control planes side by side, one that measures its nodes and one that does not (`ELASTANE_COLLECT_METRICS=no`). Both
observe every node all the time, as a reconciler must; the difference between them is the price: of metrics alone, and
of everything, with both logs of each node delivered, an alarm on each, and a Prometheus that scrapes. A measured engine
is loaded in turn with one that is not and that does not time its commands, which latencies are measured by; each load
is long enough to meet at least one look.
"""

import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import valkey

from benchmarks import command, load
from benchmarks.control_plane import control_plane, cpu_seconds, create_groups, engines_here, resident_mib
from benchmarks.load import Kind
from benchmarks.tables import Goal, Report, Row
from benchmarks.throughput import made_endpoint, started_by_hand
from tests.kit.elastane import RunningElastane

PERCENT_MAX = 5.0
"""Of one core, for a hundred nodes."""
MIB_MAX = 60.0
RATIO_MIN = 0.99

SCRAPE_SECONDS = 15.0
SETTLE_SECONDS = 12.0
"""More than two looks: the first ones read every engine's table of commands."""
WITHOUT = {"ELASTANE_COLLECT_METRICS": "no"}
UNTIMED = "latency-tracking no\n"

Endpoint = tuple[str, int]


def measure(is_quick: bool) -> Report:
    node_count, window_count, window_seconds = (2, 1, 1.0) if is_quick else (100, 4, 60.0)
    pair_count, request_count = (1, 5_000) if is_quick else (15, 5_000_000)
    with control_plane() as measuring, control_plane(WITHOUT) as not_measuring:
        rows = (
            *_cost(measuring, not_measuring, node_count, window_count, window_seconds),
            *_throughput(measuring, pair_count, request_count),
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
    names = [f"seen-{number:03d}" for number in range(node_count)]
    for elastane in (measuring, not_measuring):
        command.tell(f"creating {node_count} groups of 1")
        create_groups(elastane, names, 1)
    metrics = _windows(measuring, not_measuring, window_count, window_seconds)
    metrics_mib = resident_mib(measuring.pid) - resident_mib(not_measuring.pid)
    command.tell("adding log deliveries, alarms and a scraper")
    _add_everything(measuring, names)
    with _scraping(measuring):
        everything = _windows(measuring, not_measuring, window_count, window_seconds)
        everything_mib = resident_mib(measuring.pid) - resident_mib(not_measuring.pid)
    return (
        *_cost_rows(f"{node_count} nodes, metrics", metrics, metrics_mib, goals=()),
        *_cost_rows(
            f"{node_count} nodes, everything",
            everything,
            everything_mib,
            goals=(Goal(below=PERCENT_MAX), Goal(below=MIB_MAX)),
        ),
    )


def _windows(
    measuring: RunningElastane, not_measuring: RunningElastane, window_count: int, window_seconds: float
) -> list[tuple[float, ...]]:
    time.sleep(SETTLE_SECONDS)
    command.tell(f"looking on {window_count} times for {window_seconds:g} s")
    return [_percents_of_a_core((measuring, not_measuring), window_seconds) for _ in range(window_count)]


def _cost_rows(
    name: str, shares: list[tuple[float, ...]], grown_mib: float, *, goals: tuple[Goal, ...]
) -> tuple[Row, ...]:
    unit = "% of a core"
    return (
        Row(name=f"{name}: with", unit=unit, samples=tuple(pair[0] for pair in shares)),
        Row(name=f"{name}: without", unit=unit, samples=tuple(pair[1] for pair in shares)),
        Row(name=f"{name}: more", unit=unit, samples=tuple(pair[0] - pair[1] for pair in shares), goals=goals[:1]),
        Row(name=f"{name}: more memory", unit="MiB", samples=(grown_mib,), goals=goals[1:]),
    )


def _add_everything(elastane: RunningElastane, names: Sequence[str]) -> None:
    """Both logs of each node to a log group, and an alarm on each."""
    elastane.client("logs").create_log_group(logGroupName="caches")
    caches, cloudwatch = elastane.client(), elastane.client("cloudwatch")
    deliveries = [
        {
            "LogType": log_type,
            "DestinationType": "cloudwatch-logs",
            "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "caches"}},
            "LogFormat": "json",
        }
        for log_type in ("slow-log", "engine-log")
    ]
    for name in names:
        caches.modify_replication_group(
            ReplicationGroupId=name, LogDeliveryConfigurations=deliveries, ApplyImmediately=True
        )
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/ElastiCache",
            MetricName="EngineCPUUtilization",
            Dimensions=[{"Name": "CacheClusterId", "Value": f"{name}-001"}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=3,
            Threshold=90.0,
            ComparisonOperator="GreaterThanThreshold",
        )


@contextmanager
def _scraping(elastane: RunningElastane) -> Iterator[None]:
    """As a Prometheus does."""
    is_over = threading.Event()

    def scrape() -> None:
        while not is_over.wait(SCRAPE_SECONDS):
            with urllib.request.urlopen(f"{elastane.url}/metrics", timeout=SCRAPE_SECONDS) as answer:
                answer.read()

    scraper = threading.Thread(target=scrape, name="scraper")
    scraper.start()
    try:
        yield
    finally:
        is_over.set()
        scraper.join()


def _percents_of_a_core(elastanes: Sequence[RunningElastane], window_seconds: float) -> tuple[float, ...]:
    began_at, used_before = perf_counter(), [cpu_seconds(elastane.pid) for elastane in elastanes]
    time.sleep(window_seconds)
    used = [cpu_seconds(elastane.pid) - before for elastane, before in zip(elastanes, used_before, strict=True)]
    return tuple(100 * seconds / (perf_counter() - began_at) for seconds in used)


def _throughput(elastane: RunningElastane, pair_count: int, request_count: int) -> tuple[Row, ...]:
    """Against the same engine without Elastane, which therefore does not time its commands either."""
    binary = engines_here()[0]
    endpoint = made_endpoint(elastane, binary, "load")
    rows: list[Row] = []
    with started_by_hand(elastane, binary, "load", directives=UNTIMED) as by_hand:
        for kind in Kind:
            command.tell(f"{pair_count} pairs of {request_count:,} {kind}")
            pairs = [_pair((endpoint, by_hand), kind, request_count, number) for number in range(pair_count)]
            rows += _load_rows(kind, pairs)
    return tuple(rows)


class _Load(NamedTuple):
    per_second: float
    processor_seconds: float
    """Of the engine's main thread, for the whole load: what others on a busy machine do is not in it."""


def _load_rows(kind: Kind, pairs: Sequence[tuple[_Load, _Load]]) -> tuple[Row, ...]:
    goals = (Goal(at_least=RATIO_MIN),)
    throughput = tuple(measured.per_second / not_measured.per_second for measured, not_measured in pairs)
    processor = tuple(not_measured.processor_seconds / measured.processor_seconds for measured, not_measured in pairs)
    return (
        Row(name=f"{kind}, measured", unit="1000/s", samples=tuple(pair[0].per_second / 1000 for pair in pairs)),
        Row(name=f"{kind}, not measured", unit="1000/s", samples=tuple(pair[1].per_second / 1000 for pair in pairs)),
        Row(name=f"{kind}, ratio", unit="×", samples=throughput, goals=goals),
        Row(name=f"{kind}, ratio by processor time", unit="×", samples=processor, goals=goals),
    )


def _pair(endpoints: tuple[Endpoint, Endpoint], kind: Kind, request_count: int, number: int) -> tuple[_Load, _Load]:
    """Loads of both; who goes first changes from pair to pair, because a busy machine drifts."""
    order = endpoints if number % 2 == 0 else endpoints[::-1]
    loads = {where: _load(where, kind, request_count) for where in order}
    return loads[endpoints[0]], loads[endpoints[1]]


def _load(where: Endpoint, kind: Kind, request_count: int) -> _Load:
    used_before = _main_thread_seconds(where)
    per_second = load.requests_per_second(*where, kind, request_count=request_count)
    return _Load(per_second, _main_thread_seconds(where) - used_before)


def _main_thread_seconds(where: Endpoint) -> float:
    with valkey.Valkey(*where) as client:
        pid = client.info("server")["process_id"]
    nanoseconds, _, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(nanoseconds) / 1e9


if __name__ == "__main__":
    sys.exit(command.run("observing", measure))
