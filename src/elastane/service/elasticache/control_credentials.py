"""The secret with which Elastane itself speaks to a group's engines: drawn when a group is made.

Only the actions that make or divide a group call this. The drawing is an argument of theirs, so
that a test knows what was drawn.
"""

import secrets
from collections.abc import Callable

from elastane.model.secrets import Secret
from elastane.store import Transaction, credentials

DrawToken = Callable[[], str]

_TOKEN_BYTES = 32


def draw_token() -> str:
    """A text nobody can guess, of letters that need no quoting in an engine's configuration."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def save_new_secret(tx: Transaction, draw: DrawToken) -> str:
    """Draws a secret and answers the id it is kept under."""
    credential_id = draw()
    credentials.save_control_secret(tx, credential_id, Secret(draw()))
    return credential_id


def copy_secret(tx: Transaction, credential_id: str, draw: DrawToken) -> str:
    """A second id for the same secret, to be forgotten by itself."""
    copy_id = draw()
    credentials.save_control_secret(tx, copy_id, credentials.get_control_secret(tx, credential_id))
    return copy_id
