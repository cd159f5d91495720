"""What an expression is worked out to: a number, a series, or several series."""

import math
from collections.abc import Callable, Iterable, Mapping

import msgspec

from elastane.model.metric_math.names import SearchCall
from elastane.model.metric_math.syntax import MathError
from elastane.model.metrics import Metric

SERIES_MAX = 500
"""Of one array: CloudWatch draws as many."""
POINTS_MAX = 1_000_000
"""Of all series of one value. Ours, not AWS's: what is asked for has to be held in memory."""


class Origin(msgspec.Struct, frozen=True):
    """The one metric that a series was read from, however it was changed since."""

    metric: Metric
    statistic: str


class Series(msgspec.Struct, frozen=True):
    """`values` by the second at which each period begins, in order of time. A period without a value is absent."""

    label: str
    period_seconds: int
    values: Mapping[int, float]
    origin: Origin | None = None
    has_dropped: bool = False
    """Whether a point was given up on the way because arithmetic had no answer."""


Array = tuple[Series, ...]
Value = float | Series | Array
"""NaN is the number that there is none of: the maximum of a series without points."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What is known where an expression is worked out. `end_second` is the first that is no longer asked for."""

    start_second: int
    end_second: int
    period_seconds: int
    """Of a series that is made out of a number."""
    values: Mapping[str, Series | Array]
    """By the ids of the request's other queries."""
    metric_ids: tuple[str, ...] = ()
    """Those of them that are metrics and no expressions, in the request's order."""
    searches: Mapping[SearchCall, Array] = {}

    def seconds(self, period_seconds: int) -> range:
        """At which all periods begin, the first being that in which the scope does. Raises MathError."""
        first = self.start_second - self.start_second % period_seconds
        found = range(first, self.end_second, period_seconds)
        if len(found) > POINTS_MAX:
            raise MathError(f"The expression has more than {POINTS_MAX} data points. Increase the period.")
        return found


def series_of(
    label: str, period_seconds: int, values: Iterable[tuple[int, float]], made_of: Iterable[Value] = ()
) -> Series:
    """What is no number, or beyond all numbers, is dropped, as what is divided by zero is."""
    has_dropped = any(each.has_dropped for each in made_of if isinstance(each, Series))
    return reshaped(Series(label, period_seconds, {}, has_dropped=has_dropped), values)


def reshaped(series: Series, values: Iterable[tuple[int, float]]) -> Series:
    """The same series with other values."""
    given = dict(values)
    kept = {at: value for at, value in given.items() if math.isfinite(value)}
    has_dropped = series.has_dropped or len(kept) < len(given)
    return msgspec.structs.replace(series, values=kept, has_dropped=has_dropped)


def each_value(series: Series, change: Callable[[float], float]) -> Series:
    return reshaped(series, ((at, changed(change, value)) for at, value in series.values.items()))


def changed(change: Callable[..., float], *values: object) -> float:
    """NaN where arithmetic has no answer."""
    try:
        answer = change(*values)
    except (ArithmeticError, ValueError):
        return math.nan
    # A root of a negative number is complex.
    return float(answer) if isinstance(answer, float | int) else math.nan


def checked(array: Iterable[Series]) -> Array:
    """Raises MathError for too many."""
    series = tuple(array)
    if len(series) > SERIES_MAX:
        raise MathError(f"The expression has more than {SERIES_MAX} time series.")
    if sum(len(each.values) for each in series) > POINTS_MAX:
        raise MathError(f"The expression has more than {POINTS_MAX} data points.")
    return series
