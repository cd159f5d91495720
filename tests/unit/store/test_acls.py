"""The users of engines, put together from what is stored; and the documents they come from."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from elastane.model.access import Access, AuthTokens
from elastane.model.acls import OPEN_ACL, AclUser, revision
from elastane.model.engine_names import EngineName
from elastane.model.ids import Region, UserGroupId, UserId
from elastane.model.secrets import Secret
from elastane.model.user_groups import UserGroup
from elastane.model.users import Authentication, User
from elastane.store import Conflict, Store, Transaction, acls, credentials, user_groups, users
from elastane.store.sealing import Sealing, draw_key
from tests.kit import groups
from tests.kit.groups import REGION

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EUROPE = Region("eu-west-1")
LOCKED = AclUser(name="default", access_string="off -@all")


def user(tx: Transaction, name: str, *digests: str, region: Region = REGION) -> User:
    return User(
        region=region,
        id=UserId(name),
        name=name.title(),
        engine=EngineName.VALKEY,
        access_string="on ~* -@all +@read",
        minimum_engine_version="7.2",
        authentication=Authentication.PASSWORD if digests else Authentication.NO_PASSWORD,
        sealed_digests=tuple(tx.sealing.seal(Secret(digest)) for digest in digests),
    )


def user_group(*names: str, region: Region = REGION) -> UserGroup:
    return UserGroup(
        region=region,
        id=UserGroupId("readers"),
        engine=EngineName.VALKEY,
        user_ids=tuple(UserId(name) for name in names),
    )


READERS = groups.group(access=Access(user_group_id=UserGroupId("readers")))


async def test_without_access_control_everybody_is_let_in(store: Store) -> None:
    assert await store.read(lambda tx: acls.find_acl(tx, groups.group())) == OPEN_ACL


async def test_tokens_are_the_passwords_of_the_default_user(store: Store) -> None:
    def load(tx: Transaction) -> None:
        tokens = AuthTokens(
            sealed_digests=(tx.sealing.seal(Secret("old")), tx.sealing.seal(Secret("new"))), modified_at=NOW
        )
        group = groups.group(access=Access(auth_tokens=tokens))
        optional = groups.group(access=Access(auth_tokens=replace(tokens, is_optional=True)))

        expected = AclUser(
            name="default", access_string="on ~* &* +@all", password_digests=(Secret("old"), Secret("new"))
        )
        assert acls.find_acl(tx, group) == (expected,)
        assert acls.find_acl(tx, optional) == (replace(expected, accepts_any_password=True),)

    await store.write(load)


async def test_a_user_group_s_users_are_let_in_and_nobody_else(store: Store) -> None:
    def save(tx: Transaction) -> None:
        users.save_user(tx, user(tx, "lea", "digest"))
        users.save_user(tx, user(tx, "max"))
        user_groups.save_user_group(tx, user_group("lea", "max"))

    await store.write(save)

    assert await store.read(lambda tx: acls.find_acl(tx, READERS)) == (
        LOCKED,
        AclUser(name="Lea", access_string="on ~* -@all +@read", password_digests=(Secret("digest"),)),
        AclUser(name="Max", access_string="on ~* -@all +@read", accepts_any_password=True),
    )


async def test_a_user_group_may_have_a_default_user_of_its_own_or_the_built_in_one(store: Store) -> None:
    def save(tx: Transaction) -> None:
        users.save_user(tx, replace(user(tx, "own", "digest"), name="default"))
        user_groups.save_user_group(tx, user_group("own"))

    await store.write(save)
    with_own = await store.read(lambda tx: acls.find_acl(tx, READERS))
    await store.write(lambda tx: user_groups.save_user_group(tx, user_group("default"), revision=1))
    with_built_in = await store.read(lambda tx: acls.find_acl(tx, READERS))

    assert with_own == (
        AclUser(name="default", access_string="on ~* -@all +@read", password_digests=(Secret("digest"),)),
    )
    assert with_built_in == (AclUser(name="default", access_string="on ~* +@all", accepts_any_password=True),)


async def test_an_empty_user_group_locks_everybody_out(store: Store) -> None:
    await store.write(lambda tx: user_groups.save_user_group(tx, user_group()))

    assert await store.read(lambda tx: acls.find_acl(tx, READERS)) == (LOCKED,)


async def test_the_revision_is_made_with_the_group_s_own_secret(store: Store) -> None:
    secret = Secret("control")
    await store.write(lambda tx: credentials.save_control_secret(tx, READERS.credential_id, secret))
    await store.write(lambda tx: user_groups.save_user_group(tx, user_group()))

    assert await store.read(lambda tx: acls.find_acl_revision(tx, READERS)) == revision((LOCKED,), secret)


async def test_users_that_were_lost_with_a_store_cannot_be_known(store: Store) -> None:
    assert await store.read(lambda tx: acls.find_acl(tx, READERS)) is None
    await store.write(lambda tx: user_groups.save_user_group(tx, user_group("default", "nobody")))
    assert await store.read(lambda tx: acls.find_acl(tx, READERS)) is None
    assert await store.read(lambda tx: acls.find_acl_revision(tx, READERS)) is None


async def test_what_a_node_remembers_of_a_lost_store_is_not_who_may_sign_in(store: Store) -> None:
    remembered = groups.group(access=Access(is_remembered=True))

    assert await store.read(lambda tx: acls.find_acl(tx, remembered)) is None


async def test_a_token_that_was_sealed_with_a_lost_key_cannot_be_known(store: Store) -> None:
    foreign = Sealing(draw_key()).seal(Secret("digest"))
    group = groups.group(access=Access(auth_tokens=AuthTokens(sealed_digests=(foreign,), modified_at=NOW)))

    assert await store.read(lambda tx: acls.find_acl(tx, group)) is None


async def test_users_and_user_groups_are_found_in_their_region_until_they_are_removed(store: Store) -> None:
    def save(tx: Transaction) -> None:
        users.save_user(tx, user(tx, "lea"))
        users.save_user(tx, user(tx, "lea", region=EUROPE))
        user_groups.save_user_group(tx, user_group("lea"))

    await store.write(save)

    def names(tx: Transaction) -> list[tuple[str, str]]:
        return [
            *((each.body.region, each.body.id) for each in users.list_users(tx, REGION)),
            *((each.body.region, each.body.id) for each in user_groups.list_user_groups(tx, REGION)),
        ]

    assert await store.read(names) == [(REGION, "lea"), (REGION, "readers")]
    with pytest.raises(Conflict):
        await store.write(lambda tx: users.save_user(tx, user(tx, "lea")))
    with pytest.raises(Conflict):
        await store.write(lambda tx: user_groups.save_user_group(tx, user_group()))

    def remove(tx: Transaction) -> None:
        users.remove_user(tx, REGION, UserId("lea"))
        users.remove_user(tx, REGION, UserId("lea"))
        user_groups.remove_user_group(tx, REGION, UserGroupId("readers"))

    await store.write(remove)

    assert await store.read(names) == []
    assert await store.read(lambda tx: users.find_user(tx, REGION, UserId("lea"))) is None
    assert await store.read(lambda tx: user_groups.find_user_group(tx, REGION, UserGroupId("readers"))) is None
    assert await store.read(lambda tx: users.find_user(tx, EUROPE, UserId("lea"))) is not None
