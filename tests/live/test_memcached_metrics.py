"""Every definition of a metric against live memcached, with workloads whose true answer is known."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from elastane.metrics.definitions import definitions_of
from elastane.model.engine_names import EngineName
from tests.kit.stored_engines import stored_engine
from tests.live.memcached_metric_cases import MEMCACHED_CASES, MemcachedCase
from tests.live.memcached_metrics_bench import MemcachedBench, memcached_bench_of
from tests.live.metric_cases import is_as_expected


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[MemcachedBench]:
    async with memcached_bench_of(stored_engine("memcached", "1.6"), tmp_path) as bench:
        yield bench


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[MemcachedBench]:
    async with memcached_bench_of(stored_engine("memcached", "1.6"), tmp_path, node_count=2) as bench:
        yield bench


@pytest.mark.parametrize("name", [definition.name for definition in definitions_of(EngineName.MEMCACHED)])
def test_every_metric_has_a_case(name: str) -> None:
    assert any(name in case.names for case in MEMCACHED_CASES)


@pytest.mark.parametrize("case", MEMCACHED_CASES, ids=lambda case: case.names[0])
async def test_what_is_told_is_what_was_done(case: MemcachedCase, bench: MemcachedBench) -> None:
    expected = await case.work(bench)
    told = await bench.tick()

    assert set(case.names) <= expected.keys()
    for name, value in expected.items():
        assert is_as_expected(told.get(name), value), f"{name} is {told.get(name)} and not {value}"


async def test_an_idle_node_is_told_of_with_zeros_and_nothing_is_missing(bench: MemcachedBench) -> None:
    told = await bench.tick()

    assert told.keys() == {definition.name for definition in definitions_of(EngineName.MEMCACHED)}
    assert told["CmdGet"].sum == told["NewConnections"].sum == told["CmdConfigGet"].sum == 0


async def test_a_minute_is_the_sum_of_its_stretches_and_has_a_new_connection(bench: MemcachedBench) -> None:
    for _ in range(3):
        await bench.client.get("nothing")
        assert (await bench.tick())["GetMisses"].sum == 1

    told = await bench.full_minute()
    idle = await bench.full_minute()

    assert told["GetMisses"].sum == 3
    assert (idle["GetMisses"].sum, idle["NewConnections"].sum) == (0, 1)


async def test_a_restarted_node_makes_neither_a_spike_nor_a_negative_number(bench: MemcachedBench) -> None:
    (node,) = bench.cluster.nodes
    for _ in range(5):
        await bench.client.get("nothing")
    await bench.tick()

    await bench.lose_node(node)
    silent = await bench.tick()
    await bench.start_node(node)
    client = await bench.connect()
    for _ in range(7):
        await client.get("nothing")
    again = await bench.tick()
    minute = await bench.full_minute()

    assert "GetMisses" not in silent
    assert again["GetMisses"].sum == 7
    assert minute["GetMisses"].sum == 12
    assert all(value.minimum >= 0 for value in minute.values())


async def test_counters_that_are_reset_go_on_from_nothing(bench: MemcachedBench) -> None:
    for _ in range(5):
        await bench.client.get("nothing")
    await bench.tick()

    assert await bench.client.say("stats reset") == ["RESET"]
    for _ in range(2):
        await bench.client.get("nothing")
    told = await bench.tick()

    assert told["GetMisses"].sum == 2
    assert all(value.minimum >= 0 for value in told.values())


async def test_a_restarted_control_plane_goes_on_without_a_gap_or_a_spike(bench: MemcachedBench) -> None:
    for _ in range(5):
        await bench.client.get("nothing")
    await bench.full_minute()

    await bench.client.get("nothing")
    bench.collector = bench.new_collector()
    told = await bench.tick()
    minute = await bench.full_minute()

    assert told["GetMisses"].sum == 1
    assert minute["GetMisses"].sum == 1


async def test_a_restarted_endpoint_makes_neither_a_spike_nor_a_negative_number(bench: MemcachedBench) -> None:
    client = await bench.connect_endpoint()
    for _ in range(5):
        await client.lines("config get cluster")
    before = await bench.tick()

    await bench.lose_endpoint()
    silent = await bench.tick()
    await bench.start_endpoint(version=1)
    again = await bench.tick()
    client = await bench.connect_endpoint()
    await client.lines("config get cluster")
    later = await bench.tick()

    assert before["CmdConfigGet"].sum == 5
    assert not {"CmdConfigGet", "CurrConfig"} & silent.keys()
    assert "CurrItems" in silent
    assert "CmdConfigGet" not in again
    assert (later["CmdConfigGet"].sum, later["CmdConfigSet"].sum) == (1, 0)


async def test_questions_are_shared_out_by_connections(pair: MemcachedBench) -> None:
    for count in (5, 2):
        client = await pair.connect_endpoint()
        for _ in range(count):
            await client.lines("config get cluster")

    first, second = await pair.tick(), await pair.read(1)

    assert {first["CmdConfigGet"].sum, second["CmdConfigGet"].sum} == {5, 2}
    assert first["CmdConfigSet"].sum == second["CmdConfigSet"].sum == 0


async def test_what_passes_through_the_endpoint_counts_at_the_node_that_it_reached(pair: MemcachedBench) -> None:
    client = await pair.connect_endpoint()
    for _ in range(4):
        await client.get("nothing")

    first, second = await pair.tick(), await pair.read(1)

    assert {first["GetMisses"].sum, second["GetMisses"].sum} == {4, 0}
    assert {first["NewConnections"].sum, second["NewConnections"].sum} == {1, 0}


async def test_a_cluster_is_all_of_its_nodes(pair: MemcachedBench) -> None:
    await (await pair.connect(1)).store("key", "value")
    for _ in range(3):
        await pair.client.get("nothing")

    first, second = await pair.tick(), await pair.read(1)
    whole = await pair.read_cluster()

    assert whole.keys() == first.keys()
    assert (whole["GetMisses"].sample_count, whole["GetMisses"].sum, whole["GetMisses"].maximum) == (2, 3, 3)
    assert whole["CurrItems"].sum == 1
    assert whole["UnusedMemory"].sum == pytest.approx(first["UnusedMemory"].sum + second["UnusedMemory"].sum)


async def test_a_node_that_hangs_delays_nobody_beyond_its_deadline(pair: MemcachedBench) -> None:
    node = pair.cluster.nodes[1]
    await pair.hang_node(node)
    await pair.client.get("nothing")

    told = await pair.tick()
    silent = await pair.read(1)
    whole = await pair.read_cluster()
    await pair.resume_node(node)

    assert told["GetMisses"].sum == 1
    assert "GetMisses" not in silent
    assert "FreeableMemory" in silent
    assert (whole["GetMisses"].sample_count, whole["FreeableMemory"].sample_count) == (1, 2)
