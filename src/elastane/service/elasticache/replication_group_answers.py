"""A replication group as Describe shows it: every field a create or modify takes comes back as AWS gives it.

Derived from what is desired and what was last observed; roles and slots are those observed. Node groups and
endpoints appear with the first convergence and go with the deletion, as on AWS, so that nobody is
handed an endpoint behind which nothing listens.

With cluster mode enabled AWS shows the configuration endpoint, and of node groups and members neither endpoints nor
roles: clients learn those from the engines. In `compatible` there is all of it.
"""

from elastane.model.ids import CACHE_NODE_ID
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import current_cluster_mode, slots_to_move
from elastane.model.replication_groups import ClusterMode, Node, NodeGroup, ReplicationGroup
from elastane.model.slots import NO_SLOTS, format_slots
from elastane.model.software import current_software
from elastane.model.statuses import ReplicationGroupStatus, is_changing
from elastane.service.context import Context, Result
from elastane.service.elasticache.access_answers import (
    answer_pending_tokens,
    answer_pending_user_groups,
    answer_tokens,
    answer_user_group_ids,
)
from elastane.service.elasticache.requested_encryption import answer_encryption, answer_pending_encryption
from elastane.service.elasticache.requested_logs import answer_logs
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.elasticache.tags import arn_of_replication_group

_STATUSES_WITH_ENDPOINTS = (ReplicationGroupStatus.AVAILABLE, ReplicationGroupStatus.MODIFYING)


def answer_replication_group(ctx: Context, found: StoredGroup) -> Result:
    """Shaped as `ReplicationGroup` in the published model."""
    group = found.group
    has_endpoints = found.status in _STATUSES_WITH_ENDPOINTS
    cluster_mode = current_cluster_mode(group, found.observed)
    software = current_software(group, found.observed)
    return {
        "ReplicationGroupId": group.id,
        "Description": group.description,
        "Status": found.status,
        "ARN": arn_of_replication_group(ctx, group.id),
        "ReplicationGroupCreateTime": group.created_at,
        "MemberClusters": [node.id for node in group.own_nodes],
        # Absent and not empty: Terraform takes an empty list for one that has a first element.
        "NodeGroups": [_answer_node_group(found, part) for part in group.node_groups] if has_endpoints else None,
        "PendingModifiedValues": _answer_pending(found, cluster_mode) if has_endpoints else {},
        "ConfigurationEndpoint": _answer_address(group.network.configuration_endpoint_address, group)
        if has_endpoints
        else None,
        "Engine": software.engine,
        "CacheNodeType": software.node_type,
        "AutomaticFailover": enabled_or_disabled(group.availability.automatic_failover),
        "MultiAZ": enabled_or_disabled(group.availability.multi_az),
        "SnapshottingClusterId": group.upkeep.snapshotting_node_id,
        "SnapshotRetentionLimit": group.upkeep.snapshot_retention_limit,
        "SnapshotWindow": group.upkeep.snapshot_window,
        "AutoMinorVersionUpgrade": group.upkeep.auto_minor_version_upgrade,
        **WITHOUT_REFUSED_FEATURES,
        **answer_encryption(group, found.observed),
        "LogDeliveryConfigurations": answer_logs(group.logs, found.log_deliveries),
        "ClusterEnabled": cluster_mode is not ClusterMode.DISABLED,
        "ClusterMode": cluster_mode,
        "DataTiering": "disabled",
        "Durability": "default",
        "EffectiveDurability": "disabled",
        "MemberClustersOutpostArns": [],
        "StorageEncryptionType": "none",
        **answer_tokens(found),
        "UserGroupIds": answer_user_group_ids(found),
    }


WITHOUT_REFUSED_FEATURES: Result = {
    "AtRestEncryptionEnabled": False,
    "IpDiscovery": "ipv4",
    "NetworkType": "ipv4",
}
"""What reads back of features that are not built, for groups and cache clusters alike."""


def enabled_or_disabled(is_enabled: bool) -> str:
    return "enabled" if is_enabled else "disabled"


def answer_endpoint(address: str, port: int) -> Result:
    """Shaped as `Endpoint` in the published model."""
    return {"Address": address, "Port": port}


def _answer_address(address: str | None, group: ReplicationGroup) -> Result | None:
    return None if address is None else answer_endpoint(address, group.software.port)


def _answer_node_group(found: StoredGroup, node_group: NodeGroup) -> Result:
    group = found.group
    return {
        "NodeGroupId": node_group.id,
        "Status": _node_group_status(found, node_group),
        "PrimaryEndpoint": _answer_address(group.network.primary_endpoint_address, group),
        # Also without a replica, when the primary answers there: an endpoint stays for the life of the group.
        "ReaderEndpoint": _answer_address(group.network.reader_endpoint_address, group),
        "Slots": _answer_slots(found, node_group),
        "NodeGroupMembers": [_answer_member(node, found) for node in node_group.nodes if not node.is_temporary],
    }


def _node_group_status(found: StoredGroup, node_group: NodeGroup) -> str:
    """The group's, but for a shard that comes or goes: one that leaves is `modifying` while it has slots to give."""
    if node_group.is_leaving and not found.observed.slots.get(node_group.id, NO_SLOTS):
        return "deleting"
    seen = [found.observed.find_node(node.id) for node in node_group.nodes]
    has_worked = any(node is not None and node.was_ready for node in seen)
    return found.status if has_worked else "creating"


def _answer_slots(found: StoredGroup, node_group: NodeGroup) -> str | None:
    """What it was last seen to own; before anybody was seen to own some, what it shall own."""
    seen = found.observed.slots
    slots = seen.get(node_group.id, NO_SLOTS) if seen else node_group.slots
    return format_slots(slots) if slots and found.group.is_cluster else None


def _answer_member(node: Node, found: StoredGroup) -> Result:
    """A node being added has no endpoint yet, and one being removed none any more."""
    seen = found.observed.find_node(node.id)
    has_endpoint = seen is not None and seen.was_ready and not node.is_leaving
    is_shown = has_endpoint and found.group.cluster_mode is not ClusterMode.ENABLED
    return {
        "CacheClusterId": node.id,
        "CacheNodeId": CACHE_NODE_ID,
        "PreferredAvailabilityZone": node.zone,
        "ReadEndpoint": _answer_address(node.address, found.group) if is_shown else None,
        "CurrentRole": seen.role if seen is not None and is_shown else None,
    }


def _answer_pending(found: StoredGroup, current_mode: ClusterMode) -> Result:
    mode = found.group.cluster_mode
    pending_mode = {} if mode is current_mode else {"ClusterMode": mode}
    access = {**answer_pending_tokens(found), **answer_pending_user_groups(found)}
    encryption = answer_pending_encryption(found.group, found.observed)
    return {**_answer_resharding(found), **_answer_promotion(found), **pending_mode, **encryption, **access}


def _answer_resharding(found: StoredGroup) -> dict[str, object]:
    """How much of the last resharding is done, as seen: nothing is kept of it but how much there was to do."""
    resharding = found.group.resharding
    slots_left = slots_to_move(found.group, found.observed)
    if resharding is None or slots_left == 0 or not is_changing(found.group, found.observed):
        return {}
    done_percent = 100 * (1 - slots_left / max(resharding.slot_count, slots_left))
    return {"Resharding": {"SlotMigration": {"ProgressPercentage": round(done_percent, 2)}}}


def _answer_promotion(found: StoredGroup) -> dict[str, object]:
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
