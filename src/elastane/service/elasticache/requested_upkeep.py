"""Windows, retention and notices, as a call asks for them: of a new cache, or as changes to one that exists.

One function for both, since a creation is a change of the defaults. What is not sent stays.
"""

import re

from msgspec.structs import replace

from elastane.catalog.limits import Limits
from elastane.model import faults, windows
from elastane.model.ids import Region
from elastane.model.replication_groups import Upkeep
from elastane.model.windows import MaintenanceWindow, SnapshotWindow, WindowError
from elastane.service.parameters import Parameters

_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]*:[0-9]*:[A-Za-z0-9_.-]+\Z")
_TOPIC_STATUSES = {"active": True, "inactive": False}


def new_upkeep(parameters: Parameters, region: Region, seed: str, limits: Limits) -> Upkeep:
    """Of a cache that has none yet: windows not asked for are chosen, and never overlap those that are."""
    try:
        snapshot = _parse_snapshot(parameters.text("SnapshotWindow"))
        maintenance = _parse_maintenance(parameters.text("PreferredMaintenanceWindow"))
        if maintenance is None:
            maintenance = _maintenance_beside(snapshot, region, seed)
        if snapshot is None:
            snapshot = windows.default_snapshot_window(region, seed, maintenance)
    except WindowError as error:
        raise faults.InvalidParameterValue(str(error)) from error
    chosen = Upkeep(
        maintenance_window=windows.render_maintenance_window(maintenance),
        snapshot_window=windows.render_snapshot_window(snapshot),
    )
    return changed_upkeep(parameters, chosen, limits)


def changed_upkeep(parameters: Parameters, current: Upkeep, limits: Limits) -> Upkeep:
    """The upkeep after a call. Raises InvalidParameterValue; InvalidParameterCombination for overlapping windows."""
    changed = replace(
        _with_notices(parameters, current), snapshot_retention_limit=_retention(parameters, current, limits)
    )
    return _with_windows(parameters, changed)


def new_upkeep_without_snapshots(parameters: Parameters, region: Region, seed: str) -> Upkeep:
    """Of a new Memcached cluster: with no snapshot window that another one could overlap."""
    chosen = windows.render_maintenance_window(windows.default_maintenance_window(region, seed))
    return changed_upkeep_without_snapshots(parameters, Upkeep(maintenance_window=chosen, snapshot_window=""))


def changed_upkeep_without_snapshots(parameters: Parameters, current: Upkeep) -> Upkeep:
    """As `changed_upkeep`, of a Memcached cluster. Raises InvalidParameterValue."""
    asked = parameters.text("PreferredMaintenanceWindow") or current.maintenance_window
    try:
        window = windows.render_maintenance_window(windows.parse_maintenance_window(asked))
    except WindowError as error:
        raise faults.InvalidParameterValue(str(error)) from error
    return replace(_with_notices(parameters, current), maintenance_window=window)


def _with_notices(parameters: Parameters, current: Upkeep) -> Upkeep:
    topic_arn = parameters.text("NotificationTopicArn")
    upgrade = parameters.flag("AutoMinorVersionUpgrade")
    return replace(
        current,
        notification_topic_arn=current.notification_topic_arn if topic_arn is None else _topic(topic_arn),
        is_notification_active=_is_notification_active(parameters, current),
        auto_minor_version_upgrade=current.auto_minor_version_upgrade if upgrade is None else upgrade,
    )


def _with_windows(parameters: Parameters, current: Upkeep) -> Upkeep:
    try:
        maintenance = windows.parse_maintenance_window(
            parameters.text("PreferredMaintenanceWindow") or current.maintenance_window
        )
        snapshot = windows.parse_snapshot_window(parameters.text("SnapshotWindow") or current.snapshot_window)
    except WindowError as error:
        raise faults.InvalidParameterValue(str(error)) from error
    try:
        windows.refuse_overlap(maintenance, snapshot)
    except WindowError as error:
        raise faults.InvalidParameterCombination(str(error)) from error
    return replace(
        current,
        maintenance_window=windows.render_maintenance_window(maintenance),
        snapshot_window=windows.render_snapshot_window(snapshot),
    )


def _retention(parameters: Parameters, current: Upkeep, limits: Limits) -> int:
    days = parameters.integer("SnapshotRetentionLimit")
    if days is None:
        return current.snapshot_retention_limit
    if not 0 <= days <= limits.snapshot_retention_days:
        raise faults.InvalidParameterValue(
            f"Invalid value {days} for SnapshotRetentionLimit. Must be between 0 and {limits.snapshot_retention_days}."
        )
    return days


def _topic(topic_arn: str) -> str | None:
    """The empty text takes the topic away. Whether there is such a topic is not asked: it may be another endpoint's, or
    made later. Where it is missing when there is news, the operator's log says so (notifications/news.py)."""
    if not topic_arn:
        return None
    if _TOPIC_ARN.match(topic_arn) is None:
        raise faults.InvalidParameterValue(f"Invalid value {topic_arn} for NotificationTopicArn: no SNS topic's ARN.")
    return topic_arn


def _is_notification_active(parameters: Parameters, current: Upkeep) -> bool:
    status = parameters.text("NotificationTopicStatus")
    if not status:
        return current.is_notification_active
    if status not in _TOPIC_STATUSES:
        raise faults.InvalidParameterValue(
            f"Invalid value {status} for NotificationTopicStatus. Must be one of active, inactive."
        )
    return _TOPIC_STATUSES[status]


# --- windows of a new cache ----------------------------------------------------------------------


def _parse_maintenance(text: str | None) -> MaintenanceWindow | None:
    return windows.parse_maintenance_window(text) if text else None


def _parse_snapshot(text: str | None) -> SnapshotWindow | None:
    return windows.parse_snapshot_window(text) if text else None


def _maintenance_beside(snapshot: SnapshotWindow | None, region: Region, seed: str) -> MaintenanceWindow:
    """The default one, or where it would overlap the snapshot window asked for, the hour right behind that."""
    default = windows.default_maintenance_window(region, seed)
    if snapshot is None or not _is_overlapping(default, snapshot):
        return default
    day_start = default.start_minute // windows.MINUTES_PER_DAY * windows.MINUTES_PER_DAY
    start = day_start + snapshot.start_minute + snapshot.duration_minutes
    return replace(default, start_minute=start % windows.MINUTES_PER_WEEK)


def _is_overlapping(maintenance: MaintenanceWindow, snapshot: SnapshotWindow) -> bool:
    try:
        windows.refuse_overlap(maintenance, snapshot)
    except WindowError:
        return True
    return False
