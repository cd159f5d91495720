"""A collector over real engines that nobody else asks, driven tick by tick: so that a workload's answer is known.

The moments of ticks are the test's; what is measured between two of them is real.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from elastane.clock import utc_now
from elastane.engines import NodeAddress
from elastane.engines.client import LiveEngines
from elastane.engines.memcached_client import LiveMemcached
from elastane.hosts import usage
from elastane.metrics.collect import Collector
from elastane.metrics.definitions import definitions_of
from elastane.model.engine_names import EngineName
from elastane.model.ids import NodeId
from elastane.model.measurements import MachineUsage, ProcessUsage
from elastane.model.metrics import NAMESPACE, Metric, Subject, dimensions
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.statistic_sets import StatisticSet
from elastane.store import Store, credentials, replication_groups
from elastane.store.metric_series import MetricSeries
from tests.kit import groups
from tests.live.engines.processes import PORT, SECRET, EngineWorld, customer
from tests.unit.engines.contract import SECONDS, synced

GROUP = "orders"
BEGINNING = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
STRETCH = timedelta(seconds=5)


class ProcessMeter:
    """`hosts.Meter` over processes that a test has started itself."""

    def __init__(self) -> None:
        self.pids: dict[str, int] = {}

    async def observe_process_usage(self, node_key: str) -> ProcessUsage | None:
        return usage.observe_process_usage(self.pids[node_key])

    async def observe_machine_usage(self) -> MachineUsage:
        return usage.observe_machine_usage("this machine")


class Bench:
    """`node_ids` name the nodes by their addresses, in the order in which they were given."""

    def __init__(self, world: EngineWorld, store: Store, series: MetricSeries, nodes: Sequence[NodeAddress]) -> None:
        self.world = world
        self.nodes = tuple(nodes)
        self.engines = LiveEngines()
        self.host = ProcessMeter()
        self.moment = BEGINNING
        self.group = _group(nodes)
        self._store = store
        self._series = series
        self.collector = self.new_collector()
        self._client_stack = contextlib.AsyncExitStack()
        self.client: Any = None
        """A customer of the first node, who was connected before the first look."""

    def new_collector(self) -> Collector:
        """As after a restart of the control plane."""
        self.note_pids()
        return Collector(
            store=self._store,
            series=self._series,
            host=self.host,
            engines=self.engines,
            memcached=LiveMemcached(),
            now=utc_now,
        )

    def note_pids(self) -> None:
        for node, at in zip(self.group.nodes, self.nodes, strict=True):
            self.host.pids[f"{self.group.region}/{node.id}"] = self.world.pid(at)

    async def open(self) -> None:
        await self._store.write(lambda tx: credentials.save_control_secret(tx, self.group.credential_id, SECRET))
        await self._store.write(lambda tx: replication_groups.save_replication_group(tx, self.group))
        self.client = await self._client_stack.enter_async_context(customer(self.nodes[0]))
        await self.client.ping()
        await self.tick()
        await self.tick()  # what the first look asks once has been counted by now

    async def connect(self) -> "Connection":
        """A connection of another customer, until the end."""
        return await self._client_stack.enter_async_context(plain_connection(self.nodes[0].address))

    async def close(self) -> None:
        await self._client_stack.aclose()
        await self.engines.aclose()

    async def tick(self, number: int = 0) -> dict[str, StatisticSet]:
        """One stretch later: all that is told of the node with this number."""
        self.moment += STRETCH
        await self.collector.tick(self.moment)
        return await self.read(self.moment - STRETCH, 5, number)

    async def full_minute(self, number: int = 0) -> dict[str, StatisticSet]:
        """The tick that ends the minute, at once: all that is told of the whole minute."""
        begin = self.moment.replace(second=0)
        self.moment = begin + timedelta(minutes=1)
        await self.collector.tick(self.moment)
        return await self.read(begin, 60, number)

    async def read(self, at: datetime, period_seconds: int, number: int = 0) -> dict[str, StatisticSet]:
        return await self.read_subject(
            at, period_seconds, CacheClusterId=str(self.group.nodes[number].id), CacheNodeId="0001"
        )

    async def read_subject(self, at: datetime, period_seconds: int, **values: str) -> dict[str, StatisticSet]:
        subject = Subject(groups.REGION, NAMESPACE, dimensions(values))
        metrics = [Metric(subject, definition.name) for definition in definitions_of(EngineName.VALKEY)]
        end = at + timedelta(seconds=period_seconds)
        found: Mapping[Metric, Any] = await self._series.read_many(metrics, at, end, period_seconds)
        return {metric.name: points[0].measured for metric, points in found.items() if points}


def _group(nodes: Sequence[NodeAddress]) -> ReplicationGroup:
    members = (
        groups.node(NodeId(f"{GROUP}-{number:03d}"), address=at.address) for number, at in enumerate(nodes, start=1)
    )
    return groups.group(GROUP, *members)


@contextlib.asynccontextmanager
async def bench_of(
    world: EngineWorld, directory: Path, *, node_count: int = 1, parameters: dict[str, str] | None = None
) -> AsyncIterator[Bench]:
    """A primary, and replicas in sync, measured once already."""
    nodes = [await world.boot(parameters) for _ in range(node_count)]
    await world.engines.promote(nodes[0], SECONDS)
    for at in nodes[1:]:
        await world.engines.follow(at, nodes[0], SECONDS)
        await synced(world, at, key_count=0)
    store, series = Store.open(directory), MetricSeries.open(directory)
    bench = Bench(world, store, series, nodes)
    try:
        await bench.open()
        yield bench
    finally:
        await bench.close()
        series.close()
        store.close()


class Connection:
    """A connection in the engines' plain protocol: for what a client library would do by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, command: str) -> None:
        self._writer.write(command.encode() + b"\r\n")
        await self._writer.drain()

    async def say(self, *commands: str) -> None:
        """Returns once each was answered at all."""
        for command in commands:
            await self.send(command)
            await self._reader.read(4096)

    async def read_line(self) -> str:
        return (await self._reader.readline()).decode()

    def close(self) -> None:
        self._writer.close()


@contextlib.asynccontextmanager
async def plain_connection(address: str) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(address, PORT)
    connection = Connection(reader, writer)
    try:
        yield connection
    finally:
        connection.close()
