"""Other engines and node types under load: no acknowledged write is lost, and no retrying client sees an error."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.kit.cluster_writers import REDIS_PY, VALKEY_PY
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.kit.writers import RETRYING, customer, writing
from tests.live.live_clusters import (
    cluster_writing,
    fill_cluster,
    make_cluster,
    until_cluster_settled,
    wrong_in_cluster,
)
from tests.live.live_groups import control_user, event_messages, fill, key_count, make_group, pid_of, until_settled

ROLLOUT_SECONDS = 90.0
KEY_COUNT = 2000

UPGRADES = [
    pytest.param(("valkey", "8.0"), ("valkey", "8.1"), id="valkey-8.0-to-8.1"),
    pytest.param(("valkey", "8.1"), ("valkey", "9.1"), id="valkey-8.1-to-9.1"),
    pytest.param(("redis", "7.0"), ("valkey", "9.1"), id="redis-7.0-to-valkey-9.1"),
]


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """One that has every engine that is upgraded from or to."""
    directory = tmp_path_factory.mktemp("rollouts") / "data"
    stored = [stored_engine("valkey", version) for version in ("8.0", "8.1", "9.1")]
    engines = engine_environment(*stored, stored_engine("redis", "7.0"))
    with running_elastane(directory, environment=engines) as running:
        yield running


def server_version(address: str) -> tuple[str, str]:
    """Engine and minor version, by its own word."""
    with customer(address) as client:
        told = client.info("server")
    engine = "valkey" if "valkey_version" in told else "redis"
    version = str(told.get("valkey_version") or told["redis_version"])
    return engine, version.rpartition(".")[0]


def maxmemory_bytes(address: str) -> int:
    with customer(address) as client:
        return int(client.info("memory")["maxmemory"])


def io_threads(elastane: RunningElastane, node_id: str, address: str) -> str:
    with control_user(elastane, node_id, address) as client:
        return str(client.config_get("io-threads")["io-threads"])


def modify(elastane: RunningElastane, group_id: str, **parameters: Any) -> None:
    elastane.client().modify_replication_group(ReplicationGroupId=group_id, ApplyImmediately=True, **parameters)


@pytest.mark.parametrize("node_count", [1, 2, 3])
@pytest.mark.parametrize(("old", "new"), UPGRADES)
async def test_a_group_is_upgraded_under_load(
    elastane: RunningElastane, old: tuple[str, str], new: tuple[str, str], node_count: int
) -> None:
    name = f"from-{old[0]}-{old[1].replace('.', '-')}-with-{node_count}"
    group = await make_group(elastane, name, node_count, Engine=old[0], EngineVersion=old[1])
    fill(group.primary_address, KEY_COUNT)

    with writing(group.primary_address, kind=RETRYING) as writers:
        await writers.write_more()
        modify(elastane, name, Engine=new[0], EngineVersion=new[1])
        after = await until_settled(elastane, name, node_count, timeout_seconds=ROLLOUT_SECONDS)
        await writers.write_more()

    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}
    assert (after.primary_address, after.reader_address) == (group.primary_address, group.reader_address)
    assert after.node_addresses == group.node_addresses
    assert {server_version(address) for address in after.node_addresses.values()} == {new}
    assert any("Finished changing the engine" in message for message in event_messages(elastane, name))


@pytest.mark.parametrize("kind", [REDIS_PY, VALKEY_PY], ids=["redis-py", "valkey-py"])
@pytest.mark.parametrize(("old", "new"), UPGRADES[1:])
async def test_a_cluster_is_upgraded_under_load(
    elastane: RunningElastane, old: tuple[str, str], new: tuple[str, str], kind: Any
) -> None:
    name = f"cluster-from-{old[0]}-{kind is REDIS_PY}".lower()
    cluster = await make_cluster(elastane, name, 3, 1, Engine=old[0], EngineVersion=old[1])
    filled = fill_cluster(cluster.endpoint, KEY_COUNT)

    with cluster_writing(cluster.endpoint, kind) as writers:
        await writers.write_more()
        modify(elastane, name, Engine=new[0], EngineVersion=new[1])
        after = await until_cluster_settled(elastane, name, 3, 6, timeout_seconds=ROLLOUT_SECONDS)
        await writers.write_more()

    assert writers.errors == ()
    assert writers.find_lost(cluster.endpoint) == {}
    assert wrong_in_cluster(cluster.endpoint, filled) == {}
    assert (after.endpoint, after.addresses, after.slots.keys()) == (
        cluster.endpoint,
        cluster.addresses,
        cluster.slots.keys(),
    )
    assert {server_version(address) for address in after.addresses.values()} == {new}


SIZES = ("cache.t3.small", "cache.m7g.large", "cache.t3.micro")
"""Up, up and down again, from the smallest."""


@pytest.mark.parametrize("version", ["8.1", "9.1"])
async def test_the_node_type_changes_under_load_in_the_running_engines(elastane: RunningElastane, version: str) -> None:
    name = f"sized-{version.replace('.', '-')}"
    group = await make_group(elastane, name, 2, EngineVersion=version)
    fill(group.primary_address, KEY_COUNT)
    pids = {node: pid_of(elastane, node) for node in group.node_addresses}
    limits: list[set[int]] = []

    with writing(group.primary_address) as writers:  # nothing is tried again here: nobody is to notice
        await writers.write_more()
        for size in SIZES:
            modify(elastane, name, CacheNodeType=size)
            after = await until_settled(elastane, name, 2)
            limits.append({maxmemory_bytes(address) for address in after.node_addresses.values()})
            await writers.write_more()

    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}
    assert after == group
    assert {node: pid_of(elastane, node) for node in group.node_addresses} == pids
    assert limits == [{1_103_269_725}, {5_140_907_060}, {402_653_184}]  # the node types' memory, less a quarter
    told = event_messages(elastane, name)
    assert [message for message in told if message.startswith("Succeeded")] == [
        f"Succeeded applying modification to cache node type to {size}." for size in SIZES
    ]


async def test_a_node_type_that_is_too_small_for_the_data_is_refused(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "full", 1, CacheNodeType="cache.t3.small")
    with customer(group.primary_address) as client:
        for number in range(45):
            client.set(f"large:{number}", "x" * 10_000_000)

    elastane.client().modify_replication_group(ReplicationGroupId="full", ReplicationGroupDescription="looked at")
    await until_settled(elastane, "full", 1)

    with pytest.raises(ClientError, match=r"cache\.t3\.micro is too small"):
        modify(elastane, "full", CacheNodeType="cache.t3.micro")

    assert maxmemory_bytes(group.primary_address) == 1_103_269_725
    assert key_count(group.primary_address) == 45


@pytest.mark.parametrize(("engine", "version", "is_replaced"), [("redis", "7.0", True), ("valkey", "9.1", False)])
async def test_more_threads_come_to_a_running_engine_or_with_a_new_one(
    tmp_path: Path, engine: Any, version: str, is_replaced: bool
) -> None:
    binary = stored_engine(engine, version)
    environment = {**engine_environment(binary), "ELASTANE_IO_THREADS_MAX": "2"}
    with running_elastane(tmp_path / "data", environment=environment) as elastane:
        group = await make_group(
            elastane, "threaded", 2, Engine=engine, EngineVersion=version, CacheNodeType="cache.t2.small"
        )
        fill(group.primary_address, KEY_COUNT)
        pids = {pid_of(elastane, node) for node in group.node_addresses}
        before = {io_threads(elastane, node, address) for node, address in group.node_addresses.items()}

        with writing(group.primary_address, kind=RETRYING) as writers:
            await writers.write_more()
            modify(elastane, "threaded", CacheNodeType="cache.m7g.large")
            after = await until_settled(elastane, "threaded", 2, timeout_seconds=ROLLOUT_SECONDS)
            await writers.write_more()

        assert writers.errors == ()
        assert writers.find_lost(group.primary_address) == {}
        threads = {io_threads(elastane, node, address) for node, address in after.node_addresses.items()}
        assert (before, threads) == ({"1"}, {"2"})
        assert pids.isdisjoint(pid_of(elastane, node) for node in after.node_addresses) is is_replaced
