"""Alarms on metric math: the data points of the one line that is watched. Pure, over `metric_math`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from elastane.model.alarm_evaluation import DataPoint, EvaluationRange, data_points
from elastane.model.alarms import WatchedExpression, WatchedMetric, WatchedQuery
from elastane.model.extended_statistics import compute, parse_statistic
from elastane.model.metric_math.evaluate import evaluate
from elastane.model.metric_math.names import names_in
from elastane.model.metric_math.parser import parse
from elastane.model.metric_math.syntax import MathError
from elastane.model.metric_math.values import Array, Scope, Series
from elastane.model.metrics import Point


def metric_points(watched: WatchedMetric, span: EvaluationRange, points: Sequence[Point]) -> tuple[DataPoint, ...]:
    statistic = parse_statistic(watched.statistic)
    return data_points(span, points, lambda measured: compute(statistic, measured))


def expression_points(
    watched: WatchedExpression, span: EvaluationRange, measured: Callable[[WatchedMetric], Sequence[Point]]
) -> tuple[DataPoint, ...]:
    """Of what was measured of each metric. Raises MathError where it cannot be worked out, or is not one series."""
    values: dict[str, Series | Array] = {}
    for query in ordered_queries(watched):
        if isinstance(query.asked, WatchedMetric):
            read = metric_points(query.asked, span, measured(query.asked))
            values[query.id] = _series(query.id, span, read)
        else:
            values[query.id] = evaluate(parse(query.asked), _scope(watched, span, values))
    (returned,) = (query.id for query in watched.queries if query.is_returned)
    found = values[returned]
    if not isinstance(found, Series):
        raise MathError("The expression of an alarm has to be one time series.")
    return tuple(DataPoint(at, found.values.get(int(at.timestamp()))) for at in span.beginnings)


def check_expression(watched: WatchedExpression) -> None:
    """Whether it could be worked out, were there data. Raises MathError."""
    span = EvaluationRange(
        end=datetime.fromtimestamp(watched.period_seconds * 2, UTC),
        period_seconds=watched.period_seconds,
        period_count=2,
        step_seconds=watched.period_seconds,
    )
    expression_points(watched, span, lambda _: ())


def ordered_queries(watched: WatchedExpression) -> tuple[WatchedQuery, ...]:
    """Metrics first, then each expression behind those that it speaks of. Raises MathError."""
    ordered = [query for query in watched.queries if isinstance(query.asked, WatchedMetric)]
    waiting = {query.id: (query, _names(query.asked)) for query in watched.queries if isinstance(query.asked, str)}
    known = {query.id for query in ordered}
    for query, names in waiting.values():
        if unknown := sorted(names - known - waiting.keys()):
            raise MathError(f"The expression {query.id} speaks of {unknown[0]}, which is not there.")
    while waiting:
        ready = [query for query, names in waiting.values() if not names & waiting.keys()]
        if not ready:
            raise MathError("The expressions speak of one another in a circle.")
        ordered += ready
        for query in ready:
            del waiting[query.id]
    return tuple(ordered)


def _names(expression: str) -> frozenset[str]:
    needs = names_in(parse(expression))
    if needs.searches:
        raise MathError("SEARCH is not supported on Metric Alarms.")
    return needs.names


def _scope(watched: WatchedExpression, span: EvaluationRange, values: Mapping[str, Series | Array]) -> Scope:
    return Scope(
        start_second=int(span.start.timestamp()),
        end_second=int(span.end.timestamp()),
        period_seconds=span.period_seconds,
        values=dict(values),
        metric_ids=tuple(query.id for query in watched.queries if isinstance(query.asked, WatchedMetric)),
    )


def _series(label: str, span: EvaluationRange, points: Sequence[DataPoint]) -> Series:
    known = {int(point.at.timestamp()): point.value for point in points if point.value is not None}
    return Series(label, span.period_seconds, known)
