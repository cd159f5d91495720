"""ModifyReplicationGroup's ClusterMode: from `disabled` over `compatible` to `enabled`, in two calls.

    disabled ⇄ compatible → enabled

`compatible` is one node group in the engines' Cluster with the endpoints of both kinds, for as long as applications
change their clients. `enabled` is final. Whether keys outside database 0 stand in the way is seen by the reconciler,
who alone can look. Reference: the page "Modifying cluster mode" of AWS's user guide.
"""

from collections.abc import Callable

from msgspec.structs import replace

from elastane.catalog import engine_versions
from elastane.model import faults
from elastane.model.replication_groups import ClusterMode, Network, ReplicationGroup, Software
from elastane.model.slots import ALL_SLOTS, NO_SLOTS
from elastane.service.parameters import Parameters

_NEXT_MODES = {
    ClusterMode.DISABLED: (ClusterMode.COMPATIBLE,),
    ClusterMode.COMPATIBLE: (ClusterMode.ENABLED, ClusterMode.DISABLED),
    ClusterMode.ENABLED: (),
}

_MAY_GO_ALONG = frozenset({"ReplicationGroupId", "ApplyImmediately", "ClusterMode", "CacheParameterGroupName"})

_FIRST_MAJOR_VERSION = 7


def changes_cluster_mode(group: ReplicationGroup, parameters: Parameters) -> bool:
    """A call that repeats the present mode changes none."""
    return (parameters.text("ClusterMode") or group.cluster_mode) != group.cluster_mode


def takes_back(group: ReplicationGroup, parameters: Parameters) -> bool:
    """The one change that may be made of a group on its way: it may wait for what only going back can mend."""
    return group.cluster_mode is ClusterMode.COMPATIBLE and parameters.text("ClusterMode") == ClusterMode.DISABLED


def with_other_cluster_mode(
    group: ReplicationGroup,
    parameters: Parameters,
    *,
    take_address: Callable[[], str],
    choose_parameter_group: Callable[[str, bool], str],
) -> ReplicationGroup:
    """The group after the call.

    `take_address` is asked for a free one when an endpoint is added; `choose_parameter_group` for the name of the
    parameter group that the call asks for, of a family and with cluster mode on or off.
    """
    mode = ClusterMode(parameters.required_text("ClusterMode"))
    _refuse_other_changes(parameters)
    _refuse_unless_next(group.cluster_mode, mode)
    _refuse_while_something_waits(group)
    if mode is ClusterMode.COMPATIBLE:
        _refuse_unless_ready(group)
    is_snapshotting_node_kept = mode is not ClusterMode.ENABLED  # a cluster's snapshots are taken of every shard
    slots = NO_SLOTS if mode is ClusterMode.DISABLED else ALL_SLOTS
    (node_group,) = group.node_groups
    return replace(
        group,
        cluster_mode=mode,
        software=_with_parameter_group(group.software, mode, choose_parameter_group),
        network=_with_endpoints(group.network, mode, take_address),
        node_groups=(replace(node_group, slots=slots),),
        upkeep=group.upkeep if is_snapshotting_node_kept else replace(group.upkeep, snapshotting_node_id=None),
    )


def refuse_in_compatible_mode(group: ReplicationGroup, consequence: str = "cannot be scaled") -> None:
    """A group on its way is neither scaled nor upgraded, as on AWS."""
    if group.is_in_between_modes:
        raise faults.InvalidParameterCombination(
            f"Replication group {group.id} has cluster mode compatible, in which it {consequence}. Modify its "
            "ClusterMode to enabled or disabled first."
        )


# --- refusals ------------------------------------------------------------------------------------


def _refuse_other_changes(parameters: Parameters) -> None:
    others = sorted(set(parameters) - _MAY_GO_ALONG)
    if others:
        raise faults.InvalidParameterCombination(
            f"{', '.join(others)} cannot be modified in the same call as ClusterMode. Only CacheParameterGroupName can."
        )


def _refuse_unless_next(current: ClusterMode, requested: ClusterMode) -> None:
    if requested in _NEXT_MODES[current]:
        return
    if current is ClusterMode.ENABLED:
        raise faults.InvalidParameterCombination(f"ClusterMode enabled is final: it cannot be modified to {requested}.")
    raise faults.InvalidParameterCombination(
        f"ClusterMode cannot be modified from {current} to {requested}. Modify it to compatible first."
    )


def _refuse_while_something_waits(group: ReplicationGroup) -> None:
    """What waits was asked of a group of the present mode."""
    if group.pending is not None:
        raise faults.InvalidParameterCombination(
            f"A modification of replication group {group.id} waits for its maintenance window. Apply it immediately, "
            "or take it back, before ClusterMode is modified."
        )


def _refuse_unless_ready(group: ReplicationGroup) -> None:
    if not group.availability.automatic_failover or len(group.staying_nodes) < 2:
        raise faults.InvalidParameterCombination(
            "ClusterMode compatible needs automatic failover to be enabled, and at least 1 replica."
        )
    if int(group.software.version.partition(".")[0]) < _FIRST_MAJOR_VERSION:
        raise faults.InvalidParameterCombination(
            f"ClusterMode compatible needs engine version {_FIRST_MAJOR_VERSION}.0 or newer, and replication group "
            f"{group.id} runs {group.software.version}."
        )


# --- what changes along --------------------------------------------------------------------------


def _with_parameter_group(
    software: Software, mode: ClusterMode, choose_parameter_group: Callable[[str, bool], str]
) -> Software:
    """The default group of the other kind, unless one is named."""
    family = engine_versions.family(software.engine, software.version)
    return replace(software, parameter_group_name=choose_parameter_group(family, mode is not ClusterMode.DISABLED))


def _with_endpoints(network: Network, mode: ClusterMode, take_address: Callable[[], str]) -> Network:
    if mode is ClusterMode.ENABLED:
        return replace(network, primary_endpoint_address=None, reader_endpoint_address=None)
    if mode is ClusterMode.DISABLED:
        return replace(network, configuration_endpoint_address=None)
    return replace(network, configuration_endpoint_address=take_address())
