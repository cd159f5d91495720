"""Metrics over time: a file of its own, with what is measured by the second, the minute, five minutes and the hour.

    await series.append(samples, listings, resolution_seconds=60)       on the disk when this returns
    points = await series.read(metric, start, end, period_seconds=300)

A file beside the store and not tables in it: it is written every five seconds, it is large, and losing it costs
nothing that must be true. The collector and PutMetricData append, CloudWatch's actions, alarms and `elastane top` read.

    fine      as measured, to the second    3 hours
    minute                                  15 days
    5 minutes, 1 hour                       63 and 455 days; made of minutes by `roll_up`

What is over is packed, a stretch of time at once (`metric_upkeep`); nobody who reads can tell. The numbers' own form
is in `metric_blocks`, which says how exact percentiles are.
"""

import asyncio
import functools
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from elastane.model.metrics import Listing, Metric, Point, Sample, Subject, Unit
from elastane.model.statistic_sets import StatisticSet
from elastane.store import metric_blocks, metric_listings, metric_rows, metric_upkeep
from elastane.store.database import connect_to_read
from elastane.store.errors import StoreUnusable
from elastane.store.metric_listings import ListedMetric, MetricQuery, Register
from elastane.store.metric_rows import RETENTION, Batch, Span, Tier
from elastane.store.own_files import are_tables_made, open_own_file
from elastane.store.transactions import transaction

log = logging.getLogger("elastane.store")

Result = TypeVar("Result")

FILE_NAME = "metrics.db"
UNSEEN_GRACE = timedelta(days=2)
"""A metric is listed until its last block is gone, which covers a whole day."""


_UNUSABLE = (sqlite3.Error, *metric_blocks.DAMAGED)
"""The file, or what lies in it, is not as we wrote it."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """`metric_count_max` is of customers' own metrics. Beyond `bytes_max` the finest and oldest goes first."""

    metric_count_max: int = 100_000
    bytes_max: int = 4 * 1024**3


class MetricSeries:
    """Open for the life of the process: `MetricSeries.open(...)`, then `close`. Its methods raise StoreUnusable."""

    def __init__(self, writer: sqlite3.Connection, reader: sqlite3.Connection, bounds: Bounds) -> None:
        self._writer = writer
        self._reader = reader
        self._bounds = bounds
        self._register = Register(bounds.metric_count_max)
        self._failed: set[str] = set()
        self._is_bound_told = False
        self._writer_thread: Executor = ThreadPoolExecutor(1, "metrics-writer")
        self._reader_thread: Executor = ThreadPoolExecutor(1, "metrics-reader")

    @classmethod
    def open(cls, directory: Path, bounds: Bounds | None = None) -> Self:
        """Creates the file where there is none. Blocking. Raises StoreUnusable."""
        writer, reader = open_own_file(directory / FILE_NAME, metric_rows.SCHEMA, called="The metrics", it="the file")
        return cls(writer, reader, bounds or Bounds())

    # --- writing ---

    async def append(
        self, samples: Sequence[Sample], listings: Mapping[str, Listing], *, resolution_seconds: int
    ) -> None:
        """All of them are on the disk when this returns, or none is. A second sample of the same subject, moment and
        metric is merged into the first.

        A resolution of 60 is kept as minutes, 5 as the fine series alone, and 1 as both. `listings` is by metric
        name; without one a metric has no unit and is listed under its subject only. Raises TooManyMetrics.
        """
        await self.append_batches([Batch(samples=samples, listings=listings, resolution_seconds=resolution_seconds)])

    async def append_batches(self, batches: Sequence[Batch]) -> None:
        """Samples with several listings or resolutions, in one write to the disk. Raises TooManyMetrics."""
        await self._write(lambda: metric_rows.append(self._writer, self._register, batches))

    async def save_counters(self, rows: Mapping[str, bytes]) -> None:
        """What whoever measures must remember over a restart, by a key of theirs. An empty one is forgotten."""
        await self._write(lambda: metric_rows.save_counters(self._writer, rows))

    # --- reading ---

    async def read(self, metric: Metric, start: datetime, end: datetime, period_seconds: int) -> tuple[Point, ...]:
        """See `read_many`."""
        return (await self.read_many([metric], start, end, period_seconds))[metric]

    async def read_many(
        self, metrics: Sequence[Metric], start: datetime, end: datetime, period_seconds: int
    ) -> dict[Metric, tuple[Point, ...]]:
        """Points with start <= at < end in the order of time, from the coarsest tier that such periods can be made
        of; what that tier does not have yet comes as minutes. Periods below a minute have the fine tier only.

        A metric may be named by any dimensions it is listed under. One that nobody measured has no points.
        """
        span = Span.between(start, end)
        return await self._read(lambda: metric_rows.read_many(self._reader, metrics, span, period_seconds))

    async def list_metrics(self, query: MetricQuery) -> tuple[ListedMetric, ...]:
        """In the order of `key`. Raises ValueError for an `after` that is no key."""
        return await self._read(lambda: metric_listings.list_metrics(self._reader, query))

    async def find_unit(self, metric: Metric) -> Unit | None:
        """None for a metric that is not listed."""
        return await self._read(lambda: metric_listings.find_unit(self._reader, metric))

    async def load_counters(self) -> dict[str, bytes]:
        return await self._read(lambda: metric_rows.load_counters(self._reader))

    # --- upkeep ---

    async def roll_up(self, now: datetime) -> None:
        """Packs what is over, and makes the coarse tiers of it. Others append in between. Logs where it fails."""
        with self._told("rolled up"):
            for tier in (Tier.FINE, Tier.MINUTE):
                await self._in_pieces(functools.partial(metric_upkeep.pack_some, self._writer, tier, now=now))

    async def prune(self, now: datetime) -> None:
        """Gives up what is older than it is kept, and the finest and oldest beyond the bound of bytes. Logs where it
        fails."""
        with self._told("pruned"):
            for tier in Tier:
                before = metric_upkeep.retained_since(tier, now)
                await self._in_pieces(functools.partial(metric_upkeep.prune_some, self._writer, tier, before=before))
            unseen_since = now - RETENTION[Tier.HOUR] - UNSEEN_GRACE
            await self._write(lambda: metric_listings.forget_unseen(self._writer, self._register, unseen_since))
            await self._keep_bound()
            while await self._write(lambda: metric_upkeep.give_pages_back(self._writer)):
                pass

    async def _keep_bound(self) -> None:
        while surplus := await self._write(lambda: metric_upkeep.find_surplus(self._writer, self._bounds.bytes_max)):
            if not self._is_bound_told:
                self._is_bound_told = True
                log.warning(
                    "metrics reached their bound, the finest and oldest are given up bytes_max=%s",
                    self._bounds.bytes_max,
                )
            tier, before = surplus
            await self._in_pieces(functools.partial(metric_upkeep.prune_some, self._writer, tier, before=before))

    async def _in_pieces(self, work: Callable[[int], int | None]) -> None:
        after: int | None = 0
        while after is not None:
            after = await self._write(functools.partial(work, after))

    @contextmanager
    def _told(self, work: str) -> Iterator[None]:
        """A failure in the log, once for each until it succeeds."""
        try:
            yield
        except StoreUnusable as error:
            if work not in self._failed:
                log.error("metrics not %s reason=%s", work, error)
            self._failed.add(work)
        else:
            self._failed.discard(work)

    def close(self) -> None:
        """Waits for what is under way, then closes the file. Blocking; nobody else may use it any more."""
        self._writer_thread.shutdown()
        self._reader_thread.shutdown()
        self._reader.close()
        self._writer.close()

    async def _write(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._writer_thread, work)
        except _UNUSABLE as error:
            raise StoreUnusable(f"The metrics cannot be written: {error}.") from error

    async def _read(self, work: Callable[[], Result]) -> Result:
        """In one transaction: what is packed meanwhile is neither missed nor read twice."""

        def read() -> Result:
            with transaction(self._reader, "BEGIN"):
                return work()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader_thread, read)
        except _UNUSABLE as error:
            raise StoreUnusable(f"The metrics cannot be read: {error}.") from error


# --- from outside --------------------------------------------------------------------------------


def read_from_outside(
    directory: Path, namespace: str, start: datetime, end: datetime, *, tier: Tier = Tier.FINE
) -> dict[Subject, tuple[Sample, ...]] | None:
    """The newest samples of a namespace's subjects, for a process that serves nothing: those with start <= at < end
    that are not packed yet. Nothing is packed before it is two minutes old, and not without a control plane.

    None where nothing was ever measured. Blocking. Raises StoreUnusable.
    """
    path = directory / FILE_NAME
    if not path.exists():
        return None
    found: dict[Subject, dict[int, dict[str, float | StatisticSet]]] = {}
    try:
        with closing(connect_to_read(path)) as connection, transaction(connection, "BEGIN"):
            if not are_tables_made(connection, metric_rows.SCHEMA):
                return None
            unpacked = metric_rows.read_unpacked(connection, namespace, tier, Span.between(start, end))
            for subject, at, values in unpacked:
                found.setdefault(subject, {}).setdefault(at, {}).update(_unpacked(values))
    except _UNUSABLE as error:
        raise StoreUnusable(f"The metrics {path} cannot be read: {error}.") from error
    return {
        subject: tuple(
            Sample(subject, datetime.fromtimestamp(at, UTC), values) for at, values in sorted(samples.items())
        )
        for subject, samples in found.items()
    }


def _unpacked(row: Mapping[str, metric_blocks.Value]) -> dict[str, float | StatisticSet]:
    return {
        name: metric_blocks.unpack(value) if isinstance(value, metric_blocks.PackedSet) else value
        for name, value in row.items()
    }
