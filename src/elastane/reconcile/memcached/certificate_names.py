"""By which names and addresses each process of a Memcached cluster is reached: what its certificate has to be good for.

Pure. A node is reached at its own endpoint alone, and so is the configuration endpoint: which of them serves a client
never changes.
"""

from elastane.catalog.endpoint_names import Naming, cache_node_name, memcached_configuration_name
from elastane.model.ids import AccountId
from elastane.model.memcached_clusters import MemcachedCluster


def certificate_names(cluster: MemcachedCluster, account_id: AccountId) -> dict[str, frozenset[str]]:
    """DNS names and addresses together, by the process's key. Empty without encryption in transit."""
    if not cluster.is_encrypted:
        return {}
    naming = Naming(account_id=account_id, region=cluster.region)
    nodes = {
        cluster.node_key(node): frozenset((node.address, cache_node_name(naming, cluster.id, node.id)))
        for node in cluster.nodes
    }
    endpoint = frozenset((cluster.endpoint_address, memcached_configuration_name(naming, cluster.id)))
    return {**nodes, cluster.endpoint_key: endpoint}
