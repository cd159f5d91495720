"""Creation and description of groups with cluster mode, and what is refused of their members."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.conformance.caches import (
    ENGINES,
    SMALL,
    Caches,
    connected,
    own_endpoint,
    primary_endpoint,
    reader_endpoint,
    refused,
    roles,
)
from tests.conformance.clustered import KEYS, clustered, kept
from tests.kit.elastane import REGION


def slots(group: Mapping[str, Any]) -> dict[str, str]:
    return {part["NodeGroupId"]: part["Slots"] for part in group["NodeGroups"]}


def zones(group: Mapping[str, Any]) -> list[list[str]]:
    """Of each shard's nodes, in their order."""
    return [
        [member["PreferredAvailabilityZone"].removeprefix(REGION) for member in part["NodeGroupMembers"]]
        for part in group["NodeGroups"]
    ]


# --- creation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_written_through_the_configuration_endpoint_is_read_there(caches: Caches, engine: str) -> None:
    group = caches.group(caches.make_group(Engine=engine, NumNodeGroups=3, ReplicasPerNodeGroup=1))

    with clustered(group) as cluster:
        for key, value in KEYS.items():
            cluster.set(key, value)
        serving = {(part.host, part.port) for part in cluster.get_primaries()}

    assert kept(group) == KEYS
    assert len(serving) == 3
    assert slots(group) == {"0001": "0-5461", "0002": "5462-10922", "0003": "10923-16383"}


def test_a_group_in_cluster_mode_is_described_as_on_aws(caches: Caches) -> None:
    group_id = caches.make_group(NumNodeGroups=2, ReplicasPerNodeGroup=1, MultiAZEnabled=True)

    group = caches.group(group_id)
    member = caches.cluster(f"{group_id}-0002-002")

    assert (group["ClusterEnabled"], group["ClusterMode"]) == (True, "enabled")
    assert (group["AutomaticFailover"], group["MultiAZ"]) == ("enabled", "enabled")
    assert group["ConfigurationEndpoint"]["Port"] == 6379
    assert group["PendingModifiedValues"] == {}
    assert group["MemberClusters"] == [
        f"{group_id}-{node}" for node in ("0001-001", "0001-002", "0002-001", "0002-002")
    ]
    assert zones(group) == [["a", "b"], ["b", "c"]]
    for part in group["NodeGroups"]:
        assert sorted(part) == ["NodeGroupId", "NodeGroupMembers", "Slots", "Status"]
        for node in part["NodeGroupMembers"]:
            assert sorted(node) == ["CacheClusterId", "CacheNodeId", "PreferredAvailabilityZone"]
    assert "ConfigurationEndpoint" not in member
    assert (member["ReplicationGroupId"], member["NumCacheNodes"]) == (group_id, 1)
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey9.cluster.on"
    with connected(own_endpoint(member)) as node:
        assert node.info("cluster")["cluster_enabled"] == 1


@pytest.mark.parametrize(
    ("asked", "expected_slots", "expected_zones"),
    [
        ({"CacheParameterGroupName": "default.valkey9.cluster.on"}, {"0001": "0-16383"}, [["a"]]),
        ({"ClusterMode": "enabled", "NumCacheClusters": 2}, {"0001": "0-16383"}, [["a", "b"]]),
        (
            {"NodeGroupConfiguration": [{"ReplicaCount": 1}, {"ReplicaCount": 0}]},
            {"0001": "0-8191", "0002": "8192-16383"},
            [["a", "b"], ["b"]],
        ),
        (
            {
                "NumNodeGroups": 2,
                "NodeGroupConfiguration": [
                    {
                        "PrimaryAvailabilityZone": f"{REGION}c",
                        "ReplicaAvailabilityZones": [f"{REGION}b"],
                        "ReplicaCount": 1,
                        "Slots": "0-8999,10000",
                    },
                    {"NodeGroupId": "0008", "PrimaryAvailabilityZone": f"{REGION}a", "Slots": "9000-9999,10001-16383"},
                ],
            },
            {"0001": "0-8999,10000", "0008": "9000-9999,10001-16383"},
            [["c", "b"], ["a"]],
        ),
    ],
)
def test_cluster_mode_can_be_asked_for_in_each_of_aws_s_ways(
    caches: Caches, asked: dict[str, Any], expected_slots: dict[str, str], expected_zones: list[list[str]]
) -> None:
    group = caches.group(caches.make_group(**asked))

    with clustered(group) as cluster:
        cluster.mset_nonatomic(KEYS)

    assert (group["ClusterMode"], slots(group), zones(group)) == ("enabled", expected_slots, expected_zones)
    assert kept(group) == KEYS


def test_one_node_group_by_itself_is_never_a_cluster(caches: Caches) -> None:
    group = caches.group(caches.make_group(NumNodeGroups=1, ReplicasPerNodeGroup=0))

    with connected(primary_endpoint(group)) as primary:
        assert primary.info("cluster")["cluster_enabled"] == 0
    assert (group["ClusterEnabled"], group["ClusterMode"]) == (False, "disabled")
    assert "ConfigurationEndpoint" not in group


@pytest.mark.parametrize("engine", ENGINES)
def test_a_compatible_group_serves_clients_of_both_kinds(caches: Caches, engine: str) -> None:
    group = caches.group(caches.make_group(Engine=engine, ClusterMode="compatible", NumCacheClusters=2))

    with connected(primary_endpoint(group)) as plain, clustered(group) as cluster:
        plain.set("from", "a plain client")
        seen = cluster.get("from")
    with connected(reader_endpoint(group)) as reader:
        read = reader.get("from")

    assert seen == read == "a plain client"
    assert (group["ClusterEnabled"], group["ClusterMode"]) == (True, "compatible")
    assert sorted(roles(group).values()) == ["primary", "replica"]


def test_a_deleted_group_takes_all_its_shards_along(caches: Caches) -> None:
    group_id = caches.make_group(NumNodeGroups=2, ReplicasPerNodeGroup=1)

    caches.client.delete_replication_group(ReplicationGroupId=group_id)
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)

    with refused("CacheClusterNotFound", 404):
        caches.cluster(f"{group_id}-0002-001")


# --- refused creations ---------------------------------------------------------------------------

UNLIKE_GROUP = "cluster mode should be enabled in parameter group, but found it is disabled"


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        (
            {"AutomaticFailoverEnabled": False},
            "InvalidParameterValue",
            "cannot be created with auto failover turned off",
        ),
        ({"ClusterMode": "disabled"}, "InvalidParameterCombination", "one node group"),
        ({"ClusterMode": "compatible"}, "InvalidParameterCombination", "one node group"),
        ({"CacheParameterGroupName": "default.valkey9"}, "InvalidParameterCombination", UNLIKE_GROUP),
        ({"CacheParameterGroupName": "default.redis7.cluster.on"}, "InvalidParameterCombination", "family"),
        ({"NumCacheClusters": 4}, "InvalidParameterCombination", "NumCacheClusters can only be specified for one"),
        (
            {"PreferredCacheClusterAZs": [f"{REGION}a"]},
            "InvalidParameterCombination",
            "PreferredCacheClusterAZs can only be specified for one",
        ),
        ({"MultiAZEnabled": True}, "InvalidParameterCombination", "another availability zone"),
        ({"NodeGroupConfiguration": [{"ReplicaCount": 0}]}, "InvalidParameterCombination", "describes 1"),
        (
            {"NodeGroupConfiguration": [{"Slots": "0-1"}, {"ReplicaCount": 0}]},
            "InvalidParameterCombination",
            "or for none",
        ),
        (
            {"NodeGroupConfiguration": [{"Slots": "0-1"}, {"Slots": "3-16383"}]},
            "InvalidParameterValue",
            "nobody would own 2",
        ),
        (
            {"NodeGroupConfiguration": [{"Slots": "0-16383"}, {"Slots": "5"}]},
            "InvalidParameterValue",
            "one node group only",
        ),
        (
            {"NodeGroupConfiguration": [{"NodeGroupId": "1"}, {"NodeGroupId": "0001"}]},
            "InvalidParameterCombination",
            "more than once",
        ),
        (
            {"NodeGroupConfiguration": [{"PrimaryAvailabilityZone": "us-east-1z"}, {"ReplicaCount": 0}]},
            "InvalidParameterValue",
            "availability zone",
        ),
        ({"NumNodeGroups": 91}, "NodeGroupsPerReplicationGroupQuotaExceeded", "90"),
        ({"NumNodeGroups": 31, "ReplicasPerNodeGroup": 2}, "NodeQuotaForClusterExceeded", "90"),
        ({"PrimaryClusterId": "anybody"}, "InvalidParameterCombination", "PrimaryClusterId"),
        (
            {"NodeGroupConfiguration": [{"PrimaryOutpostArn": "arn:aws:outposts:mine"}]},
            "InvalidParameterValue",
            "outposts",
        ),
    ],
)
def test_a_creation_that_cannot_be_true_is_refused_and_leaves_nothing(
    caches: Caches, parameters: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words=words):
        caches.ask_for_group(**{"NumNodeGroups": 2} | parameters)

    with refused("ReplicationGroupNotFoundFault", 404):
        caches.group(caches.name("group"))
    with refused("CacheClusterNotFound", 404):
        caches.cluster(f"{caches.name('group')}-0001-001")


def test_a_cluster_on_its_own_cannot_have_cluster_mode(caches: Caches) -> None:
    with refused("InvalidParameterCombination", words="cluster mode should be disabled in parameter group"):
        caches.ask_for_cluster(CacheParameterGroupName="default.valkey9.cluster.on")


# --- members -------------------------------------------------------------------------------------


def test_members_are_changed_through_their_group_only(standing_shards: Caches) -> None:
    group_id = standing_shards.name("shards")
    member_id = f"{group_id}-0001-001"
    client = standing_shards.client
    before = standing_shards.group(group_id)

    with refused("InvalidParameterCombination", words="IncreaseReplicaCount"):
        client.create_cache_cluster(CacheClusterId=standing_shards.name("more"), ReplicationGroupId=group_id)
    with refused("InvalidCacheClusterState", words="cluster mode"):
        client.delete_cache_cluster(CacheClusterId=member_id)
    with refused("InvalidCacheClusterState", words="cluster mode"):
        client.reboot_cache_cluster(CacheClusterId=member_id, CacheNodeIdsToReboot=["0001"])
    with refused("InvalidParameterCombination", words="ModifyReplicationGroup"):
        client.modify_cache_cluster(CacheClusterId=member_id, CacheNodeType=SMALL, SnapshotRetentionLimit=1)
    with refused("InvalidParameterCombination", words="RetainPrimaryCluster"):
        client.delete_replication_group(ReplicationGroupId=group_id, RetainPrimaryCluster=True)

    assert standing_shards.group(group_id) == before
