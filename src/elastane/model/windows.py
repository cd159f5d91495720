"""Maintenance windows and snapshot windows: parsed, rendered, compared, chosen.

Called by `service` (what a caller asks for) and by `reconcile` (is it time?). All times are UTC.
Times are minutes on a circle, of the week or of the day: that is why a window over midnight, or
from Saturday to Sunday, needs no case of its own. Nothing here looks at the clock or throws dice:
the default windows follow from a seed, so that asking twice gives the same answer.

A window includes its first minute and excludes its last, so two windows may touch.
"""

import hashlib
import re
from datetime import UTC, datetime

import msgspec

from elastane.model.ids import Region

MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
DURATION_MINUTES_MIN = 60
MAINTENANCE_DURATION_MINUTES_MAX = MINUTES_PER_DAY

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_DAY_AND_TIME = rf"({'|'.join(_DAYS)}):{_TIME}"
_MAINTENANCE = re.compile(rf"{_DAY_AND_TIME}-{_DAY_AND_TIME}\Z", re.ASCII)
_SNAPSHOT = re.compile(rf"{_TIME}-{_TIME}\Z", re.ASCII)


class WindowError(ValueError):
    """A window that AWS refuses; the message is a sentence for the caller."""


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Once a week. `start_minute` counts from Monday 00:00 UTC."""

    start_minute: int
    duration_minutes: int

    def contains(self, now: datetime) -> bool:
        """Whether `now`, an aware time, lies in the window."""
        moment = now.astimezone(UTC)
        return _is_within(moment.weekday() * MINUTES_PER_DAY + _minute_of_day(moment), self, MINUTES_PER_WEEK)


class SnapshotWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Once a day. `start_minute` counts from 00:00 UTC."""

    start_minute: int
    duration_minutes: int

    def contains(self, now: datetime) -> bool:
        """Whether `now`, an aware time, lies in the window."""
        return _is_within(_minute_of_day(now.astimezone(UTC)), self, MINUTES_PER_DAY)


# --- text ----------------------------------------------------------------------------------------


def parse_maintenance_window(text: str) -> MaintenanceWindow:
    """``sun:23:00-mon:01:30``, in either case. Raises WindowError."""
    match = _MAINTENANCE.match(text.lower())
    if match is None:
        raise WindowError(
            f"Invalid maintenance window '{text}'. It must be in the format ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC),"
            " for example sun:23:00-mon:01:30."
        )
    first_day, first_hour, first_minute, last_day, last_hour, last_minute = match.groups()
    start = _DAYS.index(first_day) * MINUTES_PER_DAY + int(first_hour) * 60 + int(first_minute)
    end = _DAYS.index(last_day) * MINUTES_PER_DAY + int(last_hour) * 60 + int(last_minute)
    duration = (end - start) % MINUTES_PER_WEEK
    if duration < DURATION_MINUTES_MIN:
        raise WindowError("Maintenance window must be at least 60 minutes.")
    if duration > MAINTENANCE_DURATION_MINUTES_MAX:
        raise WindowError("Maintenance window must be no longer than 24 hours.")
    return MaintenanceWindow(start_minute=start, duration_minutes=duration)


def parse_snapshot_window(text: str) -> SnapshotWindow:
    """``05:00-09:00``. Raises WindowError."""
    match = _SNAPSHOT.match(text)
    if match is None:
        raise WindowError(
            f"Invalid snapshot window '{text}'. It must be in the format hh24:mi-hh24:mi (24H Clock UTC),"
            " for example 05:00-09:00."
        )
    first_hour, first_minute, last_hour, last_minute = (int(part) for part in match.groups())
    start = first_hour * 60 + first_minute
    duration = (last_hour * 60 + last_minute - start) % MINUTES_PER_DAY
    if duration < DURATION_MINUTES_MIN:
        raise WindowError("Snapshot window must be at least 60 minutes.")
    return SnapshotWindow(start_minute=start, duration_minutes=duration)


def render_maintenance_window(window: MaintenanceWindow) -> str:
    """As AWS shows it, in lower case."""
    end = (window.start_minute + window.duration_minutes) % MINUTES_PER_WEEK
    return f"{_render_day_and_time(window.start_minute)}-{_render_day_and_time(end)}"


def render_snapshot_window(window: SnapshotWindow) -> str:
    """As AWS shows it."""
    end = (window.start_minute + window.duration_minutes) % MINUTES_PER_DAY
    return f"{_render_time(window.start_minute)}-{_render_time(end)}"


# --- both together -------------------------------------------------------------------------------


def refuse_overlap(maintenance: MaintenanceWindow, snapshot: SnapshotWindow) -> None:
    """Raises WindowError, in AWS's words, when on any day both windows are open at once."""
    if _is_overlapping(maintenance, snapshot):
        raise WindowError("The snapshot window and maintenance window must not overlap.")


def default_maintenance_window(region: Region, seed: str) -> MaintenanceWindow:
    """The 60 minutes a cache gets whose creator names none: some day, within the region's quiet hours."""
    digest = hashlib.sha256(f"maintenance/{region}/{seed}".encode()).digest()
    minute_of_day = _quiet_start(region) + digest[0] % _DEFAULT_START_COUNT * _DEFAULT_START_STEP_MINUTES
    start = digest[1] % 7 * MINUTES_PER_DAY + minute_of_day
    return MaintenanceWindow(start_minute=start % MINUTES_PER_WEEK, duration_minutes=DURATION_MINUTES_MIN)


def default_snapshot_window(region: Region, seed: str, maintenance: MaintenanceWindow) -> SnapshotWindow:
    """The 60 minutes a cache gets whose creator asks for snapshots and names no window, beside the maintenance.

    Searched around the day from a start within the quiet hours. Raises WindowError when the
    maintenance window is so long that no hour of the day is left.
    """
    digest = hashlib.sha256(f"snapshot/{region}/{seed}".encode()).digest()
    first = _quiet_start(region) + digest[0] % _DEFAULT_START_COUNT * _DEFAULT_START_STEP_MINUTES
    # Half-hours first, then every minute: maintenance windows begin and end at any minute, and a long one may leave
    # exactly one hour.
    half_hours = range(first, first + MINUTES_PER_DAY, _DEFAULT_START_STEP_MINUTES)
    for minute in (*half_hours, *range(first, first + MINUTES_PER_DAY)):
        window = SnapshotWindow(start_minute=minute % MINUTES_PER_DAY, duration_minutes=DURATION_MINUTES_MIN)
        if not _is_overlapping(maintenance, window):
            return window
    raise WindowError("The maintenance window leaves no 60 minutes of the day for a snapshot window.")


# AWS picks at random inside an 8-hour block of each region (user guide, maintenance-window); this is where the
# blocks begin. Starts are half-hours so that the last one still ends inside eu-west-3's block, which is 7.5 hours.
_DEFAULT_START_STEP_MINUTES = 30
_DEFAULT_START_COUNT = 14
_QUIET_STARTS = {
    "af-south-1": "13:00",
    "ap-east-1": "13:00",
    "ap-northeast-1": "13:00",
    "ap-northeast-2": "12:00",
    "ap-northeast-3": "12:00",
    "ap-south-1": "17:30",
    "ap-southeast-1": "14:00",
    "ap-southeast-2": "12:00",
    "cn-north-1": "14:00",
    "cn-northwest-1": "14:00",
    "eu-central-1": "23:00",
    "eu-south-1": "21:00",
    "eu-west-1": "22:00",
    "eu-west-2": "23:00",
    "eu-west-3": "23:59",
    "me-south-1": "13:00",
    "sa-east-1": "01:00",
    "us-east-1": "03:00",
    "us-east-2": "04:00",
    "us-gov-west-1": "06:00",
    "us-west-1": "06:00",
    "us-west-2": "06:00",
}
_QUIET_START_ELSEWHERE = "03:00"


def _quiet_start(region: Region) -> int:
    hour, minute = _QUIET_STARTS.get(region, _QUIET_START_ELSEWHERE).split(":")
    return int(hour) * 60 + int(minute)


# --- circles -------------------------------------------------------------------------------------


def _is_within(minute: int, window: MaintenanceWindow | SnapshotWindow, circle_minutes: int) -> bool:
    return (minute - window.start_minute) % circle_minutes < window.duration_minutes


def _is_overlapping(maintenance: MaintenanceWindow, snapshot: SnapshotWindow) -> bool:
    """Snapshots come every day, so only the time of day of the maintenance matters."""
    return (snapshot.start_minute - maintenance.start_minute) % MINUTES_PER_DAY < maintenance.duration_minutes or (
        maintenance.start_minute - snapshot.start_minute
    ) % MINUTES_PER_DAY < snapshot.duration_minutes


def _minute_of_day(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _render_day_and_time(minute_of_week: int) -> str:
    day, minute_of_day = divmod(minute_of_week, MINUTES_PER_DAY)
    return f"{_DAYS[day]}:{_render_time(minute_of_day)}"


def _render_time(minute_of_day: int) -> str:
    return f"{minute_of_day // 60:02d}:{minute_of_day % 60:02d}"
