"""Tags of everything that has an ARN, and how they travel from groups to members."""

from typing import Any

import pytest

from elastane.model import faults
from elastane.model.replication_groups import Deletion, ReplicationGroup
from elastane.service.context import Context
from elastane.store.replication_groups import save_replication_group
from tests.kit.calls import call
from tests.kit.groups import CREATED_AT, cache_cluster, group, node

ACCOUNT = "arn:aws:elasticache:us-east-1:000000000000"
ORDERS = f"{ACCOUNT}:replicationgroup:orders"
MEMBERS = [f"{ACCOUNT}:cluster:orders-001", f"{ACCOUNT}:cluster:orders-002"]
DEFAULT_SUBNETS = f"{ACCOUNT}:subnetgroup:default"
DEFAULT_PARAMETERS = f"{ACCOUNT}:parametergroup:default.valkey9"
ACTIONS = ["AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource"]


async def save(ctx: Context, desired: ReplicationGroup) -> None:
    await ctx.store.write(lambda tx: save_replication_group(tx, desired))


async def add(ctx: Context, resource: str, *pairs: tuple[str, str]) -> dict[str, str]:
    sent = [{"Key": key, "Value": value} for key, value in pairs]
    return as_dict(await call(ctx, "AddTagsToResource", ResourceName=resource, Tags=sent))


async def remove(ctx: Context, resource: str, *keys: str) -> dict[str, str]:
    return as_dict(await call(ctx, "RemoveTagsFromResource", ResourceName=resource, TagKeys=list(keys)))


async def listed(ctx: Context, resource: str) -> dict[str, str]:
    return as_dict(await call(ctx, "ListTagsForResource", ResourceName=resource))


async def ask(ctx: Context, action: str, resource: str) -> None:
    """One of the three, with whatever else it needs."""
    needed: dict[str, dict[str, Any]] = {
        "AddTagsToResource": {"Tags": [{"Key": "team", "Value": "shop"}]},
        "RemoveTagsFromResource": {"TagKeys": ["team"]},
        "ListTagsForResource": {},
    }
    await call(ctx, action, ResourceName=resource, **needed[action])


def as_dict(answer: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer["TagList"]}


# --- add, remove, list ---------------------------------------------------------------------------


async def test_added_tags_join_those_that_are_there_and_replace_their_values(ctx: Context) -> None:
    await add(ctx, DEFAULT_SUBNETS, ("team", "shop"), ("cost", "7"))

    answered = await add(ctx, DEFAULT_SUBNETS, ("team", "pay"), ("Team", "Shop"))

    assert answered == {"team": "pay", "Team": "Shop", "cost": "7"}
    assert await listed(ctx, DEFAULT_SUBNETS) == answered


async def test_a_tag_without_a_value_reads_back_with_an_empty_one(ctx: Context) -> None:
    answer = await call(ctx, "AddTagsToResource", ResourceName=DEFAULT_SUBNETS, Tags=[{"Key": "team"}])

    assert answer["TagList"] == [{"Key": "team", "Value": ""}]


async def test_removing_answers_what_is_left(ctx: Context) -> None:
    await add(ctx, DEFAULT_SUBNETS, ("team", "shop"), ("cost", "7"), ("area", "eu"))

    assert await remove(ctx, DEFAULT_SUBNETS, "team", "area") == {"cost": "7"}
    assert await listed(ctx, DEFAULT_SUBNETS) == {"cost": "7"}


async def test_removing_a_tag_that_is_not_there_removes_nothing(ctx: Context) -> None:
    await add(ctx, DEFAULT_SUBNETS, ("team", "shop"))

    with pytest.raises(faults.TagNotFound, match="The tag cost was not found"):
        await remove(ctx, DEFAULT_SUBNETS, "team", "cost")

    assert await listed(ctx, DEFAULT_SUBNETS) == {"team": "shop"}


async def test_a_resource_without_tags_has_an_empty_list(ctx: Context) -> None:
    await save(ctx, group("orders"))

    for resource in (ORDERS, *MEMBERS, DEFAULT_SUBNETS, DEFAULT_PARAMETERS):
        assert await listed(ctx, resource) == {}


# --- groups and their members --------------------------------------------------------------------


async def test_a_groups_tags_are_its_members_too(ctx: Context) -> None:
    await save(ctx, group("orders"))
    await add(ctx, MEMBERS[0], ("own", "yes"))

    await add(ctx, ORDERS, ("team", "shop"), ("cost", "7"))
    await remove(ctx, ORDERS, "cost")

    assert await listed(ctx, ORDERS) == {"team": "shop"}
    assert await listed(ctx, MEMBERS[0]) == {"own": "yes", "team": "shop"}
    assert await listed(ctx, MEMBERS[1]) == {"team": "shop"}


async def test_a_members_own_tags_stay_its_own(ctx: Context) -> None:
    await save(ctx, group("orders"))

    await add(ctx, MEMBERS[0], ("own", "yes"))

    assert await listed(ctx, ORDERS) == {}
    assert await listed(ctx, MEMBERS[1]) == {}


async def test_a_group_tag_that_a_member_has_no_room_for_reaches_nobody(ctx: Context) -> None:
    await save(ctx, group("orders"))
    await add(ctx, MEMBERS[1], *((f"own-{number}", "") for number in range(50)))

    with pytest.raises(faults.TagQuotaPerResourceExceeded):
        await add(ctx, ORDERS, ("team", "shop"))

    assert await listed(ctx, ORDERS) == await listed(ctx, MEMBERS[0]) == {}


# --- which states answer -------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["AddTagsToResource", "ListTagsForResource"])
async def test_a_group_that_is_still_creating_answers(ctx: Context, action: str) -> None:
    await save(ctx, group("orders"))
    await save(ctx, cache_cluster("sessions"))

    for resource in (ORDERS, MEMBERS[0], f"{ACCOUNT}:cluster:sessions"):
        await ask(ctx, action, resource)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_group_being_deleted_is_not_available_for_tags(ctx: Context, action: str) -> None:
    await save(ctx, group("orders", deletion=Deletion(requested_at=CREATED_AT)))

    with pytest.raises(faults.InvalidReplicationGroupState, match="not in available state"):
        await ask(ctx, action, ORDERS)
    with pytest.raises(faults.CacheClusterNotFound, match="is either not present or not available"):
        await ask(ctx, action, MEMBERS[0])


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_member_that_leaves_is_not_available_for_tags(ctx: Context, action: str) -> None:
    await save(ctx, group("orders", node("orders-001"), node("orders-002", is_leaving=True)))

    with pytest.raises(faults.CacheClusterNotFound):
        await ask(ctx, action, MEMBERS[1])


# --- ARNs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("resource", "fault"),
    [
        (ORDERS, faults.ReplicationGroupNotFound),
        (MEMBERS[0], faults.CacheClusterNotFound),
        (f"{ACCOUNT}:subnetgroup:nightly", faults.CacheSubnetGroupNotFound),
        (f"{ACCOUNT}:parametergroup:nightly", faults.CacheParameterGroupNotFound),
        (f"{ACCOUNT}:securitygroup:nightly", faults.CacheSecurityGroupNotFound),
        (f"{ACCOUNT}:snapshot:nightly", faults.SnapshotNotFound),
        (f"{ACCOUNT}:user:ada", faults.UserNotFound),
        (f"{ACCOUNT}:usergroup:writers", faults.UserGroupNotFound),
        (f"{ACCOUNT}:reserved-instance:bought", faults.ReservedCacheNodeNotFound),
        (f"{ACCOUNT}:serverlesscache:carts", faults.ServerlessCacheNotFound),
        (f"{ACCOUNT}:serverlesscachesnapshot:carts", faults.ServerlessCacheSnapshotNotFound),
        ("arn:aws:elasticache::000000000000:globalreplicationgroup:world", faults.GlobalReplicationGroupNotFound),
    ],
)
async def test_what_is_not_there_is_the_fault_of_its_kind(
    ctx: Context, action: str, resource: str, fault: type[faults.Fault]
) -> None:
    with pytest.raises(fault):
        await ask(ctx, action, resource)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "resource",
    [
        "",
        "orders",
        "arn:aws:elasticache:us-east-1:000000000000:replicationgroup",
        f"{ORDERS}:extra",
        "arn:aws:elasticache:eu-west-1:000000000000:replicationgroup:orders",
        "arn:aws:elasticache:us-east-1:111111111111:replicationgroup:orders",
        "arn:aws:rds:us-east-1:000000000000:replicationgroup:orders",
        "arn:aws-cn:elasticache:us-east-1:000000000000:replicationgroup:orders",
        "urn:aws:elasticache:us-east-1:000000000000:replicationgroup:orders",
        f"{ACCOUNT}:database:orders",
    ],
)
async def test_an_arn_that_is_not_one_of_ours_is_refused(ctx: Context, action: str, resource: str) -> None:
    await save(ctx, group("orders"))

    with pytest.raises(faults.InvalidARN):
        await ask(ctx, action, resource)


async def test_a_name_in_an_arn_is_found_whatever_its_case(ctx: Context) -> None:
    await save(ctx, group("orders"))

    await add(ctx, f"{ACCOUNT}:replicationgroup:Orders", ("team", "shop"))

    assert await listed(ctx, ORDERS) == {"team": "shop"}


@pytest.mark.parametrize("action", ["AddTagsToResource", "RemoveTagsFromResource"])
async def test_tags_of_a_default_parameter_group_cannot_be_changed(ctx: Context, action: str) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="is a default parameter group"):
        await ask(ctx, action, DEFAULT_PARAMETERS)


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("k" * 128, "v" * 256),
        ("ключ", "значение"),
        ("a b", "x_.:/=+-@9"),
        ("awsome", ""),
    ],
)
async def test_a_tag_at_its_limits_is_kept(ctx: Context, key: str, value: str) -> None:
    assert await add(ctx, DEFAULT_SUBNETS, (key, value)) == {key: value}


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("k" * 129, "v")], "longer than 128"),
        ([("k", "v" * 257)], "longer than 256"),
        ([("", "v")], "must have a key"),
        ([("aws:team", "v")], "reserved for AWS"),
        ([("AWS:team", "v")], "reserved for AWS"),
        ([("k", "v"), ("k", "w")], "more than once"),
        ([("k!", "v")], "'!' is not allowed"),
        ([("k", "a\tb")], "is not allowed"),
    ],
)
async def test_a_tag_beyond_its_limits_is_refused(ctx: Context, pairs: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(faults.InvalidParameterValue, match=sentence):
        await add(ctx, DEFAULT_SUBNETS, ("fine", "yes"), *pairs)

    assert await listed(ctx, DEFAULT_SUBNETS) == {}


async def test_fifty_tags_fit_and_a_new_value_for_one_of_them_too(ctx: Context) -> None:
    await add(ctx, DEFAULT_SUBNETS, *((f"key-{number}", "") for number in range(50)))

    assert len(await add(ctx, DEFAULT_SUBNETS, ("key-0", "changed"))) == 50
    with pytest.raises(faults.TagQuotaPerResourceExceeded, match="no more than 50 tags"):
        await add(ctx, DEFAULT_SUBNETS, ("one-more", ""))


async def test_a_create_call_with_too_many_tags_makes_nothing(ctx: Context) -> None:
    too_many = [{"Key": f"key-{number}", "Value": ""} for number in range(51)]

    with pytest.raises(faults.TagQuotaPerResourceExceeded):
        await call(
            ctx,
            "CreateCacheSubnetGroup",
            CacheSubnetGroupName="nightly",
            CacheSubnetGroupDescription="",
            SubnetIds=["subnet-0"],
            Tags=too_many,
        )

    assert len((await call(ctx, "DescribeCacheSubnetGroups"))["CacheSubnetGroups"]) == 1
