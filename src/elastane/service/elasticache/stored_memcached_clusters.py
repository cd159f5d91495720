"""Memcached clusters as they were read, and the one way to save what a call makes of them."""

import msgspec

from elastane.model.ids import NodeId
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.memcached_statuses import memcached_cluster_status
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.replication_groups import Deletion, GroupKey, Software
from elastane.model.statuses import CacheClusterStatus
from elastane.store import Transaction, memcached_clusters


class StoredMemcachedCluster(msgspec.Struct, frozen=True, kw_only=True):
    """The revision is what a save of it must name."""

    cluster: MemcachedCluster
    revision: int
    observed: ObservedMemcachedCluster

    @property
    def id(self) -> NodeId:
        """As the API's cache clusters are named."""
        return NodeId(self.cluster.id)

    @property
    def status(self) -> CacheClusterStatus:
        return memcached_cluster_status(self.cluster, self.observed)


def get_memcached_cluster(tx: Transaction, key: GroupKey) -> StoredMemcachedCluster:
    """Of a key that was found in this transaction."""
    stored = memcached_clusters.find_memcached_cluster(tx, key)
    assert stored is not None, "a cluster and the table of ids are saved in one transaction"
    observed = memcached_clusters.get_observed(tx, key)
    return StoredMemcachedCluster(cluster=stored.body, revision=stored.revision, observed=observed)


def save_change(tx: Transaction, before: StoredMemcachedCluster, changed: MemcachedCluster) -> StoredMemcachedCluster:
    """Saves a changed cluster; as its next generation, if that takes anybody's doing.

    What only waits for the window does not, nor what needs no process. The cluster stays `available`, so that one that
    has lost a node, and may not converge for long, is still open to the call that helps it.
    Nothing changed is nothing saved: no pass is woken for it.
    """
    if changed == before.cluster:
        return before
    is_to_be_done = _to_be_done(changed) != _to_be_done(before.cluster)
    generation = before.cluster.generation + is_to_be_done
    saved = msgspec.structs.replace(changed, generation=generation)
    memcached_clusters.save_memcached_cluster(tx, saved, revision=before.revision)
    return msgspec.structs.replace(before, cluster=saved, revision=before.revision + 1)


def _to_be_done(cluster: MemcachedCluster) -> tuple[Software, tuple[CacheNode, ...], Deletion | None]:
    """What passes make true."""
    return cluster.software, cluster.nodes, cluster.deletion
