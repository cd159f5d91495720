"""Which node types a cache may be scaled to, from the catalog and what the cache runs today."""

from elastane.catalog import node_types
from elastane.model import faults
from elastane.model.replication_groups import ReplicationGroup
from elastane.service.context import Context, Result
from elastane.service.elasticache.stored_groups import get_cache_cluster, get_replication_group
from elastane.service.parameters import Parameters
from elastane.store import Transaction


async def list_allowed_node_type_modifications(ctx: Context, parameters: Parameters) -> Result:
    cluster_id = parameters.text("CacheClusterId")
    group_id = parameters.text("ReplicationGroupId")

    def find(tx: Transaction) -> ReplicationGroup:
        if group_id is not None and cluster_id is None:
            return get_replication_group(tx, ctx, group_id).group
        if cluster_id is not None and group_id is None:
            return get_cache_cluster(tx, ctx, cluster_id).group
        raise faults.InvalidParameterCombination("Exactly one of CacheClusterId and ReplicationGroupId must be given.")

    software = (await ctx.store.read(find)).software
    node_type = node_types.get_node_type(software.node_type)
    targets = node_types.allowed_modifications(node_type, software.engine, software.version)
    return {"ScaleUpModifications": list(targets.scale_up), "ScaleDownModifications": list(targets.scale_down)}
