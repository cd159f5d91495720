"""Evaluating an alarm: from the last periods' data points to the state that the alarm is in. Pure.

CloudWatch's rules, from its user guide ("Configuring how CloudWatch alarms treat missing data", with "Avoiding
premature transitions to alarm state"):

- It looks at more periods than the alarm evaluates, the *evaluation range*: in the guide's examples at five for three.
- Where the range has as many real data points as are evaluated, or more, the newest of them decide, and what missing
  data counts as does not matter.
- Otherwise all the real ones are taken, and the rest is filled in with what missing data counts as.
- Data that only begins again does not raise an alarm at once, but data that breached when it stopped does: when every
  real point of the range breaches and the oldest is at least M periods old.

Periods follow one another backwards from the last full step of the clock, not from midnight: an alarm over five minutes
is looked at every minute. (AWS's notifications show it: startDate 20:17, period 300, queryDate 20:22:54.) Metric math
cuts time at the multiples of its period, so an alarm on an expression is looked at once in each.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from elastane.model.alarms import Alarm, LowSampleCount, MissingData, Rule, StateValue, WatchedExpression
from elastane.model.metrics import Point
from elastane.model.statistic_sets import StatisticSet, merge

EXTRA_PERIODS = 2
"""How much longer the evaluation range is; AWS says only that it is, and shows two in its examples."""

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
SHORT_STEP_SECONDS = 10
LONG_STEP_SECONDS = 300

SETTLING_SECONDS = 10.0
SHORT_SETTLING_SECONDS = 5.0
"""How long the data of a moment may take to be here; what is looked at ends so long ago."""


class DataPoint(msgspec.Struct, frozen=True):
    """One period of what is watched: its value, None where there is no data, and of how many measurements."""

    at: datetime
    value: float | None
    sample_count: float | None = None


class EvaluationRange(msgspec.Struct, frozen=True, kw_only=True):
    """The periods that are looked at: so many of that length, the last one ending at `end`."""

    end: datetime
    period_seconds: int
    period_count: int
    step_seconds: int
    """How long the pieces are that a period's data is read in. Every period begins with one."""

    @property
    def start(self) -> datetime:
        return self.end - timedelta(seconds=self.period_seconds * self.period_count)

    @property
    def beginnings(self) -> tuple[datetime, ...]:
        """Of the periods, oldest first."""
        return tuple(
            self.start + timedelta(seconds=self.period_seconds * number) for number in range(self.period_count)
        )


def evaluation_range(alarm: Alarm, now: datetime) -> EvaluationRange:
    """What an evaluation now would look at. Two with the same end see the same periods."""
    period_seconds = alarm.watched.period_seconds
    settling = SHORT_SETTLING_SECONDS if period_seconds < MINUTE_SECONDS else SETTLING_SECONDS
    settled = (now - timedelta(seconds=settling)).timestamp()
    is_expression = isinstance(alarm.watched, WatchedExpression)
    step_seconds = period_seconds if is_expression else _step_seconds(period_seconds)
    end = settled - settled % step_seconds
    return EvaluationRange(
        end=datetime.fromtimestamp(end, UTC),
        period_seconds=period_seconds,
        period_count=alarm.rule.evaluation_periods + EXTRA_PERIODS,
        step_seconds=step_seconds,
    )


def measured_periods(span: EvaluationRange, points: Sequence[Point]) -> tuple[StatisticSet | None, ...]:
    """Of each period of the range, oldest first, what was measured in it; None without data."""
    found: list[list[StatisticSet]] = [[] for _ in range(span.period_count)]
    for point in points:
        number = (point.at - span.start) // timedelta(seconds=span.period_seconds)
        if 0 <= number < span.period_count:
            found[number].append(point.measured)
    return tuple(merge(parts) if parts else None for parts in found)


def data_points(
    span: EvaluationRange, points: Sequence[Point], statistic: Callable[[StatisticSet], float | None]
) -> tuple[DataPoint, ...]:
    """One statistic of each period of the range, oldest first."""
    return tuple(
        DataPoint(at, None) if measured is None else DataPoint(at, statistic(measured), measured.sample_count)
        for at, measured in zip(span.beginnings, measured_periods(span, points), strict=True)
    )


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation found: the state, and what it was found from."""

    value: StateValue
    points: tuple[DataPoint, ...]
    """The real data points that were evaluated, newest first."""
    filled: tuple[DataPoint, ...]
    """The newest periods without data, as many as were filled in, newest first."""


def evaluate(rule: Rule, points: Sequence[DataPoint]) -> Evaluated | None:
    """Of an evaluation range's points, oldest first. None: the alarm stays in the state that it is in."""
    newest_first = tuple(reversed(points))
    real = tuple(point for point in newest_first if point.value is not None)[: rule.evaluation_periods]
    missing = tuple(point for point in newest_first if point.value is None)
    filled = missing[: rule.evaluation_periods - len(real)]
    breaching_count = sum(_breaches(rule, point) for point in real)
    value = _value(rule, newest_first, breaching_count, len(filled))
    return None if value is None else Evaluated(value=value, points=real, filled=filled)


def has_too_few_samples(rule: Rule, statistic: str, points: Sequence[DataPoint]) -> bool:
    """Whether the newest data is a percentile of too few measurements to say anything, and the alarm shall wait then.

    The user guide, "Percentile-based alarms and low data samples": fewer than 10 / (1 - p), or 10 / p below one half.
    """
    if rule.low_sample_count is not LowSampleCount.IGNORE or not _is_percentile(statistic):
        return False
    newest = next((point for point in reversed(points) if point.value is not None), None)
    ratio = float(statistic[1:]) / 100.0
    rarer = min(ratio, 1.0 - ratio)
    return newest is not None and newest.sample_count is not None and newest.sample_count * rarer < 10.0


# --- the state -----------------------------------------------------------------------------------


def _value(rule: Rule, newest_first: Sequence[DataPoint], breaching_count: int, filled_count: int) -> StateValue | None:
    if breaching_count >= rule.needed_count:
        return StateValue.ALARM
    if filled_count == 0:
        return StateValue.OK
    match rule.missing_data or MissingData.MISSING:
        case MissingData.BREACHING:
            return StateValue.ALARM if breaching_count + filled_count >= rule.needed_count else StateValue.OK
        case MissingData.NOT_BREACHING:
            return StateValue.OK
        case MissingData.IGNORE:
            return StateValue.OK if _has_point_within(rule, newest_first) else None
        case MissingData.MISSING:
            return _value_of_few(rule, newest_first)


def _value_of_few(rule: Rule, newest_first: Sequence[DataPoint]) -> StateValue:
    """Where what is missing counts as nothing. Too few breaching points are OK, as the guide says of every case."""
    ages = [age for age, point in enumerate(newest_first, start=1) if point.value is not None]
    if not ages:
        return StateValue.INSUFFICIENT_DATA
    has_breached_long_enough = not _has_point_within(rule, newest_first) and max(ages) >= rule.needed_count
    return StateValue.ALARM if has_breached_long_enough else StateValue.OK


def _has_point_within(rule: Rule, points: Sequence[DataPoint]) -> bool:
    """Whether a real data point is within the threshold."""
    return any(point.value is not None and not _breaches(rule, point) for point in points)


def _breaches(rule: Rule, point: DataPoint) -> bool:
    return point.value is not None and rule.is_breached_by(point.value)


def _is_percentile(statistic: str) -> bool:
    return statistic.startswith("p") and statistic[1:].replace(".", "", 1).isdigit()


def _step_seconds(period_seconds: int) -> int:
    if period_seconds < MINUTE_SECONDS:
        return SHORT_STEP_SECONDS
    is_long = period_seconds >= HOUR_SECONDS and period_seconds % LONG_STEP_SECONDS == 0
    return LONG_STEP_SECONDS if is_long else MINUTE_SECONDS
