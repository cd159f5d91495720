"""Which permissions a call of our own service takes."""

from typing import Any

import pytest

from elastane.model import faults
from elastane.model.callers import Caller
from elastane.service.authorization import refuse_unauthorized
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from elastane.store import memcached_clusters
from tests.kit.contexts import create_cluster, create_group
from tests.kit.memcached_clusters import memcached_cluster
from tests.unit.service.policies import HERE, allow, arn_of, caller


async def refused(ctx: Context, who: Caller, action: str, **parameters: Any) -> str | None:
    try:
        await refuse_unauthorized(ctx, who, "elastane", action, Parameters(parameters), HERE)
    except faults.AccessDenied as denial:
        return denial.message
    return None


@pytest.mark.parametrize(
    ("cache_id", "resource"),
    [
        ("Orders", "replicationgroup:orders"),
        ("orders-001", "cluster:orders-001"),
        ("sessions", "cluster:sessions"),
        ("pages", "cluster:pages"),
        ("nobody", "cluster:nobody"),
    ],
)
async def test_an_explanation_is_asked_about_the_arn_that_the_cache_has(
    ctx: Context, cache_id: str, resource: str
) -> None:
    await create_group(ctx, "orders")
    await create_cluster(ctx, "sessions")
    await ctx.store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, memcached_cluster("pages")))
    kind, name = resource.split(":")
    other_kind = {"replicationgroup": "cluster", "cluster": "replicationgroup"}[kind]
    own = caller(allow("elastane:ExplainCache", arn_of(kind, name)))
    other = caller(allow("elastane:ExplainCache", arn_of(other_kind, name)))

    assert await refused(ctx, own, "ExplainCache", CacheId=cache_id) is None
    assert await refused(ctx, other, "ExplainCache", CacheId=cache_id) is not None


async def test_a_refused_explanation_does_not_say_what_there_is(ctx: Context) -> None:
    """An absent cache is refused in the words that a present one is refused in, whatever it is."""
    await create_group(ctx, "orders")
    await create_cluster(ctx, "sessions")
    who = caller(allow("elastane:ExplainCache", arn_of("replicationgroup", "carts")))

    for cache_id in ("orders", "orders-001", "sessions", "nobody"):
        sentence = await refused(ctx, who, "ExplainCache", CacheId=cache_id)
        assert sentence is not None
        assert f"elastane:ExplainCache on resource: {arn_of('*', cache_id)} because" in sentence


async def test_of_two_with_the_same_id_permission_is_asked_for_the_one_that_is_meant(ctx: Context) -> None:
    await create_group(ctx, "orders")
    await create_cluster(ctx, "orders")
    who = caller(allow("elastane:*", arn_of("cluster", "orders")))

    assert await refused(ctx, who, "ExplainCache", CacheId="orders", Form="cache-cluster") is None
    assert await refused(ctx, who, "ExplainCache", CacheId="orders") is not None


async def test_an_explanation_may_depend_on_the_cache_s_tags(ctx: Context) -> None:
    await create_group(ctx, "orders", Tags=[{"Key": "team", "Value": "shop"}])
    await create_group(ctx, "carts", Tags=[{"Key": "team", "Value": "stock"}])
    who = caller(allow("elastane:*", StringEquals={"aws:ResourceTag/team": "shop"}))

    assert await refused(ctx, who, "ExplainCache", CacheId="orders") is None
    assert await refused(ctx, who, "ExplainCache", CacheId="carts") is not None


async def test_a_preview_takes_its_own_permission_on_the_group_and_not_that_to_change_it(ctx: Context) -> None:
    reader = caller(allow("elastane:Preview*", arn_of("replicationgroup", "orders")))
    changer = caller(allow("elasticache:*"))
    asked_for = {"ReplicationGroupId": "Orders", "NodeGroupCount": 3}

    assert await refused(ctx, reader, "PreviewShardConfiguration", **asked_for) is None
    assert await refused(ctx, changer, "PreviewShardConfiguration", **asked_for) is not None


async def test_what_loops_think_is_nobody_s_resource(ctx: Context) -> None:
    sentence = await refused(ctx, caller(allow("elasticache:*")), "DescribeLoops")

    assert sentence is not None and "elastane:DescribeLoops on resource: * because" in sentence
    assert await refused(ctx, caller(allow("elastane:DescribeLoops")), "DescribeLoops") is None
