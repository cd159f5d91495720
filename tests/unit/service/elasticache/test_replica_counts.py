"""IncreaseReplicaCount and DecreaseReplicaCount."""

from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.service.context import Context
from tests.kit import contexts
from tests.kit.contexts import (
    call,
    create_cluster,
    create_group,
    describe_cluster,
    describe_group,
    group_key,
    settle,
    stored_group,
)


async def increase(ctx: Context, replica_count: int | None = None, **parameters: Any) -> None:
    await _change(ctx, "IncreaseReplicaCount", replica_count, **parameters)


async def decrease(ctx: Context, replica_count: int | None = None, **parameters: Any) -> None:
    await _change(ctx, "DecreaseReplicaCount", replica_count, **parameters)


async def _change(ctx: Context, action: str, replica_count: int | None, **parameters: Any) -> None:
    defaults = {"ReplicationGroupId": "Orders", "NewReplicaCount": replica_count, "ApplyImmediately": True}
    await call(ctx, action, **defaults | parameters)


async def leaving(ctx: Context) -> list[str]:
    desired = await stored_group(ctx, "orders")
    assert desired is not None
    return [node.id for node in desired.nodes if node.is_leaving]


def shard(replica_count: int, *zones: str, name: str = "0001") -> list[dict[str, Any]]:
    return [{"NodeGroupId": name, "NewReplicaCount": replica_count, "PreferredAvailabilityZones": list(zones) or None}]


# --- more ----------------------------------------------------------------------------------------


async def test_new_replicas_take_the_next_numbers_and_the_emptiest_zones_the_primarys_last(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    await increase(ctx, 3)

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert [(node.id, node.zone[-1]) for node in desired.nodes] == [
        ("orders-001", "a"),
        ("orders-002", "b"),
        ("orders-003", "c"),
        ("orders-004", "b"),
    ]
    assert desired.generation == 2
    assert (await describe_group(ctx))["Status"] == "modifying"


async def test_new_replicas_go_where_they_are_named_to(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    await increase(ctx, ReplicaConfiguration=shard(2, "us-east-1b", "us-east-1a", "us-east-1a"))

    desired = await stored_group(ctx, "orders")
    assert desired is not None
    assert desired.nodes[-1].zone == "us-east-1a"


async def test_new_replicas_inherit_the_groups_tags(ctx: Context) -> None:
    await create_group(ctx, Tags=[{"Key": "team", "Value": "shop"}])
    await settle(ctx)

    await increase(ctx, 2)

    arn = (await describe_cluster(ctx, "orders-003"))["ARN"]
    tags = await call(ctx, "ListTagsForResource", ResourceName=arn)
    assert tags["TagList"] == [{"Key": "team", "Value": "shop"}]


async def test_a_number_that_a_cluster_of_its_own_holds_is_left_out(ctx: Context) -> None:
    await create_group(ctx)
    await create_cluster(ctx, "orders-003")
    await settle(ctx)

    await increase(ctx, 2)

    assert (await describe_group(ctx))["MemberClusters"] == ["orders-001", "orders-002", "orders-004"]


# --- fewer ---------------------------------------------------------------------------------------


async def test_the_newest_replicas_leave_and_stay_members_until_they_are_gone(ctx: Context) -> None:
    await create_group(ctx, nodes=4)
    await settle(ctx)

    await decrease(ctx, 1)

    assert await leaving(ctx) == ["orders-003", "orders-004"]
    assert (await describe_cluster(ctx, "orders-004"))["CacheClusterStatus"] == "deleting"
    assert (await describe_cluster(ctx, "orders-004"))["CacheNodes"] == []
    assert len((await describe_group(ctx))["MemberClusters"]) == 4
    await settle(ctx)
    assert (await describe_group(ctx))["MemberClusters"] == ["orders-001", "orders-002"]


async def test_the_replicas_named_leave(ctx: Context) -> None:
    await create_group(ctx, nodes=4)
    await settle(ctx)

    await decrease(ctx, None, ReplicasToRemove=["Orders-002"])

    assert await leaving(ctx) == ["orders-002"]


async def test_neither_the_target_nor_the_observed_primary_leaves(ctx: Context) -> None:
    await create_group(ctx, nodes=3)
    await settle(ctx)
    await contexts.observe_node(ctx, group_key("orders"), "orders-001", role="replica")
    await contexts.observe_node(ctx, group_key("orders"), "orders-003", role="primary")

    await decrease(ctx, 1)

    assert await leaving(ctx) == ["orders-002"]


async def test_a_node_that_leaves_takes_no_more_snapshots(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", SnapshottingClusterId="orders-002")
    await settle(ctx)

    await decrease(ctx, 0)

    assert (await describe_group(ctx))["SnapshottingClusterId"] is None


# --- refused -------------------------------------------------------------------------------------

REFUSED: tuple[tuple[str, dict[str, Any], type[Fault], str], ...] = (
    ("IncreaseReplicaCount", {"NewReplicaCount": 2}, faults.NoOperation, "already"),
    ("DecreaseReplicaCount", {"NewReplicaCount": 2}, faults.NoOperation, "already"),
    ("IncreaseReplicaCount", {"NewReplicaCount": 1}, faults.InvalidParameterCombination, "DecreaseReplicaCount"),
    ("DecreaseReplicaCount", {"NewReplicaCount": 3}, faults.InvalidParameterCombination, "IncreaseReplicaCount"),
    ("IncreaseReplicaCount", {"NewReplicaCount": 6}, faults.InvalidParameterValue, "between 0 and 5"),
    ("DecreaseReplicaCount", {"NewReplicaCount": -1}, faults.InvalidParameterValue, "between 0 and 5"),
    ("IncreaseReplicaCount", {}, faults.InvalidParameterCombination, "must be given"),
    ("DecreaseReplicaCount", {}, faults.InvalidParameterCombination, "must be given"),
    ("IncreaseReplicaCount", {"NewReplicaCount": 3, "ApplyImmediately": False}, faults.InvalidParameterValue, "true"),
    ("IncreaseReplicaCount", {"ReplicaConfiguration": shard(3, name="0002")}, faults.InvalidParameterValue, "0002"),
    ("IncreaseReplicaCount", {"ReplicaConfiguration": shard(3) * 2}, faults.InvalidParameterCombination, "once"),
    (
        "IncreaseReplicaCount",
        {"ReplicaConfiguration": shard(3) + shard(3, name="0002")},
        faults.InvalidParameterCombination,
        "more than one node group, which needs cluster mode",
    ),
    (
        "IncreaseReplicaCount",
        {"ReplicaConfiguration": shard(3), "NewReplicaCount": 3},
        faults.InvalidParameterCombination,
        "exclude each other",
    ),
    (
        "IncreaseReplicaCount",
        {"ReplicaConfiguration": shard(3, "us-east-1a", "us-east-1b", "us-east-1b", "us-east-1b")},
        faults.InvalidParameterCombination,
        "must name 4",
    ),
    (
        "IncreaseReplicaCount",
        {"ReplicaConfiguration": shard(3, "us-east-1a", "us-east-1b", "us-east-1c", "moon-1a")},
        faults.InvalidParameterValue,
        "moon-1a",
    ),
    ("DecreaseReplicaCount", {"ReplicasToRemove": ["orders-001"]}, faults.InvalidParameterValue, "the primary"),
    ("DecreaseReplicaCount", {"ReplicasToRemove": ["nobody"]}, faults.InvalidParameterValue, "not a replica"),
    (
        "DecreaseReplicaCount",
        {"ReplicasToRemove": ["orders-002"], "NewReplicaCount": 0},
        faults.InvalidParameterCombination,
        "names 1 replicas",
    ),
    ("DecreaseReplicaCount", {"NewReplicaCount": 0}, faults.InvalidParameterValue, "Must have at least 1 replica when"),
    (
        "DecreaseReplicaCount",
        {"ReplicaConfiguration": shard(1, "us-east-1a")},
        faults.InvalidParameterCombination,
        "must name 2 Availability Zones",
    ),
)


@pytest.mark.parametrize(("action", "parameters", "fault", "sentence"), REFUSED)
async def test_a_refused_change_of_replicas_says_why_and_changes_nothing(
    ctx: Context, action: str, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_group(ctx, nodes=3, AutomaticFailoverEnabled=True)
    await settle(ctx)
    before = await stored_group(ctx, "orders")

    with pytest.raises(fault, match=sentence):
        await call(ctx, action, **{"ReplicationGroupId": "orders", "ApplyImmediately": True} | parameters)

    assert await stored_group(ctx, "orders") == before


async def test_multi_az_keeps_a_replica_in_another_zone(ctx: Context) -> None:
    await create_group(
        ctx,
        nodes=3,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        PreferredCacheClusterAZs=["us-east-1a", "us-east-1a", "us-east-1b"],
    )
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="another Availability Zone"):
        await decrease(ctx, None, ReplicasToRemove=["orders-003"])
    with pytest.raises(faults.InvalidParameterValue, match="Must have at least 1 replica for Multi-AZ"):
        await decrease(ctx, 0)
    await decrease(ctx, 1)

    assert await leaving(ctx) == ["orders-002"]


@pytest.mark.parametrize("action", ["IncreaseReplicaCount", "DecreaseReplicaCount"])
async def test_replicas_change_only_while_the_group_is_available(ctx: Context, action: str) -> None:
    await create_group(ctx)

    with pytest.raises(faults.InvalidReplicationGroupState):
        await call(ctx, action, ReplicationGroupId="orders", NewReplicaCount=0, ApplyImmediately=True)
