"""Windows: text, time, overlap and defaults."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model import windows
from elastane.model.ids import Region
from elastane.model.windows import (
    MINUTES_PER_DAY,
    MINUTES_PER_WEEK,
    MaintenanceWindow,
    SnapshotWindow,
    WindowError,
)

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)

maintenance_windows = st.builds(
    MaintenanceWindow,
    start_minute=st.integers(0, MINUTES_PER_WEEK - 1),
    duration_minutes=st.integers(60, MINUTES_PER_DAY),
)
snapshot_windows = st.builds(
    SnapshotWindow,
    start_minute=st.integers(0, MINUTES_PER_DAY - 1),
    duration_minutes=st.integers(60, MINUTES_PER_DAY - 1),
)
regions = st.sampled_from(["us-east-1", "eu-west-3", "ap-south-1", "eu-central-1", "xx-nowhere-9"]).map(Region)


# --- text ----------------------------------------------------------------------------------------


@given(window=maintenance_windows)
def test_a_maintenance_window_is_read_back_as_it_was_written(window: MaintenanceWindow) -> None:
    text = windows.render_maintenance_window(window)

    assert windows.parse_maintenance_window(text) == window


@given(window=snapshot_windows)
def test_a_snapshot_window_is_read_back_as_it_was_written(window: SnapshotWindow) -> None:
    text = windows.render_snapshot_window(window)

    assert windows.parse_snapshot_window(text) == window


@pytest.mark.parametrize(
    ("text", "duration_minutes"),
    [("sun:23:00-mon:01:30", 150), ("mon:00:00-mon:01:00", 60), ("fri:12:00-sat:12:00", MINUTES_PER_DAY)],
)
def test_a_maintenance_window_may_cross_midnight_and_the_week(text: str, duration_minutes: int) -> None:
    assert windows.parse_maintenance_window(text).duration_minutes == duration_minutes


def test_a_maintenance_window_is_shown_in_lower_case() -> None:
    window = windows.parse_maintenance_window("Sun:05:00-SUN:06:00")

    assert windows.render_maintenance_window(window) == "sun:05:00-sun:06:00"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sun:05:00-sun:05:59", "Maintenance window must be at least 60 minutes."),
        ("sun:05:00-sun:05:00", "Maintenance window must be at least 60 minutes."),
        ("sun:05:00-mon:05:01", "Maintenance window must be no longer than 24 hours."),
        ("sun:06:00-sun:05:00", "Maintenance window must be no longer than 24 hours."),
        ("sunday:05:00-sun:06:00", "Invalid maintenance window 'sunday:05:00-sun:06:00'."),
        ("sun:5:00-sun:6:00", "Invalid maintenance window 'sun:5:00-sun:6:00'."),
        ("sun:24:00-mon:01:00", "Invalid maintenance window 'sun:24:00-mon:01:00'."),
        ("05:00-06:00", "Invalid maintenance window '05:00-06:00'."),
    ],
)
def test_a_maintenance_window_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WindowError) as refused:
        windows.parse_maintenance_window(text)

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("05:00-05:59", "Snapshot window must be at least 60 minutes."),
        ("05:00-05:00", "Snapshot window must be at least 60 minutes."),
        ("5:00-6:00", "Invalid snapshot window '5:00-6:00'."),
        ("23:00-24:00", "Invalid snapshot window '23:00-24:00'."),
        ("sun:05:00-sun:06:00", "Invalid snapshot window 'sun:05:00-sun:06:00'."),
    ],
)
def test_a_snapshot_window_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WindowError) as refused:
        windows.parse_snapshot_window(text)

    assert str(refused.value).startswith(sentence)


@given(text=st.text(alphabet="sunmon:0123459- \n٣", max_size=22))
def test_whatever_the_text_only_a_window_error_comes_of_it(text: str) -> None:
    for parse in (windows.parse_maintenance_window, windows.parse_snapshot_window):
        try:
            parse(text)
        except WindowError as refused:
            assert str(refused).endswith(".")


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes_after_monday", "is_open"),
    [(-61, False), (-60, True), (-1, True), (0, True), (89, True), (90, False), (MINUTES_PER_WEEK - 30, True)],
)
def test_a_window_over_the_week_contains_its_first_minute_and_not_its_last(
    minutes_after_monday: int, is_open: bool
) -> None:
    window = windows.parse_maintenance_window("sun:23:00-mon:01:30")

    assert window.contains(MONDAY + timedelta(minutes=minutes_after_monday)) is is_open


def test_a_snapshot_window_opens_every_day() -> None:
    window = windows.parse_snapshot_window("23:30-00:30")

    for day in range(7):
        midnight = MONDAY + timedelta(days=day)
        assert window.contains(midnight)
        assert window.contains(midnight + timedelta(minutes=29, seconds=59))
        assert not window.contains(midnight + timedelta(minutes=30))


def test_the_hour_of_another_time_zone_is_taken_for_what_it_is() -> None:
    window = windows.parse_maintenance_window("mon:05:00-mon:06:00")
    tokyo = timezone(timedelta(hours=9))

    assert window.contains(datetime(2026, 11, 23, 14, 30, tzinfo=tokyo))
    assert not window.contains(datetime(2026, 11, 23, 5, 30, tzinfo=tokyo))


@given(window=maintenance_windows)
def test_a_maintenance_window_is_open_for_its_duration_each_week(window: MaintenanceWindow) -> None:
    open_minutes = sum(window.contains(MONDAY + timedelta(minutes=minute)) for minute in range(0, MINUTES_PER_WEEK, 60))

    assert abs(open_minutes - window.duration_minutes / 60) < 1


# --- both together -------------------------------------------------------------------------------


@given(maintenance=maintenance_windows, snapshot=snapshot_windows)
def test_overlap_is_refused_exactly_when_both_are_open_at_some_minute(
    maintenance: MaintenanceWindow, snapshot: SnapshotWindow
) -> None:
    first = MONDAY + timedelta(minutes=maintenance.start_minute)
    is_shared = any(
        snapshot.contains(first + timedelta(minutes=minute)) for minute in range(maintenance.duration_minutes)
    )

    try:
        windows.refuse_overlap(maintenance, snapshot)
    except WindowError as refused:
        assert is_shared
        assert str(refused) == "The snapshot window and maintenance window must not overlap."
    else:
        assert not is_shared


def test_windows_may_touch() -> None:
    maintenance = windows.parse_maintenance_window("sun:05:00-sun:06:00")

    windows.refuse_overlap(maintenance, windows.parse_snapshot_window("06:00-07:00"))
    windows.refuse_overlap(maintenance, windows.parse_snapshot_window("04:00-05:00"))


@given(region=regions, seed=st.text(max_size=40))
def test_default_windows_are_an_hour_each_and_apart_and_the_same_when_asked_again(region: Region, seed: str) -> None:
    maintenance = windows.default_maintenance_window(region, seed)
    snapshot = windows.default_snapshot_window(region, seed, maintenance)

    windows.refuse_overlap(maintenance, snapshot)
    assert maintenance.duration_minutes == snapshot.duration_minutes == 60
    assert maintenance == windows.default_maintenance_window(region, seed)
    assert snapshot == windows.default_snapshot_window(region, seed, maintenance)


@given(seed=st.text(max_size=40))
def test_the_default_maintenance_window_lies_in_the_regions_quiet_hours(seed: str) -> None:
    virginia = windows.default_maintenance_window(Region("us-east-1"), seed)
    mumbai = windows.default_maintenance_window(Region("ap-south-1"), seed)

    assert 3 * 60 <= virginia.start_minute % MINUTES_PER_DAY <= 10 * 60
    assert (mumbai.start_minute - (17 * 60 + 30)) % MINUTES_PER_DAY <= 7 * 60


def test_defaults_are_spread_over_the_week() -> None:
    starts = {windows.default_maintenance_window(Region("eu-west-1"), f"cache-{n}").start_minute for n in range(400)}

    assert len({start // MINUTES_PER_DAY for start in starts}) == 7
    assert len(starts) > 50


@given(region=regions, seed=st.text(max_size=8), start=st.integers(0, MINUTES_PER_WEEK - 1))
def test_the_last_free_hour_of_the_day_is_found_for_a_snapshot_window(region: Region, seed: str, start: int) -> None:
    maintenance = MaintenanceWindow(start_minute=start, duration_minutes=MINUTES_PER_DAY - 60)

    snapshot = windows.default_snapshot_window(region, seed, maintenance)

    windows.refuse_overlap(maintenance, snapshot)


def test_a_maintenance_window_of_a_whole_day_leaves_no_snapshot_window() -> None:
    maintenance = windows.parse_maintenance_window("sun:05:00-mon:04:30")

    with pytest.raises(WindowError, match="leaves no 60 minutes"):
        windows.default_snapshot_window(Region("us-east-1"), "cache", maintenance)
