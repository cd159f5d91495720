"""Alarms evaluated: the user guide's own tables, the evaluation range, and what a period is."""

from datetime import UTC, datetime, timedelta

import pytest

from elastane.model import statistic_sets
from elastane.model.alarm_evaluation import (
    DataPoint,
    EvaluationRange,
    data_points,
    evaluate,
    evaluation_range,
    has_too_few_samples,
)
from elastane.model.alarms import (
    Actions,
    Alarm,
    Comparison,
    LowSampleCount,
    MissingData,
    Rule,
    StateValue,
    WatchedExpression,
    WatchedMetric,
    WatchedQuery,
)
from elastane.model.ids import Region
from elastane.model.metrics import Metric, Point, Subject

NOW = datetime(2026, 11, 29, 20, 22, 54, tzinfo=UTC)
METRIC = Metric(Subject(Region("us-east-1"), "AWS/ElastiCache", ()), "CPUUtilization")
OK, ALARM, INSUFFICIENT_DATA = StateValue.OK, StateValue.ALARM, StateValue.INSUFFICIENT_DATA
RETAINED = None
TREATMENTS = (MissingData.MISSING, MissingData.IGNORE, MissingData.BREACHING, MissingData.NOT_BREACHING)


def rule(*, needed: int = 3, periods: int = 3, missing: MissingData | None = None, **others: LowSampleCount) -> Rule:
    return Rule(
        comparison=Comparison.GREATER,
        threshold=50.0,
        evaluation_periods=periods,
        datapoints_to_alarm=needed,
        missing_data=missing,
        low_sample_count=others.get("low_sample_count"),
    )


def drawn(text: str) -> tuple[DataPoint, ...]:
    """As the user guide draws data points: 0 within the threshold, X breaching, - missing; the oldest first."""
    values = {"0": 10.0, "X": 90.0, "-": None}
    return tuple(DataPoint(NOW + timedelta(minutes=number), values[mark]) for number, mark in enumerate(text.split()))


def state(rule: Rule, text: str) -> StateValue | None:
    evaluated = evaluate(rule, drawn(text))
    return None if evaluated is None else evaluated.value


# --- the user guide's tables: missing, ignore, breaching, notBreaching ---------------------------

THREE_OF_THREE = [
    ("0 - X - X", 0, (OK, OK, OK, OK)),
    ("- - - - 0", 2, (OK, OK, OK, OK)),
    ("- - - - -", 3, (INSUFFICIENT_DATA, RETAINED, ALARM, OK)),
    ("0 X X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("- - X - -", 2, (ALARM, RETAINED, ALARM, OK)),
]

TWO_OF_THREE = [
    ("0 - X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 0 X 0 X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 - X - -", 1, (OK, OK, ALARM, OK)),
    ("- - - - 0", 2, (OK, OK, ALARM, OK)),
    ("- - - X -", 2, (ALARM, RETAINED, ALARM, OK)),
]


@pytest.mark.parametrize(
    ("needed", "text", "filled_count", "states"),
    [*((3, *row) for row in THREE_OF_THREE), *((2, *row) for row in TWO_OF_THREE)],
)
def test_missing_data_is_treated_as_the_user_guide_s_tables_say(
    needed: int, text: str, filled_count: int, states: tuple[StateValue | None, ...]
) -> None:
    found = {missing: evaluate(rule(needed=needed, missing=missing), drawn(text)) for missing in TREATMENTS}

    assert tuple(None if each is None else each.value for each in found.values()) == states
    assert {len(each.filled) for each in found.values() if each is not None} == {filled_count}


@pytest.mark.parametrize("text", ["- - - - X", "- - - X -"])
def test_data_that_only_begins_to_breach_is_no_alarm_yet(text: str) -> None:
    assert state(rule(missing=MissingData.MISSING), text) is OK


@pytest.mark.parametrize("text", ["- - X X -", "- - - X X"])
@pytest.mark.parametrize("missing", TREATMENTS)
def test_enough_real_breaching_points_are_an_alarm_whatever_is_missing(text: str, missing: MissingData) -> None:
    assert state(rule(needed=2, missing=missing), text) is ALARM


def test_what_nobody_said_about_missing_data_is_missing() -> None:
    assert state(rule(), "- - - - -") is INSUFFICIENT_DATA


def test_real_points_from_further_back_are_evaluated_before_anything_is_filled_in() -> None:
    evaluated = evaluate(rule(missing=MissingData.NOT_BREACHING), drawn("X X - X -"))

    assert evaluated is not None
    assert evaluated.value is ALARM
    assert [point.at.minute - NOW.minute for point in evaluated.points] == [3, 1, 0]
    assert evaluated.filled == ()


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        (Comparison.GREATER, (51.0,)),
        (Comparison.GREATER_OR_EQUAL, (50.0, 51.0)),
        (Comparison.LESS, (49.0,)),
        (Comparison.LESS_OR_EQUAL, (49.0, 50.0)),
    ],
)
def test_each_comparison_breaches_on_its_side(comparison: Comparison, breaching: tuple[float, ...]) -> None:
    compared = Rule(comparison=comparison, threshold=50.0, evaluation_periods=1)

    assert tuple(value for value in (49.0, 50.0, 51.0) if compared.is_breached_by(value)) == breaching


# --- few samples ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statistic", "sample_count", "is_too_few"),
    [
        ("p99", 999.0, True),
        ("p99", 1001.0, False),
        ("p10", 99.0, True),
        ("p10", 101.0, False),
        ("Average", 1.0, False),
        ("tm99", 1.0, False),
    ],
)
def test_a_percentile_of_few_measurements_waits_where_it_shall(
    statistic: str, sample_count: float, is_too_few: bool
) -> None:
    points = (DataPoint(NOW, 90.0, sample_count), DataPoint(NOW + timedelta(minutes=1), None))

    assert has_too_few_samples(rule(low_sample_count=LowSampleCount.IGNORE), statistic, points) is is_too_few
    assert not has_too_few_samples(rule(low_sample_count=LowSampleCount.EVALUATE), statistic, points)


# --- the range -----------------------------------------------------------------------------------


def alarm(period_seconds: int, *, is_expression: bool = False) -> Alarm:
    metric = WatchedMetric(metric=METRIC, statistic="Average", period_seconds=period_seconds)
    query = WatchedQuery(id="m1", asked=metric, is_returned=True)
    expression = WatchedExpression(queries=(query,), period_seconds=period_seconds)
    return Alarm(
        region=Region("us-east-1"),
        name="cpu",
        watched=expression if is_expression else metric,
        rule=rule(),
        actions=Actions(),
        updated_at=NOW,
    )


@pytest.mark.parametrize(
    ("period_seconds", "end", "step_seconds"),
    [
        # Of NOW, 20:22:54: data has five seconds to come, or ten where a minute is the least.
        (10, "20:22:40", 10),
        (30, "20:22:40", 10),
        (60, "20:22:00", 60),
        (300, "20:22:00", 60),
        (3600, "20:20:00", 300),
        (3660, "20:22:00", 60),
        (86_400, "20:20:00", 300),
    ],
)
def test_periods_end_with_the_last_step_of_the_clock_that_has_settled(
    period_seconds: int, end: str, step_seconds: int
) -> None:
    span = evaluation_range(alarm(period_seconds), NOW)

    assert f"{span.end:%H:%M:%S}" == end
    assert span.step_seconds == step_seconds
    assert span.end - span.start == timedelta(seconds=period_seconds * 5)


def test_metric_math_is_cut_at_the_multiples_of_its_period() -> None:
    span = evaluation_range(alarm(300, is_expression=True), NOW)

    assert (f"{span.end:%H:%M:%S}", span.step_seconds) == ("20:20:00", 300)


def test_the_data_of_a_period_s_pieces_is_merged_and_a_period_without_any_is_missing() -> None:
    end = datetime(2026, 11, 29, 20, 22, tzinfo=UTC)
    span = EvaluationRange(end=end, period_seconds=120, period_count=3, step_seconds=60)
    points = [
        Point(end - timedelta(minutes=7), statistic_sets.of_value(1000.0)),
        Point(end - timedelta(minutes=6), statistic_sets.of_value(10.0)),
        Point(end - timedelta(minutes=5), statistic_sets.of_value(30.0)),
        Point(end - timedelta(minutes=1), statistic_sets.of_value(70.0)),
        Point(end, statistic_sets.of_value(1000.0)),
    ]

    found = data_points(span, points, lambda measured: measured.sum / measured.sample_count)

    assert found == (
        DataPoint(end - timedelta(minutes=6), 20.0, 2.0),
        DataPoint(end - timedelta(minutes=4), None),
        DataPoint(end - timedelta(minutes=2), 70.0, 1.0),
    )
