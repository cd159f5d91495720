"""What history and topics are told of an alarm: AWS's JSON, within AWS's bounds."""

import json
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from elastane.model.alarm_history import Change, action_done, action_failed, configuration_changed, state_changed
from elastane.model.alarm_messages import render_message, render_subject
from elastane.model.alarms import (
    Actions,
    Alarm,
    Comparison,
    MissingData,
    Rule,
    StateValue,
    WatchedExpression,
    WatchedMetric,
    WatchedQuery,
    initial_state,
    state_after,
)
from elastane.model.ids import AccountId, Arn, Region
from elastane.model.metrics import Metric, Subject, dimensions

NOW = datetime(2026, 11, 29, 20, 10, 0, 941_000, tzinfo=UTC)
ACCOUNT_ID = AccountId("000000000000")
TOPIC = Arn("arn:aws:sns:us-east-1:000000000000:alerts")
METRIC = Metric(
    Subject(Region("us-east-1"), "AWS/ElastiCache", dimensions({"CacheClusterId": "orders-001"})), "CPUUtilization"
)
WATCHED = WatchedMetric(metric=METRIC, statistic="Average", period_seconds=60)
ALARM = Alarm(
    region=Region("us-east-1"),
    name="high-cpu",
    description="too busy",
    watched=WATCHED,
    rule=Rule(
        comparison=Comparison.GREATER,
        threshold=90.0,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        missing_data=MissingData.MISSING,
    ),
    actions=Actions(alarm=(TOPIC,)),
    updated_at=NOW,
)
BEFORE = initial_state(NOW)
AFTER = state_after(
    BEFORE,
    StateValue.ALARM,
    reason="Threshold Crossed.",
    reason_data='{"version":"1.0"}',
    now=NOW + timedelta(minutes=1),
)


def test_topics_are_told_in_cloudwatch_s_json() -> None:
    message = json.loads(render_message(ALARM, BEFORE, AFTER, ACCOUNT_ID))

    assert message == {
        "AlarmName": "high-cpu",
        "AlarmDescription": "too busy",
        "AWSAccountId": "000000000000",
        "AlarmConfigurationUpdatedTimestamp": "2026-11-29T20:10:00.941+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed.",
        "StateChangeTime": "2026-11-29T20:11:00.941+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:high-cpu",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/ElastiCache",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Unit": None,
            "Dimensions": [{"value": "orders-001", "name": "CacheClusterId"}],
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 90.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_an_extended_statistic_and_metric_math_have_triggers_of_their_own() -> None:
    percentile = replace(ALARM, watched=replace(WATCHED, statistic="p99"))
    lines = (
        WatchedQuery(id="e1", asked="FILL(m1, 0)", is_returned=True, label="filled"),
        WatchedQuery(id="m1", asked=WATCHED, is_returned=False),
    )
    expression = replace(ALARM, watched=WatchedExpression(queries=lines, period_seconds=60))

    of_percentile = json.loads(render_message(percentile, BEFORE, AFTER, ACCOUNT_ID))["Trigger"]
    of_expression = json.loads(render_message(expression, BEFORE, AFTER, ACCOUNT_ID))["Trigger"]

    assert (of_percentile["StatisticType"], of_percentile["ExtendedStatistic"]) == ("ExtendedStatistic", "p99")
    assert "MetricName" not in of_expression
    assert of_expression["Metrics"] == [
        {"Id": "e1", "ReturnData": True, "Label": "filled", "Expression": "FILL(m1, 0)"},
        {
            "Id": "m1",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Dimensions": [{"value": "orders-001", "name": "CacheClusterId"}],
                    "MetricName": "CPUUtilization",
                    "Namespace": "AWS/ElastiCache",
                },
                "Period": 60,
                "Stat": "Average",
            },
        },
    ]


def test_a_subject_names_the_state_the_alarm_and_the_region_in_a_hundred_characters() -> None:
    long = replace(ALARM, name="n" * 255)

    assert render_subject(ALARM, AFTER) == 'ALARM: "high-cpu" in US East (N. Virginia)'
    assert len(render_subject(long, AFTER)) == 100
    assert render_subject(long, AFTER).endswith('n..." in US East (N. Virginia)')


def test_a_change_of_state_carries_both_states() -> None:
    item = state_changed(ALARM, BEFORE, AFTER)

    assert item.summary == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert json.loads(item.data) == {
        "version": "1.0",
        "oldState": {"stateValue": "INSUFFICIENT_DATA", "stateReason": "Unchecked: Initial alarm creation"},
        "newState": {
            "stateValue": "ALARM",
            "stateReason": "Threshold Crossed.",
            "stateReasonData": {"version": "1.0"},
        },
    }


def test_what_is_too_long_for_an_item_is_left_out_of_it_the_former_state_s_first() -> None:
    long = json.dumps({"text": "x" * 3500})
    before, after = replace(BEFORE, reason_data=long), replace(AFTER, reason_data=long)

    item = state_changed(ALARM, before, after)

    data = json.loads(item.data)
    assert len(item.data) <= 4095
    assert "stateReasonData" not in data["oldState"]
    assert "stateReasonData" in data["newState"]


def test_a_configuration_is_told_whole() -> None:
    item = configuration_changed(Change.CREATE, ALARM, BEFORE, ACCOUNT_ID, NOW)

    assert item.summary == 'Alarm "high-cpu" created'
    assert json.loads(item.data) == {
        "version": "1.0",
        "type": "Create",
        "createdAlarm": {
            "alarmName": "high-cpu",
            "alarmDescription": "too busy",
            "alarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:high-cpu",
            "alarmConfigurationUpdatedTimestamp": "2026-11-29T20:10:00.941+0000",
            "namespace": "AWS/ElastiCache",
            "metricName": "CPUUtilization",
            "dimensions": [{"value": "orders-001", "name": "CacheClusterId"}],
            "statistic": "Average",
            "period": 60,
            "threshold": 90.0,
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 3,
            "datapointsToAlarm": 2,
            "treatMissingData": "missing",
            "stateValue": "INSUFFICIENT_DATA",
            "stateUpdatedTimestamp": "2026-11-29T20:10:00.941+0000",
            "actionsEnabled": True,
            "alarmActions": [TOPIC],
            "insufficientDataActions": [],
            "okactions": [],
        },
    }


def test_a_long_configuration_s_items_are_within_their_bounds() -> None:
    lines = tuple(WatchedQuery(id=f"e{number}", asked="x" * 2000, is_returned=False) for number in range(20))
    named = replace(ALARM, name="n" * 255, watched=WatchedExpression(queries=lines, period_seconds=60))

    item = configuration_changed(Change.UPDATE, named, BEFORE, ACCOUNT_ID, NOW)

    assert len(item.data) <= 4095
    assert len(item.summary) <= 255


def test_an_action_is_told_with_what_was_published_or_why_it_was_not() -> None:
    done, failed = action_done(ALARM, AFTER, TOPIC, "{}"), action_failed(ALARM, AFTER, TOPIC, "Topic does not exist")

    assert done.summary == f"Successfully executed action {TOPIC}"
    assert json.loads(done.data)["publishedMessage"] == '{"default":"{}"}'
    assert failed.summary == f'Failed to execute action {TOPIC}. Received error: "Topic does not exist"'
    assert json.loads(failed.data)["actionState"] == "Failed"
