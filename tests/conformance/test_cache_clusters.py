"""CreateCacheCluster and DescribeCacheClusters; what then becomes of a cluster is in its own file."""

from typing import Any

import pytest

from tests.conformance.caches import (
    ENGINES,
    SMALL,
    Caches,
    connected,
    frozen,
    own_endpoint,
    primary_endpoint,
    process_of,
    refused,
    roles,
)
from tests.conformance.conftest import CROWD
from tests.kit.elastane import REGION

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


def test_every_parameter_of_a_creation_is_read_back(caches: Caches, security_group_ids: list[str]) -> None:
    cluster_id = caches.make_cluster(
        NumCacheNodes=1,
        EngineVersion="9.1",
        CacheNodeType="cache.t3.small",
        CacheParameterGroupName="default.valkey9",
        CacheSubnetGroupName="default",
        PreferredAvailabilityZone=f"{REGION}b",
        AZMode="single-az",
        Port=6391,
        SecurityGroupIds=security_group_ids[:1],
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
    assert cluster["SecurityGroups"] == [{"SecurityGroupId": security_group_ids[0], "Status": "not-enforced"}]
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
    assert [group["Status"] for group in cluster["SecurityGroups"]] == ["not-enforced"]
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
        ({"AuthToken": "0123456789abcdef"}, "InvalidParameterCombination", 400, "AUTH token"),
        ({"AZMode": "cross-az"}, "InvalidParameterCombination", 400, "Memcached"),
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
