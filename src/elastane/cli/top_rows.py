"""What `elastane top` shows, as values: a row for each node, totals over those that are measured now. Pure.

The field names of `TopReport` are what scripts read from --json: they are only ever added to. None is what was not
measured; it is never shown as zero. A row whose sample is old keeps it, with its age, and counts in no total.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from elastane.cli.installation import Installation
from elastane.model.ids import CACHE_NODE_ID, Region
from elastane.model.memcached_clusters import CacheNode
from elastane.model.metrics import Sample
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Node, NodeGroup
from elastane.model.seen_groups import SeenGroup
from elastane.model.seen_memcached_clusters import SeenMemcachedCluster, shown_node_name
from elastane.model.statistic_sets import StatisticSet

NodeName = tuple[Region, str, str]
"""A node by its region, its cache cluster's id and its own in there, as its metrics name it: a Memcached cluster has
several, and any other cache cluster one, 0001."""


class Sort(StrEnum):
    """By what rows are ordered; all but the first with the largest first, and what is unknown last."""

    NAME = "name"
    OPERATIONS = "ops"
    HIT_RATE = "hit-rate"
    """The lowest first: that is who needs a look."""
    MEMORY = "memory"
    CPU = "cpu"
    CLIENTS = "clients"
    LAG = "lag"
    EVICTIONS = "evictions"


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a node. Rates are those of the sample's seconds."""

    operations_per_second: float | None = None
    hits_per_second: float | None = None
    misses_per_second: float | None = None
    hit_ratio: float | None = None
    """None also while nobody reads."""
    memory_bytes: float | None = None
    memory_ratio: float | None = None
    memory_bytes_max: float | None = None
    cpu_ratio: float | None = None
    """Of the engine's main thread: 1 is a whole core. None of memcached, which has no such one."""
    client_count: float | None = None
    lag_seconds: float | None = None
    evictions_per_second: float | None = None
    received_bytes_per_second: float | None = None
    sent_bytes_per_second: float | None = None
    read_p99_seconds: float | None = None
    """Of the last full minute, as is the next."""
    write_p99_seconds: float | None = None
    item_count: float | None = None


NOT_MEASURED = Numbers()


class TopRow(msgspec.Struct, frozen=True, kw_only=True):
    region: str
    cache: str
    node_group_id: str
    """Empty in a Memcached cluster."""
    node: str
    role: str | None
    """As last seen; None when it could not be asked, and of a Memcached cluster's nodes, which have none."""
    zone: str
    health: str
    """As the last pass saw it; `down` where no process runs now."""
    sampled_at: datetime | None = None
    """The end of the stretch of time that the numbers are about; None when nothing was ever measured."""
    age_seconds: float | None = None
    is_current: bool = False
    numbers: Numbers = NOT_MEASURED


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Over the rows that are current. Memory is that of primaries and replicas together."""

    cache_count: int
    node_count: int
    current_node_count: int
    operations_per_second: float | None
    hit_ratio: float | None
    memory_bytes: float | None
    memory_bytes_max: float | None
    client_count: float | None


class TopReport(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: str
    is_running: bool
    url: str | None
    at: datetime
    sort: str
    totals: Totals
    nodes: tuple[TopRow, ...]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The newest samples of nodes: of a few seconds, and of the last full minute for what is measured once in one."""

    fine: Mapping[NodeName, Sample]
    minute: Mapping[NodeName, Sample]
    fine_seconds: float

    def age_limit_seconds(self) -> float:
        """A sample that old is not current any more: two have not come."""
        return self.fine_seconds * 3


NOTHING_MEASURED = Measured(fine={}, minute={}, fine_seconds=5.0)


def top_report(
    installation: Installation, measured: Measured, now: datetime, *, cache: str | None, sort: Sort
) -> TopReport:
    shown = [seen for seen in installation.caches if cache is None or seen.desired.id == cache]
    rows = [row for seen in shown for row in _rows(seen, measured, now)]
    control_plane = installation.control_plane
    return TopReport(
        data_dir=str(installation.data_dir),
        is_running=control_plane is not None,
        url=None if control_plane is None else control_plane.url,
        at=now,
        sort=sort,
        totals=_totals(len(shown), rows),
        nodes=tuple(in_order(rows, sort)),
    )


def in_order(rows: Iterable[TopRow], sort: Sort) -> list[TopRow]:
    """What is not current comes last, and keeps the order of names."""
    by_name = sorted(rows, key=lambda row: (row.region, row.cache, row.node_group_id, row.node))
    order = _ORDERS.get(sort)
    if order is None:
        return by_name

    def key(row: TopRow) -> tuple[bool, float]:
        number = order(row.numbers) if row.is_current else None
        return (True, 0.0) if number is None else (False, number)

    return sorted(by_name, key=key)


def _largest_first(read: Callable[[Numbers], float | None]) -> Callable[[Numbers], float | None]:
    def order(numbers: Numbers) -> float | None:
        number = read(numbers)
        return None if number is None else -number

    return order


_ORDERS: dict[Sort, Callable[[Numbers], float | None]] = {
    Sort.OPERATIONS: _largest_first(lambda numbers: numbers.operations_per_second),
    Sort.HIT_RATE: lambda numbers: numbers.hit_ratio,
    Sort.MEMORY: _largest_first(lambda numbers: numbers.memory_ratio),
    Sort.CPU: _largest_first(lambda numbers: numbers.cpu_ratio),
    Sort.CLIENTS: _largest_first(lambda numbers: numbers.client_count),
    Sort.LAG: _largest_first(lambda numbers: numbers.lag_seconds),
    Sort.EVICTIONS: _largest_first(lambda numbers: numbers.evictions_per_second),
}


# --- a node --------------------------------------------------------------------------------------

DOWN = "down"
P99 = 0.99


def _rows(seen: SeenGroup | SeenMemcachedCluster, measured: Measured, now: datetime) -> Iterator[TopRow]:
    cache = seen.desired
    if isinstance(seen, SeenMemcachedCluster):
        for cache_node in seen.desired.nodes:
            name = (cache.region, str(cache.id), str(cache_node.id))
            yield _with_sample(_cache_node_row(seen, cache_node), name, measured, now)
        return
    for node_group in seen.desired.node_groups:
        for node in node_group.nodes:
            if not node.is_temporary:  # it is measured, and nobody is told
                name = (cache.region, str(node.id), str(CACHE_NODE_ID))
                yield _with_sample(_row(seen, node_group, node), name, measured, now)


def _row(seen: SeenGroup, node_group: NodeGroup, node: Node) -> TopRow:
    last = seen.last_seen(node)
    health = NodeHealth.UNKNOWN if last is None else last.health
    return TopRow(
        region=seen.desired.region,
        cache=seen.desired.id,
        node_group_id=node_group.id,
        node=node.id,
        role=None if last is None else last.role,
        zone=node.zone,
        health=health if seen.processes[node.id].pid is not None else DOWN,
    )


def _cache_node_row(seen: SeenMemcachedCluster, node: CacheNode) -> TopRow:
    last = seen.last_seen(node)
    health = NodeHealth.UNKNOWN if last is None else last.process.health
    return TopRow(
        region=seen.desired.region,
        cache=seen.desired.id,
        node_group_id="",
        node=shown_node_name(seen.desired, node),
        role=None,
        zone=node.zone,
        health=health if seen.processes[node.id].pid is not None else DOWN,
    )


def _with_sample(row: TopRow, name: NodeName, measured: Measured, now: datetime) -> TopRow:
    sample = measured.fine.get(name)
    if sample is None:
        return row
    ended_at = sample.at + timedelta(seconds=measured.fine_seconds)
    age_seconds = max(0.0, (now - ended_at).total_seconds())
    return replace(
        row,
        sampled_at=ended_at,
        age_seconds=age_seconds,
        is_current=age_seconds <= measured.age_limit_seconds(),
        numbers=numbers(sample, measured.minute.get(name), measured.fine_seconds),
    )


def numbers(sample: Sample, minute: Sample | None, seconds: float) -> Numbers:
    """Of a node's samples by their CloudWatch names: counters are what was counted in so many seconds."""
    values = sample.values

    def number(name: str) -> float | None:
        value = values.get(name)
        return value.sum / value.sample_count if isinstance(value, StatisticSet) else value

    def rate(*names: str) -> float | None:
        """Of the first that there is."""
        counted = next((found for name in names if (found := number(name)) is not None), None)
        return None if counted is None else counted / seconds

    def ratio(name: str) -> float | None:
        percent = number(name)
        return None if percent is None else percent / 100

    memory_bytes, memory_ratio, memory_bytes_max = _memory(number)
    hits, misses = rate("CacheHits", "GetHits"), rate("CacheMisses", "GetMisses")
    return Numbers(
        operations_per_second=_sum(rate(name) for name in ("ProcessedCommands", *_MEMCACHED_OPERATIONS)),
        hits_per_second=hits,
        misses_per_second=misses,
        hit_ratio=hit_ratio(hits, misses),
        memory_bytes=memory_bytes,
        memory_ratio=memory_ratio,
        memory_bytes_max=memory_bytes_max,
        cpu_ratio=ratio("EngineCPUUtilization"),
        client_count=number("CurrConnections"),
        lag_seconds=number("ReplicationLag"),
        evictions_per_second=rate("Evictions"),
        received_bytes_per_second=rate("NetworkBytesIn"),
        sent_bytes_per_second=rate("NetworkBytesOut"),
        read_p99_seconds=_p99_seconds(minute, "SuccessfulReadRequestLatency"),
        write_p99_seconds=_p99_seconds(minute, "SuccessfulWriteRequestLatency"),
        item_count=number("CurrItems"),
    )


_MEMCACHED_OPERATIONS = (
    "CmdGet", "CmdSet", "CmdTouch", "CmdFlush",
    "IncrHits", "IncrMisses", "DecrHits", "DecrMisses", "DeleteHits", "DeleteMisses",
)  # fmt: skip
"""Together all of a memcached's: it counts no sum. A get that touches counts as both (proto_text.c)."""


def _memory(number: Callable[[str], float | None]) -> tuple[float | None, float | None, float | None]:
    """Bytes in use, how much of all that is, and how many there are."""
    items, unused = number("BytesUsedForCacheItems"), number("UnusedMemory")
    if items is not None and unused is not None:
        return items, items / (items + unused) if items + unused else None, items + unused
    used, percent = number("BytesUsedForCache"), number("DatabaseMemoryUsagePercentage")
    # Whole, as engines have it: the ratio is rounded.
    most = float(round(used * 100 / percent)) if used is not None and percent else None
    return used, None if percent is None else percent / 100, most


def hit_ratio(hits: float | None, misses: float | None) -> float | None:
    return hits / (hits + misses) if hits is not None and misses is not None and hits + misses > 0 else None


def _p99_seconds(minute: Sample | None, name: str) -> float | None:
    """Of counts by microseconds; None where single measurements are not known."""
    measured = None if minute is None else minute.values.get(name)
    if not isinstance(measured, StatisticSet) or not measured.counts:
        return None
    reached = itertools.accumulate(count for _, count in measured.counts)
    wanted = measured.sample_count * P99
    microseconds = (value for (value, _), so_far in zip(measured.counts, reached, strict=True) if so_far >= wanted)
    return next(microseconds, measured.maximum) / 1e6


# --- all of them ---------------------------------------------------------------------------------


def _totals(cache_count: int, rows: Iterable[TopRow]) -> Totals:
    all_rows = tuple(rows)
    current = [row.numbers for row in all_rows if row.is_current]
    return Totals(
        cache_count=cache_count,
        node_count=len(all_rows),
        current_node_count=len(current),
        operations_per_second=_sum(one.operations_per_second for one in current),
        hit_ratio=hit_ratio(
            _sum(one.hits_per_second for one in current), _sum(one.misses_per_second for one in current)
        ),
        memory_bytes=_sum(one.memory_bytes for one in current),
        memory_bytes_max=_sum(one.memory_bytes_max for one in current),
        client_count=_sum(one.client_count for one in current),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    """Of what was measured; None when nothing was."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
