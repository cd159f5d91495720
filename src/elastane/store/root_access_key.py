"""The root access key: made at the first start, kept in a file of its own for its owner only.

A file and not a row, so that `elastane env` reads it without opening the store.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

from elastane.model.secrets import AccessKeyId, Secret
from elastane.store.errors import StoreUnusable
from elastane.store.private_files import create_private_file

FILE_NAME = "root-access-key.json"
ID_VARIABLE = "ELASTANE_ROOT_ACCESS_KEY_ID"
SECRET_VARIABLE = "ELASTANE_ROOT_SECRET_ACCESS_KEY"

_DECODER = msgspec.json.Decoder(dict[str, str])


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    id: AccessKeyId
    secret: Secret


def load_root_access_key(directory: Path, environment: Mapping[str, str]) -> AccessKey:
    """The environment's key if it names one, else the file's, else a new one that is then in the file.

    Raises StoreUnusable when the file can be neither read nor written, or only half a key is named.
    """
    named_id, named_secret = environment.get(ID_VARIABLE), environment.get(SECRET_VARIABLE)
    if named_id and named_secret:
        return AccessKey(id=AccessKeyId(named_id), secret=Secret(named_secret))
    if named_id or named_secret:
        raise StoreUnusable(f"{ID_VARIABLE} and {SECRET_VARIABLE} belong together: set both, or none.")
    path = directory / FILE_NAME
    try:
        return _read(path) if path.exists() else _create(path)
    except (OSError, msgspec.DecodeError, KeyError) as error:
        raise StoreUnusable(f"The root access key {path} cannot be read or written: {error}.") from error


def draw_access_key() -> AccessKey:
    return AccessKey(id=AccessKeyId(draw_id("AKIA")), secret=Secret(secrets.token_urlsafe(30)))


def draw_id(prefix: str) -> str:
    """An id as AWS makes them: four letters that say of what (AKIA, AIDA), and sixteen at random."""
    return prefix + "".join(secrets.choice(_ID_ALPHABET) for _ in range(16))


_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def _read(path: Path) -> AccessKey:
    row = _DECODER.decode(path.read_bytes())
    return AccessKey(id=AccessKeyId(row["access_key_id"]), secret=Secret(row["secret_access_key"]))


def _create(path: Path) -> AccessKey:
    key = draw_access_key()
    create_private_file(path, msgspec.json.encode({"access_key_id": key.id, "secret_access_key": key.secret.reveal()}))
    return key
