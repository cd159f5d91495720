"""The status words customers read, derived from what is desired and what was last observed.

Never stored: a stored status is a second truth, and the day it differs from the first the
console lies. The words are AWS's (botocore's four waiters wait on them).
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from elastane.model.acl_changes import EngineAcl
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth, ObservedNode, ObservedReplicationGroup, Restart
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup
from elastane.model.user_groups import UserGroup
from elastane.model.users import User


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


class UserStatus(StrEnum):
    ACTIVE = "active"
    MODIFYING = "modifying"
    DELETING = "deleting"


class UserGroupStatus(StrEnum):
    """AWS has `creating` too. Here there is nothing to be made: engines learn of it when it is attached."""

    ACTIVE = "active"
    MODIFYING = "modifying"
    DELETING = "deleting"


def replication_group_status(
    desired: ReplicationGroup, observed: ObservedReplicationGroup, *, is_acl_changing: bool = False
) -> ReplicationGroupStatus:
    """In order: what the customer asked last, whether it ever worked, whether it is true now.

    `is_acl_changing` is `acl_changes.is_acl_changing`, from who can open the secrets that it takes.
    """
    if desired.deletion is not None:
        return ReplicationGroupStatus.DELETING
    if observed.available_since is None:
        return (
            ReplicationGroupStatus.CREATE_FAILED if has_failed_for_good(observed) else ReplicationGroupStatus.CREATING
        )
    if is_acl_changing or is_changing(desired, observed):
        return ReplicationGroupStatus.MODIFYING
    if not all(is_served(part, observed) for part in desired.node_groups):
        return ReplicationGroupStatus.MODIFYING
    if any(seen.missing_rights for seen in observed.nodes):
        return ReplicationGroupStatus.MODIFYING  # who may not be failed over is not available, whoever answers
    return ReplicationGroupStatus.AVAILABLE


def cache_cluster_status(
    desired: ReplicationGroup, node: Node, observed: ObservedReplicationGroup, *, is_acl_changing: bool = False
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
    if is_acl_changing or is_changing(desired, observed):
        return CacheClusterStatus.MODIFYING
    if seen.health is not NodeHealth.READY or is_rebuilding(node, seen):
        return CacheClusterStatus.MODIFYING
    return CacheClusterStatus.AVAILABLE


def user_status(user: User, engines: Iterable[EngineAcl]) -> UserStatus:
    """`engines` are those of the replication groups that let this user in."""
    if user.deletion is not None:
        return UserStatus.DELETING
    return UserStatus.MODIFYING if any(engine.is_changing for engine in engines) else UserStatus.ACTIVE


def user_group_status(user_group: UserGroup, engines: Iterable[EngineAcl]) -> UserGroupStatus:
    """`engines` are those of the replication groups that it is attached to, or was before a change under way."""
    if user_group.deletion is not None:
        return UserGroupStatus.DELETING
    return UserGroupStatus.MODIFYING if any(engine.is_changing for engine in engines) else UserGroupStatus.ACTIVE


def is_rebooting(node: Node, seen: ObservedNode) -> bool:
    """A reboot was asked for, and no process started since then has answered."""
    return is_awaited(node.reboot_requested_at, seen.reboot, seen.answered_process_started_at)


def is_rebuilding(node: Node, seen: ObservedNode) -> bool:
    """A test failover was asked for, and no process started since then has answered."""
    return is_awaited(node.rebuild_requested_at, seen.rebuild, seen.answered_process_started_at)


def is_awaited(requested_at: datetime | None, ordered: Restart | None, answered_started_at: datetime | None) -> bool:
    """A new process was asked for, and none started since then has answered. `answered_started_at`: the last that did.

    Lives are told apart, not moments: a clock that was put back would make every process older than the order.
    """
    if requested_at is None:
        return False
    if ordered is None or ordered.requested_at != requested_at:
        return True  # no pass has seen it yet
    return answered_started_at in (None, ordered.of_started_at)


def is_silent(seen: ObservedNode | None) -> bool:
    """It runs, and has not answered for several looks."""
    return seen is not None and seen.health is NodeHealth.UNKNOWN


def is_answering(seen: ObservedNode | None) -> bool:
    """The engine answered in the last pass and has its data loaded, in sync or not."""
    return seen is not None and seen.health in (NodeHealth.READY, NodeHealth.SYNCING)


def is_changing(desired: ReplicationGroup, observed: ObservedReplicationGroup) -> bool:
    """Something the customer asked for is not true yet."""
    return observed.converged_generation < desired.generation


def has_failed_for_good(observed: ObservedReplicationGroup) -> bool:
    """A group that never worked, and never will."""
    return observed.available_since is None and observed.failure is not None and observed.failure.is_permanent


def is_served(node_group: NodeGroup, observed: ObservedReplicationGroup) -> bool:
    """A primary answered in the last pass; or a test failover takes its role from it, and another node is there for it.

    The latter lasts milliseconds, and AWS's groups stay `available` over it. With nobody else there the truth is told.
    """
    pairs = [(node, seen) for node in node_group.nodes if (seen := observed.find_node(node.id)) is not None]
    if any(
        seen.role is Role.PRIMARY and seen.health is NodeHealth.READY and not seen.is_held_back for _, seen in pairs
    ):
        return True
    rebuilding = {node.id for node, seen in pairs if is_rebuilding(node, seen)}
    return bool(rebuilding) and any(is_answering(seen) for node, seen in pairs if node.id not in rebuilding)
