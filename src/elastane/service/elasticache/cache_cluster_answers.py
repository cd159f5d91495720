"""A cache cluster as Describe shows it: a node of a replication group, or one on its own.

Node and endpoint detail is absent while the cluster is created and while it is deleted, as on AWS.
"""

from elastane.model.ids import CACHE_NODE_ID
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Upkeep
from elastane.model.software import current_software
from elastane.model.statuses import CacheClusterStatus
from elastane.service.context import Context, Result
from elastane.service.elasticache.access_answers import answer_pending_tokens, answer_tokens
from elastane.service.elasticache.pending_values import answer_pending_software
from elastane.service.elasticache.replication_group_answers import WITHOUT_REFUSED_FEATURES, answer_endpoint
from elastane.service.elasticache.requested_encryption import answer_encryption
from elastane.service.elasticache.requested_logs import answer_logs
from elastane.service.elasticache.requested_security_groups import answer_security_groups
from elastane.service.elasticache.requested_software import Offers, full_version
from elastane.service.elasticache.stored_groups import StoredNode
from elastane.service.elasticache.tags import arn_of_cache_cluster
from elastane.store import Transaction

_STATUSES_WITH_NODES = (
    CacheClusterStatus.AVAILABLE,
    CacheClusterStatus.MODIFYING,
    CacheClusterStatus.REBOOTING,
)


def answer_cache_cluster(
    tx: Transaction, ctx: Context, offers: Offers, found: StoredNode, *, shows_nodes: bool = False
) -> Result:
    """Shaped as `CacheCluster` in the published model. `shows_nodes` is ShowCacheNodeInfo."""
    group, node = found.group, found.node
    software = current_software(group, found.within.observed)
    seen = found.within.observed.find_node(node.id)
    return {
        "CacheClusterId": node.id,
        "CacheClusterStatus": found.status,
        "ARN": arn_of_cache_cluster(ctx, node.id),
        "CacheClusterCreateTime": node.created_at,
        "ReplicationGroupId": group.id if found.is_member else None,
        "NumCacheNodes": 1,
        "CacheNodes": _answer_nodes(found) if shows_nodes else None,
        "PendingModifiedValues": {
            **answer_pending_software(group, found.within.observed),
            **answer_pending_tokens(found.within),
        },
        "Engine": software.engine,
        "EngineVersion": full_version(software, None if seen is None else seen.engine_version, offers),
        "CacheNodeType": software.node_type,
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.software.parameter_group_name,
            "ParameterApplyStatus": _parameter_status(found),
            "CacheNodeIdsToReboot": [CACHE_NODE_ID] if seen is not None and seen.is_reboot_awaited else [],
        },
        "PreferredAvailabilityZone": node.zone,
        "CacheSubnetGroupName": group.network.subnet_group_name,
        "CacheSecurityGroups": [],
        "SecurityGroups": answer_security_groups(tx, ctx, group.network),
        "PreferredMaintenanceWindow": group.upkeep.maintenance_window,
        "SnapshotRetentionLimit": group.upkeep.snapshot_retention_limit,
        "SnapshotWindow": group.upkeep.snapshot_window,
        "AutoMinorVersionUpgrade": group.upkeep.auto_minor_version_upgrade,
        "NotificationConfiguration": answer_notification(group.upkeep),
        **WITHOUT_REFUSED_FEATURES,
        **answer_encryption(group, found.within.observed),
        **answer_tokens(found.within),
        "LogDeliveryConfigurations": [] if found.is_member else answer_logs(group.logs, found.within.log_deliveries),
        "ReplicationGroupLogDeliveryEnabled": found.is_member and bool(group.logs),
    }


def _answer_nodes(found: StoredNode) -> list[Result]:
    if found.status not in _STATUSES_WITH_NODES:
        return []
    return [
        {
            "CacheNodeId": CACHE_NODE_ID,
            "CacheNodeStatus": _node_status(found),
            "CacheNodeCreateTime": found.node.created_at,
            "Endpoint": answer_endpoint(_address(found), found.group.software.port),
            "ParameterGroupStatus": _parameter_status(found),
            "CustomerAvailabilityZone": found.node.zone,
        }
    ]


def _address(found: StoredNode) -> str:
    """Of a cache cluster on its own, the address that stays when another process takes its node's place."""
    endpoint = None if found.is_member else found.group.network.primary_endpoint_address
    return endpoint or found.node.address


def _node_status(found: StoredNode) -> str:
    """AWS has four words: a node that has been ready and is not now is `rebooting`, whatever ended it."""
    seen = found.within.observed.find_node(found.node.id)
    is_ready = seen is not None and seen.health is NodeHealth.READY
    return "available" if is_ready and found.status is not CacheClusterStatus.REBOOTING else "rebooting"


def _parameter_status(found: StoredNode) -> str:
    seen = found.within.observed.find_node(found.node.id)
    if seen is None:
        return "in-sync"
    if not seen.is_parameters_in_sync:
        return "applying"
    return "pending-reboot" if seen.is_reboot_awaited else "in-sync"


def answer_notification(upkeep: Upkeep) -> Result | None:
    if upkeep.notification_topic_arn is None:
        return None
    return {
        "TopicArn": upkeep.notification_topic_arn,
        "TopicStatus": "active" if upkeep.is_notification_active else "inactive",
    }
