"""Files beside the store with tables of their own: the audit trail, samples of metrics, log events. Blocking.

Each is made where there is none, for its owner only, and is of one version or not opened.
"""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from elastane.store.database import connect
from elastane.store.errors import StoreUnusable
from elastane.store.transactions import transaction


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """`statements` make the tables, and their first rows."""

    version: int
    statements: tuple[str, ...]


def open_own_file(
    path: Path, schema: Schema, *, called: str, it: str = "it"
) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """A connection that writes and one that reads. `called` and `it` are for the sentence. Raises StoreUnusable."""
    with ExitStack() as unfinished:
        try:
            path.touch(mode=0o600)
            writer = unfinished.enter_context(closing(connect(path)))
            _make_tables(writer, schema)
            reader = unfinished.enter_context(closing(connect(path)))
        except (OSError, sqlite3.Error) as error:
            raise StoreUnusable(
                f"{called} {path} cannot be opened: {error}. "
                f"Where {it} is damaged, move it away with its -wal and -shm files: a new one is begun."
            ) from error
        unfinished.pop_all()
    return writer, reader


def are_tables_made(connection: sqlite3.Connection, schema: Schema) -> bool:
    return _applied_version(connection) == schema.version


def _make_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    """Raises sqlite3.Error for what is no such file, or one of another version."""
    applied = _applied_version(connection)
    if applied == schema.version:
        return
    if applied != 0:
        raise sqlite3.DatabaseError(f"it has schema {applied}, and this version of Elastane writes {schema.version}")
    # Before the first table, or it has no effect: what is pruned gives its pages back to the disk.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("VACUUM")
    with transaction(connection):
        for statement in schema.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {schema.version}")


def _applied_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
