"""The customer's history, as DescribeEvents tells it: newest first, as AWS does, for the last fourteen days."""

from datetime import datetime, timedelta

import msgspec

from elastane.catalog.limits import Limits
from elastane.model import faults, paging
from elastane.model.events import Event, SourceType
from elastane.service.context import Context, Result
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.parameters import Parameters
from elastane.store import Transaction
from elastane.store.events import list_events

DEFAULT_DURATION = timedelta(minutes=60)

# The longest run of nines that SQLite's integers hold.
_NUMBER_MAX = 999_999_999_999_999_999
_NUMBER_LENGTH = len(str(_NUMBER_MAX))


async def describe_events(ctx: Context, parameters: Parameters) -> Result:
    source_type = parameters.text("SourceType")
    source_id = parameters.text("SourceIdentifier")
    if source_id is not None and source_type is None:
        raise faults.InvalidParameterCombination("SourceType must be given along with SourceIdentifier.")
    window = event_window(
        ctx.now(),
        start=parameters.moment("StartTime"),
        end=parameters.moment("EndTime"),
        duration_minutes=parameters.integer("Duration"),
        limits=ctx.limits,
    )
    marker = parameters.text("Marker")
    before_number = _parse_key(paging.parse_marker(marker)) if marker else None

    def list_one_page(tx: Transaction) -> tuple[tuple[int, Event], ...]:
        return list_events(
            tx,
            ctx.region,
            start=window.start,
            end=window.end,
            source_type=None if source_type is None else SourceType(source_type),
            source_id=None if source_id is None else source_id.lower(),
            before_number=before_number,
            # One more than the longest page tells whether there is another one.
            limit=paging.STANDARD.records_max + 1,
        )

    page = requested_page(
        parameters,
        await ctx.store.read(list_one_page),
        key=lambda numbered: _render_key(numbered[0]),
    )
    return {"Events": [_answer(event) for _, event in page.items], "Marker": page.marker}


# --- which events --------------------------------------------------------------------------------


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Both ends belong to it."""

    start: datetime
    end: datetime


def event_window(
    now: datetime,
    *,
    start: datetime | None,
    end: datetime | None,
    duration_minutes: int | None,
    limits: Limits,
) -> Window:
    """Two of start, end and duration say the third; what is missing is now, and then an hour.

    Raises InvalidParameterCombination for all three or for a window that ends before it starts, and
    InvalidParameterValue for what lies further back than events are kept.
    """
    oldest = now - timedelta(days=limits.event_retention_days)
    if start is not None and end is not None and duration_minutes is not None:
        raise faults.InvalidParameterCombination("Duration cannot be combined with both StartTime and EndTime.")
    duration = _checked_duration(duration_minutes, limits)
    # Compared before anything is added or subtracted: a moment at the end of the calendar has no "an hour later".
    for name, moment in (("StartTime", start), ("EndTime", end)):
        if moment is not None and moment < oldest:
            raise faults.InvalidParameterValue(f"{name} must be within the last {limits.event_retention_days} days.")
    if start is None:
        last = now if end is None else end
        return Window(start=max(oldest, last - (duration or DEFAULT_DURATION)), end=last)
    if end is None:
        end = now if duration is None or start > now else start + duration
    if end < start:
        raise faults.InvalidParameterCombination("StartTime must be before EndTime.")
    return Window(start=start, end=end)


def _checked_duration(minutes: int | None, limits: Limits) -> timedelta | None:
    if minutes is None:
        return None
    minutes_max = limits.event_retention_days * 24 * 60
    if not 1 <= minutes <= minutes_max:
        raise faults.InvalidParameterValue(
            f"Invalid value {minutes} for Duration. Must be between 1 and {minutes_max}."
        )
    return timedelta(minutes=minutes)


# --- pages ---------------------------------------------------------------------------------------


def _render_key(number: int) -> str:
    """Keys ascend, and numbers shall descend: the distance to the largest number does both."""
    return f"{_NUMBER_MAX - number:0{_NUMBER_LENGTH}d}"


def _parse_key(key: str) -> int:
    if len(key) != _NUMBER_LENGTH or not (key.isascii() and key.isdigit()):
        raise faults.InvalidParameterValue("Invalid value for Marker. It was not given by DescribeEvents.")
    return _NUMBER_MAX - int(key)


def _answer(event: Event) -> Result:
    return {
        "SourceIdentifier": event.source_id,
        "SourceType": event.source_type,
        "Message": event.message,
        "Date": event.at,
    }
