"""Primaries of a cluster that die, hang or lie in a lost zone: each shard fails over by itself (F14, F16, F21)."""

import signal
from typing import Any

import pytest

from tests.kit.cluster_writers import REDIS_PY, REDIS_PY_OF_ONE_SHARD
from tests.kit.elastane import RunningElastane
from tests.live.live_clusters import (
    REDIS,
    VALKEY,
    cluster_writing,
    fill_cluster,
    make_cluster,
    needs_redis,
    until_copied,
    until_failed_over,
    until_healed,
    until_led_by_others,
    until_listed,
    wrong_in_cluster,
)
from tests.live.live_groups import engine_role, event_messages, run_elastane, signal_node, until_well

KEY_COUNT = 1000
DEATH_COUNT = 4


@pytest.mark.parametrize(
    ("software", "shard_count", "number"),
    [
        pytest.param(VALKEY, 1, signal.SIGKILL, id="valkey-1-killed"),
        pytest.param(VALKEY, 2, signal.SIGKILL, id="valkey-2-killed"),
        pytest.param(VALKEY, 3, signal.SIGKILL, id="valkey-3-killed"),
        pytest.param(VALKEY, 1, signal.SIGSTOP, id="valkey-1-hanging"),
        pytest.param(VALKEY, 3, signal.SIGSTOP, id="valkey-3-hanging"),
        pytest.param(REDIS, 1, signal.SIGKILL, id="redis-1-killed", marks=needs_redis),
        pytest.param(REDIS, 3, signal.SIGSTOP, id="redis-3-hanging", marks=needs_redis),
    ],
)
async def test_a_shard_whose_primary_is_lost_goes_on_and_the_others_notice_nothing(
    shared_elastane: RunningElastane, software: dict[str, Any], shard_count: int, number: signal.Signals
) -> None:
    name = f"{software['Engine']}-{shard_count}-{number.name.lower()}"
    cluster = await make_cluster(shared_elastane, name, shard_count, 1, **software)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    await until_listed(cluster)
    primaries = {shard: cluster.primary_of(shard) for shard in cluster.shards}
    lost = {"0001": primaries["0001"]}

    with (
        cluster_writing(cluster.endpoint, REDIS_PY) as writers,
        cluster_writing(cluster.endpoint, REDIS_PY, replica_count=1) as careful,
    ):
        await writers.write_more()
        await careful.write_more(10)
        signal_node(shared_elastane, lost["0001"], number)
        after = await until_failed_over(shared_elastane, cluster, lost)
        await writers.write_more()
        await careful.write_more(10)

    assert writers.errors == ()
    assert writers.find_lost(cluster.endpoint).keys() <= writers.in_flight
    assert careful.find_lost(cluster.endpoint) == {}
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    assert (after.zones, after.addresses, after.slots) == (cluster.zones, cluster.addresses, cluster.slots)
    heir = after.primary_of("0001")
    assert {shard: after.primary_of(shard) for shard in after.shards} == primaries | {"0001": heir}
    assert event_messages(shared_elastane, name)[-1] == (
        f"Failover from primary node {lost['0001']} to replica node {heir} completed"
    )


async def test_a_shard_with_one_replica_is_found_again_however_often_its_primary_dies(
    shared_elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(shared_elastane, "of-one-shard", 1, 1)
    holders: list[str] = []

    with cluster_writing(cluster.endpoint, REDIS_PY_OF_ONE_SHARD) as writers:
        for _ in range(DEATH_COUNT):
            await until_well(shared_elastane, cluster.id)
            await writers.write_more(20)
            holders.append(engine_role(cluster.endpoint))
            lost = {"0001": cluster.primary_of("0001")}
            signal_node(shared_elastane, lost["0001"])
            await until_failed_over(shared_elastane, cluster, lost)
        await writers.write_more(20)

    assert writers.errors == ()
    assert holders == ["replica"] * DEATH_COUNT


@pytest.mark.parametrize("layout", [["ab"], ["ab", "bc"], ["ab", "ac", "ba"]], ids=["one", "half", "most"])
async def test_a_cluster_outlives_the_zone_of_some_of_its_primaries(
    elastane: RunningElastane, layout: list[str]
) -> None:
    """For each shard the zone of its primary and that of its replica, by their letters. Zone a is lost."""
    zones = [[f"us-east-1{letter}" for letter in pair] for pair in layout]
    shards = [{"PrimaryAvailabilityZone": first, "ReplicaAvailabilityZones": [second]} for first, second in zones]
    cluster = await make_cluster(
        elastane, "spread", len(layout), 1, NodeGroupConfiguration=shards, ReplicasPerNodeGroup=1, MultiAZEnabled=True
    )
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    await until_listed(cluster)
    primaries = {shard: cluster.primary_of(shard) for shard in cluster.shards}
    lost = {shard: node for shard, node in primaries.items() if cluster.zones[node] == "us-east-1a"}
    assert len(lost) == sum(pair.startswith("a") for pair in layout)

    with cluster_writing(cluster.endpoint, REDIS_PY) as writers:
        await writers.write_more()
        down = run_elastane(elastane, "fault", "zone", "us-east-1a", "down")
        await until_led_by_others(cluster, lost)
        await writers.write_more()
        up = run_elastane(elastane, "fault", "zone", "us-east-1a", "up")
        after = await until_healed(elastane, cluster)

    assert (down.returncode, up.returncode) == (0, 0), f"{down.stderr}{up.stderr}"
    assert writers.errors == ()
    assert writers.find_lost(cluster.endpoint).keys() <= writers.in_flight
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    assert (after.zones, after.addresses, after.slots) == (cluster.zones, cluster.addresses, cluster.slots)


async def test_all_primaries_that_are_killed_at_once_are_replaced(shared_elastane: RunningElastane) -> None:
    cluster = await make_cluster(shared_elastane, "beheaded", 3, 1)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    lost = {shard: cluster.primary_of(shard) for shard in cluster.shards}

    for node in lost.values():
        signal_node(shared_elastane, node)
    after = await until_failed_over(shared_elastane, cluster, lost)

    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    assert (after.addresses, after.slots) == (cluster.addresses, cluster.slots)


async def test_a_test_failover_of_one_shard_is_seen_by_no_client(shared_elastane: RunningElastane) -> None:
    cluster = await make_cluster(shared_elastane, "tested", 3, 1)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    before = cluster.primary_of("0002")

    with cluster_writing(cluster.endpoint, REDIS_PY) as writers:
        await writers.write_more()
        shared_elastane.client().test_failover(ReplicationGroupId=cluster.id, NodeGroupId="0002")
        after = await until_failed_over(shared_elastane, cluster, {"0002": before})
        await writers.write_more()

    assert writers.errors == ()
    assert writers.find_lost(cluster.endpoint) == {}
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    told = event_messages(shared_elastane, cluster.id)
    assert told[-2:] == [
        "Test Failover API called for node group 0002",
        f"Failover from primary node {before} to replica node {after.primary_of('0002')} completed",
    ]


async def test_after_a_full_outage_all_shards_come_back_and_the_lost_data_is_told(elastane: RunningElastane) -> None:
    cluster = await make_cluster(elastane, "outage", 3, 1)
    fill_cluster(cluster.endpoint, KEY_COUNT)

    elastane.kill()
    for node in cluster.addresses:
        signal_node(elastane, node)
    elastane.start()
    after = await until_healed(elastane, cluster)

    assert (after.addresses, after.slots) == (cluster.addresses, cluster.slots)
    keys = fill_cluster(after.endpoint, KEY_COUNT)
    await until_copied(after, KEY_COUNT)
    assert wrong_in_cluster(after.endpoint, keys) == {}
    told = [message for message in event_messages(elastane, "outage") if "starts again empty" in message]
    assert len(told) == 3, f"{told}"
