"""Log events: taken in, read along one stream, searched for in a whole group.

Events are in the order of their moments, and of those of one moment as they came. A token names a place in that order,
so that what comes meanwhile neither repeats an event nor hides one behind the place.
"""

from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import msgspec

from elastane.model import log_faults
from elastane.model.filter_patterns import Matches, parse_pattern
from elastane.model.log_groups import (
    AGE_MAX,
    BATCH_BYTES_MAX,
    BATCH_SPAN,
    BEGINNING,
    EVENT_OVERHEAD_BYTES,
    FUTURE_MAX,
    LogEvent,
    LogGroup,
    LogStream,
    NewEvent,
    Place,
    place_of,
)
from elastane.model.log_lines import milliseconds
from elastane.model.paging import render_marker
from elastane.service.context import Context, Result
from elastane.service.logs.pages import parse_token
from elastane.service.logs.stored_groups import get_group, get_stream, requested_group_name
from elastane.service.parameters import Parameters
from elastane.store import log_rows
from elastane.store.log_events import LogRows

PAGE_COUNT_MAX = 10_000
PAGE_BYTES_MAX = 1024 * 1024
SEARCHED_COUNT_MAX = 20_000
"""Events that one call looks at; a page may so be empty and not the last one, as on AWS."""
SEARCHED_BYTES_MAX = 32 * 1024 * 1024
"""And their bytes, for deliveries read from the same file."""
_PIECE_COUNT = 2_000
_DAY_MILLISECONDS = 86_400_000
_ID_FORMAT = "{:020d}{:036d}"


# --- taken in ------------------------------------------------------------------------------------


async def put_log_events(ctx: Context, parameters: Parameters) -> Result:
    """Events that are too old or too new are rejected, and the others are taken. Raises InvalidParameter."""
    events = [
        NewEvent(at_milliseconds=event.integer("timestamp") or 0, message=event.required_text("message"))
        for event in parameters.structures("logEvents") or ()
    ]
    _refuse_unusual_batch(events)
    now = milliseconds(ctx.now())

    def put(rows: LogRows) -> Result:
        group = get_group(rows, ctx, parameters.required_text("logGroupName"))
        stream = get_stream(rows, group, parameters.required_text("logStreamName"))
        kept_days = group.retention_days
        expired = _count_before(events, None if kept_days is None else now - kept_days * _DAY_MILLISECONDS)
        too_old = _count_before(events, now - int(AGE_MAX.total_seconds()) * 1000)
        new_from = _count_before(events, now + int(FUTURE_MAX.total_seconds()) * 1000 + 1)
        taken = events[max(expired, too_old) : new_from]
        log_rows.append_events(rows, group, stream, taken, at_milliseconds=now)
        rejected: dict[str, object] = {
            "expiredLogEventEndIndex": expired or None,
            "tooOldLogEventEndIndex": too_old or None,
            "tooNewLogEventStartIndex": new_from if new_from < len(events) else None,
        }
        return {
            "nextSequenceToken": f"{stream.number:056d}",
            "rejectedLogEventsInfo": rejected if any(value is not None for value in rejected.values()) else None,
        }

    return await ctx.log_events.write(put)


def _refuse_unusual_batch(events: Sequence[NewEvent]) -> None:
    size_bytes = sum(_size_bytes(event.message) for event in events)
    if size_bytes > BATCH_BYTES_MAX:
        raise log_faults.InvalidParameter(
            f"Upload too large: {size_bytes} bytes exceeds limit of {BATCH_BYTES_MAX} bytes."
        )
    if any(before.at_milliseconds > after.at_milliseconds for before, after in pairwise(events)):
        raise log_faults.InvalidParameter("Log events in a single PutLogEvents request must be in chronological order.")
    if events[-1].at_milliseconds - events[0].at_milliseconds > BATCH_SPAN.total_seconds() * 1000:
        raise log_faults.InvalidParameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )


def _count_before(events: Sequence[NewEvent], at_milliseconds: int | None) -> int:
    """How many there are at the beginning that are older."""
    return 0 if at_milliseconds is None else sum(event.at_milliseconds < at_milliseconds for event in events)


# --- along one stream ----------------------------------------------------------------------------


async def get_log_events(ctx: Context, parameters: Parameters) -> Result:
    """Oldest first within a page. At either end the token is the one that was sent, as on AWS: nothing more yet.

    The end of the time range does not belong to it.
    """
    name = requested_group_name(ctx, parameters)
    token = parameters.text("nextToken")
    is_forward, beside = (bool(parameters.flag("startFromHead")), None) if token is None else _parse_place(token)
    limit = parameters.integer("limit") or PAGE_COUNT_MAX

    def look(rows: LogRows) -> tuple[LogEvent, ...]:
        group = get_group(rows, ctx, name)
        stream = get_stream(rows, group, parameters.required_text("logStreamName"))
        return log_rows.read_stream(
            rows,
            stream,
            beside=beside,
            start=parameters.integer("startTime"),
            end=parameters.integer("endTime"),
            is_forward=is_forward,
            limit=limit,
        )

    found = _within_a_page(await ctx.log_events.read(look), is_forward=is_forward)
    forward, backward = _places(found, beside, is_forward=is_forward)
    return {
        "events": [_answer(event) for event in found],
        "nextForwardToken": _render_place("f", forward),
        "nextBackwardToken": _render_place("b", backward),
    }


def _places(found: Sequence[LogEvent], beside: Place | None, *, is_forward: bool) -> tuple[Place, Place]:
    """Behind and before a page; of an empty one beside its place, so that one who turns round there misses none."""
    if found:
        return place_of(found[-1]), place_of(found[0])
    if beside is None:
        return BEGINNING, BEGINNING
    if is_forward:
        return beside, Place(beside.at_milliseconds, beside.number + 1)
    return Place(beside.at_milliseconds, max(0, beside.number - 1)), beside


def _render_place(direction: str, place: Place) -> str:
    return f"{direction}/{_ID_FORMAT.format(place.at_milliseconds + 1, place.number)}/s"


def _parse_place(token: str) -> tuple[bool, Place]:
    direction, _, rest = token.partition("/")
    digits = rest.removesuffix("/s")
    if direction not in ("f", "b") or len(digits) != 56 or not (digits.isascii() and digits.isdigit()):
        raise log_faults.InvalidParameter("The specified nextToken is invalid.")
    at, number = int(digits[:20]) - 1, int(digits[20:])
    if at >= 2**63 or number >= 2**63:
        raise log_faults.InvalidParameter("The specified nextToken is invalid.")
    return direction == "f", Place(at, number)


# --- in a whole group ----------------------------------------------------------------------------


class _Search(msgspec.Struct, frozen=True, kw_only=True):
    group_name: str
    stream_names: tuple[str, ...] | None
    stream_prefix: str | None
    start: int | None
    end: int | None
    """The first moment that does not belong to it any more."""
    limit: int


class _Searched(msgspec.Struct, frozen=True, kw_only=True):
    events: tuple[LogEvent, ...]
    seen: Place | None
    """The last one that was looked at; None when there is nothing behind it."""


async def filter_log_events(ctx: Context, parameters: Parameters) -> Result:
    """Events of all streams by their moments; the end of the time range belongs to it. Raises InvalidParameter."""
    search = _requested_search(ctx, parameters)
    matches = parse_pattern(parameters.text("filterPattern") or "")
    token = parameters.text("nextToken")
    is_forward, beside = parameters.flag("startFromHead") is not False, None
    if token is not None:
        is_forward, beside = _parse_search_token(token, search, parameters)
    found = await ctx.log_events.read(lambda rows: _search(rows, ctx, search, matches, beside, is_forward=is_forward))
    return {
        "events": [_answer_found(event) for event in found.events],
        "searchedLogStreams": [],
        "nextToken": None
        if found.seen is None
        else render_marker(
            f"{_render_place('f' if is_forward else 'b', found.seen)} {_fingerprint(search, parameters)}"
        ),
    }


def _requested_search(ctx: Context, parameters: Parameters) -> _Search:
    names, prefix = parameters.texts("logStreamNames"), parameters.text("logStreamNamePrefix")
    if names and prefix:
        raise log_faults.InvalidParameter("logStreamNames and logStreamNamePrefix are mutually exclusive.")
    end = parameters.integer("endTime")
    return _Search(
        group_name=requested_group_name(ctx, parameters),
        stream_names=names or None,
        stream_prefix=prefix,
        start=parameters.integer("startTime"),
        end=None if end is None else min(end, 2**62) + 1,
        limit=parameters.integer("limit") or PAGE_COUNT_MAX,
    )


def _search(
    rows: LogRows, ctx: Context, search: _Search, matches: Matches, beside: Place | None, *, is_forward: bool
) -> _Searched:
    group = get_group(rows, ctx, search.group_name)
    streams = _wanted_streams(rows, group, search)
    found: list[LogEvent] = []
    size_bytes = searched_count = searched_bytes = 0
    while True:
        piece = log_rows.read_group(
            rows,
            group,
            streams,
            beside=beside,
            start=search.start,
            end=search.end,
            is_forward=is_forward,
            limit=_PIECE_COUNT,
        )
        for event in piece if is_forward else reversed(piece):
            searched_bytes += len(event.message)
            if matches(event.message):
                size_bytes += _size_bytes(event.message)
                if found and size_bytes > PAGE_BYTES_MAX:
                    return _Searched(events=tuple(found), seen=beside)
                found.append(event)
            beside = place_of(event)
            if len(found) == search.limit:
                return _Searched(events=tuple(found), seen=beside)
        searched_count += len(piece)
        if not piece:
            return _Searched(events=tuple(found), seen=None)
        if searched_count >= SEARCHED_COUNT_MAX or searched_bytes >= SEARCHED_BYTES_MAX:
            return _Searched(events=tuple(found), seen=beside)


def _wanted_streams(rows: LogRows, group: LogGroup, search: _Search) -> tuple[LogStream, ...] | None:
    """None where all of them are wanted."""
    if search.stream_names is not None:
        return tuple(get_stream(rows, group, name) for name in search.stream_names)
    if search.stream_prefix is not None:
        prefix = search.stream_prefix
        return tuple(stream for stream in log_rows.list_streams(rows, group) if stream.name.startswith(prefix))
    return None


def _parse_search_token(token: str, search: _Search, parameters: Parameters) -> tuple[bool, Place]:
    place, _, fingerprint = parse_token(token).partition(" ")
    if fingerprint != _fingerprint(search, parameters):
        raise log_faults.InvalidParameter("The specified nextToken was given for another request.")
    return _parse_place(place)


def _fingerprint(search: _Search, parameters: Parameters) -> str:
    """Of all that says which events are wanted; how many at a time may change from page to page."""
    wanted = msgspec.structs.replace(search, limit=0)
    return f"{crc32(msgspec.json.encode((wanted, parameters.text('filterPattern') or ''))):08x}"


# --- answers -------------------------------------------------------------------------------------


def _within_a_page(events: Sequence[LogEvent], *, is_forward: bool) -> tuple[LogEvent, ...]:
    """As many as a megabyte holds, from the end that is read from; one at least."""
    kept: list[LogEvent] = []
    size_bytes = 0
    for event in events if is_forward else reversed(events):
        size_bytes += _size_bytes(event.message)
        if kept and size_bytes > PAGE_BYTES_MAX:
            break
        kept.append(event)
    return tuple(kept if is_forward else reversed(kept))


def _size_bytes(message: str) -> int:
    return len(message.encode()) + EVENT_OVERHEAD_BYTES


def _answer(event: LogEvent) -> Result:
    return {
        "timestamp": event.at_milliseconds,
        "message": event.message,
        "ingestionTime": event.ingested_at_milliseconds,
    }


def _answer_found(event: LogEvent) -> Result:
    return {
        **_answer(event),
        "logStreamName": event.stream_name,
        "eventId": _ID_FORMAT.format(event.at_milliseconds, event.number),
    }
