"""Why an alarm is in its state: AWS's sentences to the letter, and its JSON."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from elastane.model.alarm_evaluation import DataPoint, evaluate
from elastane.model.alarm_reasons import render_reason, render_reason_data
from elastane.model.alarms import Actions, Alarm, Comparison, MissingData, Rule, WatchedMetric
from elastane.model.ids import Region
from elastane.model.metrics import Metric, Subject, Unit

FIRST = datetime(2026, 11, 29, 20, 10, tzinfo=UTC)
METRIC = Metric(Subject(Region("us-east-1"), "Shop", ()), "Orders")


def rule(periods: int, needed: int | None = None, missing: MissingData | None = None) -> Rule:
    return Rule(
        comparison=Comparison.GREATER,
        threshold=90.0,
        evaluation_periods=periods,
        datapoints_to_alarm=needed,
        missing_data=missing,
    )


def points(*values: float | None) -> tuple[DataPoint, ...]:
    """One a minute, the oldest first."""
    return tuple(
        DataPoint(FIRST + timedelta(minutes=number), value, None if value is None else 2.0)
        for number, value in enumerate(values)
    )


@pytest.mark.parametrize(
    ("asked", "values", "sentence"),
    [
        (
            rule(1, 1),
            (95.0,),
            "Threshold Crossed: 1 out of the last 1 datapoints [95.0 (29/11/26 20:10:00)] was greater than the "
            "threshold (90.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            rule(1, 1),
            (0.5,),
            "Threshold Crossed: 1 out of the last 1 datapoints [0.5 (29/11/26 20:10:00)] was not greater than the "
            "threshold (90.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            rule(3, 2),
            (95.0, 1.0, 96.0),
            "Threshold Crossed: 2 out of the last 3 datapoints [96.0 (29/11/26 20:12:00), 95.0 (29/11/26 20:10:00)] "
            "were greater than the threshold (90.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            rule(3, 1),
            (1.0, 2.0, 3.0),
            "Threshold Crossed: 3 out of the last 3 datapoints [3.0 (29/11/26 20:12:00), 2.0 (29/11/26 20:11:00), "
            "1.0 (29/11/26 20:10:00)] were not greater than the threshold (90.0) "
            "(minimum 3 datapoints for ALARM -> OK transition).",
        ),
        (
            rule(1),
            (63.0,),
            "Threshold Crossed: 1 datapoint [63.0 (29/11/26 20:10:00)] was not greater than the threshold (90.0).",
        ),
        (
            rule(2),
            (91.0, 92.0),
            "Threshold Crossed: 2 datapoints [92.0 (29/11/26 20:11:00), 91.0 (29/11/26 20:10:00)] were greater than "
            "the threshold (90.0).",
        ),
        (
            rule(20, 1, MissingData.NOT_BREACHING),
            (*([None] * 19), 613.0),
            "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (29/11/26 20:29:00)] was greater than the "
            "threshold (90.0) and 19 missing datapoints were treated as [NonBreaching] "
            "(minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            rule(1, None, MissingData.BREACHING),
            (None,),
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[Breaching].",
        ),
        (
            rule(3, 2, MissingData.BREACHING),
            (1.0, None, None),
            "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
            "[Breaching].",
        ),
        (rule(1), (None,), "Insufficient Data: 1 datapoint was unknown."),
        (rule(3), (None, None, None), "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_a_reason_is_aws_s_sentence(asked: Rule, values: tuple[float | None, ...], sentence: str) -> None:
    evaluated = evaluate(asked, points(*values))

    assert evaluated is not None
    assert render_reason(asked, evaluated) == sentence


def test_a_reason_of_many_data_points_names_the_newest_five_and_is_not_too_long() -> None:
    asked = rule(1440, 1000)
    evaluated = evaluate(asked, points(*(100.0 + number for number in range(1440))))

    assert evaluated is not None
    reason = render_reason(asked, evaluated)
    assert reason.startswith("Threshold Crossed: 1440 out of the last 1440 datapoints were greater than the threshold")
    assert "The most recent datapoints which crossed the threshold: [1539.0 (" in reason
    assert reason.count("/26 ") == 5
    assert len(reason) <= 1023


def described(asked: Rule, unit: Unit | None = None) -> Alarm:
    watched = WatchedMetric(metric=METRIC, statistic="Sum", period_seconds=60, unit=unit)
    return Alarm(
        region=Region("us-east-1"), name="orders", watched=watched, rule=asked, actions=Actions(), updated_at=FIRST
    )


def test_the_data_of_a_reason_tells_what_was_evaluated() -> None:
    asked = rule(3, 3, MissingData.BREACHING)
    evaluated = evaluate(asked, points(91.0, None, 93.0))
    assert evaluated is not None

    data = json.loads(render_reason_data(described(asked, Unit.COUNT), evaluated, FIRST + timedelta(minutes=3)))

    assert data == {
        "version": "1.0",
        "queryDate": "2026-11-29T20:13:00.000+0000",
        "startDate": "2026-11-29T20:10:00.000+0000",
        "unit": "Count",
        "statistic": "Sum",
        "period": 60,
        "recentDatapoints": [91.0, 93.0],
        "threshold": 90.0,
        "evaluatedDatapoints": [
            {"timestamp": "2026-11-29T20:12:00.000+0000", "sampleCount": 2.0, "value": 93.0},
            {"timestamp": "2026-11-29T20:11:00.000+0000"},
            {"timestamp": "2026-11-29T20:10:00.000+0000", "sampleCount": 2.0, "value": 91.0},
        ],
    }


def test_without_data_there_is_no_start_and_of_much_data_not_all_is_told() -> None:
    one, many = rule(1), rule(1440)
    nothing = evaluate(one, points(None))
    much = evaluate(many, points(*([1e-300] * 1440)))
    assert nothing is not None
    assert much is not None

    empty = json.loads(render_reason_data(described(one), nothing, FIRST))
    text = render_reason_data(described(many), much, FIRST)

    assert "startDate" not in empty
    assert empty["recentDatapoints"] == []
    assert len(text) <= 4000
