"""Rests: how long they are, and that no clock makes one longer."""

from datetime import timedelta

import pytest

from elastane.model.rests import FAILURE_SECONDS_MAX, FAILURE_SECONDS_MIN, is_within, rest_seconds
from tests.kit.situations import NOW


@pytest.mark.parametrize(
    ("seconds_ago", "expected"),
    [
        pytest.param(0, True, id="this moment"),
        pytest.param(59.9, True, id="a moment before it is over"),
        pytest.param(60, False, id="over"),
        pytest.param(-0.1, False, id="still to come: the clock was put back a little"),
        pytest.param(-3600, False, id="still to come: the clock was put back by an hour"),
    ],
)
def test_a_rest_lasts_from_its_moment_and_not_from_the_future(seconds_ago: float, expected: bool) -> None:
    assert is_within(NOW, NOW - timedelta(seconds=seconds_ago), 60) is expected


def test_each_failure_doubles_the_rest_until_it_is_long_enough() -> None:
    rests = [rest_seconds(count) for count in (1, 2, 3, 8, 1000)]

    assert rests == [FAILURE_SECONDS_MIN, 0.5, 1.0, FAILURE_SECONDS_MAX, FAILURE_SECONDS_MAX]
