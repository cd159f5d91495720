"""The key that secrets in the store are sealed with: a file of its own, proven against the store at every start.

A file and not a row, so that a copy of the database alone tells no secret. Called by `Store.open` and by nobody else,
with the store to itself and before anything uses it; it works below the nouns, on the connection, as migrations do.

| Key file | Store | Then |
|---|---|---|
| there | has a mark that the key opens | go on |
| there | has no mark yet | the key's mark is saved; what earlier versions kept in clear is sealed |
| missing | has no mark yet | a key is made, as above |
| missing, or another key | has a mark | refused: a new key would lose every secret without a word |
"""

import os
import sqlite3
from pathlib import Path

import msgspec

from elastane.model.secrets import Sealed, Secret
from elastane.store.errors import StoreUnusable
from elastane.store.sealing import Sealing, draw_key

FILE_NAME = "store.key"
"""In the data directory, where no other place is chosen."""
VARIABLE = "ELASTANE_STORE_KEY_FILE"

KEY_MARK = "sealing_key_mark"
"""The setting that proves the key: sealed with it, and opened at every start."""
CLEAR_SECRETS = "clear_secrets"
"""A setting that is there as long as the file's unused pages may hold secrets that earlier versions kept in clear."""

_MARK_TEXT = Secret("sealed with this key")

LOSS_ADVICE = (
    f"Put the key back from your copy of it, or name its place with {VARIABLE}. If it is lost, its secrets are lost "
    "with it: move away the store, the files that begin with its name, and what is left of the key, and start "
    "again; the caches are rebuilt from what their nodes have left (docs/how-to/recover-a-lost-store.md)."
)


def load_sealing(connection: sqlite3.Connection, path: Path) -> Sealing:
    """What seals this store, whose secrets are all sealed when this returns. Raises StoreUnusable and sqlite3.Error."""
    mark = _find_setting(connection, KEY_MARK)
    key = _find_key(path)
    if key is None and mark is not None:
        raise StoreUnusable(f"The key {path}, with which secrets in the store are sealed, is missing. {LOSS_ADVICE}")
    sealing = _sealing(_create_key(path) if key is None else key, path)
    if mark is not None and not _opens(sealing, Sealed(mark)):
        raise StoreUnusable(f"The key {path} is not the one that secrets in the store are sealed with. {LOSS_ADVICE}")
    if mark is None:
        _seal_store(connection, sealing)
    if _find_setting(connection, CLEAR_SECRETS) is not None:
        _sweep(connection)
    return sealing


# --- the key -------------------------------------------------------------------------------------


def _find_key(path: Path) -> Secret | None:
    try:
        return Secret(path.read_text("ascii").strip())
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        raise StoreUnusable(f"The key {path} of the store cannot be read: {error}.") from error


def _create_key(path: Path) -> Secret:
    """Written beside and renamed, and on the disk before anything is sealed with it."""
    key = draw_key()
    beside = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(descriptor, 0o600)  # a file that was left there keeps its mode otherwise
            file.write(f"{key.reveal()}\n")
            file.flush()
            os.fsync(descriptor)
        beside.rename(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise StoreUnusable(f"The key {path} of the store cannot be written: {error}.") from error
    return key


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sealing(key: Secret, path: Path) -> Sealing:
    try:
        return Sealing(key)
    except ValueError as error:
        raise StoreUnusable(f"The key {path} of the store is damaged: {error}. {LOSS_ADVICE}") from error


def _opens(sealing: Sealing, mark: Sealed) -> bool:
    try:
        return sealing.open(mark) == _MARK_TEXT
    except StoreUnusable:
        return False


# --- the store -----------------------------------------------------------------------------------


def _seal_store(connection: sqlite3.Connection, sealing: Sealing) -> None:
    """The mark, and in its place whatever an earlier version kept in clear: one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        clear = connection.execute("""SELECT key, body FROM documents WHERE kind = 'clear_credential'""").fetchall()
        for credential_id, body in clear:
            secret = Secret(msgspec.json.decode(body, type=dict[str, str])["secret"])
            connection.execute(
                """
                INSERT INTO documents (kind, key, revision, body) VALUES ('credential', ?, 1, ?)
                ON CONFLICT DO NOTHING
                """,
                (credential_id, msgspec.json.encode({"sealed": sealing.seal(secret)})),
            )
        connection.execute("""DELETE FROM documents WHERE kind = 'clear_credential'""")
        connection.execute("""INSERT INTO settings (name, value) VALUES (?, ?)""", (KEY_MARK, sealing.seal(_MARK_TEXT)))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _sweep(connection: sqlite3.Connection) -> None:
    """Writes the file anew without its unused pages, and empties the journal: both may hold what was deleted.

    Done again at the next start if it is cut short: the setting goes last, and with it nothing that was secret.
    """
    connection.execute("VACUUM")
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        return  # somebody reads the store from outside just now; the next start sweeps again
    connection.execute("""DELETE FROM settings WHERE name = ?""", (CLEAR_SECRETS,))


def _find_setting(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("""SELECT value FROM settings WHERE name = ?""", (name,)).fetchone()
    return None if row is None else str(row[0])
