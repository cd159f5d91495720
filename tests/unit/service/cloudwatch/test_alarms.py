"""Alarms as they are asked for: read back as they were given, refused where they could not be kept, told in history."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from elastane.model import cloudwatch_faults, faults, sns_faults
from elastane.model.ids import Arn, Region
from elastane.model.topics import Subscription, SubscriptionProtocol, Topic
from elastane.service.cloudwatch.alarms import ALARMS_PER_REGION
from elastane.service.context import Context
from elastane.store import Transaction, alarms, topics
from tests.kit.alarms import ARN, LEAST, TOPIC, advance, described, history, names, put
from tests.kit.calls import call_cloudwatch as call
from tests.kit.contexts import ACCOUNT_ID, NOW, REGION
from tests.kit.deliveries import list_due

MOST: dict[str, Any] = LEAST | {
    "AlarmDescription": "too busy",
    "ActionsEnabled": False,
    "OKActions": [TOPIC],
    "AlarmActions": [TOPIC],
    "InsufficientDataActions": [TOPIC],
    "Dimensions": [{"Name": "CacheClusterId", "Value": "orders-001"}],
    "Unit": "Percent",
    "DatapointsToAlarm": 2,
    "TreatMissingData": "notBreaching",
}

MATH: dict[str, Any] = {
    "AlarmName": "misses",
    "EvaluationPeriods": 1,
    "Threshold": 0.0,
    "ComparisonOperator": "LessThanOrEqualToThreshold",
    "Metrics": [
        {"Id": "e1", "Expression": "m1 / m2", "Label": "ratio", "ReturnData": True},
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {"Namespace": "Shop", "MetricName": "Misses", "Dimensions": []},
                "Period": 300,
                "Stat": "Sum",
                "Unit": "Count",
            },
            "ReturnData": False,
        },
        {
            "Id": "m2",
            "MetricStat": {
                "Metric": {"Namespace": "Shop", "MetricName": "Visits", "Dimensions": []},
                "Period": 300,
                "Stat": "p99",
            },
            "ReturnData": False,
        },
    ],
}


def without(parameters: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in names}


# --- made and read back --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    [
        LEAST,
        MOST,
        MATH,
        without(LEAST, "Statistic") | {"ExtendedStatistic": "p99.9", "EvaluateLowSampleCountPercentile": "ignore"},
    ],
    ids=["least", "most", "math", "percentile"],
)
async def test_every_member_that_was_given_is_read_back_and_no_other(ctx: Context, parameters: dict[str, Any]) -> None:
    await call(ctx, "PutMetricAlarm", **parameters)

    alarm = await described(ctx, parameters["AlarmName"])

    ours = {
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{parameters['AlarmName']}",
        "AlarmConfigurationUpdatedTimestamp": NOW,
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": NOW,
        "StateTransitionedTimestamp": NOW,
    }
    lists: dict[str, Any] = {"OKActions": [], "AlarmActions": [], "InsufficientDataActions": []}
    dimensions: dict[str, Any] = {} if "Metrics" in parameters else {"Dimensions": []}
    assert alarm == ours | lists | dimensions | {"ActionsEnabled": True} | parameters


async def test_a_region_has_so_many_alarms_and_others_have_theirs(ctx: Context) -> None:
    await put(ctx)

    def fill(tx: Transaction) -> None:
        (stored,) = alarms.list_alarms(tx, REGION)
        for number in range(ALARMS_PER_REGION - 1):
            alarms.save_alarm(tx, msgspec.structs.replace(stored.body, name=f"filler-{number}"))

    await ctx.store.write(fill)

    with pytest.raises(cloudwatch_faults.LimitExceeded, match="no more than 5000 alarms"):
        await put(ctx, AlarmName="one-too-many")
    await put(ctx, Threshold=80.0)  # is there already
    await put(dataclasses.replace(ctx, region=Region("us-east-2")))


async def test_a_new_configuration_replaces_the_old_one_and_leaves_state_and_tags(ctx: Context) -> None:
    await put(ctx, **without(MOST, *LEAST), Tags=[{"Key": "team", "Value": "shop"}])
    await call(ctx, "SetAlarmState", AlarmName="high-cpu", StateValue="OK", StateReason="tested")
    advance(ctx, hours=1)

    await put(ctx, Threshold=80.0, Tags=[{"Key": "team", "Value": "other"}])

    alarm = await described(ctx)
    assert alarm["Threshold"] == 80.0
    assert "Unit" not in alarm
    assert alarm["AlarmActions"] == []
    assert (alarm["StateValue"], alarm["StateReason"]) == ("OK", "tested")
    assert alarm["AlarmConfigurationUpdatedTimestamp"] == NOW + timedelta(hours=1)
    assert alarm["StateUpdatedTimestamp"] == NOW
    assert (await call(ctx, "ListTagsForResource", ResourceARN=ARN))["Tags"] == [{"Key": "team", "Value": "shop"}]


@pytest.mark.parametrize(
    ("changes", "fault", "words"),
    [
        ({"Period": 45}, faults.InvalidParameterValue, "multiple of 60"),
        ({"Period": 5}, faults.InvalidParameterValue, "multiple of 60"),
        ({"Period": 60, "EvaluationPeriods": 1441}, faults.InvalidParameterValue, "a day"),
        ({"Period": 3600, "EvaluationPeriods": 169}, faults.InvalidParameterValue, "a week"),
        ({"Period": 60 * 2**40, "EvaluationPeriods": 1}, faults.InvalidParameterValue, "a week"),
        ({"DatapointsToAlarm": 4}, faults.InvalidParameterValue, "DatapointsToAlarm"),
        ({"ExtendedStatistic": "p99"}, faults.InvalidParameterCombination, "Exactly one of Statistic"),
        ({"Statistic": None}, faults.InvalidParameterCombination, "Exactly one of Statistic"),
        ({"Statistic": None, "ExtendedStatistic": "p101"}, faults.InvalidParameterValue, "p101"),
        ({"Statistic": None, "ExtendedStatistic": "Sum"}, faults.InvalidParameterValue, "Sum"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, faults.InvalidParameterCombination, "percentiles"),
        ({"TreatMissingData": "perhaps"}, faults.InvalidParameterValue, "notBreaching"),
        ({"Threshold": None}, faults.MissingParameter, "Threshold"),
        ({"Threshold": float("nan")}, faults.InvalidParameterValue, "finite"),
        ({"ComparisonOperator": None}, faults.MissingParameter, "ComparisonOperator"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, faults.InvalidParameterValue, "anomaly detection"),
        ({"ThresholdMetricId": "ad1"}, faults.InvalidParameterValue, "anomaly detection"),
        ({"EvaluationInterval": 60}, faults.InvalidParameterValue, "PromQL"),
        ({"EvaluationPeriods": None}, faults.MissingParameter, "EvaluationPeriods"),
        ({"MetricName": None}, faults.MissingParameter, "MetricName"),
        ({"Namespace": None}, faults.MissingParameter, "Namespace"),
        ({"Period": None}, faults.MissingParameter, "Period"),
        ({"AlarmName": "heiß"}, faults.InvalidParameterValue, "ASCII"),
        (
            {"Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
            faults.InvalidParameterValue,
            "same name",
        ),
        ({"Metrics": MATH["Metrics"]}, faults.InvalidParameterCombination, "mutually exclusive"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, faults.InvalidParameterValue, "SNS"),
        ({"OKActions": [TOPIC.replace("us-east-1", "us-west-2")]}, faults.InvalidParameterValue, "region us-west-2"),
        ({"OKActions": [TOPIC.replace("0000:", "0001:")]}, faults.InvalidParameterValue, "account"),
        ({"Tags": [{"Key": "aws:x", "Value": ""}]}, faults.InvalidParameterValue, "reserved"),
        (
            {"Tags": [{"Key": str(number), "Value": ""} for number in range(51)]},
            faults.InvalidParameterValue,
            "no more than 50",
        ),
    ],
)
async def test_what_cannot_be_kept_as_it_is_asked_for_is_refused(
    ctx: Context, changes: dict[str, Any], fault: type[faults.Fault], words: str
) -> None:
    asked = {name: value for name, value in (LEAST | changes).items() if value is not None}

    with pytest.raises(fault, match=words):
        await call(ctx, "PutMetricAlarm", **asked)

    assert await names(ctx) == []


def line(number: int, **changes: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "Visits"}, "Period": 300, "Stat": "Sum"}
    return {"Id": f"m{number}", "MetricStat": stat | changes, "ReturnData": False}


EXPRESSION = {"Id": "e1", "Expression": "m1", "ReturnData": True}


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ([line(1)], "Exactly one element"),
        ([line(1), EXPRESSION, EXPRESSION | {"Id": "e2"}], "Exactly one element"),
        ([line(1), line(1), EXPRESSION], "unique"),
        ([line(1), line(2, Period=60), EXPRESSION], "same Period"),
        ([line(1, Period=45), EXPRESSION], "multiple of 60"),
        ([line(1, Period=60 * 2**40), EXPRESSION], "a week"),
        ([line(1, Stat="q1"), EXPRESSION], "q1"),
        ([line(1), EXPRESSION | {"Expression": "m7"}], "m7"),
        ([line(1), EXPRESSION | {"Id": "E1"}], "lower-case"),
        ([line(1), EXPRESSION | {"AccountId": "123456789012"}], "123456789012"),
        ([*(line(number) for number in range(1, 12)), EXPRESSION], "no more than 10"),
        ([EXPRESSION | {"Id": f"e{number}"} for number in range(21)], "no more than 20"),
    ],
)
async def test_metric_math_that_could_not_be_worked_out_is_refused(
    ctx: Context, metrics: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(faults.InvalidParameterValue, match=words):
        await call(ctx, "PutMetricAlarm", **MATH | {"Metrics": metrics})


@pytest.mark.parametrize("changes", [{"MetricStat": line(1)["MetricStat"]}, {"Expression": None}])
async def test_a_line_is_a_metric_or_an_expression(ctx: Context, changes: dict[str, Any]) -> None:
    broken = {name: value for name, value in (EXPRESSION | changes).items() if value is not None}

    with pytest.raises(faults.InvalidParameterCombination, match="either"):
        await call(ctx, "PutMetricAlarm", **MATH | {"Metrics": [line(1), broken]})


# --- found ---------------------------------------------------------------------------------------


async def test_alarms_are_found_by_name_prefix_state_and_action(ctx: Context) -> None:
    for name in ("b-2", "a-1", "b-1"):
        await put(ctx, AlarmName=name, AlarmActions=[TOPIC] if name == "b-1" else [])
    await call(ctx, "SetAlarmState", AlarmName="b-2", StateValue="ALARM", StateReason="tested")

    assert await names(ctx) == ["a-1", "b-1", "b-2"]
    assert await names(ctx, AlarmNames=["b-2", "a-1", "gone"]) == ["a-1", "b-2"]
    assert await names(ctx, AlarmNames=[]) == await names(ctx)
    assert await names(ctx, AlarmNamePrefix="b-") == ["b-1", "b-2"]
    assert await names(ctx, StateValue="ALARM") == ["b-2"]
    assert await names(ctx, ActionPrefix="arn:aws:sns:") == ["b-1"]
    assert await names(ctx, AlarmTypes=["CompositeAlarm"]) == []
    assert await names(ctx, AlarmTypes=["CompositeAlarm", "MetricAlarm"]) == ["a-1", "b-1", "b-2"]
    assert await names(ctx, ParentsOfAlarmName="a-1") == []


async def test_names_and_a_prefix_exclude_each_other(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterCombination):
        await call(ctx, "DescribeAlarms", AlarmNames=["a"], AlarmNamePrefix="a")


async def test_pages_go_through_all_that_is_wanted_once(ctx: Context) -> None:
    for number in range(5):
        await put(ctx, AlarmName=f"alarm-{number}", AlarmActions=[TOPIC] if number != 2 else [])

    seen: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        page = await call(ctx, "DescribeAlarms", MaxRecords=2, ActionPrefix="arn", **token)
        seen.append([alarm["AlarmName"] for alarm in page["MetricAlarms"]])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert seen == [["alarm-0", "alarm-1"], ["alarm-3", "alarm-4"]]


@pytest.mark.parametrize("action", ["DescribeAlarms", "DescribeAlarmHistory"])
async def test_a_token_that_was_never_given_is_refused(ctx: Context, action: str) -> None:
    with pytest.raises(cloudwatch_faults.InvalidPageToken):
        await call(ctx, action, NextToken="made up")


async def test_a_region_has_alarms_of_its_own(ctx: Context) -> None:
    elsewhere = _in_region(ctx, "us-west-2")
    await put(ctx)

    assert await names(elsewhere) == []
    with pytest.raises(sns_faults.ResourceNotFound):
        await call(elsewhere, "DeleteAlarms", AlarmNames=["high-cpu"])


def _in_region(ctx: Context, region: str) -> Context:
    return dataclasses.replace(ctx, region=Region(region))


async def test_a_metric_s_alarms_are_those_with_its_very_dimensions(ctx: Context) -> None:
    dimension = [{"Name": "CacheClusterId", "Value": "orders-001"}]
    await put(ctx, AlarmName="whole")
    await put(ctx, AlarmName="one", Dimensions=dimension)
    await put(ctx, AlarmName="sum", Dimensions=dimension, Statistic="Sum", Period=300)
    metric = {"Namespace": "AWS/ElastiCache", "MetricName": "CPUUtilization"}

    async def found(**parameters: Any) -> list[str]:
        answer = await call(ctx, "DescribeAlarmsForMetric", **metric | parameters)
        return [alarm["AlarmName"] for alarm in answer["MetricAlarms"]]

    assert await found() == ["whole"]
    assert await found(Dimensions=dimension) == ["one", "sum"]
    assert await found(Dimensions=dimension, Statistic="Sum") == ["sum"]
    assert await found(Dimensions=dimension, Period=60) == ["one"]
    assert await found(Dimensions=dimension, Unit="Bytes") == []


# --- deleted -------------------------------------------------------------------------------------


async def test_a_deleted_alarm_is_gone_with_its_tags_and_its_history_stays(ctx: Context) -> None:
    await put(ctx, Tags=[{"Key": "team", "Value": "shop"}])

    await call(ctx, "DeleteAlarms", AlarmNames=["high-cpu"])

    assert await names(ctx) == []
    assert [item["HistorySummary"] for item in await history(ctx)] == [
        'Alarm "high-cpu" deleted',
        'Alarm "high-cpu" created',
    ]
    await put(ctx)
    assert (await call(ctx, "ListTagsForResource", ResourceARN=ARN))["Tags"] == []


async def test_one_unknown_name_keeps_all_alarms(ctx: Context) -> None:
    await put(ctx)

    with pytest.raises(sns_faults.ResourceNotFound, match="gone"):
        await call(ctx, "DeleteAlarms", AlarmNames=["high-cpu", "gone"])

    assert await names(ctx) == ["high-cpu"]


# --- put into a state ----------------------------------------------------------------------------


async def test_a_state_that_is_set_is_shown_told_and_published(ctx: Context) -> None:
    await _subscribe(ctx)
    await put(ctx, AlarmActions=[TOPIC])
    advance(ctx, minutes=1)

    await call(
        ctx, "SetAlarmState", AlarmName="high-cpu", StateValue="ALARM", StateReason="tested", StateReasonData='{"a": 1}'
    )

    alarm = await described(ctx)
    assert (alarm["StateValue"], alarm["StateReason"], alarm["StateReasonData"]) == ("ALARM", "tested", '{"a": 1}')
    assert alarm["StateTransitionedTimestamp"] == NOW + timedelta(minutes=1)
    action, update, _ = await history(ctx)
    assert action["HistorySummary"] == f"Successfully executed action {TOPIC}"
    assert update["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert json.loads(update["HistoryData"])["newState"]["stateReasonData"] == {"a": 1}
    (due,) = await ctx.store.read(lambda tx: list_due(tx, ctx.now(), per_subscription=9))
    assert due.message.subject == 'ALARM: "high-cpu" in US East (N. Virginia)'
    assert json.loads(due.message.text)["NewStateReason"] == "tested"


async def test_a_topic_that_is_not_there_is_told_in_the_history(ctx: Context) -> None:
    await put(ctx, AlarmActions=[TOPIC])

    await call(ctx, "SetAlarmState", AlarmName="high-cpu", StateValue="ALARM", StateReason="tested")

    (item,) = await history(ctx, HistoryItemType="Action")
    assert "Topic does not exist" in item["HistorySummary"]


async def test_the_same_state_again_has_a_new_reason_and_sets_nothing_off(ctx: Context) -> None:
    await put(ctx, InsufficientDataActions=[TOPIC])
    advance(ctx, minutes=1)

    await call(ctx, "SetAlarmState", AlarmName="high-cpu", StateValue="INSUFFICIENT_DATA", StateReason="tested")

    alarm = await described(ctx)
    assert alarm["StateReason"] == "tested"
    assert alarm["StateUpdatedTimestamp"] == NOW + timedelta(minutes=1)
    assert alarm["StateTransitionedTimestamp"] == NOW
    assert [item["HistoryItemType"] for item in await history(ctx)] == ["ConfigurationUpdate"]


@pytest.mark.parametrize("data", ["{", "tested", "[" * 4000])
async def test_reason_data_is_json(ctx: Context, data: str) -> None:
    await put(ctx)

    with pytest.raises(cloudwatch_faults.InvalidFormat):
        await call(
            ctx, "SetAlarmState", AlarmName="high-cpu", StateValue="OK", StateReason="tested", StateReasonData=data
        )


async def test_only_an_alarm_that_is_there_is_put_into_a_state(ctx: Context) -> None:
    with pytest.raises(sns_faults.ResourceNotFound):
        await call(ctx, "SetAlarmState", AlarmName="gone", StateValue="OK", StateReason="tested")


async def test_actions_that_are_disabled_are_not_done_until_they_are_enabled(ctx: Context) -> None:
    await put(ctx, AlarmActions=[TOPIC], OKActions=[TOPIC])

    await call(ctx, "DisableAlarmActions", AlarmNames=["high-cpu", "gone"])
    await call(ctx, "SetAlarmState", AlarmName="high-cpu", StateValue="ALARM", StateReason="tested")
    is_enabled = (await described(ctx))["ActionsEnabled"]
    await call(ctx, "EnableAlarmActions", AlarmNames=["high-cpu"])
    await call(ctx, "SetAlarmState", AlarmName="high-cpu", StateValue="OK", StateReason="tested")

    assert not is_enabled
    assert (await described(ctx))["ActionsEnabled"]
    assert [item["HistoryItemType"] for item in await history(ctx, ScanBy="TimestampAscending")] == [
        "ConfigurationUpdate",
        "ConfigurationUpdate",
        "StateUpdate",
        "ConfigurationUpdate",
        "StateUpdate",
        "Action",
    ]


async def _subscribe(ctx: Context) -> None:
    """A topic, and somebody who hears it."""
    topic = Topic(region=REGION, account_id=ACCOUNT_ID, name="alerts")
    subscription = Subscription(
        arn=Arn(f"{TOPIC}:01234567-89ab-cdef-0123-456789abcdef"),
        topic_arn=topic.arn,
        protocol=SubscriptionProtocol.LOG,
        endpoint="alerts",
        principal=ctx.caller_arn,
        made_at=NOW,
        is_confirmed=True,
    )

    def save(tx: Transaction) -> None:
        topics.save_topic(tx, topic)
        topics.save_subscription(tx, subscription)

    await ctx.store.write(save)
