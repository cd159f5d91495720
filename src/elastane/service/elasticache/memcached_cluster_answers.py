"""A Memcached cluster as DescribeCacheClusters shows it.

Nodes and the configuration endpoint are absent while the cluster is created and while it is deleted, and of a single
node its endpoint and its creation while it comes or goes, as on AWS.
"""

from elastane.model.memcached_clusters import CacheNode
from elastane.model.memcached_statuses import (
    cache_node_status,
    current_software,
    is_changing,
    node_ids_to_reboot,
    parameter_apply_status,
)
from elastane.model.replication_groups import Software
from elastane.model.statuses import CacheClusterStatus
from elastane.service.context import Context, Result
from elastane.service.elasticache.cache_cluster_answers import answer_notification
from elastane.service.elasticache.replication_group_answers import WITHOUT_REFUSED_FEATURES, answer_endpoint
from elastane.service.elasticache.requested_security_groups import answer_security_groups
from elastane.service.elasticache.stored_memcached_clusters import StoredMemcachedCluster
from elastane.service.elasticache.tags import arn_of_cache_cluster
from elastane.store import Transaction

SEVERAL_ZONES = "Multiple"

_STATUSES_WITH_NODES = (
    CacheClusterStatus.AVAILABLE,
    CacheClusterStatus.MODIFYING,
    CacheClusterStatus.REBOOTING,
)


def answer_memcached_cluster(
    tx: Transaction, ctx: Context, found: StoredMemcachedCluster, *, shows_nodes: bool = False
) -> Result:
    """Shaped as `CacheCluster` in the published model. `shows_nodes` is ShowCacheNodeInfo."""
    cluster, observed = found.cluster, found.observed
    software = current_software(cluster, observed)
    has_nodes = found.status in _STATUSES_WITH_NODES
    nodes = [_answer_node(found, node) for node in cluster.nodes] if has_nodes else []
    return {
        "CacheClusterId": cluster.id,
        "CacheClusterStatus": found.status,
        "ARN": arn_of_cache_cluster(ctx, found.id),
        "CacheClusterCreateTime": cluster.created_at,
        "ConfigurationEndpoint": answer_endpoint(cluster.endpoint_address, software.port) if has_nodes else None,
        "NumCacheNodes": _current_node_count(found),
        "CacheNodes": nodes if shows_nodes else None,
        "PendingModifiedValues": _answer_pending(found, software),
        "Engine": software.engine,
        # As it was asked for, and not with the patch that runs: Terraform insists on it.
        "EngineVersion": software.version,
        "CacheNodeType": software.node_type,
        "CacheParameterGroup": {
            "CacheParameterGroupName": cluster.software.parameter_group_name,
            "ParameterApplyStatus": parameter_apply_status(cluster, observed),
            "CacheNodeIdsToReboot": list(node_ids_to_reboot(cluster, observed)),
        },
        "PreferredAvailabilityZone": _answer_zone(found),
        "CacheSubnetGroupName": cluster.network.subnet_group_name,
        "CacheSecurityGroups": [],
        "SecurityGroups": answer_security_groups(tx, ctx, cluster.network),
        "PreferredMaintenanceWindow": cluster.upkeep.maintenance_window,
        "AutoMinorVersionUpgrade": cluster.upkeep.auto_minor_version_upgrade,
        "NotificationConfiguration": answer_notification(cluster.upkeep),
        **WITHOUT_REFUSED_FEATURES,
        "TransitEncryptionEnabled": cluster.is_encrypted,
        "AuthTokenEnabled": False,
        "LogDeliveryConfigurations": [],
        "ReplicationGroupLogDeliveryEnabled": False,
    }


def _answer_node(found: StoredMemcachedCluster, node: CacheNode) -> Result:
    seen = found.observed.find_node(node.id)
    is_there = seen is not None and seen.was_ready and not node.is_leaving
    is_reboot_awaited = node.id in node_ids_to_reboot(found.cluster, found.observed)
    return {
        "CacheNodeId": node.id,
        "CacheNodeStatus": cache_node_status(found.cluster, node, found.observed),
        "CacheNodeCreateTime": node.created_at if is_there else None,
        "Endpoint": answer_endpoint(node.address, found.cluster.software.port) if is_there else None,
        "ParameterGroupStatus": "pending-reboot" if is_reboot_awaited else "in-sync",
        "CustomerAvailabilityZone": node.zone,
    }


def _answer_zone(found: StoredMemcachedCluster) -> str:
    zones = {node.zone for node in found.cluster.staying_nodes}
    return zones.pop() if len(zones) == 1 else SEVERAL_ZONES


# --- what is not so yet --------------------------------------------------------------------------


def _current_node_count(found: StoredMemcachedCluster) -> int:
    """While it is changed: those that have been ready, and who leaves is still one of them."""
    cluster, observed = found.cluster, found.observed
    if observed.available_since is None or not is_changing(cluster, observed):
        return len(cluster.staying_nodes)
    seen = (observed.find_node(node.id) for node in cluster.nodes)
    return sum(one is not None and one.was_ready for one in seen)


def _answer_pending(found: StoredMemcachedCluster, current: Software) -> Result:
    """Under way, or waiting for the maintenance window."""
    cluster, pending = found.cluster, found.cluster.pending
    waiting_ids = () if pending is None else pending.removed_ids
    leaving = [node.id for node in cluster.nodes if node.is_leaving or node.id in waiting_ids]
    node_count = len(cluster.staying_nodes) + len(cluster.coming_nodes) - len(waiting_ids)
    coming = (None if pending is None else pending.software) or cluster.software
    is_scaled = coming.node_type != current.node_type
    return {
        "NumCacheNodes": node_count if node_count != _current_node_count(found) else None,
        "CacheNodeIdsToRemove": leaving or None,
        "EngineVersion": coming.version if coming.version != current.version else None,
        "CacheNodeType": coming.node_type if is_scaled else None,
        "ScaleConfig": _answer_scaling(found) if is_scaled else None,
    }


def _answer_scaling(found: StoredMemcachedCluster) -> Result | None:
    waiting = None if found.cluster.pending is None else found.cluster.pending.scaling
    rollout = found.cluster.rollout
    is_waiting = found.cluster.pending is not None and found.cluster.pending.software is not None
    scaling = waiting if is_waiting or rollout is None else rollout.scaling
    if scaling is None:
        return None
    return {"ScalePercentage": scaling.percentage, "ScaleIntervalMinutes": scaling.interval_minutes}
