"""What happens to metrics with time: roll-ups, retention, bounds; and that a kill loses and doubles nothing."""

import asyncio
import logging
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastane.model.metrics import Metric, Point, Sample, Subject
from elastane.model.statistic_sets import StatisticSet, merge
from elastane.store import metric_series
from elastane.store.metric_rows import RETENTION, Tier
from elastane.store.metric_series import Bounds, MetricSeries
from tests.kit.metric_samples import CUSTOM, HITS, LISTINGS, NODE, NOW, REGION, sample
from tests.kit.metric_writer import LATE
from tests.repository import ROOT

LONG_AGO = NOW - timedelta(days=1000)


@pytest.fixture
async def series(tmp_path: Path) -> AsyncIterator[MetricSeries]:
    with closing(MetricSeries.open(tmp_path)) as opened:
        yield opened


def counted(directory: Path, table: str) -> dict[int, int]:
    """Rows by tier."""
    with closing(sqlite3.connect(directory / metric_series.FILE_NAME)) as connection:
        return dict(connection.execute(f"SELECT tier, count(*) FROM {table} GROUP BY tier").fetchall())


# --- rolling up ----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(-50, 50).map(float), st.booleans()), min_size=1, max_size=60)
)
def test_roll_ups_are_what_merging_by_hand_gives_in_whatever_order_samples_come(
    taken: list[tuple[int, float, bool]],
) -> None:
    """Minute, value, and whether all that is over is packed after it."""

    async def written(period_seconds: int) -> tuple[Point, ...]:
        with TemporaryDirectory() as directory, closing(MetricSeries.open(Path(directory))) as series:
            for minute, value, is_packed in taken:
                at = NOW + timedelta(minutes=minute)
                await series.append([sample(at, value)], LISTINGS, resolution_seconds=60)
                if is_packed:
                    await series.roll_up(NOW + timedelta(days=1))
            await series.roll_up(NOW + timedelta(days=1))
            return await series.read(HITS, NOW, NOW + timedelta(days=1), period_seconds)

    for period_seconds in (300, 3600):
        by_hand: dict[datetime, list[float]] = {}
        for minute, value, _ in taken:
            begin = NOW + timedelta(seconds=minute * 60 // period_seconds * period_seconds)
            by_hand.setdefault(begin, []).append(value)

        points = asyncio.run(written(period_seconds))

        assert [point.at for point in points] == sorted(by_hand)
        for point in points:
            values, found = by_hand[point.at], point.measured
            assert (found.sample_count, found.minimum, found.maximum) == (len(values), min(values), max(values))
            assert found.sum == pytest.approx(sum(values))


async def test_what_is_over_is_packed_and_what_is_not_is_left(series: MetricSeries, tmp_path: Path) -> None:
    minutes = [sample(NOW + timedelta(minutes=each), each) for each in range(150)]
    await series.append(minutes, LISTINGS, resolution_seconds=60)
    await series.append([sample(NOW, 1)], LISTINGS, resolution_seconds=5)

    await series.roll_up(NOW + timedelta(minutes=150))

    assert counted(tmp_path, "samples") == {Tier.MINUTE: 30}
    assert counted(tmp_path, "blocks") == {Tier.FINE: 1, Tier.MINUTE: 2, Tier.FIVE_MINUTES: 2, Tier.HOUR: 1}


async def test_much_is_packed_in_pieces_and_all_of_it(series: MetricSeries, tmp_path: Path) -> None:
    subjects = [Subject(REGION, "App", (("Shop", f"{number}"),)) for number in range(40)]
    names: dict[str, float | StatisticSet] = {f"Metric{number}": float(number) for number in range(30)}
    for minute in range(30):
        at = NOW + timedelta(minutes=minute)
        await series.append([Sample(subject, at, names) for subject in subjects], {}, resolution_seconds=60)

    await series.roll_up(NOW + timedelta(hours=4))

    assert counted(tmp_path, "samples") == {}
    read = await series.read_many(
        [Metric(subject, "Metric7") for subject in subjects], NOW, NOW + timedelta(hours=1), 300
    )
    assert {sum(point.measured.sum for point in points) for points in read.values()} == {7 * 30}


async def test_who_reads_while_others_are_packed_misses_and_doubles_nothing(series: MetricSeries) -> None:
    subjects = [Subject(REGION, "App", (("Shop", f"{number}"),)) for number in range(60)]
    names: dict[str, float | StatisticSet] = {f"Metric{number}": float(number) for number in range(50)}
    for minute in range(60):
        at = NOW + timedelta(minutes=minute)
        await series.append([Sample(subject, at, names) for subject in subjects], {}, resolution_seconds=60)
    metrics = [Metric(subject, "Metric7") for subject in subjects]

    seen = []
    async with asyncio.TaskGroup() as tasks:
        packing = tasks.create_task(series.roll_up(NOW + timedelta(hours=4)))
        while not packing.done():
            read = await series.read_many(metrics, NOW, NOW + timedelta(hours=1), 300)
            seen.append({merge(point.measured for point in points).sample_count for points in read.values()})

    assert seen == [{60}] * len(seen)
    assert len(seen) > 1


# --- giving up -----------------------------------------------------------------------------------


async def test_each_tier_is_kept_for_its_time(series: MetricSeries) -> None:
    now = NOW + timedelta(minutes=2)
    for retention in RETENTION.values():
        for at in (now - retention + timedelta(days=2), now - retention - timedelta(days=2), now - retention * 0.5):
            minute = at.replace(second=0)
            await series.append([sample(minute, 1)], LISTINGS, resolution_seconds=1)
    await series.roll_up(now)
    await series.roll_up(now + timedelta(days=1))

    await series.prune(now)

    for tier, retention in RETENTION.items():
        points = await series.read(HITS, LONG_AGO, now, tier)
        oldest = min(point.at for point in points)
        assert now - retention - timedelta(days=1) < oldest < now - retention * 0.4, tier.name


async def test_a_metric_is_listed_as_long_as_it_has_data(series: MetricSeries) -> None:
    await series.append([sample(NOW, 1, CUSTOM)], {}, resolution_seconds=60)
    await series.append([sample(NOW + timedelta(days=400), 1)], LISTINGS, resolution_seconds=60)
    await series.roll_up(NOW + timedelta(days=401))
    metric = Metric(CUSTOM, "CacheHits")

    await series.prune(NOW + timedelta(days=454))
    before = await series.read(metric, NOW, NOW + timedelta(hours=1), 3600)
    await series.prune(NOW + timedelta(days=458))

    assert len(before) == 1
    assert await series.find_unit(metric) is None
    assert await series.find_unit(HITS) is not None
    await series.append([sample(NOW + timedelta(days=459), 5, CUSTOM)], {}, resolution_seconds=60)
    (again,) = await series.read(metric, NOW, NOW + timedelta(days=460), 3600)
    assert again.measured.sum == 5, "it may come back"


async def test_beyond_the_bound_the_finest_and_oldest_goes_first_and_it_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(MetricSeries.open(tmp_path, Bounds(bytes_max=700_000))) as series:
        for hour in range(60):
            at = NOW + timedelta(hours=hour)
            values: list[dict[str, float | StatisticSet]] = [
                {f"Metric{name}": (name * 7919 + minute * 104729 + hour * 31) % 65537 / 7 for name in range(60)}
                for minute in range(60)
            ]
            samples = [Sample(NODE, at + timedelta(minutes=minute), numbers) for minute, numbers in enumerate(values)]
            await series.append(samples, {}, resolution_seconds=60)
        end = NOW + timedelta(hours=60)
        await series.roll_up(end + timedelta(hours=2))
        with caplog.at_level(logging.WARNING, "elastane.store"):
            await series.prune(end)
            await series.prune(end)
        metric = Metric(NODE, "Metric3")
        minutes = await series.read(metric, NOW, end, 60)
        hours = await series.read(metric, NOW, end, 3600)

    assert len(hours) == 60, "what is coarse stays"
    assert len(minutes) < 60 * 60
    assert all(point.at > NOW + timedelta(hours=1) for point in minutes), "the newest stay"
    assert [record.message.partition(" bytes")[0] for record in caplog.records] == [
        "metrics reached their bound, the finest and oldest are given up"
    ]
    with closing(MetricSeries.open(tmp_path)):
        assert (tmp_path / metric_series.FILE_NAME).stat().st_size < 900_000, "the disk has it back"


async def test_an_upkeep_that_fails_is_told_once_and_done_later(
    series: MetricSeries, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await series.append([sample(NOW, 3)], LISTINGS, resolution_seconds=60)
    later = NOW + timedelta(hours=3)
    with closing(sqlite3.connect(tmp_path / metric_series.FILE_NAME, isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON blocks BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        await series.roll_up(later)
        await series.roll_up(later)
        other.execute("DROP TRIGGER full")
    kept = await series.read(HITS, NOW, later, 3600)

    await series.roll_up(later)

    assert [record.message for record in caplog.records] == [
        "metrics not rolled up reason=The metrics cannot be written: disk full."
    ]
    assert await series.read(HITS, NOW, later, 3600) == kept
    assert counted(tmp_path, "samples") == {}


async def test_a_damaged_block_is_given_up_and_packing_goes_on(
    series: MetricSeries, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await series.append([sample(NOW, 3), sample(NOW, 4, CUSTOM)], LISTINGS, resolution_seconds=60)
    later = NOW + timedelta(hours=3)
    await series.roll_up(later)
    with closing(sqlite3.connect(tmp_path / metric_series.FILE_NAME, isolation_level=None)) as other:
        other.execute("UPDATE blocks SET body = x'00' WHERE tier = 300 AND subject = 1")
    late = NOW + timedelta(minutes=1)
    await series.append([sample(late, 5), sample(late, 6, CUSTOM)], LISTINGS, resolution_seconds=60)

    await series.roll_up(later)

    assert [record.message.partition(" reason")[0] for record in caplog.records] == [
        f"metrics damaged and given up tier=FIVE_MINUTES subject=1 start={int(NOW.timestamp())}"
    ]
    assert [point.measured.sum for point in await series.read(HITS, NOW, later, 300)] == [5]
    assert [point.measured.sum for point in await series.read(Metric(CUSTOM, "CacheHits"), NOW, later, 300)] == [10]
    assert [point.measured.sum for point in await series.read(HITS, NOW, later, 3600)] == [8]


# --- a kill at any moment ------------------------------------------------------------------------


@pytest.mark.parametrize("line_counts", [(40, 1, 75, 33), (7, 8, 130, 2, 61)])
def test_a_kill_loses_nothing_that_was_answered_and_doubles_nothing(
    tmp_path: Path, line_counts: tuple[int, ...]
) -> None:
    answered: list[int] = []
    for line_count in line_counts:
        # The one after the last answer may be there or not; it is not tried again.
        answered += killed_writer(tmp_path, answered[-1] + 2 if answered else 0, line_count)
    end = NOW + timedelta(minutes=answered[-1] + 10)

    async def read(subject: Subject, period_seconds: int) -> tuple[Point, ...]:
        with closing(MetricSeries.open(tmp_path)) as series:
            await series.roll_up(NOW + timedelta(minutes=answered[-1]))
            return await series.read(Metric(subject, "CacheHits"), NOW - LATE, end, period_seconds)

    for subject, delay in ((NODE, timedelta()), (CUSTOM, LATE)):
        minutes = asyncio.run(read(subject, 60))
        by_moment = {point.at: point.measured for point in minutes}
        assert len(by_moment) == len(minutes)
        for number in answered:
            measured = by_moment[NOW + timedelta(minutes=number) - delay]
            assert (measured.sample_count, measured.sum) == (1, number)
        assert all(measured.sample_count == 1 for measured in by_moment.values())
        assert len(minutes) <= len(answered) + len(line_counts)
        together = merge(by_moment.values())
        for period_seconds in (300, 3600):
            coarse = merge(point.measured for point in asyncio.run(read(subject, period_seconds)))
            assert (coarse.sample_count, coarse.sum) == (together.sample_count, together.sum)
    fine = asyncio.run(read(NODE, 5))
    assert {point.measured.sum for point in fine} >= set(answered)
    assert all(point.measured.sample_count == 1 for point in fine)


def killed_writer(directory: Path, first: int, line_count: int) -> list[int]:
    """The numbers that it had answered when it was killed."""
    command = [sys.executable, "-m", "tests.kit.metric_writer", str(directory), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(line_count)]
        os.kill(writer.pid, signal.SIGKILL)
        lines += writer.stdout.readlines()
    return [int(line) for line in lines if line.endswith("\n")]
