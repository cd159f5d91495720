"""Whatever a creation is asked for, it is a whole cache or a fault and an unchanged store: never half of one."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elastane.model.faults import Fault
from elastane.model.replication_groups import ClusterMode, Form, ReplicationGroup
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, SLOT_COUNT, count, union
from elastane.service.context import Context
from elastane.store import Transaction, credentials, replication_groups
from tests.kit.contexts import call, context, create_cluster, create_group, settle

Options = dict[str, st.SearchStrategy[Any]]

ZONES = st.sampled_from(["us-east-1a", "us-east-1b", "us-east-1c", "moon-1a"])

COMMON: Options = {
    "Engine": st.sampled_from(["valkey", "redis", "memcached", "nonsense", None]),
    "EngineVersion": st.sampled_from(["9.1", "8.1", "7.0", "7.2", "9.1.2", "x"]),
    "CacheNodeType": st.sampled_from(["cache.t4g.micro", "cache.m7g.large", "cache.m1.small", "nothing", None]),
    "CacheParameterGroupName": st.sampled_from(["default.valkey9", "default.redis7", "default.valkey9.cluster.on"]),
    "Port": st.sampled_from([6379, 7000, 1, 99999]),
    "SnapshotRetentionLimit": st.integers(min_value=-1, max_value=40),
    "SnapshotWindow": st.sampled_from(["05:00-06:00", "23:30-00:30", "05:00-05:10", "x"]),
    "PreferredMaintenanceWindow": st.sampled_from(["sun:05:00-sun:06:00", "sat:23:30-sun:00:30", "x"]),
    "SecurityGroupIds": st.lists(st.sampled_from(["sg-1", "sg-2", "x"]), max_size=2),
    "Tags": st.lists(st.fixed_dictionaries({"Key": st.sampled_from(["team", "aws:x"])}), max_size=1),
    "TransitEncryptionEnabled": st.booleans(),
}
SHARD = st.fixed_dictionaries(
    {},
    optional={
        "NodeGroupId": st.sampled_from(["1", "0001", "0002", "17", "0"]),
        "ReplicaCount": st.integers(min_value=0, max_value=2),
        "PrimaryAvailabilityZone": ZONES,
        "ReplicaAvailabilityZones": st.lists(ZONES, max_size=2),
        "Slots": st.sampled_from(["0-16383", "0-99", "100-16383", "x"]),
    },
)
OF_GROUPS: Options = COMMON | {
    "ReplicationGroupDescription": st.sampled_from(["a group", ""]),
    "NumCacheClusters": st.integers(min_value=0, max_value=7),
    "ReplicasPerNodeGroup": st.integers(min_value=0, max_value=6),
    "NumNodeGroups": st.integers(min_value=0, max_value=4),
    "NodeGroupConfiguration": st.lists(SHARD, max_size=3),
    "ClusterMode": st.sampled_from(["disabled", "compatible", "enabled"]),
    "PreferredCacheClusterAZs": st.lists(ZONES, max_size=4),
    "AutomaticFailoverEnabled": st.booleans(),
    "MultiAZEnabled": st.booleans(),
    "PrimaryClusterId": st.sampled_from(["sessions", "orders-001", "nobody"]),
}
OF_CLUSTERS: Options = COMMON | {
    "NumCacheNodes": st.integers(min_value=0, max_value=2),
    "PreferredAvailabilityZone": ZONES,
    "ReplicationGroupId": st.sampled_from(["orders", "nobody"]),
}


def calls(action: str, options: Options, **usual: Any) -> st.SearchStrategy[tuple[str, Any]]:
    """A call that would succeed, with a few parameters on top that may spoil it: all of them would always do."""
    extra = st.lists(st.one_of([st.tuples(st.just(name), values) for name, values in options.items()]), max_size=2)
    return extra.map(lambda drawn: (action, usual | dict(drawn)))


GROUP_ID: Options = {"ReplicationGroupId": st.sampled_from(["new", "orders", "-bad", "taken"])}
CLUSTER_ID: Options = {"CacheClusterId": st.sampled_from(["new", "New-001", "orders-002", "sessions", "-bad"])}
VALKEY = {"Engine": "valkey", "CacheNodeType": "cache.t4g.micro"}
NAMED = {"ReplicationGroupId": "Newer", "ReplicationGroupDescription": "a group"}

CALLS = st.one_of(
    calls("CreateReplicationGroup", OF_GROUPS | GROUP_ID, **VALKEY, **NAMED),
    calls("CreateReplicationGroup", OF_GROUPS | GROUP_ID, ClusterMode="enabled", **VALKEY, **NAMED),
    calls("CreateReplicationGroup", OF_GROUPS | GROUP_ID, NumNodeGroups=2, **VALKEY, **NAMED),
    calls("CreateReplicationGroup", OF_GROUPS | GROUP_ID, PrimaryClusterId="sessions", **NAMED),
    calls("CreateCacheCluster", OF_CLUSTERS | CLUSTER_ID, CacheClusterId="newest", **VALKEY),
    calls("CreateCacheCluster", OF_CLUSTERS | CLUSTER_ID, CacheClusterId="reports", ReplicationGroupId="orders"),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(requests=st.lists(CALLS, min_size=1, max_size=4))
def test_a_creation_is_whole_or_leaves_the_store_as_it_was(requests: list[tuple[str, dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as directory, context(Path(directory)) as ctx:
        asyncio.run(_ask_for(ctx, requests))


async def _ask_for(ctx: Context, requests: list[tuple[str, dict[str, Any]]]) -> None:
    await create_group(ctx, "orders")
    await create_cluster(ctx, "sessions")
    await create_cluster(ctx, "taken-001")
    await settle(ctx)
    for action, parameters in requests:
        before = await ctx.store.read(_rows)
        try:
            await call(ctx, action, **parameters)
        except Fault:
            assert await ctx.store.read(_rows) == before
        else:
            assert await ctx.store.read(_rows) != before
            await ctx.store.read(_assert_whole)


def _rows(tx: Transaction) -> list[tuple[Any, ...]]:
    tables = ("documents", "nodes", "addresses", "events", "settings")
    return [row for table in tables for row in tx.connection.execute(f"SELECT * FROM {table}")]


def _assert_whole(tx: Transaction) -> None:
    """Everything a group needs to run is there, and nothing belongs to two."""
    groups = [stored.body for stored in replication_groups.list_replication_groups(tx)]
    for group in groups:
        credentials.get_control_secret(tx, group.credential_id)
        _assert_whole_shards(group)
        is_group, mode = group.form is Form.REPLICATION_GROUP, group.cluster_mode
        has_primary_endpoint = group.network.primary_endpoint_address is not None
        has_configuration_endpoint = group.network.configuration_endpoint_address is not None
        assert has_primary_endpoint == (mode is not ClusterMode.ENABLED)
        assert has_configuration_endpoint == (is_group and mode is not ClusterMode.DISABLED)
    node_ids = [node.id for group in groups for node in group.nodes]
    addresses = [address for group in groups for address in _addresses(group)]
    assert len(set(node_ids)) == len(node_ids)
    assert len(set(addresses)) == len(addresses)


def _assert_whole_shards(group: ReplicationGroup) -> None:
    """Each has nodes, a primary among them, and in cluster mode every slot is somebody's."""
    for node_group in group.node_groups:
        assert node_group.target_primary in {node.id for node in node_group.nodes}
        assert 1 <= len(node_group.nodes) <= 6
    owned = [node_group.slots for node_group in group.node_groups]
    assert union(*owned) == (ALL_SLOTS if group.is_cluster else NO_SLOTS)
    assert sum(map(count, owned)) in (0, SLOT_COUNT)
    assert len({node_group.id for node_group in group.node_groups}) == len(group.node_groups)
    assert len(group.node_groups) == 1 or group.cluster_mode is ClusterMode.ENABLED


def _addresses(group: ReplicationGroup) -> list[str]:
    network = group.network
    endpoints = (
        network.primary_endpoint_address,
        network.reader_endpoint_address,
        network.configuration_endpoint_address,
    )
    return [node.address for node in group.nodes] + [address for address in endpoints if address is not None]
