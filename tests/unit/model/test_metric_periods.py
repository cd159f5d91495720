"""Where periods begin, and what falls into them."""

from datetime import UTC, datetime, timedelta

import pytest

from elastane.model import metric_periods, statistic_sets
from elastane.model.metrics import Point

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def points(start: datetime, count: int, *, every_seconds: int = 60) -> list[Point]:
    return [
        Point(start + timedelta(seconds=every_seconds * number), statistic_sets.of_value(float(number)))
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("age", "period_seconds", "rounded"),
    [
        (timedelta(days=1), 300, "12:32:00"),
        (timedelta(days=20), 300, "12:30:00"),
        (timedelta(days=100), 3600, "12:00:00"),
        (timedelta(days=1), 30, "12:32:30"),
        (timedelta(days=1), 10, "12:32:30"),
        (timedelta(days=1), 1, "12:32:34"),
    ],
)
def test_a_start_time_is_rounded_down_the_more_the_older_it_is(
    age: timedelta, period_seconds: int, rounded: str
) -> None:
    start = datetime(2026, 11, 23, 12, 32, 34, 500_000, tzinfo=UTC)

    found = metric_periods.rounded_start(start, period_seconds, start + age)

    assert found.strftime("%H:%M:%S.%f") == f"{rounded}.000000"


@pytest.mark.parametrize(
    ("seconds", "is_one"), [(1, True), (5, True), (30, True), (60, True), (86_400, True), (7, False), (90, False)]
)
def test_a_period_is_a_short_one_or_whole_minutes(seconds: int, is_one: bool) -> None:
    assert metric_periods.is_period(seconds) is is_one


def test_measurements_are_gathered_into_the_periods_from_the_start_on() -> None:
    start = NOW + timedelta(minutes=2)

    gathered = metric_periods.aggregate(points(NOW, 10), start, 300)

    assert [(point.at, point.measured.sum) for point in gathered] == [
        (start, 2 + 3 + 4 + 5 + 6.0),
        (start + timedelta(minutes=5), 7 + 8 + 9.0),
    ]


def test_periods_without_measurements_are_absent() -> None:
    here = [*points(NOW, 1), *points(NOW + timedelta(hours=1), 1)]

    gathered = metric_periods.aggregate(here, NOW, 300)

    assert [point.at for point in gathered] == [NOW, NOW + timedelta(hours=1)]


def test_periods_that_begin_between_two_coarse_ones_are_made_of_finer_ones() -> None:
    assert metric_periods.shared_resolution_seconds(NOW, 300) == 300
    assert metric_periods.shared_resolution_seconds(NOW + timedelta(minutes=2), 300) == 60
    assert metric_periods.shared_resolution_seconds(NOW + timedelta(minutes=30), 3600) == 1800
