"""Pages that lie free in a file, given back to the disk: of a file that was made with `auto_vacuum = INCREMENTAL`."""

import sqlite3

PAGE_COUNT_MAX = 2_000
"""At once, so that writers wait for a moment only."""


def give_pages_back(connection: sqlite3.Connection, count_max: int = PAGE_COUNT_MAX) -> bool:
    """Answers whether there may be more. Outside of a transaction. Raises sqlite3.Error.

    By `executescript`, for each step of the statement frees one page, and `execute` takes but the first step of one
    that has no columns.
    """
    before = _free_count(connection)
    connection.executescript(f"PRAGMA incremental_vacuum({min(before, count_max)})")
    return 0 < _free_count(connection) < before


def _free_count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])
