"""The schema only ever goes forward, in one piece."""

import sqlite3
from collections.abc import Iterator

import pytest

from elastane.store import StoreUnusable
from elastane.store.migrations import MIGRATIONS, migrate


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def version_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def tables_of(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in rows}


def test_a_new_file_gets_every_table(connection: sqlite3.Connection) -> None:
    migrate(connection)

    assert tables_of(connection) == {
        *("documents", "nodes", "addresses", "events", "settings", "left_addresses"),
        *("messages", "deliveries", "delivery_counts", "alarm_history"),
    }
    assert version_of(connection) == len(MIGRATIONS)


def test_migrating_twice_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection)
    connection.execute("INSERT INTO settings (name, value) VALUES ('account', '000000000000')")

    migrate(connection)

    assert connection.execute("SELECT value FROM settings").fetchall() == [("000000000000",)]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(connection: sqlite3.Connection) -> None:
    migrate(connection)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")

    with pytest.raises(StoreUnusable, match="newer version of Elastane"):
        migrate(connection)

    assert version_of(connection) == len(MIGRATIONS) + 1
    assert not connection.in_transaction


def test_a_migration_that_fails_leaves_the_schema_as_it_was(connection: sqlite3.Connection) -> None:
    # In the way of a table in the middle of the script: those before it must not stay behind.
    connection.execute("CREATE TABLE events (id INTEGER)")

    with pytest.raises(sqlite3.OperationalError, match="events already exists"):
        migrate(connection)

    assert tables_of(connection) == {"events"}
    assert version_of(connection) == 0
