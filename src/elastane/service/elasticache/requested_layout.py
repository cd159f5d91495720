"""Which node groups a new group shall have, with how many nodes, in which zones and with which slots.

AWS lets callers say it in three ways: ``NumCacheClusters`` with ``PreferredCacheClusterAZs`` for a single node group;
``NumNodeGroups`` and ``ReplicasPerNodeGroup``; or one ``NodeGroupConfiguration`` for each node group.
"""

from collections.abc import Sequence

import msgspec

from elastane.catalog.limits import Limits
from elastane.model import faults, ids
from elastane.model.ids import NodeGroupId, Zone
from elastane.model.replication_groups import ClusterMode
from elastane.model.slot_plans import split_evenly
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, count, difference, format_slots, parse_slots, union
from elastane.service.elasticache.requested_cluster_mode import requested_cluster_mode
from elastane.service.parameters import Parameters

ONLY_NODE_GROUP_ID = NodeGroupId("0001")
"""Without cluster mode there is one node group, and AWS always numbers it so."""


class ShardLayout(msgspec.Struct, frozen=True, kw_only=True):
    """One node group."""

    id: NodeGroupId
    zones: tuple[Zone | None, ...]
    """One entry a node, the primary first; None where the caller leaves the zone to us."""
    slots: Slots = NO_SLOTS


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    cluster_mode: ClusterMode
    shards: tuple[ShardLayout, ...]
    """In the order of their ids."""


def requested_layout(parameters: Parameters, limits: Limits, *, has_clustered_parameters: bool = False) -> Layout:
    """Raises InvalidParameterValue for numbers out of range, InvalidParameterCombination for a contradiction."""
    shard_count = _requested_shard_count(parameters)
    cluster_mode = requested_cluster_mode(
        parameters, shard_count=shard_count, has_clustered_parameters=has_clustered_parameters
    )
    if shard_count > 1:
        _refuse_what_is_for_one_node_group(parameters)
    if shard_count > limits.nodes_per_cluster_mode_group:
        raise faults.NodeGroupsPerReplicationGroupQuotaExceeded(
            f"This request would exceed the quota of {limits.nodes_per_cluster_mode_group} node groups."
        )
    # Where nothing is said of the node groups one by one, nothing is said of each of them.
    configurations = parameters.structures("NodeGroupConfiguration") or (Parameters({}),) * shard_count
    by_id = sorted(zip(_shard_ids(configurations, cluster_mode), configurations, strict=True), key=lambda pair: pair[0])
    slots = _requested_slots([configuration for _, configuration in by_id], cluster_mode)
    shards = tuple(
        ShardLayout(id=shard_id, zones=_requested_zones(parameters, configuration, limits), slots=owned)
        for (shard_id, configuration), owned in zip(by_id, slots, strict=True)
    )
    if cluster_mode is ClusterMode.ENABLED:
        refuse_excess_shard_nodes(sum(len(shard.zones) for shard in shards), limits)
    return Layout(cluster_mode=cluster_mode, shards=shards)


def refuse_unknown_node_group(node_group_id: str) -> None:
    """Only ``0001`` exists without cluster mode."""
    if not node_group_id.isdecimal() or int(node_group_id) != int(ONLY_NODE_GROUP_ID):
        raise faults.InvalidParameterValue(
            f"Invalid value {node_group_id} for NodeGroupId. Without cluster mode the only node group is 0001."
        )


def refuse_excess_shard_nodes(node_count: int, limits: Limits) -> None:
    """Raises NodeQuotaForClusterExceeded: all shards of a group share one quota."""
    if node_count > limits.nodes_per_cluster_mode_group:
        raise faults.NodeQuotaForClusterExceeded(
            f"This request would exceed the quota of {limits.nodes_per_cluster_mode_group} nodes in a replication "
            "group with cluster mode enabled."
        )


# --- the node groups -----------------------------------------------------------------------------


def _requested_shard_count(parameters: Parameters) -> int:
    counted = parameters.integer("NumNodeGroups")
    configured = len(parameters.structures("NodeGroupConfiguration") or ())
    if counted is not None and counted < 1:
        raise faults.InvalidParameterValue(f"Invalid value {counted} for NumNodeGroups. Must be at least 1.")
    if counted is not None and configured not in (0, counted):
        raise faults.InvalidParameterCombination(
            f"NumNodeGroups is {counted}, and NodeGroupConfiguration describes {configured} node groups."
        )
    return counted or configured or 1


def _refuse_what_is_for_one_node_group(parameters: Parameters) -> None:
    given = {
        "NumCacheClusters": parameters.integer("NumCacheClusters") is not None,
        "PreferredCacheClusterAZs": bool(parameters.texts("PreferredCacheClusterAZs")),
    }
    for name, is_given in given.items():
        if is_given:
            # AWS's sentence, quoted in hashicorp/terraform-provider-aws#14425.
            raise faults.InvalidParameterCombination(f"{name} can only be specified for one node group.")


def _shard_ids(configurations: Sequence[Parameters], cluster_mode: ClusterMode) -> tuple[NodeGroupId, ...]:
    """Those named, written as AWS writes them; the others get the lowest numbers that are left."""
    named = [configuration.text("NodeGroupId") for configuration in configurations]
    if cluster_mode is not ClusterMode.ENABLED:
        for name in filter(None, named):
            refuse_unknown_node_group(name)
    taken = [_shard_number(name) for name in named if name]
    if len(set(taken)) < len(taken):
        raise faults.InvalidParameterCombination("NodeGroupConfiguration names a NodeGroupId more than once.")
    free = iter(sorted(set(range(1, len(named) + 1)) - set(taken)))
    return tuple(ids.node_group_id(_shard_number(name) if name else next(free)) for name in named)


def _shard_number(name: str) -> int:
    """The wire has checked that it has one to four digits."""
    if not name.isdecimal() or int(name) == 0:
        raise faults.InvalidParameterValue(f"Invalid value {name} for NodeGroupId. Must be a number from 0001 to 9999.")
    return int(name)


# --- the slots -----------------------------------------------------------------------------------


def _requested_slots(configurations: Sequence[Parameters], cluster_mode: ClusterMode) -> tuple[Slots, ...]:
    """One set a shard: the caller's, which then must name every slot once, or as many for each."""
    named = [_parsed_slots(configuration.text("Slots") or "") for configuration in configurations]
    if not any(named):
        requested = split_evenly(len(configurations))
    elif not all(named):
        raise faults.InvalidParameterCombination("Slots must be given for every node group, or for none.")
    else:
        _refuse_incomplete(named)
        requested = tuple(named)
    return (NO_SLOTS,) * len(requested) if cluster_mode is ClusterMode.DISABLED else requested


def _parsed_slots(text: str) -> Slots:
    try:
        return parse_slots(text)
    except ValueError as error:
        raise faults.InvalidParameterValue(f"Invalid value {text} for Slots. {error}") from error


def _refuse_incomplete(named: Sequence[Slots]) -> None:
    missing = difference(ALL_SLOTS, *named)
    if missing:
        raise faults.InvalidParameterValue(
            f"Slots must name every slot from 0 to 16383. Nobody would own {format_slots(missing)}."
        )
    if sum(map(count, named)) > count(union(*named)):
        raise faults.InvalidParameterValue("Slots must name every slot for one node group only.")


# --- the nodes -----------------------------------------------------------------------------------


def _requested_zones(parameters: Parameters, configuration: Parameters, limits: Limits) -> tuple[Zone | None, ...]:
    """Of one node group's nodes."""
    node_count = _agreed_node_count(parameters, configuration, limits)
    preferred = parameters.texts("PreferredCacheClusterAZs")
    if preferred and parameters.structures("NodeGroupConfiguration"):
        raise faults.InvalidParameterCombination(
            "PreferredCacheClusterAZs and NodeGroupConfiguration exclude each other."
        )
    if preferred and len(preferred) != node_count:
        raise faults.InvalidParameterCombination(
            f"PreferredCacheClusterAZs must name one Availability Zone for each of the {node_count} cache clusters."
        )
    if preferred:
        return tuple(Zone(zone) for zone in preferred)
    return _configured_zones(configuration, node_count)


def _agreed_node_count(parameters: Parameters, configuration: Parameters, limits: Limits) -> int:
    """The parameters that count nodes, which must not contradict each other; one node when there is none."""
    counts = {
        name: replica_count + 1
        for name, replica_count in (
            ("ReplicasPerNodeGroup", parameters.integer("ReplicasPerNodeGroup")),
            ("ReplicaCount", configuration.integer("ReplicaCount")),
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
    return len(configuration.texts("ReplicaAvailabilityZones") or ()) + 1


def _configured_zones(configuration: Parameters, node_count: int) -> tuple[Zone | None, ...]:
    primary = configuration.text("PrimaryAvailabilityZone")
    replicas = configuration.texts("ReplicaAvailabilityZones") or ()
    if replicas and len(replicas) != node_count - 1:
        raise faults.InvalidParameterCombination(
            f"ReplicaAvailabilityZones must name one Availability Zone for each of the {node_count - 1} replicas."
        )
    replica_zones = tuple(Zone(zone) for zone in replicas) or (None,) * (node_count - 1)
    return (Zone(primary) if primary else None, *replica_zones)
