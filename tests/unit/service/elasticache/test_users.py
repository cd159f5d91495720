"""The actions on users, against a store of their own."""

import hashlib
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.service.context import Context
from tests.kit.calls import call
from tests.kit.contexts import ACCOUNT_ID, REGION, context, forget, group_key, observe, settle
from tests.kit.users import (
    OTHER_PASSWORD,
    PASSWORD,
    acl_of,
    acl_user,
    attach,
    create_default_user,
    create_encrypted_group,
    create_user,
    create_user_group,
    describe_user,
    describe_user_group,
)


def sha256(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


async def test_a_new_user_reads_back_as_it_was_asked_for(ctx: Context) -> None:
    created = await create_user(
        ctx, "Reader", UserName="Lea", AccessString="on +get ~a", Tags=[{"Key": "k", "Value": "v"}]
    )

    assert created == {
        "UserId": "reader",
        "UserName": "Lea",
        "Status": "active",
        "Engine": "valkey",
        "MinimumEngineVersion": "7.2",
        "AccessString": "on ~a -@all +get",
        "UserGroupIds": [],
        "Authentication": {"Type": "password", "PasswordCount": 1},
        "ARN": f"arn:aws:elasticache:{REGION}:{ACCOUNT_ID}:user:reader",
    }
    assert await describe_user(ctx, "READER") == created
    tags = await call(ctx, "ListTagsForResource", ResourceName=created["ARN"])
    assert tags["TagList"] == [{"Key": "k", "Value": "v"}]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Passwords": [PASSWORD, OTHER_PASSWORD]}, {"Type": "password", "PasswordCount": 2}),
        ({"NoPasswordRequired": True}, {"Type": "no-password"}),
        ({"Passwords": [PASSWORD], "NoPasswordRequired": False}, {"Type": "password", "PasswordCount": 1}),
        (
            {"AuthenticationMode": {"Type": "password", "Passwords": [PASSWORD]}},
            {"Type": "password", "PasswordCount": 1},
        ),
        ({"AuthenticationMode": {"Type": "no-password-required"}}, {"Type": "no-password"}),
        ({"AuthenticationMode": {"Type": "iam"}}, {"Type": "iam"}),
    ],
)
async def test_how_a_user_signs_in_is_asked_for_and_answered_in_different_words(
    ctx: Context, parameters: dict[str, Any], expected: dict[str, Any]
) -> None:
    asked = {"UserId": "u", "UserName": "u", "Engine": "redis", "AccessString": "on ~*"}

    created = await call(ctx, "CreateUser", **asked | parameters)

    assert created["Authentication"] == expected


@pytest.mark.parametrize(
    ("parameters", "fault", "words"),
    [
        ({"UserId": "two--hyphens"}, faults.InvalidParameterValue, "valid identifier"),
        ({"UserId": "u" * 41}, faults.InvalidParameterValue, "40"),
        ({"UserId": "default"}, faults.UserAlreadyExists, "already exists"),
        ({"UserName": "a b"}, faults.InvalidParameterValue, "without spaces"),
        ({"UserName": "n" * 121}, faults.InvalidParameterValue, "120"),
        ({"UserName": "elastane"}, faults.InvalidParameterValue, "reserved"),
        ({"UserName": "Elastane-users-of-mine"}, faults.InvalidParameterValue, "reserved"),
        ({"Engine": "memcached"}, faults.InvalidParameterValue, "valkey, redis"),
        ({"AccessString": "on +config"}, faults.InvalidParameterValue, "Invalid AccessString: \\+config"),
        ({"AccessString": "on >password-in-here"}, faults.InvalidParameterValue, "parameters of their own"),
        ({"Engine": "redis", "AccessString": "on +hexpire"}, faults.InvalidParameterValue, "engine version 9.0"),
        ({"Passwords": ["too-short"]}, faults.InvalidParameterValue, "between 16-128"),
        ({"Passwords": ["p" * 129]}, faults.InvalidParameterValue, "between 16-128"),
        ({"Passwords": ["0123456789,12345"]}, faults.InvalidParameterValue, "printable ASCII"),
        ({"Passwords": ["0123456789/12345"]}, faults.InvalidParameterValue, "printable ASCII"),
        ({"Passwords": ['0123456789"12345']}, faults.InvalidParameterValue, "printable ASCII"),
        ({"Passwords": ["0123456789@12345"]}, faults.InvalidParameterValue, "printable ASCII"),
        ({"Passwords": ["0123456789é12345"]}, faults.InvalidParameterValue, "printable ASCII"),
        ({"Passwords": [PASSWORD, OTHER_PASSWORD, PASSWORD + "3"]}, faults.InvalidParameterValue, "at most 2"),
        ({"Passwords": [PASSWORD, PASSWORD]}, faults.InvalidParameterValue, "must differ"),
        ({"NoPasswordRequired": True}, faults.InvalidParameterCombination, "cannot be combined"),
        ({"AuthenticationMode": {"Type": "password"}}, faults.InvalidParameterCombination, "cannot be combined"),
    ],
)
async def test_a_user_that_cannot_be_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    with pytest.raises(fault, match=words):
        await create_user(ctx, **{"user_id": parameters.pop("UserId", "reader")} | parameters)

    assert [user["UserId"] for user in (await call(ctx, "DescribeUsers"))["Users"]] == ["default"]


@pytest.mark.parametrize(
    ("parameters", "fault", "words"),
    [
        ({}, faults.InvalidParameterCombination, "How the user signs in"),
        ({"NoPasswordRequired": False}, faults.InvalidParameterCombination, "How the user signs in"),
        ({"AuthenticationMode": {"Type": "iam"}, "UserName": "U2"}, faults.InvalidParameterValue, "must be the UserId"),
        (
            {"AuthenticationMode": {"Type": "iam", "Passwords": [PASSWORD]}},
            faults.InvalidParameterCombination,
            "cannot be combined with iam",
        ),
        ({"AuthenticationMode": {"Type": "password"}}, faults.InvalidParameterCombination, "one or two Passwords"),
        ({"AuthenticationMode": {"Type": "passkey"}}, faults.InvalidParameterValue, "passkey"),
        (
            {"AuthenticationMode": {"Type": "no-password-required", "Passwords": [PASSWORD]}},
            faults.InvalidParameterCombination,
            "cannot be combined",
        ),
        ({"NoPasswordRequired": True, "Engine": "valkey"}, faults.InvalidParameterCombination, "must have a password"),
    ],
)
async def test_a_user_who_could_not_be_told_from_others_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    asked = {"UserId": "reader", "UserName": "reader", "Engine": "redis", "AccessString": "on ~* +@read"}

    with pytest.raises(fault, match=words):
        await call(ctx, "CreateUser", **asked | parameters)


async def test_an_id_that_is_taken_is_refused_and_a_name_is_not(ctx: Context) -> None:
    await create_user(ctx, "reader")

    with pytest.raises(faults.UserAlreadyExists):
        await create_user(ctx, "Reader")
    assert (await create_user(ctx, "second", UserName="reader"))["UserName"] == "reader"


async def test_more_users_than_the_quota_are_refused(tmp_path: Any) -> None:
    with context(tmp_path, limits=replace(aws_limits(), users=2)) as ctx:
        await create_user(ctx, "one")
        await create_user(ctx, "two")
        with pytest.raises(faults.UserQuotaExceeded, match="2 users"):
            await create_user(ctx, "three")


async def test_every_region_has_the_default_user_that_nobody_can_change(ctx: Context) -> None:
    assert await describe_user(ctx, "default") == {
        "UserId": "default",
        "UserName": "default",
        "Status": "active",
        "Engine": "redis",
        "MinimumEngineVersion": "6.0",
        "AccessString": "on ~* +@all",
        "UserGroupIds": [],
        "Authentication": {"Type": "no-password"},
        "ARN": f"arn:aws:elasticache:{REGION}:{ACCOUNT_ID}:user:default",
    }
    with pytest.raises(faults.InvalidParameterValue, match="cannot be modified"):
        await call(ctx, "ModifyUser", UserId="default", AccessString="off")
    with pytest.raises(faults.InvalidParameterValue, match="cannot be deleted"):
        await call(ctx, "DeleteUser", UserId="default")


async def test_users_are_found_by_engine_and_by_filters(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user(ctx, "writer", UserName="lea", Engine="redis")

    async def found(**parameters: Any) -> list[str]:
        return [user["UserId"] for user in (await call(ctx, "DescribeUsers", **parameters))["Users"]]

    def filters(name: str, *values: str) -> dict[str, Any]:
        return {"Filters": [{"Name": name, "Values": list(values)}]}

    assert await found() == ["default", "reader", "writer"]
    assert await found(Engine="REDIS") == ["default", "writer"]
    assert await found(**filters("UserId", "Reader", "default")) == ["default", "reader"]
    assert await found(**filters("user-name", "lea")) == ["writer"]
    assert await found(**filters("status", "deleting")) == []
    assert await found(Engine="valkey", **filters("user-name", "lea")) == []
    with pytest.raises(faults.InvalidParameterCombination, match="Invalid filter Shoe"):
        await found(**filters("Shoe", "7"))
    with pytest.raises(faults.UserNotFound, match="User nobody not found"):
        await found(UserId="nobody")


async def test_a_changed_user_reads_back_changed(ctx: Context) -> None:
    await create_user(ctx, "reader", Engine="redis")

    changed = await call(
        ctx, "ModifyUser", UserId="Reader", AccessString="on ~b +get", Passwords=[PASSWORD, OTHER_PASSWORD]
    )
    appended = await call(ctx, "ModifyUser", UserId="reader", AppendAccessString="off ~c +set %R~d")
    open_ = await call(ctx, "ModifyUser", UserId="reader", NoPasswordRequired=True)
    of_valkey = await call(ctx, "ModifyUser", UserId="reader", Engine="VALKEY", Passwords=[PASSWORD])

    assert (changed["AccessString"], changed["Authentication"]["PasswordCount"]) == ("on ~b -@all +get", 2)
    assert (appended["AccessString"], appended["MinimumEngineVersion"]) == ("off ~b ~c %R~d -@all +get +set", "7.0")
    assert open_["Authentication"] == {"Type": "no-password"}
    assert (of_valkey["Engine"], of_valkey["MinimumEngineVersion"]) == ("valkey", "7.2")
    assert await describe_user(ctx) == of_valkey


@pytest.mark.parametrize(
    ("parameters", "fault", "words"),
    [
        ({}, faults.InvalidParameterCombination, "No modifications"),
        ({"UserId": "nobody", "AccessString": "on"}, faults.UserNotFound, "nobody"),
        ({"AccessString": "on", "AppendAccessString": "~a"}, faults.InvalidParameterCombination, "cannot be combined"),
        ({"AppendAccessString": "+debug"}, faults.InvalidParameterValue, "debug is not available"),
        ({"NoPasswordRequired": True}, faults.InvalidParameterCombination, "must have a password"),
        (
            {"AuthenticationMode": {"Type": "iam", "Passwords": [PASSWORD]}},
            faults.InvalidParameterCombination,
            "cannot be combined with iam",
        ),
        ({"Engine": "memcached"}, faults.InvalidParameterValue, "valkey, redis"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    before = await create_user(ctx, "reader")

    with pytest.raises(fault, match=words):
        await call(ctx, "ModifyUser", **{"UserId": "reader"} | parameters)

    assert await describe_user(ctx) == before


async def test_no_password_is_kept_and_its_digest_is_sealed(ctx: Context) -> None:
    await create_user(ctx, "reader", Passwords=[PASSWORD])

    bodies = await ctx.store.read(
        lambda tx: [bytes(row[0]) for row in tx.connection.execute("SELECT body FROM documents").fetchall()]
    )

    assert bodies
    assert not any(secret.encode() in body for body in bodies for secret in (PASSWORD, sha256(PASSWORD)))


# --- users of caches -----------------------------------------------------------------------------


async def attached_user(ctx: Context) -> None:
    """`reader` in `readers`, which the cache `orders` has, and its engines too."""
    await create_user(ctx, "reader")
    await create_user_group(ctx, "readers", "reader")
    await create_encrypted_group(ctx, "orders")
    await attach(ctx, "orders", "readers")
    await settle(ctx)


async def test_a_change_is_under_way_until_the_engines_have_it(ctx: Context) -> None:
    await attached_user(ctx)
    before = await describe_user(ctx)

    changed = await call(ctx, "ModifyUser", UserId="reader", AccessString="off", Passwords=[OTHER_PASSWORD])
    told = await acl_user(ctx, "reader")

    assert (before["Status"], before["UserGroupIds"]) == ("active", ["readers"])
    assert changed["Status"] == "modifying"
    assert (told.access_string, [digest.reveal() for digest in told.password_digests]) == (
        "off -@all",
        [sha256(OTHER_PASSWORD)],
    )
    assert (await describe_user_group(ctx))["Status"] == "modifying"
    assert "PendingChanges" not in await describe_user_group(ctx)
    group = (await call(ctx, "DescribeReplicationGroups", ReplicationGroupId="orders"))["ReplicationGroups"][0]
    assert (group["Status"], group["PendingModifiedValues"]) == ("modifying", {})
    with pytest.raises(faults.InvalidUserState, match="not in active state but modifying"):
        await call(ctx, "ModifyUser", UserId="reader", AccessString="on")

    await settle(ctx)

    assert [(await describe_user(ctx))["Status"], (await describe_user_group(ctx))["Status"]] == ["active", "active"]
    group = (await call(ctx, "DescribeReplicationGroups", ReplicationGroupId="orders"))["ReplicationGroups"][0]
    assert group["Status"] == "available"


async def test_a_change_wakes_the_caches_that_let_the_user_in_and_no_others(ctx: Context) -> None:
    await attached_user(ctx)
    await create_encrypted_group(ctx, "others")
    await ctx.store.bell.next_rung()

    await call(ctx, "ModifyUser", UserId="reader", AccessString="off")

    assert await ctx.store.bell.next_rung() == {group_key("orders")}


async def test_a_change_that_a_cache_is_too_old_for_is_refused(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await create_user_group(ctx, "readers", "reader")
    await create_encrypted_group(ctx, "orders", EngineVersion="8.1")
    await attach(ctx, "orders", "readers")
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match=r"needs engine version 9.1 or later.*runs 8.1"):
        await call(ctx, "ModifyUser", UserId="reader", AppendAccessString="db=0")

    assert (await describe_user(ctx))["Status"] == "active"


async def test_a_change_that_a_user_group_does_not_allow_is_refused(ctx: Context) -> None:
    await create_default_user(ctx, "own-default")
    await create_user_group(ctx, "old", "own-default", Engine="redis")

    with pytest.raises(faults.InvalidParameterValue, match="only holds users of redis"):
        await call(ctx, "ModifyUser", UserId="own-default", Engine="valkey")


async def test_a_deleted_user_leaves_its_groups_at_once_and_is_gone_when_no_engine_has_it(ctx: Context) -> None:
    await attached_user(ctx)

    deleted = await call(ctx, "DeleteUser", UserId="reader")

    assert (deleted["Status"], deleted["UserGroupIds"]) == ("deleting", [])
    assert (await describe_user(ctx))["Status"] == "deleting"
    assert (await describe_user_group(ctx))["PendingChanges"] == {"UserIdsToRemove": ["reader"], "UserIdsToAdd": []}
    assert (await acl_user(ctx, "default")).access_string == "off -@all"
    for refused in ("DeleteUser", "ModifyUser"):
        with pytest.raises(faults.InvalidUserState):
            await call(ctx, refused, UserId="reader", **({"AccessString": "on"} if refused == "ModifyUser" else {}))
    with pytest.raises(faults.UserAlreadyExists):
        await create_user(ctx, "reader")
    with pytest.raises(faults.UserNotFound, match="being deleted"):
        await create_user_group(ctx, "others", "reader")
    with pytest.raises(faults.UserNotFound, match="being deleted"):
        await call(ctx, "ListTagsForResource", ResourceName=deleted["ARN"])

    await settle(ctx)

    with pytest.raises(faults.UserNotFound):
        await describe_user(ctx)
    assert (await create_user(ctx, "reader"))["Status"] == "active"
    assert (await describe_user_group(ctx))["UserIds"] == []


async def test_a_deleted_user_is_gone_with_the_last_cache_that_had_it(ctx: Context) -> None:
    await attached_user(ctx)
    await call(ctx, "DeleteUser", UserId="reader")

    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders")
    still = await describe_user(ctx)
    await forget(ctx, "orders")

    assert still["Status"] == "deleting"
    with pytest.raises(faults.UserNotFound):
        await describe_user(ctx)


async def test_a_user_that_no_cache_has_is_deleted_at_once_with_its_tags(ctx: Context) -> None:
    created = await create_user(ctx, "reader", Tags=[{"Key": "team", "Value": "shop"}])

    deleted = await call(ctx, "DeleteUser", UserId="reader")

    assert deleted["Status"] == "deleting"
    with pytest.raises(faults.UserNotFound):
        await describe_user(ctx)
    await create_user(ctx, "reader")
    assert (await call(ctx, "ListTagsForResource", ResourceName=created["ARN"]))["TagList"] == []


async def test_a_user_whose_engines_do_not_follow_can_be_deleted(ctx: Context) -> None:
    await attached_user(ctx)
    await call(ctx, "ModifyUser", UserId="reader", AccessString="off")

    await call(ctx, "DeleteUser", UserId="reader")

    assert [user.name for user in await acl_of(ctx)] == ["default"]


async def test_the_default_user_of_a_user_group_of_redis_oss_cannot_be_deleted(ctx: Context) -> None:
    await create_default_user(ctx, "own-default")
    await create_user_group(ctx, "old", "own-default", Engine="redis")

    with pytest.raises(faults.DefaultUserAssociatedToUserGroup):
        await call(ctx, "DeleteUser", UserId="own-default")
    await call(ctx, "DeleteUserGroup", UserGroupId="old")
    await call(ctx, "DeleteUser", UserId="own-default")


async def test_engines_that_drift_are_no_pending_change_of_a_user_group(ctx: Context) -> None:
    await attached_user(ctx)
    await observe(ctx, group_key("orders"), acl_revision="something-else")

    user_group = await describe_user_group(ctx)

    assert (user_group["Status"], user_group.get("PendingChanges")) == ("modifying", None)


async def test_the_history_tells_of_users(ctx: Context) -> None:
    await create_user(ctx, "reader")
    await call(ctx, "ModifyUser", UserId="reader", AccessString="off")
    await call(ctx, "DeleteUser", UserId="reader")

    events = (await call(ctx, "DescribeEvents", SourceType="user", SourceIdentifier="reader"))["Events"]

    assert [event["Message"] for event in events] == [
        "Deleted user reader",
        "Modified user reader",
        "Created user reader",
    ]
