"""GetMetricData's queries, worked out: metrics are read, searches are done, expressions follow one another.

Periods begin at the multiples of their length, and are told as a whole: the first is the one in which StartTime is, the
last the one in which EndTime is no more.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from elastane.model import faults, metric_labels, metric_periods
from elastane.model.extended_statistics import Statistic, UnknownStatistic, compute, parse_statistic
from elastane.model.metric_math import search
from elastane.model.metric_math.evaluate import evaluate
from elastane.model.metric_math.names import SearchCall
from elastane.model.metric_math.syntax import MathError
from elastane.model.metric_math.values import Array, Origin, Scope, Series
from elastane.model.metrics import Metric, Point
from elastane.service.cloudwatch.metric_data_queries import (
    AskedData,
    AskedExpression,
    AskedMetric,
    Query,
    expression_refusal,
)
from elastane.service.cloudwatch.metrics import LISTED_FOR
from elastane.service.cloudwatch.requested_samples import NEWEST
from elastane.service.context import Context
from elastane.store.metric_listings import MetricQuery

POINTS_MAX = 1_000_000
"""Of all that one call asks for, before anything is left out of its answer. Ours: AWS names no limit."""
WORK_MAX = 3_000_000
"""Points times the parts of the expressions that look at them: some seconds of a processor."""
READ_AT_ONCE = 20
"""So many metrics are read in one trip, and become numbers before the next ones are read."""
SEARCH_PERIOD_SECONDS = 300
"""Of a search that says none."""
SEARCHED_MAX = 10_000
FOUND_MAX = 500
KEPT_FOR = timedelta(days=455)


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """By the queries' ids. `is_search_cut` says that a search found more metrics than can be shown."""

    values: Mapping[str, Series | Array]
    is_search_cut: bool


async def work_out(ctx: Context, asked: AskedData) -> Worked:
    """Raises ValidationError."""
    now = ctx.now()
    asked = _within_reach(asked, now)
    queries = {query.id: query for query in asked.queries}
    values: dict[str, Series | Array] = {**await _read_metrics(ctx, asked, now)}
    metric_ids = tuple(values)
    cut: list[bool] = []
    work = 0
    for query in _in_order(queries):
        expression = query.asked
        assert isinstance(expression, AskedExpression), "only expressions are put in order"
        period_seconds = expression.period_seconds or _shortest_period(asked.queries)
        try:
            searches, is_cut = await _search(ctx, asked, expression, now)
            cut.append(is_cut)
            scope = Scope(
                start_second=int(metric_periods.rounded_start(asked.start, period_seconds, now).timestamp()),
                # What is still to come is not filled.
                end_second=int(min(asked.end, now).timestamp()),
                period_seconds=period_seconds,
                values=values,
                metric_ids=metric_ids,
                searches=searches,
            )
            work += _work(expression, scope)
            if work > WORK_MAX:
                raise MathError("The expressions are too much work. Increase the period or decrease the time range.")
            values[query.id] = await ctx.aside(functools.partial(evaluate, expression.expression, scope))
        except MathError as error:
            raise expression_refusal(query.id, error) from None
        _refuse_too_many(sum(map(_point_count, values.values())))
    return Worked(values=values, is_search_cut=any(cut))


def _within_reach(asked: AskedData, now: datetime) -> AskedData:
    """Nothing is older or later than this, and the years 1 and 9999 are no numbers to reckon with."""
    oldest, newest = now - KEPT_FOR, now + NEWEST
    start, end = (min(max(moment, oldest), newest) for moment in (asked.start, asked.end))
    return msgspec.structs.replace(asked, start=start, end=end)


def as_array(value: Series | Array) -> Array:
    return (value,) if isinstance(value, Series) else value


def _work(expression: AskedExpression, scope: Scope) -> int:
    """Looked at before it is done; a part that is a number, or looks at less than all, is counted like the others."""
    needs = expression.needs
    looked_at = set(needs.names) | (set(scope.metric_ids) if needs.has_metrics_call else set())
    count = sum(_point_count(scope.values[each]) for each in looked_at)
    count += sum(map(_point_count, scope.searches.values()))
    if needs.fills_gaps:
        count += len(scope.seconds(scope.period_seconds))
    return count * needs.part_count


def _point_count(value: Series | Array) -> int:
    return sum(len(series.values) for series in as_array(value))


def _refuse_too_many(count: int) -> None:
    if count > POINTS_MAX:
        raise faults.ValidationError(
            f"The request has more than {POINTS_MAX} data points. Increase the period or decrease the time range."
        )


def _shortest_period(queries: Iterable[Query]) -> int:
    periods = [query.asked.period_seconds for query in queries if isinstance(query.asked, AskedMetric)]
    return min(periods, default=SEARCH_PERIOD_SECONDS)


# --- metrics -------------------------------------------------------------------------------------


async def _read_metrics(ctx: Context, asked: AskedData, now: datetime) -> dict[str, Series]:
    metrics = {query.id: query.asked for query in asked.queries if isinstance(query.asked, AskedMetric)}
    labels = metric_labels.default_labels([each.metric for each in metrics.values()])
    wanted = [
        _Wanted(
            origin=Origin(each.metric, each.statistic_name),
            statistic=each.statistic,
            period_seconds=each.period_seconds,
            label=label,
        )
        for each, label in zip(metrics.values(), labels, strict=True)
    ]
    found = dict(zip(metrics, await _read(ctx, asked, wanted, now), strict=True))
    for query_id, each in metrics.items():
        # CloudWatch converts no units: asked for another than the metric's, it has no data.
        if each.unit is not None and await ctx.metric_series.find_unit(each.metric) != each.unit:
            found[query_id] = msgspec.structs.replace(found[query_id], values={})
    return found


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    origin: Origin
    statistic: Statistic
    period_seconds: int
    label: str


async def _read(ctx: Context, asked: AskedData, wanted: Sequence[_Wanted], now: datetime) -> list[Series]:
    """In the order of what is wanted."""
    if asked.start >= asked.end:
        return [Series(each.label, each.period_seconds, {}, each.origin) for each in wanted]
    seconds = (asked.end - asked.start).total_seconds()
    _refuse_too_many(int(sum(seconds / each.period_seconds for each in wanted)))
    found: dict[int, Series] = {}
    for period_seconds in sorted({each.period_seconds for each in wanted}):
        start = metric_periods.start_of_period(
            metric_periods.rounded_start(asked.start, period_seconds, now), period_seconds
        )
        last = metric_periods.start_of_period(asked.end - timedelta(microseconds=1), period_seconds)
        end = last + timedelta(seconds=period_seconds)
        same = [index for index, each in enumerate(wanted) if each.period_seconds == period_seconds]
        for first in range(0, len(same), READ_AT_ONCE):
            here = same[first : first + READ_AT_ONCE]
            metrics = list(dict.fromkeys(wanted[index].origin.metric for index in here))
            read = await ctx.metric_series.read_many(metrics, start, end, period_seconds)
            series = await ctx.aside(functools.partial(_to_series, [wanted[index] for index in here], read, start))
            found.update(zip(here, series, strict=True))
    return [found[index] for index in range(len(wanted))]


def _to_series(wanted: Sequence[_Wanted], read: Mapping[Metric, Sequence[Point]], start: datetime) -> list[Series]:
    found = []
    for each in wanted:
        points = metric_periods.aggregate(read[each.origin.metric], start, each.period_seconds)
        told = ((int(point.at.timestamp()), compute(each.statistic, point.measured)) for point in points)
        values = {at: value for at, value in told if value is not None}
        found.append(Series(each.label, each.period_seconds, values, each.origin))
    return found


# --- searches ------------------------------------------------------------------------------------


async def _search(
    ctx: Context, asked: AskedData, expression: AskedExpression, now: datetime
) -> tuple[dict[SearchCall, Array], bool]:
    """What each search of the expression found, and whether there was more. Raises MathError."""
    found: dict[SearchCall, Array] = {}
    is_cut = False
    for call in expression.needs.searches:
        try:
            statistic = parse_statistic(call.statistic)
        except UnknownStatistic:
            raise MathError(f"SEARCH: {call.statistic[:100]} is no statistic.") from None
        period_seconds = call.period_seconds or expression.period_seconds or SEARCH_PERIOD_SECONDS
        if not metric_periods.is_period(period_seconds):
            raise MathError("SEARCH: the period must be 1, 5, 10, 20, 30, or a multiple of 60.")
        metrics, has_more = await _find_metrics(ctx, search.parse_search(call.query), now)
        is_cut = is_cut or has_more
        labels = metric_labels.default_labels(metrics)
        wanted = [
            _Wanted(
                origin=Origin(metric, call.statistic), statistic=statistic, period_seconds=period_seconds, label=label
            )
            for metric, label in zip(metrics, labels, strict=True)
        ]
        found[call] = tuple(await _read(ctx, asked, wanted, now))
    return found, is_cut


async def _find_metrics(ctx: Context, sought: search.Search, now: datetime) -> tuple[list[Metric], bool]:
    """At most as many as an array has; True where there are more, or more than are looked at."""
    query = MetricQuery(
        region=ctx.region,
        namespace=sought.namespace,
        dimensions=tuple((name, None) for name in sorted(sought.dimension_names)),
        seen_since=now - LISTED_FOR,
        limit=FOUND_MAX,
    )
    found: list[Metric] = []
    for _ in range(SEARCHED_MAX // FOUND_MAX):
        page = await ctx.metric_series.list_metrics(query)
        found.extend(listed.metric for listed in page if sought.matches(listed.metric))
        if len(found) > FOUND_MAX:
            return found[:FOUND_MAX], True
        if len(page) < FOUND_MAX:
            return found, False
        query = msgspec.structs.replace(query, after=page[-1].key)
    return found, True


# --- order ---------------------------------------------------------------------------------------


def _in_order(queries: Mapping[str, Query]) -> list[Query]:
    """The expressions, each behind those it speaks of. Raises ValidationError for a circle and for unknown ids."""
    waiting: dict[str, set[str]] = {}
    for query in queries.values():
        if isinstance(query.asked, AskedExpression):
            unknown = sorted(query.asked.needs.names - queries.keys())
            if unknown:
                sentence = f"There is no metric or expression with the id {unknown[0][:40]}."
                raise expression_refusal(query.id, MathError(sentence))
            waiting[query.id] = set(query.asked.needs.names)
    for needed in waiting.values():
        needed.intersection_update(waiting)
    ordered: list[Query] = []
    while waiting:
        ready = [query_id for query_id, needed in waiting.items() if not needed]
        if not ready:
            stuck = next(iter(waiting))
            raise expression_refusal(stuck, MathError("It depends on itself."))
        for query_id in ready:
            del waiting[query_id]
            ordered.append(queries[query_id])
        for needed in waiting.values():
            needed.difference_update(ready)
    return ordered
