"""Replication groups: asked for, shown, deleted."""

import asyncio
import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.observed_replication_groups import Failure, NodeHealth
from elastane.service.context import Context
from elastane.store import credentials
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

# --- asked for -----------------------------------------------------------------------------------


async def test_a_new_group_is_creating_and_has_its_members_but_no_endpoints(ctx: Context) -> None:
    group = await create_group(ctx, "Orders", nodes=3)

    assert group["ReplicationGroupId"] == "orders"
    assert group["Status"] == "creating"
    assert group["MemberClusters"] == ["orders-001", "orders-002", "orders-003"]
    assert group["NodeGroups"] is None


async def test_every_field_of_a_creation_reads_back(ctx: Context) -> None:
    security_group_id = await make_security_group(ctx)
    await create_group(
        ctx,
        EngineVersion="8.1",
        Port=6400,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        PreferredMaintenanceWindow="Sun:23:00-Mon:01:30",
        SnapshotWindow="05:00-09:00",
        SnapshotRetentionLimit=5,
        AutoMinorVersionUpgrade=False,
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:orders",
        SecurityGroupIds=[security_group_id],
        CacheParameterGroupName="default.valkey8",
        CacheSubnetGroupName="Default",
        PreferredCacheClusterAZs=["us-east-1c", "us-east-1a"],
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    await settle(ctx)

    group = await describe_group(ctx)
    cluster = await describe_cluster(ctx, "orders-001")
    assert group["Description"] == "orders of the shop"
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert (group["SnapshotWindow"], group["SnapshotRetentionLimit"]) == ("05:00-09:00", 5)
    assert group["AutoMinorVersionUpgrade"] is False
    assert group["NodeGroups"][0]["PrimaryEndpoint"]["Port"] == 6400
    assert cluster["PreferredMaintenanceWindow"] == "sun:23:00-mon:01:30"
    assert cluster["NotificationConfiguration"]["TopicArn"].endswith(":orders")
    assert cluster["NotificationConfiguration"]["TopicStatus"] == "active"
    assert cluster["SecurityGroups"] == [{"SecurityGroupId": security_group_id, "Status": "not-enforced"}]
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey8"
    assert cluster["CacheSubnetGroupName"] == "default"
    assert cluster["PreferredAvailabilityZone"] == "us-east-1c"
    tags = await call(ctx, "ListTagsForResource", ResourceName=cluster["ARN"])
    assert tags["TagList"] == [{"Key": "team", "Value": "shop"}]


async def test_an_available_group_shows_its_endpoints_and_observed_roles(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    (node_group,) = (await describe_group(ctx))["NodeGroups"]
    members = node_group["NodeGroupMembers"]
    assert node_group["NodeGroupId"] == "0001"
    assert [member["CurrentRole"] for member in members] == ["primary", "replica"]
    addresses = [node_group["PrimaryEndpoint"]["Address"], node_group["ReaderEndpoint"]["Address"]]
    addresses += [member["ReadEndpoint"]["Address"] for member in members]
    assert len(set(addresses)) == 4


async def test_roles_shown_are_those_observed_not_those_wished_for(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, group_key("orders"), "orders-001", role="replica")
    await contexts.observe_node(ctx, group_key("orders"), "orders-002", role="primary")

    group = await describe_group(ctx)

    roles = [member["CurrentRole"] for member in group["NodeGroups"][0]["NodeGroupMembers"]]
    assert roles == ["replica", "primary"]
    assert group["PendingModifiedValues"] == {"PrimaryClusterId": "orders-001"}


async def test_a_group_without_cluster_mode_has_no_configuration_endpoint(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    group = await describe_group(ctx)

    assert group["ConfigurationEndpoint"] is None
    assert (group["ClusterEnabled"], group["ClusterMode"]) == (False, "disabled")


async def test_a_group_may_be_asked_for_as_one_node_group(ctx: Context) -> None:
    configuration = {
        "NodeGroupId": "0001",
        "Slots": "0-16383",
        "ReplicaCount": 2,
        "PrimaryAvailabilityZone": "us-east-1b",
        "ReplicaAvailabilityZones": ["us-east-1a", "us-east-1b"],
    }

    await create_group(ctx, NumCacheClusters=None, NumNodeGroups=1, NodeGroupConfiguration=[configuration])

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert [node.zone for node in desired.nodes] == ["us-east-1b", "us-east-1a", "us-east-1b"]


async def test_the_control_secret_is_kept_apart_under_an_id_of_its_own(ctx: Context) -> None:
    await create_group(ctx)

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    secret = await ctx.store.read(lambda tx: credentials.get_control_secret(tx, desired.credential_id))
    assert len(secret.reveal()) >= 32
    assert secret.reveal() != desired.credential_id


async def test_a_group_is_never_made_twice_not_even_while_it_is_deleted(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")

    with pytest.raises(faults.ReplicationGroupAlreadyExists):
        await create_group(ctx, "ORDERS")


async def test_a_members_id_must_be_free(ctx: Context) -> None:
    await create_cluster(ctx, "orders-002")

    with pytest.raises(faults.CacheClusterAlreadyExists, match="orders-002"):
        await create_group(ctx, nodes=3)

    assert await stored_group(ctx, "orders") is None


async def test_groups_asked_for_at_the_same_moment_share_nothing(ctx: Context) -> None:
    await asyncio.gather(*(create_group(ctx, f"group-{number}", nodes=3) for number in range(8)))

    stored = [await stored_group(ctx, f"group-{number}") for number in range(8)]
    addresses = [
        address
        for group in stored
        if group is not None
        for address in (
            *(node.address for node in group.nodes),
            group.network.primary_endpoint_address,
            group.network.reader_endpoint_address,
        )
    ]
    assert len(set(addresses)) == 8 * 5


async def test_of_two_calls_for_one_id_one_succeeds(ctx: Context) -> None:
    outcomes = await asyncio.gather(create_group(ctx), create_group(ctx), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes].count(dict) == 1
    assert [type(outcome) for outcome in outcomes].count(faults.ReplicationGroupAlreadyExists) == 1


REFUSED_CREATIONS: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"ReplicationGroupId": "-orders"}, faults.InvalidParameterValue, "not a valid identifier"),
    ({"ReplicationGroupId": "a--b"}, faults.InvalidParameterValue, "not a valid identifier"),
    ({"ReplicationGroupId": "o" * 41}, faults.InvalidParameterValue, "at most 40 characters"),
    ({"ReplicationGroupDescription": " "}, faults.InvalidParameterValue, "must not be blank"),
    ({"ReplicationGroupDescription": "x" * 256}, faults.InvalidParameterValue, "at most 255"),
    ({"NumCacheClusters": 0}, faults.InvalidParameterValue, "between 1 and 6"),
    ({"NumCacheClusters": 7}, faults.InvalidParameterValue, "between 1 and 6"),
    ({"CacheParameterGroupName": "custom"}, faults.CacheParameterGroupNotFound, "custom"),
    (
        {"CacheParameterGroupName": "default.redis7"},
        faults.InvalidParameterCombination,
        "Expected a parameter group of family valkey9 but found one of family redis7",
    ),
    (
        {"NumCacheClusters": 1, "AutomaticFailoverEnabled": True},
        faults.InvalidParameterCombination,
        "at least 2 cache clusters",
    ),
    ({"MultiAZEnabled": True}, faults.InvalidParameterCombination, "automatic failover"),
    (
        {
            "MultiAZEnabled": True,
            "AutomaticFailoverEnabled": True,
            "PreferredCacheClusterAZs": ["us-east-1a", "us-east-1a"],
        },
        faults.InvalidParameterCombination,
        "another Availability Zone",
    ),
    ({"PreferredCacheClusterAZs": ["us-east-1a"]}, faults.InvalidParameterCombination, "each of the 2"),
    ({"PreferredCacheClusterAZs": ["us-east-1a", "moon-1a"]}, faults.InvalidParameterValue, "moon-1a"),
    ({"CacheSubnetGroupName": "nowhere"}, faults.CacheSubnetGroupNotFound, "nowhere"),
    ({"SecurityGroupIds": ["default"]}, faults.InvalidParameterValue, "default"),
    ({"CacheNodeType": None}, faults.InvalidParameterValue, "CacheNodeType"),
    ({"PrimaryClusterId": "nobody"}, faults.CacheClusterNotFound, "nobody"),
    ({"TransitEncryptionEnabled": True}, faults.InvalidParameterCombination, "was built without TLS"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED_CREATIONS)
async def test_a_refused_creation_says_why_and_leaves_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        await create_group(ctx, **parameters)

    assert (await call(ctx, "DescribeCacheClusters"))["CacheClusters"] == []


async def test_the_quota_of_nodes_is_kept(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), nodes_per_region=3))
    await create_group(small)

    with pytest.raises(faults.NodeQuotaForCustomerExceeded):
        await create_group(small, "sessions")


# --- shown ---------------------------------------------------------------------------------------


async def test_an_unknown_group_is_not_found_in_aws_words(ctx: Context) -> None:
    with pytest.raises(faults.ReplicationGroupNotFound, match=r"^ReplicationGroup xyz not found\.$"):
        await describe_group(ctx, "XYZ")


async def test_groups_are_listed_a_page_at_a_time(ctx: Context) -> None:
    for number in range(25):
        await create_group(ctx, f"group-{number:02d}", nodes=1)

    first = await call(ctx, "DescribeReplicationGroups", MaxRecords=20)
    second = await call(ctx, "DescribeReplicationGroups", MaxRecords=20, Marker=first["Marker"])

    assert second["Marker"] is None
    listed = [group["ReplicationGroupId"] for page in (first, second) for group in page["ReplicationGroups"]]
    assert listed == [f"group-{number:02d}" for number in range(25)]


async def test_a_node_that_is_added_has_no_endpoint_until_it_was_ready(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await call(ctx, "IncreaseReplicaCount", ReplicationGroupId="orders", NewReplicaCount=2, ApplyImmediately=True)

    group = await describe_group(ctx)

    newest = group["NodeGroups"][0]["NodeGroupMembers"][-1]
    assert group["Status"] == "modifying"
    assert (newest["ReadEndpoint"], newest["CurrentRole"]) == (None, None)


# --- deleted -------------------------------------------------------------------------------------


async def test_a_deleted_group_reads_deleting_at_once_and_its_members_too(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    answer = await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="Orders")

    assert answer["ReplicationGroup"]["Status"] == "deleting"
    assert (await describe_group(ctx))["Status"] == "deleting"
    assert (await describe_cluster(ctx, "orders-001"))["CacheClusterStatus"] == "deleting"


async def test_deleting_twice_is_refused(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")

    with pytest.raises(faults.InvalidReplicationGroupState, match="deleting which is not valid for deletion"):
        await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")


async def test_a_group_being_created_cannot_be_deleted_unless_its_creation_fails(ctx: Context) -> None:
    await create_group(ctx)
    with pytest.raises(faults.InvalidReplicationGroupState, match="creating which is not valid for deletion"):
        await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")
    failure = Failure(sentence="the port is taken", generation=1, at=NOW)
    await contexts.observe(ctx, group_key("orders"), failure=failure)

    answer = await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")

    assert answer["ReplicationGroup"]["Status"] == "deleting"


async def test_a_broken_group_can_be_deleted(ctx: Context) -> None:
    await create_group(ctx, nodes=1)
    await settle(ctx)
    await contexts.observe_node(ctx, group_key("orders"), "orders-001", health=NodeHealth.DOWN)

    answer = await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")

    assert answer["ReplicationGroup"]["Status"] == "deleting"


async def test_a_final_snapshot_is_refused_before_anything_is_deleted(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    with pytest.raises(faults.SnapshotFeatureNotSupported, match="FinalSnapshotIdentifier"):
        await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", FinalSnapshotIdentifier="last")

    assert (await describe_group(ctx))["Status"] == "available"
