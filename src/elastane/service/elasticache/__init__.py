"""ElastiCache's actions, as a table anyone can read. `docs/parity.toml` says how true each one is."""

from elastane.service.context import Action
from elastane.service.elasticache import (
    cache_clusters,
    engine_versions,
    events,
    failovers,
    node_type_modifications,
    parameter_groups,
    replica_counts,
    replication_groups,
    shard_configurations,
    subnet_groups,
    tags,
)

ACTIONS: dict[str, Action] = {
    "AddTagsToResource": tags.add_tags_to_resource,
    "CreateCacheCluster": cache_clusters.create_cache_cluster,
    "CreateCacheSubnetGroup": subnet_groups.create_cache_subnet_group,
    "CreateReplicationGroup": replication_groups.create_replication_group,
    "DecreaseReplicaCount": replica_counts.decrease_replica_count,
    "DeleteCacheCluster": cache_clusters.delete_cache_cluster,
    "DeleteCacheSubnetGroup": subnet_groups.delete_cache_subnet_group,
    "DeleteReplicationGroup": replication_groups.delete_replication_group,
    "DescribeCacheClusters": cache_clusters.describe_cache_clusters,
    "DescribeCacheEngineVersions": engine_versions.describe_cache_engine_versions,
    "DescribeCacheParameterGroups": parameter_groups.describe_cache_parameter_groups,
    "DescribeCacheSubnetGroups": subnet_groups.describe_cache_subnet_groups,
    "DescribeEvents": events.describe_events,
    "DescribeReplicationGroups": replication_groups.describe_replication_groups,
    "IncreaseReplicaCount": replica_counts.increase_replica_count,
    "ListAllowedNodeTypeModifications": node_type_modifications.list_allowed_node_type_modifications,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ModifyCacheCluster": cache_clusters.modify_cache_cluster,
    "ModifyCacheSubnetGroup": subnet_groups.modify_cache_subnet_group,
    "ModifyReplicationGroup": replication_groups.modify_replication_group,
    "ModifyReplicationGroupShardConfiguration": shard_configurations.modify_replication_group_shard_configuration,
    "RebootCacheCluster": cache_clusters.reboot_cache_cluster,
    "RemoveTagsFromResource": tags.remove_tags_from_resource,
    "TestFailover": failovers.test_failover,
}
