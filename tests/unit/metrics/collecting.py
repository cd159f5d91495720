"""A collector over engines that are numbers, and what it has written: for the tests of measuring."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from elastane.metrics.collect import Collector
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.metrics import NAMESPACE, Metric, Subject, dimensions
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.statistic_sets import StatisticSet
from elastane.store import Store, credentials, memcached_clusters, replication_groups
from elastane.store.metric_series import MetricSeries
from tests.kit import groups
from tests.kit.fake_meter import FakeHostMeter, FakeMemcachedMeter, FakeMeter

BEGINNING = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STRETCH = timedelta(seconds=5)


class Bench:
    """The moment is the test's: each tick is five seconds after the one before."""

    def __init__(self, directory: Path) -> None:
        self.store = Store.open(directory)
        self.series = MetricSeries.open(directory)
        self.engines = FakeMeter()
        self.memcached = FakeMemcachedMeter()
        self.host = FakeHostMeter()
        self.moment = BEGINNING
        self.collector = self.new_collector()

    def new_collector(self) -> Collector:
        return Collector(
            store=self.store,
            series=self.series,
            host=self.host,
            engines=self.engines,
            memcached=self.memcached,
            now=lambda: self.moment,
        )

    async def save(self, group: ReplicationGroup) -> None:
        await self.store.write(
            lambda tx: credentials.save_control_secret(tx, group.credential_id, Secret("only-for-tests"))
        )
        await self.store.write(lambda tx: replication_groups.save_replication_group(tx, group))

    async def save_cluster(self, cluster: MemcachedCluster) -> None:
        await self.store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, cluster))

    async def tick(self) -> None:
        self.moment += STRETCH
        self.host.seconds += STRETCH.total_seconds()
        await self.collector.tick(self.moment)

    async def read(self, name: str, period_seconds: int = 5, **values: str) -> list[StatisticSet]:
        """All there is of a metric, from the beginning on."""
        metric = Metric(Subject(groups.REGION, NAMESPACE, dimensions(values)), name)
        end = self.moment + timedelta(minutes=1)
        return [point.measured for point in await self.series.read(metric, BEGINNING, end, period_seconds)]

    async def of_node(self, name: str, node_id: str = "orders-001", period_seconds: int = 5) -> list[float]:
        found = await self.read(name, period_seconds, CacheClusterId=node_id, CacheNodeId="0001")
        return [measured.sum for measured in found]
