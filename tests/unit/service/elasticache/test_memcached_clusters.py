"""Memcached clusters: created, shown, rebooted and deleted."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.memcached_clusters import AZMode, RestartKind
from elastane.model.observed_replication_groups import Failure, NodeHealth, Silence
from elastane.service.context import Context
from elastane.store import service_updates
from tests.kit.contexts import NOW, call, create_cluster, create_group, describe_cluster, settle
from tests.kit.memcached_calls import (
    create_memcached,
    forget_memcached,
    get_memcached,
    memcached_context,
    observe_cache_node,
    observe_memcached,
    settle_memcached,
    stored_memcached,
)
from tests.unit.model.test_service_updates import update as service_update

TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with memcached_context(tmp_path) as opened:
        yield opened


# --- asked for -----------------------------------------------------------------------------------


async def test_a_cluster_becomes_available_with_its_nodes_and_a_configuration_endpoint(ctx: Context) -> None:
    created = await create_memcached(ctx, "Sessions", nodes=3)
    await settle_memcached(ctx)

    cluster = await describe_cluster(ctx, "SESSIONS")
    assert (created["CacheClusterId"], created["CacheClusterStatus"]) == ("sessions", "creating")
    assert (cluster["CacheClusterStatus"], cluster["NumCacheNodes"]) == ("available", 3)
    assert (cluster["Engine"], cluster["EngineVersion"]) == ("memcached", "1.6.22")
    assert [node["CacheNodeId"] for node in cluster["CacheNodes"]] == ["0001", "0002", "0003"]
    assert {node["CacheNodeStatus"] for node in cluster["CacheNodes"]} == {"available"}
    assert {node["CacheNodeCreateTime"] for node in cluster["CacheNodes"]} == {NOW}
    addresses = {node["Endpoint"]["Address"] for node in cluster["CacheNodes"]}
    assert len(addresses) == 3
    assert {node["Endpoint"]["Port"] for node in cluster["CacheNodes"]} == {11211}
    assert cluster["ConfigurationEndpoint"]["Port"] == 11211
    assert cluster["ConfigurationEndpoint"]["Address"] not in addresses


async def test_a_cluster_being_created_shows_neither_nodes_nor_an_endpoint(ctx: Context) -> None:
    created = await create_memcached(ctx)

    shown = await describe_cluster(ctx, "sessions")
    assert (shown["CacheNodes"], shown["ConfigurationEndpoint"]) == ([], None)
    assert (created["NumCacheNodes"], set(created["PendingModifiedValues"].values())) == (2, {None})


async def test_everything_asked_for_reads_back(ctx: Context) -> None:
    await call(
        ctx,
        "CreateCacheParameterGroup",
        CacheParameterGroupName="large-items",
        CacheParameterGroupFamily="memcached1.6",
        Description="for large items",
    )

    cluster = await create_memcached(
        ctx,
        EngineVersion="1.6.12",
        Port=11300,
        CacheParameterGroupName="Large-Items",
        NotificationTopicArn=TOPIC,
        PreferredMaintenanceWindow="Tue:03:00-Tue:04:00",
        AutoMinorVersionUpgrade=False,
        TransitEncryptionEnabled=True,
        Tags=[{"Key": "team", "Value": "shop"}],
    )

    tags = await call(ctx, "ListTagsForResource", ResourceName=cluster["ARN"])
    assert cluster["EngineVersion"] == "1.6.12"
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "large-items"
    assert cluster["NotificationConfiguration"] == {"TopicArn": TOPIC, "TopicStatus": "active"}
    assert cluster["PreferredMaintenanceWindow"] == "tue:03:00-tue:04:00"
    assert cluster["AutoMinorVersionUpgrade"] is False
    assert cluster["TransitEncryptionEnabled"] is True
    assert tags["TagList"] == [{"Key": "team", "Value": "shop"}]
    assert (await get_memcached(ctx)).software.port == 11300


async def test_defaults_read_back_as_on_aws(ctx: Context) -> None:
    cluster = await create_memcached(ctx, nodes=1)

    assert cluster["AutoMinorVersionUpgrade"] is True
    assert cluster["TransitEncryptionEnabled"] is False
    assert cluster["CacheSubnetGroupName"] == "default"
    assert cluster["CacheSecurityGroups"] == []
    assert len(cluster["SecurityGroups"]) == 1
    assert (cluster["NetworkType"], cluster["IpDiscovery"]) == ("ipv4", "ipv4")
    assert cluster["CacheParameterGroup"] == {
        "CacheParameterGroupName": "default.memcached1.6",
        "ParameterApplyStatus": "in-sync",
        "CacheNodeIdsToReboot": [],
    }


A, B, C = "us-east-1a", "us-east-1b", "us-east-1c"
PLACED: tuple[tuple[dict[str, Any], AZMode, list[str], str], ...] = (
    ({}, AZMode.SINGLE_AZ, [A, A, A], A),
    ({"AZMode": "single-az"}, AZMode.SINGLE_AZ, [A, A, A], A),
    ({"AZMode": "cross-az"}, AZMode.CROSS_AZ, [A, B, C], "Multiple"),
    ({"PreferredAvailabilityZone": B}, AZMode.SINGLE_AZ, [B, B, B], B),
    ({"PreferredAvailabilityZones": [C, C, C]}, AZMode.SINGLE_AZ, [C, C, C], C),
    ({"PreferredAvailabilityZones": [C, A, C]}, AZMode.CROSS_AZ, [C, A, C], "Multiple"),
    ({"PreferredAvailabilityZones": [C, A, C], "AZMode": "cross-az"}, AZMode.CROSS_AZ, [C, A, C], "Multiple"),
)


@pytest.mark.parametrize(("parameters", "mode", "zones", "shown"), PLACED)
async def test_nodes_go_where_they_are_asked_for(
    ctx: Context, parameters: dict[str, Any], mode: AZMode, zones: list[str], shown: str
) -> None:
    answer = await create_memcached(ctx, nodes=3, **parameters)

    cluster = await get_memcached(ctx)
    assert (cluster.az_mode, [node.zone for node in cluster.nodes]) == (mode, zones)
    assert answer["PreferredAvailabilityZone"] == shown


COMBINATION, VALUE = faults.InvalidParameterCombination, faults.InvalidParameterValue
REFUSED: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"CacheClusterId": "1st"}, VALUE, "not a valid identifier"),
    ({"CacheClusterId": "a" * 51}, VALUE, "at most 50 characters"),
    ({"CacheClusterId": "taken"}, faults.CacheClusterAlreadyExists, "taken"),
    ({"NumCacheNodes": None}, VALUE, "NumCacheNodes must be provided"),
    ({"NumCacheNodes": 0}, VALUE, "Invalid value 0 for NumCacheNodes"),
    ({"NumCacheNodes": 61}, faults.NodeQuotaForClusterExceeded, "no more than 60"),
    ({"CacheNodeType": None}, VALUE, "CacheNodeType must be provided"),
    ({"CacheNodeType": "cache.m1.small"}, VALUE, "previous generation"),
    ({"CacheNodeType": "cache.r6gd.xlarge"}, COMBINATION, "does not run memcached"),
    ({"EngineVersion": "1.4.5"}, COMBINATION, "Cannot find version 1.4.5"),
    ({"EngineVersion": "9.9"}, COMBINATION, "Cannot find version 9.9"),
    ({"CacheParameterGroupName": "default.valkey9"}, COMBINATION, "Expected a parameter group of family memcached1.6"),
    ({"CacheParameterGroupName": "nobodys"}, faults.CacheParameterGroupNotFound, "nobodys"),
    ({"CacheSubnetGroupName": "nobodys"}, faults.CacheSubnetGroupNotFound, "nobodys"),
    ({"SecurityGroupIds": ["sg-1"]}, VALUE, "sg-1"),
    ({"Port": 80}, VALUE, "Port"),
    ({"PreferredMaintenanceWindow": "x"}, VALUE, "x"),
    ({"NotificationTopicArn": "orders"}, VALUE, "NotificationTopicArn"),
    ({"AZMode": "cross-az", "NumCacheNodes": 1}, COMBINATION, "at least 2 cache nodes"),
    ({"AZMode": "cross-az", "PreferredAvailabilityZone": A}, COMBINATION, "at least 2 Availability Zones"),
    ({"AZMode": "cross-az", "PreferredAvailabilityZones": [A, A]}, COMBINATION, "at least 2 Availability Zones"),
    ({"AZMode": "single-az", "PreferredAvailabilityZones": [A, B]}, COMBINATION, "one Availability Zone"),
    ({"PreferredAvailabilityZones": [A]}, COMBINATION, "names 1 Availability Zones, and the cluster has 2"),
    ({"PreferredAvailabilityZones": [A, "moon-1a"]}, VALUE, "moon-1a"),
    ({"PreferredAvailabilityZone": A, "PreferredAvailabilityZones": [A, B]}, COMBINATION, "exclude each other"),
    ({"TransitEncryptionEnabled": True, "CacheNodeType": "cache.t2.micro"}, COMBINATION, "cache.t2.micro does not"),
    ({"ReplicationGroupId": "orders"}, COMBINATION, "ReplicationGroupId: .* not supported for Memcached"),
    ({"AuthToken": "0123456789abcdef"}, COMBINATION, "AuthToken: .* not supported for Memcached"),
    ({"SnapshotName": "monday"}, COMBINATION, "SnapshotName: .* not supported for Memcached"),
    ({"SnapshotArns": ["arn:aws:s3:::a/b.rdb"]}, COMBINATION, "SnapshotArns: .* not supported for Memcached"),
    ({"SnapshotWindow": "05:00-06:00"}, COMBINATION, "SnapshotWindow: .* not supported for Memcached"),
    ({"SnapshotRetentionLimit": 1}, COMBINATION, "SnapshotRetentionLimit: .* not supported for Memcached"),
    ({"LogDeliveryConfigurations": [{"LogType": "slow-log"}]}, COMBINATION, "LogDeliveryConfigurations"),
    ({"NetworkType": "ipv6"}, VALUE, "NetworkType"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED)
async def test_a_refused_cluster_says_why_and_leaves_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_cluster(ctx, "taken")

    with pytest.raises(fault, match=sentence):
        await create_memcached(ctx, **parameters)

    assert [one["CacheClusterId"] for one in (await call(ctx, "DescribeCacheClusters"))["CacheClusters"]] == ["taken"]


async def test_what_is_turned_off_is_taken_as_said(ctx: Context) -> None:
    assert await create_memcached(ctx, SnapshotRetentionLimit=0, TransitEncryptionEnabled=False, AZMode="single-az")


async def test_encryption_needs_a_version_and_a_build_that_have_it(tmp_path: Path) -> None:
    with memcached_context(tmp_path, engines=(("memcached", "1.6.6"),)) as old:
        with pytest.raises(faults.InvalidParameterCombination, match=r"needs Memcached 1\.6\.12 or newer"):
            await create_memcached(old, EngineVersion="1.6.6", TransitEncryptionEnabled=True)
    with memcached_context(tmp_path, encrypting_engines=(("memcached", "1.6.12"),)) as plain:
        with pytest.raises(faults.InvalidParameterCombination, match="built without TLS"):
            await create_memcached(plain, EngineVersion="1.6.22", TransitEncryptionEnabled=True)


async def test_a_machine_without_memcached_says_how_to_get_it(tmp_path: Path) -> None:
    with memcached_context(tmp_path, engines=(("valkey", "9.1.2"),)) as ctx:
        with pytest.raises(faults.InvalidParameterValue, match=r"elastane engines install memcached-1\.6"):
            await create_memcached(ctx)


async def test_the_regions_quota_counts_nodes_of_both_kinds(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), nodes_per_region=3))
    await create_memcached(small, nodes=2)
    await create_cluster(small, "one")

    with pytest.raises(faults.NodeQuotaForCustomerExceeded):
        await create_memcached(small, "others", nodes=1)
    with pytest.raises(faults.NodeQuotaForCustomerExceeded):
        await create_cluster(small, "others")


async def test_an_id_is_free_once_the_cluster_is_gone(ctx: Context) -> None:
    await create_memcached(ctx)
    with pytest.raises(faults.CacheClusterAlreadyExists):
        await create_cluster(ctx, "sessions")

    await forget_memcached(ctx)

    assert (await create_cluster(ctx, "sessions"))["Engine"] == "valkey"


# --- shown ---------------------------------------------------------------------------------------


async def test_clusters_of_every_kind_are_one_list(ctx: Context) -> None:
    await create_memcached(ctx, "orders-001x")
    await create_memcached(ctx, "alpha")
    await create_cluster(ctx, "zeta")
    await create_group(ctx)

    everything = (await call(ctx, "DescribeCacheClusters"))["CacheClusters"]
    alone = (await call(ctx, "DescribeCacheClusters", ShowCacheClustersNotInReplicationGroups=True))["CacheClusters"]

    assert [one["CacheClusterId"] for one in everything] == ["alpha", "orders-001", "orders-001x", "orders-002", "zeta"]
    assert [one["CacheClusterId"] for one in alone] == ["alpha", "orders-001x", "zeta"]
    assert [one["Engine"] for one in alone] == ["memcached", "memcached", "valkey"]


async def test_pages_go_over_both_kinds(ctx: Context) -> None:
    for number in range(12):
        await create_memcached(ctx, f"cluster-{number:02d}a", nodes=1)
        await create_cluster(ctx, f"cluster-{number:02d}b")

    first = await call(ctx, "DescribeCacheClusters", MaxRecords=20)
    second = await call(ctx, "DescribeCacheClusters", MaxRecords=20, Marker=first["Marker"])

    names = [one["CacheClusterId"] for one in (*first["CacheClusters"], *second["CacheClusters"])]
    assert names == [f"cluster-{number:02d}{end}" for number in range(12) for end in "ab"]
    assert second["Marker"] is None


async def test_nodes_that_wait_for_a_reboot_are_told(ctx: Context) -> None:
    await create_memcached(ctx)
    await settle_memcached(ctx)

    await observe_cache_node(ctx, "0002", awaited_parameters={"item_size_max": "1048576"})

    cluster = await describe_cluster(ctx, "sessions")
    assert cluster["CacheParameterGroup"]["ParameterApplyStatus"] == "pending-reboot"
    assert cluster["CacheParameterGroup"]["CacheNodeIdsToReboot"] == ["0002"]
    assert [node["ParameterGroupStatus"] for node in cluster["CacheNodes"]] == ["in-sync", "pending-reboot"]


async def test_a_lost_node_is_shown_where_it_was(ctx: Context) -> None:
    await create_memcached(ctx)
    await settle_memcached(ctx)
    before = await describe_cluster(ctx, "sessions")

    await observe_cache_node(ctx, "0001", health=NodeHealth.DOWN)

    after = await describe_cluster(ctx, "sessions")
    assert [node["CacheNodeStatus"] for node in after["CacheNodes"]] == ["rebooting", "available"]
    assert [node["Endpoint"] for node in after["CacheNodes"]] == [node["Endpoint"] for node in before["CacheNodes"]]


async def test_tags_are_those_of_a_cache_cluster(ctx: Context) -> None:
    cluster = await create_memcached(ctx)
    arn = cluster["ARN"]

    await call(ctx, "AddTagsToResource", ResourceName=arn, Tags=[{"Key": "team", "Value": "shop"}])
    await call(ctx, "RemoveTagsFromResource", ResourceName=arn, TagKeys=["team"])

    assert (await call(ctx, "ListTagsForResource", ResourceName=arn))["TagList"] == []


async def test_the_node_types_it_may_have_are_those_that_run_memcached(ctx: Context) -> None:
    await create_memcached(ctx, CacheNodeType="cache.m6g.large")

    answer = await call(ctx, "ListAllowedNodeTypeModifications", CacheClusterId="sessions")

    assert "cache.m6g.xlarge" in answer["ScaleUpModifications"]
    assert "cache.t4g.micro" in answer["ScaleDownModifications"]
    assert not any(name.startswith("cache.r6gd.") for name in answer["ScaleUpModifications"])


async def test_the_node_types_of_an_encrypted_one_are_those_that_encrypt(ctx: Context) -> None:
    await create_memcached(ctx, "plain")
    await create_memcached(ctx, "sessions", TransitEncryptionEnabled=True)

    of_plain = await call(ctx, "ListAllowedNodeTypeModifications", CacheClusterId="plain")
    of_encrypted = await call(ctx, "ListAllowedNodeTypeModifications", CacheClusterId="sessions")

    assert "cache.t2.small" in of_plain["ScaleUpModifications"]
    assert "cache.t3.small" in of_encrypted["ScaleUpModifications"]
    assert not any(name.startswith("cache.t2.") for names in of_encrypted.values() for name in names)


# --- rebooted ------------------------------------------------------------------------------------


async def test_named_nodes_are_rebooted_and_no_others(ctx: Context) -> None:
    await create_memcached(ctx, nodes=3)
    await settle_memcached(ctx)

    answer = await call(ctx, "RebootCacheCluster", CacheClusterId="Sessions", CacheNodeIdsToReboot=["0003", "0001"])

    nodes = (await get_memcached(ctx)).nodes
    assert answer["CacheCluster"]["CacheClusterStatus"] == "rebooting cluster nodes"
    assert [node.restart is not None for node in nodes] == [True, False, True]
    assert {node.restart.kind for node in nodes if node.restart is not None} == {RestartKind.REBOOT}
    await settle_memcached(ctx)
    assert (await describe_cluster(ctx, "sessions"))["CacheClusterStatus"] == "available"


@pytest.mark.parametrize("node_ids", [[], ["0009"], ["0001", "x"]])
async def test_only_nodes_that_there_are_are_rebooted(ctx: Context, node_ids: list[str]) -> None:
    await create_memcached(ctx)
    await settle_memcached(ctx)

    with pytest.raises(faults.InvalidParameterValue, match="The cache nodes of sessions are 0001, 0002"):
        await call(ctx, "RebootCacheCluster", CacheClusterId="sessions", CacheNodeIdsToReboot=node_ids)


async def test_a_cluster_that_is_not_available_is_rebooted_only_where_that_ends_a_silence(ctx: Context) -> None:
    await create_memcached(ctx)
    with pytest.raises(faults.InvalidCacheClusterState, match="has status creating"):
        await call(ctx, "RebootCacheCluster", CacheClusterId="sessions", CacheNodeIdsToReboot=["0001"])
    await settle_memcached(ctx)
    silence = Silence(since=NOW, look_count=9, still_count=0, still_since=NOW, processor_mark=0, looked_at=NOW)
    for node_id in ("0001", "0002"):
        await observe_cache_node(ctx, node_id, health=NodeHealth.UNKNOWN, silence=silence)

    await call(ctx, "RebootCacheCluster", CacheClusterId="sessions", CacheNodeIdsToReboot=["0001"])

    assert (await get_memcached(ctx)).nodes[0].restart is not None


# --- deleted -------------------------------------------------------------------------------------


async def test_a_deleted_cluster_shows_no_nodes_and_has_no_tags(ctx: Context) -> None:
    await create_memcached(ctx)
    await settle_memcached(ctx)

    answer = await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")

    cluster = await describe_cluster(ctx, "sessions")
    assert answer["CacheCluster"]["CacheClusterStatus"] == cluster["CacheClusterStatus"] == "deleting"
    assert (cluster["CacheNodes"], cluster["ConfigurationEndpoint"]) == ([], None)
    with pytest.raises(faults.InvalidCacheClusterState, match="not valid for deletion"):
        await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")
    with pytest.raises(faults.CacheClusterNotFound):
        await call(ctx, "ListTagsForResource", ResourceName=cluster["ARN"])


async def test_a_cluster_is_not_deleted_while_it_is_made_but_when_it_cannot_be(ctx: Context) -> None:
    await create_memcached(ctx)
    with pytest.raises(faults.InvalidCacheClusterState, match="has status creating"):
        await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")

    await observe_memcached(ctx, failure=Failure(sentence="no address", at=NOW, generation=1, is_permanent=True))

    assert (await describe_cluster(ctx, "sessions"))["CacheClusterStatus"] == "incompatible-network"
    await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions")
    assert (await get_memcached(ctx)).deletion is not None


async def test_a_last_snapshot_is_refused(ctx: Context) -> None:
    await create_memcached(ctx)
    await settle_memcached(ctx)

    with pytest.raises(faults.SnapshotFeatureNotSupported):
        await call(ctx, "DeleteCacheCluster", CacheClusterId="sessions", FinalSnapshotIdentifier="last")

    assert (await get_memcached(ctx)).deletion is None


# --- elsewhere -----------------------------------------------------------------------------------


async def test_it_becomes_no_replication_group_s_primary(ctx: Context) -> None:
    await create_memcached(ctx)
    await settle_memcached(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="runs memcached and cannot become the primary"):
        await create_group(ctx, NumCacheClusters=1, PrimaryClusterId="sessions")


async def test_replicas_take_no_id_that_it_has(ctx: Context) -> None:
    await create_memcached(ctx, "orders-002")
    await create_group(ctx, nodes=1)
    await settle(ctx)

    await call(ctx, "IncreaseReplicaCount", ReplicationGroupId="orders", NewReplicaCount=1, ApplyImmediately=True)

    members = await call(ctx, "DescribeReplicationGroups", ReplicationGroupId="orders")
    assert members["ReplicationGroups"][0]["MemberClusters"] == ["orders-001", "orders-003"]


async def test_a_replication_group_s_nodes_do_not_take_its_id(ctx: Context) -> None:
    await create_memcached(ctx, "orders-002")

    with pytest.raises(faults.CacheClusterAlreadyExists, match="orders-002"):
        await create_group(ctx, nodes=2)
    assert await stored_memcached(ctx, "orders-002") is not None


async def test_its_parameter_group_is_in_use(ctx: Context) -> None:
    named: dict[str, Any] = {"CacheParameterGroupName": "large-items"}
    await call(ctx, "CreateCacheParameterGroup", CacheParameterGroupFamily="memcached1.6", Description="x", **named)
    await create_memcached(ctx, **named)

    with pytest.raises(faults.InvalidCacheParameterGroupState):
        await call(ctx, "DeleteCacheParameterGroup", **named)


async def test_values_that_its_nodes_could_not_start_with_are_refused(ctx: Context) -> None:
    named: dict[str, Any] = {"CacheParameterGroupName": "large-items"}
    large = [{"ParameterName": "memcached_connections_overhead", "ParameterValue": "100000"}]
    await call(ctx, "CreateCacheParameterGroup", CacheParameterGroupFamily="memcached1.6", Description="x", **named)
    await call(ctx, "ModifyCacheParameterGroup", ParameterNameValues=large, **named)
    with pytest.raises(faults.InvalidParameterCombination, match="memcached_connections_overhead 100000"):
        await create_memcached(ctx, **named)
    await call(ctx, "ResetCacheParameterGroup", ResetAllParameters=True, **named)
    await create_memcached(ctx, **named)

    with pytest.raises(faults.InvalidParameterCombination, match="memcached_connections_overhead 100000"):
        await call(ctx, "ModifyCacheParameterGroup", ParameterNameValues=large, **named)


async def test_its_subnets_are_in_use(ctx: Context) -> None:
    subnets = (await call(ctx, "DescribeCacheSubnetGroups"))["CacheSubnetGroups"][0]["Subnets"]
    ids = [subnet["SubnetIdentifier"] for subnet in subnets]
    named: dict[str, Any] = {"CacheSubnetGroupName": "all"}
    await call(ctx, "CreateCacheSubnetGroup", CacheSubnetGroupDescription="x", SubnetIds=ids, **named)
    await create_memcached(ctx, nodes=3, AZMode="cross-az", **named)

    with pytest.raises(faults.SubnetInUse, match="in use by cache cluster sessions"):
        await call(ctx, "ModifyCacheSubnetGroup", SubnetIds=ids[:2], **named)
    with pytest.raises(faults.CacheSubnetGroupInUse):
        await call(ctx, "DeleteCacheSubnetGroup", **named)


async def test_a_subnet_group_of_one_zone_has_room_for_no_spread(ctx: Context) -> None:
    (subnet, *_) = (await call(ctx, "DescribeCacheSubnetGroups"))["CacheSubnetGroups"][0]["Subnets"]
    named: dict[str, Any] = {"CacheSubnetGroupName": "one"}
    await call(
        ctx,
        "CreateCacheSubnetGroup",
        CacheSubnetGroupDescription="x",
        SubnetIds=[subnet["SubnetIdentifier"]],
        **named,
    )

    with pytest.raises(faults.InvalidParameterCombination, match="all cache nodes would be in us-east-1a"):
        await create_memcached(ctx, AZMode="cross-az", **named)
    with pytest.raises(faults.InvalidParameterValue, match="has no subnet in Availability Zone us-east-1b"):
        await create_memcached(ctx, PreferredAvailabilityZone=B, **named)


async def test_no_service_update_is_for_it(ctx: Context) -> None:
    update = service_update("9.1.3", released_at=NOW)
    await ctx.store.write(lambda tx: service_updates.save_new_service_update(tx, update))
    await create_memcached(ctx)
    await settle_memcached(ctx)

    asked = {"ServiceUpdateName": update.name, "CacheClusterIds": ["sessions"]}
    (refusal,) = (await call(ctx, "BatchApplyUpdateAction", **asked))["UnprocessedUpdateActions"]
    assert (refusal["CacheClusterId"], refusal["ErrorType"]) == ("sessions", "InvalidParameterValue")
    assert (await call(ctx, "DescribeUpdateActions", CacheClusterIds=["sessions"]))["UpdateActions"] == []
