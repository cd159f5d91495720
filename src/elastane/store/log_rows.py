"""Log groups, their streams, tags and events as rows. Blocking; called inside `LogEvents.read` and `LogEvents.write`.

How many bytes a group holds is counted as AWS does, 26 for an event beside its message; the count of all of them is
kept beside the groups', so that nothing is ever summed up over events.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from elastane.model.ids import Region
from elastane.model.log_groups import EVENT_OVERHEAD_BYTES, LogEvent, LogGroup, LogStream, NewEvent, Place
from elastane.store.own_files import Schema

SCHEMA = Schema(
    version=1,
    statements=(
        """
        CREATE TABLE log_groups (
            number         INTEGER PRIMARY KEY AUTOINCREMENT,
            region         TEXT NOT NULL,
            name           TEXT NOT NULL,
            created_at     INTEGER NOT NULL,
            retention_days INTEGER,
            log_class      TEXT NOT NULL,
            stored_bytes   INTEGER NOT NULL DEFAULT 0,
            UNIQUE (region, name)
        )
        """,
        """
        CREATE TABLE tags (
            group_number INTEGER NOT NULL REFERENCES log_groups ON DELETE CASCADE,
            key          TEXT NOT NULL,
            value        TEXT NOT NULL,
            PRIMARY KEY (group_number, key)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE log_streams (
            number         INTEGER PRIMARY KEY AUTOINCREMENT,
            group_number   INTEGER NOT NULL REFERENCES log_groups ON DELETE CASCADE,
            name           TEXT NOT NULL,
            created_at     INTEGER NOT NULL,
            first_event_at INTEGER,
            last_event_at  INTEGER,
            ingested_at    INTEGER,
            UNIQUE (group_number, name)
        )
        """,
        # Events of one stream are read by their moment, those of a whole group as well; they go in the order they came.
        """
        CREATE TABLE log_events (
            number        INTEGER PRIMARY KEY AUTOINCREMENT,
            group_number  INTEGER NOT NULL REFERENCES log_groups ON DELETE CASCADE,
            stream_number INTEGER NOT NULL REFERENCES log_streams ON DELETE CASCADE,
            at            INTEGER NOT NULL,
            ingested_at   INTEGER NOT NULL,
            message       TEXT NOT NULL
        )
        """,
        """CREATE INDEX log_events_by_stream ON log_events (stream_number, at, number)""",
        """CREATE INDEX log_events_by_group ON log_events (group_number, at, number)""",
        # How far each delivery has come; what is inside is whose it is that writes it.
        """CREATE TABLE positions (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID""",
    ),
)

READ_BYTES_MAX = 4 * 1024 * 1024
"""Of messages that one reading holds in memory, as far as they are of plain letters; each may be a megabyte."""

_GROUP = "number, region, name, created_at, retention_days, log_class, stored_bytes"
_STREAM = "number, name, created_at, first_event_at, last_event_at, ingested_at"
_EVENT = "log_events.number, log_streams.name, log_events.at, log_events.ingested_at, log_events.message"


# --- groups --------------------------------------------------------------------------------------


def create_group(
    rows: sqlite3.Connection, region: Region, name: str, *, at_milliseconds: int, log_class: str = "STANDARD"
) -> LogGroup | None:
    """None where there is one of that name."""
    rows.execute(
        """
        INSERT INTO log_groups (region, name, created_at, log_class) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
        (region, name, at_milliseconds, log_class),
    )
    is_new = rows.execute("SELECT changes()").fetchone()[0] == 1
    return find_group(rows, region, name) if is_new else None


def find_group(rows: sqlite3.Connection, region: Region, name: str) -> LogGroup | None:
    row = rows.execute(f"""SELECT {_GROUP} FROM log_groups WHERE region = ? AND name = ?""", (region, name)).fetchone()
    return None if row is None else _group(row)


def list_groups(rows: sqlite3.Connection, region: Region) -> tuple[LogGroup, ...]:
    """In the order of their names."""
    found = rows.execute(f"""SELECT {_GROUP} FROM log_groups WHERE region = ? ORDER BY name""", (region,))
    return tuple(_group(row) for row in found)


def empty_group(rows: sqlite3.Connection, group: LogGroup, *, count_max: int) -> bool:
    """Some of its events go. Answers whether there may be more."""
    return _drop(rows, "group_number = ? ORDER BY at", (group.number,), count_max) >= count_max


def delete_group(rows: sqlite3.Connection, group: LogGroup) -> None:
    """With all that is in it, which is better not much (`empty_group`): everybody who writes waits for it."""
    rows.execute("""DELETE FROM log_groups WHERE number = ?""", (group.number,))


def save_retention(rows: sqlite3.Connection, group: LogGroup, days: int | None) -> None:
    rows.execute("""UPDATE log_groups SET retention_days = ? WHERE number = ?""", (days, group.number))


def get_tags(rows: sqlite3.Connection, group: LogGroup) -> dict[str, str]:
    found = rows.execute("""SELECT key, value FROM tags WHERE group_number = ? ORDER BY key""", (group.number,))
    return dict(found.fetchall())


def save_tags(rows: sqlite3.Connection, group: LogGroup, tags: dict[str, str]) -> None:
    """All that it has from now on."""
    rows.execute("""DELETE FROM tags WHERE group_number = ?""", (group.number,))
    rows.executemany(
        """INSERT INTO tags VALUES (?, ?, ?)""", [(group.number, key, value) for key, value in tags.items()]
    )


# --- streams -------------------------------------------------------------------------------------


def create_stream(rows: sqlite3.Connection, group: LogGroup, name: str, *, at_milliseconds: int) -> LogStream | None:
    """None where there is one of that name."""
    rows.execute(
        """
        INSERT INTO log_streams (group_number, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
        """,
        (group.number, name, at_milliseconds),
    )
    is_new = rows.execute("SELECT changes()").fetchone()[0] == 1
    return find_stream(rows, group, name) if is_new else None


def find_stream(rows: sqlite3.Connection, group: LogGroup, name: str) -> LogStream | None:
    row = rows.execute(
        f"""SELECT {_STREAM} FROM log_streams WHERE group_number = ? AND name = ?""", (group.number, name)
    ).fetchone()
    return None if row is None else _stream(row)


def list_streams(rows: sqlite3.Connection, group: LogGroup) -> tuple[LogStream, ...]:
    """In the order of their names."""
    found = rows.execute(f"""SELECT {_STREAM} FROM log_streams WHERE group_number = ? ORDER BY name""", (group.number,))
    return tuple(_stream(row) for row in found)


def empty_stream(rows: sqlite3.Connection, stream: LogStream, *, count_max: int) -> bool:
    """As `empty_group`."""
    return _drop(rows, "stream_number = ? ORDER BY at", (stream.number,), count_max) >= count_max


def delete_stream(rows: sqlite3.Connection, group: LogGroup, stream: LogStream) -> None:
    """As `delete_group`."""
    row = rows.execute(f"""SELECT {_SIZE} FROM log_events WHERE stream_number = ?""", (stream.number,)).fetchone()
    _shrink(rows, group.number, int(row[0] or 0))
    rows.execute("""DELETE FROM log_streams WHERE number = ?""", (stream.number,))


# --- events --------------------------------------------------------------------------------------

_SIZE = f"sum(length(CAST(message AS BLOB)) + {EVENT_OVERHEAD_BYTES})"


def append_events(
    rows: sqlite3.Connection,
    group: LogGroup,
    stream: LogStream,
    events: Sequence[NewEvent],
    *,
    at_milliseconds: int,
) -> None:
    if not events:
        return
    rows.executemany(
        """
        INSERT INTO log_events (group_number, stream_number, at, ingested_at, message) VALUES (?, ?, ?, ?, ?)
        """,
        [(group.number, stream.number, event.at_milliseconds, at_milliseconds, event.message) for event in events],
    )
    moments = [event.at_milliseconds for event in events]
    rows.execute(
        """
        UPDATE log_streams SET
            first_event_at = min(ifnull(first_event_at, ?1), ?1),
            last_event_at = max(ifnull(last_event_at, ?2), ?2),
            ingested_at = ?3
        WHERE number = ?4
        """,
        (min(moments), max(moments), at_milliseconds, stream.number),
    )
    size_bytes = sum(len(event.message.encode()) + EVENT_OVERHEAD_BYTES for event in events)
    rows.execute(
        """UPDATE log_groups SET stored_bytes = stored_bytes + ? WHERE number = ?""", (size_bytes, group.number)
    )


def read_stream(
    rows: sqlite3.Connection,
    stream: LogStream,
    *,
    beside: Place | None,
    start: int | None,
    end: int | None,
    is_forward: bool,
    limit: int,
) -> tuple[LogEvent, ...]:
    """Those of `start <= at < end` next to a place, or to the end that is read from; oldest first either way.

    So many of them as `limit` and `READ_BYTES_MAX` allow, and one at least where there is one.
    """
    return _read(rows, "stream_number", stream.number, beside, start, end, is_forward=is_forward, limit=limit)


def read_group(
    rows: sqlite3.Connection,
    group: LogGroup,
    streams: Sequence[LogStream] | None,
    *,
    beside: Place | None,
    start: int | None,
    end: int | None,
    is_forward: bool,
    limit: int,
) -> tuple[LogEvent, ...]:
    """Those of all its streams, or of some, next to a place; as `read_stream`."""
    chosen = None if streams is None else [stream.number for stream in streams]
    return _read(rows, "group_number", group.number, beside, start, end, chosen, is_forward=is_forward, limit=limit)


def _read(
    rows: sqlite3.Connection,
    column: str,
    number: int,
    beside: Place | None,
    start: int | None,
    end: int | None,
    streams: Sequence[int] | None = None,
    *,
    is_forward: bool,
    limit: int,
) -> tuple[LogEvent, ...]:
    conditions = [f"log_events.{column} = ?"]
    values: list[object] = [number]
    if streams is not None:
        # The plus keeps SQLite from the streams' index, from which it would have to sort all that is wanted.
        conditions.append(f"+log_events.stream_number IN ({', '.join(map(str, streams))})")
    if start is not None:
        conditions.append("log_events.at >= ?")
        values.append(start)
    if end is not None:
        conditions.append("log_events.at < ?")
        values.append(end)
    if beside is not None:
        conditions.append(f"(log_events.at, log_events.number) {'>' if is_forward else '<'} (?, ?)")
        values += [beside.at_milliseconds, beside.number]
    order = "ASC" if is_forward else "DESC"
    found = rows.execute(
        f"""
        SELECT {_EVENT} FROM log_events JOIN log_streams ON log_streams.number = log_events.stream_number
        WHERE {" AND ".join(conditions)}
        ORDER BY log_events.at {order}, log_events.number {order} LIMIT ?
        """,
        (*values, limit),
    )
    events = []
    size_bytes = 0
    for row in found:
        events.append(_event(row))
        size_bytes += len(events[-1].message)
        if size_bytes >= READ_BYTES_MAX:
            break
    return tuple(events if is_forward else reversed(events))


# --- what goes -----------------------------------------------------------------------------------


def prune(rows: sqlite3.Connection, now_milliseconds: int, bytes_max: int, *, count_max: int) -> bool:
    """Gives up events beyond their group's retention, then the oldest of all beyond the bytes. `count_max` at most of
    all groups together; answers whether there may be more."""
    left_count = count_max
    for number, days in rows.execute(
        """SELECT number, retention_days FROM log_groups WHERE retention_days IS NOT NULL"""
    ).fetchall():
        before = now_milliseconds - days * 86_400_000
        left_count -= _drop(rows, "group_number = ? AND at < ? ORDER BY at", (number, before), left_count)
        if left_count <= 0:
            return True
    return stored_bytes(rows) > bytes_max and _drop_oldest(rows, bytes_max, left_count) >= left_count


def stored_bytes(rows: sqlite3.Connection) -> int:
    return int(rows.execute("""SELECT ifnull(sum(stored_bytes), 0) FROM log_groups""").fetchone()[0])


def _drop_oldest(rows: sqlite3.Connection, bytes_max: int, count_max: int) -> int:
    surplus_bytes = stored_bytes(rows) - bytes_max
    last = 0
    sizes = rows.execute(
        f"""
        SELECT number, length(CAST(message AS BLOB)) + {EVENT_OVERHEAD_BYTES} FROM log_events ORDER BY number LIMIT ?
        """,
        (count_max,),
    )
    for number, size_bytes in sizes:
        if surplus_bytes <= 0:
            break
        surplus_bytes -= size_bytes
        last = number
    return _drop(rows, "number <= ? ORDER BY number", (last,), count_max)


def _drop(rows: sqlite3.Connection, condition: str, values: Sequence[int], count_max: int) -> int:
    chosen = f"SELECT number FROM log_events WHERE {condition} LIMIT {count_max}"
    sizes = rows.execute(
        f"""SELECT group_number, {_SIZE}, count(*) FROM log_events WHERE number IN ({chosen}) GROUP BY group_number""",
        values,
    ).fetchall()
    rows.execute(f"""DELETE FROM log_events WHERE number IN ({chosen})""", values)
    for group_number, size_bytes, _ in sizes:
        _shrink(rows, group_number, size_bytes)
    return sum(count for _, _, count in sizes)


def _shrink(rows: sqlite3.Connection, group_number: int, size_bytes: int) -> None:
    rows.execute(
        """UPDATE log_groups SET stored_bytes = max(0, stored_bytes - ?) WHERE number = ?""", (size_bytes, group_number)
    )


# --- positions -----------------------------------------------------------------------------------


def load_positions(rows: sqlite3.Connection) -> dict[str, bytes]:
    return dict(rows.execute("""SELECT key, body FROM positions""").fetchall())


def save_positions(rows: sqlite3.Connection, positions: Iterable[tuple[str, bytes]]) -> None:
    rows.executemany("""INSERT OR REPLACE INTO positions VALUES (?, ?)""", list(positions))


def remove_positions(rows: sqlite3.Connection, keys: Iterable[str]) -> None:
    rows.executemany("""DELETE FROM positions WHERE key = ?""", [(key,) for key in keys])


def _group(row: tuple[int, str, str, int, int | None, str, int]) -> LogGroup:
    number, region, name, created_at, retention_days, log_class, size_bytes = row
    return LogGroup(
        number=number,
        region=Region(region),
        name=name,
        created_at_milliseconds=created_at,
        retention_days=retention_days,
        log_class=log_class,
        stored_bytes=size_bytes,
    )


def _stream(row: tuple[int, str, int, int | None, int | None, int | None]) -> LogStream:
    number, name, created_at, first_event_at, last_event_at, ingested_at = row
    return LogStream(
        number=number,
        name=name,
        created_at_milliseconds=created_at,
        first_event_milliseconds=first_event_at,
        last_event_milliseconds=last_event_at,
        ingested_at_milliseconds=ingested_at,
    )


def _event(row: tuple[int, str, int, int, str]) -> LogEvent:
    number, stream_name, at, ingested_at, message = row
    return LogEvent(
        number=number,
        stream_name=stream_name,
        at_milliseconds=at,
        ingested_at_milliseconds=ingested_at,
        message=message,
    )
