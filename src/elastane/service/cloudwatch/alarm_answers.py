"""An alarm as DescribeAlarms answers it: every member that PutMetricAlarm was given, and nothing that it was not."""

from elastane.model.alarms import Alarm, AlarmState, WatchedExpression, WatchedMetric, WatchedQuery, alarm_arn
from elastane.model.extended_statistics import Simple
from elastane.service.context import Context, Result


def answer_alarm(ctx: Context, alarm: Alarm, state: AlarmState) -> Result:
    rule, actions = alarm.rule, alarm.actions
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm_arn(alarm.region, ctx.account_id, alarm.name),
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": alarm.updated_at,
        "ActionsEnabled": actions.is_enabled,
        "OKActions": list(actions.ok),
        "AlarmActions": list(actions.alarm),
        "InsufficientDataActions": list(actions.insufficient_data),
        "StateValue": state.value,
        "StateReason": state.reason,
        "StateReasonData": state.reason_data,
        "StateUpdatedTimestamp": state.updated_at,
        "StateTransitionedTimestamp": state.transitioned_at,
        **_answer_watched(alarm.watched),
        "EvaluationPeriods": rule.evaluation_periods,
        "DatapointsToAlarm": rule.datapoints_to_alarm,
        "Threshold": rule.threshold,
        "ComparisonOperator": rule.comparison,
        "TreatMissingData": rule.missing_data,
        "EvaluateLowSampleCountPercentile": rule.low_sample_count,
    }


def _answer_watched(watched: WatchedMetric | WatchedExpression) -> Result:
    if isinstance(watched, WatchedExpression):
        return {"Metrics": [_answer_query(query) for query in watched.queries]}
    is_simple = watched.statistic in set(Simple)
    return {
        **_answer_metric(watched),
        "Statistic": watched.statistic if is_simple else None,
        "ExtendedStatistic": None if is_simple else watched.statistic,
        "Period": watched.period_seconds,
        "Unit": watched.unit,
    }


def _answer_query(query: WatchedQuery) -> Result:
    answer = {
        "Id": query.id,
        "Label": query.label,
        "ReturnData": query.is_returned,
        "Period": query.period_seconds,
    }
    if isinstance(query.asked, str):
        return answer | {"Expression": query.asked}
    stat = {
        "Metric": _answer_metric(query.asked),
        "Period": query.asked.period_seconds,
        "Stat": query.asked.statistic,
        "Unit": query.asked.unit,
    }
    return answer | {"MetricStat": stat}


def _answer_metric(watched: WatchedMetric) -> Result:
    subject = watched.metric.subject
    return {
        "Namespace": subject.namespace,
        "MetricName": watched.metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in subject.dimensions],
    }
