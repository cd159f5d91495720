"""Every cache, of either kind: for who asks what all of them have, such as nodes, addresses and security groups."""

from elastane.model.ids import Region
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import ReplicationGroup
from elastane.store.database import Transaction
from elastane.store.memcached_clusters import list_memcached_clusters
from elastane.store.replication_groups import list_replication_groups


def list_caches(tx: Transaction, region: Region | None = None) -> tuple[ReplicationGroup | MemcachedCluster, ...]:
    """All of a region (of every region without one): replication groups first, each kind in the order of its ids."""
    groups = (stored.body for stored in list_replication_groups(tx, region))
    clusters = (stored.body for stored in list_memcached_clusters(tx, region))
    return (*groups, *clusters)
