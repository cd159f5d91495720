"""What engines write down about themselves, parsed, and spelled as ElastiCache delivers it. Pure.

Two logs, each in two formats, with AWS's keys
(https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html):

    slow-log    json   {"CacheClusterId", "CacheNodeId", "Id", "Timestamp", "Duration (us)", "Command", …}
                text   cluster,node,timestamp,duration,command,client address,client name
    engine-log  json   {"CacheClusterId", "CacheNodeId", "LogLevel", "Role", "Time", "Message"}
                text   cluster/node:M 29 Oct 2020 20:12:20.499 UTC * message

An engine's line is ``7:M 29 Oct 2020 20:12:20.499 * message``, or ``7:signal-handler (1604002340) message``.

Lines without such a beginning (a crash report, a message of several lines) belong to the entry before them and are
delivered in one with it, as far as they are read together; those that come later become an entry of their own with the
same time, level and role. Lines at which there is no entry before, from what ran before the engine itself, have the
time at which they were read, no role (X) and the level of a warning: engines say something in another form only when
they cannot start.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from elastane.model.ids import CACHE_NODE_ID, NodeId

MESSAGE_BYTES_MAX = 200_000
"""Of one entry. CloudWatch takes events of 256 KiB; JSON's escapes come on top."""

_LINE = re.compile(
    r"\d+:([A-Z]) (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)\.(\d{3}) ([.\-*#]) (.*)\Z",
    re.ASCII | re.DOTALL,
)
_SIGNAL_LINE = re.compile(r"\d+:signal-handler \((\d{1,10})\) (.*)\Z", re.ASCII | re.DOTALL)
"""What an engine says while a signal interrupts it, when it may not ask for the date."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEVELS = {".": "VERBOSE", "-": "VERBOSE", "*": "NOTICE", "#": "WARNING"}
"""AWS has three; what engines call debug is the most verbose of them."""
_ROLES = "MSCX"
_NO_ROLE = "X"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine's line begins with."""

    at: datetime
    role: str
    """``M`` primary, ``S`` replica, ``C`` a child that saves, ``X`` a sentinel, or nobody knows."""
    mark: str
    """The level as the engine marks it: ``.``, ``-``, ``*`` or ``#``."""
    granularity_milliseconds: int = 1
    """How exactly the moment is known; it is rounded down to that."""

    @property
    def level(self) -> str:
        return _LEVELS[self.mark]


class LogPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Up to where an engine's log was read."""

    inode: int
    head: bytes
    """How the file begins: an engine's process number and the moment of its start are in it."""
    offset_bytes: int


class EngineLogEntry(msgspec.Struct, frozen=True, kw_only=True):
    head: Head
    message: str
    """May be of several lines."""


class SlowLogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One slow command. What was said in it is not here: the name of the command, and how many words followed it."""

    id: int
    at_seconds: int
    """Since 1970, as the engine counts."""
    duration_microseconds: int
    command: str
    argument_count: int
    client_address: str
    client_name: str

    @property
    def shown_command(self) -> str:
        return f"{self.command} ... ({self.argument_count} more arguments)" if self.argument_count else self.command


class SlowLog(msgspec.Struct, frozen=True, kw_only=True):
    """What one process has, or the newest of it."""

    run_id: str
    """Names the engine's process: another one counts its entries anew."""
    entries: tuple[SlowLogEntry, ...]
    """Oldest first. Their ids grow by one, until an engine is told to forget them; it goes on counting then."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is delivered: a text, and the moment it is about, in milliseconds since 1970."""

    at_milliseconds: int
    message: str


# --- the engine's log ----------------------------------------------------------------------------


def parse_head(line: str) -> tuple[Head, str] | None:
    """A line's beginning and its message; None for one of another form. Engines' clocks are set to UTC."""
    found = _LINE.match(line)
    if found is None or found[3] not in _MONTHS:
        return _parse_signal_line(line)
    role, day, month, year, hour, minute, second, millisecond, mark, message = found.groups()
    try:
        at = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second),
            int(millisecond) * 1000, tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None
    return Head(at=at, role=role if role in _ROLES else _NO_ROLE, mark=mark), message


def _parse_signal_line(line: str) -> tuple[Head, str] | None:
    found = _SIGNAL_LINE.match(line)
    if found is None:
        return None
    at = _EPOCH + timedelta(seconds=int(found[1]))
    return Head(at=at, role=_NO_ROLE, mark="#", granularity_milliseconds=1000), found[2]


def parse_engine_log(
    lines: Iterable[str], last: Head | None, now: datetime
) -> tuple[tuple[EngineLogEntry, ...], Head | None]:
    """The entries, and the head of the newest, which is `last` for what is read next."""
    entries: list[EngineLogEntry] = []
    pending: list[str] = []
    head = last

    def close() -> None:
        if pending:
            assumed = head or Head(at=now, role=_NO_ROLE, mark="#")
            entries.extend(EngineLogEntry(head=assumed, message=text) for text in _within_bounds("\n".join(pending)))
            pending.clear()

    for line in lines:
        parsed = parse_head(line)
        if parsed is not None:
            close()
            head = parsed[0]
            pending.append(parsed[1])
        elif line.strip() or pending:
            pending.append(line)
    close()
    return tuple(entries), head


def _within_bounds(text: str) -> Iterator[str]:
    """The text in pieces of so many bytes; trailing empty lines go. An empty message stays one."""
    text = text.rstrip("\n")
    if len(text) * 4 <= MESSAGE_BYTES_MAX:
        yield text
        return
    size = MESSAGE_BYTES_MAX // 4
    yield from (text[begin : begin + size] for begin in range(0, len(text), size))


def render_engine_log(entry: EngineLogEntry, node_id: NodeId, log_format: str) -> Entry:
    head = entry.head
    time = _spelled(head.at)
    if log_format == "json":
        message = _json(
            {
                "CacheClusterId": node_id,
                "CacheNodeId": CACHE_NODE_ID,
                "LogLevel": head.level,
                "Role": head.role,
                "Time": time,
                "Message": entry.message,
            }
        )
    else:
        message = f"{node_id}/{CACHE_NODE_ID}:{head.role} {time} {head.mark} {entry.message}"
    return Entry(at_milliseconds=milliseconds(head.at), message=message)


def _spelled(at: datetime) -> str:
    """By hand, which is ten times as fast as strftime, and in English everywhere."""
    clock = f"{at.hour:02d}:{at.minute:02d}:{at.second:02d}.{at.microsecond // 1000:03d}"
    return f"{at.day:02d} {_MONTHS[at.month - 1]} {at.year} {clock} UTC"


# --- the slow log --------------------------------------------------------------------------------


def render_slow_log(entry: SlowLogEntry, node_id: NodeId, log_format: str) -> Entry:
    if log_format == "json":
        message = _json(
            {
                "CacheClusterId": node_id,
                "CacheNodeId": CACHE_NODE_ID,
                "Id": entry.id,
                "Timestamp": entry.at_seconds,
                "Duration (us)": entry.duration_microseconds,
                "Command": entry.shown_command,
                "ClientAddress": entry.client_address,
                "ClientName": entry.client_name,
            }
        )
    else:
        fields = (
            node_id,
            CACHE_NODE_ID,
            entry.at_seconds,
            entry.duration_microseconds,
            entry.shown_command,
            entry.client_address,
            entry.client_name,
        )
        message = ",".join(map(str, fields))
    return Entry(at_milliseconds=entry.at_seconds * 1000, message=message)


# --- both ----------------------------------------------------------------------------------------


def stream_name(engine: str, node_id: NodeId, log_type: str) -> str:
    """The log stream of one log of one node."""
    return f"elasticache/{engine}/{node_id}/{CACHE_NODE_ID}/{log_type}"


def milliseconds(at: datetime) -> int:
    """Since 1970, without a float's rounding."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _json(members: dict[str, object]) -> str:
    return msgspec.json.encode(members).decode()
