"""ModifyReplicationGroupShardConfiguration: shards come, go, and are evened out."""

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.replication_groups import ReplicationGroup, Resharding
from elastane.model.slots import ALL_SLOTS, count, format_slots, union
from elastane.service.context import Context
from elastane.store.events import list_events
from tests.kit.contexts import (
    NOW,
    REGION,
    call,
    create_group,
    create_sharded_group,
    describe_cluster,
    describe_group,
    settle,
    stored_group,
)

A, B, C = (f"{REGION}{letter}" for letter in "abc")


async def make_shards(ctx: Context, *, shards: int = 3, replicas: int = 1, **parameters: Any) -> ReplicationGroup:
    await create_sharded_group(ctx, shards=shards, replicas=replicas, **parameters)
    await settle(ctx)
    return await stored(ctx)


async def reshard(ctx: Context, shard_count: int, **parameters: Any) -> dict[str, Any]:
    """Asks for it, and answers the group as it is told."""
    defaults = {"ReplicationGroupId": "Orders", "NodeGroupCount": shard_count, "ApplyImmediately": True}
    answer = await call(ctx, "ModifyReplicationGroupShardConfiguration", **defaults | parameters)
    return dict(answer["ReplicationGroup"])


async def stored(ctx: Context) -> ReplicationGroup:
    desired = await stored_group(ctx, "orders")
    assert desired is not None
    return desired


async def told(ctx: Context) -> list[str]:
    found = await ctx.store.read(lambda tx: list_events(tx, ctx.region, start=NOW, end=NOW + timedelta(days=1)))
    return [event.message for _, event in found]


def slots(group: ReplicationGroup) -> dict[str, str]:
    return {part.id: format_slots(part.slots) for part in group.node_groups}


# --- more ------------------------------------------------------------------------------------------


async def test_a_new_shard_shall_own_its_part_and_nobody_more_than_it_must_give(ctx: Context) -> None:
    await make_shards(ctx)

    answer = await reshard(ctx, 4)

    group = await stored(ctx)
    assert slots(group) == {
        "0001": "0-4095",
        "0002": "5462-9557",
        "0003": "10923-15018",
        "0004": "4096-5461,9558-10922,15019-16383",
    }
    assert group.resharding == Resharding(requested_at=NOW, slot_count=4096)
    assert group.generation == 2
    assert answer["Status"] == "modifying"
    assert await told(ctx) == ["Started to change the number of shards from 3 to 4"]


async def test_new_shards_have_as_many_nodes_as_the_smallest_spread_over_the_zones(ctx: Context) -> None:
    await make_shards(ctx, shards=2, replicas=2)
    await call(
        ctx,
        "DecreaseReplicaCount",
        ReplicationGroupId="orders",
        ReplicaConfiguration=[{"NodeGroupId": "0002", "NewReplicaCount": 1}],
        ApplyImmediately=True,
    )
    await settle(ctx)

    await reshard(ctx, 4)

    third, fourth = (await stored(ctx)).node_groups[2:]
    assert [node.id for node in third.nodes] == ["orders-0003-001", "orders-0003-002"]
    assert third.target_primary == "orders-0003-001"
    assert third.epoch == 0
    assert len({node.zone for node in third.nodes}) == len({node.zone for node in fourth.nodes}) == 2
    primaries = [part.nodes[0].zone for part in (await stored(ctx)).node_groups]
    assert set(primaries) == {A, B, C}
    addresses = [node.address for node in (await stored(ctx)).nodes]
    assert len(set(addresses)) == len(addresses)


async def test_new_nodes_have_their_groups_tags(ctx: Context) -> None:
    await make_shards(ctx, shards=1, Tags=[{"Key": "team", "Value": "shop"}])

    await reshard(ctx, 2)

    arn = (await describe_cluster(ctx, "orders-0002-002"))["ARN"]
    assert (await call(ctx, "ListTagsForResource", ResourceName=arn))["TagList"] == [{"Key": "team", "Value": "shop"}]


async def test_new_shards_go_where_they_are_placed_under_the_name_they_are_given(ctx: Context) -> None:
    await make_shards(ctx, shards=1)

    await reshard(
        ctx,
        3,
        ReshardingConfiguration=[
            {"PreferredAvailabilityZones": [C, A]},
            {"NodeGroupId": "7", "PreferredAvailabilityZones": [B, C]},
        ],
    )

    assert [(part.id, [node.zone for node in part.nodes]) for part in (await stored(ctx)).node_groups][1:] == [
        ("0002", [C, A]),
        ("0007", [B, C]),
    ]


async def test_shards_that_there_are_may_be_described_as_they_are(ctx: Context) -> None:
    before = await make_shards(ctx, shards=1)
    present = [node.zone for node in before.nodes]

    await reshard(
        ctx,
        2,
        ReshardingConfiguration=[
            {"NodeGroupId": "0001", "PreferredAvailabilityZones": present},
            {"NodeGroupId": "0002", "PreferredAvailabilityZones": [C, B]},
        ],
    )

    assert [node.zone for node in (await stored(ctx)).node_groups[1].nodes] == [C, B]


async def test_the_lowest_free_numbers_are_taken_again(ctx: Context) -> None:
    await make_shards(ctx)
    await reshard(ctx, 2, NodeGroupsToRemove=["0002"])
    await settle(ctx)

    await reshard(ctx, 4)

    assert [part.id for part in (await stored(ctx)).node_groups] == ["0001", "0002", "0003", "0004"]
    assert union(*(part.slots for part in (await stored(ctx)).node_groups)) == ALL_SLOTS


# --- fewer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [{"NodeGroupsToRemove": ["2"]}, {"NodeGroupsToRetain": ["0003", "0001"]}])
async def test_a_shard_that_leaves_gives_all_it_has_and_keeps_its_nodes_meanwhile(
    ctx: Context, named: dict[str, Any]
) -> None:
    before = await make_shards(ctx)

    await reshard(ctx, 2, **named)

    group = await stored(ctx)
    assert slots(group) == {"0001": "0-8191", "0002": "", "0003": "8192-16383"}
    assert [part.is_leaving for part in group.node_groups] == [False, True, False]
    assert group.nodes == before.nodes
    assert group.resharding == Resharding(requested_at=NOW, slot_count=5461)
    assert await told(ctx) == ["Started to change the number of shards from 3 to 2"]


async def test_one_shard_may_be_left(ctx: Context) -> None:
    await make_shards(ctx)

    await reshard(ctx, 1, NodeGroupsToRetain=["0002"])

    assert slots(await stored(ctx)) == {"0001": "", "0002": "0-16383", "0003": ""}


# --- as many ---------------------------------------------------------------------------------------


UNEVEN = [{"NodeGroupId": "1", "Slots": "0-9999"}, {"NodeGroupId": "2", "Slots": "10000-16383"}]


async def test_the_same_number_evens_out_what_is_uneven(ctx: Context) -> None:
    await make_shards(ctx, shards=2, NodeGroupConfiguration=UNEVEN)

    await reshard(ctx, 2)

    group = await stored(ctx)
    assert [count(part.slots) for part in group.node_groups] == [8192, 8192]
    assert group.resharding == Resharding(requested_at=NOW, slot_count=1808)
    assert await told(ctx) == ["Started to rebalance the slots of 2 shards"]


async def test_what_is_even_already_stays_as_it_is(ctx: Context) -> None:
    before = await make_shards(ctx)

    answer = await reshard(ctx, 3)

    assert await stored(ctx) == before
    assert answer["Status"] == "available"
    assert await told(ctx) == []


# --- refused ---------------------------------------------------------------------------------------

REFUSED: tuple[tuple[int, dict[str, Any], type[Fault], str], ...] = (
    (4, {"ApplyImmediately": False}, faults.InvalidParameterValue, "ApplyImmediately must be true"),
    (0, {}, faults.InvalidParameterValue, "Must be at least 1"),
    (91, {}, faults.NodeGroupsPerReplicationGroupQuotaExceeded, "90 node groups"),
    (46, {}, faults.NodeGroupsPerReplicationGroupQuotaExceeded, "90 nodes"),
    (2, {}, faults.InvalidParameterCombination, "must be given when NodeGroupCount is less"),
    (3, {"NodeGroupsToRemove": ["0001"]}, faults.InvalidParameterCombination, "only when NodeGroupCount is less"),
    (4, {"NodeGroupsToRetain": ["0001"]}, faults.InvalidParameterCombination, "only when NodeGroupCount is less"),
    (2, {"NodeGroupsToRemove": ["1"], "NodeGroupsToRetain": ["2", "3"]}, faults.InvalidParameterCombination, "exclude"),
    (2, {"NodeGroupsToRemove": ["0001", "0002"]}, faults.InvalidParameterCombination, "2 are named"),
    (2, {"NodeGroupsToRemove": ["0001", "1"], "NodeGroupCount": 1}, faults.InvalidParameterCombination, "1 are named"),
    (2, {"NodeGroupsToRetain": ["0001"]}, faults.InvalidParameterCombination, "2 are named"),
    (2, {"NodeGroupsToRemove": ["0010"]}, faults.InvalidParameterValue, r"ids are invalid: \[0010\]"),
    (2, {"NodeGroupsToRetain": ["0001", "0", "9"]}, faults.InvalidParameterValue, r"ids are invalid: \[0, 9\]"),
    (3, {"ReshardingConfiguration": [{"NodeGroupId": "0004"}]}, faults.InvalidParameterCombination, "only when"),
    (4, {"ReshardingConfiguration": [{}, {}]}, faults.InvalidParameterCombination, "describes 2 new node groups"),
    (4, {"ReshardingConfiguration": [{"NodeGroupId": "0"}]}, faults.InvalidParameterValue, r"ids are invalid: \[0\]"),
    (
        5,
        {"ReshardingConfiguration": [{"NodeGroupId": "4"}, {"NodeGroupId": "0004"}]},
        faults.InvalidParameterCombination,
        "more than once",
    ),
    (
        4,
        {"ReshardingConfiguration": [{"PreferredAvailabilityZones": [A]}]},
        faults.InvalidParameterCombination,
        "node group 0004 must name 2",
    ),
    (
        4,
        {"ReshardingConfiguration": [{"PreferredAvailabilityZones": [A, "moon-1a"]}]},
        faults.InvalidParameterValue,
        "moon-1a is not a valid",
    ),
    (
        4,
        {"ReshardingConfiguration": [{"NodeGroupId": "0001", "PreferredAvailabilityZones": [C, C]}]},
        faults.InvalidParameterCombination,
        "is not moved",
    ),
    (
        4,
        {"ReshardingConfiguration": [{"PreferredAvailabilityZones": [A, A]}]},
        faults.InvalidParameterCombination,
        "Multi-AZ needs a replica",
    ),
)


@pytest.mark.parametrize(("shard_count", "parameters", "fault", "sentence"), REFUSED)
async def test_what_cannot_be_is_refused_with_its_reason_and_changes_nothing(
    ctx: Context, shard_count: int, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    before = await make_shards(ctx, MultiAZEnabled=True)

    with pytest.raises(fault, match=sentence):
        await reshard(ctx, shard_count, **parameters)

    assert await stored(ctx) == before
    assert await told(ctx) == []


async def without_cluster_mode(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)


async def in_compatible_mode(ctx: Context) -> None:
    await create_group(ctx, AutomaticFailoverEnabled=True)
    await settle(ctx)
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", ClusterMode="compatible")
    await settle(ctx)


async def under_way(ctx: Context) -> None:
    await make_shards(ctx)
    await reshard(ctx, 5)


async def being_created(ctx: Context) -> None:
    await create_sharded_group(ctx)


UNFIT: tuple[tuple[Callable[[Context], Awaitable[None]], type[Fault], str], ...] = (
    (without_cluster_mode, faults.InvalidParameterValue, "only applicable for cluster mode enabled"),
    (in_compatible_mode, faults.InvalidParameterCombination, "cluster mode compatible, in which it cannot be scaled"),
    (under_way, faults.InvalidReplicationGroupState, "must be in available state"),
    (being_created, faults.InvalidReplicationGroupState, "must be in available state"),
)


@pytest.mark.parametrize(("arrange", "fault", "sentence"), UNFIT)
async def test_only_an_available_group_with_cluster_mode_enabled_is_resharded(
    ctx: Context, arrange: Callable[[Context], Awaitable[None]], fault: type[Fault], sentence: str
) -> None:
    await arrange(ctx)

    with pytest.raises(fault, match=sentence):
        await reshard(ctx, 4)


async def test_a_group_that_is_not_there_is_not_found(ctx: Context) -> None:
    with pytest.raises(faults.ReplicationGroupNotFound):
        await reshard(ctx, 4)


async def test_the_regions_quota_of_nodes_holds_for_new_shards(ctx: Context) -> None:
    crowded = dataclasses.replace(ctx, limits=replace(aws_limits(), nodes_per_region=7))
    await make_shards(crowded)

    with pytest.raises(faults.NodeQuotaForCustomerExceeded):
        await reshard(crowded, 4)

    assert len((await describe_group(crowded))["MemberClusters"]) == 6
