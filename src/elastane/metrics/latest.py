"""What a node last said, raw: for whoever shows the present moment and counts for itself, as Prometheus does. Pure."""

from collections.abc import Mapping

import msgspec

from elastane.metrics.counters import STATISTICS, Counted
from elastane.metrics.definitions import DEFINITIONS, READS, WRITES, Derivation
from elastane.metrics.targets import Target
from elastane.model.engine_names import EngineName
from elastane.model.ids import NodeGroupId, NodeId, Region, ReplicationGroupId, Zone
from elastane.model.measurements import Measurements
from elastane.model.observations import Role
from elastane.model.replication_groups import Form


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
    form: Form
    group_id: ReplicationGroupId
    node_group_id: NodeGroupId
    node_id: NodeId
    zone: Zone
    role: Role
    engine: EngineName
    engine_version: str
    offset_bytes: int = 0
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
    target: Target,
    seen: Measurements,
    counters: Mapping[str, Counted],
    levels: Mapping[str, float],
    buckets: Mapping[str, Counted],
    before: LatestMeasurement | None,
) -> LatestMeasurement:
    """Without `buckets`, which are asked for once a minute, the histograms are those of before."""
    numbers = dict(levels)
    for part in counters.values():
        numbers.update(part.numbers)
    statistics = counters[STATISTICS]
    fresh = {
        kind: _histogram(buckets[kind], statistics.numbers.get(_SUMS[kind], 0.0))
        for kind in (READS, WRITES)
        if kind in buckets
    }
    return LatestMeasurement(
        at_seconds=statistics.at_seconds,
        region=target.group.region,
        form=target.group.form,
        group_id=target.group.id,
        node_group_id=target.node_group_id,
        node_id=target.node_id,
        zone=target.zone,
        role=seen.role,
        engine=seen.engine,
        engine_version=seen.engine_version,
        offset_bytes=seen.offset_bytes,
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
