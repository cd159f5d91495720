"""The loop that measures: every node at the same moments, five seconds apart, and a sample of each minute.

Run by the server, with connections of its own: a measurement never keeps the reconciler waiting. At each tick it reads
from the store which nodes there are, asks them side by side, and appends what follows. Who does not answer in time is
absent from that sample and delays nobody; a tick that cannot be over before the next one is cut off.

    look    engine and process of every node and every configuration endpoint, the machine once: see `asking`
    lag     replicas against their primary
    note    what has grown since the last look, node by node
    write   all samples of the tick in one write; at full minutes also the minute's, and what a restart goes on with

A store that cannot be written is told of once, and the samples of that tick are lost. Nothing is kept for later: it
would be as much as nobody knows.
"""

import contextlib
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from elastane.clock import Now, at_multiples
from elastane.engines import Meter, NodeAddress
from elastane.engines.memcached_engines import MemcachedAddress, MemcachedMeter
from elastane.hosts import Meter as HostMeter
from elastane.metrics import node_counters
from elastane.metrics.asking import Asking
from elastane.metrics.counters import STATISTICS
from elastane.metrics.definitions import definitions_of
from elastane.metrics.fields import Fields, Machine, cache_node_fields, node_fields
from elastane.metrics.lags import Lags
from elastane.metrics.latest import LatestMeasurement, latest_measurement
from elastane.metrics.looks import Looks
from elastane.metrics.node_series import Baseline, Minute, NodeSeries, Stretch
from elastane.metrics.samples import Value
from elastane.metrics.targets import (
    CLUSTER_LISTINGS,
    GROUP_LISTINGS,
    CacheNodeTarget,
    NodeTarget,
    Target,
    Targets,
    list_targets,
    merged_by_cluster,
    merged_by_group,
    node_listings,
)
from elastane.model.metrics import Listing, Sample
from elastane.model.observations import Role
from elastane.model.secrets import Secret
from elastane.store import Store, StoreUnusable
from elastane.store.metric_rows import Batch

log = logging.getLogger("elastane.metrics")

TICK_SECONDS = 5
FINE_SECONDS, MINUTE_SECONDS = 5, 60
"""The two resolutions of the store that are written to."""

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
        memcached: MemcachedMeter,
        now: Now,
        tick_seconds: int = TICK_SECONDS,
    ) -> None:
        self._store = store
        self._series = series
        self._asking = Asking(host, engines, memcached, now)
        self._now = now
        self._tick_seconds = tick_seconds
        self._tables = node_counters.FamilyTables()
        self._lags = Lags(engines, now)
        self._secrets: dict[str, Secret] = {}
        self._nodes: dict[str, NodeSeries] = {}
        self._listings: dict[str, Mapping[str, Listing]] = {}
        self._addresses: dict[str, NodeAddress | MemcachedAddress] = {}
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
        looks = await self._asking.look(targets, lambda target: self._is_thorough(stretch, target))
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

    def _forget_others(self, targets: Targets) -> None:
        """Those that are gone; one that moved to another address is asked there."""
        present = {target.key: target.at for target in targets.asked}
        for key, at in list(self._addresses.items()):
            if present.get(key) == at:
                continue
            self._asking.forget(at)
            del self._addresses[key]
            if key not in present:
                self._gone.add(key)
                for remembered in (self._nodes, self._listings, self._latest or {}):
                    remembered.pop(key, None)
        self._addresses.update(present)
        self._lags.keep({target.node_group_key for target in targets.nodes})

    def _is_thorough(self, stretch: Stretch, target: NodeTarget) -> bool:
        return stretch.ends_a_minute or self._node(target).lacks_beginning(stretch)

    def _node(self, target: Target) -> NodeSeries:
        node = self._nodes.get(target.key)
        if node is None:
            known = None if self._baselines is None else self._baselines.pop(target.key, None)
            node = self._nodes[target.key] = NodeSeries(definitions_of(target.engine), known)
        return node

    # --- noting ----------------------------------------------------------------------------------

    async def _note(self, stretch: Stretch, targets: Targets, looks: Looks) -> list[Batch]:
        """What there is to be written."""
        found = await self._fields(targets, looks)
        fine: list[tuple[Target, dict[str, Value]]] = []
        minutes: list[tuple[Target, Minute]] = []
        before, latest = self._latest or {}, dict[str, LatestMeasurement]()
        for target in targets.measured:
            node, fields = self._node(target), found.get(target.key)
            left = node.begin(stretch)
            if left is not None:
                minutes.append((target, left))
            if fields is not None:
                is_heard = fields.answer is not None
                fine.append((target, node.note(stretch, fields.counters, fields.levels, is_heard=is_heard)))
                if fields.buckets:
                    node.note_thorough(fields.counters[STATISTICS], fields.buckets)
                if fields.answer is not None:
                    latest[target.key] = latest_measurement(target, fields, fields.answer, before.get(target.key))
            if stretch.ends_a_minute and (minute := node.finish()) is not None:
                minutes.append((target, minute))
        self._latest = latest
        if latest or not targets.measured:
            self._measured_at_seconds = max((one.at_seconds for one in latest.values()), default=None)
        roles = {key: one.answer.role for key, one in latest.items() if one.answer.role is not None}
        return self._batches(stretch, fine, minutes, roles)

    async def _fields(self, targets: Targets, looks: Looks) -> dict[str, Fields]:
        """By key, of those that were looked at in time."""
        lags_by_key = await self._lags.measure(targets.nodes, looks.nodes)
        machine = await self._asking.observe_machine()
        found: dict[str, Fields] = {}
        for target in targets.measured:
            fields = self._fields_of(target, looks, machine, lags_by_key.get(target.key))
            if fields is not None:
                found[target.key] = fields
        return found

    def _fields_of(self, target: Target, looks: Looks, machine: Machine, lag_seconds: float | None) -> Fields | None:
        match target:
            case NodeTarget():
                look = looks.nodes.get(target.key)
                if look is None:
                    return None
                families = {} if look.seen is None else self._tables.sum_up(look.seen)
                return node_fields(look, families, machine, lag_seconds)
            case CacheNodeTarget():
                look_at_cache_node = looks.cache_nodes.get(target.key)
                if look_at_cache_node is None:
                    return None
                endpoint = looks.endpoints.get(target.endpoint_key)
                return cache_node_fields(target.node_id, look_at_cache_node, endpoint, machine)

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
                self._listings[target.key] = node_listings(target)
            batches.append(
                Batch(
                    samples=(Sample(target.subject, at, values),),
                    listings=self._listings[target.key],
                    resolution_seconds=resolution_seconds,
                )
            )
        for together, listings in (
            (merged_by_group(published, roles), GROUP_LISTINGS),
            (merged_by_cluster(published), CLUSTER_LISTINGS),
        ):
            if together:
                samples = tuple(Sample(subject, at, values) for subject, values in together.items())
                batches.append(Batch(samples=samples, listings=listings, resolution_seconds=resolution_seconds))
        return batches
