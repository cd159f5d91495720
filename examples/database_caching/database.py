"""One connection to the relational database: SQLite from the standard library, MariaDB or MySQL through PyMySQL.

The shop's SQL is the same for both. What differs is here: placeholders, the spelling of a counted key, and the
types in which numbers come back. A connection belongs to the thread that opened it and counts its statements.
"""

import importlib
import sqlite3
from collections.abc import Callable, Iterable
from typing import Protocol
from urllib.parse import unquote, urlsplit

Value = int | float | str | None
Row = dict[str, Value]

INSTALL_PYMYSQL = (
    "DB_URL names a MySQL database, and PyMySQL, which speaks to it, is not installed. "
    "Install it with: .venv/bin/python -m pip install pymysql"
)


class DatabaseUnavailableError(Exception):
    """The database cannot be opened; the message is a sentence for the person at the terminal."""


class Connection(Protocol):
    """The part of Python's database interface (PEP 249) that the example uses."""

    def cursor(self) -> "Cursor": ...
    def close(self) -> None: ...


class Cursor(Protocol):
    """A statement under way, as in PEP 249."""

    def execute(self, sql: str, values: tuple[Value, ...] = ...) -> object: ...
    def executemany(self, sql: str, rows: list[tuple[Value, ...]]) -> object: ...
    def fetchall(self) -> Iterable[Row]: ...
    def close(self) -> None: ...


class Database:
    """One open connection. Not for sharing: every worker opens its own."""

    def __init__(self, connection: Connection, *, placeholder: str, counted_key: str) -> None:
        self._connection = connection
        self._placeholder = placeholder
        self.counted_key = counted_key
        """How this database spells a primary key that counts by itself."""
        self.query_count = 0

    def select(self, sql: str, *values: Value) -> list[Row]:
        cursor = self._execute(sql, values)
        rows = list(cursor.fetchall())
        cursor.close()
        return rows

    def write(self, sql: str, *values: Value) -> None:
        """Execute one statement; it is committed when this returns."""
        self._execute(sql, values).close()

    def insert(self, sql: str, rows: list[tuple[Value, ...]]) -> None:
        """Insert many rows in one transaction: a commit for each of them would take minutes."""
        self.write("BEGIN")
        cursor = self._connection.cursor()
        cursor.executemany(self._spell(sql), rows)
        cursor.close()
        self.write("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def _execute(self, sql: str, values: tuple[Value, ...]) -> Cursor:
        self.query_count += 1
        cursor = self._connection.cursor()
        cursor.execute(self._spell(sql), values)
        return cursor

    def _spell(self, sql: str) -> str:
        return sql.replace("%s", self._placeholder)


OpenDatabase = Callable[[], Database]


def sqlite_database(path: str) -> OpenDatabase:
    """How to open the SQLite file at `path`, which is made when missing."""

    def open_database() -> Database:
        # Autocommit, because every purchase is one statement. Thirty seconds are patience for the one writer
        # that SQLite allows at a time.
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        connection.row_factory = lambda cursor, row: {
            column[0]: value for column, value in zip(cursor.description, row, strict=True)
        }
        # With a write-ahead log readers and the writer do not wait for one another, as in a database server.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return Database(connection, placeholder="?", counted_key="INTEGER PRIMARY KEY")

    return open_database


def mysql_database(url: str) -> OpenDatabase:
    """How to open the database named by `mysql://user:password@host:3306/database`."""
    parts = urlsplit(url)
    name = parts.path.strip("/")
    if parts.scheme not in ("mysql", "mariadb") or not parts.hostname or not name:
        # The URL itself is not repeated: it holds a password.
        raise DatabaseUnavailableError("DB_URL has to look like mysql://user:password@host:3306/database.")
    try:
        pymysql = importlib.import_module("pymysql")
    except ModuleNotFoundError as error:
        raise DatabaseUnavailableError(INSTALL_PYMYSQL) from error
    # Sums and averages arrive as decimals, which JSON does not know.
    decimals = (pymysql.constants.FIELD_TYPE.DECIMAL, pymysql.constants.FIELD_TYPE.NEWDECIMAL)
    conversions = pymysql.converters.conversions | dict.fromkeys(decimals, _parse_number)

    def open_database() -> Database:
        try:
            connection = pymysql.connect(
                host=parts.hostname,
                port=parts.port or 3306,
                user=unquote(parts.username or ""),
                password=unquote(parts.password or ""),
                database=name,
                autocommit=True,
                charset="utf8mb4",
                conv=conversions,
                cursorclass=pymysql.cursors.DictCursor,
            )
        except pymysql.MySQLError as error:
            raise DatabaseUnavailableError(
                f"The database {name!r} on {parts.hostname} cannot be opened: {error}"
            ) from error
        return Database(connection, placeholder="%s", counted_key="INTEGER PRIMARY KEY AUTO_INCREMENT")

    return open_database


def _parse_number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
