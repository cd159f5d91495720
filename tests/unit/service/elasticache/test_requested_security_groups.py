"""The security groups of a cache: which may be asked for, and how they and their changes are shown."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.enforcement import Enforcement
from elastane.service import networks
from elastane.service.context import Context
from elastane.store import security_groups, subnet_groups
from tests.kit.calls import call, make_security_group
from tests.kit.contexts import create_cluster, create_group, describe_cluster, settle
from tests.kit.subnet_groups import make_subnet_group

ENFORCED = Enforcement(is_enforced=True, sentence="Enforced by the kernel.")


async def enforce(ctx: Context, enforcement: Enforcement = ENFORCED) -> None:
    await ctx.store.write(lambda tx: security_groups.save_enforcement(tx, enforcement))


async def shown(ctx: Context, name: str = "sessions") -> list[tuple[str, str]]:
    cluster = await describe_cluster(ctx, name)
    return [(group["SecurityGroupId"], group["Status"]) for group in cluster["SecurityGroups"]]


async def messages(ctx: Context, name: str) -> list[str]:
    answer = await call(ctx, "DescribeEvents", SourceType="cache-cluster", SourceIdentifier=name, Duration=60)
    return [event["Message"] for event in answer["Events"]]


async def test_a_cache_whose_creator_names_none_has_the_default_group(ctx: Context) -> None:
    await create_cluster(ctx)

    assert await shown(ctx) == [(networks.default_security_group(ctx).id, "not-enforced")]


async def test_a_group_is_active_only_where_it_is_enforced_and_known(ctx: Context) -> None:
    lenient = dataclasses.replace(ctx, accepts_any_subnet_ids=True)
    own = await make_security_group(ctx)
    await create_cluster(lenient, SecurityGroupIds=[own, "sg-elsewhere"])

    await enforce(ctx)
    closed = await shown(ctx)
    await enforce(ctx, replace(ENFORCED, is_unknown_open=True))
    opened = await shown(ctx)

    assert closed == [(own, "active"), ("sg-elsewhere", "not-enforced")]
    assert opened == [(own, "not-enforced"), ("sg-elsewhere", "not-enforced")]


@pytest.mark.parametrize("action", ["CreateCacheCluster", "CreateReplicationGroup"])
async def test_a_group_that_does_not_exist_is_refused_and_nothing_is_made(ctx: Context, action: str) -> None:
    common: dict[str, Any] = {"Engine": "valkey", "CacheNodeType": "cache.t4g.micro", "SecurityGroupIds": ["sg-0"]}
    named = {
        "CreateCacheCluster": {"CacheClusterId": "sessions"},
        "CreateReplicationGroup": {"ReplicationGroupId": "orders", "ReplicationGroupDescription": "orders"},
    }

    with pytest.raises(faults.InvalidParameterValue, match="sg-0"):
        await call(ctx, action, **common | named[action])
    assert (await call(ctx, "DescribeCacheClusters"))["CacheClusters"] == []


async def test_more_groups_than_an_interface_may_have_are_refused(ctx: Context) -> None:
    small = dataclasses.replace(ctx, limits=replace(aws_limits(), security_groups_per_cache=1))
    group_ids = [await make_security_group(ctx, name) for name in ("first", "second")]

    with pytest.raises(faults.InvalidParameterValue, match="no more than 1"):
        await create_cluster(small, SecurityGroupIds=group_ids)


async def test_a_change_is_told_in_the_history_of_each_node_and_only_then(ctx: Context) -> None:
    group_id = await make_security_group(ctx)
    await create_group(ctx)
    await settle(ctx)

    for description in ("first", "second"):
        await call(
            ctx,
            "ModifyReplicationGroup",
            ReplicationGroupId="orders",
            ReplicationGroupDescription=description,
            SecurityGroupIds=[group_id],
        )
        await settle(ctx)

    for node in ("orders-001", "orders-002"):
        assert (await messages(ctx, node)).count("Applied change to security group") == 1


async def test_a_cache_whose_subnet_group_was_lost_with_a_store_is_modified(ctx: Context) -> None:
    """Among others by who says anew who may sign in to it."""
    await make_subnet_group(ctx, networks.built_in_network(ctx).subnets[0].subnet_id)
    await create_group(ctx, CacheSubnetGroupName="own")
    await create_cluster(ctx, CacheSubnetGroupName="own")
    await settle(ctx)
    await ctx.store.write(lambda tx: subnet_groups.remove_subnet_group(tx, ctx.region, "own"))

    window = "sun:23:00-mon:01:30"
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", PreferredMaintenanceWindow=window)
    await call(ctx, "ModifyCacheCluster", CacheClusterId="sessions", PreferredMaintenanceWindow=window)

    for node in ("orders-001", "sessions"):
        assert (await describe_cluster(ctx, node))["PreferredMaintenanceWindow"] == window
