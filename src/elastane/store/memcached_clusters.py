"""Memcached clusters: what is desired, and what was observed. Saving one claims its id and addresses (`claims`)."""

from elastane.model.ids import NodeId, Region
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observed_memcached_clusters import NOTHING_OBSERVED, ObservedMemcachedCluster
from elastane.model.replication_groups import GroupKey
from elastane.store import claims
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_DESIRED = Kind("memcached-cluster", MemcachedCluster)
_OBSERVED = Kind("observed-memcached-cluster", ObservedMemcachedCluster)


def find_memcached_cluster(tx: Transaction, key: GroupKey) -> Stored[MemcachedCluster] | None:
    return _DESIRED.find(tx, str(key))


def list_memcached_clusters(tx: Transaction, region: Region | None = None) -> tuple[Stored[MemcachedCluster], ...]:
    """All clusters of a region (of every region without one), in the order of their ids."""
    return tuple(_DESIRED.list_all(tx, key_prefix="" if region is None else f"{region}/"))


def save_memcached_cluster(tx: Transaction, cluster: MemcachedCluster, *, revision: int = NEW) -> None:
    """Saves the cluster, claims its id and all its addresses, and rings its bell. Raises Conflict."""
    _DESIRED.save(tx, str(cluster.key), cluster, revision=revision)
    claims.claim(tx, cluster.key, (NodeId(cluster.id),), cluster.addresses)
    tx.ring(cluster.key)


def remove_memcached_cluster(tx: Transaction, key: GroupKey) -> None:
    """Forgets the cluster and all it holds. Idempotent."""
    _DESIRED.remove(tx, str(key))
    _OBSERVED.remove(tx, str(key))
    claims.release(tx, key)
    tx.ring(key)


def count_nodes(tx: Transaction, region: Region) -> int:
    """Those that are to come in a maintenance window among them: they have their addresses already."""
    clusters = (stored.body for stored in list_memcached_clusters(tx, region))
    return sum(len(cluster.nodes) + len(cluster.coming_nodes) for cluster in clusters)


def get_observed(tx: Transaction, key: GroupKey) -> ObservedMemcachedCluster:
    """What the last pass saw; NOTHING_OBSERVED before the first one."""
    stored = _OBSERVED.find(tx, str(key))
    return NOTHING_OBSERVED if stored is None else stored.body


def save_observed(tx: Transaction, key: GroupKey, observed: ObservedMemcachedCluster) -> None:
    """Written only by the one pass of that cluster, so the last one wins. Rings no bell: nobody acts on it."""
    stored = _OBSERVED.find(tx, str(key))
    _OBSERVED.save(tx, str(key), observed, revision=NEW if stored is None else stored.revision)
