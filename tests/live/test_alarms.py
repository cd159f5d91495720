"""An alarm over real data: it goes, it is told of, it comes back, and a crash in between tells nothing twice."""

import json
from typing import Any

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane

NAME = "load"
WAIT_SECONDS = 90
"""Ten seconds have to pass and to settle, and the loop looks every ten."""


def _put(client: Any, value: float) -> None:
    datum = {"MetricName": "Load", "Value": value, "Unit": "Percent", "StorageResolution": 1}
    client.put_metric_data(Namespace="Shop", MetricData=[datum])


def _state(client: Any) -> str:
    (alarm,) = client.describe_alarms(AlarmNames=[NAME])["MetricAlarms"]
    return str(alarm["StateValue"])


async def _measure_until(elastane: RunningElastane, value: float, state: str) -> None:
    """Such data, again and again, until the alarm is in that state."""
    client = elastane.client("cloudwatch")

    def measure() -> bool:
        _put(client, value)
        return _state(client) == state

    await eventually(measure, timeout_seconds=WAIT_SECONDS, interval_seconds=0.5, message=f"the alarm is not {state}")


def _told(elastane: RunningElastane) -> list[dict[str, Any]]:
    """What the topic's subscriber was told, from first to last."""
    file = elastane.data_dir / "notifications" / "alerts"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(json.loads(line)["Message"]) for line in lines]


async def test_an_alarm_goes_and_comes_back_with_the_data_and_is_told_of_once_each(elastane: RunningElastane) -> None:
    client, sns = elastane.client("cloudwatch"), elastane.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="file", Endpoint="alerts")
    client.put_metric_alarm(
        AlarmName=NAME,
        Namespace="Shop",
        MetricName="Load",
        Statistic="Average",
        Period=10,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[topic],
        OKActions=[topic],
    )

    await _measure_until(elastane, 90.0, "ALARM")
    elastane.kill()
    elastane.start()
    after_the_crash = _state(client)
    await _measure_until(elastane, 10.0, "OK")
    await eventually(lambda: len(_told(elastane)) >= 2, timeout_seconds=WAIT_SECONDS)

    assert after_the_crash == "ALARM"
    going, back = _told(elastane)
    assert (going["OldStateValue"], going["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert (back["OldStateValue"], back["NewStateValue"]) == ("ALARM", "OK")
    assert going["NewStateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [90.0 (")
    items = client.describe_alarm_history(AlarmName=NAME, ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        f'Alarm "{NAME}" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {topic}",
        "Alarm updated from ALARM to OK",
        f"Successfully executed action {topic}",
    ]
