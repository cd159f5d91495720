"""What Modify calls make of engine, version, node type and parameter group: at once, or in the maintenance window."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.replication_groups import Form, ReplicationGroup
from elastane.service.context import Context
from tests.kit import contexts
from tests.kit.contexts import call, create_cluster, create_group, describe_cluster, describe_group, group_key, settle

OLD = {"Engine": "redis", "EngineVersion": "7.0"}


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with contexts.context(tmp_path) as made:
        yield made


async def modify(ctx: Context, *, now: bool, **parameters: Any) -> dict[str, Any]:
    answer = await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", ApplyImmediately=now, **parameters)
    return dict(answer["ReplicationGroup"])


async def stored(ctx: Context) -> ReplicationGroup:
    group = await contexts.stored_group(ctx, "orders")
    assert group is not None
    return group


async def made(ctx: Context, **parameters: Any) -> None:
    await create_group(ctx, **parameters)
    await settle(ctx)


async def pending(ctx: Context) -> dict[str, Any]:
    values: dict[str, Any] = (await describe_cluster(ctx, "orders-001"))["PendingModifiedValues"]
    return {name: value for name, value in values.items() if value is not None}


# --- at once -------------------------------------------------------------------------------------


async def test_a_new_version_is_begun_at_once_and_shown_as_pending_until_it_runs(ctx: Context) -> None:
    await made(ctx, EngineVersion="8.1")
    answer = await modify(ctx, now=True, EngineVersion="9.1")

    software = (await stored(ctx)).software
    assert (software.version, software.patch) == ("9.1", "9.1.2")
    assert software.parameter_group_name == "default.valkey9"
    assert answer["Status"] == "modifying"
    assert await pending(ctx) == {"EngineVersion": "9.1.2"}
    assert (await describe_cluster(ctx, "orders-001"))["EngineVersion"].startswith("8.1")


async def test_redis_oss_becomes_valkey_and_a_version_that_is_not_named_is_the_newest(ctx: Context) -> None:
    await made(ctx, **OLD)

    await modify(ctx, now=True, Engine="valkey")

    software = (await stored(ctx)).software
    assert (software.engine, software.version, software.parameter_group_name) == ("valkey", "9.1", "default.valkey9")


async def test_a_larger_node_type_is_begun_at_once(ctx: Context) -> None:
    await made(ctx)

    await modify(ctx, now=True, CacheNodeType="cache.m7g.large")

    group = await stored(ctx)
    assert group.software.node_type == "cache.m7g.large"
    assert group.pending is None


async def test_a_node_type_too_small_for_the_data_is_refused(ctx: Context) -> None:
    await made(ctx, CacheNodeType="cache.m7g.large")
    key = group_key("orders")
    await contexts.observe_node(ctx, key, "orders-002", used_memory_bytes=500_000_000)
    before = await stored(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match=r"cache\.t4g\.micro is too small.*orders-002"):
        await modify(ctx, now=True, CacheNodeType="cache.t4g.micro")

    assert await stored(ctx) == before
    await contexts.observe_node(ctx, key, "orders-002", used_memory_bytes=300_000_000)
    await modify(ctx, now=True, CacheNodeType="cache.t4g.micro")
    assert (await stored(ctx)).software.node_type == "cache.t4g.micro"


# --- in the window -------------------------------------------------------------------------------


async def test_without_apply_immediately_it_waits_and_the_group_stays_available(ctx: Context) -> None:
    await made(ctx, EngineVersion="8.1")
    before = (await stored(ctx)).software

    await modify(ctx, now=False, EngineVersion="9.1", CacheNodeType="cache.m7g.large")
    await settle(ctx)

    group = await stored(ctx)
    assert group.software == before
    assert group.pending is not None
    assert await pending(ctx) == {"EngineVersion": "9.1.2", "CacheNodeType": "cache.m7g.large"}
    assert (await describe_group(ctx))["Status"] == "available"
    assert (await describe_group(ctx))["CacheNodeType"] == "cache.t4g.micro"


async def test_what_waits_is_changed_by_a_later_call_and_taken_back_by_the_present_value(ctx: Context) -> None:
    await made(ctx, EngineVersion="8.1")
    await modify(ctx, now=False, EngineVersion="9.1")
    await settle(ctx)
    await modify(ctx, now=False, CacheNodeType="cache.m7g.large")
    await settle(ctx)
    both = await pending(ctx)

    await modify(ctx, now=False, EngineVersion="8.1")
    await settle(ctx)
    one = await pending(ctx)
    await modify(ctx, now=False, CacheNodeType="cache.t4g.micro")

    assert both == {"EngineVersion": "9.1.2", "CacheNodeType": "cache.m7g.large"}
    assert one == {"CacheNodeType": "cache.m7g.large"}
    assert (await stored(ctx)).pending is None


async def test_a_call_that_applies_immediately_applies_what_waits_along_with_it(ctx: Context) -> None:
    await made(ctx, EngineVersion="8.1")
    await modify(ctx, now=False, EngineVersion="9.1")
    await settle(ctx)

    await modify(ctx, now=True, CacheNodeType="cache.m7g.large")

    group = await stored(ctx)
    assert (group.software.version, group.software.node_type) == ("9.1", "cache.m7g.large")
    assert group.pending is None


async def test_what_waits_can_be_applied_by_saying_nothing_else(ctx: Context) -> None:
    await made(ctx, EngineVersion="8.1")
    await modify(ctx, now=False, EngineVersion="9.1")
    await settle(ctx)

    await modify(ctx, now=True)

    assert (await stored(ctx)).software.version == "9.1"


async def test_the_cluster_mode_is_not_changed_while_something_waits(ctx: Context) -> None:
    await made(ctx, EngineVersion="8.1", AutomaticFailoverEnabled=True)
    await modify(ctx, now=False, EngineVersion="9.1")
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="waits for its maintenance window"):
        await modify(ctx, now=True, ClusterMode="compatible")


async def test_a_group_in_between_two_cluster_modes_is_not_upgraded(ctx: Context) -> None:
    await made(ctx, EngineVersion="8.1", AutomaticFailoverEnabled=True)
    await modify(ctx, now=True, ClusterMode="compatible")
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="neither scaled nor upgraded"):
        await modify(ctx, now=True, EngineVersion="9.1")


# --- parameter groups ----------------------------------------------------------------------------


REFUSED: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"CacheParameterGroupName": "default.valkey9"}, faults.InvalidParameterCombination, "family valkey8"),
    (
        {"EngineVersion": "9.1", "CacheParameterGroupName": "default.valkey8"},
        faults.InvalidParameterCombination,
        "Expected a parameter group of family valkey9 but found one of family valkey8",
    ),
    (
        {"EngineVersion": "9.1", "CacheParameterGroupName": "default.valkey9.cluster.on"},
        faults.InvalidParameterCombination,
        "cluster-enabled has a different value",
    ),
    ({"Engine": "redis", "EngineVersion": "7.0"}, faults.InvalidParameterCombination, "Cannot modify valkey"),
    ({"EngineVersion": "7"}, faults.InvalidParameterCombination, "Cannot find version 7"),
)


@pytest.mark.parametrize(("parameters", "fault", "sentence"), REFUSED)
@pytest.mark.parametrize("now", [True, False])
async def test_what_cannot_be_is_refused_now_and_for_later(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str, now: bool
) -> None:
    await made(ctx, EngineVersion="8.1")
    before = await stored(ctx)

    with pytest.raises(fault, match=sentence):
        await modify(ctx, now=now, **parameters)

    assert await stored(ctx) == before


# --- a cache cluster on its own ------------------------------------------------------------------


async def test_a_cache_cluster_on_its_own_is_upgraded_and_keeps_its_endpoint(ctx: Context) -> None:
    await create_cluster(ctx, EngineVersion="8.1")
    await settle(ctx)
    before = await describe_cluster(ctx, "sessions")

    await call(ctx, "ModifyCacheCluster", CacheClusterId="sessions", EngineVersion="9.1", ApplyImmediately=True)

    group = await contexts.stored_group(ctx, "sessions", Form.CACHE_CLUSTER)
    assert group is not None
    assert group.software.version == "9.1"
    after = await describe_cluster(ctx, "sessions")
    assert after["CacheNodes"][0]["Endpoint"] == before["CacheNodes"][0]["Endpoint"]
    assert before["CacheNodes"][0]["Endpoint"]["Address"] == group.network.primary_endpoint_address
