"""Any history of users, user groups and caches: what engines shall know can always be told, and everything settles.

Engines follow now and then (`settle`), and in between everything is asked for in any order. Refusals are part of it.
"""

import asyncio
import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elastane.model.acls import DEFAULT_USER_NAME, Acl
from elastane.model.faults import Fault
from elastane.service.context import Context
from elastane.store import Transaction, acls, replication_groups
from tests.kit.calls import call
from tests.kit.contexts import context, forget, settle
from tests.kit.users import (
    OTHER_PASSWORD,
    PASSWORD,
    attach,
    create_default_user,
    create_encrypted_group,
    create_user,
    create_user_group,
)

CACHES = ("orders", "others")
USERS = ("lea", "max", "own-default")
USER_GROUPS = ("readers", "writers")
TOKENS = ("first-token-of-16", "second-token-of-1")

caches, user_ids, names = st.sampled_from(CACHES), st.sampled_from((*USERS, "default")), st.sampled_from(USER_GROUPS)
engines = st.sampled_from(("valkey", "redis"))


def asked(action: str, **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.fixed_dictionaries(parameters).map(lambda drawn: (action, {k: v for k, v in drawn.items() if v}))


SETTLE: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.just(("settle", {}))
STEPS = st.one_of(
    SETTLE,
    SETTLE,
    SETTLE,
    asked(
        "CreateUser",
        UserId=user_ids,
        UserName=st.sampled_from(("lea", "max", DEFAULT_USER_NAME)),
        Engine=engines,
        AccessString=st.sampled_from(("on ~* +@all", "off", "on db=0 ~*")),
        Passwords=st.just([PASSWORD]),
    ),
    asked(
        "ModifyUser",
        UserId=user_ids,
        AppendAccessString=st.sampled_from(("", "off", "+@read", "%R~a")),
        Passwords=st.sampled_from(([], [OTHER_PASSWORD], [PASSWORD, OTHER_PASSWORD])),
        Engine=st.sampled_from(("", "valkey", "redis")),
    ),
    asked("DeleteUser", UserId=user_ids),
    asked("CreateUserGroup", UserGroupId=names, Engine=engines, UserIds=st.lists(user_ids, max_size=3)),
    asked(
        "ModifyUserGroup",
        UserGroupId=names,
        UserIdsToAdd=st.lists(user_ids, max_size=2),
        UserIdsToRemove=st.lists(user_ids, max_size=2),
        Engine=st.sampled_from(("", "", "valkey", "redis")),
    ),
    asked("DeleteUserGroup", UserGroupId=names),
    asked(
        "ModifyReplicationGroup",
        ReplicationGroupId=caches,
        AuthToken=st.sampled_from(("", *TOKENS)),
        AuthTokenUpdateStrategy=st.sampled_from(("", "ROTATE", "SET", "DELETE")),
        UserGroupIdsToAdd=st.lists(names, max_size=1),
        UserGroupIdsToRemove=st.lists(names, max_size=1),
        RemoveUserGroups=st.booleans(),
    ),
    asked(
        "ModifyReplicationGroup", ReplicationGroupId=caches, UserGroupIdsToAdd=st.lists(names, min_size=1, max_size=1)
    ),
    asked("ModifyReplicationGroup", ReplicationGroupId=caches, RemoveUserGroups=st.just(True)),
    st.integers(0, 9).flatmap(
        lambda dice: SETTLE if dice else asked("DeleteReplicationGroup", ReplicationGroupId=caches)
    ),
)


async def live(ctx: Context, history: list[tuple[str, dict[str, Any]]]) -> None:
    await populate(ctx)
    for action, parameters in history:
        if action == "settle":
            await settle(ctx)
        else:
            with contextlib.suppress(Fault):
                await call(ctx, action, **parameters)
        await look(ctx)
    await settle(ctx)
    await assert_settled(ctx)
    for name in CACHES:
        await forget(ctx, name)
    await assert_settled(ctx)


async def populate(ctx: Context) -> None:
    """So that a history meets something: two user groups, of each engine, one of them attached."""
    await create_user(ctx, "lea")
    await create_user(ctx, "max", Engine="redis")
    await create_default_user(ctx, "own-default")
    await create_user_group(ctx, "readers", "lea")
    await create_user_group(ctx, "writers", "own-default", "max", Engine="redis")
    for name in CACHES:
        await create_encrypted_group(ctx, name)
    await attach(ctx, "orders", "readers")
    await settle(ctx)


async def look(ctx: Context) -> None:
    """Every answer has the published shape, and each cache's engines can be told who may sign in."""
    await call(ctx, "DescribeUsers")
    await call(ctx, "DescribeUserGroups")
    await call(ctx, "DescribeReplicationGroups")
    for acl in await ctx.store.read(every_acl):
        user_names = [user.name for user in acl]
        assert user_names.count(DEFAULT_USER_NAME) == 1
        assert len(set(user_names)) == len(user_names)
        assert all(user.password_digests or user.accepts_any_password or "off" in user.access_string for user in acl)


def every_acl(tx: Transaction) -> list[Acl]:
    found = [acls.find_acl(tx, stored.body) for stored in replication_groups.list_replication_groups(tx)]
    known = [acl for acl in found if acl is not None]
    assert len(known) == len(found)
    return known


async def assert_settled(ctx: Context) -> None:
    """Nothing waits for engines that have followed: only a cache that is being deleted may keep somebody back."""
    groups = (await call(ctx, "DescribeReplicationGroups"))["ReplicationGroups"]
    is_going = any(group["Status"] == "deleting" for group in groups)
    statuses = {group["Status"] for group in groups}
    for listed in ("Users", "UserGroups"):
        statuses |= {each["Status"] for each in (await call(ctx, f"Describe{listed}"))[listed]}
    assert statuses <= {"available", "active", *(("deleting",) if is_going else ())}


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_any_history_of_users_settles_and_engines_always_know_whom_to_let_in(
    history: list[tuple[str, dict[str, Any]]],
) -> None:
    with TemporaryDirectory(prefix="access-") as directory, context(Path(directory)) as ctx:
        asyncio.run(live(ctx, history))
