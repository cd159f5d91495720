"""Access keys that operators have made: each a user with a name, a sealed secret and a policy. The root's is a file.

They are read at every call that names one, so that a key is in force, or no longer, with the next call.
"""

from datetime import datetime
from typing import Final

import msgspec

from elastane.model.callers import Caller, user_arn
from elastane.model.ids import AccountId, Region
from elastane.model.policies import parse_policy
from elastane.model.secrets import AccessKeyId, Sealed
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind


class AccessKeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: AccessKeyId
    name: str
    """Of the user: no two keys have one."""
    user_id: str
    created_at: datetime
    policy_document: str
    policy_name: str | None
    """Of a ready-made policy; None for one of the operator's own."""
    sealed_secret: Sealed


class AccessKeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """The last use that was noted; a control plane that is killed forgets those of its last seconds."""

    at: datetime
    region: Region
    service: str


_ACCESS_KEYS: Final = Kind("access-key", AccessKeyRecord)
_USES: Final = Kind("access-key-use", AccessKeyUse)


def find_access_key(tx: Transaction, access_key_id: AccessKeyId) -> AccessKeyRecord | None:
    stored = _ACCESS_KEYS.find(tx, access_key_id)
    return None if stored is None else stored.body


def list_access_keys(tx: Transaction) -> tuple[AccessKeyRecord, ...]:
    """In the order of names."""
    return tuple(sorted((stored.body for stored in _ACCESS_KEYS.list_all(tx)), key=lambda key: key.name))


def save_access_key(tx: Transaction, key: AccessKeyRecord) -> None:
    """A new one. Raises Conflict for an id that is there; names are for the caller to compare."""
    _ACCESS_KEYS.save(tx, key.id, key, revision=NEW)


def remove_access_key(tx: Transaction, access_key_id: AccessKeyId) -> None:
    """With its secret and all. Idempotent."""
    _ACCESS_KEYS.remove(tx, access_key_id)
    _USES.remove(tx, access_key_id)


# --- as callers ----------------------------------------------------------------------------------


def find_caller(tx: Transaction, account_id: AccountId, access_key_id: AccessKeyId) -> Caller | None:
    """Who calls with this key. Raises StoreUnusable from outside, where secrets cannot be opened."""
    key = find_access_key(tx, access_key_id)
    return None if key is None else _caller(tx, account_id, key)


def list_callers(tx: Transaction, account_id: AccountId) -> tuple[Caller, ...]:
    """Everybody but the root, with their secrets, in the order of names. Raises StoreUnusable from outside."""
    return tuple(_caller(tx, account_id, key) for key in list_access_keys(tx))


def _caller(tx: Transaction, account_id: AccountId, key: AccessKeyRecord) -> Caller:
    return Caller(
        access_key_id=key.id,
        secret=tx.sealing.open(key.sealed_secret),
        arn=user_arn(account_id, key.name),
        user_id=key.user_id,
        username=key.name,
        policy=parse_policy(key.policy_document),
    )


# --- last uses -----------------------------------------------------------------------------------


def find_use(tx: Transaction, access_key_id: AccessKeyId) -> AccessKeyUse | None:
    stored = _USES.find(tx, access_key_id)
    return None if stored is None else stored.body


def save_use(tx: Transaction, access_key_id: AccessKeyId, use: AccessKeyUse) -> None:
    """Of a key that is still there; what was revoked meanwhile leaves nothing behind."""
    if find_access_key(tx, access_key_id) is None:
        return
    stored = _USES.find(tx, access_key_id)
    _USES.save(tx, access_key_id, use, revision=NEW if stored is None else stored.revision)
