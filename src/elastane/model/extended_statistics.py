"""Every statistic that CloudWatch tells of the measurements of one stretch of time.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html

    SampleCount Sum Average Minimum Maximum     of any set
    p95                                         the value below which 95 % of the measurements are
    tm90 TM(10%:90%) TM(150:1000) IQM           the mean of what is between two bounds
    wm98 WM(10%:90%)                            the mean, where what is outside is taken for the bound
    tc90 TC(…) · ts90 TS(…)                     how many are between, and their sum
    PR(100:2000)                                which part of all is between, in percent

All but the first row need the measurements' own values, so they are absent where nobody knows these, and, as AWS says,
wherever a measurement is negative.

Two things AWS does not tell. Between two measurements a percentile is interpolated. A bound in percent may fall within
one measurement: that one then counts in part, so that even tm99 of a single measurement is that measurement.
"""

import re
from collections.abc import Callable
from enum import StrEnum

import msgspec

from elastane.model.statistic_sets import StatisticSet

Counts = tuple[tuple[float, float], ...]


class UnknownStatistic(ValueError):
    """No statistic of CloudWatch's is spelled so."""


class Simple(StrEnum):
    """What is known of any set; the spelling of GetMetricStatistics' `Statistics`."""

    SAMPLE_COUNT = "SampleCount"
    AVERAGE = "Average"
    SUM = "Sum"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"


class Percentile(msgspec.Struct, frozen=True):
    percent: float


class RangeKind(StrEnum):
    TRIMMED_MEAN = "TM"
    WINSORIZED_MEAN = "WM"
    TRIMMED_COUNT = "TC"
    TRIMMED_SUM = "TS"
    PERCENTILE_RANK = "PR"


class Range(msgspec.Struct, frozen=True):
    """Above `lower` and up to `upper`, of which one may be open: both percents of the measurements, or both values."""

    kind: RangeKind
    lower: float | None
    upper: float | None
    is_percent: bool


Statistic = Simple | Percentile | Range

_SIMPLE_NAMES = frozenset(str(each) for each in Simple)
_NUMBER = r"\d{1,20}(?:\.\d{1,10})?"
_PERCENTILE = re.compile(rf"p({_NUMBER})")
_UP_TO = re.compile(rf"(tm|wm|tc|ts)({_NUMBER})")
_BETWEEN = re.compile(rf"(TM|WM|TC|TS|PR)\(({_NUMBER})?(%)?:({_NUMBER})?(%)?\)")
_LENGTH_MAX = 100


def parse_statistic(text: str) -> Statistic:
    """Raises UnknownStatistic."""
    refusal = UnknownStatistic(f"{text[:_LENGTH_MAX]} is no statistic")
    if len(text) > _LENGTH_MAX:
        raise refusal
    if text in _SIMPLE_NAMES:
        return Simple(text)
    if text == "IQM":
        return Range(RangeKind.TRIMMED_MEAN, 25.0, 75.0, is_percent=True)
    if matched := _PERCENTILE.fullmatch(text):
        return Percentile(_percent(matched[1], refusal))
    if matched := _UP_TO.fullmatch(text):
        return Range(RangeKind(matched[1].upper()), None, _percent(matched[2], refusal), is_percent=True)
    if matched := _BETWEEN.fullmatch(text):
        return _parse_range(matched, refusal)
    raise refusal


def compute(statistic: Statistic, measured: StatisticSet) -> float | None:
    """None where it cannot be told of this set."""
    if isinstance(statistic, Simple):
        return _SIMPLE[statistic](measured)
    counts = _known_counts(measured)
    if not counts or counts[0][0] < 0:
        return None
    if isinstance(statistic, Percentile):
        return _percentile(counts, statistic.percent)
    return _within(statistic, counts)


# --- spelling ------------------------------------------------------------------------------------


def _percent(text: str, refusal: UnknownStatistic) -> float:
    value = float(text)
    if value > 100:
        raise refusal
    return value


def _parse_range(matched: re.Match[str], refusal: UnknownStatistic) -> Range:
    kind = RangeKind(matched[1])
    lower, upper = matched[2], matched[4]
    signs = {sign is not None for bound, sign in ((lower, matched[3]), (upper, matched[5])) if bound is not None}
    is_stray = (lower is None and matched[3] is not None) or (upper is None and matched[5] is not None)
    # Neither bound, or one in percent and one as a value.
    if len(signs) != 1 or is_stray:
        raise refusal
    (is_percent,) = signs
    if is_percent and kind is RangeKind.PERCENTILE_RANK:
        raise refusal
    bounds = tuple(None if bound is None else float(bound) for bound in (lower, upper))
    if any(bound is not None and is_percent and bound > 100 for bound in bounds):
        raise refusal
    if bounds[0] is not None and bounds[1] is not None and bounds[0] >= bounds[1]:
        raise refusal
    return Range(kind, bounds[0], bounds[1], is_percent)


# --- computing -----------------------------------------------------------------------------------

_SIMPLE: dict[Simple, Callable[[StatisticSet], float | None]] = {
    Simple.SAMPLE_COUNT: lambda measured: measured.sample_count,
    Simple.AVERAGE: lambda measured: measured.sum / measured.sample_count if measured.sample_count else None,
    Simple.SUM: lambda measured: measured.sum,
    Simple.MINIMUM: lambda measured: measured.minimum,
    Simple.MAXIMUM: lambda measured: measured.maximum,
}


def _known_counts(measured: StatisticSet) -> Counts:
    """A set whose extremes are one value, and whose sum fits, has that value only."""
    if measured.counts:
        return measured.counts
    lowest, count = measured.minimum, measured.sample_count
    if count > 0 and lowest == measured.maximum and measured.sum == lowest * count:
        return ((lowest, count),)
    return ()


def _percentile(counts: Counts, percent: float) -> float:
    """The measurements stand in a row; the one at 0 % is the first of them, the one at 100 % the last."""
    total = _total(counts)
    position = max(0.0, total - 1) * percent / 100
    index = int(position)
    below, above = _value_at(counts, index), _value_at(counts, index + 1)
    return below + (above - below) * (position - index)


def _value_at(counts: Counts, index: int) -> float:
    passed = 0.0
    for value, count in counts:
        passed += count
        if index < passed:
            return value
    return counts[-1][0]


def _within(statistic: Range, counts: Counts) -> float | None:
    total = _total(counts)
    if statistic.kind is RangeKind.WINSORIZED_MEAN:
        return _sum(_winsorized(statistic, counts)) / total
    kept = _percent_range(statistic, counts, total) if statistic.is_percent else _value_range(statistic, counts)
    count = _total(kept)
    match statistic.kind:
        case RangeKind.TRIMMED_COUNT:
            return count
        case RangeKind.TRIMMED_SUM:
            return _sum(kept)
        case RangeKind.PERCENTILE_RANK:
            return 100 * count / total
        case RangeKind.TRIMMED_MEAN:
            return _sum(kept) / count if count > 0 else None


def _value_range(statistic: Range, counts: Counts) -> Counts:
    lower, upper = statistic.lower, statistic.upper
    return tuple(
        (value, count)
        for value, count in counts
        if (lower is None or value > lower) and (upper is None or value <= upper)
    )


def _percent_range(statistic: Range, counts: Counts, total: float) -> Counts:
    """The first of the row are cut off, and the last, by how many they are."""
    first = total * (statistic.lower or 0.0) / 100
    last = total * (100.0 if statistic.upper is None else statistic.upper) / 100
    kept: list[tuple[float, float]] = []
    passed = 0.0
    for value, count in counts:
        share = min(passed + count, last) - max(passed, first)
        passed += count
        if share > 0:
            kept.append((value, share))
    return tuple(kept)


def _winsorized(statistic: Range, counts: Counts) -> Counts:
    lower, upper = statistic.lower, statistic.upper
    if statistic.is_percent:
        lower = None if lower is None else _percentile(counts, lower)
        upper = None if upper is None else _percentile(counts, upper)
    low = counts[0][0] if lower is None else lower
    high = counts[-1][0] if upper is None else upper
    return tuple((min(max(value, low), high), count) for value, count in counts)


def _total(counts: Counts) -> float:
    return sum(count for _, count in counts)


def _sum(counts: Counts) -> float:
    return sum(value * count for value, count in counts)
