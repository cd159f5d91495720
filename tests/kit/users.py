"""Users and user groups, asked for as callers do, and caches that they may be attached to."""

import hashlib
from typing import Any

from elastane.model.acls import Acl, AclUser
from elastane.model.replication_groups import Form
from elastane.service.context import Context
from elastane.store import Transaction, acls, replication_groups
from tests.kit.calls import call
from tests.kit.contexts import create_group, encrypt, group_key, settle

PASSWORD = "a-password-of-24-letters"
OTHER_PASSWORD = "another-one-of-25-letters"
EVERYTHING = "on ~* &* +@all"


async def create_user(ctx: Context, user_id: str = "reader", **parameters: Any) -> dict[str, Any]:
    """Who signs in with a password, under the name that is the id."""
    defaults = {
        "UserId": user_id,
        "UserName": user_id,
        "Engine": "valkey",
        "AccessString": "on ~* -@all +@read",
        "Passwords": [PASSWORD],
    }
    return await call(ctx, "CreateUser", **defaults | parameters)


async def create_default_user(ctx: Context, user_id: str = "own-default", **parameters: Any) -> dict[str, Any]:
    """One of Redis OSS with the user name that every user group of Redis OSS needs."""
    return await create_user(ctx, user_id, **{"UserName": "default", "Engine": "redis"} | parameters)


async def create_user_group(ctx: Context, name: str = "readers", *user_ids: str, **parameters: Any) -> dict[str, Any]:
    defaults = {"UserGroupId": name, "Engine": "valkey", "UserIds": list(user_ids) or ["reader"]}
    return await call(ctx, "CreateUserGroup", **defaults | parameters)


async def describe_user(ctx: Context, user_id: str = "reader") -> dict[str, Any]:
    (user,) = (await call(ctx, "DescribeUsers", UserId=user_id))["Users"]
    return dict(user)


async def describe_user_group(ctx: Context, name: str = "readers") -> dict[str, Any]:
    (user_group,) = (await call(ctx, "DescribeUserGroups", UserGroupId=name))["UserGroups"]
    return dict(user_group)


async def create_encrypted_group(ctx: Context, name: str = "orders", **parameters: Any) -> None:
    """Available, with encryption in transit, and open to everybody."""
    await create_group(ctx, name, **parameters)
    await encrypt(ctx, name)
    await settle(ctx)


async def attach(ctx: Context, name: str = "orders", user_group: str = "readers") -> dict[str, Any]:
    """Asks for it; engines have followed after `settle`."""
    answer = await call(ctx, "ModifyReplicationGroup", ReplicationGroupId=name, UserGroupIdsToAdd=[user_group])
    return dict(answer["ReplicationGroup"])


async def acl_of(ctx: Context, name: str = "orders", form: Form = Form.REPLICATION_GROUP) -> Acl:
    """The users that a cache's engines shall know."""

    def load(tx: Transaction) -> Acl:
        stored = replication_groups.find_replication_group(tx, group_key(name, form))
        assert stored is not None
        acl = acls.find_acl(tx, stored.body)
        assert acl is not None
        return acl

    return await ctx.store.read(load)


async def acl_user(ctx: Context, user_name: str, name: str = "orders") -> AclUser:
    return next(user for user in await acl_of(ctx, name) if user.name == user_name)


async def good_tokens(
    ctx: Context, *tokens: str, form: Form = Form.REPLICATION_GROUP, name: str = "orders"
) -> list[str]:
    """Which of these sign in; the empty one stands for none at all."""
    (default,) = await acl_of(ctx, name, form)
    assert (default.name, default.access_string) == ("default", EVERYTHING)
    digests = {digest.reveal() for digest in default.password_digests}
    good = [token for token in tokens if hashlib.sha256(token.encode()).hexdigest() in digests]
    return [*good, ""] if default.accepts_any_password else good
