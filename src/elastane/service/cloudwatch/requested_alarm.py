"""The alarm that PutMetricAlarm describes, checked. What is not said is kept as not said: it is read back so."""

import math
import re
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from elastane.model import faults
from elastane.model.alarm_expressions import check_expression
from elastane.model.alarms import (
    Actions,
    Alarm,
    Comparison,
    LowSampleCount,
    MissingData,
    Rule,
    WatchedExpression,
    WatchedMetric,
    WatchedQuery,
)
from elastane.model.extended_statistics import Simple, UnknownStatistic, parse_statistic
from elastane.model.ids import Arn
from elastane.model.metric_math.syntax import MathError
from elastane.model.metrics import Dimensions, Metric, Subject, Unit, dimensions
from elastane.model.topics import find_topic_name
from elastane.service.context import Context
from elastane.service.parameters import Parameters

SHORT_PERIODS_SECONDS = (10, 20, 30)
MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86_400
METRICS_MAX = 10
QUERIES_MAX = 20

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

_QUERY_ID = re.compile(r"[a-z][A-Za-z0-9_]{0,254}\Z")
_OF_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_NOT_BUILT = {
    "ThresholdMetricId": "anomaly detection",
    "EvaluationWindow": "evaluation windows",
    "WarmUpConfiguration": "warm-up periods",
    "EvaluationCriteria": "alarms on PromQL queries",
    "EvaluationInterval": "alarms on PromQL queries",
    "ActionConfiguration": "tags in notifications",
}


def requested_alarm(ctx: Context, parameters: Parameters, now: datetime) -> Alarm:
    """Raises InvalidParameterValue, InvalidParameterCombination and MissingParameter."""
    for name, feature in _NOT_BUILT.items():
        if name in parameters:
            raise faults.InvalidParameterValue(f"{name} is not supported in this version: {feature}.")
    name = parameters.required_text("AlarmName")
    if not (name.isascii() and name.isprintable()):
        raise faults.InvalidParameterValue("AlarmName must contain only ASCII characters.")
    watched = _requested_watched(ctx, parameters)
    rule = _requested_rule(parameters, watched)
    return Alarm(
        region=ctx.region,
        name=name,
        description=parameters.text("AlarmDescription"),
        watched=watched,
        rule=rule,
        actions=_requested_actions(ctx, parameters),
        updated_at=now,
    )


# --- when it is too much -------------------------------------------------------------------------


def _requested_rule(parameters: Parameters, watched: WatchedMetric | WatchedExpression) -> Rule:
    comparison = _required(parameters.text("ComparisonOperator"), "ComparisonOperator")
    if comparison not in set(Comparison):
        raise faults.InvalidParameterValue(f"{comparison} is not supported in this version: anomaly detection.")
    threshold = _required(parameters.number("Threshold"), "Threshold")
    if not math.isfinite(threshold):
        raise faults.InvalidParameterValue("Threshold must be a finite number.")
    periods = _required(parameters.integer("EvaluationPeriods"), "EvaluationPeriods")
    datapoints = parameters.integer("DatapointsToAlarm")
    if datapoints is not None and datapoints > periods:
        raise faults.InvalidParameterValue("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    _refuse_long_evaluation(watched.period_seconds, periods)
    rule = Rule(
        comparison=Comparison(comparison),
        threshold=threshold,
        evaluation_periods=periods,
        datapoints_to_alarm=datapoints,
        missing_data=_requested_choice(parameters, "TreatMissingData", MissingData),
        low_sample_count=_requested_choice(parameters, "EvaluateLowSampleCountPercentile", LowSampleCount),
    )
    is_simple = isinstance(watched, WatchedExpression) or watched.statistic in set(Simple)
    if rule.low_sample_count is not None and is_simple:
        raise faults.InvalidParameterCombination("EvaluateLowSampleCountPercentile is for percentiles alone.")
    return rule


def _refuse_long_evaluation(period_seconds: int, periods: int) -> None:
    """AWS's bounds: a day, or a week where the period is an hour or longer."""
    days = 7 if period_seconds >= HOUR_SECONDS else 1
    if period_seconds * periods > days * DAY_SECONDS:
        raise faults.InvalidParameterValue(
            f"Metrics cannot be checked across more than {'a day' if days == 1 else 'a week'} "
            f"(EvaluationPeriods * Period must be <= {days * DAY_SECONDS})."
        )


def _requested_choice(parameters: Parameters, name: str, choices: type[Choice]) -> Choice | None:
    text = parameters.text(name)
    if text is not None and text not in set(choices):
        raise faults.InvalidParameterValue(f"The value {text} for {name} must be one of: {', '.join(choices)}.")
    return None if text is None else choices(text)


def _required(value: Value | None, name: str) -> Value:
    """Of what the model does not require, because metric math does without some of it."""
    if value is None:
        raise faults.MissingParameter(f"The request must contain the parameter {name}")
    return value


# --- what is watched -----------------------------------------------------------------------------


def _requested_watched(ctx: Context, parameters: Parameters) -> WatchedMetric | WatchedExpression:
    queries = parameters.structures("Metrics")
    if not queries:
        return _requested_metric(ctx, parameters)
    both = next((name for name in _OF_ONE_METRIC if name in parameters), None)
    if both is not None:
        raise faults.InvalidParameterCombination(f"The parameters {both} and Metrics are mutually exclusive.")
    return _requested_expression(ctx, queries)


def _requested_metric(ctx: Context, parameters: Parameters) -> WatchedMetric:
    name = _required(parameters.text("MetricName"), "MetricName")
    namespace = _required(parameters.text("Namespace"), "Namespace")
    statistic, extended = parameters.text("Statistic"), parameters.text("ExtendedStatistic")
    if (statistic is None) == (extended is None):
        raise faults.InvalidParameterCombination("Exactly one of Statistic and ExtendedStatistic must be given.")
    if extended in set(Simple):
        raise faults.InvalidParameterValue(f"The value {extended} for ExtendedStatistic is not supported.")
    return WatchedMetric(
        metric=_metric(ctx, name, namespace, parameters),
        statistic=_checked_statistic(statistic or extended or ""),
        period_seconds=_checked_period(_required(parameters.integer("Period"), "Period")),
        unit=_unit(parameters),
    )


def _requested_expression(ctx: Context, structures: tuple[Parameters, ...]) -> WatchedExpression:
    if len(structures) > QUERIES_MAX:
        raise faults.InvalidParameterValue(f"Metrics must have no more than {QUERIES_MAX} members.")
    queries = tuple(_requested_query(ctx, each) for each in structures)
    if len({query.id for query in queries}) < len(queries):
        raise faults.InvalidParameterValue("The Ids in Metrics must be unique.")
    if sum(query.is_returned for query in queries) != 1:
        raise faults.InvalidParameterValue("Exactly one element of the Metrics list should return data.")
    of_metrics = [query.asked.period_seconds for query in queries if isinstance(query.asked, WatchedMetric)]
    if len(of_metrics) > METRICS_MAX:
        raise faults.InvalidParameterValue(f"An alarm can watch no more than {METRICS_MAX} metrics.")
    of_expressions = [query.period_seconds for query in queries if query.period_seconds is not None]
    periods = sorted({*of_metrics, *of_expressions})
    if len(periods) != 1:
        raise faults.InvalidParameterValue("All elements of the Metrics list must have the same Period.")
    watched = WatchedExpression(queries=queries, period_seconds=_checked_period(periods[0]))
    try:
        check_expression(watched)
    except MathError as error:
        raise faults.InvalidParameterValue(f"Invalid metrics list: {error}") from None
    return watched


def _requested_query(ctx: Context, query: Parameters) -> WatchedQuery:
    query_id = query.required_text("Id")
    if _QUERY_ID.match(query_id) is None:
        raise faults.InvalidParameterValue(
            f"The Id {query_id} must begin with a lower-case letter and have only letters, digits and underscores."
        )
    account_id = query.text("AccountId")
    if account_id is not None and account_id != ctx.account_id:
        raise faults.InvalidParameterValue(f"There are no metrics of account {account_id} here.")
    stat, expression = query.structure("MetricStat"), query.text("Expression")
    if (stat is None) == (expression is None):
        raise faults.InvalidParameterCombination(f"{query_id} must have either a MetricStat or an Expression.")
    returned = query.flag("ReturnData")
    return WatchedQuery(
        id=query_id,
        asked=_requested_stat(ctx, stat) if stat is not None else expression or "",
        is_returned=True if returned is None else returned,
        label=query.text("Label"),
        period_seconds=query.integer("Period"),
    )


def _requested_stat(ctx: Context, stat: Parameters) -> WatchedMetric:
    metric = stat.structure("Metric")
    assert metric is not None, "the model says it is required, and the wire checks it"
    name = _required(metric.text("MetricName"), "MetricName")
    namespace = _required(metric.text("Namespace"), "Namespace")
    return WatchedMetric(
        metric=_metric(ctx, name, namespace, metric),
        statistic=_checked_statistic(stat.required_text("Stat")),
        period_seconds=_checked_period(_required(stat.integer("Period"), "Period")),
        unit=_unit(stat),
    )


def _metric(ctx: Context, name: str, namespace: str, parameters: Parameters) -> Metric:
    return Metric(Subject(ctx.region, namespace, requested_dimensions(parameters)), name)


def requested_dimensions(parameters: Parameters) -> Dimensions:
    given = parameters.structures("Dimensions") or ()
    values = {each.required_text("Name"): each.required_text("Value") for each in given}
    if len(values) < len(given):
        raise faults.InvalidParameterValue("No two Dimensions can have the same name.")
    return dimensions(values)


def _checked_statistic(text: str) -> str:
    try:
        parse_statistic(text)
    except UnknownStatistic:
        raise faults.InvalidParameterValue(f"The value {text} for parameter Statistic is not supported.") from None
    return text


def _checked_period(seconds: int) -> int:
    if seconds not in SHORT_PERIODS_SECONDS and seconds % MINUTE_SECONDS != 0:
        raise faults.InvalidParameterValue(f"Period must be 10, 20, 30 or a multiple of {MINUTE_SECONDS}.")
    _refuse_long_evaluation(seconds, 1)
    return seconds


def _unit(parameters: Parameters) -> Unit | None:
    unit = parameters.text("Unit")
    return None if unit is None else Unit(unit)


# --- who is told ---------------------------------------------------------------------------------


def _requested_actions(ctx: Context, parameters: Parameters) -> Actions:
    is_enabled = parameters.flag("ActionsEnabled")
    return Actions(
        is_enabled=True if is_enabled is None else is_enabled,
        ok=_requested_arns(ctx, parameters, "OKActions"),
        alarm=_requested_arns(ctx, parameters, "AlarmActions"),
        insufficient_data=_requested_arns(ctx, parameters, "InsufficientDataActions"),
    )


def _requested_arns(ctx: Context, parameters: Parameters, name: str) -> tuple[Arn, ...]:
    """Topics of this account and region, whether or not they are there yet.

    AWS's other actions are refused: that an alarm cannot do what it was told would be noticed when it is too late.
    """
    arns = tuple(dict.fromkeys(parameters.texts(name) or ()))
    for each in arns:
        topic = find_topic_name(each)
        if topic is None:
            raise faults.InvalidParameterValue(f"{each} is not supported in {name}: only SNS topics can be told.")
        if topic.region != ctx.region:
            raise faults.InvalidParameterValue(
                f"Invalid region {topic.region} specified. Only {ctx.region} is supported."
            )
        if topic.account_id != ctx.account_id:
            raise faults.InvalidParameterValue(f"{each} is not a topic of account {ctx.account_id}.")
    return tuple(Arn(each) for each in arns)
