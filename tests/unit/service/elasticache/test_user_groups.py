"""The actions on user groups, against a store of their own."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.service.context import Context
from tests.kit.calls import call
from tests.kit.contexts import ACCOUNT_ID, REGION, context, forget, group_key, settle
from tests.kit.users import (
    acl_of,
    attach,
    create_default_user,
    create_encrypted_group,
    create_user,
    create_user_group,
    describe_user,
    describe_user_group,
)

ENGINES = (("valkey", "9.1.2"), ("redis", "7.0.15"))


async def test_a_new_user_group_reads_back_as_it_was_asked_for(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user(ctx, "writer", AccessString="on db=0 ~*")

    created = await create_user_group(ctx, "Readers", "Reader", "writer", Tags=[{"Key": "k", "Value": "v"}])

    assert created == {
        "UserGroupId": "readers",
        "Status": "active",
        "Engine": "valkey",
        "UserIds": ["reader", "writer"],
        "MinimumEngineVersion": "9.1",
        "ReplicationGroups": [],
        "ServerlessCaches": [],
        "ARN": f"arn:aws:elasticache:{REGION}:{ACCOUNT_ID}:usergroup:readers",
    }
    assert await describe_user_group(ctx, "READERS") == created
    assert (await describe_user(ctx))["UserGroupIds"] == ["readers"]
    tags = await call(ctx, "ListTagsForResource", ResourceName=created["ARN"])
    assert tags["TagList"] == [{"Key": "k", "Value": "v"}]


async def test_a_user_group_of_redis_oss_has_the_default_user_or_one_of_its_name(ctx: Context) -> None:
    await create_user(ctx, "reader", Engine="redis")
    await create_default_user(ctx, "own-default")

    with_built_in = await create_user_group(ctx, "one", "default", "reader", Engine="REDIS")
    with_own = await create_user_group(ctx, "two", "own-default", "reader", Engine="redis")

    assert (with_built_in["Engine"], with_built_in["MinimumEngineVersion"]) == ("redis", "6.0")
    assert with_own["UserIds"] == ["own-default", "reader"]
    with pytest.raises(faults.DefaultUserRequired, match="user name default"):
        await create_user_group(ctx, "three", "reader", Engine="redis")


async def test_a_user_group_of_valkey_may_be_empty_and_take_users_of_redis_oss(ctx: Context) -> None:
    await create_user(ctx, "reader", Engine="redis")

    empty = await call(ctx, "CreateUserGroup", UserGroupId="empty", Engine="valkey")
    mixed = await create_user_group(ctx, "mixed", "reader")

    assert (empty["UserIds"], empty["MinimumEngineVersion"]) == ([], "7.2")
    assert mixed["UserIds"] == ["reader"]


@pytest.mark.parametrize(
    ("user_ids", "parameters", "fault", "words"),
    [
        (["reader"], {"UserGroupId": "1st"}, faults.InvalidParameterValue, "valid identifier"),
        (["reader"], {"UserGroupId": "taken"}, faults.UserGroupAlreadyExists, "taken"),
        (["reader"], {"Engine": "memcached"}, faults.InvalidParameterValue, "valkey, redis"),
        (["nobody"], {}, faults.UserNotFound, "nobody"),
        (["default"], {}, faults.InvalidParameterValue, "default has no password"),
        (["reader", "twin"], {}, faults.DuplicateUserName, "reader"),
        (["default", "own-default"], {"Engine": "redis"}, faults.DuplicateUserName, "default"),
        (["default", "reader"], {"Engine": "redis"}, faults.InvalidParameterValue, "only holds users of redis"),
        (["reader", "second", "third"], {}, faults.UserGroupQuotaExceeded, "at most 2"),
    ],
)
async def test_a_user_group_that_cannot_be_is_refused(
    tmp_path: Path, user_ids: list[str], parameters: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    with context(tmp_path, limits=replace(aws_limits(), users_per_group=2)) as ctx:
        await create_user(ctx, "reader")
        await create_user(ctx, "twin", UserName="reader")
        await create_default_user(ctx, "own-default")
        for user_id in ("second", "third"):
            await create_user(ctx, user_id)
        await create_user_group(ctx, "taken", "reader")

        asked = {"UserGroupId": "readers", "Engine": "valkey", "UserIds": user_ids} | parameters
        with pytest.raises(fault, match=words):
            await call(ctx, "CreateUserGroup", **asked)

        names = [each["UserGroupId"] for each in (await call(ctx, "DescribeUserGroups"))["UserGroups"]]
        assert names == ["taken"]


async def test_a_user_group_does_not_grow_beyond_the_quota(tmp_path: Path) -> None:
    with context(tmp_path, limits=replace(aws_limits(), users_per_group=1)) as ctx:
        await create_user(ctx, "reader")
        await create_user(ctx, "writer")
        await create_user_group(ctx, "readers", "reader")
        with pytest.raises(faults.InvalidParameterValue, match="at most 1"):
            await call(ctx, "ModifyUserGroup", UserGroupId="readers", UserIdsToAdd=["writer"])


async def test_more_user_groups_than_the_quota_are_refused(tmp_path: Path) -> None:
    with context(tmp_path, limits=replace(aws_limits(), user_groups=1)) as ctx:
        await call(ctx, "CreateUserGroup", UserGroupId="one", Engine="valkey")
        with pytest.raises(faults.UserGroupQuotaExceeded, match="1 user groups"):
            await call(ctx, "CreateUserGroup", UserGroupId="two", Engine="valkey")


async def test_a_user_group_that_is_not_there_is_not_found(ctx: Context) -> None:
    for action in ("DescribeUserGroups", "DeleteUserGroup"):
        with pytest.raises(faults.UserGroupNotFound, match="User group nobody not found"):
            await call(ctx, action, UserGroupId="nobody")
    with pytest.raises(faults.UserGroupNotFound):
        await call(ctx, "ModifyUserGroup", UserGroupId="nobody", Engine="redis")


# --- changes -------------------------------------------------------------------------------------


async def test_users_come_and_go_at_once_where_no_cache_has_the_user_group(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user(ctx, "writer")
    await create_user_group(ctx, "readers", "reader")

    changed = await call(
        ctx, "ModifyUserGroup", UserGroupId="Readers", UserIdsToAdd=["writer"], UserIdsToRemove=["Reader"]
    )

    assert (changed["UserIds"], changed["Status"], changed.get("PendingChanges")) == (["writer"], "active", None)


@pytest.mark.parametrize(
    ("parameters", "fault", "words"),
    [
        ({}, faults.InvalidParameterCombination, "No modifications"),
        ({"UserIdsToAdd": ["reader"]}, faults.InvalidParameterCombination, "already a member"),
        ({"UserIdsToRemove": ["writer"]}, faults.InvalidParameterCombination, "not a member"),
        ({"UserIdsToAdd": ["nobody"]}, faults.UserNotFound, "nobody"),
        ({"UserIdsToAdd": ["twin"]}, faults.DuplicateUserName, "reader"),
        ({"UserIdsToAdd": ["default"]}, faults.InvalidParameterValue, "has no password"),
        ({"Engine": "redis"}, faults.DefaultUserRequired, "default"),
        ({"Engine": "postgres"}, faults.InvalidParameterValue, "valkey, redis"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    await create_user(ctx, "reader")
    await create_user(ctx, "writer")
    await create_user(ctx, "twin", UserName="reader")
    before = await create_user_group(ctx, "readers", "reader")

    with pytest.raises(fault, match=words):
        await call(ctx, "ModifyUserGroup", UserGroupId="readers", **parameters)

    assert await describe_user_group(ctx) == before


async def test_a_change_is_pending_until_the_engines_have_it(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user(ctx, "writer")
    await create_user_group(ctx, "readers", "reader")
    await create_encrypted_group(ctx, "orders")
    await attach(ctx, "orders", "readers")
    await settle(ctx)
    await ctx.store.bell.next_rung()

    changed = await call(
        ctx, "ModifyUserGroup", UserGroupId="readers", UserIdsToAdd=["writer"], UserIdsToRemove=["reader"]
    )

    assert changed["ReplicationGroups"] == ["orders"]
    assert (changed["Status"], changed["UserIds"]) == ("modifying", ["reader"])
    assert changed["PendingChanges"] == {"UserIdsToRemove": ["reader"], "UserIdsToAdd": ["writer"]}
    assert [user.name for user in await acl_of(ctx)] == ["default", "writer"]
    assert await ctx.store.bell.next_rung() == {group_key("orders")}
    assert [(await describe_user(ctx, name))["Status"] for name in ("reader", "writer")] == ["active", "modifying"]
    with pytest.raises(faults.InvalidUserGroupState, match="modifying"):
        await call(ctx, "ModifyUserGroup", UserGroupId="readers", UserIdsToAdd=["reader"])

    await settle(ctx)

    after = await describe_user_group(ctx)
    assert (after["Status"], after["UserIds"], after.get("PendingChanges")) == ("active", ["writer"], None)


async def test_what_was_pending_once_is_not_pending_again_with_another_change(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user(ctx, "writer")
    await create_user_group(ctx, "readers", "reader")
    await create_encrypted_group(ctx, "orders")
    await attach(ctx, "orders", "readers")
    await settle(ctx)
    await call(ctx, "ModifyUserGroup", UserGroupId="readers", UserIdsToAdd=["writer"])
    await settle(ctx)

    await call(ctx, "ModifyUser", UserId="writer", AccessString="off")

    after = await describe_user_group(ctx)
    assert (after["Status"], after.get("PendingChanges")) == ("modifying", None)


async def test_the_default_user_is_swapped_in_one_call(ctx: Context) -> None:
    await create_default_user(ctx, "own-default", AccessString="off")
    await create_user_group(ctx, "old", "default", Engine="redis")

    changed = await call(
        ctx, "ModifyUserGroup", UserGroupId="old", UserIdsToAdd=["own-default"], UserIdsToRemove=["default"]
    )

    assert changed["UserIds"] == ["own-default"]
    with pytest.raises(faults.DefaultUserRequired):
        await call(ctx, "ModifyUserGroup", UserGroupId="old", UserIdsToRemove=["own-default"])


async def test_a_user_group_of_redis_oss_becomes_one_of_valkey_when_all_its_users_sign_in(ctx: Context) -> None:
    await create_default_user(ctx, "own-default")
    await create_user_group(ctx, "old", "default", Engine="redis")

    with pytest.raises(faults.InvalidParameterValue, match="has no password"):
        await call(ctx, "ModifyUserGroup", UserGroupId="old", Engine="valkey")
    changed = await call(
        ctx,
        "ModifyUserGroup",
        UserGroupId="old",
        Engine="valkey",
        UserIdsToAdd=["own-default"],
        UserIdsToRemove=["default"],
    )

    assert (changed["Engine"], changed["UserIds"]) == ("valkey", ["own-default"])


async def test_a_change_that_an_attached_cache_does_not_allow_is_refused(tmp_path: Path) -> None:
    with context(tmp_path, engines=ENGINES) as ctx:
        await create_default_user(ctx, "own-default")
        await create_user_group(ctx, "old", "own-default", Engine="redis")
        await create_encrypted_group(ctx, "orders", Engine="redis")
        await attach(ctx, "orders", "old")
        await settle(ctx)

        with pytest.raises(faults.InvalidParameterCombination, match="cannot be used by a cache that runs redis"):
            await call(ctx, "ModifyUserGroup", UserGroupId="old", Engine="valkey")


# --- deletion ------------------------------------------------------------------------------------


async def test_a_user_group_that_a_cache_has_cannot_be_deleted(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user_group(ctx, "readers", "reader")
    await create_encrypted_group(ctx, "orders")
    await attach(ctx, "orders", "readers")
    await settle(ctx)

    with pytest.raises(faults.InvalidUserGroupState, match="associated with replication group orders"):
        await call(ctx, "DeleteUserGroup", UserGroupId="readers")
    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")
    with pytest.raises(faults.InvalidUserGroupState, match="associated with replication group orders"):
        await call(ctx, "DeleteUserGroup", UserGroupId="readers")
    await forget(ctx, "orders")

    assert (await call(ctx, "DeleteUserGroup", UserGroupId="readers"))["Status"] == "deleting"


async def test_a_user_group_is_deleting_until_the_last_engine_has_other_users(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user_group(ctx, "readers", "reader")
    await create_encrypted_group(ctx, "orders")
    await attach(ctx, "orders", "readers")
    await settle(ctx)
    await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", RemoveUserGroups=True)
    detached = await describe_user_group(ctx)

    await call(ctx, "DeleteUserGroup", UserGroupId="readers")

    assert (detached["Status"], detached["ReplicationGroups"]) == ("modifying", [])
    assert (await describe_user_group(ctx))["Status"] == "deleting"
    with pytest.raises(faults.InvalidUserGroupState, match="being deleted"):
        await call(ctx, "DeleteUserGroup", UserGroupId="readers")
    with pytest.raises(faults.InvalidUserGroupState, match="deleting"):
        await call(ctx, "ModifyUserGroup", UserGroupId="readers", UserIdsToRemove=["reader"])
    with pytest.raises(faults.UserGroupAlreadyExists):
        await create_user_group(ctx, "readers", "reader")

    await settle(ctx)

    with pytest.raises(faults.UserGroupNotFound):
        await describe_user_group(ctx)
    assert (await describe_user(ctx))["UserGroupIds"] == []
    await create_user_group(ctx, "readers", "reader")


async def test_a_deleted_user_group_loses_its_tags_and_keeps_its_users(ctx: Context) -> None:
    await create_user(ctx, "reader")
    created = await create_user_group(ctx, "readers", "reader", Tags=[{"Key": "team", "Value": "shop"}])

    await call(ctx, "DeleteUserGroup", UserGroupId="readers")

    await create_user_group(ctx, "readers", "reader")
    assert (await call(ctx, "ListTagsForResource", ResourceName=created["ARN"]))["TagList"] == []


async def test_user_groups_come_in_pages(ctx: Context) -> None:
    for number in range(25):
        await call(ctx, "CreateUserGroup", UserGroupId=f"group-{number:02d}", Engine="valkey")

    first = await call(ctx, "DescribeUserGroups", MaxRecords=20)
    second = await call(ctx, "DescribeUserGroups", MaxRecords=20, Marker=first["Marker"])

    names = [each["UserGroupId"] for page in (first, second) for each in page["UserGroups"]]
    assert names == [f"group-{number:02d}" for number in range(25)]
    assert "Marker" not in second


async def test_the_history_tells_of_user_groups(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user_group(ctx, "readers", "reader")
    await call(ctx, "ModifyUserGroup", UserGroupId="readers", UserIdsToRemove=["reader"])
    await call(ctx, "DeleteUserGroup", UserGroupId="readers")

    events = (await call(ctx, "DescribeEvents", SourceType="user-group", SourceIdentifier="readers"))["Events"]

    assert [event["Message"].split()[0] for event in events] == ["Deleted", "Modified", "Created"]
