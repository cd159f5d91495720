"""Alarms on metric math: lines in the order in which they can be worked out, and one series as what is watched."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from elastane.model import statistic_sets
from elastane.model.alarm_evaluation import EvaluationRange
from elastane.model.alarm_expressions import check_expression, expression_points, ordered_queries
from elastane.model.alarms import WatchedExpression, WatchedMetric, WatchedQuery
from elastane.model.ids import Region
from elastane.model.metric_math.syntax import MathError
from elastane.model.metrics import Metric, Point, Subject

END = datetime(2026, 11, 29, 20, 22, tzinfo=UTC)
SPAN = EvaluationRange(end=END, period_seconds=60, period_count=3, step_seconds=60)


def metric(name: str, query_id: str, *, is_returned: bool = False) -> WatchedQuery:
    watched = WatchedMetric(
        metric=Metric(Subject(Region("us-east-1"), "Shop", ()), name), statistic="Sum", period_seconds=60
    )
    return WatchedQuery(id=query_id, asked=watched, is_returned=is_returned)


def expression(text: str, query_id: str, *, is_returned: bool = False) -> WatchedQuery:
    return WatchedQuery(id=query_id, asked=text, is_returned=is_returned)


def watched(*queries: WatchedQuery) -> WatchedExpression:
    return WatchedExpression(queries=queries, period_seconds=60)


RATIO = watched(
    expression("100 * part / total", "ratio", is_returned=True),
    expression("hits + misses", "total"),
    expression("hits", "part"),
    metric("Hits", "hits"),
    metric("Misses", "misses"),
)


def measured(**values: tuple[float | None, ...]) -> dict[str, list[Point]]:
    """By the metric's name, a value a minute, the oldest first."""
    return {
        name: [
            Point(SPAN.start + timedelta(minutes=number), statistic_sets.of_value(value))
            for number, value in enumerate(row)
            if value is not None
        ]
        for name, row in values.items()
    }


def values(expression: WatchedExpression, found: dict[str, list[Point]]) -> list[float | None]:
    def points(watched: WatchedMetric) -> Sequence[Point]:
        return found.get(watched.metric.name, ())

    return [point.value for point in expression_points(expression, SPAN, points)]


def test_the_line_that_is_returned_is_watched_period_by_period() -> None:
    found = measured(Hits=(90.0, 50.0, None), Misses=(10.0, 50.0, None))

    assert values(RATIO, found) == [90.0, 50.0, None]


def test_lines_come_behind_those_that_they_speak_of() -> None:
    assert [query.id for query in ordered_queries(RATIO)] == ["hits", "misses", "total", "part", "ratio"]


def test_a_metric_may_be_what_is_watched_itself() -> None:
    alone = watched(metric("Hits", "m1", is_returned=True))

    assert values(alone, measured(Hits=(1.0, None, 3.0))) == [1.0, None, 3.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("other + 1", "other"),
        ("e1 + 1", "circle"),
        ("m1 +", "end"),
        ("5", "number"),
        ("METRICS()", "one time series"),
        ("SEARCH('Shop Hits', 'Sum', 60)", "SEARCH"),
    ],
)
def test_what_is_not_one_series_of_known_lines_is_refused(text: str, words: str) -> None:
    asked = watched(metric("Hits", "m1"), metric("Misses", "m2"), expression(text, "e1", is_returned=True))

    with pytest.raises(MathError, match=words):
        check_expression(asked)


def test_what_can_be_worked_out_is_accepted_before_there_is_data() -> None:
    check_expression(RATIO)
