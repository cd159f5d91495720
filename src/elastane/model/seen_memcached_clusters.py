"""A Memcached cluster as it looks to whoever shows it: as `seen_groups`; what is said of it is in
`memcached_explanations`.
"""

import msgspec

from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.observed_memcached_clusters import ObservedCacheNode, ObservedMemcachedCluster
from elastane.model.seen_groups import SeenProcess


class SeenMemcachedCluster(msgspec.Struct, frozen=True, kw_only=True):
    desired: MemcachedCluster
    observed: ObservedMemcachedCluster
    processes: dict[CacheNodeId, SeenProcess] = {}
    """Empty for who cannot look at the machine."""
    endpoint_process: SeenProcess | None = None
    """The configuration endpoint's; None for who cannot look at the machine."""

    def last_seen(self, node: CacheNode) -> ObservedCacheNode | None:
        return self.observed.find_node(node.id)

    def is_published(self, node: CacheNode) -> bool:
        """Whether clients are told of it."""
        return node.id in self.desired.publication.node_ids


class MemcachedSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked about: a Memcached cluster, or one node of it."""

    cluster: SeenMemcachedCluster
    node_id: CacheNodeId | None
    """None for the whole."""

    @property
    def desired(self) -> MemcachedCluster:
        return self.cluster.desired

    @property
    def nodes(self) -> tuple[CacheNode, ...]:
        return tuple(node for node in self.cluster.desired.nodes if self.node_id in (None, node.id))


def shown_process_names(cluster: MemcachedCluster) -> tuple[str, ...]:
    return (*(shown_node_name(cluster, node) for node in cluster.nodes), shown_endpoint_name(cluster))


def shown_node_name(cluster: MemcachedCluster, node: CacheNode) -> str:
    """A node's name where several caches are looked at: ``sessions.0001``, as its process has on its host."""
    return cluster.node_key(node).rpartition("/")[2]


def shown_endpoint_name(cluster: MemcachedCluster) -> str:
    """``sessions.configuration-endpoint``, likewise."""
    return cluster.endpoint_key.rpartition("/")[2]
