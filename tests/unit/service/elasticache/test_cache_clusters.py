"""Cache clusters: on their own, and as members of a group."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.observed_replication_groups import Failure, NodeHealth
from elastane.model.replication_groups import Form
from elastane.service.context import Context
from tests.kit import contexts
from tests.kit.calls import make_security_group
from tests.kit.contexts import (
    NOW,
    call,
    create_cluster,
    create_group,
    describe_cluster,
    describe_group,
    group_key,
    settle,
    stored_group,
)

CLUSTER_KEY = group_key("sessions", Form.CACHE_CLUSTER)


async def add_replica(ctx: Context, name: str, **parameters: Any) -> dict[str, Any]:
    answer = await call(ctx, "CreateCacheCluster", CacheClusterId=name, ReplicationGroupId="Orders", **parameters)
    return dict(answer["CacheCluster"])


# --- asked for -----------------------------------------------------------------------------------


async def test_a_cluster_on_its_own_becomes_available_with_one_node(ctx: Context) -> None:
    created = await create_cluster(ctx, "Sessions")
    await settle(ctx)

    cluster = await describe_cluster(ctx, "SESSIONS")
    (node,) = cluster["CacheNodes"]
    assert created["CacheClusterStatus"] == "creating"
    assert cluster["CacheClusterStatus"] == "available"
    assert cluster["ReplicationGroupId"] is None
    assert (cluster["NumCacheNodes"], node["CacheNodeId"]) == (1, "0001")
    assert node["CustomerAvailabilityZone"] == cluster["PreferredAvailabilityZone"] == "us-east-1a"
    assert node["CacheNodeCreateTime"] == NOW
    assert node["Endpoint"]["Port"] == 6379


async def test_a_cluster_being_created_shows_no_node(ctx: Context) -> None:
    await create_cluster(ctx)

    assert (await describe_cluster(ctx, "sessions"))["CacheNodes"] == []


async def test_the_version_shown_is_the_one_observed_and_never_empty(ctx: Context) -> None:
    created = await create_cluster(ctx, EngineVersion="8.1")
    await settle(ctx)
    await contexts.observe_node(ctx, CLUSTER_KEY, "sessions", engine_version="8.1.9")

    assert created["EngineVersion"] == "8.1.4"
    assert (await describe_cluster(ctx, "sessions"))["EngineVersion"] == "8.1.9"


async def test_defaults_read_back_as_on_aws(ctx: Context) -> None:
    cluster = await create_cluster(ctx)

    assert cluster["AutoMinorVersionUpgrade"] is True
    assert cluster["SnapshotRetentionLimit"] == 0
    assert cluster["CacheSubnetGroupName"] == "default"
    assert cluster["CacheSecurityGroups"] == []
    assert cluster["CacheParameterGroup"] == {
        "CacheParameterGroupName": "default.valkey9",
        "ParameterApplyStatus": "in-sync",
        "CacheNodeIdsToReboot": [],
    }


async def test_a_replica_joins_a_group_and_inherits_everything(ctx: Context) -> None:
    await create_group(ctx, Port=6400, SnapshotRetentionLimit=2, Tags=[{"Key": "team", "Value": "shop"}])
    await settle(ctx)

    replica = await add_replica(
        ctx, "Reports", PreferredAvailabilityZone="us-east-1a", Tags=[{"Key": "use", "Value": "reports"}]
    )
    await settle(ctx)

    cluster = await describe_cluster(ctx, "reports")
    assert (replica["ReplicationGroupId"], replica["CacheClusterStatus"]) == ("orders", "creating")
    assert (cluster["Engine"], cluster["SnapshotRetentionLimit"]) == ("valkey", 2)
    assert (cluster["PreferredAvailabilityZone"], cluster["CacheNodes"][0]["Endpoint"]["Port"]) == ("us-east-1a", 6400)
    assert (await describe_group(ctx))["MemberClusters"] == ["orders-001", "orders-002", "reports"]
    tags = await call(ctx, "ListTagsForResource", ResourceName=cluster["ARN"])
    assert {tag["Key"] for tag in tags["TagList"]} == {"team", "use"}


REFUSED_REPLICAS: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"CacheClusterId": "orders-001"}, faults.CacheClusterAlreadyExists, "orders-001"),
    ({"ReplicationGroupId": "nobody"}, faults.ReplicationGroupNotFound, "nobody"),
    ({"Engine": "redis"}, faults.InvalidParameterCombination, "what its group runs"),
    ({"CacheNodeType": "cache.m7g.large"}, faults.InvalidParameterCombination, "what its group runs"),
    ({"SnapshotRetentionLimit": 9}, faults.InvalidParameterCombination, "of its group"),
    ({"SecurityGroupIds": ["sg-1"]}, faults.InvalidParameterValue, "sg-1"),
    ({"PreferredAvailabilityZone": "moon-1a"}, faults.InvalidParameterValue, "moon-1a"),
    ({"NumCacheNodes": 2}, faults.InvalidParameterValue, "NumCacheNodes"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED_REPLICAS)
async def test_a_refused_replica_says_why_and_changes_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_group(ctx)
    await settle(ctx)
    before = await stored_group(ctx, "orders")

    with pytest.raises(fault, match=sentence):
        await call(
            ctx, "CreateCacheCluster", **{"CacheClusterId": "reports", "ReplicationGroupId": "orders"} | parameters
        )

    assert await stored_group(ctx, "orders") == before


async def test_a_group_has_no_more_than_six_nodes(ctx: Context) -> None:
    await create_group(ctx, nodes=6)
    await settle(ctx)

    with pytest.raises(faults.NodeQuotaForClusterExceeded):
        await add_replica(ctx, "reports")


async def test_a_replica_joins_only_an_available_group(ctx: Context) -> None:
    await create_group(ctx)

    with pytest.raises(faults.InvalidReplicationGroupState):
        await add_replica(ctx, "reports")


async def test_the_regions_quota_counts_clusters_of_their_own_too(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), nodes_per_region=1))
    await create_cluster(small)

    with pytest.raises(faults.NodeQuotaForCustomerExceeded):
        await create_cluster(small, "others")


REFUSED_CLUSTERS: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"CacheClusterId": "1st"}, faults.InvalidParameterValue, "not a valid identifier"),
    ({"NumCacheNodes": 3}, faults.InvalidParameterValue, "NumCacheNodes"),
    ({"Engine": "memcached"}, faults.InvalidParameterValue, "no memcached was found on this machine"),
    ({"Engine": "mysql"}, faults.InvalidParameterValue, "Must be one of valkey, redis, memcached"),
    ({"AZMode": "cross-az"}, faults.InvalidParameterCombination, "AZMode: .* only supported for Memcached"),
    (
        {"PreferredAvailabilityZones": ["us-east-1a"]},
        faults.InvalidParameterCombination,
        "only supported for Memcached",
    ),
    ({"SnapshotName": "monday"}, faults.InvalidParameterValue, "SnapshotName"),
    ({"Port": 80}, faults.InvalidParameterValue, "Port"),
    ({"SnapshotWindow": "05:00-05:30"}, faults.InvalidParameterValue, "60 minutes"),
    ({"NotificationTopicArn": "orders"}, faults.InvalidParameterValue, "NotificationTopicArn"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED_CLUSTERS)
async def test_a_refused_cluster_says_why_and_leaves_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        await create_cluster(ctx, **parameters)

    assert (await call(ctx, "DescribeCacheClusters"))["CacheClusters"] == []


# --- shown ---------------------------------------------------------------------------------------


async def test_an_unknown_cluster_is_not_found_in_aws_words(ctx: Context) -> None:
    with pytest.raises(faults.CacheClusterNotFound, match=r"^CacheCluster not found: xyz$"):
        await describe_cluster(ctx, "XYZ")


async def test_clusters_of_groups_and_on_their_own_are_listed_by_name(ctx: Context) -> None:
    await create_cluster(ctx, "zeta")
    await create_cluster(ctx, "alpha")
    await create_group(ctx)

    everything = (await call(ctx, "DescribeCacheClusters"))["CacheClusters"]
    alone = (await call(ctx, "DescribeCacheClusters", ShowCacheClustersNotInReplicationGroups=True))["CacheClusters"]

    assert [cluster["CacheClusterId"] for cluster in everything] == ["alpha", "orders-001", "orders-002", "zeta"]
    assert [cluster["CacheClusterId"] for cluster in alone] == ["alpha", "zeta"]
    assert all(cluster["CacheNodes"] is None for cluster in everything)


async def test_clusters_are_listed_a_page_at_a_time(ctx: Context) -> None:
    for number in range(4):
        await create_group(ctx, f"group-{number}", nodes=6)

    first = await call(ctx, "DescribeCacheClusters", MaxRecords=20)
    second = await call(ctx, "DescribeCacheClusters", MaxRecords=20, Marker=first["Marker"])

    assert (len(first["CacheClusters"]), len(second["CacheClusters"])) == (20, 4)
    assert second["Marker"] is None


async def test_a_node_whose_parameters_are_not_in_sync_says_so(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, CLUSTER_KEY, "sessions", is_parameters_in_sync=False)

    cluster = await describe_cluster(ctx, "sessions")

    assert cluster["CacheParameterGroup"]["ParameterApplyStatus"] == "applying"


async def test_a_node_that_awaits_a_reboot_says_so_and_names_itself(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, CLUSTER_KEY, "sessions", is_reboot_awaited=True)

    cluster = await describe_cluster(ctx, "sessions")

    assert cluster["CacheParameterGroup"]["ParameterApplyStatus"] == "pending-reboot"
    assert cluster["CacheParameterGroup"]["CacheNodeIdsToReboot"] == ["0001"]
    assert [node["ParameterGroupStatus"] for node in cluster["CacheNodes"]] == ["pending-reboot"]


# --- changed -------------------------------------------------------------------------------------


async def test_a_cluster_on_its_own_is_changed_and_reads_back(ctx: Context) -> None:
    security_group_id = await make_security_group(ctx)
    await create_cluster(ctx)
    await settle(ctx)

    answer = await call(
        ctx,
        "ModifyCacheCluster",
        CacheClusterId="Sessions",
        NumCacheNodes=1,
        SnapshotRetentionLimit=4,
        PreferredMaintenanceWindow="mon:01:00-mon:02:00",
        SecurityGroupIds=[security_group_id],
        EngineVersion="9.1",
    )

    cluster = answer["CacheCluster"]
    assert cluster["CacheClusterStatus"] == "modifying"
    assert cluster["SnapshotRetentionLimit"] == 4
    assert cluster["PreferredMaintenanceWindow"] == "mon:01:00-mon:02:00"
    assert [each["SecurityGroupId"] for each in cluster["SecurityGroups"]] == [security_group_id]


REFUSED_CHANGES: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"ApplyImmediately": True}, faults.InvalidParameterCombination, "No modifications were requested"),
    ({"EngineVersion": "8.1"}, faults.InvalidParameterCombination, "Cannot modify valkey from 9.1 to 8.1"),
    ({"NumCacheNodes": 2}, faults.InvalidParameterValue, "NumCacheNodes"),
    ({"CacheNodeIdsToRemove": ["0001"]}, faults.InvalidParameterCombination, "CacheNodeIdsToRemove"),
    ({"ScaleConfig": {"ScalePercentage": 20}}, faults.InvalidParameterCombination, "ScaleConfig"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED_CHANGES)
async def test_a_refused_change_says_why(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_cluster(ctx)
    await settle(ctx)

    with pytest.raises(fault, match=sentence):
        await call(ctx, "ModifyCacheCluster", CacheClusterId="sessions", **parameters)


async def test_a_member_is_changed_through_its_group(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="Use ModifyReplicationGroup"):
        await call(ctx, "ModifyCacheCluster", CacheClusterId="orders-001", SnapshotRetentionLimit=4)


async def test_only_an_available_cluster_is_changed(ctx: Context) -> None:
    await create_cluster(ctx)

    with pytest.raises(faults.InvalidCacheClusterState, match="creating"):
        await call(ctx, "ModifyCacheCluster", CacheClusterId="sessions", SnapshotRetentionLimit=4)


# --- deleted -------------------------------------------------------------------------------------


async def test_a_cluster_on_its_own_reads_deleting_at_once(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)

    answer = await call(ctx, "DeleteCacheCluster", CacheClusterId="Sessions")

    assert answer["CacheCluster"]["CacheClusterStatus"] == "deleting"
    desired = await stored_group(ctx, "sessions", Form.CACHE_CLUSTER)
    assert desired is not None
    assert desired.deletion is not None


async def test_a_replica_leaves_its_group(ctx: Context) -> None:
    await create_group(ctx, nodes=3, AutomaticFailoverEnabled=True)
    await settle(ctx)

    answer = await call(ctx, "DeleteCacheCluster", CacheClusterId="orders-002")

    assert answer["CacheCluster"]["CacheClusterStatus"] == "deleting"
    assert (await describe_group(ctx))["Status"] == "modifying"
    await settle(ctx)
    assert (await describe_group(ctx))["MemberClusters"] == ["orders-001", "orders-003"]


REFUSED_DELETIONS: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"nodes": 1}, "orders-001", "since it is the only member of a replication group"),
    ({"nodes": 2}, "orders-001", "it is the primary for replication group orders"),
    ({"nodes": 2, "AutomaticFailoverEnabled": True}, "orders-002", "it is the only read replica"),
    (
        {
            "nodes": 3,
            "AutomaticFailoverEnabled": True,
            "MultiAZEnabled": True,
            "PreferredCacheClusterAZs": ["us-east-1a", "us-east-1b", "us-east-1a"],
        },
        "orders-002",
        "Multi-AZ",
    ),
)


@pytest.mark.parametrize(("parameters", "name", "sentence"), REFUSED_DELETIONS)
async def test_a_member_that_is_needed_is_not_deleted(
    ctx: Context, parameters: dict[str, Any], name: str, sentence: str
) -> None:
    await create_group(ctx, **parameters)
    await settle(ctx)

    with pytest.raises(faults.InvalidCacheClusterState, match=sentence):
        await call(ctx, "DeleteCacheCluster", CacheClusterId=name)

    assert (await describe_group(ctx))["Status"] == "available"


async def test_a_cluster_being_created_is_deleted_only_when_its_creation_fails(ctx: Context) -> None:
    await create_cluster(ctx)
    with pytest.raises(faults.InvalidCacheClusterState, match="creating which is not valid for deletion"):
        await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")
    await contexts.observe(ctx, CLUSTER_KEY, failure=Failure(sentence="the port is taken", generation=1, at=NOW))

    answer = await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")

    assert answer["CacheCluster"]["CacheClusterStatus"] == "deleting"


async def test_a_cluster_is_not_deleted_twice(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)
    await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")

    with pytest.raises(faults.InvalidCacheClusterState, match="deleting which is not valid for deletion"):
        await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")


async def test_a_final_snapshot_is_refused(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)

    with pytest.raises(faults.SnapshotFeatureNotSupported):
        await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions", FinalSnapshotIdentifier="last")


# --- rebooted ------------------------------------------------------------------------------------


async def test_a_reboot_is_asked_for_by_the_moment_of_the_call(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    answer = await call(ctx, "RebootCacheCluster", CacheClusterId="orders-002", CacheNodeIdsToReboot=["0001"])

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert [node.reboot_requested_at for node in desired.nodes] == [None, NOW]
    assert desired.generation == 2
    assert answer["CacheCluster"]["CacheClusterStatus"] == "rebooting cluster nodes"
    (node,) = (await describe_cluster(ctx, "orders-002"))["CacheNodes"]
    assert node["CacheNodeStatus"] == "rebooting"


@pytest.mark.parametrize("node_ids", [["0002"], ["0001", "0002"], []])
async def test_only_the_one_cache_node_can_be_rebooted(ctx: Context, node_ids: list[str]) -> None:
    await create_cluster(ctx)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterValue, match="0001"):
        await call(ctx, "RebootCacheCluster", CacheClusterId="sessions", CacheNodeIdsToReboot=node_ids)


async def test_a_cluster_that_is_not_available_is_not_rebooted(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, CLUSTER_KEY, "sessions", health=NodeHealth.DOWN)

    with pytest.raises(faults.InvalidCacheClusterState):
        await call(ctx, "RebootCacheCluster", CacheClusterId="sessions", CacheNodeIdsToReboot=["0001"])


async def test_a_node_that_runs_and_does_not_answer_is_rebooted_for_a_reboot_is_what_ends_that(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, contexts.group_key("orders"), "orders-001", health=NodeHealth.UNKNOWN)

    await call(ctx, "RebootCacheCluster", CacheClusterId="orders-001", CacheNodeIdsToReboot=["0001"])

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert [node.reboot_requested_at for node in desired.nodes] == [NOW, None]
