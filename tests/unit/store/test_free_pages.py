"""Pages that lie free in a file go back to the disk, some at a time."""

import sqlite3
from contextlib import closing
from pathlib import Path

from elastane.store.free_pages import give_pages_back


def test_as_many_pages_as_are_asked_for_go_back_at_once(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "file.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("CREATE TABLE texts (text TEXT)")
        connection.executemany("INSERT INTO texts VALUES (?)", [("x" * 3000,)] * 100)
        connection.execute("DELETE FROM texts")
        free_counts = [free_count(connection)]
        answers = []
        for _ in range(4):
            answers.append(give_pages_back(connection, 40))
            free_counts.append(free_count(connection))

    assert free_counts == [free_counts[0], free_counts[0] - 40, free_counts[0] - 80, 0, 0]
    assert answers == [True, True, False, False]


def free_count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])
