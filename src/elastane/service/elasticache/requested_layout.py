"""How many nodes a new group shall have and in which zones, from the three ways AWS lets callers say it.

``NumCacheClusters`` with ``PreferredCacheClusterAZs``; ``ReplicasPerNodeGroup``; or one
``NodeGroupConfiguration``. What would need cluster mode is refused here.
"""

import msgspec

from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.ids import NodeGroupId, Zone
from elastane.service.parameters import Parameters

ONLY_NODE_GROUP_ID = NodeGroupId("0001")
"""Without cluster mode there is one node group, and AWS always numbers it so."""

_ALL_SLOTS = "0-16383"


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """One entry a node, the primary first; None where the caller leaves the zone to us."""

    zones: tuple[Zone | None, ...]

    @property
    def node_count(self) -> int:
        return len(self.zones)


def requested_layout(parameters: Parameters, limits: Limits) -> Layout:
    """Raises InvalidParameterValue for numbers out of range, InvalidParameterCombination for a contradiction."""
    configuration = _only_configuration(parameters)
    node_count = _agreed_node_count(parameters, configuration, limits)
    preferred = parameters.texts("PreferredCacheClusterAZs")
    if preferred and configuration is not None:
        raise faults.InvalidParameterCombination(
            "PreferredCacheClusterAZs and NodeGroupConfiguration exclude each other."
        )
    if preferred and len(preferred) != node_count:
        raise faults.InvalidParameterCombination(
            f"PreferredCacheClusterAZs must name one Availability Zone for each of the {node_count} cache clusters."
        )
    if preferred:
        return Layout(zones=tuple(Zone(zone) for zone in preferred))
    return Layout(zones=_configured_zones(configuration, node_count))


def refuse_unknown_node_group(node_group_id: str) -> None:
    """Only ``0001`` exists without cluster mode."""
    if not node_group_id.isdecimal() or int(node_group_id) != int(ONLY_NODE_GROUP_ID):
        raise faults.InvalidParameterValue(
            f"Invalid value {node_group_id} for NodeGroupId. Without cluster mode the only node group is 0001."
        )


# --- the node groups -----------------------------------------------------------------------------


def _only_configuration(parameters: Parameters) -> Parameters | None:
    node_group_count = parameters.integer("NumNodeGroups")
    configurations = parameters.structures("NodeGroupConfiguration") or ()
    if node_group_count is not None and node_group_count < 1:
        raise faults.InvalidParameterValue(f"Invalid value {node_group_count} for NumNodeGroups. Must be at least 1.")
    if max(node_group_count or 1, len(configurations)) > 1:
        raise faults.InvalidParameterCombination(
            "More than one node group needs cluster mode, which is not offered by this version of Elastane."
        )
    if not configurations:
        return None
    configuration = configurations[0]
    node_group_id = configuration.text("NodeGroupId")
    if node_group_id:
        refuse_unknown_node_group(node_group_id)
    slots = configuration.text("Slots")
    if slots and slots != _ALL_SLOTS:
        raise faults.InvalidParameterValue(
            f"Invalid value {slots} for Slots. A single node group owns all of them: {_ALL_SLOTS}."
        )
    return configuration


# --- the nodes -----------------------------------------------------------------------------------


def _agreed_node_count(parameters: Parameters, configuration: Parameters | None, limits: Limits) -> int:
    """The parameters that count nodes, which must not contradict each other; one node when there is none."""
    counts = {
        name: replica_count + 1
        for name, replica_count in (
            ("ReplicasPerNodeGroup", parameters.integer("ReplicasPerNodeGroup")),
            ("ReplicaCount", None if configuration is None else configuration.integer("ReplicaCount")),
        )
        if replica_count is not None
    }
    for name, node_count in counts.items():
        if not 1 <= node_count <= limits.replicas_per_shard + 1:
            raise faults.InvalidParameterValue(
                f"Invalid value {node_count - 1} for {name}. Must be between 0 and {limits.replicas_per_shard}."
            )
    cluster_count = parameters.integer("NumCacheClusters")
    if cluster_count is not None:
        if not 1 <= cluster_count <= limits.nodes_per_shard:
            raise faults.InvalidParameterValue(
                f"Invalid value {cluster_count} for NumCacheClusters. Must be between 1 and {limits.nodes_per_shard}."
            )
        counts["NumCacheClusters"] = cluster_count
    if len(set(counts.values())) > 1:
        raise faults.InvalidParameterCombination(
            f"{', '.join(sorted(counts))} contradict each other: they must mean the same number of nodes."
        )
    if counts:
        return next(iter(counts.values()))
    named_replicas = () if configuration is None else configuration.texts("ReplicaAvailabilityZones") or ()
    return len(named_replicas) + 1


def _configured_zones(configuration: Parameters | None, node_count: int) -> tuple[Zone | None, ...]:
    if configuration is None:
        return (None,) * node_count
    primary = configuration.text("PrimaryAvailabilityZone")
    replicas = configuration.texts("ReplicaAvailabilityZones") or ()
    if replicas and len(replicas) != node_count - 1:
        raise faults.InvalidParameterCombination(
            f"ReplicaAvailabilityZones must name one Availability Zone for each of the {node_count - 1} replicas."
        )
    replica_zones = tuple(Zone(zone) for zone in replicas) or (None,) * (node_count - 1)
    return (Zone(primary) if primary else None, *replica_zones)
