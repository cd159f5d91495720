"""Who may sign in to a cache that is made: AUTH tokens and user groups, from nothing and around what there is."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model import faults
from elastane.model.access import NO_ACCESS_CONTROL, Access, TransitEncryption
from elastane.model.engine_names import EngineName
from elastane.model.replication_groups import Form, Software
from elastane.service.context import Context
from elastane.service.elasticache.requested_access import new_access
from elastane.service.parameters import Parameters
from elastane.store import Transaction
from tests.kit import groups
from tests.kit.calls import call
from tests.kit.contexts import NOW, create_cluster, create_group, encrypt, settle
from tests.kit.users import (
    attach,
    create_default_user,
    create_encrypted_group,
    create_user,
    create_user_group,
    good_tokens,
)

ENCRYPTED = Access(transit_encryption=TransitEncryption.REQUIRED)
FIRST, SECOND = "first-token-of-16", "second-token-of-1"


async def made_access(ctx: Context, base: Access = ENCRYPTED, software: Software | None = None, **asked: Any) -> Access:
    def make(tx: Transaction) -> Access:
        return new_access(tx, ctx, Parameters(asked), base, software or groups.group().software)

    return await ctx.store.write(make)


async def test_a_cache_is_made_with_a_token_with_a_user_group_or_with_neither(ctx: Context) -> None:
    await create_user(ctx)
    await create_user_group(ctx)

    with_tokens = await made_access(ctx, AuthToken="Only-these!&#$^<>-0")
    with_users = await made_access(ctx, UserGroupIds=["Readers"])

    assert with_tokens.auth_tokens is not None
    assert (len(with_tokens.auth_tokens.sealed_digests), with_tokens.auth_tokens.is_optional) == (1, False)
    assert (with_tokens.auth_tokens.modified_at, with_tokens.former) == (NOW, None)
    assert with_users == replace(ENCRYPTED, user_group_id=with_users.user_group_id)
    assert with_users.user_group_id == "readers"
    assert await made_access(ctx) == ENCRYPTED
    assert await made_access(ctx, NO_ACCESS_CONTROL) == NO_ACCESS_CONTROL


@pytest.mark.parametrize(
    ("asked", "fault", "words"),
    [
        ({"AuthToken": FIRST, "UserGroupIds": ["readers"]}, faults.InvalidParameterCombination, "cannot be combined"),
        ({"AuthToken": "with-a-tilde~-in-it"}, faults.InvalidParameterValue, "letters, digits and"),
        ({"AuthToken": "with a space in it"}, faults.InvalidParameterValue, "letters, digits and"),
        ({"UserGroupIds": ["nobody"]}, faults.UserGroupNotFound, "nobody"),
        ({"UserGroupIds": ["readers", "others"]}, faults.InvalidParameterValue, "1 user group at most"),
    ],
)
async def test_a_new_cache_that_nobody_could_sign_in_to_is_refused(
    ctx: Context, asked: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    await create_user(ctx)
    await create_user_group(ctx)

    with pytest.raises(fault, match=words):
        await made_access(ctx, **asked)


async def test_a_new_cache_of_redis_oss_takes_no_user_group_of_valkey(ctx: Context) -> None:
    await create_default_user(ctx)
    await create_user(ctx)
    await create_user_group(ctx)
    redis = replace(groups.group().software, engine=EngineName.REDIS, version="7.0")

    with pytest.raises(faults.InvalidParameterCombination, match="cannot be used by a cache that runs redis"):
        await made_access(ctx, software=redis, UserGroupIds=["readers"])


async def test_a_group_around_a_cluster_keeps_its_token_and_its_primary_keeps_the_group_s(ctx: Context) -> None:
    await create_cluster(ctx, "sessions")
    await encrypt(ctx, "sessions", Form.CACHE_CLUSTER)
    await settle(ctx)
    await call(ctx, "ModifyCacheCluster", CacheClusterId="sessions", AuthToken=FIRST, AuthTokenUpdateStrategy="SET")
    await settle(ctx)
    around: dict[str, Any] = {
        "PrimaryClusterId": "sessions",
        "NumCacheClusters": None,
        "Engine": None,
        "CacheNodeType": None,
    }

    with pytest.raises(faults.InvalidParameterCombination, match="AuthToken cannot be given"):
        await create_group(ctx, **around, AuthToken=SECOND)
    await create_group(ctx, **around)
    await settle(ctx)
    of_group = await good_tokens(ctx, FIRST)
    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    assert of_group == [FIRST]
    assert await good_tokens(ctx, FIRST, form=Form.CACHE_CLUSTER, name="sessions") == [FIRST]


async def test_a_primary_is_not_retained_with_a_user_group_that_nobody_could_take_away(ctx: Context) -> None:
    await create_user(ctx)
    await create_user_group(ctx)
    await create_encrypted_group(ctx)
    await attach(ctx)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="RetainPrimaryCluster cannot be given"):
        await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)
