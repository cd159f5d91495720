"""What a stretch of time is known by once its single measurements are forgotten: how many, their sum, the extremes.

Where the measurements' own values are known as well, or how many fell near which value, percentiles can be told too.
"""

from collections.abc import Iterable

import msgspec


class StatisticSet(msgspec.Struct, frozen=True, gc=False):
    """`counts` maps a value to how many measurements had it, in the order of values; empty where nobody knows.

    Counts may be fractions: PutMetricData takes any positive number.
    """

    sample_count: float
    sum: float
    minimum: float
    maximum: float
    counts: tuple[tuple[float, float], ...] = ()


def of_value(value: float) -> StatisticSet:
    return StatisticSet(1.0, value, value, value, ((value, 1.0),))


def of_counts(pairs: Iterable[tuple[float, float]]) -> StatisticSet:
    """Of (value, count) pairs in any order, at least one."""
    merged: dict[float, float] = {}
    for value, count in pairs:
        merged[value] = merged.get(value, 0.0) + count
    counts = tuple(sorted(merged.items()))
    return StatisticSet(
        sample_count=sum(count for _, count in counts),
        sum=sum(value * count for value, count in counts),
        minimum=counts[0][0],
        maximum=counts[-1][0],
        counts=counts,
    )


def merge(sets: Iterable[StatisticSet]) -> StatisticSet:
    """Of at least one. The values are known where those of all parts are."""
    parts = tuple(sets)
    if len(parts) == 1:
        return parts[0]
    counts: dict[float, float] = {}
    if all(part.counts for part in parts):
        for part in parts:
            for value, count in part.counts:
                counts[value] = counts.get(value, 0.0) + count
    return StatisticSet(
        sample_count=sum(part.sample_count for part in parts),
        sum=sum(part.sum for part in parts),
        minimum=min(part.minimum for part in parts),
        maximum=max(part.maximum for part in parts),
        counts=tuple(sorted(counts.items())),
    )
