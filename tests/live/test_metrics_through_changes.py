"""Measuring goes on while caches change: no gap of more than two samples, no spike, nothing negative.

The collector runs here, beside a whole Elastane, and looks every second and not every five, so that a gap is seen
sooner.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from elastane.clock import utc_now
from elastane.config import NODES_DIRECTORY
from elastane.engines.client import LiveEngines
from elastane.engines.memcached_client import LiveMemcached
from elastane.hosts.local import LocalHost
from elastane.metrics.collect import Collector
from elastane.metrics.definitions import definitions_of
from elastane.model.engine_names import EngineName
from elastane.model.ids import Region
from elastane.model.metrics import NAMESPACE, Metric, Point, Subject, dimensions
from elastane.store import Store
from elastane.store.metric_series import MetricSeries
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane
from tests.live.live_clusters import fill_cluster, make_cluster, reshard, until_cluster_settled
from tests.live.live_groups import fill, make_group, signal_node, until_failed_over, until_settled

TICK_SECONDS = 1
GAP_SECONDS_MAX = 2 * TICK_SECONDS + TICK_SECONDS
"""Two samples are missing between two that are not."""
DEAD_SECONDS_MAX = 10
"""Two samples of the product's, five seconds each: of a node that was dead for a while."""
KEY_COUNT = 500


class Measured:
    """What a collector has made of a running Elastane."""

    def __init__(self, series: MetricSeries) -> None:
        self._series = series
        self._begun_at = utc_now()

    async def read(self, name: str, **values: str) -> tuple[Point, ...]:
        metric = Metric(Subject(Region(REGION), NAMESPACE, dimensions(values)), name)
        return await self._series.read(metric, self._begun_at, utc_now(), 1)

    async def of_node(self, name: str, node_id: str) -> tuple[Point, ...]:
        return await self.read(name, CacheClusterId=node_id, CacheNodeId="0001")

    async def longest_gap_seconds(self, node_id: str, until: datetime) -> float:
        moments = [point.at for point in await self.of_node("CurrItems", node_id)]
        moments = [moment for moment in moments if moment < until] + [until]
        return max(
            (later - earlier for earlier, later in pairwise(moments)),
            default=timedelta(seconds=1000),
        ).total_seconds()

    async def until_seen(self, node_ids: Iterable[str], since: datetime) -> None:
        """Each of them twice."""

        async def are_seen() -> bool:
            found = [await self.of_node("CurrItems", node_id) for node_id in node_ids]
            return all(len([point for point in points if point.at >= since]) >= 2 for points in found)

        await eventually(are_seen, timeout_seconds=20)

    async def refuse_impossible(self, node_ids: Iterable[str]) -> None:
        for node_id in node_ids:
            for definition in definitions_of(EngineName.VALKEY):
                for point in await self.of_node(definition.name, node_id):
                    assert point.measured.minimum >= 0, f"{definition.name} of {node_id}: {point}"
            for name in ("SetTypeCmds", "CacheHits", "CacheMisses"):
                told = await self.of_node(name, node_id)
                assert sum(point.measured.sum for point in told) <= 3 * KEY_COUNT, f"{name} of {node_id}: {told}"


@contextlib.contextmanager
def measuring(elastane: RunningElastane, directory: Path) -> Iterator[Measured]:
    """In a thread of its own: what a test asks of the API would keep an event loop waiting."""
    series = MetricSeries.open(directory)
    is_over = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        collecting = thread.submit(asyncio.run, _collect(elastane, series, is_over))
        try:
            yield Measured(series)
        finally:
            is_over.set()
            collecting.result()
            series.close()


async def _collect(elastane: RunningElastane, series: MetricSeries, is_over: threading.Event) -> None:
    store = Store.open(elastane.data_dir)
    host, engines = LocalHost(elastane.data_dir / NODES_DIRECTORY), LiveEngines()
    collector = Collector(
        store=store,
        series=series,
        host=host,
        engines=engines,
        memcached=LiveMemcached(),
        now=utc_now,
        tick_seconds=TICK_SECONDS,
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(collector.run())
            await asyncio.to_thread(is_over.wait)
            running.cancel()
    finally:
        await engines.aclose()
        await host.aclose()
        store.close()


async def test_through_a_failover_and_a_switchover(shared_elastane: RunningElastane, tmp_path: Path) -> None:
    group = await make_group(shared_elastane, "measured", 3)
    nodes = tuple(group.node_addresses)
    with measuring(shared_elastane, tmp_path) as measured:
        await measured.until_seen(nodes, utc_now())
        fill(group.primary_address, KEY_COUNT)

        signal_node(shared_elastane, group.primary_id)
        after = await until_failed_over(shared_elastane, group)
        await measured.until_seen(nodes, utc_now())
        shared_elastane.client().modify_replication_group(
            ReplicationGroupId=group.id,
            PrimaryClusterId=group.primary_id,
            AutomaticFailoverEnabled=False,
            MultiAZEnabled=False,
            ApplyImmediately=True,
        )
        await until_settled(shared_elastane, group.id, len(nodes))
        await measured.until_seen(nodes, utc_now())

        until = utc_now()
        gaps = {node: await measured.longest_gap_seconds(node, until) for node in nodes}
        roles = {node: [point.measured.sum for point in await measured.of_node("IsMaster", node)] for node in nodes}
        await measured.refuse_impossible(nodes)
        whole = await measured.read("EngineCPUUtilization", ReplicationGroupId=group.id)

    assert gaps.pop(group.primary_id) <= DEAD_SECONDS_MAX
    assert max(gaps.values()) <= GAP_SECONDS_MAX, gaps
    assert {*roles[group.primary_id]} == {*roles[after.primary_id]} == {0, 1}
    assert max(point.measured.sample_count for point in whole) == len(nodes)


async def test_through_a_resharding(shared_elastane: RunningElastane, tmp_path: Path) -> None:
    cluster = await make_cluster(shared_elastane, "measured-shards", 2, 1)
    before = [node for shard in cluster.shards.values() for node in shard]
    with measuring(shared_elastane, tmp_path) as measured:
        await measured.until_seen(before, utc_now())
        fill_cluster(cluster.endpoint, KEY_COUNT)

        reshard(shared_elastane, cluster, 3)
        more = await until_cluster_settled(shared_elastane, cluster.id, 3, 6)
        nodes = [node for shard in more.shards.values() for node in shard]
        await measured.until_seen(nodes, utc_now())

        until = utc_now()
        gaps = {node: await measured.longest_gap_seconds(node, until) for node in nodes}
        for node in nodes:
            for definition in definitions_of(EngineName.VALKEY):
                told = await measured.of_node(definition.name, node)
                assert all(point.measured.minimum >= 0 for point in told), f"{definition.name} of {node}: {told}"

    assert max(gaps.values()) <= GAP_SECONDS_MAX, gaps
