"""ModifyCacheCluster, RebootCacheCluster and DeleteCacheCluster, with what they do to real engines."""

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
)
from tests.kit.elastane import REGION, RunningElastane

MISSING = "there-is-no-such-cache"


# --- modification --------------------------------------------------------------------------------


def test_every_parameter_of_a_modification_is_read_back(caches: Caches, security_group_ids: list[str]) -> None:
    cluster_id = caches.make_cluster()

    caches.client.modify_cache_cluster(
        CacheClusterId=cluster_id,
        ApplyImmediately=True,
        NumCacheNodes=1,
        SecurityGroupIds=security_group_ids[:1],
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
    assert cluster["SecurityGroups"] == [{"SecurityGroupId": security_group_ids[0], "Status": "not-enforced"}]
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
        ({"CacheNodeType": "cache.r6gd.xlarge"}, "InvalidParameterCombination", 400, "data tiering"),
        ({"EngineVersion": "7.2"}, "InvalidParameterCombination", 400, "not on this machine"),
        ({"Engine": "redis"}, "InvalidParameterCombination", 400, "Cannot modify valkey"),
        ({"CacheParameterGroupName": MISSING}, "CacheParameterGroupNotFound", 404, MISSING),
        ({"SnapshotRetentionLimit": 36}, "InvalidParameterValue", 400, "between 0 and 35"),
        ({"SnapshotWindow": "never"}, "InvalidParameterValue", 400, "window"),
        ({"NotificationTopicArn": "a topic"}, "InvalidParameterValue", 400, "topic"),
        ({"SecurityGroupIds": ["default"]}, "InvalidParameterValue", 400, "security group"),
        ({"AuthToken": "0123456789abcdef"}, "InvalidParameterCombination", 400, "AUTH token"),
        ({"CacheNodeIdsToRemove": ["0002"]}, "InvalidParameterCombination", 400, "Memcached"),
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
