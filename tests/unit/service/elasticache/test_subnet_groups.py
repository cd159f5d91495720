"""Subnet groups over the built-in network, and over subnets made elsewhere."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.catalog.network import default_network
from elastane.model import faults
from elastane.model.ids import Zone
from elastane.model.replication_groups import Form, Network, ReplicationGroup
from elastane.service.context import Context
from elastane.service.elasticache.subnet_groups import give_zones, zones_of_subnet_group
from elastane.store import replication_groups, subnet_groups
from tests.kit.calls import call
from tests.kit.groups import REGION, group, node

A, B, C = (Zone(f"us-east-1{letter}") for letter in "abc")


def built_in_subnets(ctx: Context) -> list[str]:
    return [subnet.subnet_id for subnet in default_network(ctx.account_id, ctx.region, ctx.address_block).subnets]


async def create(ctx: Context, name: str = "nightly", **parameters: Any) -> dict[str, Any]:
    defaults = {"CacheSubnetGroupDescription": "for the nights", "SubnetIds": built_in_subnets(ctx)}
    answer = await call(ctx, "CreateCacheSubnetGroup", CacheSubnetGroupName=name, **(defaults | parameters))
    found: dict[str, Any] = answer["CacheSubnetGroup"]
    return found


async def describe(ctx: Context, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call(ctx, "DescribeCacheSubnetGroups", **parameters))["CacheSubnetGroups"]
    return found


async def save_user(ctx: Context, *zones: Zone, form: Form = Form.REPLICATION_GROUP) -> ReplicationGroup:
    """A cache in the subnet group `nightly`, with a node in each zone."""
    nodes = [node(f"orders-{number:03d}", zone=zone) for number, zone in enumerate(zones, start=1)]
    user = group("orders", *nodes, form=form, network=Network(subnet_group_name="nightly"))
    await ctx.store.write(lambda tx: replication_groups.save_replication_group(tx, user))
    return user


def lenient(ctx: Context) -> Context:
    return replace(ctx, accepts_any_subnet_ids=True)


def zones_by_subnet(found: dict[str, Any]) -> dict[str, str]:
    return {each["SubnetIdentifier"]: each["SubnetAvailabilityZone"]["Name"] for each in found["Subnets"]}


# --- create and describe -------------------------------------------------------------------------


async def test_the_default_group_is_there_from_the_start_with_a_subnet_in_each_zone(ctx: Context) -> None:
    (default,) = await describe(ctx)

    assert default["CacheSubnetGroupName"] == "default"
    assert default["ARN"] == "arn:aws:elasticache:us-east-1:000000000000:subnetgroup:default"
    assert default["VpcId"].startswith("vpc-")
    assert list(zones_by_subnet(default).values()) == [A, B, C]


async def test_a_group_reads_back_as_it_was_created(ctx: Context) -> None:
    second, first, _ = built_in_subnets(ctx)

    created = await create(ctx, SubnetIds=[first, second])
    described = await describe(ctx, CacheSubnetGroupName="nightly")

    assert described == [created]
    assert created["CacheSubnetGroupDescription"] == "for the nights"
    assert created["SupportedNetworkTypes"] == ["ipv4"]
    assert [each["SubnetIdentifier"] for each in created["Subnets"]] == [first, second]
    assert all(each["SupportedNetworkTypes"] == ["ipv4"] for each in created["Subnets"])


async def test_names_are_kept_in_lower_case_and_found_in_any(ctx: Context) -> None:
    created = await create(ctx, "Nightly-7")

    (found,) = await describe(ctx, CacheSubnetGroupName="NIGHTLY-7")

    assert created["CacheSubnetGroupName"] == found["CacheSubnetGroupName"] == "nightly-7"


async def test_tags_of_the_create_call_are_the_groups(ctx: Context) -> None:
    created = await create(ctx, Tags=[{"Key": "team", "Value": "shop"}, {"Key": "empty"}])

    listed = await call(ctx, "ListTagsForResource", ResourceName=created["ARN"])

    assert listed["TagList"] == [{"Key": "empty", "Value": ""}, {"Key": "team", "Value": "shop"}]


async def test_a_subnet_named_twice_is_in_the_group_once(ctx: Context) -> None:
    first, *_ = built_in_subnets(ctx)

    created = await create(ctx, SubnetIds=[first, first])

    assert len(created["Subnets"]) == 1


async def test_pages_go_over_the_built_in_and_the_made_ones_by_name(ctx: Context) -> None:
    for number in range(25):
        await create(ctx, f"made-{number:02d}")

    first = await call(ctx, "DescribeCacheSubnetGroups", MaxRecords=20)
    second = await call(ctx, "DescribeCacheSubnetGroups", MaxRecords=20, Marker=first["Marker"])

    names = [each["CacheSubnetGroupName"] for page in (first, second) for each in page["CacheSubnetGroups"]]
    assert names == ["default", *(f"made-{number:02d}" for number in range(25))]
    assert "Marker" not in second


@pytest.mark.parametrize("name", ["Nightly", "default", "DEFAULT"])
async def test_a_name_that_is_taken_is_refused(ctx: Context, name: str) -> None:
    await create(ctx)

    with pytest.raises(faults.CacheSubnetGroupAlreadyExists, match=f"Cache subnet group {name.lower()} already exists"):
        await create(ctx, name)


@pytest.mark.parametrize("name", ["", "night_ly", "night ly", "night.ly", "nächtlich", "a" * 256, "nightly\n"])
async def test_a_name_with_other_characters_is_refused(ctx: Context, name: str) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="CacheSubnetGroupName"):
        await create(ctx, name)


async def test_a_description_may_be_255_characters_and_no_more(ctx: Context) -> None:
    await create(ctx, "longest", CacheSubnetGroupDescription="x" * 255)

    with pytest.raises(faults.InvalidParameterValue, match="no more than 255"):
        await create(ctx, "too-long", CacheSubnetGroupDescription="x" * 256)


async def test_a_group_without_subnets_is_refused(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="SubnetIds must be provided"):
        await create(ctx, SubnetIds=[])


async def test_a_subnet_that_nobody_knows_is_refused_and_nothing_is_made(ctx: Context) -> None:
    with pytest.raises(faults.InvalidSubnet, match=r"Some input subnets in :\[subnet-0123, subnet-4567\] are invalid"):
        await create(ctx, SubnetIds=[*built_in_subnets(ctx), "subnet-0123", "subnet-4567"])

    assert len(await describe(ctx)) == 1


async def test_a_group_that_is_not_there_is_a_fault(ctx: Context) -> None:
    with pytest.raises(faults.CacheSubnetGroupNotFound, match="Cache Subnet Group nobody does not exist"):
        await describe(ctx, CacheSubnetGroupName="nobody")


async def test_quotas_of_groups_and_of_subnets_in_one_are_kept(ctx: Context) -> None:
    wide = lenient(ctx)
    await create(wide, "most", SubnetIds=[f"subnet-{number}" for number in range(20)])
    for number in range(299):
        await create(wide, f"made-{number}")

    with pytest.raises(faults.CacheSubnetQuotaExceeded, match="no more than 20 subnets"):
        await create(wide, "too-wide", SubnetIds=[f"subnet-{number}" for number in range(21)])
    with pytest.raises(faults.CacheSubnetGroupQuotaExceeded, match="300 cache subnet groups"):
        await create(wide, "one-too-many")


# --- modify --------------------------------------------------------------------------------------


async def test_only_what_was_sent_is_modified(ctx: Context) -> None:
    first, second, _ = built_in_subnets(ctx)
    await create(ctx, SubnetIds=[first])

    described = await call(
        ctx, "ModifyCacheSubnetGroup", CacheSubnetGroupName="Nightly", CacheSubnetGroupDescription="for days"
    )
    moved = await call(ctx, "ModifyCacheSubnetGroup", CacheSubnetGroupName="nightly", SubnetIds=[second])

    assert list(zones_by_subnet(described["CacheSubnetGroup"])) == [first]
    assert list(zones_by_subnet(moved["CacheSubnetGroup"])) == [second]
    assert await describe(ctx, CacheSubnetGroupName="nightly") == [moved["CacheSubnetGroup"]]
    assert moved["CacheSubnetGroup"]["CacheSubnetGroupDescription"] == "for days"


async def test_a_subnet_with_a_node_in_its_zone_stays(ctx: Context) -> None:
    first, second, third = built_in_subnets(ctx)
    await create(ctx)
    await save_user(ctx, A, B)

    with pytest.raises(faults.SubnetInUse, match="us-east-1b is in use by cache cluster orders-002"):
        await call(ctx, "ModifyCacheSubnetGroup", CacheSubnetGroupName="nightly", SubnetIds=[first, third])
    await call(ctx, "ModifyCacheSubnetGroup", CacheSubnetGroupName="nightly", SubnetIds=[first, second])

    (found,) = await describe(ctx, CacheSubnetGroupName="nightly")
    assert list(zones_by_subnet(found)) == [first, second]


async def test_a_zone_with_a_second_subnet_may_lose_one(ctx: Context) -> None:
    wide = lenient(ctx)
    created = await create(wide, SubnetIds=["subnet-b", "subnet-c", "subnet-a", "subnet-other"])
    doubled_zone, twin = next(
        (zone, subnet_id)
        for subnet_id, zone in zones_by_subnet(created).items()
        if list(zones_by_subnet(created).values()).count(zone) == 2
    )
    await save_user(wide, Zone(doubled_zone))
    staying = [subnet_id for subnet_id in zones_by_subnet(created) if subnet_id != twin]

    modified = await call(wide, "ModifyCacheSubnetGroup", CacheSubnetGroupName="nightly", SubnetIds=staying)

    assert list(zones_by_subnet(modified["CacheSubnetGroup"])) == staying


@pytest.mark.parametrize("action", ["ModifyCacheSubnetGroup", "DeleteCacheSubnetGroup"])
async def test_the_default_group_stays_as_it_is(ctx: Context, action: str) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="The default cache subnet group cannot be"):
        await call(ctx, action, CacheSubnetGroupName="Default")


@pytest.mark.parametrize("action", ["ModifyCacheSubnetGroup", "DeleteCacheSubnetGroup"])
async def test_changing_a_group_that_is_not_there_is_a_fault(ctx: Context, action: str) -> None:
    with pytest.raises(faults.CacheSubnetGroupNotFound):
        await call(ctx, action, CacheSubnetGroupName="nobody")


# --- delete --------------------------------------------------------------------------------------


async def test_a_deleted_group_is_gone_and_so_are_its_tags(ctx: Context) -> None:
    await create(ctx, Tags=[{"Key": "team", "Value": "shop"}])

    await call(ctx, "DeleteCacheSubnetGroup", CacheSubnetGroupName="Nightly")
    again = await create(ctx)

    assert await call(ctx, "ListTagsForResource", ResourceName=again["ARN"]) == {"TagList": []}


@pytest.mark.parametrize("form", list(Form))
async def test_a_group_in_use_stays(ctx: Context, form: Form) -> None:
    await create(ctx)
    await save_user(ctx, A, form=form)

    with pytest.raises(faults.CacheSubnetGroupInUse, match="nightly is currently in use by a cache cluster"):
        await call(ctx, "DeleteCacheSubnetGroup", CacheSubnetGroupName="nightly")

    assert len(await describe(ctx)) == 2


# --- zones ---------------------------------------------------------------------------------------


async def test_a_group_allows_the_zones_of_its_subnets(ctx: Context) -> None:
    _, second, third = built_in_subnets(ctx)
    await create(ctx, SubnetIds=[third, second])

    assert await ctx.store.read(lambda tx: zones_of_subnet_group(tx, ctx, "NIGHTLY")) == (B, C)
    assert await ctx.store.read(lambda tx: zones_of_subnet_group(tx, ctx, "default")) == (A, B, C)


async def test_the_zones_of_a_group_that_is_not_there_are_a_fault(ctx: Context) -> None:
    with pytest.raises(faults.CacheSubnetGroupNotFound):
        await ctx.store.read(lambda tx: zones_of_subnet_group(tx, ctx, "nobody"))


async def test_foreign_subnets_are_taken_where_allowed_and_spread_over_the_zones(ctx: Context) -> None:
    created = await create(lenient(ctx), SubnetIds=["subnet-x", "subnet-y", "subnet-z"])

    assert zones_by_subnet(created) == {"subnet-x": A, "subnet-y": B, "subnet-z": C}


async def test_a_foreign_subnet_keeps_its_zone_whatever_happens_to_the_others(ctx: Context) -> None:
    wide = lenient(ctx)
    created = await create(wide, SubnetIds=["subnet-x", "subnet-y", "subnet-z"])
    other = await create(wide, "other", SubnetIds=["subnet-z", "subnet-new"])

    modified = await call(
        wide, "ModifyCacheSubnetGroup", CacheSubnetGroupName="nightly", SubnetIds=["subnet-z", "subnet-y"]
    )

    kept = zones_by_subnet(modified["CacheSubnetGroup"])
    assert kept == {name: zones_by_subnet(created)[name] for name in ("subnet-z", "subnet-y")}
    assert zones_by_subnet(other)["subnet-z"] == kept["subnet-z"]


async def test_groups_over_foreign_subnets_are_still_read_when_new_ones_are_refused_again(ctx: Context) -> None:
    created = await create(lenient(ctx), SubnetIds=["subnet-x"])

    assert await describe(ctx, CacheSubnetGroupName="nightly") == [created]
    with pytest.raises(faults.InvalidSubnet):
        await create(ctx, "other", SubnetIds=["subnet-unseen"])


async def test_foreign_subnets_that_no_group_names_are_forgotten(ctx: Context) -> None:
    wide = lenient(ctx)
    await create(wide, SubnetIds=["subnet-x", "subnet-y"])
    await create(wide, "other", SubnetIds=["subnet-y"])

    await call(wide, "DeleteCacheSubnetGroup", CacheSubnetGroupName="nightly")

    assert list(await ctx.store.read(lambda tx: subnet_groups.get_subnet_zones(tx, REGION))) == ["subnet-y"]


SUBNETS = st.sampled_from([f"subnet-{letter}" for letter in "abcdefgh"])


@given(known=st.dictionaries(SUBNETS, st.sampled_from([A, B, C])), wanted=st.lists(SUBNETS, unique=True, min_size=1))
def test_zones_already_given_never_change_and_new_ones_spread(known: dict[str, Zone], wanted: list[str]) -> None:
    given_zones = give_zones(known, wanted, (A, B, C))

    unknown = [subnet_id for subnet_id in wanted if subnet_id not in known]
    reachable = {known[subnet_id] for subnet_id in wanted if subnet_id in known}
    assert given_zones.items() >= known.items()
    assert set(given_zones) == set(known) | set(wanted)
    assert len({given_zones[subnet_id] for subnet_id in wanted}) == min(3, len(reachable) + len(unknown))
