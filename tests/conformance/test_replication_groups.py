"""CreateReplicationGroup, DescribeReplicationGroups, ModifyReplicationGroup and DeleteReplicationGroup."""

from pathlib import Path
from typing import Any

import pytest
import redis

from tests.conformance.caches import (
    ENGINES,
    OFTEN,
    SMALL,
    Caches,
    connected,
    frozen,
    own_endpoint,
    primary_endpoint,
    process_of,
    reader_endpoint,
    refused,
    roles,
)
from tests.conformance.conftest import CROWD
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane
from tests.kit.writers import writing

MISSING = "there-is-no-such-cache"


# --- creation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_written_at_the_primary_endpoint_is_read_at_the_reader_endpoint(caches: Caches, engine: str) -> None:
    group = caches.group(caches.make_group(Engine=engine, NumCacheClusters=2))

    with connected(primary_endpoint(group)) as primary, connected(reader_endpoint(group)) as reader:
        primary.set("name", engine)
        confirmed = primary.wait(1, 2000)
        read = reader.get("name")
        server = primary.info("server")
        with pytest.raises(redis.ReadOnlyError):
            reader.set("name", "from the reader endpoint")

    assert (confirmed, read) == (1, engine)
    assert ("valkey_version" in server) == (engine == "valkey")
    assert sorted(roles(group).values()) == ["primary", "replica"]


def test_every_parameter_of_a_creation_is_read_back(caches: Caches) -> None:
    group_id = caches.make_group(
        ReplicationGroupDescription="for reading back",
        EngineVersion="9.1",
        CacheParameterGroupName="default.valkey9",
        CacheSubnetGroupName="default",
        NumCacheClusters=3,
        PreferredCacheClusterAZs=[f"{REGION}c", f"{REGION}a", f"{REGION}b"],
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        Port=6390,
        SecurityGroupIds=["sg-0123456789abcdef0", "sg-0123456789abcdef1"],
        PreferredMaintenanceWindow="sun:05:00-sun:07:30",
        SnapshotWindow="01:00-02:30",
        SnapshotRetentionLimit=7,
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:caches",
        AutoMinorVersionUpgrade=False,
        NetworkType="ipv4",
        IpDiscovery="ipv4",
        TransitEncryptionEnabled=False,
        AtRestEncryptionEnabled=False,
        DataTieringEnabled=False,
        ClusterMode="disabled",
        Tags=[{"Key": "team", "Value": "checkout"}],
    )

    group = caches.group(group_id)
    member = caches.cluster(f"{group_id}-001")

    (node_group,) = group["NodeGroups"]
    zones = [part["PreferredAvailabilityZone"] for part in node_group["NodeGroupMembers"]]
    assert group["Description"] == "for reading back"
    assert (group["Engine"], group["CacheNodeType"]) == ("valkey", SMALL)
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert (group["SnapshotWindow"], group["SnapshotRetentionLimit"]) == ("01:00-02:30", 7)
    assert (group["AutoMinorVersionUpgrade"], group["ClusterMode"]) == (False, "disabled")
    assert (group["NetworkType"], group["IpDiscovery"], group["DataTiering"]) == ("ipv4", "ipv4", "disabled")
    assert zones == [f"{REGION}c", f"{REGION}a", f"{REGION}b"]
    assert {primary_endpoint(group)["Port"], reader_endpoint(group)["Port"]} == {6390}
    assert member["EngineVersion"].startswith("9.1.")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey9"
    assert member["CacheSubnetGroupName"] == "default"
    assert [each["SecurityGroupId"] for each in member["SecurityGroups"]] == [
        "sg-0123456789abcdef0",
        "sg-0123456789abcdef1",
    ]
    assert member["PreferredMaintenanceWindow"] == "sun:05:00-sun:07:30"
    assert (member["SnapshotWindow"], member["SnapshotRetentionLimit"]) == ("01:00-02:30", 7)
    assert member["NotificationConfiguration"] == {
        "TopicArn": "arn:aws:sns:us-east-1:000000000000:caches",
        "TopicStatus": "active",
    }
    assert member["AutoMinorVersionUpgrade"] is False
    tags = caches.client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
    assert tags == [{"Key": "team", "Value": "checkout"}]


def test_what_a_creation_leaves_open_reads_back_as_on_aws(caches: Caches) -> None:
    group_id = caches.make_group()

    group = caches.group(group_id)

    assert group["MemberClusters"] == [f"{group_id}-001"]
    assert group["ARN"] == f"arn:aws:elasticache:{REGION}:000000000000:replicationgroup:{group_id}"
    assert group["AutoMinorVersionUpgrade"] is True
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("disabled", "disabled")
    assert (group["ClusterEnabled"], group["ClusterMode"]) == (False, "disabled")
    assert group["PendingModifiedValues"] == {}
    assert (group["UserGroupIds"], group["LogDeliveryConfigurations"]) == ([], [])
    assert group["SnapshotRetentionLimit"] == 0
    assert [group[f"{name}Enabled"] for name in ("AuthToken", "TransitEncryption", "AtRestEncryption")] == [False] * 3
    assert "ConfigurationEndpoint" not in group
    assert primary_endpoint(group)["Port"] == 6379


@pytest.mark.parametrize(
    ("layout", "zones"),
    [
        ({"ReplicasPerNodeGroup": 2}, ["a", "b", "c"]),
        ({"NumNodeGroups": 1, "NumCacheClusters": 2}, ["a", "b"]),
        (
            {"NodeGroupConfiguration": [{"PrimaryAvailabilityZone": f"{REGION}b", "ReplicaCount": 1, "Slots": "0-16383"}]},
            ["b", "a"],
        ),
        ({"NodeGroupConfiguration": [{"ReplicaAvailabilityZones": [f"{REGION}c"]}]}, ["a", "c"]),
    ],
)
def test_a_layout_can_be_said_in_each_of_aws_s_ways(caches: Caches, layout: dict[str, Any], zones: list[str]) -> None:
    group = caches.group(caches.make_group(**layout))

    members = group["NodeGroups"][0]["NodeGroupMembers"]

    assert [member["PreferredAvailabilityZone"] for member in members] == [f"{REGION}{zone}" for zone in zones]
    assert [member["CurrentRole"] for member in members] == ["primary"] + ["replica"] * (len(members) - 1)


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({"ReplicationGroupId": "9-begins-with-a-digit"}, "InvalidParameterValue", 400, "not a valid identifier"),
        ({"ReplicationGroupId": "x" * 41}, "InvalidParameterValue", 400, "at most 40"),
        ({"ReplicationGroupDescription": " "}, "InvalidParameterValue", 400, "must not be blank"),
        ({"Engine": "memcached"}, "InvalidParameterValue", 400, "memcached"),
        ({"Engine": "keydb"}, "InvalidParameterValue", 400, "one of valkey, redis"),
        ({"EngineVersion": "1.0"}, "InvalidParameterCombination", 400, "offered here: 9.1"),
        ({"EngineVersion": "8.0"}, "InvalidParameterCombination", 400, "not on this machine"),
        ({"CacheNodeType": "cache.z9.huge"}, "InvalidParameterValue", 400, "no such node type"),
        ({"NumCacheClusters": 7}, "InvalidParameterValue", 400, "between 1 and 6"),
        ({"NumCacheClusters": 0}, "InvalidParameterValue", 400, "between 1 and 6"),
        ({"ReplicasPerNodeGroup": 6}, "InvalidParameterValue", 400, "between 0 and 5"),
        ({"NumNodeGroups": 2}, "InvalidParameterCombination", 400, "cluster mode"),
        ({"ClusterMode": "enabled"}, "InvalidParameterCombination", 400, "cluster mode"),
        ({"Port": 22}, "InvalidParameterValue", 400, "port"),
        ({"SecurityGroupIds": ["default"]}, "InvalidParameterValue", 400, "security group"),
        ({"SnapshotRetentionLimit": 36}, "InvalidParameterValue", 400, "between 0 and 35"),
        ({"SnapshotWindow": "1am"}, "InvalidParameterValue", 400, "window"),
        ({"PreferredMaintenanceWindow": "sometimes"}, "InvalidParameterValue", 400, "window"),
        ({"NotificationTopicArn": "a topic"}, "InvalidParameterValue", 400, "topic"),
        ({"PreferredCacheClusterAZs": ["us-east-1z"]}, "InvalidParameterValue", 400, "availability zone"),
        ({"CacheSubnetGroupName": MISSING}, "CacheSubnetGroupNotFoundFault", 400, MISSING),
        ({"CacheParameterGroupName": MISSING}, "CacheParameterGroupNotFound", 404, MISSING),
        ({"CacheParameterGroupName": "default.redis7"}, "InvalidParameterCombination", 400, "family"),
        ({"PrimaryClusterId": MISSING}, "CacheClusterNotFound", 404, MISSING),
        ({"AutomaticFailoverEnabled": True}, "InvalidParameterCombination", 400, "at least 2"),
        ({"NumCacheClusters": 2, "MultiAZEnabled": True}, "InvalidParameterCombination", 400, "automatic failover"),
        ({"Tags": [{"Key": "aws:mine"}]}, "InvalidParameterValue", 400, "reserved"),
        (
            {"Tags": [{"Key": f"key{number}"} for number in range(51)]},
            "TagQuotaPerResourceExceeded",
            400,
            "50",
        ),
        ({"TransitEncryptionEnabled": True}, "InvalidParameterValue", 400, "encryption in transit"),
        ({"AtRestEncryptionEnabled": True}, "InvalidParameterValue", 400, "encryption at rest"),
        ({"AuthToken": "0123456789abcdef"}, "InvalidParameterValue", 400, "AUTH token"),
        ({"UserGroupIds": ["admins"]}, "InvalidParameterValue", 400, "role-based"),
        ({"SnapshotName": "yesterday"}, "InvalidParameterValue", 400, "snapshot"),
        ({"NetworkType": "ipv6"}, "InvalidParameterValue", 400, "IPv6"),
        ({"GlobalReplicationGroupId": "world"}, "InvalidParameterValue", 400, "Global Datastore"),
    ],
)
def test_a_creation_that_cannot_be_true_is_refused_and_leaves_nothing(
    caches: Caches, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    with refused(code, status, words):
        caches.ask_for_group(**parameters)

    with refused("ReplicationGroupNotFoundFault", 404):
        caches.group(caches.name("group"))
    with refused("CacheClusterNotFound", 404):
        caches.cluster(f"{caches.name('group')}-001")


def test_an_id_that_is_taken_is_refused_whatever_its_case(caches: Caches) -> None:
    group_id = caches.make_group()

    with refused("ReplicationGroupAlreadyExists", words=group_id):
        caches.ask_for_group(ReplicationGroupId=group_id.upper())


def test_a_group_whose_member_s_id_is_taken_is_refused(caches: Caches) -> None:
    cluster_id = caches.make_cluster("orders-002")

    with refused("CacheClusterAlreadyExists", words=cluster_id):
        caches.ask_for_group("orders", NumCacheClusters=2)


# --- around a cache cluster ----------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_group_around_a_cache_cluster_keeps_its_data_and_its_address(caches: Caches, engine: str) -> None:
    cluster_id = caches.make_cluster(Engine=engine, Tags=[{"Key": "team", "Value": "checkout"}])
    before = own_endpoint(caches.cluster(cluster_id))
    pid = process_of(before)
    with connected(before) as engine_before:
        engine_before.set("kept", "yes")

    group_id = caches.ask_for_group(
        PrimaryClusterId=cluster_id, NumCacheClusters=2, Engine=engine, CacheNodeType=SMALL
    )["ReplicationGroupId"]
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    group = caches.group(group_id)
    with connected(primary_endpoint(group)) as primary, connected(reader_endpoint(group)) as reader:
        assert primary.get("kept") == reader.get("kept") == "yes"
    assert roles(group)[cluster_id] == "primary"
    assert own_endpoint(caches.cluster(cluster_id)) == before
    assert process_of(primary_endpoint(group)) == pid
    tags = caches.client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
    assert tags == [{"Key": "team", "Value": "checkout"}]


def test_a_group_around_a_member_of_another_group_is_refused(caches: Caches) -> None:
    other = caches.make_group("other")

    with refused("InvalidCacheClusterState", words="already belongs"):
        caches.ask_for_group(PrimaryClusterId=f"{other}-001")


def test_a_group_around_a_cache_cluster_cannot_change_what_it_runs(caches: Caches) -> None:
    cluster_id = caches.make_cluster()

    with refused("InvalidParameterCombination", words="CacheNodeType"):
        caches.ask_for_group(PrimaryClusterId=cluster_id, CacheNodeType="cache.t3.small")


# --- description ---------------------------------------------------------------------------------


def test_a_group_is_found_whatever_the_case_of_its_id(caches: Caches) -> None:
    group_id = caches.make_group()

    assert caches.group(group_id.upper())["ReplicationGroupId"] == group_id


def test_a_group_that_is_not_there_is_not_found(caches: Caches) -> None:
    with refused("ReplicationGroupNotFoundFault", 404, f"{MISSING} not found"):
        caches.group(MISSING)


def test_groups_are_listed_page_by_page_each_once(crowded: Any) -> None:
    pages = list(
        crowded.get_paginator("describe_replication_groups").paginate(PaginationConfig={"PageSize": 20})
    )

    names = [group["ReplicationGroupId"] for page in pages for group in page["ReplicationGroups"]]
    assert [len(page["ReplicationGroups"]) for page in pages] == [20, CROWD - 20]
    assert names == sorted(set(names))


@pytest.mark.parametrize("page", [{"MaxRecords": 19}, {"MaxRecords": 101}, {"Marker": "mine"}])
def test_a_page_that_cannot_be_is_refused(client: Any, page: dict[str, Any]) -> None:
    with refused("InvalidParameterValue", words=next(iter(page))):
        client.describe_replication_groups(**page)


# --- modification --------------------------------------------------------------------------------


def test_every_parameter_of_a_modification_is_read_back(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)

    group = caches.change_group(
        group_id,
        ApplyImmediately=True,
        ReplicationGroupDescription="changed",
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        SnapshotWindow="03:00-04:00",
        SnapshotRetentionLimit=3,
        SnapshottingClusterId=f"{group_id}-002",
        PreferredMaintenanceWindow="mon:06:00-mon:07:00",
        NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:changed",
        NotificationTopicStatus="inactive",
        AutoMinorVersionUpgrade=False,
        SecurityGroupIds=["sg-0123456789abcdef2"],
        Engine="valkey",
        EngineVersion="9.1",
        CacheNodeType=SMALL,
        CacheParameterGroupName="default.valkey9",
    )

    member = caches.cluster(f"{group_id}-002")
    assert group["Description"] == "changed"
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert (group["SnapshotWindow"], group["SnapshotRetentionLimit"]) == ("03:00-04:00", 3)
    assert group["SnapshottingClusterId"] == f"{group_id}-002"
    assert group["AutoMinorVersionUpgrade"] is member["AutoMinorVersionUpgrade"] is False
    assert member["PreferredMaintenanceWindow"] == "mon:06:00-mon:07:00"
    assert member["NotificationConfiguration"] == {
        "TopicArn": "arn:aws:sns:us-east-1:000000000000:changed",
        "TopicStatus": "inactive",
    }
    assert [each["SecurityGroupId"] for each in member["SecurityGroups"]] == ["sg-0123456789abcdef2"]


def test_what_a_modification_does_not_name_stays(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, SnapshotRetentionLimit=5, AutomaticFailoverEnabled=True)
    before = caches.group(group_id)

    after = caches.change_group(group_id, ReplicationGroupDescription="only this")

    assert after == before | {"Description": "only this"}


@pytest.mark.parametrize(
    ("parameters", "code", "status", "words"),
    [
        ({}, "InvalidParameterCombination", 400, "No modifications"),
        ({"ReplicationGroupDescription": " "}, "InvalidParameterValue", 400, "blank"),
        ({"AutomaticFailoverEnabled": True}, "InvalidParameterCombination", 400, "at least 2"),
        ({"MultiAZEnabled": True}, "InvalidParameterCombination", 400, "automatic failover"),
        ({"PrimaryClusterId": MISSING}, "InvalidParameterValue", 400, "not a member"),
        ({"SnapshottingClusterId": MISSING}, "CacheClusterNotFound", 404, "snapshotting cluster"),
        ({"CacheNodeType": "cache.m7g.large"}, "InvalidParameterCombination", 400, "later version"),
        ({"EngineVersion": "8.0"}, "InvalidParameterCombination", 400, "later version"),
        ({"CacheParameterGroupName": MISSING}, "CacheParameterGroupNotFound", 404, MISSING),
        ({"SnapshotRetentionLimit": -1}, "InvalidParameterValue", 400, "between 0 and 35"),
        ({"NotificationTopicStatus": "asleep"}, "InvalidParameterValue", 400, "active, inactive"),
        ({"NodeGroupId": "7", "AutoMinorVersionUpgrade": False}, "InvalidParameterValue", 400, "0001"),
        ({"ClusterMode": "compatible"}, "InvalidParameterCombination", 400, "cluster mode"),
        ({"TransitEncryptionEnabled": True}, "InvalidParameterValue", 400, "encryption in transit"),
        ({"UserGroupIdsToAdd": ["admins"]}, "InvalidParameterValue", 400, "role-based"),
        ({"SecurityGroupIds": ["default"]}, "InvalidParameterValue", 400, "security group"),
    ],
)
def test_a_modification_that_cannot_be_true_is_refused(
    standing_group: Caches, parameters: dict[str, Any], code: str, status: int, words: str
) -> None:
    group_id = standing_group.name("standing")
    before = standing_group.group(group_id)

    with refused(code, status, words):
        standing_group.client.modify_replication_group(ReplicationGroupId=group_id, **parameters)

    assert standing_group.group(group_id) == before


def test_a_group_that_is_not_there_is_not_modified(client: Any) -> None:
    with refused("ReplicationGroupNotFoundFault", 404):
        client.modify_replication_group(ReplicationGroupId=MISSING, ReplicationGroupDescription="x")


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_promotion_switches_the_roles_and_loses_no_write(caches: Caches, engine: str) -> None:
    group_id = caches.make_group(Engine=engine, NumCacheClusters=2)
    before = caches.group(group_id)
    endpoint = primary_endpoint(before)

    with writing(endpoint["Address"], endpoint["Port"]) as writers:
        await writers.write_more()
        after = caches.change_group(group_id, PrimaryClusterId=f"{group_id}-002")
        await writers.write_more()

    assert roles(before) == {f"{group_id}-001": "primary", f"{group_id}-002": "replica"}
    assert roles(after) == {f"{group_id}-001": "replica", f"{group_id}-002": "primary"}
    assert primary_endpoint(after) == endpoint
    assert reader_endpoint(after) == reader_endpoint(before)
    assert process_of(endpoint) == process_of(own_endpoint(caches.cluster(f"{group_id}-002")))
    assert process_of(reader_endpoint(after)) == process_of(own_endpoint(caches.cluster(f"{group_id}-001")))
    assert writers.find_lost(endpoint["Address"], endpoint["Port"]) == {}
    with connected(endpoint) as primary:
        assert primary.set("written", "after the promotion")
        assert primary.wait(1, 2000) == 1


def test_a_promotion_among_three_leaves_every_node_following_the_new_primary(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=3)

    after = caches.change_group(group_id, PrimaryClusterId=f"{group_id}-003")

    assert roles(after) == {
        f"{group_id}-001": "replica",
        f"{group_id}-002": "replica",
        f"{group_id}-003": "primary",
    }
    with connected(primary_endpoint(after)) as primary:
        assert primary.set("written", "after the promotion")
        assert primary.wait(2, 2000) == 2


def test_a_promotion_by_hand_is_refused_while_automatic_failover_is_on(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2, AutomaticFailoverEnabled=True)

    with refused("InvalidParameterCombination", words="automatic failover"):
        caches.client.modify_replication_group(ReplicationGroupId=group_id, PrimaryClusterId=f"{group_id}-002")


async def test_an_engine_that_is_not_in_sync_is_not_promoted(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    replica = caches.cluster(f"{group_id}-002")
    with frozen(process_of(own_endpoint(replica))):
        await eventually(
            lambda: caches.cluster(f"{group_id}-002")["CacheClusterStatus"] != "available",
            message="the frozen replica is not available",
        )

        with refused("InvalidCacheClusterState", words="not in sync"):
            caches.client.modify_replication_group(ReplicationGroupId=group_id, PrimaryClusterId=f"{group_id}-002")


# --- deletion ------------------------------------------------------------------------------------


def test_a_deletion_takes_every_process_and_directory_away(caches: Caches, elastane: RunningElastane) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    pids = [process_of(own_endpoint(caches.cluster(f"{group_id}-00{number}"))) for number in (1, 2)]

    answer = caches.client.delete_replication_group(ReplicationGroupId=group_id)["ReplicationGroup"]
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)

    assert answer["Status"] == "deleting"
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not list((elastane.data_dir / "nodes").glob(f"*/{group_id}-*"))
    with refused("CacheClusterNotFound", 404):
        caches.cluster(f"{group_id}-001")


def test_a_group_reads_deleting_at_once_and_then_accepts_nothing_more(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    with frozen(process_of(own_endpoint(caches.cluster(f"{group_id}-001")))):
        caches.client.delete_replication_group(ReplicationGroupId=group_id)

        group = caches.group(group_id)

        assert group["Status"] == "deleting"
        assert "NodeGroups" not in group
        assert caches.cluster(f"{group_id}-002")["CacheClusterStatus"] == "deleting"
        with refused("InvalidReplicationGroupState", words="not valid for deletion"):
            caches.client.delete_replication_group(ReplicationGroupId=group_id)
        with refused("InvalidReplicationGroupState", words="available"):
            caches.client.modify_replication_group(ReplicationGroupId=group_id, AutoMinorVersionUpgrade=False)
        with refused("ReplicationGroupAlreadyExists"):
            caches.ask_for_group()
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_retained_primary_lives_on_as_a_cache_cluster_with_its_data(caches: Caches, engine: str) -> None:
    group_id = caches.make_group(Engine=engine, NumCacheClusters=3)
    member = own_endpoint(caches.cluster(f"{group_id}-001"))
    pid = process_of(member)
    with connected(member) as primary:
        primary.set("kept", "yes")

    caches.client.delete_replication_group(ReplicationGroupId=group_id, RetainPrimaryCluster=True)
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)
    caches.wait("cache_cluster_available", CacheClusterId=f"{group_id}-001")

    retained = caches.cluster(f"{group_id}-001")
    assert "ReplicationGroupId" not in retained
    assert own_endpoint(retained) == member
    assert process_of(member) == pid
    with connected(member) as primary:
        assert primary.get("kept") == "yes"
        assert primary.set("written", "afterwards")
    with refused("CacheClusterNotFound", 404):
        caches.cluster(f"{group_id}-002")


def test_a_final_snapshot_is_refused_and_the_group_stays(caches: Caches) -> None:
    group_id = caches.make_group()

    with refused("SnapshotFeatureNotSupportedFault", words="final snapshot"):
        caches.client.delete_replication_group(ReplicationGroupId=group_id, FinalSnapshotIdentifier="last")

    assert caches.group(group_id)["Status"] == "available"


def test_a_group_that_is_not_there_is_not_deleted(client: Any) -> None:
    with refused("ReplicationGroupNotFoundFault", 404):
        client.delete_replication_group(ReplicationGroupId=MISSING)


def test_an_id_can_be_used_again_after_its_deletion_and_the_new_group_is_empty(caches: Caches) -> None:
    group_id = caches.make_group()
    with connected(primary_endpoint(caches.group(group_id))) as primary:
        primary.set("left", "behind")
    caches.client.delete_replication_group(ReplicationGroupId=group_id)
    caches.client.get_waiter("replication_group_deleted").wait(ReplicationGroupId=group_id, WaiterConfig=OFTEN)

    caches.make_group()

    with connected(primary_endpoint(caches.group(group_id))) as primary:
        assert primary.dbsize() == 0
