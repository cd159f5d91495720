"""CreateCacheCluster, DescribeCacheClusters, ModifyCacheCluster, DeleteCacheCluster and RebootCacheCluster."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.caches import (
    ENGINES,
    SMALL,
    Caches,
    connected,
    frozen,
    life_of,
    own_endpoint,
    primary_endpoint,
    process_of,
    refused,
    roles,
)
from tests.conformance.conftest import CROWD
from tests.kit.elastane import REGION, RunningElastane

MISSING = "there-is-no-such-cache"


# --- creation on its own -------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cluster_on_its_own_is_an_engine_that_takes_writes(caches: Caches, engine: str) -> None:
    cluster = caches.cluster(caches.make_cluster(Engine=engine, NumCacheNodes=1))

    with connected(own_endpoint(cluster)) as node:
        node.set("name", engine)
        read, role = node.get("name"), node.role()[0]

    assert (read, role) == (engine, "master")
    assert cluster["Engine"] == engine
    assert "ReplicationGroupId" not in cluster
    assert "ConfigurationEndpoint" not in cluster


def test_every_parameter_of_a_creation_is_read_back(caches: Caches) -> None:
    cluster_id = caches.make_cluster(
        NumCacheNodes=1,
        EngineVersion="9.1",
        CacheNodeType="cache.t3.small",
        CacheParameterGroupName="default.valkey9",
        CacheSubnetGroupName="default",
        PreferredAvailabilityZone=f"{REGION}b",
        AZMode="single-az",
        Port=6391,
        SecurityGroupIds=["sg-0123456789abcdef0"],
        PreferredMaintenanceWindow="sat:22:00-sat:23:30",
        SnapshotWindow="04:00-05:00",
        SnapshotRetentionLimit=2,
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:caches",
        AutoMinorVersionUpgrade=False,
        NetworkType="ipv4",
        IpDiscovery="ipv4",
        TransitEncryptionEnabled=False,
        Tags=[{"Key": "team", "Value": "checkout"}, {"Key": "empty", "Value": ""}],
    )

    cluster = caches.cluster(cluster_id)

    assert (cluster["Engine"], cluster["CacheNodeType"]) == ("valkey", "cache.t3.small")
    assert cluster["EngineVersion"].startswith("9.1.")
    assert cluster["CacheParameterGroup"] == {
        "CacheParameterGroupName": "default.valkey9",
        "ParameterApplyStatus": "in-sync",
        "CacheNodeIdsToReboot": [],
    }
    assert cluster["CacheSubnetGroupName"] == "default"
    assert cluster["PreferredAvailabilityZone"] == f"{REGION}b"
    assert own_endpoint(cluster)["Port"] == 6391
    assert cluster["SecurityGroups"] == [{"SecurityGroupId": "sg-0123456789abcdef0", "Status": "active"}]
    assert cluster["PreferredMaintenanceWindow"] == "sat:22:00-sat:23:30"
    assert (cluster["SnapshotWindow"], cluster["SnapshotRetentionLimit"]) == ("04:00-05:00", 2)
    assert cluster["NotificationConfiguration"]["TopicArn"].endswith(":caches")
    assert (cluster["AutoMinorVersionUpgrade"], cluster["TransitEncryptionEnabled"]) == (False, False)
    assert (cluster["NetworkType"], cluster["IpDiscovery"]) == ("ipv4", "ipv4")
    tags = caches.client.list_tags_for_resource(ResourceName=cluster["ARN"])["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "checkout", "empty": ""}


def test_what_a_creation_leaves_open_reads_back_as_on_aws(caches: Caches) -> None:
    cluster_id = caches.make_cluster()

    cluster = caches.cluster(cluster_id)

    (node,) = cluster["CacheNodes"]
    assert cluster["ARN"] == f"arn:aws:elasticache:{REGION}:000000000000:cluster:{cluster_id}"
    assert cluster["NumCacheNodes"] == 1
    assert cluster["AutoMinorVersionUpgrade"] is True
    assert (cluster["PendingModifiedValues"], cluster["CacheSecurityGroups"]) == ({}, [])
    assert [group["Status"] for group in cluster["SecurityGroups"]] == ["active"]
    assert cluster["CacheSubnetGroupName"] == "default"
    assert (node["CacheNodeId"], node["CacheNodeStatus"]) == ("0001", "available")
    assert node["CustomerAvailabilityZone"] == cluster["PreferredAvailabilityZone"]
    assert node["CacheNodeCreateTime"] == cluster["CacheClusterCreateTime"]
    assert node["ParameterGroupStatus"] == "in-sync"


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({"CacheClusterId": "two--hyphens"}, "InvalidParameterValue", 400, "not a valid identifier"),
        ({"Engine": "memcached", "NumCacheNodes": 1}, "InvalidParameterValue", 400, "memcached"),
        ({"NumCacheNodes": 2}, "InvalidParameterValue", 400, "NumCacheNodes"),
        ({"CacheNodeType": "cache.z9.huge"}, "InvalidParameterValue", 400, "no such node type"),
        ({"EngineVersion": "7.2"}, "InvalidParameterCombination", 400, "not on this machine"),
        ({"PreferredAvailabilityZone": "mars-1a"}, "InvalidParameterValue", 400, "availability zone"),
        ({"CacheSubnetGroupName": MISSING}, "CacheSubnetGroupNotFoundFault", 400, MISSING),
        ({"CacheParameterGroupName": MISSING}, "CacheParameterGroupNotFound", 404, MISSING),
        ({"ReplicationGroupId": MISSING}, "ReplicationGroupNotFoundFault", 404, MISSING),
        ({"Port": 65536}, "InvalidParameterValue", 400, "port"),
        ({"AuthToken": "0123456789abcdef"}, "InvalidParameterValue", 400, "AUTH token"),
        ({"AZMode": "cross-az"}, "InvalidParameterValue", 400, "Memcached"),
        ({"SnapshotName": "yesterday"}, "InvalidParameterValue", 400, "snapshot"),
        ({"Tags": [{"Key": "aws:mine"}]}, "InvalidParameterValue", 400, "reserved"),
        ({"Tags": [{"Key": f"key{number}"} for number in range(51)]}, "TagQuotaPerResourceExceeded", 400, "50"),
    ],
)
def test_a_creation_that_cannot_be_true_is_refused_and_leaves_nothing(
    caches: Caches, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    with refused(code, status, words):
        caches.ask_for_cluster(**parameters)

    with refused("CacheClusterNotFound", 404):
        caches.cluster(caches.name("cluster"))


def test_an_id_that_is_taken_is_refused_also_when_a_group_s_member_has_it(caches: Caches) -> None:
    group_id = caches.make_group()
    cluster_id = caches.make_cluster()

    with refused("CacheClusterAlreadyExists", words=cluster_id):
        caches.ask_for_cluster(CacheClusterId=cluster_id.upper())
    with refused("CacheClusterAlreadyExists", words=f"{group_id}-001"):
        caches.ask_for_cluster(CacheClusterId=f"{group_id}-001")


# --- creation as a replica -----------------------------------------------------------------------


def test_a_cluster_created_in_a_group_is_a_replica_in_sync(caches: Caches) -> None:
    group_id = caches.make_group(Tags=[{"Key": "team", "Value": "checkout"}])
    with connected(primary_endpoint(caches.group(group_id))) as primary:
        primary.set("written", "before")

    cluster_id = caches.name("replica")
    caches.client.create_cache_cluster(
        CacheClusterId=cluster_id, ReplicationGroupId=group_id, PreferredAvailabilityZone=f"{REGION}c"
    )
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    replica = caches.cluster(cluster_id)
    with connected(own_endpoint(replica)) as node:
        assert node.get("written") == "before"
    assert replica["ReplicationGroupId"] == group_id
    assert replica["PreferredAvailabilityZone"] == f"{REGION}c"
    assert (replica["Engine"], replica["CacheNodeType"]) == ("valkey", SMALL)
    assert roles(caches.group(group_id)) == {f"{group_id}-001": "primary", cluster_id: "replica"}
    tags = caches.client.list_tags_for_resource(ResourceName=replica["ARN"])["TagList"]
    assert tags == [{"Key": "team", "Value": "checkout"}]


def test_a_replica_of_another_kind_than_its_group_is_refused(caches: Caches) -> None:
    group_id = caches.make_group()

    with refused("InvalidParameterCombination", words="CacheNodeType"):
        caches.ask_for_cluster(ReplicationGroupId=group_id, CacheNodeType="cache.t3.small")
    with refused("InvalidParameterCombination", words="leave them out"):
        caches.ask_for_cluster(ReplicationGroupId=group_id, SnapshotRetentionLimit=9)


def test_a_seventh_node_is_refused(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=6)

    with refused("NodeQuotaForClusterExceeded", words="6 nodes"):
        caches.ask_for_cluster(ReplicationGroupId=group_id)


def test_a_replica_of_a_group_that_is_being_deleted_is_refused(caches: Caches) -> None:
    group_id = caches.make_group()
    with frozen(process_of(primary_endpoint(caches.group(group_id)))):
        caches.client.delete_replication_group(ReplicationGroupId=group_id)

        with refused("InvalidReplicationGroupState", words="available"):
            caches.ask_for_cluster(ReplicationGroupId=group_id)


# --- description ---------------------------------------------------------------------------------


def test_a_group_s_members_are_described_and_left_out_when_asked(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    cluster_id = caches.make_cluster()

    every = caches.client.describe_cache_clusters()["CacheClusters"]
    alone = caches.client.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)["CacheClusters"]

    own = {each["CacheClusterId"] for each in every if each["CacheClusterId"].startswith(f"{caches.prefix}-")}
    own_alone = {each["CacheClusterId"] for each in alone if each["CacheClusterId"].startswith(f"{caches.prefix}-")}
    assert own == {f"{group_id}-001", f"{group_id}-002", cluster_id}
    assert own_alone == {cluster_id}


def test_nodes_are_described_only_when_asked_for(caches: Caches) -> None:
    cluster_id = caches.make_cluster()

    (without,) = caches.client.describe_cache_clusters(CacheClusterId=cluster_id)["CacheClusters"]

    assert "CacheNodes" not in without
    assert len(caches.cluster(cluster_id.upper())["CacheNodes"]) == 1


def test_a_cluster_that_is_not_there_is_not_found(caches: Caches) -> None:
    with refused("CacheClusterNotFound", 404, MISSING):
        caches.cluster(MISSING)


def test_clusters_are_listed_page_by_page_each_once(crowded: Any) -> None:
    pages = list(crowded.get_paginator("describe_cache_clusters").paginate(PaginationConfig={"PageSize": 20}))

    names = [cluster["CacheClusterId"] for page in pages for cluster in page["CacheClusters"]]
    assert [len(page["CacheClusters"]) for page in pages] == [20, CROWD - 20]
    assert names == sorted(set(names))


@pytest.mark.parametrize("page", [{"MaxRecords": 19}, {"MaxRecords": 101}, {"Marker": "mine"}])
def test_a_page_that_cannot_be_is_refused(client: Any, page: dict[str, Any]) -> None:
    with refused("InvalidParameterValue", words=next(iter(page))):
        client.describe_cache_clusters(**page)


# --- modification --------------------------------------------------------------------------------


def test_every_parameter_of_a_modification_is_read_back(caches: Caches) -> None:
    cluster_id = caches.make_cluster()

    caches.client.modify_cache_cluster(
        CacheClusterId=cluster_id,
        ApplyImmediately=True,
        NumCacheNodes=1,
        SecurityGroupIds=["sg-0123456789abcdef3"],
        PreferredMaintenanceWindow="tue:10:00-tue:11:00",
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:changed",
        NotificationTopicStatus="inactive",
        SnapshotRetentionLimit=4,
        SnapshotWindow="12:00-13:00",
        AutoMinorVersionUpgrade=False,
        Engine="valkey",
        EngineVersion="9.1",
        CacheNodeType=SMALL,
        CacheParameterGroupName="default.valkey9",
    )
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)

    cluster = caches.cluster(cluster_id)
    assert cluster["SecurityGroups"] == [{"SecurityGroupId": "sg-0123456789abcdef3", "Status": "active"}]
    assert cluster["PreferredMaintenanceWindow"] == "tue:10:00-tue:11:00"
    assert cluster["NotificationConfiguration"] == {
        "TopicArn": "arn:aws:sns:us-east-1:000000000000:changed",
        "TopicStatus": "inactive",
    }
    assert (cluster["SnapshotRetentionLimit"], cluster["SnapshotWindow"]) == (4, "12:00-13:00")
    assert cluster["AutoMinorVersionUpgrade"] is False


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({}, "InvalidParameterCombination", 400, "No modifications"),
        ({"NumCacheNodes": 3}, "InvalidParameterValue", 400, "NumCacheNodes"),
        ({"CacheNodeType": "cache.t3.small"}, "InvalidParameterCombination", 400, "later version"),
        ({"EngineVersion": "8.0"}, "InvalidParameterCombination", 400, "later version"),
        ({"CacheParameterGroupName": MISSING}, "CacheParameterGroupNotFound", 404, MISSING),
        ({"SnapshotRetentionLimit": 36}, "InvalidParameterValue", 400, "between 0 and 35"),
        ({"SnapshotWindow": "never"}, "InvalidParameterValue", 400, "window"),
        ({"NotificationTopicArn": "a topic"}, "InvalidParameterValue", 400, "topic"),
        ({"SecurityGroupIds": ["default"]}, "InvalidParameterValue", 400, "security group"),
        ({"AuthToken": "0123456789abcdef"}, "InvalidParameterValue", 400, "AUTH token"),
        ({"CacheNodeIdsToRemove": ["0002"]}, "InvalidParameterValue", 400, "Memcached"),
    ],
)
def test_a_modification_that_cannot_be_true_is_refused(
    standing_cluster: Caches, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    cluster_id = standing_cluster.name("alone")
    before = standing_cluster.cluster(cluster_id)

    with refused(code, status, words):
        standing_cluster.client.modify_cache_cluster(CacheClusterId=cluster_id, **parameters)

    assert standing_cluster.cluster(cluster_id) == before


def test_a_group_s_member_is_modified_through_its_group_only(caches: Caches) -> None:
    group_id = caches.make_group()

    with refused("InvalidParameterCombination", words="ModifyReplicationGroup"):
        caches.client.modify_cache_cluster(CacheClusterId=f"{group_id}-001", SnapshotRetentionLimit=1)


def test_a_cluster_that_is_not_there_is_neither_modified_nor_rebooted_nor_deleted(client: Any) -> None:
    with refused("CacheClusterNotFound", 404):
        client.modify_cache_cluster(CacheClusterId=MISSING, SnapshotRetentionLimit=1)
    with refused("CacheClusterNotFound", 404):
        client.reboot_cache_cluster(CacheClusterId=MISSING, CacheNodeIdsToReboot=["0001"])
    with refused("CacheClusterNotFound", 404):
        client.delete_cache_cluster(CacheClusterId=MISSING)


# --- reboot --------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reboot_starts_the_engine_anew_and_the_events_say_so(caches: Caches, engine: str) -> None:
    cluster_id = caches.make_cluster(Engine=engine)
    endpoint = own_endpoint(caches.cluster(cluster_id))
    before = life_of(endpoint)

    answer = caches.client.reboot_cache_cluster(CacheClusterId=cluster_id, CacheNodeIdsToReboot=["0001"])
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)

    assert answer["CacheCluster"]["CacheClusterStatus"] == "rebooting cluster nodes"
    assert own_endpoint(caches.cluster(cluster_id)) == endpoint
    assert life_of(endpoint) != before
    events = caches.client.describe_events(SourceType="cache-cluster", SourceIdentifier=cluster_id)["Events"]
    messages = [event["Message"] for event in events]
    assert messages.index("Cache node 0001 restarted") < messages.index("Cache node 0001 shutdown")


def test_a_rebooted_replica_follows_again_and_the_primary_is_not_touched(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    primary, replica = (own_endpoint(caches.cluster(f"{group_id}-00{number}")) for number in (1, 2))
    before = (life_of(primary), life_of(replica))

    caches.client.reboot_cache_cluster(CacheClusterId=f"{group_id}-002", CacheNodeIdsToReboot=["0001"])
    caches.wait("cache_cluster_available", CacheClusterId=f"{group_id}-002")
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    assert life_of(primary) == before[0]
    assert life_of(replica) != before[1]
    with connected(primary) as node:
        assert node.set("written", "after the reboot")
        assert node.wait(1, 2000) == 1


def test_a_reboot_of_a_primary_keeps_the_data_of_a_group_with_a_replica(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    endpoint = primary_endpoint(caches.group(group_id))
    member = own_endpoint(caches.cluster(f"{group_id}-001"))
    before = life_of(member)
    with connected(endpoint) as node:
        node.set("kept", "yes")
        assert node.wait(1, 2000) == 1

    caches.client.reboot_cache_cluster(CacheClusterId=f"{group_id}-001", CacheNodeIdsToReboot=["0001"])
    caches.wait("cache_cluster_available", CacheClusterId=f"{group_id}-001")
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    assert life_of(member) != before
    with connected(endpoint) as node:
        assert node.get("kept") == "yes"
        assert node.set("written", "after the reboot")


def test_only_the_node_that_exists_can_be_rebooted(standing_cluster: Caches) -> None:
    with refused("InvalidParameterValue", words="0001"):
        standing_cluster.client.reboot_cache_cluster(
            CacheClusterId=standing_cluster.name("alone"), CacheNodeIdsToReboot=["0002"]
        )


# --- deletion ------------------------------------------------------------------------------------


def test_a_deletion_takes_process_and_directory_away(caches: Caches, elastane: RunningElastane) -> None:
    cluster_id = caches.make_cluster()
    pid = process_of(own_endpoint(caches.cluster(cluster_id)))

    answer = caches.client.delete_cache_cluster(CacheClusterId=cluster_id)["CacheCluster"]
    caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)

    assert answer["CacheClusterStatus"] == "deleting"
    assert not Path(f"/proc/{pid}").exists()
    assert not (elastane.data_dir / "nodes" / REGION / cluster_id).exists()


def test_a_cluster_reads_deleting_at_once_and_then_accepts_nothing_more(caches: Caches) -> None:
    cluster_id = caches.make_cluster()
    with frozen(process_of(own_endpoint(caches.cluster(cluster_id)))):
        caches.client.delete_cache_cluster(CacheClusterId=cluster_id)

        assert caches.cluster(cluster_id)["CacheClusterStatus"] == "deleting"
        assert caches.cluster(cluster_id)["CacheNodes"] == []
        with refused("InvalidCacheClusterState", words="not valid for deletion"):
            caches.client.delete_cache_cluster(CacheClusterId=cluster_id)
        with refused("InvalidCacheClusterState", words="modify"):
            caches.client.modify_cache_cluster(CacheClusterId=cluster_id, SnapshotRetentionLimit=1)
        with refused("InvalidCacheClusterState", words="reboot"):
            caches.client.reboot_cache_cluster(CacheClusterId=cluster_id, CacheNodeIdsToReboot=["0001"])
        with refused("InvalidCacheClusterState", words="to become a primary"):
            caches.ask_for_group(PrimaryClusterId=cluster_id)
    caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)


def test_a_deleted_replica_leaves_its_group(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    pid = process_of(own_endpoint(caches.cluster(f"{group_id}-002")))

    caches.client.delete_cache_cluster(CacheClusterId=f"{group_id}-002")
    caches.wait("cache_cluster_deleted", CacheClusterId=f"{group_id}-002")
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    assert caches.group(group_id)["MemberClusters"] == [f"{group_id}-001"]
    assert not Path(f"/proc/{pid}").exists()
    with connected(primary_endpoint(caches.group(group_id))) as primary:
        assert primary.set("still", "here")


def test_a_member_that_its_group_needs_is_not_deleted(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    single_id = caches.make_group("single")

    with refused("InvalidCacheClusterState", words="it is the primary"):
        caches.client.delete_cache_cluster(CacheClusterId=f"{group_id}-001")
    with refused("InvalidCacheClusterState", words="only read replica"):
        caches.client.delete_cache_cluster(CacheClusterId=f"{group_id}-002")
    with refused("InvalidCacheClusterState", words="only member"):
        caches.client.delete_cache_cluster(CacheClusterId=f"{single_id}-001")


def test_multi_az_needs_a_replica_in_another_zone_so_that_one_is_not_deleted(caches: Caches) -> None:
    group_id = caches.make_group(
        NumCacheClusters=3,
        PreferredCacheClusterAZs=[f"{REGION}a", f"{REGION}a", f"{REGION}b"],
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
    )

    with refused("InvalidCacheClusterState", words="another Availability Zone"):
        caches.client.delete_cache_cluster(CacheClusterId=f"{group_id}-003")

    assert caches.cluster(f"{group_id}-003")["CacheClusterStatus"] == "available"


def test_a_final_snapshot_is_refused_and_the_cluster_stays(standing_cluster: Caches) -> None:
    cluster_id = standing_cluster.name("alone")

    with refused("SnapshotFeatureNotSupportedFault", words="final snapshot"):
        standing_cluster.client.delete_cache_cluster(CacheClusterId=cluster_id, FinalSnapshotIdentifier="last")

    assert standing_cluster.cluster(cluster_id)["CacheClusterStatus"] == "available"
