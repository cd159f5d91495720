"""The status words customers read, derived from what is desired and what was last observed.

Never stored: a stored status is a second truth, and the day it differs from the first the
console lies. The words are AWS's (botocore's four waiters wait on them).
"""

from enum import StrEnum

from elastane.model.observations import Role
from elastane.model.replication_groups import (
    Node,
    NodeHealth,
    ObservedNode,
    ObservedReplicationGroup,
    ReplicationGroup,
)


class ReplicationGroupStatus(StrEnum):
    CREATING = "creating"
    AVAILABLE = "available"
    MODIFYING = "modifying"
    DELETING = "deleting"
    CREATE_FAILED = "create-failed"


class CacheClusterStatus(StrEnum):
    CREATING = "creating"
    AVAILABLE = "available"
    MODIFYING = "modifying"
    REBOOTING = "rebooting cluster nodes"
    DELETING = "deleting"
    INCOMPATIBLE_NETWORK = "incompatible-network"
    """AWS's word for a cache cluster whose network could not be set up; a group says create-failed."""


def replication_group_status(desired: ReplicationGroup, observed: ObservedReplicationGroup) -> ReplicationGroupStatus:
    """In order: what the customer asked last, whether it ever worked, whether it is true now."""
    if desired.deletion is not None:
        return ReplicationGroupStatus.DELETING
    if observed.available_since is None:
        return (
            ReplicationGroupStatus.CREATE_FAILED if has_failed_for_good(observed) else ReplicationGroupStatus.CREATING
        )
    if observed.converged_generation < desired.generation or not has_answering_primary(desired, observed):
        return ReplicationGroupStatus.MODIFYING
    return ReplicationGroupStatus.AVAILABLE


def cache_cluster_status(
    desired: ReplicationGroup, node: Node, observed: ObservedReplicationGroup
) -> CacheClusterStatus:
    """The one-node view: the node's own state first, then whether its group is being changed."""
    seen = observed.find_node(node.id)
    if desired.deletion is not None or node.is_leaving:
        return CacheClusterStatus.DELETING
    if observed.available_since is None and has_failed_for_good(observed):
        return CacheClusterStatus.INCOMPATIBLE_NETWORK
    if seen is None or not seen.was_ready or observed.available_since is None:
        return CacheClusterStatus.CREATING
    if is_rebooting(node, seen):
        return CacheClusterStatus.REBOOTING
    if seen.health is not NodeHealth.READY or is_changing(desired, observed):
        return CacheClusterStatus.MODIFYING
    return CacheClusterStatus.AVAILABLE


def is_rebooting(node: Node, seen: ObservedNode) -> bool:
    """A reboot was asked for, and no process started since then has answered."""
    if node.reboot_requested_at is None:
        return False
    answered = seen.answered_process_started_at
    return answered is None or answered <= node.reboot_requested_at


def is_changing(desired: ReplicationGroup, observed: ObservedReplicationGroup) -> bool:
    """Something the customer asked for is not true yet."""
    return observed.converged_generation < desired.generation


def has_failed_for_good(observed: ObservedReplicationGroup) -> bool:
    return observed.failure is not None and observed.failure.is_permanent


def has_answering_primary(desired: ReplicationGroup, observed: ObservedReplicationGroup) -> bool:
    """Every node group has a primary that answered in the last pass."""
    return all(
        any(
            seen is not None and seen.role is Role.PRIMARY and seen.health is NodeHealth.READY
            for seen in (observed.find_node(node.id) for node in node_group.nodes)
        )
        for node_group in desired.node_groups
    )
