"""The control users' secrets, sealed, by the id that a group carries.

Kept apart from the groups, so that no document that is shown or logged ever holds one.
"""

from collections.abc import Set

import msgspec

from elastane.model.secrets import Sealed, Secret
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind


class _Credential(msgspec.Struct, frozen=True, kw_only=True):
    sealed: Sealed


_CREDENTIALS = Kind("credential", _Credential)


def get_control_secret(tx: Transaction, credential_id: str) -> Secret:
    """Raises LookupError for an id that was never saved: a group without its secret is our bug.

    Raises StoreUnusable where secrets cannot be opened: from outside, and with another key.
    """
    stored = _CREDENTIALS.find(tx, credential_id)
    if stored is None:
        raise LookupError(f"The control secret {credential_id} is not in the store.")
    return tx.sealing.open(stored.body.sealed)


def keep_opened(tx: Transaction, credential_ids: Set[str], opened: dict[str, Secret]) -> None:
    """Makes `opened` hold the secrets of exactly these ids, for a loop that looks often: what it has is not opened
    again, because a secret is never changed under its id. Raises as `get_control_secret`."""
    for unused in opened.keys() - credential_ids:
        del opened[unused]
    for credential_id in credential_ids - opened.keys():
        opened[credential_id] = get_control_secret(tx, credential_id)


def save_control_secret(tx: Transaction, credential_id: str, secret: Secret) -> None:
    """Once per id; a secret is never changed under a group that uses it."""
    _CREDENTIALS.save(tx, credential_id, _Credential(sealed=tx.sealing.seal(secret)), revision=NEW)


def remove_control_secret(tx: Transaction, credential_id: str) -> None:
    """Idempotent."""
    _CREDENTIALS.remove(tx, credential_id)
