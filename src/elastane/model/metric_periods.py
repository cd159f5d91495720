"""Periods: which lengths CloudWatch takes, where they begin, and the measurements within each.

GetMetricData and alarms cut time at the multiples of the period since 1970. GetMetricStatistics cuts from its StartTime
on, after it is rounded down: asked for hours from 23:18 it answers 23:18, 00:18 and so on.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import gcd

from elastane.model import statistic_sets
from elastane.model.metrics import Point
from elastane.model.statistic_sets import StatisticSet

FINE_PERIODS_SECONDS = (1, 5, 10, 20, 30)
MINUTE_SECONDS = 60


def is_period(seconds: int) -> bool:
    return seconds in FINE_PERIODS_SECONDS or (seconds > 0 and seconds % MINUTE_SECONDS == 0)


def start_of_period(at: datetime, period_seconds: int) -> datetime:
    seconds = int(at.timestamp() // 1)
    return datetime.fromtimestamp(seconds - seconds % period_seconds, UTC)


def rounded_start(start: datetime, period_seconds: int, now: datetime) -> datetime:
    """As the API reference says of StartTime: the older, the coarser is what is kept."""
    age = now - start
    if age > timedelta(days=63):
        return start_of_period(start, 3600)
    if age >= timedelta(days=15):
        return start_of_period(start, 300)
    return start_of_period(start, min(period_seconds, MINUTE_SECONDS))


def shared_resolution_seconds(start: datetime, period_seconds: int) -> int:
    """The longest stretch of which the periods from `start` on are made, if it too is cut from 1970 on."""
    return gcd(int(start.timestamp()), period_seconds)


def aggregate(points: Iterable[Point], start: datetime, period_seconds: int) -> tuple[Point, ...]:
    """The measurements of each period, counted from `start`; earlier points are left out, empty periods are absent."""
    first = int(start.timestamp())
    gathered: dict[int, list[StatisticSet]] = {}
    for point in points:
        offset = int(point.at.timestamp() // 1) - first
        if offset >= 0:
            gathered.setdefault(first + offset - offset % period_seconds, []).append(point.measured)
    return tuple(
        Point(datetime.fromtimestamp(begun, UTC), statistic_sets.merge(gathered[begun])) for begun in sorted(gathered)
    )
