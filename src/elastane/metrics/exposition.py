"""What `/metrics` says, as text: Prometheus' format 0.0.4, or OpenMetrics 1.0. Values in, bytes out.

Which numbers of a node there are, and what they are called, is in `definitions`: this walks that table. What writes the
text is prometheus-client. Its registry is not used: it is for programs that count, and here everything was counted
elsewhere and is looked at, which is what its metric families are for.

Every sample names its node by five labels that never change in the node's life. What does change (role, version) is in
`elastane_node_info`, so that a failover begins no new series. Nodes and families keep their order from one text to the
next. What was not measured is not there.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

import msgspec
from prometheus_client import exposition as text_format
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.openmetrics import exposition as openmetrics_format

from elastane.metrics.definitions import DEFINITIONS
from elastane.metrics.derivations import Exposed, ExposedType
from elastane.metrics.latest import Histogram

NODE_LABELS = ("region", "cache_cluster", "cache_node", "replication_group", "shard")

MICROSECONDS = 1e-6
BUCKET_BOUNDS_MICROSECONDS = (
    1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16908, 33816, 67633, 135266, 270532, 541065, 1082130,
)  # fmt: skip
"""The steps of the engines' histograms, as LATENCY HISTOGRAM names them. It leaves out those without a call of their
own, and a series of Prometheus' must not come and go: here all of them are always there."""


class Format(StrEnum):
    """By content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class ExposedNode(msgspec.Struct, frozen=True, kw_only=True):
    region: str
    cache_cluster: str
    cache_node: str
    """Its number in the cache cluster: those of a Memcached cluster have nothing else of their own."""
    replication_group: str
    """Of what was made as a cache cluster its own id, so that everything can be grouped by this."""
    shard: str
    """Empty for a node of a Memcached cluster, which to Prometheus is a label that is not there."""
    attributes: Mapping[str, str]
    """What may change: role, zone, engine, version, node type."""
    is_measured: bool | None
    """It was, at the last look; None where nobody looks. Without it there are no fields."""
    fields: Mapping[str, float] = {}
    """Raw, by the fields of `definitions`."""
    histograms: Mapping[str, Histogram] = {}
    """By the field of `definitions`, in microseconds; all since the engine's start, as of the last full minute."""

    @property
    def labels(self) -> tuple[str, ...]:
        return (self.region, self.cache_cluster, self.cache_node, self.replication_group, self.shard)


class DeliveryCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Of notifications, over all topics: those that wait now, and what has come of others since each topic was made."""

    pending: int
    delivered: int
    given_up: int


class ControlPlaneNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """Of the control plane itself. None is what is not known yet, or not at all."""

    version: str
    group_counts: Mapping[str, int]
    """Of replication groups, by status; those without a group as well."""
    cluster_counts: Mapping[str, int]
    """Of Memcached clusters, in the same way."""
    collection_seconds: float | None = None
    """How long the last round of measuring took."""
    collected_at_seconds: float | None = None
    """When a node was last measured, any of them; since 1970."""
    deliveries: DeliveryCounts | None = None


class Exposition(msgspec.Struct, frozen=True, kw_only=True):
    """All that is told, of one moment."""

    control_plane: ControlPlaneNumbers
    nodes: tuple[ExposedNode, ...]


def choose_format(accept: str) -> Format:
    """By an Accept header, which may be empty: the first of those it likes best, and text for whoever does not say."""
    best, chosen = 0.0, Format.TEXT
    for media_range in accept.lower().split(","):
        kind, *words = (word.strip() for word in media_range.split(";"))
        parameters = {name: value.strip('"') for name, _, value in (word.partition("=") for word in words)}
        quality, format_ = _quality(parameters), _format_of(kind, parameters)
        if format_ is not None and quality > best:
            best, chosen = quality, format_
    return chosen


def _format_of(kind: str, parameters: Mapping[str, str]) -> Format | None:
    if kind == "application/openmetrics-text":
        return Format.OPENMETRICS if parameters.get("version", "1.0.0") == "1.0.0" else None
    return Format.TEXT if kind in ("text/plain", "text/*", "*/*") else None


def _quality(parameters: Mapping[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0


def render(exposition: Exposition, wanted: Format) -> bytes:
    """Some 150 ms of a processor for a hundred nodes: not to be called in an event loop."""
    families = _Families(exposition)
    match wanted:
        case Format.TEXT:
            return text_format.generate_latest(families)
        case Format.OPENMETRICS:
            text: bytes = openmetrics_format.generate_latest(families)  # type: ignore[no-untyped-call]  # as published
            return text


class _Families:
    """What the library calls a collector: whatever has this method."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    def collect(self) -> Iterator[Metric]:
        nodes = sorted(self._exposition.nodes, key=lambda node: node.labels)
        yield from _of_the_control_plane(self._exposition.control_plane)
        yield from _of_all_nodes(nodes)
        for family in exposed_families():
            metric = _FAMILIES[family[0].type](family, nodes)
            if metric.samples:
                yield metric


# --- the control plane ---------------------------------------------------------------------------


def _of_the_control_plane(numbers: ControlPlaneNumbers) -> Iterator[Metric]:
    yield InfoMetricFamily("elastane_build", "The Elastane that serves this.", value={"version": numbers.version})
    for name, told, counts in (
        ("elastane_replication_groups", "Caches by status, in all regions.", numbers.group_counts),
        ("elastane_memcached_clusters", "Memcached clusters by status, in all regions.", numbers.cluster_counts),
    ):
        caches = GaugeMetricFamily(name, told, labels=("status",))
        for status, count in counts.items():
            caches.add_metric((status,), count)
        yield caches
    for name, told, seconds in (
        ("elastane_collection_duration_seconds", "How long the last round of measuring took.",
         numbers.collection_seconds),
        ("elastane_collection_last_success_timestamp_seconds", "When a node was last measured, any of them.",
         numbers.collected_at_seconds),
    ):  # fmt: skip
        if seconds is not None:
            yield GaugeMetricFamily(name, told, value=seconds)
    if numbers.deliveries is not None:
        yield from _of_deliveries(numbers.deliveries)


def _of_deliveries(counts: DeliveryCounts) -> Iterator[Metric]:
    told = "Notifications that wait to be delivered."
    yield GaugeMetricFamily("elastane_deliveries_pending", told, value=counts.pending)
    yield CounterMetricFamily("elastane_deliveries", "Notifications that were delivered.", value=counts.delivered)
    told = "Notifications that nobody took, however often they were tried."
    yield CounterMetricFamily("elastane_deliveries_given_up", told, value=counts.given_up)


# --- nodes ---------------------------------------------------------------------------------------


def _of_all_nodes(nodes: list[ExposedNode]) -> Iterator[Metric]:
    if not nodes:
        return
    info = InfoMetricFamily("elastane_node", "What may change in a node's life, to be joined.", labels=NODE_LABELS)
    up = GaugeMetricFamily(
        "elastane_node_up", "1 while the node answers who measures it, 0 otherwise.", labels=NODE_LABELS
    )
    for node in nodes:
        info.add_metric(node.labels, dict(node.attributes))
        if node.is_measured is not None:
            up.add_metric(node.labels, 1.0 if node.is_measured else 0.0)
    yield info
    if up.samples:
        yield up


def exposed_families() -> tuple[tuple[Exposed, ...], ...]:
    """The rows of the table that are exposed, those with one name together, in the order of the first of each."""
    families: dict[str, list[Exposed]] = {}
    for definition in DEFINITIONS:
        if definition.exposed is not None:
            families.setdefault(definition.exposed.name, []).append(definition.exposed)
    return tuple(tuple(family) for family in families.values())


def _label_names(family: tuple[Exposed, ...]) -> tuple[str, ...]:
    return (*NODE_LABELS, *(name for name, _ in family[0].labels))


def _counter_or_gauge(
    kind: type[CounterMetricFamily] | type[GaugeMetricFamily],
) -> Callable[[tuple[Exposed, ...], list[ExposedNode]], Metric]:
    def fill(family: tuple[Exposed, ...], nodes: list[ExposedNode]) -> Metric:
        metric = kind(family[0].name, family[0].help, labels=_label_names(family))
        for node in nodes:
            for row in family:
                number = node.fields.get(row.field)
                if number is not None:
                    metric.add_metric((*node.labels, *(value for _, value in row.labels)), number * row.scale)
        return metric

    return fill


def _histogram(family: tuple[Exposed, ...], nodes: list[ExposedNode]) -> Metric:
    metric = HistogramMetricFamily(family[0].name, family[0].help, labels=_label_names(family))
    for node in nodes:
        for row in family:
            histogram = node.histograms.get(row.field)
            if histogram is not None and _is_kept(histogram):
                metric.add_metric(
                    (*node.labels, *(value for _, value in row.labels)),
                    cumulative_buckets(histogram),
                    sum_value=histogram.sum * row.scale,
                )
    return metric


def _is_kept(histogram: Histogram) -> bool:
    """False for an engine that was told to keep none (latency-tracking): calls took time, and none is in a bucket."""
    return bool(histogram.buckets) or histogram.sum == 0


def cumulative_buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """Of every step; what an engine names that is none is counted in the next one."""
    bounds = [bound for bound, _ in histogram.buckets]
    counts = [0.0, *(count for _, count in histogram.buckets)]
    steps = [(f"{step * MICROSECONDS:.6f}", counts[bisect_right(bounds, step)]) for step in BUCKET_BOUNDS_MICROSECONDS]
    return [*steps, ("+Inf", histogram.count)]


_FAMILIES: Mapping[ExposedType, Callable[[tuple[Exposed, ...], list[ExposedNode]], Metric]] = {
    ExposedType.COUNTER: _counter_or_gauge(CounterMetricFamily),
    ExposedType.GAUGE: _counter_or_gauge(GaugeMetricFamily),
    ExposedType.HISTOGRAM: _histogram,
}
