"""Changes that are not made at once, that fail, or that lose their control plane on the way."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.kit.writers import RETRYING, writing
from tests.live.live_groups import (
    crash,
    event_messages,
    fake_engine,
    fill,
    key_count,
    maintenance_window,
    make_group,
    pid_of,
    snapshot_window_apart,
    until_settled,
)
from tests.live.test_rollouts import KEY_COUNT, ROLLOUT_SECONDS, modify, server_version

OLD, NEW = ("valkey", "8.1"), ("valkey", "9.1")
SOFTWARE = {"Engine": OLD[0], "EngineVersion": OLD[1]}
CRASH_COUNT = 4


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    directory = tmp_path_factory.mktemp("maintenance") / "data"
    engines = engine_environment(stored_engine("valkey", "8.1"), stored_engine("valkey", "9.1"))
    with running_elastane(directory, environment=engines) as running:
        yield running


def cache_cluster(elastane: RunningElastane, name: str) -> dict[str, Any]:
    (cluster,) = elastane.client().describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)["CacheClusters"]
    return dict(cluster)


async def until_upgraded(elastane: RunningElastane, name: str) -> None:
    """By what the API tells: who asks the endpoint itself can meet the moment in which it moves to the new engine."""

    def is_upgraded() -> bool:
        seen = cache_cluster(elastane, name)
        return seen["CacheClusterStatus"] == "available" and str(seen["EngineVersion"]).startswith(NEW[1])

    await eventually(is_upgraded, timeout_seconds=ROLLOUT_SECONDS, message="it is upgraded")


async def test_what_waits_is_shown_taken_back_and_done_when_the_window_opens(elastane: RunningElastane) -> None:
    group = await make_group(
        elastane,
        "waiting",
        1,
        **SOFTWARE,
        PreferredMaintenanceWindow=maintenance_window(opens_in=timedelta(hours=3)),
        SnapshotWindow=snapshot_window_apart(),
    )
    client = elastane.client()

    client.modify_replication_group(ReplicationGroupId="waiting", EngineVersion=NEW[1], CacheNodeType="cache.m7g.large")
    await until_settled(elastane, "waiting", 1)
    both = cache_cluster(elastane, "waiting-001")["PendingModifiedValues"]
    client.modify_replication_group(ReplicationGroupId="waiting", CacheNodeType="cache.t3.micro")
    await until_settled(elastane, "waiting", 1)
    one = cache_cluster(elastane, "waiting-001")["PendingModifiedValues"]
    before = server_version(group.primary_address)
    client.modify_replication_group(
        ReplicationGroupId="waiting", PreferredMaintenanceWindow=maintenance_window(opens_in=timedelta(minutes=-30))
    )
    await until_upgraded(elastane, "waiting-001")
    await until_settled(elastane, "waiting", 1)

    assert both.keys() == {"EngineVersion", "CacheNodeType"}
    assert one.keys() == {"EngineVersion"}
    assert (before, server_version(group.primary_address)) == (OLD, NEW)
    after = cache_cluster(elastane, "waiting-001")
    assert after["PendingModifiedValues"] == {}
    assert (after["CacheNodeType"], after["EngineVersion"].rpartition(".")[0]) == ("cache.t3.micro", NEW[1])


async def test_a_cache_cluster_on_its_own_keeps_its_endpoint_its_keys_and_its_tags(elastane: RunningElastane) -> None:
    client = elastane.client()
    created = client.create_cache_cluster(
        CacheClusterId="alone",
        CacheNodeType="cache.t3.micro",
        NumCacheNodes=1,
        Tags=[{"Key": "team", "Value": "checkout"}],
        **SOFTWARE,
    )["CacheCluster"]
    client.get_waiter("cache_cluster_available").wait(CacheClusterId="alone", WaiterConfig={"Delay": 1})
    endpoint = cache_cluster(elastane, "alone")["CacheNodes"][0]["Endpoint"]
    fill(endpoint["Address"], KEY_COUNT)

    with writing(endpoint["Address"], kind=RETRYING) as writers:
        await writers.write_more()
        client.modify_cache_cluster(CacheClusterId="alone", EngineVersion=NEW[1], ApplyImmediately=True)
        await until_upgraded(elastane, "alone")
        await writers.write_more()

    assert writers.errors == ()
    assert writers.find_lost(endpoint["Address"]) == {}
    assert cache_cluster(elastane, "alone")["CacheNodes"][0]["Endpoint"] == endpoint
    assert key_count(endpoint["Address"]) == KEY_COUNT + len(writers.acknowledged)
    assert [cluster["CacheClusterId"] for cluster in client.describe_cache_clusters()["CacheClusters"]].count(
        "alone"
    ) == 1
    tags = client.list_tags_for_resource(ResourceName=created["ARN"])["TagList"]
    assert tags == [{"Key": "team", "Value": "checkout"}]


async def test_a_control_plane_that_is_killed_again_and_again_still_ends_the_upgrade(tmp_path: Path) -> None:
    moments = random.Random(5)
    engines = engine_environment(stored_engine("valkey", "8.1"), stored_engine("valkey", "9.1"))
    with running_elastane(tmp_path / "data", environment=engines) as elastane:
        group = await make_group(elastane, "killed", 2, **SOFTWARE)
        fill(group.primary_address, KEY_COUNT)

        with writing(group.primary_address, kind=RETRYING) as writers:
            await writers.write_more()
            modify(elastane, "killed", EngineVersion=NEW[1])
            for _ in range(CRASH_COUNT):
                await crash(elastane, moments, 0.4)
            after = await until_settled(elastane, "killed", 2, timeout_seconds=ROLLOUT_SECONDS)
            await writers.write_more()

        assert writers.errors == ()
        assert writers.find_lost(group.primary_address) == {}
        assert after.node_addresses == group.node_addresses
        assert {server_version(address) for address in after.node_addresses.values()} == {NEW}


async def test_an_engine_that_does_not_come_up_leaves_the_group_serving_on_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    broken = fake_engine(tmp_path / "broken", "echo it cannot be; exit 1")
    engines = engine_environment(stored_engine("valkey", "8.1"))
    environment = {name: f"{value}:{broken}" for name, value in engines.items()}
    with running_elastane(tmp_path / "data", environment=environment) as elastane:
        group = await make_group(elastane, "stays", 2, **SOFTWARE)
        pids = {node: pid_of(elastane, node) for node in group.node_addresses}

        with writing(group.primary_address, kind=RETRYING) as writers:
            await writers.write_more()
            modify(elastane, "stays", EngineVersion=NEW[1])
            await eventually(
                lambda: any("goes on with valkey 8.1" in message for message in event_messages(elastane, "stays")),
                timeout_seconds=ROLLOUT_SECONDS,
                message="the upgrade is given up",
            )
            after = await until_settled(elastane, "stays", 2)
            await writers.write_more()

        assert writers.errors == ()
        assert writers.find_lost(group.primary_address) == {}
        assert after == group
        assert {node: pid_of(elastane, node) for node in group.node_addresses} == pids
        assert {server_version(address) for address in group.node_addresses.values()} == {OLD}
        assert any("it cannot be" in message for message in event_messages(elastane, "stays"))
