"""The three ways to say how many nodes and where."""

from typing import Any

import pytest

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
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


@pytest.mark.parametrize(("parameters", "zones"), UNDERSTOOD)
def test_a_layout_is_one_entry_a_node_the_primary_first(
    parameters: dict[str, Any], zones: tuple[str | None, ...]
) -> None:
    assert requested_layout(Parameters(parameters), aws_limits()).zones == zones


REFUSED: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"NumCacheClusters": 0}, faults.InvalidParameterValue, "between 1 and 6"),
    ({"NumCacheClusters": 7}, faults.InvalidParameterValue, "between 1 and 6"),
    ({"ReplicasPerNodeGroup": 6}, faults.InvalidParameterValue, "ReplicasPerNodeGroup. Must be between 0 and 5"),
    ({"ReplicasPerNodeGroup": -1}, faults.InvalidParameterValue, "between 0 and 5"),
    (shard(ReplicaCount=9), faults.InvalidParameterValue, "ReplicaCount. Must be"),
    ({"NumNodeGroups": 0}, faults.InvalidParameterValue, "NumNodeGroups"),
    ({"NumNodeGroups": 2}, faults.InvalidParameterCombination, "cluster mode"),
    ({"NodeGroupConfiguration": [{}, {}]}, faults.InvalidParameterCombination, "cluster mode"),
    (shard(Slots="0-100"), faults.InvalidParameterValue, "0-16383"),
    (shard(NodeGroupId="0002"), faults.InvalidParameterValue, "0001"),
    (shard(NodeGroupId="first"), faults.InvalidParameterValue, "0001"),
    ({"NumCacheClusters": 3, "ReplicasPerNodeGroup": 1}, faults.InvalidParameterCombination, "contradict"),
    (shard(ReplicaCount=1) | {"NumCacheClusters": 3}, faults.InvalidParameterCombination, "contradict"),
    (shard(ReplicaCount=2, ReplicaAvailabilityZones=[A]), faults.InvalidParameterCombination, "each of the 2"),
    ({"NumCacheClusters": 2, "PreferredCacheClusterAZs": [A]}, faults.InvalidParameterCombination, "each of the 2"),
    (shard() | {"PreferredCacheClusterAZs": [A]}, faults.InvalidParameterCombination, "exclude each other"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED)
def test_a_layout_that_cannot_be_is_refused(parameters: dict[str, Any], fault: type[Fault], sentence: str) -> None:
    with pytest.raises(fault, match=sentence):
        requested_layout(Parameters(parameters), aws_limits())
