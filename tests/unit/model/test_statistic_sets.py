"""Measurements as they are held in their hundred thousands."""

import gc
from datetime import UTC, datetime

from elastane.model import statistic_sets
from elastane.model.metrics import Point


def test_points_are_nothing_that_the_garbage_collector_looks_through() -> None:
    """Its look stops every thread: for a tenth of a second where a chart of a hundred metrics is worked out."""
    point = Point(datetime(2026, 11, 23, 12, tzinfo=UTC), statistic_sets.of_value(1.0))

    assert not gc.is_tracked(point)
    assert not gc.is_tracked(point.measured)
