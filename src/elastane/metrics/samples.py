"""From what was counted and seen to the values of a sample: the derivations of `definitions`, one by one. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from elastane.metrics.counters import ELAPSED
from elastane.metrics.definitions import DEFINITIONS, READS, WRITES
from elastane.metrics.derivations import Definition, Derivation
from elastane.model.measurements import LatencyHistogram
from elastane.model.statistic_sets import StatisticSet, of_counts

Value = float | StatisticSet
Buckets = Mapping[str, float]
"""Calls by how many microseconds they took at most; the microseconds as text, for they are kept as JSON."""

_NANOSECONDS = 1e9


def node_values(
    definitions: Iterable[Definition], grown: Mapping[str, float], levels: Mapping[str, float]
) -> dict[str, Value]:
    """By metric. What cannot be told is not in it."""
    values: dict[str, Value] = {}
    for definition in definitions:
        value = _value(definition, grown, levels)
        if value is not None:
            values[definition.name] = value
    return values


def minute_values(
    definitions: Sequence[Definition], grown: Mapping[str, float], levels: Mapping[str, float]
) -> dict[str, Value]:
    """As `node_values`, of a whole minute."""
    values = node_values(definitions, grown, levels)
    least = {each.name: each.minute_value_min for each in definitions if each.minute_value_min is not None}
    for name, number in least.items():
        value = values.get(name)
        if value is not None and not isinstance(value, StatisticSet) and value < number:
            values[name] = number
    return values


def _value(definition: Definition, grown: Mapping[str, float], levels: Mapping[str, float]) -> float | None:
    fields = definition.fields
    match definition.derivation:
        case Derivation.LEVEL:
            return levels.get(fields[0])
        case Derivation.DIFFERENCE:
            whole, part = levels.get(fields[0]), levels.get(fields[1])
            return None if whole is None or part is None else max(0.0, whole - part)
        case Derivation.INCREMENT:
            return grown.get(fields[0])
        case Derivation.PERCENT_OF:
            return _percent_of([levels.get(field) for field in fields])
        case Derivation.PERCENT_OF_GROWTH:
            return _percent_of([grown.get(field) for field in fields])
        case Derivation.SHARE:
            part, rest = grown.get(fields[0]), grown.get(fields[1])
            return None if part is None or rest is None else _percent_of([part, part + rest])
        case Derivation.PERCENT_OF_TIME:
            nanoseconds, seconds = grown.get(fields[0]), grown.get(ELAPSED)
            if nanoseconds is None or not seconds:
                return None
            return min(100.0, 100 * nanoseconds / (seconds * _NANOSECONDS))  # clocks may be set meanwhile
        case Derivation.MEAN:
            total, count = grown.get(fields[0]), grown.get(fields[1])
            return None if total is None or not count else total / count
        case Derivation.DISTRIBUTION:
            return None  # see `latency_values`


def _percent_of(numbers: Sequence[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or not known[-1]:
        return None
    return max(0.0, 100 * (known[0] - sum(known[1:-1])) / known[-1])


def latency_values(grown: Mapping[str, float], buckets: Mapping[str, Buckets]) -> dict[str, Value]:
    """`grown` and `buckets` between the same two looks; buckets by kind of request."""
    values: dict[str, Value] = {}
    for definition in DEFINITIONS:
        if definition.derivation is Derivation.DISTRIBUTION and definition.exposed is not None:
            counted = buckets.get(definition.exposed.field, {})
            distribution = _distribution(counted, grown.get(definition.fields[0]))
            if distribution is not None:
                values[definition.name] = distribution
    return values


def _distribution(buckets: Buckets, microseconds: float | None) -> StatisticSet | None:
    """Each call at the upper bound of its bucket, the sum exact: so the mean may be below the lowest bound."""
    pairs = [(float(bound), count) for bound, count in buckets.items() if count > 0]
    if not pairs:
        return None
    seen = of_counts(pairs)
    if microseconds is None:
        return seen
    mean = microseconds / seen.sample_count
    return StatisticSet(
        sample_count=seen.sample_count,
        sum=microseconds,
        minimum=min(seen.minimum, mean),
        maximum=max(seen.maximum, mean),
        counts=seen.counts,
    )


def bucket_counts(
    histograms: Mapping[str, LatencyHistogram], kinds_of: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Of all commands of a kind together, no longer cumulative."""
    sums: dict[str, dict[str, float]] = {READS: {}, WRITES: {}}
    for command, histogram in histograms.items():
        kind = kinds_of.get(command)
        if kind is None:
            continue
        counts, below = sums[kind], 0
        for bound, count in histogram.buckets:
            counts[str(bound)] = counts.get(str(bound), 0.0) + count - below
            below = count
    return sums
