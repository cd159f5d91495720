"""What there is to be told at this moment: the caches as they are stored, and what was last measured of their nodes.

Called for each scrape. It asks no engine: what a scrape costs the caches is nothing, however many scrape.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from elastane.metrics.exposition import ControlPlaneNumbers, DeliveryCounts, ExposedNode, Exposition
from elastane.metrics.latest import LatestMeasurement
from elastane.model.ids import CACHE_NODE_ID, node_key
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.memcached_statuses import memcached_cluster_status
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.statuses import CacheClusterStatus, ReplicationGroupStatus, replication_group_status
from elastane.store import Store, Transaction, deliveries, memcached_clusters, replication_groups

MEASURED_AGO_SECONDS_MAX = 15.0
"""What was measured before that is not told as if it were so now: three times nobody measured."""

Groups = tuple[tuple[ReplicationGroup, ObservedReplicationGroup], ...]
Clusters = tuple[tuple[MemcachedCluster, ObservedMemcachedCluster], ...]


class Caches(msgspec.Struct, frozen=True, kw_only=True):
    """As they are stored, desired and observed."""

    groups: Groups = ()
    clusters: Clusters = ()


async def observe_exposition(
    store: Store,
    latest: Mapping[str, LatestMeasurement] | None,
    now: datetime,
    *,
    version: str,
    round_seconds: float | None = None,
    measured_at_seconds: float | None = None,
) -> Exposition:
    """`latest` is by node key; None where nobody was asked, for then it is not known who would answer. Raises
    StoreUnusable."""
    caches, counts = await store.read(lambda tx: (_list_caches(tx), _count_deliveries(tx)))
    return exposition_of(
        caches,
        counts,
        latest,
        now,
        version=version,
        round_seconds=round_seconds,
        measured_at_seconds=measured_at_seconds,
    )


def exposition_of(
    caches: Caches,
    counts: DeliveryCounts | None,
    latest: Mapping[str, LatestMeasurement] | None,
    now: datetime,
    *,
    version: str,
    round_seconds: float | None = None,
    measured_at_seconds: float | None = None,
) -> Exposition:
    """Pure. Nodes that are nobody's cache cluster, because they are temporary, are not told of."""
    of_groups = Counter(replication_group_status(desired, observed) for desired, observed in caches.groups)
    of_clusters = Counter(memcached_cluster_status(desired, observed) for desired, observed in caches.clusters)
    oldest = now.timestamp() - MEASURED_AGO_SECONDS_MAX
    current = None if latest is None else {key: one for key, one in latest.items() if one.at_seconds >= oldest}
    return Exposition(
        control_plane=ControlPlaneNumbers(
            version=version,
            group_counts={status: of_groups[status] for status in ReplicationGroupStatus},
            cluster_counts={status: of_clusters[status] for status in CacheClusterStatus},
            collection_seconds=round_seconds,
            collected_at_seconds=measured_at_seconds,
            deliveries=counts,
        ),
        nodes=(
            *(node for desired, _ in caches.groups for node in _nodes(desired, current)),
            *(node for desired, _ in caches.clusters for node in _cache_nodes(desired, current)),
        ),
    )


def _list_caches(tx: Transaction) -> Caches:
    groups = [stored.body for stored in replication_groups.list_replication_groups(tx)]
    clusters = [stored.body for stored in memcached_clusters.list_memcached_clusters(tx)]
    return Caches(
        groups=tuple((group, replication_groups.get_observed(tx, group.key)) for group in groups),
        clusters=tuple((cluster, memcached_clusters.get_observed(tx, cluster.key)) for cluster in clusters),
    )


def _count_deliveries(tx: Transaction) -> DeliveryCounts:
    ended = deliveries.counts(tx).values()
    return DeliveryCounts(
        pending=deliveries.count_waiting(tx),
        delivered=sum(count.delivered_count for count in ended),
        given_up=sum(count.given_up_count for count in ended),
    )


def _nodes(group: ReplicationGroup, latest: Mapping[str, LatestMeasurement] | None) -> Iterator[ExposedNode]:
    for node_group in group.node_groups:
        for node in node_group.nodes:
            if node.is_temporary:
                continue
            bare = ExposedNode(
                region=group.region,
                cache_cluster=node.id,
                cache_node=CACHE_NODE_ID,
                replication_group=group.id,
                shard=node_group.id,
                attributes={"zone": str(node.zone), "node_type": group.software.node_type},
                is_measured=None,
            )
            yield _with_measured(bare, node_key(group.region, node.id), latest)


def _cache_nodes(cluster: MemcachedCluster, latest: Mapping[str, LatestMeasurement] | None) -> Iterator[ExposedNode]:
    for node in cluster.nodes:
        bare = ExposedNode(
            region=cluster.region,
            cache_cluster=cluster.id,
            cache_node=node.id,
            replication_group=cluster.id,
            shard="",
            attributes={"zone": str(node.zone), "node_type": node.node_type},
            is_measured=None,
        )
        yield _with_measured(bare, cluster.node_key(node), latest)


def _with_measured(bare: ExposedNode, key: str, latest: Mapping[str, LatestMeasurement] | None) -> ExposedNode:
    if latest is None:
        return bare
    measured = latest.get(key)
    if measured is None:
        return replace(bare, is_measured=False)
    answer = measured.answer
    attributes = {**bare.attributes, "engine": str(answer.engine), "version": answer.engine_version}
    if answer.role is not None:
        attributes["role"] = str(answer.role)
    return replace(
        bare,
        attributes=attributes,
        is_measured=True,
        fields=measured.numbers,
        histograms=measured.histograms,
    )
