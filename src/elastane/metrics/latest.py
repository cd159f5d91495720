"""What a node last said, raw: for whoever shows the present moment and counts for itself, as Prometheus does. Pure."""

from collections.abc import Mapping

import msgspec

from elastane.metrics.counters import Counted
from elastane.metrics.definitions import DEFINITIONS, READS, WRITES
from elastane.metrics.derivations import Derivation
from elastane.metrics.fields import Answer, Fields
from elastane.metrics.targets import Target
from elastane.model.ids import Region


class Histogram(msgspec.Struct, frozen=True):
    """Calls since the engine's start, in microseconds; as of the last full minute."""

    buckets: tuple[tuple[float, float], ...]
    """Upper bounds and how many calls took at most that long: cumulative, ascending."""
    sum: float

    @property
    def count(self) -> float:
        return self.buckets[-1][1] if self.buckets else 0.0


class LatestMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """One node's, at the last tick."""

    at_seconds: float
    region: Region
    answer: Answer
    is_published: bool
    """False for a temporary node, of which customers are not told."""
    numbers: Mapping[str, float]
    """By the fields of `definitions`: counters since their beginning, and levels."""
    histograms: Mapping[str, Histogram]
    """By the field of `Exposed`: read, write."""


_SUMS = {
    definition.exposed.field: definition.fields[0]
    for definition in DEFINITIONS
    if definition.derivation is Derivation.DISTRIBUTION and definition.exposed is not None
}


def latest_measurement(
    target: Target, fields: Fields, answer: Answer, before: LatestMeasurement | None
) -> LatestMeasurement:
    """Without buckets, which are asked for once a minute, the histograms are those of before."""
    numbers = dict(fields.levels)
    for part in fields.counters.values():
        numbers.update(part.numbers)
    fresh = {
        kind: _histogram(fields.buckets[kind], numbers.get(_SUMS[kind], 0.0))
        for kind in (READS, WRITES)
        if kind in fields.buckets
    }
    return LatestMeasurement(
        at_seconds=fields.at_seconds,
        region=target.region,
        answer=answer,
        is_published=target.is_published,
        numbers=numbers,
        histograms=fresh or (before.histograms if before is not None else {}),
    )


def _histogram(counted: Counted, microseconds: float) -> Histogram:
    total, cumulative = 0.0, []
    for bound, count in sorted((float(bound), count) for bound, count in counted.numbers.items()):
        total += count
        cumulative.append((bound, total))
    return Histogram(tuple(cumulative), microseconds)
