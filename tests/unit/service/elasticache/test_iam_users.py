"""Users of IAM, asked for as callers do: what they may be, and which caches may have them."""

import pytest

from elastane.model import faults
from elastane.model.iam_tokens import SIGNERS_MAX
from elastane.service.context import Context
from tests.kit.calls import call
from tests.kit.contexts import create_group, settle
from tests.kit.users import (
    PASSWORD,
    acl_user,
    attach,
    create_default_user,
    create_encrypted_group,
    create_user,
    create_user_group,
    describe_user,
)


@pytest.mark.parametrize(
    ("engine", "access_string", "version"),
    [("valkey", "on ~*", "7.2"), ("valkey", "on ~* +hexpire", "9.0"), ("redis", "on ~*", "7.0")],
)
async def test_a_user_of_iam_needs_an_engine_that_has_them(
    ctx: Context, engine: str, access_string: str, version: str
) -> None:
    asked = {"UserId": "lea", "UserName": "lea", "Engine": engine, "AccessString": access_string}

    created = await call(ctx, "CreateUser", AuthenticationMode={"Type": "iam"}, **asked)

    assert created["MinimumEngineVersion"] == version
    assert created["Authentication"] == {"Type": "iam"}


async def test_a_user_of_redis_becomes_one_of_iam_and_needs_a_newer_engine(ctx: Context) -> None:
    await create_user(ctx, "lea", Engine="redis")
    before = (await describe_user(ctx, "lea"))["MinimumEngineVersion"]

    changed = await call(ctx, "ModifyUser", UserId="lea", AuthenticationMode={"Type": "iam"})
    changed_back = await call(ctx, "ModifyUser", UserId="lea", Passwords=[PASSWORD], AccessString="on ~*")

    assert (before, changed["MinimumEngineVersion"], changed_back["MinimumEngineVersion"]) == ("6.0", "7.0", "6.0")
    assert changed["Authentication"] == {"Type": "iam"}
    assert changed_back["Authentication"] == {"Type": "password", "PasswordCount": 1}


async def test_a_user_whose_name_is_not_its_id_cannot_become_one_of_iam(ctx: Context) -> None:
    before = await create_user(ctx, "lea", UserName="Lea")

    with pytest.raises(faults.InvalidParameterValue, match="must be the UserId, lea"):
        await call(ctx, "ModifyUser", UserId="lea", AuthenticationMode={"Type": "iam"})

    assert await describe_user(ctx, "lea") == before


async def test_engines_are_given_a_user_of_iam_without_a_password(ctx: Context) -> None:
    await create_encrypted_group(ctx)
    await create_user(ctx, "lea")
    await create_user_group(ctx, "readers", "lea")
    await attach(ctx)
    await settle(ctx)

    await call(ctx, "ModifyUser", UserId="lea", AuthenticationMode={"Type": "iam"})

    user = await acl_user(ctx, "lea")
    assert (user.signs_in_with_tokens, user.accepts_any_password, user.password_digests) == (True, False, ())
    assert (await describe_user(ctx, "lea"))["Status"] == "modifying"


async def test_only_a_cache_with_encryption_in_transit_may_have_them(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await call(
        ctx,
        "CreateUser",
        UserId="lea",
        UserName="lea",
        Engine="valkey",
        AccessString="on ~*",
        AuthenticationMode={"Type": "iam"},
    )
    await create_user_group(ctx, "readers", "lea")

    with pytest.raises(faults.InvalidParameterCombination, match="encryption in transit"):
        await attach(ctx)


async def test_a_user_group_has_as_many_of_them_as_engines_can_bear(ctx: Context) -> None:
    await create_default_user(ctx)
    names = [f"user-{number}" for number in range(SIGNERS_MAX + 1)]
    for name in names:
        await call(
            ctx,
            "CreateUser",
            UserId=name,
            UserName=name,
            Engine="redis",
            AccessString="on ~*",
            AuthenticationMode={"Type": "iam"},
        )
    await create_user_group(ctx, "crew", "own-default", *names[:-1], Engine="redis")

    with pytest.raises(faults.InvalidParameterValue, match=f"at most {SIGNERS_MAX} users"):
        await call(ctx, "ModifyUserGroup", UserGroupId="crew", UserIdsToAdd=[names[-1]])
