"""The only place that asks the system for the time. Everyone else is given `now`."""

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]
"""Answers the present moment, aware and in UTC."""


def utc_now() -> datetime:
    """The system's clock, aware and in UTC."""
    return datetime.now(UTC)
