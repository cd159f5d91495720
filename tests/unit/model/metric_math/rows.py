"""Series as rows of numbers, one a minute; None where a point is missing."""

from collections.abc import Iterable

from elastane.model.metric_math.evaluate import evaluate, work_out
from elastane.model.metric_math.names import SearchCall
from elastane.model.metric_math.parser import parse
from elastane.model.metric_math.values import Array, Scope, Series, Value

START = 1_795_435_200
"""A Monday, 12:00 UTC: 2026-11-23."""
Row = tuple[float | None, ...]


def series(*row: float | None, label: str = "", period_seconds: int = 60) -> Series:
    values = {START + index * period_seconds: float(value) for index, value in enumerate(row) if value is not None}
    return Series(label, period_seconds, values)


def scope(*, minutes: int = 4, searches: dict[SearchCall, Array] | None = None, **values: Series | Array) -> Scope:
    return Scope(
        start_second=START,
        end_second=START + minutes * 60,
        period_seconds=60,
        values=values,
        metric_ids=tuple(name for name in values if name.startswith("m")),
        searches=searches or {},
    )


def told(text: str, here: Scope) -> object:
    """One row, or several of an array."""
    found = evaluate(parse(text), here)
    return row(found, here) if isinstance(found, Series) else [row(each, here) for each in found]


def part(text: str, here: Scope) -> Value:
    """Of an expression that may be a number."""
    return work_out(parse(text), here)


def row(found: Series, here: Scope) -> Row:
    seconds: Iterable[int] = here.seconds(found.period_seconds)
    assert set(found.values) <= set(seconds), "points outside of what was asked for"
    return tuple(found.values.get(at) for at in seconds)
