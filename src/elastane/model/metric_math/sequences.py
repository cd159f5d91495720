"""Functions that look along one series: what came before a point, and what is missing between two."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from elastane.model.metric_math.arguments import Arguments, Word
from elastane.model.metric_math.values import POINTS_MAX, Series, Value, checked, each_value, reshaped, series_of

Change = Callable[[Series], Series]


def each_series(value: Value, change: Change) -> Value:
    if isinstance(value, Series):
        return change(value)
    assert isinstance(value, tuple)
    return checked(change(each) for each in value)


# --- what came before ----------------------------------------------------------------------------


def difference(arguments: Arguments) -> Value:
    return _between_points(arguments, lambda seconds, change: change)


def time_difference(arguments: Arguments) -> Value:
    return _between_points(arguments, lambda seconds, change: seconds)


def rate(arguments: Arguments) -> Value:
    return _between_points(arguments, lambda seconds, change: change / seconds)


def running_sum(arguments: Arguments) -> Value:
    def change(series: Series) -> Series:
        sums = itertools.accumulate(series.values.values())
        return reshaped(series, zip(series.values, sums, strict=True))

    return each_series(arguments.series(0), change)


def _between_points(arguments: Arguments, told: Callable[[float, float], float]) -> Value:
    """The first point has none before it, and is dropped."""

    def change(series: Series) -> Series:
        pairs = itertools.pairwise(series.values.items())
        values = ((at, told(float(at - before), value - earlier)) for (before, earlier), (at, value) in pairs)
        return reshaped(series, values)

    return each_series(arguments.series(0), change)


# --- what is missing -----------------------------------------------------------------------------


def fill(arguments: Arguments) -> Value:
    """REPEAT has nothing to repeat before the first point, LINEAR nothing to aim at behind the last."""
    filler = arguments.given[1]
    if isinstance(filler, Word):
        arguments.word(1, ("REPEAT", "LINEAR"))
        missing = _repeated if filler.text == "REPEAT" else _interpolated
    elif isinstance(arguments.value(1), float):
        number = arguments.number(1)

        def missing(values: Mapping[int, float], seconds: range) -> Iterator[tuple[int, float]]:
            return ((at, number) for at in seconds)

    else:
        other = arguments.single(1).values

        def missing(values: Mapping[int, float], seconds: range) -> Iterator[tuple[int, float]]:
            return ((at, other[at]) for at in seconds if at in other)

    array = arguments.array(0)
    seconds = {each.period_seconds: arguments.scope.seconds(each.period_seconds) for each in array}
    # Looked at before it is made: many series of many periods would not fit into the memory.
    if sum(len(seconds[each.period_seconds]) for each in array) > POINTS_MAX:
        raise arguments.refusal(f"more than {POINTS_MAX} data points")

    def change(series: Series) -> Series:
        filled = dict(missing(series.values, seconds[series.period_seconds])) | dict(series.values)
        return reshaped(series, sorted(filled.items()))

    return each_series(arguments.series(0), change)


def _repeated(values: Mapping[int, float], seconds: range) -> Iterator[tuple[int, float]]:
    last: float | None = None
    for at in seconds:
        last = values.get(at, last)
        if last is not None:
            yield at, last


def _interpolated(values: Mapping[int, float], seconds: range) -> Iterator[tuple[int, float]]:
    for (before, low), (after, high) in itertools.pairwise(values.items()):
        for at in range(before, after, seconds.step):
            yield at, low + (high - low) * (at - before) / (after - before)


# --- what is at each time ------------------------------------------------------------------------


def time_series(arguments: Arguments) -> Value:
    number, period_seconds = arguments.number(0), arguments.scope.period_seconds
    seconds = arguments.scope.seconds(period_seconds)
    return series_of(f"{number:g}", period_seconds, ((at, number) for at in seconds))


CALENDAR: dict[str, Callable[[datetime], float]] = {
    "MINUTE": lambda at: at.minute,
    "HOUR": lambda at: at.hour,
    "DAY": lambda at: at.isoweekday(),
    "DATE": lambda at: at.day,
    "MONTH": lambda at: at.month,
    "YEAR": lambda at: at.year,
    "EPOCH": lambda at: int(at.timestamp()),
}


def calendar(arguments: Arguments) -> Value:
    """In UTC, and for every period, also for those without a point. A week begins on Monday, its day 1."""
    series, told = arguments.single(0), CALENDAR[arguments.function]
    seconds = arguments.scope.seconds(series.period_seconds)
    values = ((at, float(told(datetime.fromtimestamp(at, UTC)))) for at in seconds)
    return reshaped(series, values)


def period(arguments: Arguments) -> Value:
    return float(arguments.single(0).period_seconds)


# --- what is the same for each point -------------------------------------------------------------


def each_point(arguments: Arguments, change: Callable[[float], float]) -> Value:
    return each_series(arguments.series(0), lambda series: each_value(series, change))
