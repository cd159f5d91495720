"""Which node types a cache may be scaled to."""

import msgspec
import pytest

from elastane.catalog.node_types import find_node_type
from elastane.model import faults
from elastane.model.replication_groups import EngineName, ReplicationGroup
from elastane.service.context import Context
from elastane.store.replication_groups import save_replication_group
from tests.kit.calls import call
from tests.kit.groups import cache_cluster, group


async def save(ctx: Context, desired: ReplicationGroup) -> None:
    await ctx.store.write(lambda tx: save_replication_group(tx, desired))


def of_type(desired: ReplicationGroup, node_type: str, engine: EngineName = EngineName.VALKEY) -> ReplicationGroup:
    version = "9.1" if engine is EngineName.VALKEY else "7.0"
    software = msgspec.structs.replace(desired.software, node_type=node_type, engine=engine, version=version)
    return msgspec.structs.replace(desired, software=software)


def memory(name: str) -> int:
    node_type = find_node_type(name)
    assert node_type is not None
    return node_type.maxmemory_bytes


async def test_a_group_may_grow_and_shrink_by_memory(ctx: Context) -> None:
    await save(ctx, of_type(group("orders"), "cache.t4g.small"))

    answer = await call(ctx, "ListAllowedNodeTypeModifications", ReplicationGroupId="Orders")

    here = memory("cache.t4g.small")
    assert "cache.t4g.medium" in answer["ScaleUpModifications"]
    assert "cache.t4g.micro" in answer["ScaleDownModifications"]
    assert min(memory(name) for name in answer["ScaleUpModifications"]) >= here
    assert max(memory(name) for name in answer["ScaleDownModifications"]) < here
    assert "cache.t4g.small" not in answer["ScaleUpModifications"] + answer["ScaleDownModifications"]


async def test_the_smallest_node_type_has_nowhere_to_shrink_to(ctx: Context) -> None:
    await save(ctx, of_type(cache_cluster("sessions"), "cache.t4g.micro"))

    answer = await call(ctx, "ListAllowedNodeTypeModifications", CacheClusterId="sessions")

    assert answer["ScaleDownModifications"] == []


async def test_an_engine_is_only_offered_what_runs_it(ctx: Context) -> None:
    await save(ctx, of_type(group("orders"), "cache.r7g.large"))
    await save(ctx, of_type(group("carts"), "cache.r7g.large", EngineName.REDIS))

    for_valkey = await call(ctx, "ListAllowedNodeTypeModifications", ReplicationGroupId="orders")
    for_redis = await call(ctx, "ListAllowedNodeTypeModifications", ReplicationGroupId="carts")

    assert "cache.r8g.large" in for_valkey["ScaleUpModifications"]
    assert "cache.r8g.large" not in for_redis["ScaleUpModifications"]


async def test_a_member_answers_for_its_group(ctx: Context) -> None:
    await save(ctx, group("orders"))

    of_group = await call(ctx, "ListAllowedNodeTypeModifications", ReplicationGroupId="orders")
    of_member = await call(ctx, "ListAllowedNodeTypeModifications", CacheClusterId="ORDERS-002")

    assert of_member == of_group


@pytest.mark.parametrize("parameters", [{}, {"CacheClusterId": "orders-001", "ReplicationGroupId": "orders"}])
async def test_exactly_one_cache_must_be_named(ctx: Context, parameters: dict[str, str]) -> None:
    await save(ctx, group("orders"))

    with pytest.raises(faults.InvalidParameterCombination, match="Exactly one"):
        await call(ctx, "ListAllowedNodeTypeModifications", **parameters)


async def test_a_cache_that_is_not_there_is_the_fault_of_its_kind(ctx: Context) -> None:
    await save(ctx, cache_cluster("sessions"))

    with pytest.raises(faults.ReplicationGroupNotFound, match="ReplicationGroup sessions not found"):
        await call(ctx, "ListAllowedNodeTypeModifications", ReplicationGroupId="sessions")
    with pytest.raises(faults.CacheClusterNotFound, match="CacheCluster not found: nobody"):
        await call(ctx, "ListAllowedNodeTypeModifications", CacheClusterId="nobody")
