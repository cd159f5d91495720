"""CreateReplicationGroup and DescribeReplicationGroups; what then becomes of a group is in its own file."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from botocore.exceptions import ClientError

from tests.conformance.caches import (
    ENGINES,
    SMALL,
    Caches,
    connected,
    own_endpoint,
    primary_endpoint,
    process_of,
    reader_endpoint,
    refused,
    roles,
)
from tests.conformance.conftest import CROWD
from tests.kit.elastane import REGION

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


def test_every_parameter_of_a_creation_is_read_back(caches: Caches, security_group_ids: list[str]) -> None:
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
        SecurityGroupIds=security_group_ids,
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
    assert [each["SecurityGroupId"] for each in member["SecurityGroups"]] == security_group_ids
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
            {
                "NodeGroupConfiguration": [
                    {"PrimaryAvailabilityZone": f"{REGION}b", "ReplicaCount": 1, "Slots": "0-16383"}
                ]
            },
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
        ({"TransitEncryptionEnabled": True}, "InvalidParameterCombination", 400, "was built without TLS"),
        ({"AtRestEncryptionEnabled": True}, "InvalidParameterValue", 400, "encryption at rest"),
        ({"AuthToken": "0123456789abcdef"}, "InvalidParameterCombination", 400, "AUTH token"),
        ({"UserGroupIds": ["admins"]}, "UserGroupNotFound", 404, "admins"),
        ({"AuthToken": "with-a-tilde~-in-it"}, "InvalidParameterValue", 400, "Invalid AuthToken"),
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


def test_of_many_who_ask_for_one_id_at_once_one_gets_it(caches: Caches) -> None:
    def ask(_: int) -> str:
        try:
            return str(caches.ask_for_group()["Status"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(16)))

    assert sorted(answers) == ["ReplicationGroupAlreadyExists"] * 15 + ["creating"]
    caches.wait("replication_group_available", ReplicationGroupId=caches.name("group"))


def test_groups_made_at_the_same_time_have_addresses_of_their_own(caches: Caches) -> None:
    with ThreadPoolExecutor(4) as threads:
        group_ids = list(threads.map(lambda number: caches.make_group(f"group{number}", NumCacheClusters=2), range(4)))

    groups = [caches.group(group_id)["NodeGroups"][0] for group_id in group_ids]
    endpoints = [group[name]["Address"] for group in groups for name in ("PrimaryEndpoint", "ReaderEndpoint")]
    endpoints += [member["ReadEndpoint"]["Address"] for group in groups for member in group["NodeGroupMembers"]]
    assert len(set(endpoints)) == len(endpoints) == 16


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
    assert primary_endpoint(group) == before  # its customers go on where they were
    assert process_of(before) == process_of(own_endpoint(caches.cluster(cluster_id))) == pid
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
    pages = list(crowded.get_paginator("describe_replication_groups").paginate(PaginationConfig={"PageSize": 20}))

    names = [group["ReplicationGroupId"] for page in pages for group in page["ReplicationGroups"]]
    assert [len(page["ReplicationGroups"]) for page in pages] == [20, CROWD - 20]
    assert names == sorted(set(names))


@pytest.mark.parametrize("page", [{"MaxRecords": 19}, {"MaxRecords": 101}, {"Marker": "mine"}])
def test_a_page_that_cannot_be_is_refused(client: Any, page: dict[str, Any]) -> None:
    with refused("InvalidParameterValue", words=next(iter(page))):
        client.describe_replication_groups(**page)
