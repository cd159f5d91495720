"""A replication group as Describe shows it: every field a create or modify takes comes back as AWS gives it.

Derived from what is desired and what was last observed; roles are those observed. Node groups and
endpoints appear with the first convergence and go with the deletion, as on AWS, so that nobody is
handed an endpoint behind which nothing listens.
"""

from elastane.model.ids import CACHE_NODE_ID
from elastane.model.observations import Role
from elastane.model.replication_groups import Node, NodeGroup, ObservedReplicationGroup
from elastane.model.statuses import ReplicationGroupStatus
from elastane.service.context import Context, Result
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.elasticache.tags import arn_of_replication_group

_STATUSES_WITH_ENDPOINTS = (ReplicationGroupStatus.AVAILABLE, ReplicationGroupStatus.MODIFYING)


def answer_replication_group(ctx: Context, found: StoredGroup) -> Result:
    """Shaped as `ReplicationGroup` in the published model."""
    group = found.group
    has_endpoints = found.status in _STATUSES_WITH_ENDPOINTS
    return {
        "ReplicationGroupId": group.id,
        "Description": group.description,
        "Status": found.status,
        "ARN": arn_of_replication_group(ctx, group.id),
        "ReplicationGroupCreateTime": group.created_at,
        "MemberClusters": [node.id for node in group.nodes],
        # Absent and not empty: Terraform takes an empty list for one that has a first element.
        "NodeGroups": [_answer_node_group(found, part) for part in group.node_groups] if has_endpoints else None,
        "PendingModifiedValues": _answer_pending(found) if has_endpoints else {},
        "Engine": group.software.engine,
        "CacheNodeType": group.software.node_type,
        "AutomaticFailover": enabled_or_disabled(group.availability.automatic_failover),
        "MultiAZ": enabled_or_disabled(group.availability.multi_az),
        "SnapshottingClusterId": group.upkeep.snapshotting_node_id,
        "SnapshotRetentionLimit": group.upkeep.snapshot_retention_limit,
        "SnapshotWindow": group.upkeep.snapshot_window,
        "AutoMinorVersionUpgrade": group.upkeep.auto_minor_version_upgrade,
        **WITHOUT_REFUSED_FEATURES,
        "ClusterEnabled": False,
        "ClusterMode": "disabled",
        "DataTiering": "disabled",
        "Durability": "default",
        "EffectiveDurability": "disabled",
        "MemberClustersOutpostArns": [],
        "StorageEncryptionType": "none",
        "UserGroupIds": [],
    }


WITHOUT_REFUSED_FEATURES: Result = {
    "AtRestEncryptionEnabled": False,
    "AuthTokenEnabled": False,
    "IpDiscovery": "ipv4",
    "LogDeliveryConfigurations": [],
    "NetworkType": "ipv4",
    "TransitEncryptionEnabled": False,
}
"""What reads back of features that are not built, for groups and cache clusters alike."""


def enabled_or_disabled(is_enabled: bool) -> str:
    return "enabled" if is_enabled else "disabled"


def answer_endpoint(address: str, port: int) -> Result:
    """Shaped as `Endpoint` in the published model."""
    return {"Address": address, "Port": port}


def _answer_node_group(found: StoredGroup, node_group: NodeGroup) -> Result:
    network = found.group.network
    port = found.group.software.port
    assert network.primary_endpoint_address is not None, "only a cache cluster has no endpoint but its node's"
    assert network.reader_endpoint_address is not None, "taken together with the primary endpoint's"
    return {
        "NodeGroupId": node_group.id,
        "Status": found.status,
        "PrimaryEndpoint": answer_endpoint(network.primary_endpoint_address, port),
        # Also without a replica, when the primary answers there: an endpoint stays for the life of the group.
        "ReaderEndpoint": answer_endpoint(network.reader_endpoint_address, port),
        "NodeGroupMembers": [_answer_member(node, found.observed, port) for node in node_group.nodes],
    }


def _answer_member(node: Node, observed: ObservedReplicationGroup, port: int) -> Result:
    """A node being added has no endpoint yet, and one being removed none any more."""
    seen = observed.find_node(node.id)
    has_endpoint = seen is not None and seen.was_ready and not node.is_leaving
    return {
        "CacheClusterId": node.id,
        "CacheNodeId": CACHE_NODE_ID,
        "PreferredAvailabilityZone": node.zone,
        "ReadEndpoint": answer_endpoint(node.address, port) if has_endpoint else None,
        "CurrentRole": seen.role if seen is not None and has_endpoint else None,
    }


def _answer_pending(found: StoredGroup) -> Result:
    """A promotion by hand under way: the node named was not seen as primary yet.

    With automatic failover on nobody can have asked for one: then a role that moves is nobody's pending change.
    """
    if found.group.availability.automatic_failover:
        return {}
    primary_ids = {seen.id for seen in found.observed.nodes if seen.role is Role.PRIMARY}
    last_primary_ids = primary_ids or set(found.observed.primaries.values())
    targets = [node_group.target_primary for node_group in found.group.node_groups]
    pending = next((target for target in targets if last_primary_ids and target not in last_primary_ids), None)
    return {} if pending is None else {"PrimaryClusterId": pending}
