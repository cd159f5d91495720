"""The status words of Memcached clusters, derived as those in `statuses` are: never stored, and AWS's own.

What AWS says of a cluster one of whose nodes is lost is not published. Here it stays `available` while any other node
answers: clients go on with those, and who has lost a zone must be able to add nodes elsewhere, which nobody may do to
a cluster that is `modifying`. The lost node itself is `rebooting` until it is back. A cluster none of whose nodes
answers, or whose configuration endpoint does not, serves nobody new, and is not called available.
"""

from msgspec.structs import replace

from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster, RestartKind
from elastane.model.observed_memcached_clusters import ObservedCacheNode, ObservedMemcachedCluster
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Software
from elastane.model.statuses import CacheClusterStatus, is_awaited


def memcached_cluster_status(cluster: MemcachedCluster, observed: ObservedMemcachedCluster) -> CacheClusterStatus:
    """In order: what the customer asked last, whether it ever worked, whether it is true now."""
    if cluster.deletion is not None:
        return CacheClusterStatus.DELETING
    if observed.available_since is None:
        return CacheClusterStatus.INCOMPATIBLE_NETWORK if has_failed_for_good(observed) else CacheClusterStatus.CREATING
    if any(is_rebooting(node, observed.find_node(node.id)) for node in cluster.staying_nodes):
        return CacheClusterStatus.REBOOTING
    if is_changing(cluster, observed) or not is_served(cluster, observed):
        return CacheClusterStatus.MODIFYING
    return CacheClusterStatus.AVAILABLE


def cache_node_status(cluster: MemcachedCluster, node: CacheNode, observed: ObservedMemcachedCluster) -> str:
    """AWS has four words: a node that has been ready and is not now is `rebooting`, whatever ended it."""
    if cluster.deletion is not None or node.is_leaving:
        return "deleting"
    seen = observed.find_node(node.id)
    if seen is None or not seen.was_ready:
        return "creating"
    is_well = seen.process.health is NodeHealth.READY and not is_restarting(node, seen)
    return "available" if is_well else "rebooting"


def is_restarting(node: CacheNode, seen: ObservedCacheNode | None) -> bool:
    """A new process was ordered, and none started since then has answered. Who was never seen has none to end."""
    if node.restart is None or seen is None:
        return False
    return is_awaited(node.restart.requested_at, seen.restart, seen.process.answered_started_at)


def is_rebooting(node: CacheNode, seen: ObservedCacheNode | None) -> bool:
    """As `is_restarting`, and the customer asked for it."""
    return node.restart is not None and node.restart.kind is RestartKind.REBOOT and is_restarting(node, seen)


def parameter_apply_status(cluster: MemcachedCluster, observed: ObservedMemcachedCluster) -> str:
    """`applying` only for the moment until somebody has looked: no parameter of memcached's reaches a live process."""
    if node_ids_to_reboot(cluster, observed):
        return "pending-reboot"
    former = observed.software
    is_other = former is not None and former.parameter_group_name != cluster.software.parameter_group_name
    return "applying" if is_other and is_changing(cluster, observed) else "in-sync"


def node_ids_to_reboot(cluster: MemcachedCluster, observed: ObservedMemcachedCluster) -> tuple[CacheNodeId, ...]:
    """Those that run with other parameters than they shall, and that nobody has asked to start anew yet."""
    pairs = ((node, observed.find_node(node.id)) for node in cluster.staying_nodes)
    return tuple(
        node.id
        for node, seen in pairs
        if seen is not None and seen.awaited_parameters and not is_restarting(node, seen)
    )


def current_software(cluster: MemcachedCluster, observed: ObservedMemcachedCluster) -> Software:
    """What customers are shown: while type or version are changed, still what every node ran before.

    Not so of the parameter group, which is another one at once: how far it has come is `parameter_apply_status`.
    """
    former = observed.software
    if former is None or not is_changing(cluster, observed):
        return cluster.software
    return replace(former, parameter_group_name=cluster.software.parameter_group_name)


def is_changing(cluster: MemcachedCluster, observed: ObservedMemcachedCluster) -> bool:
    """Something the customer asked for is not true yet."""
    return observed.converged_generation < cluster.generation


def is_served(cluster: MemcachedCluster, observed: ObservedMemcachedCluster) -> bool:
    """Some node answers, and the configuration endpoint does. One late answer of either changes nothing here."""
    nodes = (observed.find_node(node.id) for node in cluster.staying_nodes)
    is_any_ready = any(seen is not None and seen.process.health is NodeHealth.READY for seen in nodes)
    endpoint = observed.endpoint
    return is_any_ready and endpoint is not None and endpoint.process.health is NodeHealth.READY


def has_failed_for_good(observed: ObservedMemcachedCluster) -> bool:
    """A cluster that never worked, and never will."""
    return observed.available_since is None and observed.failure is not None and observed.failure.is_permanent
