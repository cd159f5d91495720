"""Which node types a cache may be scaled to, from the catalog and what the cache runs today."""

from elastane.catalog import node_types
from elastane.catalog.node_types import ScaleTargets
from elastane.model import faults
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import Software
from elastane.service.context import Context, Result
from elastane.service.elasticache.new_memcached_clusters import has_tls
from elastane.service.elasticache.stored_groups import StoredNode, get_cache_cluster, get_replication_group
from elastane.service.parameters import Parameters
from elastane.store import Transaction


async def list_allowed_node_type_modifications(ctx: Context, parameters: Parameters) -> Result:
    cluster_id = parameters.text("CacheClusterId")
    group_id = parameters.text("ReplicationGroupId")

    def find(tx: Transaction) -> ScaleTargets:
        if group_id is not None and cluster_id is None:
            return _targets(get_replication_group(tx, ctx, group_id).group.software)
        if cluster_id is not None and group_id is None:
            found = get_cache_cluster(tx, ctx, cluster_id)
            return _targets(found.group.software) if isinstance(found, StoredNode) else _of_memcached(found.cluster)
        raise faults.InvalidParameterCombination("Exactly one of CacheClusterId and ReplicationGroupId must be given.")

    targets = await ctx.store.read(find)
    return {"ScaleUpModifications": list(targets.scale_up), "ScaleDownModifications": list(targets.scale_down)}


def _targets(software: Software) -> ScaleTargets:
    node_type = node_types.get_node_type(software.node_type)
    return node_types.allowed_modifications(node_type, software.engine, software.version)


def _of_memcached(cluster: MemcachedCluster) -> ScaleTargets:
    """An encrypted one stays encrypted, which not every node type is for."""
    targets = _targets(cluster.software)
    if not cluster.is_encrypted:
        return targets
    return ScaleTargets(
        scale_up=tuple(filter(has_tls, targets.scale_up)), scale_down=tuple(filter(has_tls, targets.scale_down))
    )
