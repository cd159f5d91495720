"""Functions that make less out of much: a number of one series, one series of several.

Of one series, all points that there are count. Of several, each second at which one of them has a point; for AVG a
series without a point there counts as 0, as AWS says, for the others it does not count.
"""

import math
from collections.abc import Callable, Collection, Sequence

from elastane.model.metric_math.arguments import Arguments
from elastane.model.metric_math.values import Array, Series, Value, changed, series_of

Aggregate = Callable[[Collection[float]], float]


def average(values: Collection[float]) -> float:
    return math.fsum(values) / len(values)


def deviation(values: Collection[float]) -> float:
    """Of the whole population, not of a sample."""
    mean = average(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


AGGREGATES: dict[str, Aggregate] = {
    "AVG": average,
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
    "STDDEV": deviation,
    "DATAPOINT_COUNT": lambda values: float(len(values)),
}
_OF_NOTHING = {"SUM": 0.0, "DATAPOINT_COUNT": 0.0}


def aggregate(arguments: Arguments) -> Value:
    change = AGGREGATES[arguments.function]
    found = arguments.series(0)
    if isinstance(found, Series):
        return of_points(arguments.function, found)
    return _across(arguments.function, change, found)


def of_points(name: str, series: Series) -> float:
    values = series.values.values()
    return changed(AGGREGATES[name], values) if values else _OF_NOTHING.get(name, math.nan)


def metric_count(arguments: Arguments) -> Value:
    return float(len(arguments.array(0)))


def _across(name: str, change: Aggregate, array: Array) -> Series:
    gathered: dict[int, list[float]] = {}
    for series in array:
        for at, value in series.values.items():
            gathered.setdefault(at, []).append(value)
    if name == "AVG":
        for values in gathered.values():
            values.extend([0.0] * (len(array) - len(values)))
    points = ((at, changed(change, gathered[at])) for at in sorted(gathered))
    return series_of(name, shortest_period(array), points, made_of=array)


def shortest_period(array: Sequence[Series]) -> int:
    return min((series.period_seconds for series in array), default=60)
