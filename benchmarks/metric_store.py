"""What it costs to keep metrics: processor time to append and pack them, bytes on the disk, time to read them.

A hundred subjects with a hundred numbers each, appended every five seconds and every minute as the collector does, on
a clock that runs as fast as it can. Of the hundred numbers 25 are whole and never the same twice, 15 are fractions
with all their digits, and 60 stand still, which is more motion than a node's metrics have.
"""

import asyncio
import os
import random
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import msgspec

from benchmarks import command
from benchmarks.control_plane import resident_mib
from benchmarks.tables import Goal, Report, Row
from elastane.model.ids import Region
from elastane.model.metrics import NAMESPACE, Listing, Metric, Sample, Subject, Unit, dimensions
from elastane.model.statistic_sets import StatisticSet
from elastane.store.metric_rows import STRETCH_SECONDS, Batch, Tier
from elastane.store.metric_series import FILE_NAME, MetricSeries

PERCENT_MAX = 1.0
"""Of one core."""
WAIT_MILLISECONDS_MAX = 50.0
FINE_SECONDS = 5
HOUR_SECONDS, DAY_SECONDS = 3600, 86400
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = tuple(f"Metric{number:02d}" for number in range(100))
WHOLE_COUNT, FRACTION_COUNT = 25, 15
DIFFERENT_COUNT = 61
"""Samples are made before the clock starts and then used in turn: making them is not what is measured."""
READ_PER_SUBJECT = 5
READ_FOR = timedelta(hours=3)


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """Of each hour, or of each append."""

    append_percents: tuple[float, ...]
    pack_percents: tuple[float, ...]
    append_milliseconds: tuple[float, ...]
    """Processor time of all threads from the call to the disk, while others are packed."""


def measure(is_quick: bool) -> Report:
    subject_count, hour_count, round_count = (3, 3, 1) if is_quick else (100, 5, 10)
    rows = asyncio.run(_measure(_Source(subject_count), hour_count, round_count))
    return Report(title=f"Metrics of {subject_count} subjects with {len(NAMES)} numbers each", rows=rows)


async def _measure(source: "_Source", hour_count: int, round_count: int) -> tuple[Row, ...]:
    with tempfile.TemporaryDirectory() as name, closing(MetricSeries.open(Path(name))) as series:
        before_mib = resident_mib(os.getpid())
        costs = await _run(series, source, hour_count)
        grown_mib = resident_mib(os.getpid()) - before_mib
        disk = _disk_rows(Path(name) / FILE_NAME)
        reads = await _read_rows(series, source, BEGIN + timedelta(hours=hour_count), round_count)
    return (
        Row(name="appending", unit="% of a core", samples=costs.append_percents, goals=(Goal(below=PERCENT_MAX),)),
        Row(name="packing", unit="% of a core", samples=costs.pack_percents, goals=(Goal(below=PERCENT_MAX),)),
        Row(
            name="append while packing",
            unit="ms of a core",
            samples=costs.append_milliseconds,
            goals=(Goal(below=WAIT_MILLISECONDS_MAX, ratio=0.95),),
        ),
        Row(name="memory", unit="MiB", samples=(grown_mib,)),
        *disk,
        *reads,
    )


async def _run(series: MetricSeries, source: "_Source", hour_count: int) -> Costs:
    append_percents, pack_percents, waits = [], [], []
    for hour in range(hour_count):
        command.tell(f"hour {hour + 1} of {hour_count}")
        append_seconds = pack_seconds = 0.0
        for second in range(hour * HOUR_SECONDS, (hour + 1) * HOUR_SECONDS, FINE_SECONDS):
            append_seconds += await _cpu_seconds(series.append_batches(source.batches(second)))
            if second % 60 == 0:
                pack_seconds += await _cpu_seconds(series.roll_up(BEGIN + timedelta(seconds=second)))
        append_percents.append(100 * append_seconds / HOUR_SECONDS)
        pack_percents.append(100 * pack_seconds / HOUR_SECONDS)
    end = hour_count * HOUR_SECONDS
    async with asyncio.TaskGroup() as tasks:
        packing = tasks.create_task(series.roll_up(BEGIN + timedelta(seconds=end, hours=2)))
        while not packing.done():
            waits.append(1000 * await _cpu_seconds(series.append_batches(source.batches(end))))
            end += FINE_SECONDS
    return Costs(
        append_percents=tuple(append_percents), pack_percents=tuple(pack_percents), append_milliseconds=tuple(waits)
    )


async def _cpu_seconds(work: Awaitable[None]) -> float:
    """Of all threads."""
    used_before = process_time()
    await work
    return process_time() - used_before


def _disk_rows(path: Path) -> tuple[Row, ...]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT tier, sum(length(body)), count(*) FROM blocks GROUP BY tier").fetchall()
    packed = {Tier(tier): (byte_count, block_count) for tier, byte_count, block_count in found}
    # A block of hours covers a day that is not over: it has as many slots as there are blocks of minutes.
    covered_seconds = {tier: count * STRETCH_SECONDS[tier] for tier, (_, count) in packed.items()}
    covered_seconds[Tier.HOUR] = covered_seconds[Tier.MINUTE]
    return tuple(
        Row(
            name=f"{tier.name.lower().replace('_', ' ')}, one subject, one day",
            unit="KiB",
            samples=(byte_count * DAY_SECONDS / covered_seconds[tier] / 1024,),
        )
        for tier, (byte_count, _) in packed.items()
    )


async def _read_rows(series: MetricSeries, source: "_Source", end: datetime, round_count: int) -> tuple[Row, ...]:
    many = [Metric(subject, name) for subject in source.subjects for name in NAMES[:READ_PER_SUBJECT]]
    found: dict[str, list[float]] = {}
    for _ in range(round_count):
        for metrics in (many[:1], many):
            for period_seconds in (60, 300):
                name = f"{len(metrics)} metrics over 3 h, {period_seconds} s"
                began_at = perf_counter()
                read = await series.read_many(metrics, end - READ_FOR, end, period_seconds)
                found.setdefault(name, []).append(1000 * (perf_counter() - began_at))
                assert all(read.values()), "every metric has points"
    return tuple(Row(name=name, unit="ms", samples=tuple(samples)) for name, samples in found.items())


class _Source:
    """Who is measured, and what comes of it."""

    def __init__(self, subject_count: int) -> None:
        dice = random.Random(7)
        self.subjects = tuple(
            Subject(
                Region("us-east-1"),
                NAMESPACE,
                dimensions({"CacheClusterId": f"cache-{number:03d}-001", "CacheNodeId": "0001"}),
            )
            for number in range(subject_count)
        )
        self._values = [[_values(dice) for _ in self.subjects] for _ in range(DIFFERENT_COUNT)]

    def batches(self, second: int) -> Sequence[Batch]:
        at = BEGIN + timedelta(seconds=second)
        resolutions = (FINE_SECONDS, 60) if second % 60 == 0 else (FINE_SECONDS,)
        return [
            Batch(samples=[Sample(subject, at, values)], listings=_listings(subject), resolution_seconds=resolution)
            for resolution in resolutions
            for subject, values in zip(self.subjects, self._turn(second // resolution), strict=True)
        ]

    def _turn(self, number: int) -> Sequence[dict[str, float | StatisticSet]]:
        return self._values[number % DIFFERENT_COUNT]


def _values(dice: random.Random) -> dict[str, float | StatisticSet]:
    whole = [float(dice.randint(0, 5000)) for _ in range(WHOLE_COUNT)]
    fractions = [dice.random() * 100 for _ in range(FRACTION_COUNT)]
    still = [float(number) for number in range(len(NAMES) - WHOLE_COUNT - FRACTION_COUNT)]
    return dict(zip(NAMES, (*whole, *fractions, *still), strict=True))


_LISTINGS: dict[Subject, dict[str, Listing]] = {}


def _listings(subject: Subject) -> dict[str, Listing]:
    if subject not in _LISTINGS:
        listing = Listing(Unit.COUNT, (subject.dimensions[:1],))
        _LISTINGS[subject] = dict.fromkeys(NAMES, listing)
    return _LISTINGS[subject]


if __name__ == "__main__":
    sys.exit(command.run("metric_store", measure))
