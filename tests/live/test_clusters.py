"""Cluster mode as customers meet it: made through the API, used by clients that understand it, shown, deleted."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from redis.exceptions import MovedError

from tests.kit.asserts import eventually
from tests.kit.cluster_writers import REDIS_PY, VALKEY_PY, ioredis
from tests.kit.elastane import RunningElastane
from tests.kit.writers import customer
from tests.live.live_clusters import (
    SOFTWARE,
    Cluster,
    cluster_writing,
    describe_cluster,
    fill_cluster,
    make_cluster,
    reshard,
    until_cluster_settled,
    until_copied,
    until_failed_over,
    until_listed,
    wrong_in_cluster,
)
from tests.live.live_groups import (
    engines_below,
    event_messages,
    exists,
    explain,
    node_directories,
    pid_of,
    run_elastane,
    run_id_at,
    signal_node,
)
from tests.live.test_clients import install_ioredis
from tests.live.test_lost_store import confirm, lose_store

KEY_COUNT = 1000


@pytest.mark.parametrize("software", SOFTWARE)
async def test_three_shards_of_two_are_made_across_zones_and_serve_every_slot(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    cluster = await make_cluster(shared_elastane, f"made-{software['Engine']}", 3, 1, MultiAZEnabled=True, **software)

    keys = fill_cluster(cluster.endpoint, KEY_COUNT)

    await until_copied(cluster, KEY_COUNT)
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    assert cluster.slots == {"0001": "0-5461", "0002": "5462-10922", "0003": "10923-16383"}
    assert all(len({cluster.zones[node] for node in nodes}) == 2 for nodes in cluster.shards.values())
    assert len({cluster.zones[cluster.primary_of(shard)] for shard in cluster.shards}) == 3


async def test_every_client_writes_and_reads_through_the_configuration_endpoint(
    shared_elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(shared_elastane, "spoken-to", 3, 1)

    with (
        cluster_writing(cluster.endpoint, REDIS_PY, replica_count=1) as careful,
        cluster_writing(cluster.endpoint, VALKEY_PY) as others,
    ):
        await careful.write_more(100)
        await others.write_more(100)

    assert careful.errors == others.errors == ()
    assert careful.find_lost(cluster.endpoint) == others.find_lost(cluster.endpoint) == {}


async def test_ioredis_sees_neither_a_resharding_nor_a_failover(
    shared_elastane: RunningElastane, tmp_path: Path
) -> None:
    kind = ioredis(install_ioredis(tmp_path / "ioredis").with_name("cluster_client.js"))
    cluster = await make_cluster(shared_elastane, "ioredis", 2, 1)
    await until_listed(cluster)

    with cluster_writing(cluster.endpoint, kind) as writers:
        await writers.write_more()
        reshard(shared_elastane, cluster, 3)
        more = await until_cluster_settled(shared_elastane, cluster.id, 3, 6)
        await writers.write_more()
        lost = {"0002": more.primary_of("0002")}
        signal_node(shared_elastane, lost["0002"])
        await until_failed_over(shared_elastane, more, lost)
        await writers.write_more()

    assert writers.errors == ()
    assert writers.find_lost(cluster.endpoint).keys() <= writers.in_flight


async def test_who_reads_at_a_replica_reads_there(shared_elastane: RunningElastane) -> None:
    cluster = await make_cluster(shared_elastane, "read-from", 1, 1)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    (replica,) = cluster.replicas_of("0001")

    with customer(cluster.addresses[replica]) as client:
        with pytest.raises(MovedError):
            client.get("{0}:key:0")
        client.readonly()
        found = client.get("{0}:key:0")

    assert found == keys["{0}:key:0"]


async def test_the_configuration_endpoint_moves_when_its_node_is_lost(elastane: RunningElastane) -> None:
    """With its zone: one that is only killed may be back, and have the address again, before anybody else has it."""
    cluster = await make_cluster(elastane, "moving", 2, 1)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)
    holder = holder_of(cluster)

    down = run_elastane(elastane, "fault", "zone", cluster.zones[holder], "down")
    await eventually(lambda: is_held_by_another(cluster, holder), message="another node answers at the endpoint")
    up = run_elastane(elastane, "fault", "zone", cluster.zones[holder], "up")
    after = await until_cluster_settled(elastane, cluster.id, 2, 4)

    assert (down.returncode, up.returncode) == (0, 0), f"{down.stderr}{up.stderr}"
    assert after.endpoint == cluster.endpoint
    assert wrong_in_cluster(cluster.endpoint, keys) == {}


async def test_status_and_explain_show_every_shard(shared_elastane: RunningElastane) -> None:
    cluster = await make_cluster(shared_elastane, "shown", 2, 1)

    report = msgspec.json.decode(run_elastane(shared_elastane, "status", "--json").stdout)
    told = explain(shared_elastane, "shown")

    (row,) = [row for row in report["groups"] if row["id"] == "shown"]
    assert (row["cluster_mode"], row["configuration_endpoint"]) == ("enabled", cluster.endpoint)
    assert {part["id"]: part["slots"] for part in row["node_groups"]} == cluster.slots
    assert [part["primaries"] for part in row["node_groups"]] == [[cluster.primary_of(part)] for part in cluster.shards]
    replicas = [list(cluster.replicas_of(part)) for part in cluster.shards]
    assert [part["replicas"] for part in row["node_groups"]] == replicas
    assert "node group 0001 owns 8192 slots: 0-8191\n" in told
    assert "node group 0002 owns 8192 slots: 8192-16383\n" in told


async def test_a_lost_store_is_rebuilt_with_the_slots_that_a_resharding_and_a_failover_left(
    elastane: RunningElastane,
) -> None:
    made = await make_cluster(elastane, "remembered", 2, 1)
    keys = fill_cluster(made.endpoint, KEY_COUNT)
    reshard(elastane, made, 3)
    cluster = await until_cluster_settled(elastane, made.id, 3, 6)
    lost = {"0001": cluster.primary_of("0001")}
    signal_node(elastane, lost["0001"])
    cluster = await until_failed_over(elastane, cluster, lost)
    processes = {node: pid_of(elastane, node) for node in cluster.addresses}

    with cluster_writing(cluster.endpoint, REDIS_PY) as writers:
        lose_store(elastane)
        elastane.start()
        await confirm(elastane)
        after = await until_cluster_settled(elastane, cluster.id, 3, 6)
        await writers.write_more()

    assert after == cluster
    assert {node: pid_of(elastane, node) for node in after.addresses} == processes
    assert writers.errors == ()
    assert wrong_in_cluster(cluster.endpoint, keys) == {}


async def test_a_deleted_cluster_leaves_no_process_and_no_directory(elastane: RunningElastane) -> None:
    await make_cluster(elastane, "leaving", 3, 1)

    elastane.client().delete_replication_group(ReplicationGroupId="leaving")
    await eventually(lambda: not exists(elastane, "leaving"), message="it is gone")

    assert node_directories(elastane) == set()
    assert set(engines_below(elastane.data_dir)) <= {elastane.pid}
    assert "Replication group leaving deleted" in event_messages(elastane, "leaving")


async def test_a_cluster_that_is_deleted_during_a_move_is_gone(elastane: RunningElastane) -> None:
    cluster = await make_cluster(elastane, "halfway", 2, 1)
    fill_cluster(cluster.endpoint, KEY_COUNT)

    reshard(elastane, cluster, 4)
    await eventually(lambda: len(describe_cluster(elastane, "halfway").addresses) == 8, message="the nodes are made")
    elastane.client().delete_replication_group(ReplicationGroupId="halfway")
    await eventually(lambda: not exists(elastane, "halfway"), message="it is gone")

    assert node_directories(elastane) == set()
    assert set(engines_below(elastane.data_dir)) <= {elastane.pid}


# --- what these tests ask ------------------------------------------------------------------------


def holder_of(cluster: Cluster) -> str:
    """Which node answers at the configuration endpoint. AssertionError while none does."""
    try:
        run_id = run_id_at(cluster.endpoint)
        holders = [node for node, address in cluster.addresses.items() if run_id_at(address) == run_id]
    except redis.ConnectionError as error:
        raise AssertionError(f"no answer yet: {error}") from error
    assert holders, f"none of {sorted(cluster.addresses)} answers there"
    return holders[0]


def is_held_by_another(cluster: Cluster, holder: str) -> bool:
    """AssertionError while nobody answers there. Who is in the same zone is not asked: they are lost as well."""
    zone = cluster.zones[holder]
    addresses = {node: address for node, address in cluster.addresses.items() if cluster.zones[node] != zone}
    return holder_of(msgspec.structs.replace(cluster, addresses=addresses)) != holder
