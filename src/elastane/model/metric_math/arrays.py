"""Functions that choose among several series."""

import math

from elastane.model.metric_math import aggregates
from elastane.model.metric_math.arguments import Arguments
from elastane.model.metric_math.values import Value


def first(arguments: Arguments) -> Value:
    return _one_of(arguments, 0)


def last(arguments: Arguments) -> Value:
    return _one_of(arguments, -1)


def _one_of(arguments: Arguments, index: int) -> Value:
    array = arguments.array(0)
    if not array:
        raise arguments.refusal("there is no time series to take one of")
    return array[index]


def remove_empty(arguments: Arguments) -> Value:
    return tuple(series for series in arguments.array(0) if series.values)


def slice_array(arguments: Arguments) -> Value:
    """Counted from 0; the end is no longer in it."""
    end = arguments.count(2) if len(arguments) == 3 else None
    return arguments.array(0)[arguments.count(1) : end]


def sort(arguments: Arguments) -> Value:
    """Series without points come last, in whichever direction the others are sorted."""
    array = arguments.array(0)
    function = arguments.word(1, ("AVG", "MIN", "MAX", "SUM"))
    is_descending = arguments.word(2, ("ASC", "DESC")) == "DESC"
    limit = arguments.count(3) if len(arguments) == 4 else None

    ranked = [(aggregates.of_points(function, series) if series.values else math.nan, series) for series in array]
    told = sorted((each for each in ranked if not math.isnan(each[0])), key=lambda each: each[0], reverse=is_descending)
    untold = [each for each in ranked if math.isnan(each[0])]
    return tuple(series for _, series in [*told, *untold])[:limit]
