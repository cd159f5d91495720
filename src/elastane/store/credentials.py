"""The control users' secrets, by the id that a group carries.

Kept apart from the groups, so that no document that is shown or logged ever holds one.
"""

from elastane.model.secrets import Secret
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind

_CREDENTIALS = Kind("credential", dict[str, str])


def get_control_secret(tx: Transaction, credential_id: str) -> Secret:
    """Raises LookupError for an id that was never saved: a group without its secret is our bug."""
    stored = _CREDENTIALS.find(tx, credential_id)
    if stored is None:
        raise LookupError(f"The control secret {credential_id} is not in the store.")
    return Secret(stored.body["secret"])


def save_control_secret(tx: Transaction, credential_id: str, secret: Secret) -> None:
    """Once per id; a secret is never changed under a group that uses it."""
    _CREDENTIALS.save(tx, credential_id, {"secret": secret.reveal()}, revision=NEW)


def remove_control_secret(tx: Transaction, credential_id: str) -> None:
    """Idempotent."""
    _CREDENTIALS.remove(tx, credential_id)
