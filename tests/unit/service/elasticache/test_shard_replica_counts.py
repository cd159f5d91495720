"""IncreaseReplicaCount and DecreaseReplicaCount with cluster mode: for all shards, or for some."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.observations import Role
from elastane.model.replication_groups import ReplicationGroup
from elastane.service.context import Context
from tests.kit import contexts
from tests.kit.contexts import (
    REGION,
    call,
    create_group,
    create_sharded_group,
    describe_cluster,
    group_key,
    settle,
    stored_group,
)

A, B, C = (f"{REGION}{letter}" for letter in "abc")


async def make_shards(ctx: Context, *, shards: int = 2, replicas: int = 1, **parameters: Any) -> ReplicationGroup:
    await create_sharded_group(ctx, shards=shards, replicas=replicas, **parameters)
    await settle(ctx)
    return await stored(ctx)


async def stored(ctx: Context) -> ReplicationGroup:
    desired = await stored_group(ctx, "orders")
    assert desired is not None
    return desired


async def change(ctx: Context, action: str, **parameters: Any) -> None:
    await call(ctx, action, **{"ReplicationGroupId": "orders", "ApplyImmediately": True} | parameters)


def shard(name: str, replica_count: int, *zones: str) -> dict[str, Any]:
    return {"NodeGroupId": name, "NewReplicaCount": replica_count, "PreferredAvailabilityZones": list(zones) or None}


def members(group: ReplicationGroup) -> list[list[str]]:
    """The nodes of each shard, without the group's name."""
    return [[node.id.removeprefix(f"{group.id}-") for node in part.nodes] for part in group.node_groups]


def leaving(group: ReplicationGroup) -> list[str]:
    return [node.id.removeprefix(f"{group.id}-") for node in group.nodes if node.is_leaving]


# --- more ------------------------------------------------------------------------------------------


async def test_every_shard_gets_as_many_replicas_each_where_it_has_the_fewest_nodes(ctx: Context) -> None:
    await make_shards(ctx, replicas=0)

    await change(ctx, "IncreaseReplicaCount", NewReplicaCount=2)

    group = await stored(ctx)
    assert members(group) == [["0001-001", "0001-002", "0001-003"], ["0002-001", "0002-002", "0002-003"]]
    assert [{node.zone for node in part.nodes} for part in group.node_groups] == [{A, B, C}] * 2
    assert len({node.address for node in group.nodes}) == 6


async def test_some_shards_get_more_and_the_others_stay(ctx: Context) -> None:
    await make_shards(ctx, shards=3)

    await change(ctx, "IncreaseReplicaCount", ReplicaConfiguration=[shard("3", 2), shard("0001", 1)])

    assert [len(part) for part in members(await stored(ctx))] == [2, 2, 3]


async def test_replicas_of_several_shards_are_spread_over_the_zones_too(ctx: Context) -> None:
    await make_shards(ctx, shards=3, replicas=0)

    await change(ctx, "IncreaseReplicaCount", NewReplicaCount=1)

    group = await stored(ctx)
    assert sorted(node.zone for node in group.nodes) == [A, A, B, B, C, C]
    assert all(part.nodes[0].zone != part.nodes[1].zone for part in group.node_groups)


async def test_where_zones_are_even_a_replica_keeps_away_from_the_primary(ctx: Context) -> None:
    before = await make_shards(ctx, shards=1, replicas=2)

    await change(ctx, "IncreaseReplicaCount", NewReplicaCount=4)

    zones = [node.zone for node in (await stored(ctx)).nodes]
    assert zones.count(before.nodes[0].zone) == 1


async def test_replicas_go_where_they_are_named_to_in_their_own_shard(ctx: Context) -> None:
    before = await make_shards(ctx)
    present = [node.zone for node in before.node_groups[1].nodes]

    await change(ctx, "IncreaseReplicaCount", ReplicaConfiguration=[shard("0002", 2, B, *present)])

    first, second = (await stored(ctx)).node_groups
    assert first == before.node_groups[0]
    assert second.nodes[2].zone == B


async def test_a_gap_in_a_shards_numbers_is_filled(ctx: Context) -> None:
    await make_shards(ctx, replicas=2)
    await change(ctx, "DecreaseReplicaCount", ReplicasToRemove=["orders-0001-002"])
    await settle(ctx)

    await change(ctx, "IncreaseReplicaCount", NewReplicaCount=2, ReplicaConfiguration=None)

    assert sorted(members(await stored(ctx))[0]) == ["0001-001", "0001-002", "0001-003"]


async def test_new_replicas_have_their_groups_tags(ctx: Context) -> None:
    await make_shards(ctx, Tags=[{"Key": "team", "Value": "shop"}])

    await change(ctx, "IncreaseReplicaCount", NewReplicaCount=2)

    arn = (await describe_cluster(ctx, "orders-0002-003"))["ARN"]
    assert (await call(ctx, "ListTagsForResource", ResourceName=arn))["TagList"] == [{"Key": "team", "Value": "shop"}]


# --- fewer -----------------------------------------------------------------------------------------


async def test_every_shard_may_be_left_without_a_replica(ctx: Context) -> None:
    await make_shards(ctx)

    await change(ctx, "DecreaseReplicaCount", NewReplicaCount=0)

    assert leaving(await stored(ctx)) == ["0001-002", "0002-002"]


async def test_only_the_shards_named_lose_replicas(ctx: Context) -> None:
    await make_shards(ctx, replicas=2)

    await change(ctx, "DecreaseReplicaCount", ReplicaConfiguration=[shard("2", 0)])

    assert leaving(await stored(ctx)) == ["0002-002", "0002-003"]


async def test_replicas_of_several_shards_may_be_named(ctx: Context) -> None:
    await make_shards(ctx, replicas=2)

    await change(ctx, "DecreaseReplicaCount", ReplicasToRemove=["Orders-0001-002", "orders-0002-003"])

    assert leaving(await stored(ctx)) == ["0001-002", "0002-003"]


async def test_a_count_and_the_names_may_go_together_where_they_agree(ctx: Context) -> None:
    await make_shards(ctx, replicas=2)

    await change(
        ctx, "DecreaseReplicaCount", NewReplicaCount=1, ReplicasToRemove=["orders-0001-002", "orders-0002-002"]
    )

    assert leaving(await stored(ctx)) == ["0001-002", "0002-002"]


async def test_those_leave_whose_zone_is_not_named_for_who_stays(ctx: Context) -> None:
    before = await make_shards(ctx, replicas=2)
    primary, first, second = before.node_groups[1].nodes

    await change(ctx, "DecreaseReplicaCount", ReplicaConfiguration=[shard("0002", 1, second.zone, primary.zone)])

    assert leaving(await stored(ctx)) == [first.id.removeprefix("orders-")]


async def test_of_a_zone_that_is_named_for_some_of_its_nodes_the_newest_leave_and_never_the_primary(
    ctx: Context,
) -> None:
    before = await make_shards(ctx, shards=1, replicas=5)  # two nodes in each of three zones
    primary = before.nodes[0]
    zones = [A, B, C]

    await change(ctx, "DecreaseReplicaCount", ReplicaConfiguration=[shard("0001", 2, *zones)])

    staying = [node for node in (await stored(ctx)).nodes if not node.is_leaving]
    assert primary.id in {node.id for node in staying}
    assert sorted(node.zone for node in staying) == zones
    assert [node.id for node in staying] == [node.id for node in before.nodes[:3]]


async def test_a_primary_stays_in_whichever_shard_and_whatever_its_number(ctx: Context) -> None:
    await make_shards(ctx)
    await contexts.observe_node(ctx, group_key("orders"), "orders-0002-001", role=Role.REPLICA)
    await contexts.observe_node(ctx, group_key("orders"), "orders-0002-002", role=Role.PRIMARY)

    with pytest.raises(faults.InvalidCacheClusterState, match="hands its role over"):
        await change(ctx, "DecreaseReplicaCount", NewReplicaCount=0)
    with pytest.raises(faults.InvalidParameterValue, match="is the primary"):
        await change(ctx, "DecreaseReplicaCount", ReplicasToRemove=["orders-0002-002"])

    assert leaving(await stored(ctx)) == []


# --- refused ---------------------------------------------------------------------------------------

MORE, FEWER = "IncreaseReplicaCount", "DecreaseReplicaCount"
COMBINATION = faults.InvalidParameterCombination
REFUSED: tuple[tuple[str, dict[str, Any], type[Fault], str], ...] = (
    (MORE, {"NewReplicaCount": 1}, faults.NoOperation, "0001: 1, 0002: 1"),
    (FEWER, {"NewReplicaCount": 1}, faults.NoOperation, "already"),
    (MORE, {"ReplicaConfiguration": [shard("2", 1)]}, faults.NoOperation, "0002: 1"),
    (MORE, {"NewReplicaCount": 0}, COMBINATION, "Node group 0001 has more than 0"),
    (FEWER, {"ReplicaConfiguration": [shard("2", 2)]}, COMBINATION, "Node group 0002 has fewer than 2"),
    (MORE, {"ReplicaConfiguration": [shard("3", 2), shard("1", 2)]}, faults.InvalidParameterValue, r"invalid: \[3\]"),
    (FEWER, {"ReplicaConfiguration": [shard("0", 0)]}, faults.InvalidParameterValue, r"invalid: \[0\]"),
    (MORE, {"ReplicaConfiguration": [shard("1", 2), shard("0001", 3)]}, COMBINATION, "more than once"),
    (MORE, {"ReplicaConfiguration": [shard("1", 2), shard("1", 3)]}, COMBINATION, "more than once"),
    (MORE, {"ReplicaConfiguration": [shard("1", 6)]}, faults.InvalidParameterValue, "between 0 and 5"),
    (MORE, {"ReplicaConfiguration": [shard("1", 2, A, B)]}, COMBINATION, "must name 3"),
    (FEWER, {"ReplicaConfiguration": [shard("1", 0, A, B)]}, COMBINATION, "must name 1 Availability Zones"),
    (FEWER, {"ReplicaConfiguration": [shard("1", 0, C)]}, COMBINATION, "must name 1 Availability Zones"),
    (FEWER, {"ReplicaConfiguration": [shard("1", 0, B)]}, COMBINATION, f"must name {A}, where the primary"),
    (
        FEWER,
        {"ReplicaConfiguration": [shard("1", 0, A)], "ReplicasToRemove": ["orders-0001-002"]},
        COMBINATION,
        "exclude each other",
    ),
    (FEWER, {"ReplicasToRemove": ["orders-0003-001"]}, faults.InvalidParameterValue, "not a replica"),
    (FEWER, {"ReplicasToRemove": ["orders-0002-001"]}, faults.InvalidParameterValue, "the primary"),
    (
        FEWER,
        {"NewReplicaCount": 0, "ReplicasToRemove": ["orders-0001-002"]},
        COMBINATION,
        "names 0 replicas of node group 0002, and NewReplicaCount removes 1",
    ),
    (
        FEWER,
        {"ReplicaConfiguration": [shard("1", 0)], "ReplicasToRemove": ["orders-0001-002", "orders-0002-002"]},
        COMBINATION,
        "names 1 replicas of node group 0002, and NewReplicaCount removes 0",
    ),
)


@pytest.mark.parametrize(("action", "parameters", "fault", "sentence"), REFUSED)
async def test_a_refused_change_of_replicas_says_why_and_changes_nothing(
    ctx: Context, action: str, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    before = await make_shards(ctx)

    with pytest.raises(fault, match=sentence):
        await change(ctx, action, **parameters)

    assert await stored(ctx) == before


async def test_multi_az_keeps_a_replica_in_every_shard(ctx: Context) -> None:
    await make_shards(ctx, MultiAZEnabled=True)

    with pytest.raises(faults.InvalidParameterValue, match="at least 1 replica for Multi-AZ"):
        await change(ctx, "DecreaseReplicaCount", ReplicaConfiguration=[shard("2", 0)])


async def test_all_shards_share_one_quota_of_nodes(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), nodes_per_cluster_mode_group=5))
    await make_shards(small)

    with pytest.raises(faults.NodeQuotaForCustomerExceeded, match="5 nodes"):
        await change(small, "IncreaseReplicaCount", NewReplicaCount=2)
    await change(small, "IncreaseReplicaCount", ReplicaConfiguration=[shard("1", 2)])


@pytest.mark.parametrize("action", [MORE, FEWER])
async def test_a_group_on_its_way_to_cluster_mode_is_not_scaled(ctx: Context, action: str) -> None:
    await create_group(ctx, nodes=3, AutomaticFailoverEnabled=True)
    await settle(ctx)
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", ClusterMode="compatible")
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="cannot be scaled"):
        await change(ctx, action, NewReplicaCount=1)
