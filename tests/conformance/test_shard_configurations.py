"""ModifyReplicationGroupShardConfiguration over the wire, with what it does to real engines and their keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.caches import ENGINES, Caches, own_endpoint, process_of, refused
from tests.conformance.clustered import KEYS, clustered, kept
from tests.kit.elastane import REGION

MISSING = "there-is-no-such-group"

# The first of two shards owns 16,000 slots, and the second the few others.
UNEVEN = ({"NodeGroupId": "0001", "Slots": "0-15999"}, {"NodeGroupId": "0002", "Slots": "16000-16383"})


def make_shards(caches: Caches, *, shards: int, replicas: int = 0, **parameters: Any) -> str:
    """Answers the group's id; every key of KEYS is in it."""
    layout: dict[str, Any] = {"ClusterMode": "enabled", "NumNodeGroups": shards, "ReplicasPerNodeGroup": replicas}
    group_id = caches.make_group(**layout | parameters)
    with clustered(caches.group(group_id)) as cluster:
        for key, value in KEYS.items():
            cluster.set(key, value)
    return group_id


def slots(group: Mapping[str, Any]) -> dict[str, str]:
    return {part["NodeGroupId"]: part["Slots"] for part in group["NodeGroups"]}


def reshard(caches: Caches, group_id: str, shard_count: int, **parameters: Any) -> Any:
    """Answers the group as it was told at once, and returns when it is done."""
    answer = caches.client.modify_replication_group_shard_configuration(
        ReplicationGroupId=group_id, NodeGroupCount=shard_count, ApplyImmediately=True, **parameters
    )
    caches.wait("replication_group_available", ReplicationGroupId=group_id)
    return answer["ReplicationGroup"]


def told(caches: Caches, group_id: str) -> list[str]:
    """The group's own history, oldest first."""
    answer = caches.client.describe_events(SourceType="replication-group", SourceIdentifier=group_id)
    return [event["Message"] for event in reversed(answer["Events"])]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_shard_is_added_with_its_share_of_the_slots_and_no_key_is_lost(caches: Caches, engine: str) -> None:
    group_id = make_shards(caches, shards=2, replicas=1, Engine=engine)

    answer = reshard(caches, group_id, 3)

    group = caches.group(group_id)
    assert answer["Status"] == "modifying"
    assert answer["PendingModifiedValues"]["Resharding"]["SlotMigration"]["ProgressPercentage"] == 0.0
    assert slots(group) == {"0001": "0-5461", "0002": "8192-13652", "0003": "5462-8191,13653-16383"}
    assert group["MemberClusters"][4:] == [f"{group_id}-0003-001", f"{group_id}-0003-002"]
    assert group["PendingModifiedValues"] == {}
    assert kept(group) == KEYS
    assert "Started to change the number of shards from 2 to 3" in told(caches, group_id)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_shard_is_removed_with_its_processes_after_its_keys_have_moved(
    caches: Caches, engine: str, elastane: Any
) -> None:
    group_id = make_shards(caches, shards=3, Engine=engine)
    departing = process_of(own_endpoint(caches.cluster(f"{group_id}-0002-001")))

    reshard(caches, group_id, 2, NodeGroupsToRemove=["0002"])

    group = caches.group(group_id)
    assert slots(group) == {"0001": "0-8191", "0003": "8192-16383"}
    assert group["MemberClusters"] == [f"{group_id}-0001-001", f"{group_id}-0003-001"]
    assert kept(group) == KEYS
    assert not Path(f"/proc/{departing}").exists()
    assert not (elastane.data_dir / "nodes" / REGION / f"{group_id}-0002-001").exists()


def test_shards_may_be_named_by_what_stays_and_their_number_is_free_again(caches: Caches) -> None:
    group_id = make_shards(caches, shards=3)

    reshard(caches, group_id, 1, NodeGroupsToRetain=["3"])
    alone = caches.group(group_id)
    reshard(caches, group_id, 2, ReshardingConfiguration=[{"PreferredAvailabilityZones": [f"{REGION}c"]}])

    group = caches.group(group_id)
    assert slots(alone) == {"0003": "0-16383"}
    assert slots(group) == {"0001": "8192-16383", "0003": "0-8191"}
    assert group["NodeGroups"][0]["NodeGroupMembers"][0]["PreferredAvailabilityZone"] == f"{REGION}c"
    assert kept(group) == KEYS


def test_slots_are_evened_out_and_even_ones_stay(caches: Caches) -> None:
    group_id = make_shards(caches, shards=2, NodeGroupConfiguration=UNEVEN)

    reshard(caches, group_id, 2)
    balanced = caches.group(group_id)
    again = reshard(caches, group_id, 2)

    assert slots(balanced) == {"0001": "0-8191", "0002": "8192-16383"}
    assert kept(balanced) == KEYS
    assert again["Status"] == "available"
    assert told(caches, group_id).count("Started to rebalance the slots of 2 shards") == 1


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"ApplyImmediately": False}, "InvalidParameterValue", "ApplyImmediately"),
        ({"NodeGroupCount": 0}, "InvalidParameterValue", "at least 1"),
        ({"NodeGroupCount": 91}, "NodeGroupsPerReplicationGroupQuotaExceeded", "90 node groups"),
        ({"NodeGroupCount": 1}, "InvalidParameterCombination", "NodeGroupsToRemove or NodeGroupsToRetain"),
        ({"NodeGroupCount": 1, "NodeGroupsToRemove": ["0010"]}, "InvalidParameterValue", "ids are invalid: [0010]"),
        ({"NodeGroupCount": 1, "NodeGroupsToRemove": ["1", "2"]}, "InvalidParameterCombination", "2 are named"),
        ({"NodeGroupsToRetain": ["0001"]}, "InvalidParameterCombination", "only when NodeGroupCount is less"),
        (
            {"NodeGroupCount": 2, "ReshardingConfiguration": [{"NodeGroupId": "0003"}]},
            "InvalidParameterCombination",
            "only when",
        ),
        (
            {"NodeGroupCount": 3, "ReshardingConfiguration": [{"PreferredAvailabilityZones": ["moon-1a"]}]},
            "InvalidParameterValue",
            "moon-1a",
        ),
    ],
)
def test_shards_that_cannot_be_are_refused(
    standing_shards: Caches, parameters: dict[str, Any], code: str, words: str
) -> None:
    group_id = standing_shards.name("shards")
    before = standing_shards.group(group_id)

    with refused(code, words=words):
        standing_shards.client.modify_replication_group_shard_configuration(
            **{"ReplicationGroupId": group_id, "NodeGroupCount": 2, "ApplyImmediately": True} | parameters
        )

    assert standing_shards.group(group_id) == before


def test_a_group_without_cluster_mode_has_no_shards_to_configure(standing_pair: Caches) -> None:
    with refused("InvalidParameterValue", words="only applicable for cluster mode enabled replication groups"):
        standing_pair.client.modify_replication_group_shard_configuration(
            ReplicationGroupId=standing_pair.name("pair"), NodeGroupCount=2, ApplyImmediately=True
        )


def test_a_group_that_is_not_there_is_not_resharded(client: Any) -> None:
    with refused("ReplicationGroupNotFoundFault", 404):
        client.modify_replication_group_shard_configuration(
            ReplicationGroupId=MISSING, NodeGroupCount=2, ApplyImmediately=True
        )


def test_a_group_that_is_being_resharded_is_not_resharded_again(caches: Caches) -> None:
    group_id = make_shards(caches, shards=1)

    caches.client.modify_replication_group_shard_configuration(
        ReplicationGroupId=group_id, NodeGroupCount=2, ApplyImmediately=True
    )
    with refused("InvalidReplicationGroupState", words="available"):
        caches.client.modify_replication_group_shard_configuration(
            ReplicationGroupId=group_id, NodeGroupCount=3, ApplyImmediately=True
        )

    caches.wait("replication_group_available", ReplicationGroupId=group_id)
