"""The functions of metric math, as a table: how many arguments each takes, and what it does with them."""

import math
from collections.abc import Callable
from functools import partial

import msgspec

from elastane.model.metric_math import aggregates, arrays, conditions, sequences
from elastane.model.metric_math.arguments import Arguments, Quoted
from elastane.model.metric_math.syntax import MathError
from elastane.model.metric_math.values import Series, Value, checked


class Function(msgspec.Struct, frozen=True):
    count_min: int
    count_max: int
    work_out: Callable[[Arguments], Value]


def apply(arguments: Arguments) -> Value:
    """Raises MathError."""
    name = arguments.function
    if name in _REFUSED:
        raise MathError(f"{name} is not supported.")
    function = FUNCTIONS.get(name)
    if function is None:
        raise MathError(f"There is no function {name[:40]}.")
    if not function.count_min <= len(arguments) <= function.count_max:
        counts = sorted({function.count_min, function.count_max})
        raise arguments.refusal(f"{' to '.join(map(str, counts))} arguments are expected and not {len(arguments)}")
    return function.work_out(arguments)


def _metrics(arguments: Arguments) -> Value:
    """The request's metrics, without its expressions; with a text, those whose id has it within."""
    part = ""
    if len(arguments):
        given = arguments.given[0]
        if not isinstance(given, Quoted):
            raise arguments.refusal("a text in quotes is expected")
        part = given.text
    scope = arguments.scope
    found: list[Series] = []
    for metric_id in scope.metric_ids:
        if part in metric_id:
            value = scope.values[metric_id]
            found.extend((value,) if isinstance(value, Series) else value)
    return checked(found)


_REFUSED = frozenset(
    {"ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "LAMBDA", "DB_PERF_INSIGHTS", "SELECT"}
)
_POINTWISE: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
FUNCTIONS: dict[str, Function] = {
    **{name: Function(1, 1, partial(sequences.each_point, change=change)) for name, change in _POINTWISE.items()},
    **{name: Function(1, 1, aggregates.aggregate) for name in aggregates.AGGREGATES},
    **{name: Function(1, 1, sequences.calendar) for name in sequences.CALENDAR},
    "DIFF": Function(1, 1, sequences.difference),
    "DIFF_TIME": Function(1, 1, sequences.time_difference),
    "FILL": Function(2, 2, sequences.fill),
    "FIRST": Function(1, 1, arrays.first),
    "IF": Function(2, 3, conditions.condition),
    "LAST": Function(1, 1, arrays.last),
    "METRICS": Function(0, 1, _metrics),
    "METRIC_COUNT": Function(1, 1, aggregates.metric_count),
    "PERIOD": Function(1, 1, sequences.period),
    "RATE": Function(1, 1, sequences.rate),
    "REMOVE_EMPTY": Function(1, 1, arrays.remove_empty),
    "RUNNING_SUM": Function(1, 1, sequences.running_sum),
    "SLICE": Function(2, 3, arrays.slice_array),
    "SORT": Function(3, 4, arrays.sort),
    "TIME_SERIES": Function(1, 1, sequences.time_series),
}
