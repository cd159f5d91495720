"""What there is to be told at this moment: the caches as they are stored, and what was last measured of their nodes.

Called for each scrape. It asks no engine: what a scrape costs the caches is nothing, however many scrape.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from elastane.metrics.exposition import ControlPlaneNumbers, DeliveryCounts, ExposedNode, Exposition
from elastane.metrics.latest import LatestMeasurement
from elastane.model.ids import node_key
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.statuses import ReplicationGroupStatus, replication_group_status
from elastane.store import Store, Transaction, deliveries, replication_groups

MEASURED_AGO_SECONDS_MAX = 15.0
"""What was measured before that is not told as if it were so now: three times nobody measured."""

Groups = tuple[tuple[ReplicationGroup, ObservedReplicationGroup], ...]


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
    groups, counts = await store.read(lambda tx: (_list_groups(tx), _count_deliveries(tx)))
    return exposition_of(
        groups,
        counts,
        latest,
        now,
        version=version,
        round_seconds=round_seconds,
        measured_at_seconds=measured_at_seconds,
    )


def exposition_of(
    groups: Groups,
    counts: DeliveryCounts | None,
    latest: Mapping[str, LatestMeasurement] | None,
    now: datetime,
    *,
    version: str,
    round_seconds: float | None = None,
    measured_at_seconds: float | None = None,
) -> Exposition:
    """Pure. Nodes that are nobody's cache cluster, because they are temporary, are not told of."""
    statuses = Counter(replication_group_status(desired, observed) for desired, observed in groups)
    oldest = now.timestamp() - MEASURED_AGO_SECONDS_MAX
    current = None if latest is None else {key: one for key, one in latest.items() if one.at_seconds >= oldest}
    return Exposition(
        control_plane=ControlPlaneNumbers(
            version=version,
            group_counts={status: statuses[status] for status in ReplicationGroupStatus},
            collection_seconds=round_seconds,
            collected_at_seconds=measured_at_seconds,
            deliveries=counts,
        ),
        nodes=tuple(node for desired, _ in groups for node in _nodes(desired, current)),
    )


def _list_groups(tx: Transaction) -> Groups:
    found = replication_groups.list_replication_groups(tx)
    return tuple((stored.body, replication_groups.get_observed(tx, stored.body.key)) for stored in found)


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
            measured = None if latest is None else latest.get(node_key(group.region, node.id))
            attributes = {"zone": str(node.zone), "node_type": group.software.node_type}
            if measured is not None:
                attributes |= {
                    "role": str(measured.role),
                    "engine": str(measured.engine),
                    "version": measured.engine_version,
                }
            yield ExposedNode(
                region=group.region,
                cache_cluster=node.id,
                replication_group=group.id,
                shard=node_group.id,
                attributes=attributes,
                is_measured=None if latest is None else measured is not None,
                fields={} if measured is None else measured.numbers,
                histograms={} if measured is None else measured.histograms,
            )
