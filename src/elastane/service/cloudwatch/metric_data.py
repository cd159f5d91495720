"""GetMetricData: many metrics and what is worked out of them, a page at a time.

A page has so many points, the newest of all results first, or the oldest. Its token names the last of them: what is
measured between two pages neither repeats nor hides others.
"""

import functools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zlib import crc32

import msgspec

from elastane.model import cloudwatch_faults, faults, metric_labels, paging
from elastane.model.metric_math.values import Array, Series
from elastane.service.cloudwatch.metric_data_queries import AskedData, AskedMetric, Query, requested_data
from elastane.service.cloudwatch.metric_data_results import as_array, work_out
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters

_DROPPED = {
    "Code": "ArithmeticError",
    "Value": "One or more data-points have been dropped due to non-numeric values (NaN, -Infinite, +Infinite)",
}
_CUT_SEARCH = {
    "Code": "MaxMetricsExceeded",
    "Value": "Maximum number of allowed metrics exceeded. Your search may have been limited.",
}


class _Place(msgspec.Struct, frozen=True, order=True, gc=False):
    """Of a point among all of an answer; `rank` grows with time, or falls with it, as the caller asked."""

    rank: int
    result: int


class _Shown(msgspec.Struct, frozen=True):
    query: Query
    label: str
    series: Series


async def get_metric_data(ctx: Context, parameters: Parameters) -> Result:
    """Raises ValidationError, InvalidNextToken."""
    asked = requested_data(ctx, parameters)
    fingerprint = _fingerprint(asked)
    token = parameters.text("NextToken")
    after = _parse_token(token, fingerprint) if token else None
    worked = await work_out(ctx, asked)
    shown = await ctx.aside(functools.partial(_shown, ctx, asked, worked.values))
    page = await ctx.aside(functools.partial(_page, asked, shown, after))
    return {
        "MetricDataResults": page.answers,
        "Messages": [_CUT_SEARCH] if worked.is_search_cut else [],
        "NextToken": None if page.last is None else _render_token(page.last, fingerprint),
    }


def _shown(ctx: Context, asked: AskedData, values: Mapping[str, Series | Array]) -> list[_Shown]:
    return [
        _Shown(query, _label(ctx, asked, query, series, is_one_of_many=not isinstance(value, Series)), series)
        for query in asked.queries
        if query.is_returned
        for value in (values[query.id],)
        for series in as_array(value)
    ]


class _Page(msgspec.Struct, frozen=True):
    answers: list[Result]
    last: _Place | None
    """The last point on it, where more are to come."""


def _page(asked: AskedData, shown: Sequence[_Shown], after: _Place | None) -> _Page:
    sign = 1 if asked.is_ascending else -1
    # Gathered and not sorted one by one: a million of them at once would keep every other thread waiting.
    results: dict[int, list[int]] = {}
    for index, each in enumerate(shown):
        for at in each.series.values:
            results.setdefault(sign * at, []).append(index)
    places = (_Place(rank, index) for rank in sorted(results) for index in results[rank])
    left = [place for place in places if after is None or place > after]
    here, beyond = left[: asked.datapoints_max], left[asked.datapoints_max :]
    answers = _answers(shown, here, {place.result for place in beyond}, is_first=after is None, sign=sign)
    return _Page(answers, here[-1] if beyond else None)


def _answers(
    shown: Sequence[_Shown], page: Sequence[_Place], unfinished: set[int], *, is_first: bool, sign: int
) -> list[Result]:
    """The first page has all results, also those without a point on it; others have those that go on."""
    seconds: dict[int, list[int]] = {index: [] for index in range(len(shown))} if is_first else {}
    for place in page:
        seconds.setdefault(place.result, []).append(sign * place.rank)
    return [
        {
            "Id": shown[index].query.id,
            "Label": shown[index].label,
            "Timestamps": [datetime.fromtimestamp(at, UTC) for at in told],
            "Values": [shown[index].series.values[at] for at in told],
            "StatusCode": "PartialData" if index in unfinished else "Complete",
            **({"Messages": [_DROPPED]} if shown[index].series.has_dropped else {}),
        }
        for index, told in sorted(seconds.items())
    ]


# --- labels --------------------------------------------------------------------------------------


def _label(ctx: Context, asked: AskedData, query: Query, series: Series, *, is_one_of_many: bool) -> str:
    """Several series of one expression have the expression's label before their own."""
    is_metric = isinstance(query.asked, AskedMetric)
    default = series.label if is_metric or is_one_of_many else query.id
    if query.label is None:
        return default
    text = query.label
    label = metric_labels.render_label(
        text,
        default=default,
        points=sorted(series.values.items()),
        properties=_properties(ctx, series),
        zone=asked.label_zone,
    )
    if is_one_of_many and "${" not in text:
        return f"{label} {series.label}".strip()
    return label


def _properties(ctx: Context, series: Series) -> dict[str, str]:
    properties = {"AccountId": str(ctx.account_id), "Region": str(ctx.region), "Period": str(series.period_seconds)}
    if series.origin is not None:
        metric = series.origin.metric
        properties |= {
            "MetricName": metric.name,
            "Namespace": metric.subject.namespace,
            "Stat": series.origin.statistic,
            **{f"Dim.{name}": value for name, value in metric.subject.dimensions},
        }
    return properties


# --- pages ---------------------------------------------------------------------------------------


def _fingerprint(asked: AskedData) -> str:
    """Of all that says which points are wanted; how many at a time may change from page to page."""
    wanted = [(query.id, query.is_returned, _spelled(query)) for query in asked.queries]
    return f"{crc32(msgspec.json.encode((asked.start, asked.end, asked.is_ascending, wanted))):08x}"


def _spelled(query: Query) -> object:
    if isinstance(query.asked, AskedMetric):
        return query.asked
    return query.asked.text, query.asked.period_seconds


def _render_token(place: _Place, fingerprint: str) -> str:
    return paging.render_marker(f"{fingerprint} {place.rank} {place.result}")


def _parse_token(token: str, fingerprint: str) -> _Place:
    """Raises InvalidNextToken."""
    refusal = cloudwatch_faults.InvalidPageToken(
        "The token is not valid, or was given for a request with other parameters."
    )
    try:
        given, rank, result = paging.parse_marker(token, "NextToken").split(" ")
        place = _Place(int(rank), int(result))
    except (faults.InvalidParameterValue, ValueError):
        raise refusal from None
    if given != fingerprint:
        raise refusal
    return place
