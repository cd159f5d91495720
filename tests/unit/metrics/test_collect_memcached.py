"""The loop of measuring, over Memcached clusters that are numbers: what is told of nodes, and of all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.model.engine_names import EngineName
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.memcached_measurements import EndpointMeasurements
from elastane.store import memcached_clusters as stored
from elastane.store.metric_listings import MetricQuery
from tests.kit import groups
from tests.kit.fake_meter import cache_node_measurements, measurements
from tests.kit.memcached_clusters import CONFIGURATION_ADDRESS, cache_node, memcached_cluster
from tests.unit.metrics.collecting import Bench

ENDPOINT_KEY = "us-east-1/sessions.configuration-endpoint"


def told(gets: int, other_gets: int = 0, changes: int = 1, version: int = 1) -> EndpointMeasurements:
    first, second = cache_node(1).id, cache_node(2).id
    return EndpointMeasurements(
        version=version, change_count=changes, connection_count=2, config_gets={first: gets, second: other_gets}
    )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.series.close()
    bench.store.close()


@pytest.fixture
async def cluster(bench: Bench) -> MemcachedCluster:
    """Of two nodes and an endpoint that answer."""
    made = memcached_cluster("sessions")
    await bench.save_cluster(made)
    bench.memcached.nodes = {node.address: cache_node_measurements() for node in made.nodes}
    bench.memcached.endpoints = {CONFIGURATION_ADDRESS: told(0)}
    return made


async def of_node(bench: Bench, name: str, node_id: str = "0001", period_seconds: int = 5) -> list[float]:
    found = await bench.read(name, period_seconds, CacheClusterId="sessions", CacheNodeId=node_id)
    return [measured.sum for measured in found]


async def test_what_a_node_counts_is_told_of_it_and_of_its_cluster(bench: Bench, cluster: MemcachedCluster) -> None:
    first, second = cluster.nodes
    await bench.tick()
    bench.memcached.nodes[first.address] = cache_node_measurements(get_hits=7, curr_items=3)
    bench.memcached.nodes[second.address] = cache_node_measurements(get_hits=2, curr_items=1)
    await bench.tick()

    assert await of_node(bench, "GetHits") == [7]
    assert await of_node(bench, "GetHits", "0002") == [2]
    (hits,) = await bench.read("GetHits", CacheClusterId="sessions")
    assert (hits.sample_count, hits.sum, hits.minimum, hits.maximum) == (2, 9, 2, 7)
    items = await bench.read("CurrItems", CacheClusterId="sessions")
    assert [measured.sum for measured in items] == [0, 4]


async def test_the_machine_is_told_of_every_node_of_it(bench: Bench, cluster: MemcachedCluster) -> None:
    await bench.tick()
    await bench.tick()

    assert await of_node(bench, "CPUUtilization") == await of_node(bench, "CPUUtilization", "0002") == [50]
    (of_both,) = await bench.read("CPUUtilization", CacheClusterId="sessions")
    assert (of_both.sample_count, of_both.sum) == (2, 100)
    assert await of_node(bench, "FreeableMemory") == [8000, 8000]


async def test_memory_that_is_left_is_what_items_may_take_and_do_not(bench: Bench, cluster: MemcachedCluster) -> None:
    bench.memcached.nodes[cluster.nodes[0].address] = cache_node_measurements(bytes=400)
    await bench.tick()

    assert await of_node(bench, "UnusedMemory") == [600]
    assert await of_node(bench, "BytesUsedForCacheItems") == [400]


async def test_a_full_minute_has_one_new_connection_at_the_least(bench: Bench, cluster: MemcachedCluster) -> None:
    """AWS's own rule; what is measured in between is told as it is."""
    busy = cluster.nodes[1].address
    for tick in range(13):
        bench.memcached.nodes[busy] = cache_node_measurements(total_connections=tick)
        await bench.tick()

    assert sum(await of_node(bench, "NewConnections")) == 0
    assert (await of_node(bench, "NewConnections", period_seconds=60))[0] == 1
    assert (await of_node(bench, "NewConnections", "0002", period_seconds=60))[0] == 11


async def test_questions_count_for_the_node_that_their_connection_was_given(
    bench: Bench, cluster: MemcachedCluster
) -> None:
    await bench.tick()
    bench.memcached.endpoints[CONFIGURATION_ADDRESS] = told(5, 2, changes=2, version=2)
    await bench.tick()

    assert await of_node(bench, "CmdConfigGet") == [5]
    assert await of_node(bench, "CmdConfigGet", "0002") == [2]
    assert await of_node(bench, "CmdConfigSet") == await of_node(bench, "CmdConfigSet", "0002") == [1]
    assert await of_node(bench, "CurrConfig") == [1, 1]


async def test_an_endpoint_that_was_started_anew_begins_to_count_anew(bench: Bench, cluster: MemcachedCluster) -> None:
    bench.memcached.endpoints[CONFIGURATION_ADDRESS] = told(5)
    await bench.tick()
    bench.host.start_ticks[ENDPOINT_KEY] = 8
    bench.memcached.endpoints[CONFIGURATION_ADDRESS] = told(9)
    await bench.tick()
    bench.memcached.endpoints[CONFIGURATION_ADDRESS] = told(10)
    await bench.tick()

    assert await of_node(bench, "CmdConfigGet") == [1]


async def test_an_endpoint_that_is_silent_leaves_out_what_it_would_say(bench: Bench, cluster: MemcachedCluster) -> None:
    bench.memcached.endpoints.clear()
    await bench.tick()
    await bench.tick()

    assert await of_node(bench, "CurrConfig") == await of_node(bench, "CmdConfigGet") == []
    assert await of_node(bench, "CurrItems") == [0, 0]


async def test_before_anything_is_published_there_is_no_configuration(bench: Bench, cluster: MemcachedCluster) -> None:
    bench.memcached.endpoints[CONFIGURATION_ADDRESS] = EndpointMeasurements(
        version=0, change_count=1, connection_count=0, config_gets={}
    )
    await bench.tick()
    await bench.tick()

    assert await of_node(bench, "CurrConfig") == [0, 0]
    assert await of_node(bench, "CmdConfigGet") == []
    assert await of_node(bench, "CmdConfigSet") == [0]


async def test_a_lost_node_is_absent_and_counts_from_nothing_when_it_is_back(
    bench: Bench, cluster: MemcachedCluster
) -> None:
    address = cluster.nodes[0].address
    bench.memcached.nodes[address] = cache_node_measurements(pid=1, get_hits=50)
    await bench.tick()
    del bench.memcached.nodes[address]
    await bench.tick()
    # Of another process three seconds old, as memcached says it; more hits than the lost one had are all its own.
    bench.memcached.nodes[address] = cache_node_measurements(pid=2, uptime=5, get_hits=60)
    await bench.tick()

    assert await of_node(bench, "GetHits") == [60]
    assert await of_node(bench, "CurrItems") == [0, 0]
    latest = bench.collector.latest()
    assert latest is not None
    answer = latest["us-east-1/sessions.0001"].answer
    assert (answer.engine, answer.engine_version, answer.role) == (EngineName.MEMCACHED, "1.6.38", None)


async def test_counters_that_are_reset_go_on_from_nothing(bench: Bench, cluster: MemcachedCluster) -> None:
    address = cluster.nodes[0].address
    bench.memcached.nodes[address] = cache_node_measurements(get_hits=50, get_misses=1)
    await bench.tick()
    bench.memcached.nodes[address] = cache_node_measurements(get_hits=3, get_misses=2)
    await bench.tick()

    assert await of_node(bench, "GetHits") == [3]
    assert await of_node(bench, "GetMisses") == [2]


async def test_what_is_gone_is_forgotten(bench: Bench, cluster: MemcachedCluster) -> None:
    await bench.tick()
    await bench.store.write(
        lambda tx: stored.save_memcached_cluster(tx, replace(cluster, nodes=cluster.nodes[:1]), revision=1)
    )
    await bench.tick()
    after_a_node = list(bench.memcached.forgotten)
    await bench.store.write(lambda tx: stored.remove_memcached_cluster(tx, cluster.key))
    for _ in range(12):
        await bench.tick()

    assert after_a_node == [cluster.nodes[1].address]
    assert sorted(bench.memcached.forgotten[1:]) == sorted([cluster.nodes[0].address, CONFIGURATION_ADDRESS])
    assert bench.collector.latest() == {}
    assert await bench.series.load_counters() == {}


async def test_metrics_are_listed_by_cluster_and_by_node_and_no_other_way(
    bench: Bench, cluster: MemcachedCluster
) -> None:
    await bench.tick()
    await bench.tick()

    listed = await bench.series.list_metrics(MetricQuery(region=groups.REGION))

    found: dict[tuple[tuple[str, str], ...], set[str]] = {}
    for one in listed:
        found.setdefault(one.metric.subject.dimensions, set()).add(one.metric.name)
    alone = (("CacheClusterId", "sessions"),)
    assert found.keys() == {alone, *((*alone, ("CacheNodeId", number)) for number in ("0001", "0002"))}
    assert found[alone] == found[*alone, ("CacheNodeId", "0001")]
    assert {"CurrItems", "CurrConfig", "CPUUtilization", "UnusedMemory"} <= found[alone]
    assert not {"EngineCPUUtilization", "CacheHits", "BytesUsedForCache", "IsMaster"} & found[alone]


async def test_both_kinds_of_caches_are_measured_side_by_side(bench: Bench, cluster: MemcachedCluster) -> None:
    group = groups.group("orders")
    await bench.save(group)
    bench.engines.engines = {node.address: measurements() for node in group.nodes}

    await bench.tick()

    assert await bench.of_node("CurrItems") == [3]
    assert await of_node(bench, "CurrItems") == [0]
    assert len(bench.collector.latest() or ()) == 4
    assert await bench.read("CurrConfig", CacheClusterId="orders-001", CacheNodeId="0001") == []
