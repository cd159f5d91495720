"""The three ways to say which node groups, how many nodes and where."""

from typing import Any

import pytest

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.replication_groups import ClusterMode
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, format_slots
from elastane.service.elasticache.requested_layout import requested_layout
from elastane.service.parameters import Parameters

A, B, C = "us-east-1a", "us-east-1b", "us-east-1c"


def shard(**members: Any) -> dict[str, Any]:
    return {"NodeGroupConfiguration": [members]}


UNDERSTOOD: tuple[tuple[dict[str, Any], tuple[str | None, ...]], ...] = (
    ({}, (None,)),
    ({"NumCacheClusters": 3}, (None, None, None)),
    ({"NumCacheClusters": 2, "PreferredCacheClusterAZs": [B, A]}, (B, A)),
    ({"ReplicasPerNodeGroup": 2, "NumNodeGroups": 1}, (None, None, None)),
    ({"ReplicasPerNodeGroup": 1, "NumCacheClusters": 2}, (None, None)),
    (shard(ReplicaCount=1), (None, None)),
    (shard(PrimaryAvailabilityZone=C), (C,)),
    (shard(ReplicaAvailabilityZones=[A, B]), (None, A, B)),
    (shard(NodeGroupId="1", Slots="0-16383", ReplicaCount=1, PrimaryAvailabilityZone=A), (A, None)),
    (shard(ReplicaAvailabilityZones=[B], PrimaryAvailabilityZone=A) | {"ReplicasPerNodeGroup": 1}, (A, B)),
)


def test_a_parameter_group_with_cluster_mode_asks_for_it() -> None:
    layout = requested_layout(Parameters({}), aws_limits(), has_clustered_parameters=True)

    assert layout.cluster_mode is ClusterMode.ENABLED


@pytest.mark.parametrize(("parameters", "zones"), UNDERSTOOD)
def test_a_layout_is_one_entry_a_node_the_primary_first(
    parameters: dict[str, Any], zones: tuple[str | None, ...]
) -> None:
    layout = requested_layout(Parameters(parameters), aws_limits())

    (only,) = layout.shards
    assert (only.id, only.zones, only.slots) == ("0001", zones, NO_SLOTS)
    assert layout.cluster_mode is ClusterMode.DISABLED


def shards(*configurations: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return {"NodeGroupConfiguration": list(configurations), **parameters}


SHARDED: tuple[tuple[dict[str, Any], dict[str, tuple[tuple[str | None, ...], str]]], ...] = (
    (
        {"NumNodeGroups": 3, "ReplicasPerNodeGroup": 1},
        {
            "0001": ((None, None), "0-5461"),
            "0002": ((None, None), "5462-10922"),
            "0003": ((None, None), "10923-16383"),
        },
    ),
    ({"ClusterMode": "enabled"}, {"0001": ((None,), "0-16383")}),
    ({"ClusterMode": "enabled", "NumCacheClusters": 2}, {"0001": ((None, None), "0-16383")}),
    (
        {"ClusterMode": "enabled", "NumCacheClusters": 2, "PreferredCacheClusterAZs": [B, A]},
        {"0001": ((B, A), "0-16383")},
    ),
    (shards({}, {}), {"0001": ((None,), "0-8191"), "0002": ((None,), "8192-16383")}),
    (
        # AWS's own example of a creation with several shards.
        shards(
            {
                "PrimaryAvailabilityZone": C,
                "ReplicaAvailabilityZones": [B],
                "ReplicaCount": 1,
                "Slots": "0-8999",
            },
            {
                "PrimaryAvailabilityZone": A,
                "ReplicaAvailabilityZones": [A, C],
                "ReplicaCount": 2,
                "Slots": "9000-16383",
            },
            NumNodeGroups=2,
        ),
        {"0001": ((C, B), "0-8999"), "0002": ((A, A, C), "9000-16383")},
    ),
    (
        shards({"NodeGroupId": "7", "Slots": "0-100,200-16383"}, {"NodeGroupId": "0002", "Slots": "101-199"}),
        {"0002": ((None,), "101-199"), "0007": ((None,), "0-100,200-16383")},
    ),
    (
        shards({}, {"NodeGroupId": "1"}, {}),
        {"0001": ((None,), "0-5461"), "0002": ((None,), "5462-10922"), "0003": ((None,), "10923-16383")},
    ),
    (
        shards({"ReplicaAvailabilityZones": [A]}, {"PrimaryAvailabilityZone": B}, ReplicasPerNodeGroup=1),
        {"0001": ((None, A), "0-8191"), "0002": ((B, None), "8192-16383")},
    ),
)


@pytest.mark.parametrize(("parameters", "expected"), SHARDED)
def test_a_layout_in_cluster_mode_divides_the_slots_among_its_shards(
    parameters: dict[str, Any], expected: dict[str, tuple[tuple[str | None, ...], str]]
) -> None:
    layout = requested_layout(Parameters(parameters), aws_limits())

    assert layout.cluster_mode is ClusterMode.ENABLED
    assert {shard.id: (shard.zones, format_slots(shard.slots)) for shard in layout.shards} == expected
    assert [shard.id for shard in layout.shards] == sorted(expected)


def test_compatible_is_one_node_group_that_owns_all_slots() -> None:
    layout = requested_layout(Parameters({"ClusterMode": "compatible", "NumCacheClusters": 2}), aws_limits())

    (only,) = layout.shards
    assert (layout.cluster_mode, only.id, only.slots) == (ClusterMode.COMPATIBLE, "0001", ALL_SLOTS)


@pytest.mark.parametrize("parameters", [{"NumNodeGroups": 90}, {"NumNodeGroups": 15, "ReplicasPerNodeGroup": 5}])
def test_aws_s_largest_groups_are_understood(parameters: dict[str, Any]) -> None:
    layout = requested_layout(Parameters(parameters), aws_limits())

    assert sum(len(shard.zones) for shard in layout.shards) == 90


REFUSED: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"NumCacheClusters": 0}, faults.InvalidParameterValue, "between 1 and 6"),
    ({"NumCacheClusters": 7}, faults.InvalidParameterValue, "between 1 and 6"),
    ({"ReplicasPerNodeGroup": 6}, faults.InvalidParameterValue, "ReplicasPerNodeGroup. Must be between 0 and 5"),
    ({"ReplicasPerNodeGroup": -1}, faults.InvalidParameterValue, "between 0 and 5"),
    (shard(ReplicaCount=9), faults.InvalidParameterValue, "ReplicaCount. Must be"),
    ({"NumNodeGroups": 0}, faults.InvalidParameterValue, "NumNodeGroups"),
    (shard(Slots="0-100"), faults.InvalidParameterValue, "every slot from 0 to 16383.* own 101-16383"),
    (shard(Slots="all"), faults.InvalidParameterValue, "Invalid value all for Slots"),
    (shard(NodeGroupId="0002"), faults.InvalidParameterValue, "0001"),
    (shard(NodeGroupId="first"), faults.InvalidParameterValue, "0001"),
    ({"NumCacheClusters": 3, "ReplicasPerNodeGroup": 1}, faults.InvalidParameterCombination, "contradict"),
    (shard(ReplicaCount=1) | {"NumCacheClusters": 3}, faults.InvalidParameterCombination, "contradict"),
    (shard(ReplicaCount=2, ReplicaAvailabilityZones=[A]), faults.InvalidParameterCombination, "each of the 2"),
    ({"NumCacheClusters": 2, "PreferredCacheClusterAZs": [A]}, faults.InvalidParameterCombination, "each of the 2"),
    (shard() | {"PreferredCacheClusterAZs": [A]}, faults.InvalidParameterCombination, "exclude each other"),
)

REFUSED_IN_CLUSTER_MODE: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    (
        {"NumNodeGroups": 2, "ClusterMode": "disabled"},
        faults.InvalidParameterCombination,
        "disabled allows one node group, and 2 were asked for",
    ),
    (shards({}, {}, ClusterMode="compatible"), faults.InvalidParameterCombination, "compatible allows one node group"),
    (
        {"NumNodeGroups": 2, "NumCacheClusters": 4},
        faults.InvalidParameterCombination,
        "^NumCacheClusters can only be specified for one node group.$",
    ),
    (
        {"NumNodeGroups": 2, "PreferredCacheClusterAZs": [A, B]},
        faults.InvalidParameterCombination,
        "^PreferredCacheClusterAZs can only be specified for one node group.$",
    ),
    (shards({}, {}, {}, NumNodeGroups=2), faults.InvalidParameterCombination, "is 2, and .* describes 3"),
    (shard() | {"NumNodeGroups": 2}, faults.InvalidParameterCombination, "is 2, and .* describes 1"),
    (
        {"NumNodeGroups": 91},
        faults.NodeGroupsPerReplicationGroupQuotaExceeded,
        "quota of 90 node groups",
    ),
    (
        {"NumNodeGroups": 10**9},
        faults.NodeGroupsPerReplicationGroupQuotaExceeded,
        "quota of 90 node groups",
    ),
    ({"NumNodeGroups": 31, "ReplicasPerNodeGroup": 2}, faults.NodeQuotaForClusterExceeded, "quota of 90 nodes"),
    (shards({}, {"ReplicaCount": 6}), faults.InvalidParameterValue, "ReplicaCount. Must be between 0 and 5"),
    (shards({"NodeGroupId": "1"}, {"NodeGroupId": "0001"}), faults.InvalidParameterCombination, "more than once"),
    (shards({"NodeGroupId": "0"}, {}), faults.InvalidParameterValue, "from 0001 to 9999"),
    (
        shards({"Slots": "0-8191"}, {}),
        faults.InvalidParameterCombination,
        "for every node group, or for none",
    ),
    (shards({"Slots": "0-8191"}, {"Slots": "8193-16383"}), faults.InvalidParameterValue, "Nobody would own 8192"),
    (
        shards({"Slots": "0-8192"}, {"Slots": "8192-16383"}),
        faults.InvalidParameterValue,
        "for one node group only",
    ),
    (shards({"Slots": "0-8192,5"}, {"Slots": "8193-16383"}), faults.InvalidParameterValue, "more than once"),
    (shards({"Slots": "0-16384"}, {"Slots": "1"}), faults.InvalidParameterValue, "between 0 and 16383"),
    (
        shards({"ReplicaAvailabilityZones": [A]}, {}, ReplicasPerNodeGroup=2),
        faults.InvalidParameterCombination,
        "each of the 2 replicas",
    ),
    (
        shards({"ReplicaCount": 1}, {}, ReplicasPerNodeGroup=2),
        faults.InvalidParameterCombination,
        "contradict each other",
    ),
    (
        {"NumNodeGroups": 2, "PrimaryClusterId": "sessions"},
        faults.InvalidParameterCombination,
        "PrimaryClusterId cannot be given",
    ),
    (
        {"ClusterMode": "compatible", "PrimaryClusterId": "sessions"},
        faults.InvalidParameterCombination,
        "PrimaryClusterId cannot be given",
    ),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED + REFUSED_IN_CLUSTER_MODE)
def test_a_layout_that_cannot_be_is_refused(parameters: dict[str, Any], fault: type[Fault], sentence: str) -> None:
    with pytest.raises(fault, match=sentence):
        requested_layout(Parameters(parameters), aws_limits())
