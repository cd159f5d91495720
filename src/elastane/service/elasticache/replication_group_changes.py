"""What ModifyReplicationGroup makes of a group, or why it may not: pure, given the group as it was read.

Description, windows, notices, security groups, automatic failover, Multi-AZ, who is primary, and what its nodes run
(`software_changes`); or, in a call of its own, the cluster mode (`cluster_mode_changes`).
"""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from elastane.catalog.limits import Limits
from elastane.model import availability, faults
from elastane.model.access import Access
from elastane.model.ids import NodeId
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replica_counts import staying_nodes
from elastane.model.replication_groups import Availability, ClusterMode, Node, ReplicationGroup, Upkeep
from elastane.model.statuses import ReplicationGroupStatus, is_answering
from elastane.model.update_actions import without_scheduled_update
from elastane.service.elasticache import stored_groups
from elastane.service.elasticache.cluster_mode_changes import (
    changes_cluster_mode,
    takes_back,
    with_other_cluster_mode,
)
from elastane.service.elasticache.named_node_groups import get_node_groups
from elastane.service.elasticache.requested_encryption import takes_encryption_back
from elastane.service.elasticache.requested_logs import refuse_to_wait, requested_logs
from elastane.service.elasticache.requested_upkeep import changed_upkeep
from elastane.service.elasticache.software_changes import (
    Lookups,
    asks_for_other_software,
    with_changed_software,
)
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.parameters import Parameters

_NO_CHANGES = frozenset({"ReplicationGroupId", "ApplyImmediately", "NodeGroupId"})


def changed_group(
    found: StoredGroup,
    parameters: Parameters,
    limits: Limits,
    *,
    now: datetime,
    security_group_ids: tuple[str, ...] | None,
    at: Lookups,
    take_address: Callable[[], str],
    choose_parameter_group: Callable[[str, bool], str],
    change_access: Callable[[StoredGroup], Access],
) -> ReplicationGroup:
    """The group after the call. `security_group_ids` are those asked for, checked already.

    `take_address` is asked for a free one when the group gets another endpoint, `choose_parameter_group` for the name
    of the one asked for, of a family, with cluster mode on or off; `change_access` makes of its access what is asked
    for.
    """
    group = found.group
    if not asks_for_other_software(group, parameters):
        refuse_empty_change(parameters, _NO_CHANGES)
    primary_id = _requested_primary(group, parameters)
    is_way_back = takes_back(found.group, parameters) or takes_encryption_back(found, parameters)
    is_way_back = is_way_back and found.status is ReplicationGroupStatus.MODIFYING
    if not is_way_back and not _is_rescue(found, primary_id):
        refuse_unless_available(found)
    refuse_to_wait(parameters)
    if changes_cluster_mode(group, parameters):
        return with_other_cluster_mode(
            group, parameters, take_address=take_address, choose_parameter_group=choose_parameter_group
        )
    node_group_id = parameters.text("NodeGroupId")
    if node_group_id:
        get_node_groups(group, (node_group_id,))
    network = group.network
    changed = replace(
        with_changed_software(found, parameters, at),
        description=requested_description(parameters, limits, default=group.description),
        availability=_changed_availability(group, parameters),
        upkeep=_changed_upkeep(group, parameters, limits),
        logs=requested_logs(parameters, now, group.logs),
        network=replace(network, security_group_ids=security_group_ids or network.security_group_ids),
        access=change_access(found),
    )
    if not changed.upkeep.auto_minor_version_upgrade:
        changed = without_scheduled_update(changed)
    return changed if primary_id is None else _with_primary(found, changed, primary_id)


def refuse_empty_change(parameters: Parameters, no_changes: frozenset[str]) -> None:
    """A call that names what to change and no change. AWS's sentence; Terraform matches on it."""
    if set(parameters) <= no_changes:
        raise faults.InvalidParameterCombination("No modifications were requested")


def refuse_unless_available(found: StoredGroup) -> None:
    """AWS's sentence, quoted in crossplane-contrib/provider-aws#46."""
    if found.status is not ReplicationGroupStatus.AVAILABLE:
        raise faults.InvalidReplicationGroupState("Replication group must be in available state to modify.")


def requested_description(parameters: Parameters, limits: Limits, *, default: str = "") -> str:
    description = parameters.text("ReplicationGroupDescription")
    if description is None:
        return default
    if not description.strip():
        raise faults.InvalidParameterValue(
            "The parameter ReplicationGroupDescription must be provided and must not be blank."
        )
    if len(description) > limits.description_length:
        raise faults.InvalidParameterValue(
            f"The parameter ReplicationGroupDescription must have at most {limits.description_length} characters."
        )
    return description


def _changed_availability(group: ReplicationGroup, parameters: Parameters) -> Availability:
    """What is not sent stays."""
    current = group.availability
    automatic_failover = parameters.flag("AutomaticFailoverEnabled")
    multi_az = parameters.flag("MultiAZEnabled")
    requested = Availability(
        automatic_failover=current.automatic_failover if automatic_failover is None else automatic_failover,
        multi_az=current.multi_az if multi_az is None else multi_az,
    )
    for node_group in group.node_groups:
        zones = [node.zone for node in staying_nodes(node_group)]
        refusal = availability.find_refusal(requested, zones, group.cluster_mode)
        if refusal is not None:
            raise faults.InvalidParameterCombination(refusal)
    return requested


def _changed_upkeep(group: ReplicationGroup, parameters: Parameters, limits: Limits) -> Upkeep:
    changed = changed_upkeep(parameters, group.upkeep, limits)
    snapshotting = parameters.text("SnapshottingClusterId")
    if not snapshotting:
        return changed
    if group.cluster_mode is ClusterMode.ENABLED:
        # AWS's sentence, quoted in hashicorp/terraform#19336.
        raise faults.InvalidParameterCombination(
            "Cannot set snapshotting cluster for cluster mode enabled replication group"
        )
    if _find_staying(group, NodeId(snapshotting.lower())) is None:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#41567.
        raise faults.CacheClusterNotFound("Specified snapshotting cluster does not exist")
    return replace(changed, snapshotting_node_id=NodeId(snapshotting.lower()))


# --- a promotion by hand -------------------------------------------------------------------------


def _requested_primary(group: ReplicationGroup, parameters: Parameters) -> NodeId | None:
    primary_id = parameters.text("PrimaryClusterId")
    if not primary_id:
        return None
    if group.is_cluster:
        raise faults.InvalidParameterCombination(
            f"PrimaryClusterId cannot be given for replication group {group.id}, which has cluster mode "
            f"{group.cluster_mode}. Use TestFailover to give a primary's role to a replica."
        )
    return NodeId(primary_id.lower())


def _is_rescue(found: StoredGroup, primary_id: NodeId | None) -> bool:
    """Whether a replica is named in the place of a primary that is lost.

    The group is `modifying` then, and stays so until somebody is primary: AWS's documented way out where automatic
    failover is off must not wait for what only it can bring about.
    """
    if primary_id is None or found.status is not ReplicationGroupStatus.MODIFYING:
        return False
    (node_group,) = found.group.node_groups
    return stored_groups.find_lost_primary(found, node_group) not in (None, primary_id)


def _with_primary(found: StoredGroup, changed: ReplicationGroup, primary_id: NodeId) -> ReplicationGroup:
    """The flags count as the same call leaves them."""
    (node_group,) = changed.node_groups
    is_rescue = _is_rescue(found, primary_id)
    if primary_id == node_group.target_primary and not is_rescue:
        return changed
    if _find_staying(changed, primary_id) is None:
        raise faults.InvalidParameterValue(
            f"Cache cluster {primary_id} is not a member of replication group {changed.id}."
        )
    if changed.availability.automatic_failover or changed.availability.multi_az:
        raise faults.InvalidParameterCombination(
            f"Cache cluster {primary_id} cannot be promoted while automatic failover or Multi-AZ is enabled. "
            "Disable both first, or in the same call."
        )
    if is_rescue:
        _refuse_unfit_rescuer(found, primary_id)
    else:
        _refuse_unless_in_sync(found, primary_id)
    return replace(changed, node_groups=(replace(node_group, target_primary=primary_id),))


def _refuse_unless_in_sync(found: StoredGroup, primary_id: NodeId) -> None:
    """With a primary that answers, nothing may be lost by the promotion."""
    seen = found.observed.find_node(primary_id)
    if seen is None or seen.health is not NodeHealth.READY:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {primary_id} is not in sync with its primary and cannot be promoted."
        )


def _refuse_unfit_rescuer(found: StoredGroup, primary_id: NodeId) -> None:
    """Nobody is in sync with a primary that is lost. Who answers will do, unless it never got any of the data."""
    seen = found.observed.find_node(primary_id)
    if seen is None or not is_answering(seen):
        raise faults.InvalidCacheClusterState(f"Cache cluster {primary_id} does not answer and cannot be promoted.")
    if not seen.has_held_data and any(other.has_held_data for other in found.observed.nodes):
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {primary_id} has never held the data of replication group {found.group.id} and cannot be "
            "promoted."
        )


def _find_staying(group: ReplicationGroup, node_id: NodeId) -> Node | None:
    return next((node for node in group.staying_nodes if node.id == node_id), None)
