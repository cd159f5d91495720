"""Automatic failover, Multi-AZ and zones: what each action that touches nodes or flags holds to.

The rule is one (`model.availability`); here is that no action gets past it.
"""

from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.service.context import Context
from tests.kit.contexts import REGION, call, create_cluster, create_group, describe_group, settle, stored_group

A, B, C = (f"{REGION}{letter}" for letter in "abc")
BOTH: dict[str, Any] = {"AutomaticFailoverEnabled": True, "MultiAZEnabled": True}
FAILOVER: dict[str, Any] = {"AutomaticFailoverEnabled": True}
IN_ONE_ZONE: dict[str, Any] = {"PreferredCacheClusterAZs": [A, A]}
IN_TWO_ZONES: dict[str, Any] = {"PreferredCacheClusterAZs": [A, A, B]}


async def zones(ctx: Context) -> list[str]:
    """Of the nodes, the primary first."""
    desired = await stored_group(ctx, "orders")
    assert desired is not None
    return [node.zone for node in desired.nodes]


# --- creation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"nodes": 1, **FAILOVER}, "at least 2 cache clusters"),
        ({"nodes": 2, "MultiAZEnabled": True}, "Multi-AZ needs automatic failover"),
        ({"nodes": 2, **BOTH, **IN_ONE_ZONE}, "in another Availability Zone"),
        (
            {
                "nodes": 2,
                **BOTH,
                "NodeGroupConfiguration": [{"PrimaryAvailabilityZone": A, "ReplicaAvailabilityZones": [A]}],
            },
            "in another Availability Zone",
        ),
    ],
)
async def test_a_group_that_could_not_fail_over_is_not_made(
    ctx: Context, parameters: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match=sentence):
        await create_group(ctx, **parameters)

    assert await stored_group(ctx, "orders") is None


async def test_multi_az_needs_a_subnet_group_of_two_zones(ctx: Context) -> None:
    await make_subnet_group_of(ctx, A)

    with pytest.raises(faults.InvalidParameterCombination, match="in another Availability Zone"):
        await create_group(ctx, CacheSubnetGroupName="nightly", **BOTH)


async def test_a_group_around_a_cluster_follows_the_same_rule(ctx: Context) -> None:
    await create_cluster(ctx, PreferredAvailabilityZone=B)
    await settle(ctx)
    around: dict[str, Any] = {"Engine": None, "CacheNodeType": None, "PrimaryClusterId": "sessions", **BOTH}

    with pytest.raises(faults.InvalidParameterCombination, match="at least 2 cache clusters"):
        await create_group(ctx, nodes=1, **around)
    with pytest.raises(faults.InvalidParameterCombination, match="in another Availability Zone"):
        await create_group(ctx, nodes=2, PreferredCacheClusterAZs=[B, B], **around)
    await create_group(ctx, nodes=2, **around)

    assert await zones(ctx) == [B, A]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param({"nodes": 2}, [A, B], id="spread"),
        pytest.param({"nodes": 5}, [A, B, C, A, B], id="spread evenly"),
        pytest.param({"nodes": 3, "PreferredCacheClusterAZs": [C, A, C]}, [C, A, C], id="named, the primary first"),
        pytest.param(
            {"nodes": 3, "NodeGroupConfiguration": [{"PrimaryAvailabilityZone": C}]}, [C, A, B], id="primary named"
        ),
        pytest.param(
            {
                "nodes": 3,
                "NodeGroupConfiguration": [{"PrimaryAvailabilityZone": B, "ReplicaAvailabilityZones": [C, A]}],
            },
            [B, C, A],
            id="each named",
        ),
        pytest.param(
            {"nodes": 3, "NodeGroupConfiguration": [{"ReplicaAvailabilityZones": [A, B]}]},
            [C, A, B],
            id="replicas named, the primary where there is none",
        ),
    ],
)
async def test_nodes_go_where_they_are_named_to_and_else_apart(
    ctx: Context, parameters: dict[str, Any], expected: list[str]
) -> None:
    await create_group(ctx, **parameters, **BOTH)

    assert await zones(ctx) == expected


# --- change --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "parameters", "sentence"),
    [
        ({"nodes": 1}, FAILOVER, "at least 2 cache clusters"),
        ({"nodes": 2}, {"MultiAZEnabled": True}, "Multi-AZ needs automatic failover"),
        ({"nodes": 2, **IN_ONE_ZONE}, BOTH, "in another Availability Zone"),
        ({"nodes": 2, **FAILOVER, **IN_ONE_ZONE}, {"MultiAZEnabled": True}, "in another Availability Zone"),
        ({"nodes": 2, **BOTH}, {"AutomaticFailoverEnabled": False}, "Multi-AZ needs automatic failover"),
    ],
)
async def test_flags_that_could_not_be_true_are_refused(
    ctx: Context, made: dict[str, Any], parameters: dict[str, Any], sentence: str
) -> None:
    await create_group(ctx, **made)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match=sentence):
        await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", **parameters)

    assert (await describe_group(ctx))["Status"] == "available"


async def test_a_replica_in_another_zone_makes_multi_az_possible(ctx: Context) -> None:
    await create_group(ctx, **IN_ONE_ZONE)
    await settle(ctx)
    await call(ctx, "IncreaseReplicaCount", ReplicationGroupId="orders", NewReplicaCount=2, ApplyImmediately=True)
    await settle(ctx)

    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", **BOTH)

    assert await zones(ctx) == [A, A, B]
    assert (await describe_group(ctx))["MultiAZ"] == "enabled"


REFUSED_REMOVALS: tuple[tuple[dict[str, Any], str, dict[str, Any], type[Fault], str], ...] = (
    (
        {"nodes": 2, **BOTH},
        "DecreaseReplicaCount",
        {"NewReplicaCount": 0},
        faults.InvalidParameterValue,
        "at least 1 replica for Multi-AZ",
    ),
    (
        {"nodes": 3, **BOTH, **IN_TWO_ZONES},
        "DecreaseReplicaCount",
        {"ReplicasToRemove": ["orders-003"]},
        faults.InvalidParameterCombination,
        "in another Availability Zone",
    ),
    (
        {"nodes": 2, **BOTH},
        "DeleteCacheCluster",
        {"CacheClusterId": "orders-002"},
        faults.InvalidCacheClusterState,
        "the only read replica",
    ),
    (
        {"nodes": 3, **BOTH, **IN_TWO_ZONES},
        "DeleteCacheCluster",
        {"CacheClusterId": "orders-003"},
        faults.InvalidCacheClusterState,
        "no other replica in another Availability Zone",
    ),
    (
        {"nodes": 3, **BOTH},
        "DeleteCacheCluster",
        {"CacheClusterId": "orders-001"},
        faults.InvalidCacheClusterState,
        "it is the primary",
    ),
)


@pytest.mark.parametrize(("made", "action", "parameters", "fault", "sentence"), REFUSED_REMOVALS)
async def test_who_a_failover_needs_does_not_leave(
    ctx: Context, made: dict[str, Any], action: str, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_group(ctx, **made)
    await settle(ctx)
    before = await stored_group(ctx, "orders")
    named = {} if action == "DeleteCacheCluster" else {"ReplicationGroupId": "orders", "ApplyImmediately": True}

    with pytest.raises(fault, match=sentence):
        await call(ctx, action, **named | parameters)

    assert await stored_group(ctx, "orders") == before


async def test_two_removals_in_a_row_do_not_get_past_the_rule(ctx: Context) -> None:
    await create_group(ctx, nodes=3, **BOTH)
    await settle(ctx)
    await call(ctx, "DeleteCacheCluster", CacheClusterId="orders-003")

    with pytest.raises(faults.InvalidCacheClusterState, match="the only read replica"):
        await call(ctx, "DeleteCacheCluster", CacheClusterId="orders-002")


async def make_subnet_group_of(ctx: Context, zone: str) -> None:
    """A subnet group with one subnet of the built-in network."""
    (built_in,) = (await call(ctx, "DescribeCacheSubnetGroups", CacheSubnetGroupName="default"))["CacheSubnetGroups"]
    subnet_ids = [
        subnet["SubnetIdentifier"] for subnet in built_in["Subnets"] if subnet["SubnetAvailabilityZone"]["Name"] == zone
    ]
    await call(
        ctx,
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="nightly",
        CacheSubnetGroupDescription="for the nights",
        SubnetIds=subnet_ids,
    )
