"""The audit trail's rows: how records are appended, found, verified and given up. Blocking; `audit_trail` calls it.

`records` holds what counts, `calls` and `resources` what is searched for in them. A record is its JSON, kept byte for
byte as it was hashed.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias, TypeVar

import msgspec

from elastane.model.audit_trail import (
    CHAIN_BEGINNING,
    FAULT,
    SUCCESS,
    CallRecord,
    CallSearch,
    Chain,
    NamedResource,
    Numbered,
    chained_hash,
)
from elastane.store.free_pages import give_pages_back
from elastane.store.own_files import Schema
from elastane.store.transactions import transaction

Result = TypeVar("Result")
Work: TypeAlias = Callable[[], Result]
Look: TypeAlias = Callable[[sqlite3.Connection], Result]

_NOTHING = f"X'{CHAIN_BEGINNING.hex()}'"

SCHEMA = Schema(
    version=1,
    statements=(
        """
        CREATE TABLE calls (
            number        INTEGER PRIMARY KEY AUTOINCREMENT,
            chain         TEXT NOT NULL,
            at            TEXT NOT NULL,
            region        TEXT,
            event_id      TEXT NOT NULL,
            service       TEXT,
            action        TEXT,
            is_reading    INTEGER NOT NULL,
            is_proven     INTEGER NOT NULL,
            arn           TEXT,
            name          TEXT,
            access_key_id TEXT,
            code          TEXT
        )
        """,
        """CREATE INDEX calls_by_chain ON calls (chain, number)""",
        """CREATE INDEX calls_by_time ON calls (at)""",
        """
        CREATE TABLE resources (
            name   TEXT NOT NULL,
            type   TEXT NOT NULL,
            number INTEGER NOT NULL,
            PRIMARY KEY (name, type, number)
        ) WITHOUT ROWID
        """,
        """CREATE INDEX resources_by_number ON resources (number)""",
        """CREATE TABLE records (number INTEGER PRIMARY KEY, record BLOB NOT NULL, hash BLOB NOT NULL)""",
        # Where each chain begins by now, where it ends, and how many bytes of records it holds.
        """
        CREATE TABLE chains (
            name          TEXT PRIMARY KEY,
            anchor_number INTEGER NOT NULL,
            anchor_hash   BLOB NOT NULL,
            head_number   INTEGER NOT NULL,
            head_hash     BLOB NOT NULL,
            byte_count    INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        *(
            f"""
            CREATE TRIGGER {table}_never_change BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, 'the audit trail is only ever appended to'); END
            """
            for table in ("calls", "records", "resources")
        ),
        # Each chain begins with nothing before it.
        *(f"""INSERT INTO chains VALUES ('{chain}', 0, {_NOTHING}, 0, {_NOTHING}, 0)""" for chain in Chain),
    ),
)

ROW_BYTES = 490
"""What a record costs in the file beside its own bytes, indices included; measured over 100,000 records."""
SLACK_RATIO = 1 / 64
"""So much beyond its bound a chain may grow before its beginning goes, in one piece."""


# --- appending -----------------------------------------------------------------------------------


class Row(NamedTuple):
    """A record as it is written."""

    chain: Chain
    searchable: tuple[object, ...]
    resources: tuple[NamedResource, ...]
    encoded: bytes


def render_row(record: CallRecord) -> Row:
    """Made when a record is noted and not when it is written: what cannot be encoded must hold nobody else up."""
    return Row(record.chain, _searchable(record), record.asked.resources, msgspec.json.encode(record))


def append(connection: sqlite3.Connection, rows: Sequence[Row], bytes_max: int) -> None:
    """All of them or none, on the disk when this returns. A chain beyond `bytes_max` loses its beginning."""
    with transaction(connection):
        heads = {chain: _head(connection, chain) for chain in Chain}
        for row in rows:
            heads[row.chain] = _append_one(connection, heads[row.chain], row)
        for chain, head in heads.items():
            connection.execute(
                """UPDATE chains SET head_number = ?, head_hash = ?, byte_count = ? WHERE name = ?""",
                (head.number, head.hash, head.byte_count, chain),
            )
        oversized = [chain for chain, head in heads.items() if head.byte_count > bytes_max * (1 + SLACK_RATIO)]
        for chain in oversized:
            _drop_beginning(connection, chain, _number_to_drop(connection, chain, bytes_max))
    if oversized:
        give_pages_back(connection)


class _Head(NamedTuple):
    """The end of a chain, and how many bytes it holds."""

    number: int
    hash: bytes
    byte_count: int


def _head(connection: sqlite3.Connection, chain: Chain) -> _Head:
    return _Head(
        *connection.execute(
            """SELECT head_number, head_hash, byte_count FROM chains WHERE name = ?""", (chain,)
        ).fetchone()
    )


def _append_one(connection: sqlite3.Connection, head: _Head, row: Row) -> _Head:
    cursor = connection.execute(
        """
        INSERT INTO calls (chain, at, region, event_id, service, action, is_reading, is_proven, arn, name,
                           access_key_id, code)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        row.searchable,
    )
    number = cursor.lastrowid
    assert number is not None, "an insert that raised nothing has a row"
    chained = chained_hash(head.hash, number, row.encoded)
    connection.execute("""INSERT INTO records VALUES (?, ?, ?)""", (number, row.encoded, chained))
    connection.executemany(
        """INSERT INTO resources VALUES (?, ?, ?)""",
        [(resource.name, resource.type, number) for resource in row.resources],
    )
    return _Head(number, chained, head.byte_count + len(row.encoded) + ROW_BYTES)


def _searchable(record: CallRecord) -> tuple[object, ...]:
    caller, asked = record.caller, record.asked
    return (
        str(record.chain),
        _text(record.at),
        record.region,
        record.event_id,
        asked.service,
        asked.action,
        int(asked.is_reading),
        int(caller.is_proven),
        caller.arn,
        caller.name,
        caller.access_key_id,
        record.outcome.code,
    )


# --- giving up the beginning ---------------------------------------------------------------------


def prune(connection: sqlite3.Connection, before: datetime) -> None:
    """The beginning of each chain that is older. A clock that went back keeps later ones; they go in their turn."""
    with transaction(connection):
        for chain in Chain:
            (number,) = connection.execute(
                """
                SELECT coalesce(min(number) - 1, (SELECT head_number FROM chains WHERE name = :chain))
                FROM calls WHERE chain = :chain AND at >= :before
                """,
                {"chain": chain, "before": _text(before)},
            ).fetchone()
            _drop_beginning(connection, chain, number)
    give_pages_back(connection)


def _number_to_drop(connection: sqlite3.Connection, chain: Chain, bytes_max: int) -> int:
    """Up to which record the chain has to go so that what is left has no more than `bytes_max`."""
    surplus = _head(connection, chain).byte_count - bytes_max
    rows = connection.execute(
        """
        SELECT number, length(record) FROM calls JOIN records USING (number)
        WHERE chain = ? ORDER BY number
        """,
        (chain,),
    )
    for number, length in rows:
        surplus -= length + ROW_BYTES
        if surplus <= 0:
            return int(number)
    raise AssertionError("a chain has as many bytes as its records together")


def _drop_beginning(connection: sqlite3.Connection, chain: Chain, up_to_number: int) -> None:
    dropped = """SELECT number FROM calls WHERE chain = :chain AND number <= :up_to"""
    named = {"chain": chain, "up_to": up_to_number, "row_bytes": ROW_BYTES}
    last = connection.execute(
        f"""SELECT number, hash FROM records WHERE number = (SELECT max(number) FROM ({dropped}))""", named
    ).fetchone()
    if last is None:
        return
    (byte_count,) = connection.execute(
        f"""SELECT sum(length(record) + :row_bytes) FROM records WHERE number IN ({dropped})""", named
    ).fetchone()
    connection.execute(f"""DELETE FROM resources WHERE number IN ({dropped})""", named)
    connection.execute(f"""DELETE FROM records WHERE number IN ({dropped})""", named)
    connection.execute("""DELETE FROM calls WHERE chain = :chain AND number <= :up_to""", named)
    connection.execute(
        """
        UPDATE chains SET anchor_number = ?, anchor_hash = ?, byte_count = byte_count - ? WHERE name = ?
        """,
        (*last, byte_count, chain),
    )


# --- finding -------------------------------------------------------------------------------------

_CONDITIONS: dict[str, str] = {
    "start": "at >= :start",
    "end": "at <= :end",
    "region": "region = :region",
    "caller": "(arn = :caller OR name = :caller OR access_key_id = :caller)",
    "event_id": "event_id = :event_id",
    "action": "action = :action",
    "service": "service = :service",
    "is_reading": "is_reading = :is_reading",
    "is_proven": "is_proven = :is_proven",
    "name": "name = :name",
    "access_key_id": "access_key_id = :access_key_id",
    "resource_type": "number IN (SELECT number FROM resources WHERE type = :resource_type)",
    "resource_name": "number IN (SELECT number FROM resources WHERE name = :resource_name)",
    "before_number": "number < :before_number",
    "after_number": "number > :after_number",
}
"""What each part of a search asks of a row."""

_OUTCOMES = {SUCCESS: "code IS NULL", FAULT: "code IS NOT NULL"}


def search(connection: sqlite3.Connection, wanted: CallSearch) -> tuple[Numbered, ...]:
    given = {name: value for name in _CONDITIONS if (value := getattr(wanted, name)) is not None}
    conditions = [_CONDITIONS[name] for name in given]
    if wanted.outcome is not None:
        conditions.append(_OUTCOMES.get(wanted.outcome, "code = :outcome"))
    rows = connection.execute(
        f"""
        SELECT number, record FROM calls JOIN records USING (number)
        WHERE {" AND ".join(conditions) or "TRUE"}
        ORDER BY number {"ASC" if wanted.is_oldest_first else "DESC"} LIMIT :limit
        """,
        {name: _text(value) if isinstance(value, datetime) else value for name, value in given.items()}
        | {"outcome": wanted.outcome, "limit": wanted.limit},
    )
    return tuple(Numbered(number=number, record=_decode(record)) for number, record in rows)


# --- verifying -----------------------------------------------------------------------------------


class NotedHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chain ended when somebody looked, noted in a place that who may write the trail cannot reach."""

    chain: Chain
    number: int
    head_hash: str


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one chain. `broken_at` is the first record that does not follow from the one before it."""

    chain: Chain
    record_count: int
    first_number: int
    head_number: int
    head_hash: str
    broken_at: int | None = None
    sentence: str = "whole"


def verify(connection: sqlite3.Connection, chain: Chain, noted: NotedHead | None = None) -> Verified:
    """Every hash anew, that what is searched for is what the records say, and that a noted head is in the chain.

    Whoever can write the file can write it anew from its beginning, with hashes that fit: only the noted head tells.
    """
    anchor_number, previous, head_number, head_hash = connection.execute(
        """SELECT anchor_number, anchor_hash, head_number, head_hash FROM chains WHERE name = ?""", (chain,)
    ).fetchone()
    count, number, first = 0, anchor_number, None
    rows = connection.execute(
        """
        SELECT records.number, record, hash, chain, at, region, event_id, service, action, is_reading, is_proven, arn,
               name, access_key_id, code
        FROM calls LEFT JOIN records USING (number) WHERE chain = ? ORDER BY calls.number
        """,
        (chain,),
    )

    def found(broken_at: int | None = None, sentence: str = "whole") -> Verified:
        return Verified(
            chain=chain,
            record_count=count,
            first_number=first or 0,
            head_number=head_number,
            head_hash=head_hash.hex(),
            broken_at=broken_at,
            sentence=sentence,
        )

    for held_number, encoded, kept_hash, *searchable in rows:
        if held_number is None:
            return found(number, "the record after this one is gone")
        number, first = held_number, first or held_number
        count += 1
        previous = chained_hash(previous, number, encoded)
        if noted is not None and number == noted.number and previous.hex() != noted.head_hash:
            return found(number, "this record is not the one whose hash was noted")
        if previous != kept_hash:
            return found(number, "this record was changed, or one before it was taken away")
        if tuple(searchable) != _searchable(_decode(encoded)):
            return found(number, "this record is found under something that it does not say")
    if (number, previous) != (head_number, head_hash):
        return found(number, "records after this one were taken away")
    if noted is not None and noted.number > head_number:
        return found(number, "the record whose hash was noted is gone, and all after it")
    return found()


# --- texts ---------------------------------------------------------------------------------------


_DECODER = msgspec.json.Decoder(CallRecord)


def _decode(encoded: bytes) -> CallRecord:
    return _DECODER.decode(encoded)


def _text(at: datetime) -> str:
    """Fixed width, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
