"""Every definition of a metric against live engines, with workloads whose true answer is known."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from elastane.engines import CONTROL_USER
from elastane.metrics.definitions import definitions_of
from elastane.model.engine_names import EngineName
from tests.kit.asserts import eventually
from tests.live.engines.processes import EngineWorld, customer, require_engine
from tests.live.metric_cases import BUSY, CASES, Case, is_as_expected
from tests.live.metrics_bench import STRETCH, Bench, bench_of
from tests.unit.engines.contract import SECONDS


@pytest.fixture(params=["valkey", "redis"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def world(engine: str, tmp_path: Path) -> AsyncIterator[EngineWorld]:
    world = EngineWorld(require_engine(engine), tmp_path)
    try:
        yield world
    finally:
        await world.aclose()


@pytest.fixture
async def bench(world: EngineWorld, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench_of(world, tmp_path) as bench:
        yield bench


@pytest.fixture
async def pair(world: EngineWorld, tmp_path: Path) -> AsyncIterator[Bench]:
    """A primary and its replica."""
    async with bench_of(world, tmp_path, node_count=2) as bench:
        yield bench


@pytest.mark.parametrize("name", [definition.name for definition in definitions_of(EngineName.VALKEY)])
def test_every_metric_has_a_case(name: str) -> None:
    assert any(name in case.names for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.names[0])
async def test_what_is_told_is_what_was_done(case: Case, engine: str, bench: Bench) -> None:
    if engine not in case.engines:
        told = await bench.tick()
        assert not set(case.names) & told.keys()
        return

    expected = await case.work(bench)
    told = await bench.tick()

    assert set(case.names) <= expected.keys()
    for name, value in expected.items():
        assert is_as_expected(told.get(name), value), f"{name} is {told.get(name)} and not {value}"


async def test_latencies_are_the_engines_own(bench: Bench) -> None:
    await bench.full_minute()

    for _ in range(20):
        await bench.client.get("nothing")
    await bench.client.execute_command("EVAL_RO", BUSY, 0, 40_000)
    await bench.client.lpush("list", *range(50_000))
    told = await bench.full_minute()

    said = await bench.client.info("commandstats")
    reads, writes = told["SuccessfulReadRequestLatency"], told["SuccessfulWriteRequestLatency"]
    assert (reads.sample_count, writes.sample_count) == (21, 1)
    assert reads.sum == said["cmdstat_get"]["usec"] + said["cmdstat_eval_ro"]["usec"]
    assert writes.sum == said["cmdstat_lpush"]["usec"]
    # Each step of the engine's histogram is twice the one before.
    assert 40_000 <= reads.maximum <= 2.1 * said["cmdstat_eval_ro"]["usec"]
    assert writes.maximum >= said["cmdstat_lpush"]["usec"]
    assert reads.minimum <= 1 + said["cmdstat_get"]["usec"]


async def test_without_requests_there_is_no_latency(bench: Bench) -> None:
    await bench.client.get("nothing")
    await bench.full_minute()

    told = await bench.full_minute()

    assert "SuccessfulReadRequestLatency" not in told
    assert told["GetTypeCmds"].sum == 0
    assert "GetTypeCmdsLatency" not in told


async def test_a_minute_is_the_sum_of_its_stretches(bench: Bench) -> None:
    for _ in range(3):
        await bench.client.get("nothing")
        assert (await bench.tick())["CacheMisses"].sum == 1

    told = await bench.full_minute()

    assert told["CacheMisses"].sum == 3
    assert told["CacheHitRate"].sum == 0


async def test_a_restarted_engine_makes_neither_a_spike_nor_a_negative_number(bench: Bench) -> None:
    at = bench.nodes[0]
    for _ in range(5):
        await bench.client.get("nothing")
    await bench.tick()

    await bench.world.lose(at)
    silent = await bench.tick()
    await bench.world.boot_again(at)
    await bench.world.engines.promote(at, SECONDS)
    bench.note_pids()
    async with customer(at) as client:
        await client.get("nothing")
    again = await bench.tick()
    minute = await bench.full_minute()

    assert "CacheMisses" not in silent
    assert again["CacheMisses"].sum == 1
    assert minute["CacheMisses"].sum == 6
    assert all(value.minimum >= 0 for value in minute.values())


async def test_counters_that_are_reset_go_on_from_nothing(bench: Bench) -> None:
    for _ in range(5):
        await bench.client.get("nothing")
    await bench.tick()

    async with customer(bench.nodes[0], CONTROL_USER) as control:
        await control.config_resetstat()
    for _ in range(2):
        await bench.client.get("nothing")
    told = await bench.tick()

    assert told["CacheMisses"].sum == 2
    assert told["GetTypeCmds"].sum == 2
    assert told["NewConnections"].sum == 0
    assert all(value.minimum >= 0 for value in told.values())


async def test_a_restarted_control_plane_goes_on_without_a_gap_or_a_spike(bench: Bench) -> None:
    for _ in range(5):
        await bench.client.get("nothing")
    await bench.full_minute()

    await bench.client.get("nothing")
    bench.collector = bench.new_collector()
    told = await bench.tick()
    minute = await bench.full_minute()

    assert told["CacheMisses"].sum == 1
    assert minute["CacheMisses"].sum == 1
    assert minute["ReplicationBytes"].sum == 0


async def test_a_replica_in_sync_is_behind_by_nothing(pair: Bench) -> None:
    await pair.client.set("key", "value")

    async def is_level() -> bool:
        await pair.tick()
        told = await pair.read(pair.moment - STRETCH, 5, 1)
        return told["IsMaster"].sum == 0 and told["ReplicationLag"].sum < 0.2

    await eventually(is_level)


async def test_a_replica_that_stands_still_falls_behind_and_catches_up(pair: Bench) -> None:
    replica = pair.nodes[1]
    await pair.tick(1)
    await pair.world.hang(replica)
    await pair.client.set("key", "x" * 1000)

    first = await pair.tick(1)
    second = await pair.tick(1)
    await pair.world.resume(replica)

    assert 0 < first["ReplicationLag"].sum < second["ReplicationLag"].sum
    # A tick waits for who does not answer: so much time has passed between the two, and no more than that is told.
    assert second["ReplicationLag"].sum - first["ReplicationLag"].sum == pytest.approx(2, abs=1)

    async def has_caught_up() -> bool:
        return (await pair.tick(1))["ReplicationLag"].sum == 0

    await eventually(has_caught_up)


async def test_a_node_that_hangs_delays_nobody_beyond_its_deadline(pair: Bench) -> None:
    await pair.world.hang(pair.nodes[1])
    await pair.client.get("nothing")

    told = await pair.tick()
    silent = await pair.read(pair.moment - STRETCH, 5, 1)
    await pair.world.resume(pair.nodes[1])

    assert told["CacheMisses"].sum == 1
    assert "CacheMisses" not in silent
    assert "EngineCPUUtilization" in silent


async def test_a_group_and_its_roles_are_all_of_their_nodes(pair: Bench) -> None:
    node, replica = await pair.tick(), await pair.read(pair.moment - STRETCH, 5, 1)

    begin = pair.moment - STRETCH
    whole = await pair.read_subject(begin, 5, ReplicationGroupId="orders")
    part = await pair.read_subject(begin, 5, ReplicationGroupId="orders", NodeGroupId="0001")
    primaries = await pair.read_subject(begin, 5, ReplicationGroupId="orders", Role="Primary")

    name = "EngineCPUUtilization"
    assert whole[name].sample_count == part[name].sample_count == 2
    assert whole[name].sum == pytest.approx(node[name].sum + replica[name].sum)
    assert primaries[name].sum == pytest.approx(node[name].sum)
    assert whole["DatabaseMemoryUsageCountedForEvictPercentage"].sample_count == 2
    assert "DatabaseMemoryUsageCountedForEvictPercentage" not in primaries


async def test_older_metrics_are_listed_under_the_cluster_alone_and_under_the_tier(bench: Bench) -> None:
    await bench.client.set("key", "value")
    await bench.tick()

    begin = bench.moment - STRETCH
    alone = await bench.read_subject(begin, 5, CacheClusterId="orders-001")
    in_memory = await bench.read_subject(begin, 5, CacheClusterId="orders-001", CacheNodeId="0001", Tier="Memory")

    assert alone["CurrItems"].sum == 1
    assert "KeysTracked" not in alone
    assert in_memory.keys() == {"CurrItems", "BytesUsedForCache"}
