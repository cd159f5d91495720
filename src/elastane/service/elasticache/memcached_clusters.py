"""The actions on Memcached clusters, each inside the transaction of its action in `cache_clusters`.

What a creation makes is in `new_memcached_clusters`, what a change makes in `memcached_changes`.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from elastane.model import faults
from elastane.model.ids import CacheNodeId, NodeId
from elastane.model.memcached_clusters import CacheNode, RestartKind, RestartOrder
from elastane.model.replication_groups import Deletion
from elastane.model.statuses import CacheClusterStatus
from elastane.service.context import Context
from elastane.service.elasticache.engine_features import refuse_features_without_memcached
from elastane.service.elasticache.memcached_changes import asks_for_change, changed_cluster
from elastane.service.elasticache.new_memcached_clusters import new_memcached_cluster
from elastane.service.elasticache.requested_security_groups import tell_of_change
from elastane.service.elasticache.requested_software import Offers
from elastane.service.elasticache.stored_memcached_clusters import (
    StoredMemcachedCluster,
    get_memcached_cluster,
    save_change,
)
from elastane.service.parameters import Parameters
from elastane.store import Transaction, memcached_clusters


def create(
    tx: Transaction, ctx: Context, cluster_id: NodeId, parameters: Parameters, offers: Offers, *, now: datetime
) -> StoredMemcachedCluster:
    cluster = new_memcached_cluster(tx, ctx, cluster_id, parameters, offers, now=now)
    memcached_clusters.save_memcached_cluster(tx, cluster)
    return get_memcached_cluster(tx, cluster.key)


def modify(
    tx: Transaction, ctx: Context, found: StoredMemcachedCluster, parameters: Parameters, offers: Offers
) -> StoredMemcachedCluster:
    refuse_features_without_memcached(parameters)
    if not asks_for_change(found.cluster, parameters):
        # AWS's sentence; Terraform matches on it.
        raise faults.InvalidParameterCombination("No modifications were requested")
    _refuse_unless_available(found, "modify")
    changed = changed_cluster(tx, ctx, found.cluster, parameters, offers, now=ctx.now())
    tell_of_change(tx, ctx, found.cluster, changed)
    return save_change(tx, found, changed)


def delete(tx: Transaction, found: StoredMemcachedCluster, *, now: datetime) -> StoredMemcachedCluster:
    """AWS wants it available. Here one that is broken can be deleted too, or it could never be."""
    is_creating = found.status is CacheClusterStatus.CREATING and found.observed.failure is None
    if is_creating or found.status is CacheClusterStatus.DELETING:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {found.id} has status {found.status} which is not valid for deletion."
        )
    return save_change(tx, found, replace(found.cluster, deletion=Deletion(requested_at=now)))


def reboot(
    tx: Transaction, found: StoredMemcachedCluster, node_ids: Sequence[str], *, now: datetime
) -> StoredMemcachedCluster:
    """Some nodes or all, each of which comes back empty."""
    named = frozenset(CacheNodeId(node_id) for node_id in node_ids)
    cluster = found.cluster
    known = [node.id for node in cluster.staying_nodes]
    unknown = sorted(named.difference(known))
    if unknown or not named:
        what = f"Invalid value {', '.join(unknown)} for" if unknown else "No cache node is named in"
        raise faults.InvalidParameterValue(
            f"{what} CacheNodeIdsToReboot. The cache nodes of {found.id} are {', '.join(known)}."
        )
    if not _ends_a_silence(found, named):
        _refuse_unless_available(found, "reboot")
    order = RestartOrder(requested_at=now, kind=RestartKind.REBOOT)

    def ordered(node: CacheNode) -> CacheNode:
        return replace(node, restart=order) if node.id in named else node

    return save_change(tx, found, replace(cluster, nodes=tuple(map(ordered, cluster.nodes))))


# --- refusals ------------------------------------------------------------------------------------


def _ends_a_silence(found: StoredMemcachedCluster, named: frozenset[CacheNodeId]) -> bool:
    """Every node named runs and does not answer: a reboot is what helps, whatever the cluster's status."""
    seen = [found.observed.find_node(node_id) for node_id in named]
    is_silent = all(one is not None and one.process.silence is not None for one in seen)
    return is_silent and found.status is not CacheClusterStatus.DELETING


def _refuse_unless_available(found: StoredMemcachedCluster, verb: str) -> None:
    if found.status is not CacheClusterStatus.AVAILABLE:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {found.id} has status {found.status}; it must be in available state to {verb}."
        )
