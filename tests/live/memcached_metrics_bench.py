"""A collector over a real Memcached cluster that nobody else asks, driven tick by tick: see `metrics_bench`.

Nodes and the configuration endpoint are what the product starts, run by a host; there is no reconciler.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from elastane import configuration_endpoint
from elastane.catalog.node_types import get_node_type
from elastane.clock import utc_now
from elastane.configuration_endpoint import configuration
from elastane.configuration_endpoint.configuration import Configuration
from elastane.engines.client import LiveEngines
from elastane.engines.discovery import EngineBinary
from elastane.engines.memcached import NodeConfig, command_line
from elastane.engines.memcached_client import LiveMemcached
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.hosts import NodeOrder
from elastane.hosts.local import LocalHost
from elastane.metrics.collect import Collector
from elastane.metrics.definitions import definitions_of
from elastane.model.discovery import Discovery
from elastane.model.engine_names import EngineName
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.memcached_observations import AnsweringEndpoint, AnsweringNode
from elastane.model.metrics import NAMESPACE, Metric, Subject, dimensions
from elastane.model.observations import Running
from elastane.model.replication_groups import Network
from elastane.model.statistic_sets import StatisticSet
from elastane.store import Store, memcached_clusters
from elastane.store.metric_series import MetricSeries
from tests.kit import groups
from tests.kit.address_blocks import held_block
from tests.kit.asserts import eventually
from tests.kit.configuration_endpoints import members_of
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.live.engines.processes import is_stopped
from tests.live.metrics_bench import BEGINNING, STRETCH
from tests.unit.engines.memcached_contract import CONNECTIONS_MAX, SECONDS

CLUSTER = "sessions"


class MemcachedBench:
    """`stretch`es are the test's; what is measured between two of them is real."""

    def __init__(self, binary: EngineBinary, directory: Path, node_count: int) -> None:
        self._stack = contextlib.AsyncExitStack()
        addresses = self._stack.enter_context(held_block()).hosts()
        nodes = [cache_node(number, address=str(next(addresses))) for number in range(1, node_count + 1)]
        network = Network(subnet_group_name="default", configuration_endpoint_address=str(next(addresses)))
        self.cluster: MemcachedCluster = memcached_cluster(CLUSTER, *nodes, published=1, network=network)
        self.host = LocalHost(directory / "nodes")
        self.memcached = LiveMemcached()
        self.moment = BEGINNING
        self._binary = binary
        self._store = Store.open(directory)
        self._series = MetricSeries.open(directory)
        self.collector = self.new_collector()
        self.client: Customer = Customer()
        """Of the first node, who was connected before the first look."""

    def new_collector(self) -> Collector:
        """As after a restart of the control plane."""
        return Collector(
            store=self._store,
            series=self._series,
            host=self.host,
            engines=LiveEngines(),
            memcached=self.memcached,
            now=utc_now,
        )

    async def open(self) -> None:
        for node in self.cluster.nodes:
            await self.start_node(node)
        await self.start_endpoint(version=1)
        await self._store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, self.cluster))
        self.client = await self.connect()
        await self.tick()

    async def close(self) -> None:
        await self._stack.aclose()
        await self.memcached.aclose()
        for node_key in await self.host.list_nodes():
            await self.host.kill_process(node_key)
        await self.host.aclose()
        self._series.close()
        self._store.close()

    # --- processes -----------------------------------------------------------------------------------

    async def start_node(self, node: CacheNode) -> None:
        """Anew, if it was lost."""
        at = MemcachedAddress(address=node.address, port=self.cluster.software.port)
        config = NodeConfig(
            at=at,
            node_type=get_node_type(node.node_type),
            parameters={},
            engine_version=self._binary.version,
            connections_max=CONNECTIONS_MAX,
        )
        argv = command_line(self._binary.path, config)
        await self.host.start_process(NodeOrder(node_key=self.cluster.node_key(node), argv=argv, files={}))

        async def answers() -> None:
            assert isinstance(await self.memcached.observe(at, SECONDS), AnsweringNode)

        await eventually(answers)

    async def lose_node(self, node: CacheNode) -> None:
        await self.host.kill_process(self.cluster.node_key(node))

    async def start_endpoint(self, *, version: int) -> None:
        at = MemcachedAddress(address=self.cluster.endpoint_address, port=self.cluster.software.port)
        order = NodeOrder(
            node_key=self.cluster.endpoint_key,
            argv=configuration_endpoint.command_line(),
            files={configuration.FILE: self._configuration(version)},
        )
        await self.host.start_process(order)

        async def answers() -> None:
            assert isinstance(await self.memcached.observe_endpoint(at, SECONDS), AnsweringEndpoint)

        await eventually(answers)

    async def lose_endpoint(self) -> None:
        await self.host.kill_process(self.cluster.endpoint_key)

    async def publish(self, version: int) -> None:
        await self.host.write_files(self.cluster.endpoint_key, {configuration.FILE: self._configuration(version)})

    async def hang_node(self, node: CacheNode) -> None:
        pid = await self._pid(node)
        os.kill(pid, signal.SIGSTOP)
        await eventually(lambda: is_stopped(pid))

    async def resume_node(self, node: CacheNode) -> None:
        os.kill(await self._pid(node), signal.SIGCONT)

    async def _pid(self, node: CacheNode) -> int:
        process = await self.host.observe_process(self.cluster.node_key(node))
        assert isinstance(process, Running)
        return process.pid

    def _configuration(self, version: int) -> str:
        told = members_of((node.address for node in self.cluster.nodes), self.cluster.software.port)
        return configuration.render(
            Configuration(
                address=self.cluster.endpoint_address,
                port=self.cluster.software.port,
                source_address=self.cluster.endpoint_address,
                is_encrypted=False,
                is_binary_spoken=True,
                connections_max=100,
                discovery=Discovery(version, told),
                node_ids=tuple(node.id for node in self.cluster.nodes),
            )
        )

    # --- customers -----------------------------------------------------------------------------------

    async def connect(self, number: int = 0) -> "Customer":
        """To the node with this number; until the end."""
        return await self._connect(self.cluster.nodes[number].address)

    async def connect_endpoint(self) -> "Customer":
        return await self._connect(self.cluster.endpoint_address)

    async def _connect(self, address: str) -> "Customer":
        customer = Customer()
        await customer.connect(address, self.cluster.software.port)
        self._stack.callback(customer.close)
        return customer

    # --- what is told --------------------------------------------------------------------------------

    async def tick(self, number: int = 0) -> dict[str, StatisticSet]:
        """One stretch later: all that is told of the node with this number."""
        self.moment += STRETCH
        await self.collector.tick(self.moment)
        return await self.read(number)

    async def full_minute(self, number: int = 0) -> dict[str, StatisticSet]:
        """The tick that ends the minute, at once: all that is told of the whole minute."""
        begin = self.moment.replace(second=0)
        self.moment = begin + timedelta(minutes=1)
        await self.collector.tick(self.moment)
        return await self._read(begin.timestamp(), 60, self._names(number))

    async def read(self, number: int = 0) -> dict[str, StatisticSet]:
        """Of the last stretch."""
        return await self._read((self.moment - STRETCH).timestamp(), 5, self._names(number))

    async def read_cluster(self) -> dict[str, StatisticSet]:
        return await self._read((self.moment - STRETCH).timestamp(), 5, {"CacheClusterId": CLUSTER})

    def _names(self, number: int) -> dict[str, str]:
        return {"CacheClusterId": CLUSTER, "CacheNodeId": str(self.cluster.nodes[number].id)}

    async def _read(self, at_seconds: float, period_seconds: int, names: Mapping[str, str]) -> dict[str, StatisticSet]:
        subject = Subject(groups.REGION, NAMESPACE, dimensions(names))
        metrics = [Metric(subject, definition.name) for definition in definitions_of(EngineName.MEMCACHED)]
        at = BEGINNING + timedelta(seconds=at_seconds - BEGINNING.timestamp())
        found: Mapping[Metric, Any] = await self._series.read_many(
            metrics, at, at + timedelta(seconds=period_seconds), period_seconds
        )
        return {metric.name: points[0].measured for metric, points in found.items() if points}


class Customer:
    """A connection in the text protocol: what is said counts, and nothing else."""

    def __init__(self) -> None:
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self, address: str, port: int) -> None:
        self._streams = await asyncio.open_connection(address, port, limit=2**21)

    async def say(self, *commands: str) -> list[str]:
        """Each with a reply of one line, which are answered."""
        return [(await self._send(command)).decode() for command in commands]

    async def store(self, key: str, value: str, expires_seconds: int = 0) -> None:
        assert await self.say(f"set {key} 0 {expires_seconds} {len(value)}\r\n{value}") == ["STORED"]

    async def get(self, key: str) -> str | None:
        """Of one line."""
        found = await self.lines(f"get {key}")
        return found[1] if found else None

    async def lines(self, command: str, last: str = "END") -> list[str]:
        """All before the last one."""
        line = (await self._send(command)).decode()
        found: list[str] = []
        while line != last:
            found.append(line)
            line = (await self._read_line()).decode()
        return found

    async def statistics(self, of: str = "") -> dict[str, str]:
        lines = await self.lines(f"stats {of}".strip())
        return dict(line.removeprefix("STAT ").split(" ", 1) for line in lines)

    async def number(self, name: str) -> int:
        return int((await self.statistics())[name])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()

    async def _send(self, command: str) -> bytes:
        assert self._streams is not None
        self._streams[1].write(command.encode() + b"\r\n")
        await self._streams[1].drain()
        return await self._read_line()

    async def _read_line(self) -> bytes:
        assert self._streams is not None
        return (await self._streams[0].readuntil(b"\r\n"))[:-2]


@contextlib.asynccontextmanager
async def memcached_bench_of(
    binary: EngineBinary, directory: Path, *, node_count: int = 1
) -> AsyncIterator[MemcachedBench]:
    """Measured once already."""
    bench = MemcachedBench(binary, directory, node_count)
    try:
        await bench.open()
        yield bench
    finally:
        await bench.close()
