"""ModifyReplicationGroup's ClusterMode over the wire: from disabled over compatible to enabled, keys and all."""

from typing import Any

import pytest

from tests.conformance.caches import ENGINES, Caches, connected, primary_endpoint, reader_endpoint, refused
from tests.conformance.clustered import KEYS, clustered, kept


def make_pair(caches: Caches, **parameters: Any) -> Any:
    """A group without cluster mode that holds every key of KEYS."""
    group_id = caches.make_group(NumCacheClusters=2, AutomaticFailoverEnabled=True, **parameters)
    group = caches.group(group_id)
    with connected(primary_endpoint(group)) as primary:
        primary.mset(KEYS)
        primary.wait(1, 2000)
    return group


@pytest.mark.parametrize("engine", ENGINES)
def test_clients_of_both_kinds_are_served_on_the_way_and_no_key_is_lost(caches: Caches, engine: str) -> None:
    before = make_pair(caches, Engine=engine)
    group_id = before["ReplicationGroupId"]

    compatible = caches.change_group(group_id, ClusterMode="compatible", ApplyImmediately=True)
    with connected(primary_endpoint(compatible)) as plain, clustered(compatible) as cluster:
        seen = [plain.get(key) for key in KEYS]
        plain.set("written by", "a plain client")
        assert cluster.get("written by") == "a plain client"
    enabled = caches.change_group(group_id, ClusterMode="enabled", ApplyImmediately=True)

    assert seen == list(KEYS.values())
    assert (compatible["ClusterMode"], enabled["ClusterMode"]) == ("compatible", "enabled")
    assert primary_endpoint(compatible) == primary_endpoint(before)
    assert reader_endpoint(compatible) == reader_endpoint(before)
    assert enabled["ConfigurationEndpoint"] == compatible["ConfigurationEndpoint"]
    assert "PrimaryEndpoint" not in enabled["NodeGroups"][0]
    assert enabled["NodeGroups"][0]["Slots"] == "0-16383"
    assert kept(enabled) == KEYS


def test_a_mode_that_is_being_made_is_pending(caches: Caches) -> None:
    group_id = make_pair(caches)["ReplicationGroupId"]

    answer = caches.client.modify_replication_group(
        ReplicationGroupId=group_id, ClusterMode="compatible", ApplyImmediately=True
    )["ReplicationGroup"]
    caches.wait("replication_group_available", ReplicationGroupId=group_id)
    after = caches.group(group_id)

    assert (answer["ClusterMode"], answer["PendingModifiedValues"]) == ("disabled", {"ClusterMode": "compatible"})
    assert (after["ClusterMode"], after["PendingModifiedValues"]) == ("compatible", {})


def test_from_compatible_there_is_a_way_back(caches: Caches) -> None:
    before = make_pair(caches)
    group_id = before["ReplicationGroupId"]
    caches.change_group(group_id, ClusterMode="compatible", ApplyImmediately=True)

    after = caches.change_group(group_id, ClusterMode="disabled", ApplyImmediately=True)

    assert after["ClusterEnabled"] is False
    assert "ConfigurationEndpoint" not in after
    assert primary_endpoint(after) == primary_endpoint(before)
    with connected(primary_endpoint(after)) as primary:
        assert primary.mget(KEYS) == list(KEYS.values())


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"ClusterMode": "enabled"}, "compatible first"),
        ({"ClusterMode": "compatible", "SnapshotRetentionLimit": 1}, "SnapshotRetentionLimit cannot be modified"),
        (
            {"ClusterMode": "compatible", "CacheParameterGroupName": "default.valkey9"},
            "should be enabled",
        ),
        ({"CacheParameterGroupName": "default.valkey9.cluster.on"}, "cluster-enabled has a different value"),
    ],
)
def test_a_mode_that_cannot_be_next_is_refused(standing_pair: Caches, parameters: dict[str, Any], words: str) -> None:
    group_id = standing_pair.name("pair")
    before = standing_pair.group(group_id)

    with refused("InvalidParameterCombination", words=words):
        standing_pair.client.modify_replication_group(ReplicationGroupId=group_id, **parameters)

    assert standing_pair.group(group_id) == before


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"ClusterMode": "disabled"}, "is final"),
        ({"ClusterMode": "compatible"}, "is final"),
        ({"AutomaticFailoverEnabled": False}, "Turning off automatic failover"),
        ({"PrimaryClusterId": "kept-shards-0001-001"}, "TestFailover"),
        ({"SnapshottingClusterId": "kept-shards-0001-001"}, "Cannot set snapshotting cluster"),
    ],
)
def test_what_makes_no_sense_with_cluster_mode_enabled_is_refused(
    standing_shards: Caches, parameters: dict[str, Any], words: str
) -> None:
    with refused("InvalidParameterCombination", words=words):
        standing_shards.client.modify_replication_group(ReplicationGroupId=standing_shards.name("shards"), **parameters)
