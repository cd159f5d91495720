"""Operators over numbers, series and arrays.

    number op number    a number
    series op number    each point
    series op series    each second that one of them has; a point that is missing in the other is taken for 0
    array op other      each series of the array; two arrays of one length go pairwise

A point that would be divided by zero is dropped. A comparison is 1 or 0.
"""

import operator
from collections.abc import Callable

from elastane.model.metric_math.syntax import MathError
from elastane.model.metric_math.values import Series, Value, changed, checked, each_value, series_of

Binary = Callable[[float, float], float]

OPERATORS: dict[str, Binary] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "AND": lambda left, right: float(left != 0 and right != 0),
    "OR": lambda left, right: float(left != 0 or right != 0),
}


def operate(sign: str, left: Value, right: Value) -> Value:
    """Raises MathError."""
    change = OPERATORS[sign]
    if isinstance(left, float) and isinstance(right, float):
        return changed(change, left, right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) != len(right):
            raise MathError(f"The arrays on both sides of {sign} have {len(left)} and {len(right)} time series.")
        return checked(_series(change, one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, tuple):
        assert not isinstance(right, tuple)
        return checked(_series(change, each, right) for each in left)
    if isinstance(right, tuple):
        return checked(_series(change, left, each) for each in right)
    return _series(change, left, right)


def negate(value: Value) -> Value:
    match value:
        case float():
            return -value
        case Series():
            return each_value(value, operator.neg)
        case _:
            return tuple(each_value(each, operator.neg) for each in value)


def _series(change: Binary, left: Series | float, right: Series | float) -> Series:
    if isinstance(left, Series) and isinstance(right, Series):
        seconds = left.values.keys() | right.values.keys()
        return series_of(
            left.label,
            min(left.period_seconds, right.period_seconds),
            ((at, changed(change, left.values.get(at, 0.0), right.values.get(at, 0.0))) for at in sorted(seconds)),
            made_of=(left, right),
        )
    if isinstance(left, Series):
        assert isinstance(right, float)
        number = right
        return each_value(left, lambda value: change(value, number))
    assert isinstance(right, Series)
    return each_value(right, lambda value: change(left, value))
