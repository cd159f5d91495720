"""The loop that measures: every node at the same moments, five seconds apart, and a sample of each minute.

Run by the server, with connections of its own: a measurement never keeps the reconciler waiting. At each tick it reads
from the store which nodes there are, asks them side by side, and appends what follows. Who does not answer in time is
absent from that sample and delays nobody; a tick that cannot be over before the next one is cut off.

    look    engine and process of every node, the machine once
    lag     replicas against their primary
    note    what has grown since the last look, node by node
    write   all samples of the tick in one write; at full minutes also the minute's, and what a restart goes on with

A store that cannot be written is told of once, and the samples of that tick are lost. Nothing is kept for later: it
would be as much as nobody knows.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from elastane.clock import Now, at_multiples
from elastane.engines import EngineError, Meter, NodeAddress
from elastane.hosts import HostError
from elastane.hosts import Meter as HostMeter
from elastane.metrics import lags, node_counters
from elastane.metrics.counters import STATISTICS, Counted, Counters
from elastane.metrics.lags import Lags
from elastane.metrics.latest import LatestMeasurement, latest_measurement
from elastane.metrics.looks import Look
from elastane.metrics.node_series import Baseline, Minute, NodeSeries, Stretch
from elastane.metrics.samples import Value
from elastane.metrics.targets import (
    GROUP_LISTINGS,
    Target,
    list_targets,
    merged_by_group,
    node_listings,
)
from elastane.model.measurements import MachineUsage
from elastane.model.metrics import Listing, Sample
from elastane.model.observations import Role
from elastane.model.secrets import Secret
from elastane.store import Store, StoreUnusable
from elastane.store.metric_rows import Batch

log = logging.getLogger("elastane.metrics")

TICK_SECONDS = 5
FINE_SECONDS, MINUTE_SECONDS = 5, 60
"""The two resolutions of the store that are written to."""

LOOK_SECONDS = 2.0
"""How long a node may take to answer."""
LOOKS_SECONDS = 3.5
"""How long all of them may take together."""
NODES_AT_ONCE = 32

_DECODER = msgspec.msgpack.Decoder(Baseline)


class Series(Protocol):
    """Where samples go: `store.metric_series.MetricSeries`. Its methods raise StoreUnusable."""

    async def append_batches(self, batches: Sequence[Batch]) -> None: ...

    async def save_counters(self, rows: Mapping[str, bytes]) -> None: ...

    async def load_counters(self) -> dict[str, bytes]: ...


class Collector:
    """`run` goes on until it is cancelled. `latest` is for whoever shows the present moment."""

    def __init__(
        self,
        *,
        store: Store,
        series: Series,
        host: HostMeter,
        engines: Meter,
        now: Now,
        tick_seconds: int = TICK_SECONDS,
    ) -> None:
        self._store = store
        self._series = series
        self._host = host
        self._engines = engines
        self._now = now
        self._tick_seconds = tick_seconds
        self._turns = asyncio.Semaphore(NODES_AT_ONCE)
        self._tables = node_counters.FamilyTables()
        self._lags = Lags(engines, now)
        self._secrets: dict[str, Secret] = {}
        self._nodes: dict[str, NodeSeries] = {}
        self._listings: dict[str, Mapping[str, Listing]] = {}
        self._addresses: dict[str, NodeAddress] = {}
        self._baselines: dict[str, Baseline] | None = None
        self._latest: dict[str, LatestMeasurement] | None = None
        self._measured_at_seconds: float | None = None
        self._gone: set[str] = set()
        self._is_failing = False
        self._round_seconds: float | None = None

    def round_seconds(self) -> float | None:
        """From the last tick's moment until all of it was on the disk; None before the first one was."""
        return self._round_seconds

    def measured_at_seconds(self) -> float | None:
        """When a node last answered, any of them, since 1970; None while there is none that could."""
        return self._measured_at_seconds

    def latest(self) -> Mapping[str, LatestMeasurement] | None:
        """By node key; of the last tick, those that answered. None before anybody was asked."""
        return self._latest

    async def run(self) -> None:
        await at_multiples(self._tick_seconds, self._now, self.tick)

    async def tick(self, at: datetime) -> None:
        """Measures the stretch of time that ends at this moment, a full multiple of the tick's seconds."""
        try:
            await self._tick(Stretch(int(at.timestamp()) - self._tick_seconds, self._tick_seconds))
        except StoreUnusable as error:
            if not self._is_failing:
                log.error("metrics not written reason=%s", error)
            self._is_failing = True
        except Exception:
            # Our bug. Nobody's cache is to suffer from not being measured.
            if not self._is_failing:
                log.exception("metrics not written reason=internal failure")
            self._is_failing = True
        else:
            if self._is_failing:
                log.info("metrics written again")
            self._is_failing = False
            self._round_seconds = (self._now() - at).total_seconds()

    async def _tick(self, stretch: Stretch) -> None:
        await self._load_baselines()
        targets = await self._store.read(lambda tx: list_targets(tx, self._secrets))
        self._forget_others(targets)
        looks = await self._look(stretch, targets)
        batches = await self._note(stretch, targets, looks)
        await self._series.append_batches(batches)
        if stretch.ends_a_minute:
            await self._save_baselines()

    # --- what a restart goes on with -------------------------------------------------------------

    async def _load_baselines(self) -> None:
        """Once. What an Elastane of another version has left and we cannot read is a new beginning."""
        if self._baselines is not None:
            return
        rows = await self._series.load_counters()
        self._baselines = {}
        for key, row in rows.items():
            with contextlib.suppress(msgspec.DecodeError):
                self._baselines[key] = _DECODER.decode(row)

    async def _save_baselines(self) -> None:
        """Those of nodes that are gone, now or while nobody looked, are taken away: they are saved as nothing."""
        left = dict.fromkeys((*self._gone, *(self._baselines or ())), b"")
        rows = {key: msgspec.msgpack.encode(node.baseline) for key, node in self._nodes.items()}
        await self._series.save_counters(left | rows)
        self._gone.clear()
        self._baselines = {}

    def _forget_others(self, targets: Iterable[Target]) -> None:
        """Those that are gone; one that moved to another address is asked there."""
        present = {target.key: target.at for target in targets}
        for key, at in list(self._addresses.items()):
            if present.get(key) == at:
                continue
            self._engines.forget(at)
            del self._addresses[key]
            if key not in present:
                self._gone.add(key)
                for remembered in (self._nodes, self._listings, self._latest or {}):
                    remembered.pop(key, None)
        self._addresses.update(present)
        self._lags.keep({(target.group, target.node_group_id) for target in targets})

    # --- looking ---------------------------------------------------------------------------------

    async def _look(self, stretch: Stretch, targets: Sequence[Target]) -> dict[str, Look]:
        """By node key. Whoever is not through in time is not in it. Those that answered last are asked first: however
        many hang, they take nobody else's turn."""
        looks: dict[str, Look] = {}
        known = self._latest or {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOKS_SECONDS), asyncio.TaskGroup() as tasks:
                for target in sorted(targets, key=lambda target: target.key not in known):
                    tasks.create_task(self._look_at(stretch, target, looks))
        return looks

    async def _look_at(self, stretch: Stretch, target: Target, looks: dict[str, Look]) -> None:
        is_thorough = stretch.ends_a_minute or self._node(target).lacks_beginning(stretch)
        async with self._turns:
            try:
                seen = await self._engines.measure(target.at, LOOK_SECONDS, is_thorough=is_thorough)
            except EngineError:
                seen = None  # it may start, or be gone: that is the reconciler's to tell
        try:
            usage = await self._host.observe_process_usage(target.key)
        except HostError:
            usage = None
        looks[target.key] = Look(at_seconds=self._now().timestamp(), seen=seen, usage=usage)

    def _node(self, target: Target) -> NodeSeries:
        node = self._nodes.get(target.key)
        if node is None:
            known = None if self._baselines is None else self._baselines.pop(target.key, None)
            node = self._nodes[target.key] = NodeSeries(known)
        return node

    async def _machine(self) -> tuple[Counters, dict[str, float]]:
        try:
            usage: MachineUsage = await self._host.observe_machine_usage()
        except HostError:
            return {}, {}
        at_seconds = self._now().timestamp()
        return node_counters.machine_counters(at_seconds, usage), node_counters.machine_levels(usage)

    # --- noting ----------------------------------------------------------------------------------

    async def _note(self, stretch: Stretch, targets: Sequence[Target], looks: Mapping[str, Look]) -> list[Batch]:
        """What there is to be written."""
        lags_by_key = await self._lags.measure(targets, looks)
        machine, machine_levels = await self._machine()
        fine: list[tuple[Target, dict[str, Value]]] = []
        minutes: list[tuple[Target, Minute]] = []
        before, latest = self._latest or {}, dict[str, LatestMeasurement]()
        for target in targets:
            node, look = self._node(target), looks.get(target.key)
            left = node.begin(stretch)
            if left is not None:
                minutes.append((target, left))
            if look is not None:
                counters, levels = self._fields(look, machine, machine_levels, lags_by_key.get(target.key))
                fine.append((target, node.note(stretch, counters, levels, is_heard=look.seen is not None)))
                buckets = self._note_thorough(node, look, counters)
                if look.seen is not None:
                    latest[target.key] = latest_measurement(
                        target, look.seen, counters, levels, buckets, before.get(target.key)
                    )
            if stretch.ends_a_minute and (minute := node.finish()) is not None:
                minutes.append((target, minute))
        self._latest = latest
        if latest or not targets:
            self._measured_at_seconds = max((one.at_seconds for one in latest.values()), default=None)
        roles = {key: look.seen.role for key, look in looks.items() if look.seen is not None}
        return self._batches(stretch, fine, minutes, roles)

    def _fields(
        self, look: Look, machine: Counters, machine_levels: Mapping[str, float], lag_seconds: float | None
    ) -> tuple[Counters, dict[str, float]]:
        counters: Counters = {}
        levels: dict[str, float] = {}
        if look.seen is not None:
            sums = self._tables.sum_up(look.seen)
            counters |= node_counters.engine_counters(look.at_seconds, look.seen, sums)
            levels |= node_counters.engine_levels(look.seen)
        if look.usage is not None:
            # The machine's are told of nodes that run: of a dead one nothing is measured.
            counters |= node_counters.process_counters(look.at_seconds, look.usage) | machine
            levels |= machine_levels
        if lag_seconds is not None:
            levels[lags.FIELD] = lag_seconds
        return counters, levels

    def _note_thorough(self, node: NodeSeries, look: Look, counters: Counters) -> Mapping[str, Counted]:
        buckets = {} if look.seen is None else node_counters.bucket_counters(look.at_seconds, look.seen)
        if buckets:
            node.note_thorough(counters[STATISTICS], buckets)
        return buckets

    # --- writing ---------------------------------------------------------------------------------

    def _batches(
        self,
        stretch: Stretch,
        fine: Sequence[tuple[Target, dict[str, Value]]],
        minutes: Sequence[tuple[Target, Minute]],
        roles: Mapping[str, Role],
    ) -> list[Batch]:
        by_minute: dict[int, list[tuple[Target, dict[str, Value]]]] = {}
        for target, minute in minutes:
            by_minute.setdefault(minute.begin_seconds, []).append((target, minute.values))
        batches = self._batches_at(stretch.begin_seconds, FINE_SECONDS, fine, roles)
        for begin_seconds, values in by_minute.items():
            batches += self._batches_at(begin_seconds, MINUTE_SECONDS, values, roles)
        return batches

    def _batches_at(
        self,
        begin_seconds: int,
        resolution_seconds: int,
        measured: Sequence[tuple[Target, dict[str, Value]]],
        roles: Mapping[str, Role],
    ) -> list[Batch]:
        at = datetime.fromtimestamp(begin_seconds, UTC)
        published = [(target, values) for target, values in measured if target.is_published and values]
        batches = []
        for target, values in published:
            if target.key not in self._listings:
                self._listings[target.key] = node_listings(target.subject)
            batches.append(
                Batch(
                    samples=(Sample(target.subject, at, values),),
                    listings=self._listings[target.key],
                    resolution_seconds=resolution_seconds,
                )
            )
        together = merged_by_group(published, roles)
        if together:
            samples = tuple(Sample(subject, at, values) for subject, values in together.items())
            batches.append(Batch(samples=samples, listings=GROUP_LISTINGS, resolution_seconds=resolution_seconds))
        return batches
