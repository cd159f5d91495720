"""Replication groups with cluster mode: asked for, shown, and what the actions on cache clusters refuse of them."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import NodeGroupId
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import ClusterMode, ReplicationGroup, Resharding
from elastane.model.slots import NO_SLOTS, parse_slots
from elastane.service.context import Context
from elastane.store import Transaction, replication_groups
from elastane.wire.models import Service
from elastane.wire.xml import encode_result
from tests.kit import contexts
from tests.kit.contexts import (
    NOW,
    call,
    create_cluster,
    create_group,
    create_sharded_group,
    describe_cluster,
    describe_group,
    group_key,
    settle,
    stored_group,
)

ELASTICACHE = Service("elasticache")


async def stored(ctx: Context, name: str = "orders") -> ReplicationGroup:
    group = await stored_group(ctx, name)
    assert group is not None
    return group


# --- asked for -----------------------------------------------------------------------------------


async def test_nodes_are_numbered_in_their_shards(ctx: Context) -> None:
    group = await create_sharded_group(ctx, shards=2, replicas=1)

    assert group["MemberClusters"] == ["orders-0001-001", "orders-0001-002", "orders-0002-001", "orders-0002-002"]
    assert (group["Status"], group["NodeGroups"], group["ConfigurationEndpoint"]) == ("creating", None, None)


async def test_a_group_stores_who_shall_own_what_and_be_primary(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)

    first, second = (await stored(ctx)).node_groups
    assert (first.id, first.target_primary, first.epoch, first.slots) == (
        "0001",
        "orders-0001-001",
        0,
        parse_slots("0-8191"),
    )
    assert (second.id, second.target_primary, second.slots) == ("0002", "orders-0002-001", parse_slots("8192-16383"))


async def test_the_longest_id_of_a_group_leaves_room_for_its_nodes(ctx: Context) -> None:
    group = await create_sharded_group(ctx, "o" * 40, shards=1)

    assert group["MemberClusters"] == [f"{'o' * 40}-0001-001", f"{'o' * 40}-0001-002"]


async def test_a_primary_and_its_replica_are_in_different_zones_and_primaries_in_all(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=3, MultiAZEnabled=True)

    zones = [[node.zone for node in part.nodes] for part in (await stored(ctx)).node_groups]
    assert zones == [["us-east-1a", "us-east-1b"], ["us-east-1b", "us-east-1c"], ["us-east-1c", "us-east-1a"]]


@pytest.mark.parametrize(
    ("asked", "mode", "endpoints"),
    [
        ({"NumNodeGroups": 1}, ClusterMode.DISABLED, (True, True, False)),
        ({"ClusterMode": "disabled"}, ClusterMode.DISABLED, (True, True, False)),
        ({"ClusterMode": "compatible"}, ClusterMode.COMPATIBLE, (True, True, True)),
        ({"ClusterMode": "enabled"}, ClusterMode.ENABLED, (False, False, True)),
        ({"CacheParameterGroupName": "default.valkey9.cluster.on"}, ClusterMode.ENABLED, (False, False, True)),
        ({"NumNodeGroups": 2, "NumCacheClusters": None}, ClusterMode.ENABLED, (False, False, True)),
        ({"NodeGroupConfiguration": [{}, {}], "NumCacheClusters": None}, ClusterMode.ENABLED, (False, False, True)),
    ],
)
async def test_each_way_of_asking_gives_its_mode_and_the_endpoints_of_it(
    ctx: Context, asked: dict[str, Any], mode: ClusterMode, endpoints: tuple[bool, bool, bool]
) -> None:
    await create_group(ctx, **asked)

    group = await stored(ctx)
    addresses = (
        group.network.primary_endpoint_address,
        group.network.reader_endpoint_address,
        group.network.configuration_endpoint_address,
    )
    assert group.cluster_mode is mode
    assert tuple(address is not None for address in addresses) == endpoints
    has_clustered_parameters = group.software.parameter_group_name == "default.valkey9.cluster.on"
    assert has_clustered_parameters is (mode is not ClusterMode.DISABLED)


async def test_automatic_failover_is_on_in_cluster_mode_also_where_nothing_is_said(ctx: Context) -> None:
    group = await create_group(ctx, NumNodeGroups=2, NumCacheClusters=None)

    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "disabled")


async def test_a_shard_needs_no_replica(ctx: Context) -> None:
    group = await create_sharded_group(ctx, shards=1, replicas=0)

    assert group["MemberClusters"] == ["orders-0001-001"]
    assert (group["AutomaticFailover"], group["ClusterEnabled"]) == ("enabled", True)


async def test_in_compatible_mode_a_group_has_the_node_ids_it_had_without(ctx: Context) -> None:
    group = await create_group(ctx, ClusterMode="compatible")

    assert group["MemberClusters"] == ["orders-001", "orders-002"]


async def test_tags_are_those_of_every_shard_s_nodes(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2, replicas=0, Tags=[{"Key": "team", "Value": "shop"}])
    await settle(ctx)

    for node_id in ("orders-0001-001", "orders-0002-001"):
        arn = (await describe_cluster(ctx, node_id))["ARN"]
        tags = await call(ctx, "ListTagsForResource", ResourceName=arn)
        assert tags["TagList"] == [{"Key": "team", "Value": "shop"}]


async def test_groups_of_many_nodes_share_no_address(ctx: Context) -> None:
    await create_sharded_group(ctx, "first", shards=15, replicas=5)
    await create_sharded_group(ctx, "second", shards=90, replicas=0)

    groups = [await stored(ctx, name) for name in ("first", "second")]
    addresses = [node.address for group in groups for node in group.nodes]
    addresses += [str(group.network.configuration_endpoint_address) for group in groups]
    assert len(set(addresses)) == 182


NEEDS_FAILOVER = "cannot be created with auto failover turned off"
UNLIKE_GROUP = "Cluster mode should be enabled in parameter group, but found it is disabled"

REFUSED_CREATIONS: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    (
        {"AutomaticFailoverEnabled": False},
        faults.InvalidParameterValue,
        f"^Valkey with cluster mode .*{NEEDS_FAILOVER}",
    ),
    (
        {"AutomaticFailoverEnabled": False, "Engine": "redis", "ReplicasPerNodeGroup": 0},
        faults.InvalidParameterValue,
        f"^Redis with cluster mode enabled {NEEDS_FAILOVER}",
    ),
    ({"CacheParameterGroupName": "default.valkey9"}, faults.InvalidParameterCombination, UNLIKE_GROUP),
    (
        {"CacheParameterGroupName": "default.valkey9", "ClusterMode": None},
        faults.InvalidParameterCombination,
        UNLIKE_GROUP,
    ),
    (
        {"CacheParameterGroupName": "default.valkey8.cluster.on"},
        faults.InvalidParameterCombination,
        "family valkey9 but found one of family valkey8",
    ),
    ({"CacheParameterGroupName": "custom"}, faults.CacheParameterGroupNotFound, "custom"),
    ({"ClusterMode": "disabled"}, faults.InvalidParameterCombination, "disabled allows one node group"),
    (
        {"ReplicasPerNodeGroup": 0, "MultiAZEnabled": True},
        faults.InvalidParameterCombination,
        "another Availability Zone",
    ),
    (
        {
            "NodeGroupConfiguration": [
                {"PrimaryAvailabilityZone": "us-east-1a", "ReplicaAvailabilityZones": ["us-east-1b"]},
                {"PrimaryAvailabilityZone": "us-east-1a", "ReplicaAvailabilityZones": ["us-east-1a"]},
                {},
            ],
            "MultiAZEnabled": True,
        },
        faults.InvalidParameterCombination,
        "another Availability Zone",
    ),
    (
        {"NodeGroupConfiguration": [{"PrimaryAvailabilityZone": "moon-1a"}, {}, {}]},
        faults.InvalidParameterValue,
        "moon-1a",
    ),
    ({"ClusterMode": "compatible", "NumNodeGroups": 2}, faults.InvalidParameterCombination, "allows one node group"),
    ({"PrimaryClusterId": "nobody"}, faults.InvalidParameterCombination, "PrimaryClusterId cannot be given"),
    ({"TransitEncryptionEnabled": True}, faults.InvalidParameterCombination, "was built without TLS"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED_CREATIONS)
async def test_a_refused_creation_says_why_and_leaves_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        await create_sharded_group(ctx, **parameters)

    assert (await call(ctx, "DescribeCacheClusters"))["CacheClusters"] == []


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"NumCacheClusters": 1}, "at least 2 cache clusters"),
        ({"CacheParameterGroupName": "default.valkey9"}, "should be enabled in parameter group"),
    ],
)
async def test_a_refused_creation_in_compatible_mode_says_why(
    ctx: Context, parameters: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match=sentence):
        await create_group(ctx, ClusterMode="compatible", **parameters)


async def test_a_parameter_group_with_cluster_mode_on_needs_cluster_mode(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match="should be disabled in parameter group"):
        await create_group(ctx, ClusterMode="disabled", CacheParameterGroupName="default.valkey9.cluster.on")


async def test_a_shard_node_s_id_must_be_free(ctx: Context) -> None:
    await create_cluster(ctx, "orders-0002-001")

    with pytest.raises(faults.CacheClusterAlreadyExists, match="orders-0002-001"):
        await create_sharded_group(ctx)

    assert await stored_group(ctx, "orders") is None


async def test_the_region_s_quota_of_nodes_counts_all_shards(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), nodes_per_region=5))

    with pytest.raises(faults.NodeQuotaForCustomerExceeded):
        await create_sharded_group(small, shards=3, replicas=1)


async def test_a_raised_quota_allows_more_shards(ctx: Context) -> None:
    large = dataclasses.replace(ctx, limits=aws_limits().with_overrides({"nodes_per_cluster_mode_group": 100}))

    group = await create_sharded_group(large, shards=100, replicas=0)

    assert len(group["MemberClusters"]) == 100


# --- shown ---------------------------------------------------------------------------------------


async def test_an_available_group_shows_slots_and_the_configuration_endpoint_and_no_roles(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)

    group = await describe_group(ctx)

    first, second = group["NodeGroups"]
    configuration_address = (await stored(ctx)).network.configuration_endpoint_address
    assert (group["Status"], group["ClusterEnabled"], group["ClusterMode"]) == ("available", True, "enabled")
    assert group["ConfigurationEndpoint"] == {"Address": configuration_address, "Port": 6379}
    assert (first["NodeGroupId"], first["Status"], first["Slots"]) == ("0001", "available", "0-8191")
    assert (second["NodeGroupId"], second["Slots"]) == ("0002", "8192-16383")
    for part in (first, second):
        assert (part["PrimaryEndpoint"], part["ReaderEndpoint"]) == (None, None)
        for member in part["NodeGroupMembers"]:
            assert (member["ReadEndpoint"], member["CurrentRole"]) == (None, None)


async def test_a_compatible_group_shows_the_endpoints_of_both_kinds(ctx: Context) -> None:
    await create_group(ctx, ClusterMode="compatible")
    await settle(ctx)

    group = await describe_group(ctx)

    (part,) = group["NodeGroups"]
    endpoints = (group["ConfigurationEndpoint"], part["PrimaryEndpoint"], part["ReaderEndpoint"])
    assert (group["ClusterEnabled"], group["ClusterMode"], part["Slots"]) == (True, "compatible", "0-16383")
    assert len({endpoint["Address"] for endpoint in endpoints}) == 3
    assert [member["CurrentRole"] for member in part["NodeGroupMembers"]] == ["primary", "replica"]


async def test_a_group_without_cluster_mode_has_no_slots(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    assert (await describe_group(ctx))["NodeGroups"][0]["Slots"] is None


async def test_a_member_is_described_with_its_own_endpoint_and_the_parameter_group(ctx: Context) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)

    cluster = await describe_cluster(ctx, "orders-0002-001")

    node = (await stored(ctx)).node_groups[1].nodes[0]
    assert cluster["CacheNodes"][0]["Endpoint"] == {"Address": node.address, "Port": 6379}
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey9.cluster.on"
    assert cluster["ReplicationGroupId"] == "orders"
    assert "ConfigurationEndpoint" not in cluster


async def test_a_deleting_group_shows_no_configuration_endpoint(ctx: Context) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)

    answer = await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")

    assert answer["ReplicationGroup"]["Status"] == "deleting"
    assert answer["ReplicationGroup"]["ConfigurationEndpoint"] is None


# --- shown while it is resharded -----------------------------------------------------------------


async def reshard(ctx: Context, *, owned: dict[str, str], slot_count: int = 4000) -> None:
    """From two shards to one: the second gives its slots, as far as `owned` does not say that it has."""

    def change(tx: Transaction) -> None:
        found = replication_groups.find_replication_group(tx, group_key("orders"))
        assert found is not None
        first, second = found.body.node_groups
        parts = (replace(first, slots=parse_slots("0-16383")), replace(second, slots=NO_SLOTS, is_leaving=True))
        resharding = Resharding(requested_at=NOW, slot_count=slot_count)
        changed = replace(found.body, node_groups=parts, resharding=resharding, generation=2)
        replication_groups.save_replication_group(tx, changed, revision=found.revision)

    await ctx.store.write(change)
    slots = {NodeGroupId(part_id): parse_slots(text) for part_id, text in owned.items()}
    await contexts.observe(ctx, group_key("orders"), slots=slots)


async def test_slots_shown_are_those_owned_and_the_progress_is_that_of_what_is_left(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await reshard(ctx, owned={"0001": "0-15383", "0002": "15384-16383"})

    group = await describe_group(ctx)

    assert group["Status"] == "modifying"
    assert [part["Slots"] for part in group["NodeGroups"]] == ["0-15383", "15384-16383"]
    assert [part["Status"] for part in group["NodeGroups"]] == ["modifying", "modifying"]
    assert group["PendingModifiedValues"] == {"Resharding": {"SlotMigration": {"ProgressPercentage": 75.0}}}


async def test_a_shard_that_has_given_all_its_slots_is_deleting(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await reshard(ctx, owned={"0001": "0-16383"})

    group = await describe_group(ctx)

    leaving = group["NodeGroups"][1]
    assert (leaving["Status"], leaving["Slots"]) == ("deleting", None)
    assert [member["CacheClusterId"] for member in leaving["NodeGroupMembers"]] == [
        "orders-0002-001",
        "orders-0002-002",
    ]
    assert group["PendingModifiedValues"] == {}


async def test_progress_is_never_below_nothing(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await reshard(ctx, owned={"0001": "0-8191", "0002": "8192-16383"}, slot_count=10)

    pending = (await describe_group(ctx))["PendingModifiedValues"]

    assert pending == {"Resharding": {"SlotMigration": {"ProgressPercentage": 0.0}}}


async def test_a_resharding_that_is_over_is_not_pending(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await reshard(ctx, owned={"0001": "0-15383", "0002": "15384-16383"})
    await contexts.observe(ctx, group_key("orders"), converged_generation=2)

    assert (await describe_group(ctx))["PendingModifiedValues"] == {}


async def test_a_shard_none_of_whose_nodes_was_ready_yet_is_creating(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2, replicas=0)
    await settle(ctx)
    key = group_key("orders")
    await contexts.observe_node(ctx, key, "orders-0002-001", was_ready=False, health=NodeHealth.STARTING)

    group = await describe_group(ctx)

    assert [part["Status"] for part in group["NodeGroups"]] == [group["Status"], "creating"]


async def test_answers_about_sharded_groups_fit_the_published_model(ctx: Context) -> None:
    await create_sharded_group(ctx, shards=2)
    await settle(ctx)
    await reshard(ctx, owned={"0001": "0-15383", "0002": "15384-16383"})

    for action in ("DescribeReplicationGroups", "DescribeCacheClusters"):
        answer = await call(ctx, action)

        assert encode_result(ELASTICACHE, action, answer, "request").startswith(b"<")


# --- cache clusters ------------------------------------------------------------------------------


REFUSED_OF_A_CLUSTER: tuple[tuple[str, dict[str, Any], type[Fault], str], ...] = (
    (
        "CreateCacheCluster",
        {"CacheClusterId": "more", "ReplicationGroupId": "orders"},
        faults.InvalidParameterCombination,
        "Use IncreaseReplicaCount instead",
    ),
    (
        "DeleteCacheCluster",
        {"CacheClusterId": "orders-0001-002"},
        faults.InvalidCacheClusterState,
        "Cannot delete the cache cluster because replication group orders has cluster mode enabled",
    ),
    (
        "RebootCacheCluster",
        {"CacheClusterId": "orders-0001-002", "CacheNodeIdsToReboot": ["0001"]},
        faults.InvalidCacheClusterState,
        "cluster mode enabled. Its nodes cannot be rebooted",
    ),
    (
        "DeleteReplicationGroup",
        {"ReplicationGroupId": "orders", "RetainPrimaryCluster": True},
        faults.InvalidParameterCombination,
        "RetainPrimaryCluster cannot be given",
    ),
)


@pytest.mark.parametrize(("action", "parameters", "fault", "sentence"), REFUSED_OF_A_CLUSTER)
async def test_what_needs_a_single_primary_is_refused_of_a_group_with_cluster_mode(
    ctx: Context, action: str, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)
    before = await stored(ctx)

    with pytest.raises(fault, match=sentence):
        await call(ctx, action, **parameters)

    assert await stored(ctx) == before


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("CreateCacheCluster", {"CacheClusterId": "more", "ReplicationGroupId": "orders"}),
        ("DeleteCacheCluster", {"CacheClusterId": "orders-002"}),
        ("RebootCacheCluster", {"CacheClusterId": "orders-002", "CacheNodeIdsToReboot": ["0001"]}),
        ("DeleteReplicationGroup", {"ReplicationGroupId": "orders", "RetainPrimaryCluster": True}),
    ],
)
async def test_a_compatible_group_is_refused_them_too(ctx: Context, action: str, parameters: dict[str, Any]) -> None:
    await create_group(ctx, nodes=3, ClusterMode="compatible")
    await settle(ctx)

    with pytest.raises(Fault, match="cluster mode compatible"):
        await call(ctx, action, **parameters)


async def test_a_node_that_hangs_may_be_rebooted_also_in_cluster_mode(ctx: Context) -> None:
    await create_sharded_group(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, group_key("orders"), "orders-0001-002", health=NodeHealth.UNKNOWN)

    await call(ctx, "RebootCacheCluster", CacheClusterId="orders-0001-002", CacheNodeIdsToReboot=["0001"])

    assert (await stored(ctx)).node_groups[0].nodes[1].reboot_requested_at == NOW


async def test_a_cluster_on_its_own_has_no_cluster_mode(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match="should be disabled in parameter group"):
        await create_cluster(ctx, CacheParameterGroupName="default.valkey9.cluster.on")
