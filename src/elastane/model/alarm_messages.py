"""What topics are told of an alarm that has come into another state: CloudWatch's subject and its JSON."""

import msgspec

from elastane.model.alarms import (
    Alarm,
    AlarmState,
    WatchedExpression,
    WatchedMetric,
    WatchedQuery,
    alarm_arn,
    render_moment,
)
from elastane.model.extended_statistics import Simple
from elastane.model.ids import AccountId, Region

SUBJECT_LENGTH_MAX = 100
"""SNS's, of the subject of any message."""

_REGION_NAMES = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-east-2": "Asia Pacific (Taipei)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ap-southeast-5": "Asia Pacific (Malaysia)",
    "ap-southeast-6": "Asia Pacific (New Zealand)",
    "ap-southeast-7": "Asia Pacific (Thailand)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "Europe (Milan)",
    "eu-south-2": "Europe (Spain)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "mx-central-1": "Mexico (Central)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}
"""As notifications name them: the older European regions are still the EU's there, as in
"Region":"EU (Ireland)" of messages of 2024."""


def render_subject(alarm: Alarm, after: AlarmState) -> str:
    """``ALARM: "high-cpu" in US East (N. Virginia)``; a long name is cut, so that the rest is still there."""
    head, tail = f'{after.value}: "', f'" in {region_name(alarm.region)}'
    room = SUBJECT_LENGTH_MAX - len(head) - len(tail)
    name = alarm.name if len(alarm.name) <= room else f"{alarm.name[: room - 3]}..."
    return f"{head}{name}{tail}"


def render_message(alarm: Alarm, before: AlarmState, after: AlarmState, account_id: AccountId) -> str:
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account_id,
        "AlarmConfigurationUpdatedTimestamp": render_moment(alarm.updated_at),
        "NewStateValue": after.value,
        "NewStateReason": after.reason,
        "StateChangeTime": render_moment(after.updated_at),
        "Region": region_name(alarm.region),
        "AlarmArn": alarm_arn(alarm.region, account_id, alarm.name),
        "OldStateValue": before.value,
        "OKActions": alarm.actions.ok,
        "AlarmActions": alarm.actions.alarm,
        "InsufficientDataActions": alarm.actions.insufficient_data,
        "Trigger": _trigger(alarm),
    }
    return msgspec.json.encode(message).decode()


def region_name(region: Region) -> str:
    """A region that AWS does not have has no other name."""
    return _REGION_NAMES.get(region, region)


def _trigger(alarm: Alarm) -> dict[str, object]:
    rule = alarm.rule
    trigger: dict[str, object] = {}
    if isinstance(alarm.watched, WatchedMetric):
        trigger |= _metric(alarm.watched)
    trigger |= {"Period": alarm.watched.period_seconds, "EvaluationPeriods": rule.evaluation_periods}
    if rule.datapoints_to_alarm is not None:
        trigger["DatapointsToAlarm"] = rule.datapoints_to_alarm
    trigger |= {
        "ComparisonOperator": rule.comparison,
        "Threshold": rule.threshold,
        "TreatMissingData": rule.missing_data or "",
        "EvaluateLowSampleCountPercentile": rule.low_sample_count or "",
    }
    if isinstance(alarm.watched, WatchedExpression):
        trigger["Metrics"] = [_query(query) for query in alarm.watched.queries]
    return trigger


def _metric(watched: WatchedMetric) -> dict[str, object]:
    is_simple = watched.statistic in set(Simple)
    kind = "Statistic" if is_simple else "ExtendedStatistic"
    return {
        "MetricName": watched.metric.name,
        "Namespace": watched.metric.subject.namespace,
        "StatisticType": kind,
        kind: _SPELLED.get(watched.statistic, watched.statistic),
        "Unit": watched.unit,
        "Dimensions": _dimensions(watched),
    }


_SPELLED: dict[str, str] = {
    Simple.SAMPLE_COUNT: "SAMPLE_COUNT",
    Simple.AVERAGE: "AVERAGE",
    Simple.SUM: "SUM",
    Simple.MINIMUM: "MINIMUM",
    Simple.MAXIMUM: "MAXIMUM",
}


def _query(query: WatchedQuery) -> dict[str, object]:
    answer: dict[str, object] = {"Id": query.id, "ReturnData": query.is_returned}
    if query.label is not None:
        answer["Label"] = query.label
    if isinstance(query.asked, str):
        return answer | {"Expression": query.asked}
    stat: dict[str, object] = {
        "Metric": {
            "Dimensions": _dimensions(query.asked),
            "MetricName": query.asked.metric.name,
            "Namespace": query.asked.metric.subject.namespace,
        },
        "Period": query.asked.period_seconds,
        "Stat": query.asked.statistic,
    }
    if query.asked.unit is not None:
        stat["Unit"] = query.asked.unit
    return answer | {"MetricStat": stat}


def _dimensions(watched: WatchedMetric) -> list[dict[str, str]]:
    return [{"value": value, "name": name} for name, value in watched.metric.subject.dimensions]
