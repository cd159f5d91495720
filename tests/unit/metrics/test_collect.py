"""The loop of measuring, over engines that are numbers: who is told of, and what goes wrong."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.metrics.asking import NODES_AT_ONCE
from elastane.metrics.collect import Collector
from elastane.metrics.targets import list_targets
from elastane.model.measurements import LagLook
from elastane.model.observations import Role
from elastane.model.replication_groups import Form, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.store import StoreUnusable, replication_groups
from elastane.store.metric_rows import Batch
from elastane.store.metric_series import MetricSeries
from tests.kit import groups
from tests.kit.fake_meter import measurements
from tests.unit.metrics.collecting import Bench


class FullDisk:
    """A series of metrics that can be written, or not."""

    def __init__(self, series: MetricSeries) -> None:
        self._series = series
        self.is_full = False

    async def append_batches(self, batches: Sequence[Batch]) -> None:
        if self.is_full:
            raise StoreUnusable("The disk is full.")
        await self._series.append_batches(batches)

    async def save_counters(self, rows: Mapping[str, bytes]) -> None:
        await self._series.save_counters(rows)

    async def load_counters(self) -> dict[str, bytes]:
        return await self._series.load_counters()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.series.close()
    bench.store.close()


@pytest.fixture
async def group(bench: Bench) -> ReplicationGroup:
    """Of two nodes that answer."""
    made = groups.group("orders")
    await bench.save(made)
    primary, replica = made.nodes
    bench.engines.engines = {
        primary.address: measurements(),
        replica.address: measurements(role=Role.REPLICA),
    }
    return made


async def test_what_has_grown_is_told_of_each_stretch_and_of_the_minute(bench: Bench, group: ReplicationGroup) -> None:
    for hits in range(13):
        bench.engines.engines[group.nodes[0].address] = measurements(hits=hits * hits)
        await bench.tick()

    told = await bench.of_node("CacheHits")
    minutes = await bench.of_node("CacheHits", period_seconds=60)

    assert told == [2 * hits + 1 for hits in range(12)]
    assert minutes[0] == 11 * 11
    assert await bench.of_node("EngineCPUUtilization", period_seconds=60) == pytest.approx([10])


async def test_how_long_a_round_takes_is_known_after_it(bench: Bench, group: ReplicationGroup) -> None:
    before = bench.collector.round_seconds()

    await bench.tick()

    assert before is None
    assert bench.collector.round_seconds() == 0  # by a clock that stands still


async def test_the_machine_is_told_of_every_node_of_it(bench: Bench, group: ReplicationGroup) -> None:
    await bench.tick()
    await bench.tick()

    for node in group.nodes:
        assert await bench.of_node("CPUUtilization", node.id) == [50]
        assert await bench.of_node("FreeableMemory", node.id) == [8000, 8000]


async def test_latencies_are_asked_for_at_the_beginning_and_at_full_minutes(
    bench: Bench, group: ReplicationGroup
) -> None:
    for hits in range(13):
        bench.engines.engines[group.nodes[0].address] = measurements(hits=hits)
        await bench.tick()

    assert bench.engines.thorough[::2] == [True] + [False] * 10 + [True, False]
    (told,) = await bench.read("SuccessfulReadRequestLatency", 60, CacheClusterId="orders-001", CacheNodeId="0001")
    assert (told.sample_count, told.sum) == (11, 22)


async def test_a_node_that_hung_at_a_full_minute_is_asked_for_latencies_when_it_answers(
    bench: Bench, group: ReplicationGroup
) -> None:
    primary = group.nodes[0].address
    for tick in range(1, 25):
        answers = tick != 12
        bench.engines.engines = {primary: measurements(hits=tick)} if answers else {}
        await bench.tick()

    minutes = await bench.read("SuccessfulReadRequestLatency", 60, CacheClusterId="orders-001", CacheNodeId="0001")

    assert [told.sample_count for told in minutes] == [24 - 13]


async def test_groups_are_told_of_with_all_their_nodes_and_cache_clusters_are_not(bench: Bench) -> None:
    made = groups.group("orders")
    alone = groups.group("alone", groups.node("alone"), form=Form.CACHE_CLUSTER)
    for each in (made, alone):
        await bench.save(each)
    bench.engines.engines = {node.address: measurements() for node in (*made.nodes, *alone.nodes)}

    await bench.tick()

    (told,) = await bench.read("DatabaseMemoryUsageCountedForEvictPercentage", ReplicationGroupId="orders")
    assert (told.sample_count, told.sum) == (2, 80)
    assert await bench.read("DatabaseMemoryUsageCountedForEvictPercentage", ReplicationGroupId="alone") == []
    assert await bench.of_node("CurrItems", "alone") == [3]


async def test_a_silent_node_is_absent_and_the_others_are_not(bench: Bench, group: ReplicationGroup) -> None:
    await bench.tick()
    del bench.engines.engines[group.nodes[1].address]
    await bench.tick()

    assert await bench.of_node("CurrItems") == [3, 3]
    assert await bench.of_node("CurrItems", "orders-002") == [3]
    assert await bench.of_node("EngineCPUUtilization", "orders-002") == [10]
    assert set(bench.collector.latest() or ()) == {"us-east-1/orders-001"}


async def test_before_the_first_look_nobody_was_asked(bench: Bench, group: ReplicationGroup) -> None:
    before = bench.collector.latest()
    bench.engines.engines = {}
    await bench.tick()

    assert before is None
    assert bench.collector.latest() == {}


async def test_when_a_node_last_answered_is_known_until_there_is_none(bench: Bench, group: ReplicationGroup) -> None:
    await bench.tick()
    answered_at = bench.moment.timestamp()
    bench.engines.engines = {}
    await bench.tick()

    while_silent = bench.collector.measured_at_seconds()
    await bench.store.write(lambda tx: replication_groups.remove_replication_group(tx, group.key))
    await bench.tick()

    assert while_silent == answered_at
    assert bench.collector.measured_at_seconds() is None


async def test_a_secret_is_opened_once_and_forgotten_with_its_group(bench: Bench, group: ReplicationGroup) -> None:
    secrets: dict[str, Secret] = {}
    await bench.store.read(lambda tx: list_targets(tx, secrets))
    opened = dict(secrets)
    await bench.store.write(lambda tx: replication_groups.remove_replication_group(tx, group.key))

    await bench.store.read(lambda tx: list_targets(tx, secrets))

    assert opened == {group.credential_id: Secret("only-for-tests")}
    assert secrets == {}


async def test_a_node_that_never_answers_ends_no_tick_and_delays_only_itself(tmp_path: Path, bench: Bench) -> None:
    made = groups.group("orders")
    await bench.save(made)
    bench.engines.engines = {node.address: measurements() for node in made.nodes}
    bench.engines.hanging = {made.nodes[1].address}

    async with asyncio.timeout(30):
        await bench.tick()

    assert await bench.of_node("CurrItems") == [3]
    assert await bench.of_node("CurrItems", "orders-002") == []


async def test_those_that_hang_take_no_turn_of_those_that_answer(bench: Bench) -> None:
    hanging = [groups.node(f"orders-{number:03}") for number in range(NODES_AT_ONCE)]
    made = groups.group("orders", *hanging, groups.node("orders-999"))
    await bench.save(made)
    bench.engines.engines = {made.nodes[-1].address: measurements()}
    await bench.tick()

    bench.engines.hanging = {node.address for node in hanging}
    async with asyncio.timeout(30):
        await bench.tick()

    assert await bench.of_node("CurrItems", "orders-999") == [3, 3]


async def test_a_temporary_node_is_not_told_of(bench: Bench, group: ReplicationGroup) -> None:
    part = group.node_groups[0]
    hidden = replace(groups.node("orders--0001"), is_temporary=True)
    more = replace(group, node_groups=(replace(part, nodes=(*part.nodes, hidden)),))
    await bench.store.write(lambda tx: replication_groups.save_replication_group(tx, more, revision=1))
    bench.engines.engines[hidden.address] = measurements(role=Role.REPLICA)

    await bench.tick()

    assert await bench.of_node("CurrItems", "orders--0001") == []
    latest = bench.collector.latest()
    assert latest is not None
    assert not latest["us-east-1/orders--0001"].is_published
    (told,) = await bench.read("DatabaseMemoryUsageCountedForEvictPercentage", ReplicationGroupId="orders")
    assert told.sample_count == 2


async def test_a_node_that_is_gone_is_forgotten(bench: Bench, group: ReplicationGroup) -> None:
    await bench.tick()
    await bench.store.write(lambda tx: replication_groups.remove_replication_group(tx, group.key))

    await bench.tick()

    assert sorted(bench.engines.forgotten) == sorted(node.address for node in group.nodes)
    assert bench.collector.latest() == {}
    for _ in range(10):
        await bench.tick()
    assert await bench.series.load_counters() == {}


async def test_a_restarted_collector_goes_on_where_the_minute_began(bench: Bench, group: ReplicationGroup) -> None:
    for _ in range(12):
        await bench.tick()
    bench.engines.engines[group.nodes[0].address] = measurements(hits=30)
    bench.moment += timedelta(seconds=30)  # nobody is there to look

    bench.collector = bench.new_collector()
    for _ in range(6):
        await bench.tick()

    assert await bench.of_node("CacheHits", period_seconds=60) == [0, 30]
    assert max(await bench.of_node("CacheHits")) == 0


async def test_a_replica_that_has_come_as_far_as_its_primary_is_behind_by_nothing(
    bench: Bench, group: ReplicationGroup
) -> None:
    primary, replica = group.nodes
    bench.engines.engines = {
        primary.address: measurements(offset_bytes=1000),
        replica.address: measurements(offset_bytes=1000, role=Role.REPLICA),
    }

    await bench.tick()

    assert await bench.of_node("ReplicationLag", "orders-002") == [0]
    assert await bench.of_node("ReplicationLag", "orders-001") == []


async def test_a_replica_that_lags_is_looked_at_more_closely(bench: Bench, group: ReplicationGroup) -> None:
    primary, replica = group.nodes
    behind = measurements(offset_bytes=500, role=Role.REPLICA)
    bench.engines.engines = {primary.address: measurements(offset_bytes=0), replica.address: behind}
    await bench.tick()
    bench.engines.engines[primary.address] = measurements(offset_bytes=1000)

    # It comes as far a moment later; it does not; and nobody can tell, so that the last look counts.
    bench.engines.lag_look = LagLook(primary_offset_bytes=1000, replica_offset_bytes=1000, waited_seconds=0.0123)
    await bench.tick()
    bench.engines.lag_look = LagLook(primary_offset_bytes=1000, replica_offset_bytes=600, waited_seconds=0.2)
    await bench.tick()
    bench.engines.lag_look = None
    await bench.tick()

    told = await bench.of_node("ReplicationLag", "orders-002")
    assert told[:2] == pytest.approx([0, 0.012])
    assert told[2] == pytest.approx(7, abs=0.1)
    assert told[3] == pytest.approx(12.5, abs=0.1)


async def test_a_replica_whose_link_is_down_is_behind_for_as_long_as_it_is(
    bench: Bench, group: ReplicationGroup
) -> None:
    seen = measurements(role=Role.REPLICA)
    numbers = {**seen.numbers, "master_link_down_since_seconds": 40.0}
    bench.engines.engines[group.nodes[1].address] = replace(seen, is_link_up=False, numbers=numbers)

    await bench.tick()

    assert await bench.of_node("ReplicationLag", "orders-002") == [40]


async def test_without_a_primary_nobody_knows_a_lag(bench: Bench, group: ReplicationGroup) -> None:
    del bench.engines.engines[group.nodes[0].address]

    await bench.tick()

    assert await bench.of_node("ReplicationLag", "orders-002") == []


async def test_a_store_that_cannot_be_written_is_told_of_once_and_again_when_it_can(
    bench: Bench, group: ReplicationGroup, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "elastane.metrics")
    series = FullDisk(bench.series)
    bench.collector = Collector(
        store=bench.store,
        series=series,
        host=bench.host,
        engines=bench.engines,
        memcached=bench.memcached,
        now=lambda: bench.moment,
    )
    await bench.tick()

    series.is_full = True
    await bench.tick()
    await bench.tick()
    series.is_full = False
    await bench.tick()

    assert [record.getMessage() for record in caplog.records] == [
        "metrics not written reason=The disk is full.",
        "metrics written again",
    ]
    assert await bench.of_node("CurrItems") == [3, 3]


async def test_a_bug_of_ours_is_told_once_and_ends_nothing(
    bench: Bench, group: ReplicationGroup, caplog: pytest.LogCaptureFixture
) -> None:
    bench.engines.wrong = {group.nodes[0].address}
    await bench.tick()
    await bench.tick()

    bench.engines.wrong = set()
    await bench.tick()

    assert [record.getMessage() for record in caplog.records] == ["metrics not written reason=internal failure"]
    assert await bench.of_node("CurrItems") == [3]
