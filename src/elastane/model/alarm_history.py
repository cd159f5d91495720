"""An alarm's history, in CloudWatch's words: what it was made to watch, the states it came into, what that set off.

Items are written once and never change; they outlive the alarm for as long as history is kept. The JSON of each is
AWS's, version 1.0, as its command line's examples show it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from elastane.model.alarms import (
    Actions,
    Alarm,
    AlarmState,
    WatchedExpression,
    WatchedMetric,
    WatchedQuery,
    alarm_arn,
    render_moment,
)
from elastane.model.ids import AccountId, Arn, Region

HISTORY_KEPT = timedelta(days=30)
DATA_LENGTH_MAX = 4095
SUMMARY_LENGTH_MAX = 255
DATA_VERSION = "1.0"


class ItemType(StrEnum):
    CONFIGURATION_UPDATE = "ConfigurationUpdate"
    STATE_UPDATE = "StateUpdate"
    ACTION = "Action"


class HistoryItem(msgspec.Struct, frozen=True, kw_only=True):
    region: Region
    alarm_name: str
    at: datetime
    type: ItemType
    summary: str
    data: str


class Change(StrEnum):
    """Of a configuration: the JSON's word for it; the sentence's is in `_DONE`."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


_DONE = {Change.CREATE: "created", Change.UPDATE: "updated", Change.DELETE: "deleted"}


def configuration_changed(
    change: Change, alarm: Alarm, state: AlarmState, account_id: AccountId, now: datetime
) -> HistoryItem:
    done = _DONE[change]
    configured = _answer_alarm(alarm, state, account_id)
    data: dict[str, object] = {"version": DATA_VERSION, "type": change, f"{done}Alarm": configured}
    if len(_encode(data)) > DATA_LENGTH_MAX:
        # Metric math of many lines: the item tells which alarm it was, and DescribeAlarms what it is.
        del configured["metrics"]
    return _item(alarm, now, ItemType.CONFIGURATION_UPDATE, f'Alarm "{alarm.name}" {done}', _encode(data))


def state_changed(alarm: Alarm, before: AlarmState, after: AlarmState) -> HistoryItem:
    """Where both states' data is too much for one item, the former state's is left out, and then the new one's."""
    former, new = _answer_state(before), _answer_state(after)
    for full in (former, new):
        if len(_state_data(former, new)) > DATA_LENGTH_MAX:
            full.pop("stateReasonData", None)
    summary = f"Alarm updated from {before.value} to {after.value}"
    return _item(alarm, after.updated_at, ItemType.STATE_UPDATE, summary, _state_data(former, new))


def action_done(alarm: Alarm, state: AlarmState, topic_arn: Arn, message: str) -> HistoryItem:
    summary = f"Successfully executed action {topic_arn}"
    data = _action_data(state, topic_arn, message, None)
    if len(data) > DATA_LENGTH_MAX:
        data = _action_data(state, topic_arn, None, None)
    return _item(alarm, state.updated_at, ItemType.ACTION, summary, data)


def action_failed(alarm: Alarm, state: AlarmState, topic_arn: Arn, sentence: str) -> HistoryItem:
    summary = f'Failed to execute action {topic_arn}. Received error: "{sentence}"'
    data = _action_data(state, topic_arn, None, sentence)
    return _item(alarm, state.updated_at, ItemType.ACTION, summary, data)


def _item(alarm: Alarm, at: datetime, kind: ItemType, summary: str, data: str) -> HistoryItem:
    return HistoryItem(
        region=alarm.region,
        alarm_name=alarm.name,
        at=at,
        type=kind,
        summary=summary[:SUMMARY_LENGTH_MAX],
        data=data,
    )


# --- the JSON ------------------------------------------------------------------------------------


def _state_data(former: dict[str, object], new: dict[str, object]) -> str:
    return _encode({"version": DATA_VERSION, "oldState": former, "newState": new})


def _answer_state(state: AlarmState) -> dict[str, object]:
    answer: dict[str, object] = {"stateValue": state.value, "stateReason": state.reason}
    if state.reason_data is not None:
        answer["stateReasonData"] = msgspec.Raw(state.reason_data.encode())
    return answer


def _action_data(state: AlarmState, topic_arn: Arn, message: str | None, sentence: str | None) -> str:
    published = None if message is None else _encode({"default": message})
    return _encode(
        {
            "actionState": "Succeeded" if sentence is None else "Failed",
            "stateUpdateTimestamp": int(state.updated_at.timestamp() * 1000),
            "notificationResource": topic_arn,
            "publishedMessage": published,
            "error": sentence,
        }
    )


def _answer_alarm(alarm: Alarm, state: AlarmState, account_id: AccountId) -> dict[str, object]:
    rule = alarm.rule
    answer: dict[str, object | None] = {
        "alarmName": alarm.name,
        "alarmDescription": alarm.description,
        "alarmArn": alarm_arn(alarm.region, account_id, alarm.name),
        "alarmConfigurationUpdatedTimestamp": render_moment(alarm.updated_at),
        **_answer_watched(alarm.watched),
        "threshold": rule.threshold,
        "comparisonOperator": rule.comparison,
        "evaluationPeriods": rule.evaluation_periods,
        "datapointsToAlarm": rule.datapoints_to_alarm,
        "treatMissingData": rule.missing_data,
        "evaluateLowSampleCountPercentile": rule.low_sample_count,
        "stateValue": state.value,
        "stateUpdatedTimestamp": render_moment(state.updated_at),
        **_answer_actions(alarm.actions),
    }
    return {name: value for name, value in answer.items() if value is not None}


def _answer_actions(actions: Actions) -> dict[str, object]:
    return {
        "actionsEnabled": actions.is_enabled,
        "alarmActions": actions.alarm,
        "insufficientDataActions": actions.insufficient_data,
        "okactions": actions.ok,
    }


def _answer_watched(watched: WatchedMetric | WatchedExpression) -> dict[str, object | None]:
    if isinstance(watched, WatchedExpression):
        return {"metrics": [_answer_query(query) for query in watched.queries]}
    subject = watched.metric.subject
    return {
        "namespace": subject.namespace,
        "metricName": watched.metric.name,
        "dimensions": [{"value": value, "name": name} for name, value in subject.dimensions],
        "statistic": watched.statistic,
        "period": watched.period_seconds,
        "unit": watched.unit,
    }


def _answer_query(query: WatchedQuery) -> dict[str, object]:
    answer: dict[str, object | None] = {
        "id": query.id,
        "label": query.label,
        "returnData": query.is_returned,
        "period": query.period_seconds,
    }
    if isinstance(query.asked, str):
        answer["expression"] = query.asked
    else:
        answer["metricStat"] = _answer_watched(query.asked)
    return {name: value for name, value in answer.items() if value is not None}


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
