"""CloudWatch alarms with AWS's own clients: made, read back, found, set, told of, deleted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import botocore.exceptions
import pytest

from tests.kit.elastane import REGION, RunningElastane

ACCOUNT_ID = "000000000000"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:nobody"
_NUMBERS = count(1)

QUIET = {
    "Namespace": "Shop",
    "MetricName": "Quiet",
    "Statistic": "Average",
    "Period": 3600,
    "EvaluationPeriods": 2,
    "Threshold": 90.5,
    "ComparisonOperator": "GreaterThanThreshold",
    # Nobody measures it: an evaluation in between leaves every state as the test has set it.
    "TreatMissingData": "ignore",
}


class Alarms:
    """Alarms of one test, by names of its own."""

    def __init__(self, client: Any, prefix: str) -> None:
        self.client = client
        self.prefix = prefix

    def name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def put(self, name: str, **parameters: Any) -> str:
        self.client.put_metric_alarm(AlarmName=self.name(name), **QUIET | parameters)
        return self.name(name)

    def describe(self, name: str) -> dict[str, Any]:
        (alarm,) = self.client.describe_alarms(AlarmNames=[self.name(name)])["MetricAlarms"]
        return dict(alarm)

    def names(self, **parameters: Any) -> list[str]:
        pages = self.client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self.prefix}-", **parameters)
        return [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]

    def history(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("describe_alarm_history").paginate(AlarmName=self.name(name), **parameters)
        return [item for page in pages for item in page["AlarmHistoryItems"]]


@pytest.fixture
def alarms(elastane: RunningElastane) -> Iterator[Alarms]:
    made = Alarms(elastane.client("cloudwatch"), prefix=f"t{next(_NUMBERS)}")
    yield made
    if left := made.names():
        made.client.delete_alarms(AlarmNames=left)


def code_of(error: pytest.ExceptionInfo[botocore.exceptions.ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_alarm_is_read_back_as_it_was_given(alarms: Alarms) -> None:
    given = {
        "AlarmDescription": "much too busy",
        "ActionsEnabled": True,
        "OKActions": [TOPIC],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [TOPIC],
        "Dimensions": [{"Name": "CacheClusterId", "Value": "orders-001"}, {"Name": "CacheNodeId", "Value": "0001"}],
        "Unit": "Percent",
        "DatapointsToAlarm": 1,
    }
    asked_at = datetime.now(UTC)

    name = alarms.put("whole", **given)

    alarm = alarms.describe("whole")
    assert {key: alarm[key] for key in QUIET | given} == QUIET | given
    assert alarm["AlarmArn"] == f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:{name}"
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    for moment in ("AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp"):
        assert abs(alarm[moment] - asked_at) < timedelta(minutes=1)


def test_metric_math_and_percentiles_are_read_back_as_they_were_given(alarms: Alarms) -> None:
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "Quiet", "Dimensions": []}, "Period": 300, "Stat": "Sum"}
    metrics = [
        {"Id": "e1", "Expression": "m1 * 2", "Label": "twice", "ReturnData": True},
        {"Id": "m1", "MetricStat": stat, "ReturnData": False},
    ]
    alarms.client.put_metric_alarm(
        AlarmName=alarms.name("math"),
        Metrics=metrics,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )
    parameters: dict[str, Any] = {name: value for name, value in QUIET.items() if name != "Statistic"}
    alarms.client.put_metric_alarm(
        AlarmName=alarms.name("percentile"),
        ExtendedStatistic="p99.9",
        EvaluateLowSampleCountPercentile="ignore",
        **parameters,
    )

    math, percentile = alarms.describe("math"), alarms.describe("percentile")

    assert math["Metrics"] == metrics
    assert math["Threshold"] == 1.0
    assert not {"MetricName", "Namespace", "Period", "Dimensions"} & math.keys()
    assert (percentile["ExtendedStatistic"], percentile["EvaluateLowSampleCountPercentile"]) == ("p99.9", "ignore")
    assert "Statistic" not in percentile


def test_alarms_are_found_by_prefix_state_action_and_metric_page_by_page(alarms: Alarms) -> None:
    put = [alarms.put(str(number), AlarmActions=[TOPIC] if number == 2 else []) for number in range(5)]
    alarms.client.set_alarm_state(AlarmName=put[3], StateValue="OK", StateReason="tested")

    assert alarms.names(PaginationConfig={"PageSize": 2}) == put
    assert alarms.names(StateValue="OK") == [put[3]]
    assert alarms.names(ActionPrefix=TOPIC) == [put[2]]
    found = alarms.client.describe_alarms_for_metric(Namespace="Shop", MetricName="Quiet", Period=3600)
    assert set(put) <= {alarm["AlarmName"] for alarm in found["MetricAlarms"]}


def test_a_state_that_is_set_is_shown_and_told(alarms: Alarms) -> None:
    name = alarms.put("set", AlarmActions=[TOPIC])

    alarms.client.set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="tested", StateReasonData='{"by": "hand"}'
    )

    assert alarms.describe("set")["StateValue"] == "ALARM"
    action, update, created = alarms.history("set", PaginationConfig={"PageSize": 1})
    assert (action["HistoryItemType"], action["AlarmType"]) == ("Action", "MetricAlarm")
    assert "Topic does not exist" in action["HistorySummary"]
    assert json.loads(update["HistoryData"])["newState"] == {
        "stateValue": "ALARM",
        "stateReason": "tested",
        "stateReasonData": {"by": "hand"},
    }
    assert created["HistorySummary"] == f'Alarm "{name}" created'
    assert alarms.history("set", HistoryItemType="StateUpdate") == [update]


def test_actions_are_switched_off_and_on(alarms: Alarms) -> None:
    name = alarms.put("switched")

    alarms.client.disable_alarm_actions(AlarmNames=[name])
    was_enabled = alarms.describe("switched")["ActionsEnabled"]
    alarms.client.enable_alarm_actions(AlarmNames=[name])

    assert not was_enabled
    assert alarms.describe("switched")["ActionsEnabled"]


def test_an_alarm_has_tags(alarms: Alarms) -> None:
    alarms.put("tagged", Tags=[{"Key": "team", "Value": "shop"}])
    arn = alarms.describe("tagged")["AlarmArn"]

    alarms.client.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "test"}])
    alarms.client.untag_resource(ResourceARN=arn, TagKeys=["team"])

    assert alarms.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]


def test_deleted_alarms_are_gone_and_their_history_is_not(alarms: Alarms) -> None:
    name = alarms.put("deleted")

    alarms.client.delete_alarms(AlarmNames=[name])

    assert alarms.names() == []
    assert [item["HistorySummary"] for item in alarms.history("deleted")] == [
        f'Alarm "{name}" deleted',
        f'Alarm "{name}" created',
    ]


def test_boto3_knows_the_faults_by_their_names(alarms: Alarms) -> None:
    exceptions = alarms.client.exceptions
    name = alarms.put("there")

    with pytest.raises(exceptions.ResourceNotFound):
        alarms.client.delete_alarms(AlarmNames=[name, alarms.name("gone")])
    with pytest.raises(exceptions.ResourceNotFoundException):
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:{alarms.name('gone')}"
        alarms.client.list_tags_for_resource(ResourceARN=arn)
    with pytest.raises(exceptions.InvalidFormatFault):
        alarms.client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="", StateReasonData="{")
    with pytest.raises(exceptions.InvalidNextToken):
        alarms.client.describe_alarms(NextToken="made up")
    assert alarms.names() == [name]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Period": 45}, "InvalidParameterValue"),
        ({"DatapointsToAlarm": 3}, "InvalidParameterValue"),
        ({"ExtendedStatistic": "p99"}, "InvalidParameterCombination"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "InvalidParameterValue"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "InvalidParameterValue"),
    ],
)
def test_an_alarm_that_could_not_be_evaluated_is_refused(alarms: Alarms, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as error:
        alarms.put("refused", **changes)

    assert code_of(error) == code


def test_the_aws_cli_makes_an_alarm_and_describes_it(elastane: RunningElastane, alarms: Alarms) -> None:
    made = elastane.run_aws(
        *("cloudwatch", "put-metric-alarm", "--alarm-name", alarms.name("cli"), "--namespace", "Shop"),
        *("--metric-name", "Quiet", "--statistic", "Sum", "--period", "60", "--evaluation-periods", "1"),
        *("--threshold", "5", "--comparison-operator", "LessThanThreshold", "--treat-missing-data", "ignore"),
    )
    shown = elastane.run_aws("cloudwatch", "describe-alarms", "--alarm-names", alarms.name("cli"))

    assert made.returncode == 0, made.stderr
    (alarm,) = json.loads(shown.stdout)["MetricAlarms"]
    assert (alarm["Threshold"], alarm["StateValue"]) == (5.0, "INSUFFICIENT_DATA")
