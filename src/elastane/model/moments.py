"""Moments and spans of time, for a person to read."""

from datetime import UTC, datetime


def moment(at: datetime, now: datetime) -> str:
    """``2026-11-23 12:00:01 UTC (3 s ago)``."""
    seconds = (now - at).total_seconds()
    return f"{point_in_time(at)} ({f'in {span(-seconds)}' if seconds < 0 else f'{span(seconds)} ago'})"


def point_in_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(seconds: float) -> str:
    """In the unit that a person would choose."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    for unit, length_seconds in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length_seconds:
            return f"{seconds / length_seconds:.0f} {unit}"
    return f"{seconds:.0f} s"
