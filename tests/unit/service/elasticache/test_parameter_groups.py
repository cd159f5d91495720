"""Parameter groups: the default ones, and those that customers make, change, reset and delete."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog import families
from elastane.catalog.families import FAMILIES
from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import Region, ReplicationGroupId
from elastane.model.replication_groups import Form, GroupKey
from elastane.service.context import Context
from tests.kit.calls import call
from tests.kit.contexts import create_cluster, create_group, create_sharded_group, describe_cluster, settle

_NOBODY = GroupKey(Region("nowhere"), Form.CACHE_CLUSTER, ReplicationGroupId("nobody"))


async def make(ctx: Context, name: str = "mine", family: str = "valkey9", **parameters: Any) -> dict[str, Any]:
    answer = await call(
        ctx,
        "CreateCacheParameterGroup",
        **{"CacheParameterGroupName": name, "CacheParameterGroupFamily": family, "Description": "of a test"}
        | parameters,
    )
    return dict(answer["CacheParameterGroup"])


async def modify(ctx: Context, values: dict[str, str], name: str = "mine") -> dict[str, Any]:
    pairs = [{"ParameterName": parameter, "ParameterValue": value} for parameter, value in values.items()]
    return await call(ctx, "ModifyCacheParameterGroup", CacheParameterGroupName=name, ParameterNameValues=pairs)


async def reset(ctx: Context, *parameters: str, name: str = "mine", **more: Any) -> dict[str, Any]:
    pairs = [{"ParameterName": parameter} for parameter in parameters]
    named = {"ParameterNameValues": pairs} if pairs else {}
    return await call(ctx, "ResetCacheParameterGroup", CacheParameterGroupName=name, **named, **more)


async def values(ctx: Context, name: str = "mine", source: str = "user") -> dict[str, Any]:
    answer = await call(ctx, "DescribeCacheParameters", CacheParameterGroupName=name, Source=source)
    return {each["ParameterName"]: each.get("ParameterValue") for each in answer["Parameters"]}


async def rung(ctx: Context, act: Any) -> set[str]:
    """The ids of the caches whose bells an action rings."""
    await ctx.store.write(lambda tx: tx.rung.add(_NOBODY))
    await ctx.store.bell.next_rung()
    await act
    await ctx.store.write(lambda tx: tx.rung.add(_NOBODY))
    return {str(key.id) for key in await ctx.store.bell.next_rung() if key != _NOBODY}


async def test_every_family_has_a_group_without_and_one_with_cluster_mode(ctx: Context) -> None:
    answer = await call(ctx, "DescribeCacheParameterGroups")

    names = [found["CacheParameterGroupName"] for found in answer["CacheParameterGroups"]]
    with_cluster_mode = {f"default.{family}.cluster.on" for family in FAMILIES if family != "memcached1.6"}
    assert names == sorted({f"default.{family}" for family in FAMILIES} | with_cluster_mode)
    assert "Marker" not in answer


@pytest.mark.parametrize("name", ["default.valkey9", "Default.Valkey9"])
async def test_one_group_is_found_by_its_name_in_any_case(ctx: Context, name: str) -> None:
    answer = await call(ctx, "DescribeCacheParameterGroups", CacheParameterGroupName=name)

    assert answer["CacheParameterGroups"] == [
        {
            "CacheParameterGroupName": "default.valkey9",
            "CacheParameterGroupFamily": "valkey9",
            "Description": "Default parameter group for valkey9",
            "IsGlobal": False,
            "ARN": "arn:aws:elasticache:us-east-1:000000000000:parametergroup:default.valkey9",
        }
    ]


@pytest.mark.parametrize("name", ["nightly", "default.valkey99", ""])
async def test_a_group_that_is_not_there_is_a_fault(ctx: Context, name: str) -> None:
    with pytest.raises(faults.CacheParameterGroupNotFound, match=f"CacheParameterGroup {name} not found"):
        await call(ctx, "DescribeCacheParameterGroups", CacheParameterGroupName=name)


async def test_a_page_of_another_length_is_refused(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="MaxRecords"):
        await call(ctx, "DescribeCacheParameterGroups", MaxRecords=19)


# --- one's own -----------------------------------------------------------------------------------


async def test_a_new_group_has_its_family_s_values_and_reads_back(ctx: Context) -> None:
    created = await make(ctx, "Mine", Tags=[{"Key": "team", "Value": "checkout"}])

    answer = await call(ctx, "DescribeCacheParameterGroups", CacheParameterGroupName="MINE")
    tags = await call(ctx, "ListTagsForResource", ResourceName=created["ARN"])

    assert answer["CacheParameterGroups"] == [created]
    assert created["ARN"] == "arn:aws:elasticache:us-east-1:000000000000:parametergroup:mine"
    assert tags["TagList"] == [{"Key": "team", "Value": "checkout"}]
    assert await values(ctx) == {}
    assert (await values(ctx, source="system"))["maxmemory-policy"] == "volatile-lru"


CREATIONS: tuple[tuple[dict[str, Any], type[Fault], str], ...] = (
    ({"CacheParameterGroupName": "taken"}, faults.CacheParameterGroupAlreadyExists, "taken already exists"),
    ({"CacheParameterGroupName": "Default.Valkey9"}, faults.InvalidParameterValue, "not a valid identifier"),
    ({"CacheParameterGroupName": "1st"}, faults.InvalidParameterValue, "not a valid identifier"),
    ({"CacheParameterGroupName": "a--b"}, faults.InvalidParameterValue, "not a valid identifier"),
    ({"CacheParameterGroupName": "a-"}, faults.InvalidParameterValue, "not a valid identifier"),
    ({"CacheParameterGroupName": "a" * 256}, faults.InvalidParameterValue, "at most 255"),
    ({"CacheParameterGroupFamily": "redis2.6"}, faults.InvalidParameterValue, "redis2.6 is not a valid"),
    ({"Description": "d" * 256}, faults.InvalidParameterValue, "no more than 255"),
)


@pytest.mark.parametrize(("different", "fault", "sentence"), CREATIONS)
async def test_a_creation_that_cannot_be_is_refused(
    ctx: Context, different: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await make(ctx, "taken")

    with pytest.raises(fault, match=sentence):
        await make(ctx, **different)

    answer = await call(ctx, "DescribeCacheParameterGroups")
    own = [each["CacheParameterGroupName"] for each in answer["CacheParameterGroups"]]
    assert [name for name in own if not name.startswith("default.")] == ["taken"]


async def test_there_are_no_more_than_the_quota_allows(ctx: Context) -> None:
    few = replace_limits(ctx, parameter_groups=2)
    await make(few, "first")
    await make(few, "second")

    with pytest.raises(faults.CacheParameterGroupQuotaExceeded, match="2 cache parameter groups"):
        await make(few, "third")


def replace_limits(ctx: Context, **limits: int) -> Context:
    return dataclasses.replace(ctx, limits=replace(ctx.limits, **limits))


async def test_changed_values_read_back_as_the_user_s_and_no_others(ctx: Context) -> None:
    await make(ctx)

    answer = await modify(ctx, {"maxmemory-policy": "allkeys-lru", "timeout": "0"})

    assert answer == {"CacheParameterGroupName": "mine"}
    assert await values(ctx) == {"maxmemory-policy": "allkeys-lru", "timeout": "0"}
    assert "timeout" not in await values(ctx, source="system")
    assert await values(ctx, source="engine-default") == {}


async def test_one_wrong_value_changes_none(ctx: Context) -> None:
    await make(ctx)
    await modify(ctx, {"timeout": "60"})

    with pytest.raises(faults.InvalidParameterValue, match="maxmemory-samples"):
        await modify(ctx, {"timeout": "90", "maxmemory-samples": "many"})

    assert await values(ctx) == {"timeout": "60"}


async def test_a_reset_takes_back_what_is_named_or_all(ctx: Context) -> None:
    await make(ctx)
    await modify(ctx, {"timeout": "60", "tcp-keepalive": "60", "lfu-decay-time": "2"})

    await reset(ctx, "timeout", "maxmemory-policy")
    some = await values(ctx)
    await reset(ctx, ResetAllParameters=True)

    assert some == {"tcp-keepalive": "60", "lfu-decay-time": "2"}
    assert await values(ctx) == {}


@pytest.mark.parametrize("action", [modify, reset])
async def test_a_default_group_cannot_be_changed(ctx: Context, action: Any) -> None:
    named: Any = {"timeout": "60"} if action is modify else "timeout"

    with pytest.raises(faults.InvalidCacheParameterGroupState, match=r"default\.valkey9 cannot be"):
        await action(ctx, named, name="default.valkey9")


async def test_no_more_than_twenty_parameters_a_call(ctx: Context) -> None:
    await make(ctx)
    twenty_one = [each.name for each in families.parameters("valkey9") if each.is_modifiable][:21]

    with pytest.raises(
        faults.InvalidParameterCombination, match="Cannot modify more than 20 parameters in a single request"
    ):
        await reset(ctx, *twenty_one)


async def test_a_change_is_told_to_every_cache_that_uses_the_group_and_to_no_other(ctx: Context) -> None:
    await make(ctx)
    await make(ctx, "sharded")
    await modify(ctx, {"cluster-enabled": "yes"}, "sharded")
    await create_group(ctx, "one", CacheParameterGroupName="mine")
    await create_cluster(ctx, "two", CacheParameterGroupName="Mine")
    await create_group(ctx, "other")
    await create_sharded_group(ctx, "three", CacheParameterGroupName="sharded")

    assert await rung(ctx, modify(ctx, {"timeout": "60"})) == {"one", "two"}
    assert await rung(ctx, modify(ctx, {"timeout": "60"})) == set()
    assert await rung(ctx, reset(ctx, ResetAllParameters=True)) == {"one", "two"}
    assert await rung(ctx, modify(ctx, {"timeout": "60"}, "sharded")) == {"three"}


async def test_a_group_with_cluster_enabled_makes_a_cluster(ctx: Context) -> None:
    await make(ctx)
    await modify(ctx, {"cluster-enabled": "yes"})

    group = await create_group(ctx, nodes=1, CacheParameterGroupName="mine", AutomaticFailoverEnabled=True)

    assert group["ClusterEnabled"] is True
    cluster = await describe_cluster(ctx, "orders-0001-001")
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "mine"


async def test_a_replica_and_a_group_around_a_cluster_hear_why_they_cannot_have_another_group(ctx: Context) -> None:
    await make(ctx)
    await create_group(ctx)
    await create_cluster(ctx, "alone")
    await settle(ctx)
    replica = {"CacheClusterId": "more", "ReplicationGroupId": "orders"}
    around = {"ReplicationGroupId": "new", "ReplicationGroupDescription": "of a test", "PrimaryClusterId": "alone"}

    for action, named in (("CreateCacheCluster", replica), ("CreateReplicationGroup", around)):
        with pytest.raises(faults.InvalidParameterCombination, match="CacheParameterGroupName mine"):
            await call(ctx, action, **named, CacheParameterGroupName="Mine")
        with pytest.raises(faults.CacheParameterGroupNotFound, match="nobody-s not found"):
            await call(ctx, action, **named, CacheParameterGroupName="nobody-s")


async def test_the_cluster_mode_of_a_group_that_is_used_stays(ctx: Context) -> None:
    await make(ctx)
    await create_group(ctx, CacheParameterGroupName="mine")

    with pytest.raises(faults.InvalidCacheParameterGroupState, match="cluster-enabled cannot be changed while"):
        await modify(ctx, {"cluster-enabled": "yes"})
    await modify(ctx, {"cluster-enabled": "no"})


async def test_a_group_that_is_used_is_not_deleted(ctx: Context) -> None:
    await make(ctx)
    await create_group(ctx, CacheParameterGroupName="mine")

    with pytest.raises(faults.InvalidCacheParameterGroupState, match="still members of this parameter group mine"):
        await call(ctx, "DeleteCacheParameterGroup", CacheParameterGroupName="mine")
    with pytest.raises(faults.InvalidCacheParameterGroupState, match=r"default\.valkey9 cannot be deleted"):
        await call(ctx, "DeleteCacheParameterGroup", CacheParameterGroupName="default.valkey9")
    with pytest.raises(faults.CacheParameterGroupNotFound, match="nobody-s"):
        await call(ctx, "DeleteCacheParameterGroup", CacheParameterGroupName="nobody-s")


async def test_what_is_deleted_leaves_nothing_behind(ctx: Context) -> None:
    created = await make(ctx, Tags=[{"Key": "team", "Value": "checkout"}])
    await modify(ctx, {"timeout": "60"})

    await call(ctx, "DeleteCacheParameterGroup", CacheParameterGroupName="Mine")

    await make(ctx)
    tags = await call(ctx, "ListTagsForResource", ResourceName=created["ARN"])
    assert tags["TagList"] == []
    assert await values(ctx) == {}


async def test_memory_that_a_cache_s_nodes_do_not_have_cannot_be_reserved(ctx: Context) -> None:
    await make(ctx)
    await modify(ctx, {"reserved-memory": "536870912"})

    with pytest.raises(faults.InvalidParameterCombination, match=r"leaves no memory for data on cache\.t4g\.micro"):
        await create_group(ctx, CacheParameterGroupName="mine")
    await modify(ctx, {"reserved-memory": "1048576"})
    await create_group(ctx, CacheParameterGroupName="mine")
    with pytest.raises(faults.InvalidParameterCombination, match=r"leaves no memory for data on cache\.t4g\.micro"):
        await modify(ctx, {"reserved-memory": "536870912"})


async def test_values_fit_what_nodes_are_and_what_they_are_to_be_from_the_window_on(ctx: Context) -> None:
    of_orders: dict[str, Any] = {"ReplicationGroupId": "orders"}
    await make(ctx)
    await create_group(ctx, CacheNodeType="cache.t4g.small", CacheParameterGroupName="mine")
    await settle(ctx)
    await call(ctx, "ModifyReplicationGroup", **of_orders, CacheNodeType="cache.t4g.micro")

    with pytest.raises(faults.InvalidParameterCombination, match=r"leaves no memory for data on cache\.t4g\.micro"):
        await modify(ctx, {"reserved-memory": "536870912"})

    await make(ctx, "other")
    await modify(ctx, {"reserved-memory": "536870912"}, "other")
    await create_group(ctx, "carts", CacheNodeType="cache.t4g.micro")
    await settle(ctx)
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="carts", CacheNodeType="cache.t4g.small")
    await settle(ctx)
    with pytest.raises(faults.InvalidParameterCombination, match=r"leaves no memory for data on cache\.t4g\.micro"):
        await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="carts", CacheParameterGroupName="other")


async def test_defragmentation_needs_an_engine_that_has_it(ctx: Context) -> None:
    able = dataclasses.replace(ctx, defragmenting_engines=lambda: (("valkey", "9.1.2"),))
    await make(ctx)
    await create_group(ctx, CacheParameterGroupName="mine")

    with pytest.raises(faults.InvalidParameterCombination, match="activedefrag"):
        await modify(ctx, {"activedefrag": "yes"})
    await modify(able, {"activedefrag": "yes"})
    with pytest.raises(faults.InvalidParameterCombination, match="activedefrag"):
        await create_group(ctx, "later", CacheParameterGroupName="mine")


async def test_a_cache_of_another_family_cannot_use_the_group(ctx: Context) -> None:
    await make(ctx, family="valkey8")

    with pytest.raises(faults.InvalidParameterCombination, match="family valkey9 but found one of family valkey8"):
        await create_group(ctx, CacheParameterGroupName="mine")


async def test_groups_of_memcached_can_be_made_and_changed(ctx: Context) -> None:
    await make(ctx, family="memcached1.6")

    await modify(ctx, {"max_item_size": "2097152", "chunk_size_growth_factor": "1.5"})

    assert await values(ctx) == {"max_item_size": "2097152", "chunk_size_growth_factor": "1.5"}


async def test_every_parameter_of_a_family_is_listed_in_pages(ctx: Context) -> None:
    await make(ctx)
    seen: list[str] = []
    marker: dict[str, Any] = {}
    while True:
        answer = await call(ctx, "DescribeCacheParameters", CacheParameterGroupName="mine", MaxRecords=20, **marker)
        page = [*answer["Parameters"], *answer["CacheNodeTypeSpecificParameters"]]
        assert 0 < len(page) <= 20
        seen += [each["ParameterName"] for each in page]
        if "Marker" not in answer:
            break
        marker = {"Marker": answer["Marker"]}

    assert sorted(seen) == [each.name for each in families.parameters("valkey9")]


async def test_what_is_changed_in_one_s_own_groups_only_reads_so(ctx: Context) -> None:
    await make(ctx)

    async def databases(action: str, **named: str) -> dict[str, Any]:
        answer = await call(ctx, action, **named)
        listed = answer.get("EngineDefaults", answer)["Parameters"]
        return next(each for each in listed if each["ParameterName"] == "databases")

    own = await databases("DescribeCacheParameters", CacheParameterGroupName="mine")
    default = await databases("DescribeCacheParameters", CacheParameterGroupName="default.valkey9")
    family = await databases("DescribeEngineDefaultParameters", CacheParameterGroupFamily="valkey9")

    assert own == {
        "ParameterName": "databases",
        "ParameterValue": "16",
        "Description": "Logical databases of a node without cluster mode.",
        "Source": "system",
        "DataType": "integer",
        "AllowedValues": "1-1200000",
        "IsModifiable": True,
        "MinimumEngineVersion": "9.0",
        "ChangeType": "requires-reboot",
    }
    assert default == family == own | {"IsModifiable": False}


async def test_the_default_group_with_cluster_mode_says_so(ctx: Context) -> None:
    assert (await values(ctx, "default.valkey9.cluster.on", "system"))["cluster-enabled"] == "yes"
    assert (await values(ctx, "default.valkey9", "system"))["cluster-enabled"] == "no"
    assert await values(ctx, "default.valkey9.cluster.on") == {}


async def test_tags_of_one_s_own_group_can_be_changed(ctx: Context) -> None:
    created = await make(ctx)

    await call(ctx, "AddTagsToResource", ResourceName=created["ARN"], Tags=[{"Key": "a", "Value": "b"}])

    answer = await call(ctx, "RemoveTagsFromResource", ResourceName=created["ARN"], TagKeys=["a"])
    assert answer["TagList"] == []


async def test_a_cluster_mode_is_changed_with_one_s_own_group(ctx: Context) -> None:
    await make(ctx)
    await modify(ctx, {"cluster-enabled": "yes"})
    await create_group(ctx, AutomaticFailoverEnabled=True)
    await settle(ctx)

    await call(
        ctx,
        "ModifyReplicationGroup",
        ReplicationGroupId="orders",
        ClusterMode="compatible",
        CacheParameterGroupName="Mine",
        ApplyImmediately=True,
    )

    cluster = await describe_cluster(ctx, "orders-001")
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "mine"


async def test_the_history_tells_of_a_group_s_life(ctx: Context) -> None:
    await make(ctx)
    await modify(ctx, {"timeout": "60", "tcp-keepalive": "300"})
    await reset(ctx, "timeout")
    await call(ctx, "DeleteCacheParameterGroup", CacheParameterGroupName="mine")

    answer = await call(ctx, "DescribeEvents", SourceType="cache-parameter-group")

    assert [event["Message"] for event in reversed(answer["Events"])] == [
        "Created CacheParameterGroup mine",
        "Updated parameter timeout to 60",
        "Updated parameter timeout to 0",
        "Deleted CacheParameterGroup mine",
    ]


async def test_groups_of_other_regions_are_others(ctx: Context) -> None:
    await make(ctx)
    elsewhere = dataclasses.replace(ctx, region=Region("eu-west-1"))

    with pytest.raises(faults.CacheParameterGroupNotFound):
        await values(elsewhere)
    await make(elsewhere)
    await modify(elsewhere, {"timeout": "60"})
    assert await values(ctx) == {}
