"""Deleting: processes, directories and addresses are free afterwards, whatever happens meanwhile."""

import signal
import socket
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live.live_groups import (
    Group,
    engines_below,
    event_messages,
    exists,
    explain,
    fake_engine,
    fill,
    key_count,
    make_group,
    node_directories,
    order_group,
    pid_of,
    signal_node,
    until_settled,
)


async def test_a_deleted_group_leaves_no_process_no_directory_and_no_address(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "leaving", 3)
    pids = {pid_of(elastane, node) for node in group.node_addresses}
    assert pids <= engines_below(elastane.data_dir).keys()

    elastane.client().delete_replication_group(ReplicationGroupId="leaving")
    elastane.client().get_waiter("replication_group_deleted").wait(
        ReplicationGroupId="leaving", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )

    assert node_directories(elastane) == set()
    assert engines_below(elastane.data_dir).keys() & pids == set()
    assert_addresses_are_free(group)
    assert "Replication group leaving deleted" in event_messages(elastane, "leaving")


async def test_waiters_for_cache_clusters_pass_as_well(elastane: RunningElastane) -> None:
    client = elastane.client()
    client.create_cache_cluster(
        CacheClusterId="single", Engine="valkey", CacheNodeType="cache.t3.micro", NumCacheNodes=1
    )
    patience = {"Delay": 1, "MaxAttempts": 30}

    client.get_waiter("cache_cluster_available").wait(CacheClusterId="single", WaiterConfig=patience)
    client.delete_cache_cluster(CacheClusterId="single")
    client.get_waiter("cache_cluster_deleted").wait(CacheClusterId="single", WaiterConfig=patience)

    assert node_directories(elastane) == set()


async def test_a_group_of_the_same_id_can_be_made_at_once_and_is_empty_and_new(elastane: RunningElastane) -> None:
    first = await make_group(elastane, "phoenix", 2)
    fill(first.primary_address, 100)
    pids = {pid_of(elastane, node) for node in first.node_addresses}

    elastane.client().delete_replication_group(ReplicationGroupId="phoenix")
    await eventually(lambda: not exists(elastane, "phoenix"), interval_seconds=0.002, message="phoenix is gone")
    second = await make_group(elastane, "phoenix", 2)

    assert {key_count(address) for address in second.node_addresses.values()} == {0}
    assert pids & {pid_of(elastane, node) for node in second.node_addresses} == set()


async def test_a_group_can_be_deleted_while_one_of_its_engines_is_dead(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "wounded", 2)

    signal_node(elastane, group.primary_id)
    elastane.client().delete_replication_group(ReplicationGroupId="wounded")
    await eventually(lambda: not exists(elastane, "wounded"), message="wounded is gone")

    assert_nothing_is_left(elastane)
    assert_addresses_are_free(group)


async def test_a_group_can_be_deleted_while_one_of_its_engines_hangs(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "frozen", 2)

    signal_node(elastane, group.replica_ids[0], signal.SIGSTOP)
    elastane.client().delete_replication_group(ReplicationGroupId="frozen")
    await eventually(lambda: not exists(elastane, "frozen"), timeout_seconds=30, message="frozen is gone")

    assert_nothing_is_left(elastane)
    assert_addresses_are_free(group)


async def test_a_group_that_is_being_created_cannot_be_deleted_as_on_aws(tmp_path: Path) -> None:
    binary = fake_engine(tmp_path, "exec sleep 60")

    with running_elastane(tmp_path / "data", environment={"ELASTANE_ENGINES": str(binary)}) as elastane:
        order_group(elastane, "hasty", 2)
        with pytest.raises(ClientError) as refused:
            elastane.client().delete_replication_group(ReplicationGroupId="hasty")

        assert refused.value.response["Error"]["Code"] == "InvalidReplicationGroupState"
        waits = "must be heard before a primary is chosen"
        await eventually(lambda: waits in explain(elastane, "hasty"), message="explain says what it waits for")


async def test_a_deletion_that_was_answered_is_finished_after_a_crash(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "promised", 3)

    elastane.client().delete_replication_group(ReplicationGroupId="promised")
    elastane.kill()
    elastane.start()
    await eventually(lambda: not exists(elastane, "promised"), message="promised is gone")

    assert_nothing_is_left(elastane)
    assert_addresses_are_free(group)


async def test_a_creation_that_was_answered_is_finished_after_a_crash(elastane: RunningElastane) -> None:
    order_group(elastane, "promised", 3)
    elastane.kill()

    elastane.start()

    await until_settled(elastane, "promised", 3)


async def test_a_replica_that_is_taken_away_leaves_nothing_and_its_endpoint_moves_on(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "shrinking", 2)
    (replica,) = group.replica_ids

    elastane.client().modify_replication_group(
        ReplicationGroupId="shrinking", AutomaticFailoverEnabled=False, ApplyImmediately=True
    )
    await until_settled(elastane, "shrinking", 2)
    elastane.client().decrease_replica_count(ReplicationGroupId="shrinking", NewReplicaCount=0, ApplyImmediately=True)
    settled = await until_settled(elastane, "shrinking", 1)

    assert settled.node_addresses.keys() == {group.primary_id}
    assert node_directories(elastane) == {group.primary_id}
    assert not listens(group.node_addresses[replica])
    assert listens(group.reader_address)


# --- what these tests ask ------------------------------------------------------------------------


def assert_nothing_is_left(elastane: RunningElastane) -> None:
    assert node_directories(elastane) == set()
    assert engines_below(elastane.data_dir) == {}


def assert_addresses_are_free(group: Group, port: int = 6379) -> None:
    for address in (group.primary_address, group.reader_address, *group.node_addresses.values()):
        socket.create_server((address, port)).close()


def listens(address: str, port: int = 6379) -> bool:
    with socket.socket() as client:
        return client.connect_ex((address, port)) == 0
