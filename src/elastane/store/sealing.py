"""Secrets as the store holds them: encrypted, with a key that is kept elsewhere (`store_key`).

A sealed text is `v1.` and, in URL-safe base64, a nonce of 12 random bytes, what AES-256-GCM made of
the secret, and its tag of 16 bytes. The version is sealed along with it: another way of sealing, or
another key beside this one, will be another version, and old texts will still say how they are opened.
"""

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from elastane.model.secrets import Sealed, Secret
from elastane.store.errors import StoreUnusable

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = "v1"

KEYLESS_SENTENCE: Final = (
    "Secrets are opened by the control plane only: whoever reads the store from outside has no key."
)


class Sealing:
    """Holds the key. `Sealing(None)` has none, and raises StoreUnusable whatever it is asked for."""

    def __init__(self, key: Secret | None) -> None:
        """The key is 32 bytes in base64. Raises ValueError for one that is not."""
        self._cipher = None if key is None else AESGCM(_key_bytes(key))

    def seal(self, secret: Secret) -> Sealed:
        """Never the same text twice. Raises StoreUnusable without a key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        closed = self._known_cipher().encrypt(nonce, secret.reveal().encode(), _VERSION.encode())
        return Sealed(f"{_VERSION}.{base64.urlsafe_b64encode(nonce + closed).decode()}")

    def open(self, sealed: Sealed) -> Secret:
        """Raises StoreUnusable without the key it was sealed with, and for a text that was changed."""
        cipher = self._known_cipher()
        version, _, encoded = sealed.partition(".")
        if version != _VERSION:
            raise StoreUnusable(
                f"A secret in the store was sealed in a way ({version[:8]}) that this version cannot open."
            )
        try:
            octets = base64.urlsafe_b64decode(encoded)
            opened = cipher.decrypt(octets[:_NONCE_BYTES], octets[_NONCE_BYTES:], _VERSION.encode())
        except (InvalidTag, ValueError) as error:  # a text of the wrong length is a ValueError
            raise StoreUnusable(
                "A secret in the store cannot be opened: it was sealed with another key, or changed."
            ) from error
        return Secret(opened.decode())

    def _known_cipher(self) -> AESGCM:
        if self._cipher is None:
            raise StoreUnusable(KEYLESS_SENTENCE)
        return self._cipher


def draw_key() -> Secret:
    return Secret(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())


def _key_bytes(key: Secret) -> bytes:
    try:
        octets = base64.b64decode(key.reveal(), validate=True)
    except binascii.Error:
        octets = b""
    if len(octets) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes in base64")
    return octets
