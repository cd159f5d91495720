"""Who may sign in to a cache: AUTH tokens and user groups, asked for of caches that are made and that there are."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model import faults
from elastane.model.ids import UserGroupId
from elastane.model.replication_groups import Form
from elastane.service.context import Context
from elastane.store import Transaction, replication_groups, user_groups
from tests.kit.calls import call
from tests.kit.contexts import (
    NOW,
    context,
    create_cluster,
    create_group,
    describe_cluster,
    describe_group,
    encrypt,
    group_key,
    settle,
    stored_group,
)
from tests.kit.users import (
    acl_of,
    attach,
    create_encrypted_group,
    create_user,
    create_user_group,
    describe_user_group,
    good_tokens,
)

FIRST, SECOND, THIRD = "first-token-of-16", "second-token-of-1", "third-token-of-16"


async def modify(ctx: Context, **parameters: Any) -> dict[str, Any]:
    answer = await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", **parameters)
    return dict(answer["ReplicationGroup"])


async def with_token(ctx: Context, token: str, strategy: str | None = None) -> dict[str, Any]:
    """Asks for it, and the engines follow; answers what was answered before they did."""
    named = {} if strategy is None else {"AuthTokenUpdateStrategy": strategy}
    answer = await modify(ctx, AuthToken=token, **named)
    await settle(ctx)
    return answer


# --- tokens of caches that there are -------------------------------------------------------------


async def test_the_first_token_that_is_rotated_lets_in_who_has_none_until_it_is_set(ctx: Context) -> None:
    await create_encrypted_group(ctx)

    rotating = await with_token(ctx, FIRST)
    after_rotation = await good_tokens(ctx, FIRST)
    available = await describe_group(ctx)
    setting = await with_token(ctx, FIRST, "SET")

    assert rotating["PendingModifiedValues"] == {"AuthTokenStatus": "ROTATING"}
    assert (rotating["Status"], rotating["AuthTokenEnabled"]) == ("modifying", False)
    assert after_rotation == [FIRST, ""]
    assert (available["Status"], available["AuthTokenEnabled"]) == ("available", True)
    assert available["AuthTokenLastModifiedDate"] == NOW
    assert setting["PendingModifiedValues"] == {"AuthTokenStatus": "SETTING"}
    assert setting["AuthTokenEnabled"] is True
    assert await good_tokens(ctx, FIRST) == [FIRST]
    assert (await describe_group(ctx))["PendingModifiedValues"] == {}


async def test_a_first_token_may_be_set_at_once(ctx: Context) -> None:
    await create_encrypted_group(ctx)

    await with_token(ctx, FIRST, "SET")

    assert await good_tokens(ctx, FIRST) == [FIRST]


async def test_a_rotation_keeps_the_token_before_and_no_older_one(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    await with_token(ctx, FIRST, "SET")

    await with_token(ctx, SECOND, "ROTATE")
    both = await good_tokens(ctx, FIRST, SECOND, THIRD)
    await with_token(ctx, THIRD, "ROTATE")
    newest_two = await good_tokens(ctx, FIRST, SECOND, THIRD)
    await with_token(ctx, THIRD, "SET")

    assert both == [FIRST, SECOND]
    assert newest_two == [SECOND, THIRD]
    assert await good_tokens(ctx, FIRST, SECOND, THIRD) == [THIRD]


async def test_a_token_that_is_rotated_again_is_the_newest(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    await with_token(ctx, FIRST, "SET")
    await with_token(ctx, SECOND, "ROTATE")

    await with_token(ctx, FIRST, "ROTATE")
    await with_token(ctx, FIRST, "SET")

    assert await good_tokens(ctx, FIRST, SECOND) == [FIRST]


async def test_only_the_token_that_was_rotated_last_can_be_set(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    await with_token(ctx, FIRST, "SET")
    await with_token(ctx, SECOND, "ROTATE")

    for token in (FIRST, THIRD):
        with pytest.raises(faults.InvalidParameterValue, match="rotated last"):
            await modify(ctx, AuthToken=token, AuthTokenUpdateStrategy="SET")

    assert await good_tokens(ctx, FIRST, SECOND) == [FIRST, SECOND]


async def test_a_token_that_is_set_already_is_no_change(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    await with_token(ctx, FIRST, "SET")

    again = await modify(ctx, AuthToken=FIRST, AuthTokenUpdateStrategy="SET")

    assert (again["Status"], again["PendingModifiedValues"]) == ("available", {})


@pytest.mark.parametrize(
    ("parameters", "fault", "words"),
    [
        ({"AuthToken": "too-short"}, faults.InvalidParameterValue, "16 to 128"),
        ({"AuthToken": "t" * 129}, faults.InvalidParameterValue, "16 to 128"),
        ({"AuthToken": "0123456789/12345"}, faults.InvalidParameterValue, "Invalid AuthToken provided"),
        ({"AuthToken": '0123456789"12345'}, faults.InvalidParameterValue, "Invalid AuthToken provided"),
        ({"AuthToken": "0123456789@12345"}, faults.InvalidParameterValue, "Invalid AuthToken provided"),
        ({"AuthToken": "0123456789%12345"}, faults.InvalidParameterValue, "Invalid AuthToken provided"),
        ({"AuthToken": "0123456789é12345"}, faults.InvalidParameterValue, "Invalid AuthToken provided"),
        ({"AuthTokenUpdateStrategy": "SET"}, faults.InvalidParameterCombination, "together with AuthToken"),
        ({"AuthTokenUpdateStrategy": "ROTATE"}, faults.InvalidParameterCombination, "together with AuthToken"),
        ({"AuthTokenUpdateStrategy": "DELETE"}, faults.InvalidParameterValue, "not supported currently"),
    ],
)
async def test_a_token_that_cannot_be_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    await create_encrypted_group(ctx)

    with pytest.raises(fault, match=words) as caught:
        await modify(ctx, **parameters)

    assert parameters.get("AuthToken", "no token") not in caught.value.message
    assert (await describe_group(ctx))["Status"] == "available"


async def test_characters_that_only_a_creation_forbids_may_come_later(ctx: Context) -> None:
    await create_encrypted_group(ctx)

    await with_token(ctx, "with (brackets) and ~", "SET")

    assert await good_tokens(ctx, "with (brackets) and ~") == ["with (brackets) and ~"]


async def test_without_encryption_in_transit_there_is_no_access_control(ctx: Context) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_group(ctx)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="An AUTH token can only be used with encryption"):
        await modify(ctx, AuthToken=FIRST)
    with pytest.raises(faults.InvalidParameterCombination, match="A user group can only be used with encryption"):
        await modify(ctx, UserGroupIdsToAdd=["readers"])
    with pytest.raises(faults.InvalidParameterCombination, match="An AUTH token can only be used with encryption"):
        await create_group(ctx, "new", AuthToken=FIRST)
    with pytest.raises(faults.InvalidParameterCombination, match="A user group can only be used with encryption"):
        await create_group(ctx, "new", UserGroupIds=["readers"])
    with pytest.raises(faults.InvalidParameterCombination, match="An AUTH token can only be used with encryption"):
        await create_cluster(ctx, "new", AuthToken=FIRST)


async def test_a_cache_cluster_of_its_own_has_tokens_likewise(ctx: Context) -> None:
    await create_cluster(ctx, "sessions")
    await encrypt(ctx, "sessions", Form.CACHE_CLUSTER)
    await settle(ctx)

    answer = await call(ctx, "ModifyCacheCluster", CacheClusterId="sessions", AuthToken=FIRST)
    await settle(ctx)
    rotated = await describe_cluster(ctx, "sessions")

    changing = answer["CacheCluster"]
    assert changing["PendingModifiedValues"] == {"AuthTokenStatus": "ROTATING"}
    assert (changing["CacheClusterStatus"], changing["AuthTokenEnabled"]) == ("modifying", False)
    assert (rotated["CacheClusterStatus"], rotated["AuthTokenEnabled"]) == ("available", True)
    assert rotated["AuthTokenLastModifiedDate"] == NOW
    assert await good_tokens(ctx, FIRST, form=Form.CACHE_CLUSTER, name="sessions") == [FIRST, ""]
    with pytest.raises(faults.InvalidParameterValue, match="not supported currently"):
        await call(ctx, "ModifyCacheCluster", CacheClusterId="sessions", AuthTokenUpdateStrategy="DELETE")


async def test_a_member_shows_the_token_of_its_group_and_has_none_of_its_own(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    await with_token(ctx, FIRST, "SET")

    member = await describe_cluster(ctx, "orders-001")

    assert (member["AuthTokenEnabled"], member["AuthTokenLastModifiedDate"]) == (True, NOW)
    with pytest.raises(faults.InvalidParameterCombination, match="AuthToken cannot be given: a replica"):
        await create_cluster(ctx, "new", ReplicationGroupId="orders", AuthToken=FIRST)


# --- user groups ---------------------------------------------------------------------------------


async def test_a_user_group_is_pending_until_the_engines_have_its_users(ctx: Context) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_encrypted_group(ctx)

    attaching = await attach(ctx)
    told = await acl_of(ctx)
    await settle(ctx)
    attached = await describe_group(ctx)

    assert (attaching["Status"], attaching["UserGroupIds"]) == ("modifying", [])
    assert attaching["PendingModifiedValues"] == {
        "UserGroups": {"UserGroupIdsToAdd": ["readers"], "UserGroupIdsToRemove": []}
    }
    assert {user.name: user.access_string for user in told} == {"default": "off -@all", "reader": "on ~* -@all +@read"}
    assert (attached["Status"], attached["UserGroupIds"]) == ("available", ["readers"])
    assert attached["PendingModifiedValues"] == {}
    assert (await describe_user_group(ctx))["ReplicationGroups"] == ["orders"]


async def test_user_groups_are_exchanged_and_removed(ctx: Context) -> None:
    await create_user(ctx)
    for name in ("readers", "others"):
        await create_user_group(ctx, name)
    await create_encrypted_group(ctx)
    await attach(ctx)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="one user group at most"):
        await modify(ctx, UserGroupIdsToAdd=["others"])
    exchanging = await modify(ctx, UserGroupIdsToAdd=["others"], UserGroupIdsToRemove=["Readers"])
    await settle(ctx)
    removing = await modify(ctx, UserGroupIdsToRemove=["others"])
    await settle(ctx)

    # Their users are the same, so no engine has anything to follow.
    assert exchanging["UserGroupIds"] == ["others"]
    assert (removing["UserGroupIds"], removing["PendingModifiedValues"]) == (
        ["others"],
        {"UserGroups": {"UserGroupIdsToAdd": [], "UserGroupIdsToRemove": ["others"]}},
    )
    assert (await describe_group(ctx))["UserGroupIds"] == []
    assert await good_tokens(ctx) == [""]


@pytest.mark.parametrize(
    ("parameters", "fault", "words"),
    [
        ({"UserGroupIdsToAdd": ["nobody"]}, faults.UserGroupNotFound, "nobody"),
        ({"UserGroupIdsToRemove": ["nobody"]}, faults.UserGroupNotFound, "nobody"),
        ({"UserGroupIdsToRemove": ["readers"]}, faults.InvalidParameterValue, "not associated"),
        ({"UserGroupIdsToAdd": ["readers", "others"]}, faults.InvalidParameterValue, "1 user group at most"),
        (
            {"UserGroupIdsToAdd": ["readers"], "RemoveUserGroups": True},
            faults.InvalidParameterCombination,
            "cannot be combined",
        ),
    ],
)
async def test_user_groups_that_cannot_be_are_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    await create_user(ctx)
    for name in ("readers", "others"):
        await create_user_group(ctx, name)
    await create_encrypted_group(ctx)

    with pytest.raises(fault, match=words):
        await modify(ctx, **parameters)

    assert (await describe_group(ctx))["UserGroupIds"] == []


async def test_a_user_group_that_is_changing_is_not_attached(ctx: Context) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    for name in ("orders", "others"):
        await create_encrypted_group(ctx, name)
    await attach(ctx, "others")

    with pytest.raises(faults.InvalidUserGroupState, match="modifying"):
        await attach(ctx, "orders")


async def test_a_cache_of_redis_oss_takes_user_groups_of_redis_oss_only(tmp_path: Path) -> None:
    with context(tmp_path, engines=(("redis", "7.0.15"), ("valkey", "9.1.2"))) as ctx:
        await create_user(ctx)
        await create_user_group(ctx)
        await create_user_group(ctx, "old", "default", Engine="redis")
        await create_encrypted_group(ctx, Engine="redis")
        await create_encrypted_group(ctx, "newer")

        with pytest.raises(faults.InvalidParameterCombination, match="cannot be used by a cache that runs redis"):
            await attach(ctx, "orders", "readers")
        await attach(ctx, "orders", "old")
        await settle(ctx)
        await attach(ctx, "newer", "old")

        (default,) = await acl_of(ctx, "newer")
        assert (default.access_string, default.accepts_any_password) == ("on ~* +@all", True)


async def test_a_cache_that_is_too_old_for_the_users_is_refused(ctx: Context) -> None:
    await create_user(ctx, AccessString="on db=0 ~*")
    await create_user_group(ctx)
    await create_encrypted_group(ctx, EngineVersion="8.1")

    with pytest.raises(faults.InvalidParameterCombination, match=r"needs engine version 9.1 or later.*runs 8.1"):
        await attach(ctx)


# --- from tokens to user groups and back ---------------------------------------------------------


async def test_tokens_give_way_to_a_user_group_with_delete_and_come_back_with_set(ctx: Context) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_encrypted_group(ctx)
    await with_token(ctx, FIRST, "SET")

    with pytest.raises(faults.InvalidParameterCombination, match="Pass AuthStrategy delete to proceed"):
        await attach(ctx)
    with pytest.raises(faults.InvalidParameterValue, match="not one of the replication group's"):
        await modify(ctx, AuthToken=SECOND, AuthTokenUpdateStrategy="DELETE", UserGroupIdsToAdd=["readers"])
    there = await modify(ctx, AuthTokenUpdateStrategy="DELETE", UserGroupIdsToAdd=["readers"])
    await settle(ctx)
    on_the_way = await describe_group(ctx)
    with pytest.raises(faults.InvalidParameterCombination, match="Pass RemoveUserGroups to proceed"):
        await modify(ctx, AuthToken=SECOND, AuthTokenUpdateStrategy="SET")
    with pytest.raises(faults.InvalidParameterCombination, match="given with the AuthTokenUpdateStrategy SET"):
        await modify(ctx, AuthToken=SECOND, RemoveUserGroups=True)
    back = await modify(ctx, AuthToken=SECOND, AuthTokenUpdateStrategy="SET", RemoveUserGroups=True)
    await settle(ctx)

    assert (there["AuthTokenEnabled"], there["UserGroupIds"]) == (True, [])
    assert "AuthTokenStatus" not in there["PendingModifiedValues"]
    assert (on_the_way["AuthTokenEnabled"], on_the_way["UserGroupIds"]) == (False, ["readers"])
    assert back["PendingModifiedValues"] == {
        "AuthTokenStatus": "SETTING",
        "UserGroups": {"UserGroupIdsToAdd": [], "UserGroupIdsToRemove": ["readers"]},
    }
    assert (back["AuthTokenEnabled"], back["UserGroupIds"]) == (False, ["readers"])
    after = await describe_group(ctx)
    assert (after["AuthTokenEnabled"], after["UserGroupIds"]) == (True, [])
    assert await good_tokens(ctx, FIRST, SECOND) == [SECOND]


async def test_a_changed_access_changes_nothing_else_of_a_group(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    before = await stored_group(ctx, "orders")

    await modify(ctx, AuthToken=FIRST)

    after = await stored_group(ctx, "orders")
    assert before is not None
    assert after is not None
    assert after.generation == before.generation + 1
    assert replace(after, access=before.access, generation=before.generation) == before


async def test_a_cache_whose_users_were_lost_with_a_store_is_as_its_engines_are(ctx: Context) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_encrypted_group(ctx)
    await attach(ctx)
    await settle(ctx)

    await ctx.store.write(lambda tx: user_groups.remove_user_group(tx, ctx.region, UserGroupId("readers")))

    group = await describe_group(ctx)
    assert (group["Status"], group["UserGroupIds"]) == ("available", ["readers"])
    assert (await call(ctx, "DescribeUserGroups"))["UserGroups"] == []


@pytest.mark.parametrize("asked", [{"AuthToken": FIRST}, {"UserGroupIdsToAdd": ["readers"]}])
async def test_access_control_does_not_come_as_encryption_goes(ctx: Context, asked: dict[str, Any]) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_encrypted_group(ctx)
    await modify(ctx, TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="encryption in transit"):
        await modify(ctx, TransitEncryptionEnabled=False, **asked)

    group = await describe_group(ctx)
    assert (group["TransitEncryptionMode"], group["AuthTokenEnabled"], group["UserGroupIds"]) == (
        "preferred",
        False,
        [],
    )


# --- after a store was lost ----------------------------------------------------------------------


async def remember(ctx: Context) -> None:
    """As the confirmation of a recovery leaves a group whose engines let in others than its nodes remember."""

    def save(tx: Transaction) -> None:
        stored = replication_groups.find_replication_group(tx, group_key("orders"))
        assert stored is not None
        access = replace(stored.body.access, is_remembered=True)
        replication_groups.save_replication_group(tx, replace(stored.body, access=access), revision=stored.revision)

    await ctx.store.write(save)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"AuthToken": SECOND, "AuthTokenUpdateStrategy": "SET"}, ["default"]),
        ({"UserGroupIdsToAdd": ["readers"]}, ["default", "reader"]),
        ({"RemoveUserGroups": True}, ["default"]),
    ],
)
async def test_who_may_sign_in_is_said_anew_after_it_was_lost(
    ctx: Context, asked: dict[str, Any], names: list[str]
) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_encrypted_group(ctx)
    await with_token(ctx, FIRST, "SET")
    await remember(ctx)

    before = await describe_group(ctx)
    await modify(ctx, **asked)

    assert (before["Status"], before["AuthTokenEnabled"]) == ("available", True)
    told = await acl_of(ctx)
    assert [user.name for user in told] == names
    assert told[0].accepts_any_password is ("RemoveUserGroups" in asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"AuthToken": SECOND},
        {"AuthToken": SECOND, "AuthTokenUpdateStrategy": "ROTATE"},
        {"AuthTokenUpdateStrategy": "DELETE"},
        {"UserGroupIdsToRemove": ["readers"]},
        {"AuthToken": SECOND, "AuthTokenUpdateStrategy": "SET", "UserGroupIdsToAdd": ["readers"]},
    ],
)
async def test_what_would_leave_open_who_may_sign_in_is_refused_after_it_was_lost(
    ctx: Context, asked: dict[str, Any]
) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_encrypted_group(ctx)
    await remember(ctx)

    with pytest.raises(faults.InvalidParameterCombination):
        await modify(ctx, **asked)


async def test_another_change_does_not_say_who_may_sign_in(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    await remember(ctx)

    await modify(ctx, ReplicationGroupDescription="other words")

    group = await stored_group(ctx, "orders")
    assert group is not None
    assert group.access.is_remembered
