"""Access keys in the store: sealed, found as callers, gone when they are revoked, and written from outside."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from elastane.model.ids import AccountId, Arn, Region
from elastane.model.policies import Decision, decide
from elastane.model.secrets import AccessKeyId, Secret
from elastane.store import Conflict, Store, StoreUnusable, Transaction, access_keys
from elastane.store.access_keys import AccessKeyRecord, AccessKeyUse
from elastane.store.database import FILE_NAME
from elastane.store.migrations import MIGRATIONS
from tests.unit.store.test_store_key import kept_bytes

ACCOUNT = AccountId("000000000000")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CI, ADA = AccessKeyId("AKIACI"), AccessKeyId("AKIAADA")
SWORDFISH = "swordfish-of-an-access-key"
READING = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "elasticache:Describe*", "Resource": "*"}}
)


def save(tx: Transaction, access_key_id: AccessKeyId = CI, name: str = "ci", secret: str = SWORDFISH) -> None:
    record = AccessKeyRecord(
        id=access_key_id,
        name=name,
        user_id=f"AIDA{name}",
        created_at=NOON,
        policy_document=READING,
        policy_name=None,
        sealed_secret=tx.sealing.seal(Secret(secret)),
    )
    access_keys.save_access_key(tx, record)


async def test_a_key_is_found_as_the_caller_it_stands_for(store: Store) -> None:
    await store.write(save)

    caller = await store.read(lambda tx: access_keys.find_caller(tx, ACCOUNT, CI))

    assert caller is not None and caller.policy is not None
    assert (caller.arn, caller.username, caller.user_id) == ("arn:aws:iam::000000000000:user/ci", "ci", "AIDAci")
    assert caller.secret.reveal() == SWORDFISH
    assert SWORDFISH not in repr(caller)
    allowed = decide(caller.policy, action="elasticache:DescribeEvents", resource=Arn("*"), values={})
    assert allowed is Decision.ALLOWED


async def test_a_key_that_nobody_has_is_nobody(store: Store) -> None:
    await store.write(save)

    assert await store.read(lambda tx: access_keys.find_caller(tx, ACCOUNT, ADA)) is None


async def test_everybody_is_listed_with_their_secrets_in_the_order_of_names(store: Store) -> None:
    await store.write(save)
    await store.write(lambda tx: save(tx, ADA, "ada", "marlin"))

    callers = await store.read(lambda tx: access_keys.list_callers(tx, ACCOUNT))

    assert [(caller.username, caller.secret.reveal()) for caller in callers] == [("ada", "marlin"), ("ci", SWORDFISH)]


async def test_an_id_is_never_given_twice(store: Store) -> None:
    await store.write(save)

    with pytest.raises(Conflict):
        await store.write(lambda tx: save(tx, CI, "another"))


async def test_no_byte_of_a_key_s_secret_is_in_any_file_of_the_store(tmp_path: Path, store: Store) -> None:
    await store.write(save)

    kept = kept_bytes(tmp_path)
    assert CI.encode() in kept
    assert SWORDFISH.encode() not in kept


async def test_the_last_use_is_kept_and_goes_with_the_key(store: Store) -> None:
    await store.write(save)
    for hour in (13, 14):
        use = AccessKeyUse(at=NOON.replace(hour=hour), region=Region("us-east-1"), service="elasticache")
        await store.write(lambda tx, use=use: access_keys.save_use(tx, CI, use))  # type: ignore[misc]  # the default binds the loop's name

    found = await store.read(lambda tx: access_keys.find_use(tx, CI))
    assert found is not None and found.at.hour == 14

    await store.write(lambda tx: access_keys.remove_access_key(tx, CI))
    await store.write(lambda tx: access_keys.remove_access_key(tx, CI))
    await store.write(lambda tx: access_keys.save_use(tx, CI, use))
    assert await store.read(lambda tx: access_keys.find_use(tx, CI)) is None
    assert await store.read(access_keys.list_access_keys) == ()


# --- from outside --------------------------------------------------------------------------------


async def test_what_is_written_from_outside_is_there_with_the_next_read(tmp_path: Path, store: Store) -> None:
    Store.write_from_outside(tmp_path, save)

    caller = await store.read(lambda tx: access_keys.find_caller(tx, ACCOUNT, CI))
    assert caller is not None and caller.secret.reveal() == SWORDFISH

    Store.write_from_outside(tmp_path, lambda tx: access_keys.remove_access_key(tx, CI))
    assert await store.read(lambda tx: access_keys.find_caller(tx, ACCOUNT, CI)) is None


def test_what_is_refused_amid_a_write_from_outside_leaves_nothing(tmp_path: Path, store: Store) -> None:
    def save_and_stop(tx: Transaction) -> None:
        save(tx)
        raise LookupError("stop")

    with pytest.raises(LookupError):
        Store.write_from_outside(tmp_path, save_and_stop)

    assert Store.read_from_outside(tmp_path, access_keys.list_access_keys) == ()


def test_nothing_is_written_from_outside_where_no_control_plane_has_been(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"There is no store in .* yet"):
        Store.write_from_outside(tmp_path, save)
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(StoreUnusable, match="is empty: start a control plane on it once"):
        Store.write_from_outside(tmp_path, save)

    assert not (tmp_path / "store.key").exists()


def test_a_store_of_another_version_is_not_written_and_not_migrated_from_outside(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) - 1}")

    with pytest.raises(StoreUnusable, match="an older version of Elastane"):
        Store.write_from_outside(tmp_path, save)


def test_no_other_key_is_made_or_taken_from_outside(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    (tmp_path / "store.key").unlink()

    with pytest.raises(StoreUnusable, match="is missing"):
        Store.write_from_outside(tmp_path, save)

    assert not (tmp_path / "store.key").exists()


async def test_from_outside_keys_are_listed_without_their_secrets(tmp_path: Path, store: Store) -> None:
    await store.write(save)

    listed = Store.read_from_outside(tmp_path, access_keys.list_access_keys)

    assert listed is not None and [key.name for key in listed] == ["ci"]
    with pytest.raises(StoreUnusable, match="has no key"):
        Store.read_from_outside(tmp_path, lambda tx: access_keys.list_callers(tx, ACCOUNT))
