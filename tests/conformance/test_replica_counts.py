"""IncreaseReplicaCount and DecreaseReplicaCount."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.caches import (
    ENGINES,
    Caches,
    connected,
    frozen,
    own_endpoint,
    primary_endpoint,
    process_of,
    refused,
    roles,
)
from tests.kit.elastane import REGION, RunningElastane

MISSING = "there-is-no-such-group"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_increase_adds_processes_that_are_in_sync(caches: Caches, engine: str) -> None:
    group_id = caches.make_group(Engine=engine)
    with connected(primary_endpoint(caches.group(group_id))) as primary:
        primary.set("written", "before")

    answer = caches.client.increase_replica_count(
        ReplicationGroupId=group_id, NewReplicaCount=2, ApplyImmediately=True
    )["ReplicationGroup"]
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    group = caches.group(group_id)
    members = [f"{group_id}-00{number}" for number in (1, 2, 3)]
    endpoints = [own_endpoint(caches.cluster(member)) for member in members]
    assert answer["Status"] == "modifying"
    assert group["MemberClusters"] == members
    assert sorted(roles(group).values()) == ["primary", "replica", "replica"]
    assert len({process_of(endpoint) for endpoint in endpoints}) == 3
    for endpoint in endpoints:
        with connected(endpoint) as node:
            assert node.get("written") == "before"


def test_new_replicas_go_where_they_are_asked_to(caches: Caches) -> None:
    group_id = caches.make_group(PreferredCacheClusterAZs=[f"{REGION}a"], NumCacheClusters=1)

    caches.client.increase_replica_count(
        ReplicationGroupId=group_id,
        ReplicaConfiguration=[
            {
                "NodeGroupId": "0001",
                "NewReplicaCount": 2,
                "PreferredAvailabilityZones": [f"{REGION}a", f"{REGION}c", f"{REGION}c"],
            }
        ],
        ApplyImmediately=True,
    )
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    members = caches.group(group_id)["NodeGroups"][0]["NodeGroupMembers"]
    assert [member["PreferredAvailabilityZone"] for member in members] == [f"{REGION}{zone}" for zone in "acc"]


def test_a_new_replica_has_its_group_s_tags(caches: Caches) -> None:
    group_id = caches.make_group(Tags=[{"Key": "team", "Value": "checkout"}])

    caches.client.increase_replica_count(ReplicationGroupId=group_id, NewReplicaCount=1, ApplyImmediately=True)

    arn = f"arn:aws:elasticache:{REGION}:000000000000:cluster:{group_id}-002"
    assert caches.client.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "team", "Value": "checkout"}]
    caches.wait("replication_group_available", ReplicationGroupId=group_id)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_decrease_removes_the_newest_replicas_with_process_and_directory(
    caches: Caches, elastane: RunningElastane, engine: str
) -> None:
    group_id = caches.make_group(Engine=engine, NumCacheClusters=3)
    pids = [process_of(own_endpoint(caches.cluster(f"{group_id}-00{number}"))) for number in (1, 2, 3)]

    caches.client.decrease_replica_count(ReplicationGroupId=group_id, NewReplicaCount=1, ApplyImmediately=True)
    caches.wait("cache_cluster_deleted", CacheClusterId=f"{group_id}-003")
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    assert caches.group(group_id)["MemberClusters"] == [f"{group_id}-001", f"{group_id}-002"]
    assert [Path(f"/proc/{pid}").exists() for pid in pids] == [True, True, False]
    assert not (elastane.data_dir / "nodes" / REGION / f"{group_id}-003").exists()


def test_a_decrease_removes_the_replicas_that_are_named_and_a_later_increase_fills_the_gap(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=3)

    caches.client.decrease_replica_count(
        ReplicationGroupId=group_id, ReplicasToRemove=[f"{group_id}-002"], ApplyImmediately=True
    )
    caches.wait("replication_group_available", ReplicationGroupId=group_id)
    remaining = caches.group(group_id)["MemberClusters"]
    caches.client.increase_replica_count(ReplicationGroupId=group_id, NewReplicaCount=2, ApplyImmediately=True)
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    assert remaining == [f"{group_id}-001", f"{group_id}-003"]
    assert sorted(caches.group(group_id)["MemberClusters"]) == [f"{group_id}-00{number}" for number in (1, 2, 3)]


def test_a_decrease_removes_the_replicas_in_zones_that_are_not_named(caches: Caches) -> None:
    group_id = caches.make_group(
        NumNodeGroups=2, ReplicasPerNodeGroup=2, AutomaticFailoverEnabled=True, MultiAZEnabled=True
    )
    shard = caches.group(group_id)["NodeGroups"][1]
    zones = [member["PreferredAvailabilityZone"] for member in shard["NodeGroupMembers"]]

    caches.client.decrease_replica_count(
        ReplicationGroupId=group_id,
        ReplicaConfiguration=[
            {"NodeGroupId": "0002", "NewReplicaCount": 1, "PreferredAvailabilityZones": [zones[2], zones[0]]}
        ],
        ApplyImmediately=True,
    )
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    remaining = caches.group(group_id)["NodeGroups"]
    assert [len(part["NodeGroupMembers"]) for part in remaining] == [3, 2]
    assert [member["PreferredAvailabilityZone"] for member in remaining[1]["NodeGroupMembers"]] == [zones[0], zones[2]]


def test_a_group_can_be_left_without_replicas_and_its_endpoints_serve_on(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)

    caches.client.decrease_replica_count(ReplicationGroupId=group_id, NewReplicaCount=0, ApplyImmediately=True)
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    group = caches.group(group_id)
    with connected(primary_endpoint(group)) as primary:
        assert primary.set("still", "here")
    assert process_of(group["NodeGroups"][0]["ReaderEndpoint"]) == process_of(primary_endpoint(group))


@pytest.mark.parametrize("engine", ENGINES)
def test_shards_gain_and_lose_replicas_together_or_each_by_itself(caches: Caches, engine: str) -> None:
    group_id = caches.make_group(Engine=engine, NumNodeGroups=2, ReplicasPerNodeGroup=0, AutomaticFailoverEnabled=True)

    caches.client.increase_replica_count(ReplicationGroupId=group_id, NewReplicaCount=1, ApplyImmediately=True)
    caches.wait("replication_group_available", ReplicationGroupId=group_id)
    after_increase = caches.group(group_id)
    caches.client.decrease_replica_count(
        ReplicationGroupId=group_id,
        ReplicaConfiguration=[{"NodeGroupId": "0002", "NewReplicaCount": 0}],
        ApplyImmediately=True,
    )
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    shards = [part["NodeGroupMembers"] for part in after_increase["NodeGroups"]]
    assert [len({member["PreferredAvailabilityZone"] for member in shard}) for shard in shards] == [2, 2]
    for number in (1, 2):
        with connected(own_endpoint(caches.cluster(f"{group_id}-000{number}-001"))) as primary:
            assert primary.info("replication")["connected_slaves"] == 2 - number
    assert caches.group(group_id)["MemberClusters"] == [
        f"{group_id}-{name}" for name in ("0001-001", "0001-002", "0002-001")
    ]


def test_a_shard_that_is_not_there_gains_and_loses_nothing(standing_shards: Caches) -> None:
    named = {
        "ReplicationGroupId": standing_shards.name("shards"),
        "ReplicaConfiguration": [{"NodeGroupId": "0003", "NewReplicaCount": 1}],
        "ApplyImmediately": True,
    }

    with refused("InvalidParameterValue", words="ids are invalid: [0003]"):
        standing_shards.client.increase_replica_count(**named)
    with refused("InvalidParameterValue", words="ids are invalid: [0003]"):
        standing_shards.client.decrease_replica_count(**named)


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"NewReplicaCount": 2, "ApplyImmediately": False}, "InvalidParameterValue", "ApplyImmediately"),
        ({}, "InvalidParameterCombination", "NewReplicaCount"),
        ({"NewReplicaCount": 6}, "InvalidParameterValue", "between 0 and 5"),
        ({"NewReplicaCount": 1}, "NoOperationFault", "already"),
        ({"NewReplicaCount": 0}, "InvalidParameterCombination", "DecreaseReplicaCount"),
        (
            {"ReplicaConfiguration": [{"NodeGroupId": "0002", "NewReplicaCount": 2}]},
            "InvalidParameterValue",
            "0001",
        ),
        (
            {"ReplicaConfiguration": [{"NodeGroupId": f"000{number}", "NewReplicaCount": 2} for number in (1, 2)]},
            "InvalidParameterCombination",
            "cluster mode",
        ),
        (
            {
                "ReplicaConfiguration": [
                    {"NodeGroupId": "1", "NewReplicaCount": 2, "PreferredAvailabilityZones": [f"{REGION}a"]}
                ]
            },
            "InvalidParameterCombination",
            "must name 3",
        ),
    ],
)
def test_an_increase_that_cannot_be_is_refused(
    standing_pair: Caches, parameters: dict[str, Any], code: str, words: str
) -> None:
    group_id = standing_pair.name("pair")
    before = standing_pair.group(group_id)

    with refused(code, words=words):
        standing_pair.client.increase_replica_count(
            **{"ReplicationGroupId": group_id, "ApplyImmediately": True} | parameters
        )

    assert standing_pair.group(group_id) == before


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"NewReplicaCount": 0, "ApplyImmediately": False}, "InvalidParameterValue", "ApplyImmediately"),
        ({}, "InvalidParameterCombination", "must be given"),
        ({"NewReplicaCount": -1}, "InvalidParameterValue", "between 0 and 5"),
        ({"NewReplicaCount": 1}, "NoOperationFault", "already"),
        ({"NewReplicaCount": 2}, "InvalidParameterCombination", "IncreaseReplicaCount"),
        ({"NewReplicaCount": 0}, "InvalidParameterValue", "Must have at least 1 replica"),
        ({"ReplicasToRemove": ["kept-pair-001"]}, "InvalidParameterValue", "is the primary"),
        ({"ReplicasToRemove": [MISSING]}, "InvalidParameterValue", "not a replica"),
        (
            {
                "ReplicaConfiguration": [
                    {"NodeGroupId": "1", "NewReplicaCount": 0, "PreferredAvailabilityZones": [f"{REGION}c"]}
                ]
            },
            "InvalidParameterCombination",
            "must name 1",
        ),
    ],
)
def test_a_decrease_that_cannot_be_is_refused(
    standing_pair: Caches, parameters: dict[str, Any], code: str, words: str
) -> None:
    group_id = standing_pair.name("pair")
    before = standing_pair.group(group_id)

    with refused(code, words=words):
        standing_pair.client.decrease_replica_count(
            **{"ReplicationGroupId": group_id, "ApplyImmediately": True} | parameters
        )

    assert standing_pair.group(group_id) == before


def test_the_replicas_of_a_group_that_is_not_there_cannot_be_counted(client: Any) -> None:
    with refused("ReplicationGroupNotFoundFault", 404):
        client.increase_replica_count(ReplicationGroupId=MISSING, NewReplicaCount=1, ApplyImmediately=True)
    with refused("ReplicationGroupNotFoundFault", 404):
        client.decrease_replica_count(ReplicationGroupId=MISSING, NewReplicaCount=1, ApplyImmediately=True)


def test_a_group_that_is_being_deleted_gains_and_loses_nothing(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    with frozen(process_of(primary_endpoint(caches.group(group_id)))):
        caches.client.delete_replication_group(ReplicationGroupId=group_id)

        with refused("InvalidReplicationGroupState", words="available"):
            caches.client.increase_replica_count(ReplicationGroupId=group_id, NewReplicaCount=2, ApplyImmediately=True)
        with refused("InvalidReplicationGroupState", words="available"):
            caches.client.decrease_replica_count(ReplicationGroupId=group_id, NewReplicaCount=0, ApplyImmediately=True)
