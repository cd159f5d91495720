"""The schema, as a list of steps that only ever go forward.

`user_version` of the file says how many were applied. A step that has landed is never edited:
add another one.
"""

import sqlite3
from collections.abc import Iterator

from elastane.store.errors import StoreUnusable
from elastane.store.transactions import transaction

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE documents (
        kind     TEXT NOT NULL,
        key      TEXT NOT NULL,
        revision INTEGER NOT NULL,
        body     BLOB NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;

    -- Which group a node belongs to: node ids are unique in a region, whoever made them.
    CREATE TABLE nodes (
        region     TEXT NOT NULL,
        node_id    TEXT NOT NULL,
        group_form TEXT NOT NULL,
        group_id   TEXT NOT NULL,
        PRIMARY KEY (region, node_id)
    ) WITHOUT ROWID;

    -- Every address in use, of nodes and of endpoints, over all regions: they share one machine.
    CREATE TABLE addresses (
        address TEXT PRIMARY KEY,
        number  INTEGER NOT NULL,
        owner   TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE events (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        region      TEXT NOT NULL,
        at          TEXT NOT NULL,
        source_type TEXT NOT NULL,
        source_id   TEXT NOT NULL,
        message     TEXT NOT NULL
    );
    CREATE INDEX events_by_time ON events (region, at);

    CREATE TABLE settings (
        name  TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- Addresses that nodes have left while their cluster lived on, the longest ago first.
    CREATE TABLE left_addresses (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        address  TEXT NOT NULL UNIQUE
    );
    """,
    """
    -- Secrets were kept in clear until here. They are sealed when the store is opened (store_key.py), and a store
    -- that was used before is swept of what they leave in its unused pages.
    UPDATE documents SET kind = 'clear_credential' WHERE kind = 'credential';
    INSERT INTO settings (name, value) SELECT 'clear_secrets', 'to be swept' WHERE EXISTS (SELECT 1 FROM settings);
    """,
    """
    -- Which topic a line of the history is news for; NULL where nobody asked to be told.
    ALTER TABLE events ADD COLUMN topic_arn TEXT;
    CREATE INDEX events_to_tell ON events (id) WHERE topic_arn IS NOT NULL;

    -- Messages of topics, and what of them is still to be delivered to whom.
    CREATE TABLE messages (
        id        TEXT PRIMARY KEY,
        topic_arn TEXT NOT NULL,
        body      BLOB NOT NULL
    );

    CREATE TABLE deliveries (
        id               INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id       TEXT NOT NULL REFERENCES messages (id),
        subscription_arn TEXT NOT NULL,
        due_at           TEXT NOT NULL,
        tried_count      INTEGER NOT NULL
    );
    CREATE INDEX deliveries_by_subscription ON deliveries (subscription_arn, due_at);
    CREATE INDEX deliveries_by_message ON deliveries (message_id);
    CREATE INDEX deliveries_by_time ON deliveries (due_at);

    CREATE TABLE delivery_counts (
        topic_arn       TEXT PRIMARY KEY,
        delivered_count INTEGER NOT NULL,
        given_up_count  INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- What became of alarms; it outlives them.
    CREATE TABLE alarm_history (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        region     TEXT NOT NULL,
        alarm_name TEXT NOT NULL,
        at         TEXT NOT NULL,
        type       TEXT NOT NULL,
        summary    TEXT NOT NULL,
        data       TEXT NOT NULL
    );
    CREATE INDEX alarm_history_by_alarm ON alarm_history (region, alarm_name, id);
    CREATE INDEX alarm_history_by_time ON alarm_history (at);
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the schema up to date; refuses a file that a newer Elastane has written.

    All of it is one transaction that begins before the version is read: of two processes that open
    a new file at the same moment, one creates the schema and the other one finds it.
    """
    with transaction(connection):
        applied = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if applied > len(MIGRATIONS):
            raise StoreUnusable(
                f"The data directory was written by a newer version of Elastane (schema {applied}, this one knows "
                f"{len(MIGRATIONS)}). Start that version, or use another data directory."
            )
        for script in MIGRATIONS[applied:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _statements(script: str) -> Iterator[str]:
    """One by one, because `executescript` would commit what is under way first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), "a migration ends with a semicolon"
