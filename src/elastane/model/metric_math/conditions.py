"""IF(condition, value where it is not 0, value where it is 0).

    condition   second          third           the point
    not 0       has a point                     second's
    not 0       has none                        0
    0                           has a point     third's
    0                           has none        dropped
    absent                                      dropped

A condition that is a number chooses one of the two as a whole; with no third, what it does not choose is empty.
"""

from elastane.model.metric_math.arguments import Arguments
from elastane.model.metric_math.values import Series, Value, series_of


def condition(arguments: Arguments) -> Value:
    given = arguments.value(0)
    if isinstance(given, float):
        return _whole(arguments, given)
    asked = arguments.single(0)
    chosen = _single(arguments, 1)
    other = _single(arguments, 2) if len(arguments) == 3 else None

    def points() -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        for at, value in asked.values.items():
            point = _at(chosen, at, 0.0) if value != 0 else _at(other, at, None)
            if point is not None:
                found.append((at, point))
        return found

    label = next((each.label for each in (chosen, other) if isinstance(each, Series)), asked.label)
    made_of = [each for each in (asked, chosen, other) if each is not None]
    return series_of(label, asked.period_seconds, points(), made_of=made_of)


def _whole(arguments: Arguments, given: float) -> Value:
    if given != 0:
        return arguments.value(1)
    if len(arguments) == 3:
        return arguments.value(2)
    chosen = arguments.value(1)
    period_seconds = chosen.period_seconds if isinstance(chosen, Series) else arguments.scope.period_seconds
    return Series(arguments.function, period_seconds, {})


def _single(arguments: Arguments, index: int) -> Series | float:
    found = arguments.value(index)
    return found if isinstance(found, float) else arguments.single(index)


def _at(found: Series | float | None, at: int, missing: float | None) -> float | None:
    if isinstance(found, Series):
        return found.values.get(at, missing)
    return found
