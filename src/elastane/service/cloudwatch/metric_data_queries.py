"""What GetMetricData asks, read and checked. Whatever is wrong with a query is a ValidationError, as on AWS."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timezone

import msgspec

from elastane.model import faults, metric_labels
from elastane.model.extended_statistics import Statistic, UnknownStatistic, parse_statistic
from elastane.model.metric_math import names, parser
from elastane.model.metric_math.names import Needs
from elastane.model.metric_math.syntax import Expression, MathError
from elastane.model.metric_periods import is_period
from elastane.model.metrics import Metric, Unit
from elastane.service.cloudwatch.named_metrics import requested_metric, requested_unit
from elastane.service.context import Context
from elastane.service.parameters import Parameters

QUERIES_MAX = 500
DATAPOINTS_MAX = 100_800

_ID = re.compile(r"[a-z][A-Za-z0-9_]*\Z")


class AskedMetric(msgspec.Struct, frozen=True, kw_only=True):
    metric: Metric
    period_seconds: int
    statistic: Statistic
    statistic_name: str
    unit: Unit | None


class AskedExpression(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    expression: Expression
    needs: Needs
    period_seconds: int | None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """`label` is None where the caller gave none."""

    id: str
    label: str | None
    is_returned: bool
    asked: AskedMetric | AskedExpression


class AskedData(msgspec.Struct, frozen=True, kw_only=True):
    start: datetime
    end: datetime
    queries: tuple[Query, ...]
    is_ascending: bool
    datapoints_max: int
    label_zone: timezone


def requested_data(ctx: Context, parameters: Parameters) -> AskedData:
    """Raises ValidationError."""
    start, end = parameters.moment("StartTime"), parameters.moment("EndTime")
    assert start is not None and end is not None, "the model says both are required"
    if start >= end:
        raise faults.ValidationError("The parameter EndTime must be greater than StartTime.")
    datapoints_max = parameters.integer("MaxDatapoints")
    if datapoints_max is not None and not 0 < datapoints_max <= DATAPOINTS_MAX:
        raise faults.ValidationError(f"The parameter MaxDatapoints must be between 1 and {DATAPOINTS_MAX}.")
    return AskedData(
        start=start,
        end=end,
        queries=_requested_queries(ctx, parameters.structures("MetricDataQueries") or ()),
        is_ascending=parameters.text("ScanBy") == "TimestampAscending",
        datapoints_max=datapoints_max or DATAPOINTS_MAX,
        label_zone=_requested_zone(parameters),
    )


def _requested_zone(parameters: Parameters) -> timezone:
    options = parameters.structure("LabelOptions")
    text = None if options is None else options.text("Timezone")
    if text is None:
        return UTC
    zone = metric_labels.parse_timezone(text)
    if zone is None:
        raise faults.ValidationError("The parameter LabelOptions.Timezone must be a sign and four digits, as +0130.")
    return zone


def _requested_queries(ctx: Context, given: Sequence[Parameters]) -> tuple[Query, ...]:
    if not 0 < len(given) <= QUERIES_MAX:
        raise faults.ValidationError(f"The collection MetricDataQueries must have a size of 1 to {QUERIES_MAX}.")
    queries = tuple(_requested_query(ctx, each, number) for number, each in enumerate(given, start=1))
    if len({query.id for query in queries}) != len(queries):
        raise faults.ValidationError("The values for parameter id in MetricDataQueries are not unique.")
    return queries


def _requested_query(ctx: Context, given: Parameters, number: int) -> Query:
    query_id, path = given.required_text("Id"), f"MetricDataQueries.member.{number}"
    if _ID.match(query_id) is None:
        raise faults.ValidationError(
            f"The value {query_id} for parameter {path}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        )
    if given.text("AccountId") not in (None, ctx.account_id):
        raise faults.ValidationError(f"The account of {path}.AccountId is not linked to this one.")
    stat, text = given.structure("MetricStat"), given.text("Expression")
    if (stat is None) == (text is None):
        raise faults.ValidationError(f"Exactly one of {path}.MetricStat and {path}.Expression must be specified.")
    asked: AskedMetric | AskedExpression
    if stat is not None:
        if "Period" in given:
            raise faults.ValidationError(f"The parameters {path}.Period and {path}.MetricStat are mutually exclusive.")
        asked = _requested_metric_stat(ctx, stat, f"{path}.MetricStat")
    else:
        assert text is not None, "one of the two is there"
        asked = _requested_expression(query_id, text, _checked_period(given.integer("Period"), f"{path}.Period"))
    is_returned = given.flag("ReturnData")
    return Query(id=query_id, label=given.text("Label"), is_returned=is_returned is None or is_returned, asked=asked)


def _requested_metric_stat(ctx: Context, stat: Parameters, path: str) -> AskedMetric:
    period_seconds = _checked_period(stat.integer("Period"), f"{path}.Period")
    named, text = stat.structure("Metric"), stat.required_text("Stat")
    assert period_seconds is not None and named is not None, "the model says both are required"
    try:
        statistic = parse_statistic(text)
    except UnknownStatistic:
        raise faults.ValidationError(f"The value {text[:100]} for parameter {path}.Stat is not supported.") from None
    return AskedMetric(
        metric=requested_metric(ctx, named),
        period_seconds=period_seconds,
        statistic=statistic,
        statistic_name=text,
        unit=requested_unit(stat),
    )


def _requested_expression(query_id: str, text: str, period_seconds: int | None) -> AskedExpression:
    try:
        expression = parser.parse(text)
        needs = names.names_in(expression)
    except MathError as error:
        raise expression_refusal(query_id, error) from None
    return AskedExpression(text=text, expression=expression, needs=needs, period_seconds=period_seconds)


def expression_refusal(query_id: str, error: MathError) -> faults.ValidationError:
    return faults.ValidationError(f"Error in expression '{query_id}': {error}")


def _checked_period(period_seconds: int | None, path: str) -> int | None:
    if period_seconds is not None and not is_period(period_seconds):
        raise faults.ValidationError(f"The parameter {path} must be 1, 5, 10, 20, 30, or a multiple of 60.")
    return period_seconds
