"""The key that secrets in the store are sealed with: a file of its own, proven against the store at every start.

A file and not a row, so that a copy of the database alone tells no secret. Called by `Store` and by nobody else; by
`Store.open` with the store to itself and before anything uses it. It works below the nouns, as migrations do.

| Key file | Store | Then |
|---|---|---|
| there | has a mark that the key opens | go on |
| there | has no mark yet | the key's mark is saved; what earlier versions kept in clear is sealed |
| missing | has no mark yet | a key is made, as above |
| missing, or another key | has a mark | refused: a new key would lose every secret without a word |
"""

import os
import sqlite3
import tempfile
from pathlib import Path

import msgspec

from elastane.model.secrets import Sealed, Secret
from elastane.store.errors import StoreUnusable
from elastane.store.sealing import Sealing, draw_key
from elastane.store.transactions import transaction

FILE_NAME = "store.key"
"""In the data directory, where no other place is chosen."""
VARIABLE = "ELASTANE_STORE_KEY_FILE"

KEY_MARK = "sealing_key_mark"
"""The setting that proves the key: sealed with it, and opened at every start."""
CLEAR_SECRETS = "clear_secrets"
"""A setting that is there as long as the file's unused pages may hold secrets that earlier versions kept in clear."""

_CLEAR_DECODER = msgspec.json.Decoder(dict[str, str])
_MARK_TEXT = Secret("sealed with this key")

LOSS_ADVICE = (
    f"Put the key back from your copy of it, or name its place with {VARIABLE}. If it is lost, its secrets are lost "
    "with it: move away the store, the files that begin with its name, and what is left of the key, and start "
    "again; the caches are rebuilt from what their nodes have left (docs/how-to/recover-a-lost-store.md)."
)


def load_sealing(connection: sqlite3.Connection, path: Path) -> Sealing:
    """What seals this store, whose secrets are all sealed when this returns. Raises StoreUnusable and sqlite3.Error."""
    mark = _find_setting(connection, KEY_MARK)
    if mark is not None:
        sealing = _proven_sealing(Sealed(mark), path)
    else:
        sealing = _sealing(_find_or_create_key(path), path)
        _seal_store(connection, sealing)
    if _find_setting(connection, CLEAR_SECRETS) is not None:
        _sweep(connection)
    return sealing


def load_sealing_from_outside(connection: sqlite3.Connection, path: Path) -> Sealing:
    """For a process beside the control plane: it makes no key and seals nothing that is clear. Raises StoreUnusable."""
    mark = _find_setting(connection, KEY_MARK)
    if mark is None:
        raise StoreUnusable("The store has no key yet: start a control plane on it once, with elastane serve.")
    return _proven_sealing(Sealed(mark), path)


def _proven_sealing(mark: Sealed, path: Path) -> Sealing:
    key = _find_key(path)
    if key is None:
        raise StoreUnusable(f"The key {path}, with which secrets in the store are sealed, is missing. {LOSS_ADVICE}")
    sealing = _sealing(key, path)
    if not _opens(sealing, mark):
        raise StoreUnusable(f"The key {path} is not the one that secrets in the store are sealed with. {LOSS_ADVICE}")
    return sealing


# --- the key -------------------------------------------------------------------------------------


def _find_key(path: Path) -> Secret | None:
    try:
        return Secret(path.read_text("ascii").strip())
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        raise StoreUnusable(f"The key {path} of the store cannot be read: {error}.") from error


def _find_or_create_key(path: Path) -> Secret:
    """Whichever is there, else a new one; it is on the disk, whoever wrote it, before anything is sealed with it.

    Several installations may be given one place, and begin at the same moment: whoever comes second takes the key of
    the first.
    """
    try:
        found = _find_key(path) or _create_key(path) or _find_key(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise StoreUnusable(f"The key {path} of the store cannot be written: {error}.") from error
    assert found is not None, "nobody takes a key away again"
    return found


def _create_key(path: Path) -> Secret | None:
    """Written beside and linked: nobody reads half a key, and nobody's is replaced. None where somebody was first."""
    key = draw_key()
    descriptor, beside = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".new", dir=path.parent)  # for its owner only
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{key.reveal()}\n")
            file.flush()
            os.fsync(descriptor)
        os.link(beside, path)
    except FileExistsError:
        return None
    finally:
        Path(beside).unlink()
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
    with transaction(connection):
        clear = connection.execute("""SELECT key, body FROM documents WHERE kind = 'clear_credential'""").fetchall()
        for credential_id, body in clear:
            secret = Secret(_CLEAR_DECODER.decode(body)["secret"])
            connection.execute(
                """
                INSERT INTO documents (kind, key, revision, body) VALUES ('credential', ?, 1, ?)
                ON CONFLICT DO NOTHING
                """,
                (credential_id, msgspec.json.encode({"sealed": sealing.seal(secret)})),
            )
        connection.execute("""DELETE FROM documents WHERE kind = 'clear_credential'""")
        connection.execute("""INSERT INTO settings (name, value) VALUES (?, ?)""", (KEY_MARK, sealing.seal(_MARK_TEXT)))


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
