"""IncreaseReplicaCount and DecreaseReplicaCount: what is asked for, and who leaves. Who joins is in `new_replicas`.

With cluster mode a call means all shards, or names some, each with a count of its own. Nodes that leave stay in the
group's document, marked, until the reconciler has seen them gone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from elastane.catalog.limits import Limits
from elastane.model import availability, faults
from elastane.model.ids import NodeGroupId, NodeId, Zone
from elastane.model.replica_counts import dispensable_replicas, staying_nodes, with_leaving_nodes
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup
from elastane.model.zone_spread import surplus_zones, zones_of_new_nodes
from elastane.service.context import Context, Result
from elastane.service.elasticache import stored_groups
from elastane.service.elasticache.cluster_mode_changes import refuse_in_compatible_mode
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.named_node_groups import find_node_group, get_node_groups
from elastane.service.elasticache.new_replicas import add_replicas
from elastane.service.elasticache.refused_features import refuse_features
from elastane.service.elasticache.replication_group_answers import answer_replication_group
from elastane.service.elasticache.replication_group_changes import refuse_unless_available
from elastane.service.elasticache.requested_layout import refuse_unknown_node_group
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.parameters import Parameters
from elastane.store import Transaction


class ShardRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for one node group, or for each of them."""

    replica_count: int
    zones: tuple[Zone, ...] = ()
    """Of all the nodes it shall have, the present ones included, as AWS wants them; empty where it was not said."""


class ReplicaRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What either action was asked for."""

    for_all: ShardRequest | None
    for_some: dict[str, ShardRequest]
    """By the id that the caller used. One of the two at most."""
    leaving: tuple[NodeId, ...]


async def increase_replica_count(ctx: Context, parameters: Parameters) -> Result:
    refuse_features(parameters)
    request = requested_replicas(parameters, ctx.limits)
    now = ctx.now()

    def increase(tx: Transaction) -> Result:
        found = _get_scalable_group(tx, ctx, parameters)
        zones = zones_of_additions(found.group, request)
        saved = add_replicas(tx, ctx, found, zones, now=now)
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, increase)


async def decrease_replica_count(ctx: Context, parameters: Parameters) -> Result:
    refuse_features(parameters)
    request = requested_replicas(parameters, ctx.limits)

    def decrease(tx: Transaction) -> Result:
        found = _get_scalable_group(tx, ctx, parameters)
        leaving = leaving_nodes(found.group, request, keep=stored_groups.primaries(found))
        saved = stored_groups.save_change(tx, found, group_without(found.group, leaving))
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, decrease)


def _get_scalable_group(tx: Transaction, ctx: Context, parameters: Parameters) -> StoredGroup:
    found = stored_groups.get_replication_group(tx, ctx, parameters.required_text("ReplicationGroupId"))
    refuse_unless_available(found)
    refuse_in_compatible_mode(found.group)
    return found


# --- what was asked for --------------------------------------------------------------------------


def requested_replicas(parameters: Parameters, limits: Limits) -> ReplicaRequest:
    """Raises InvalidParameterValue and InvalidParameterCombination."""
    if not parameters.flag("ApplyImmediately"):
        raise faults.InvalidParameterValue("ApplyImmediately must be true: the replica count changes at once or not.")
    shards = parameters.structures("ReplicaConfiguration") or ()
    for_some = {shard.text("NodeGroupId") or "": _requested_shard(shard, limits) for shard in shards}
    if len(for_some) < len(shards):
        raise faults.InvalidParameterCombination("ReplicaConfiguration names a node group more than once.")
    for_all = None if parameters.integer("NewReplicaCount") is None else _requested_shard(parameters, limits)
    if for_all is not None and for_some:
        raise faults.InvalidParameterCombination("NewReplicaCount and ReplicaConfiguration exclude each other.")
    leaving = dict.fromkeys(NodeId(name.lower()) for name in parameters.texts("ReplicasToRemove") or ())
    return ReplicaRequest(for_all=for_all, for_some=for_some, leaving=tuple(leaving))


def _requested_shard(parameters: Parameters, limits: Limits) -> ShardRequest:
    replica_count = parameters.integer("NewReplicaCount")
    assert replica_count is not None, "required of each shard, and looked at before of the whole call"
    if not 0 <= replica_count <= limits.replicas_per_shard:
        raise faults.InvalidParameterValue(
            f"Invalid value {replica_count} for NewReplicaCount. Must be between 0 and {limits.replicas_per_shard}."
        )
    zones = parameters.texts("PreferredAvailabilityZones") or ()
    return ShardRequest(replica_count=replica_count, zones=tuple(Zone(zone) for zone in zones))


def _by_node_group(group: ReplicationGroup, request: ReplicaRequest) -> dict[NodeGroupId, ShardRequest]:
    """What each node group shall have; those that are not meant are left out."""
    if request.for_all is not None:
        return dict.fromkeys((part.id for part in group.node_groups), request.for_all)
    if not group.is_cluster:
        _refuse_shards_without_cluster_mode(request)
    get_node_groups(group, request.for_some)
    meant = {name: find_node_group(group, name) for name in request.for_some}
    by_id = {part.id: request.for_some[name] for name, part in meant.items() if part is not None}
    if len(by_id) < len(request.for_some):
        raise faults.InvalidParameterCombination("ReplicaConfiguration names a node group more than once.")
    return by_id


def _refuse_shards_without_cluster_mode(request: ReplicaRequest) -> None:
    if len(request.for_some) > 1:
        raise faults.InvalidParameterCombination(
            "ReplicaConfiguration names more than one node group, which needs cluster mode."
        )
    for name in request.for_some:
        refuse_unknown_node_group(name)


# --- more ----------------------------------------------------------------------------------------


def zones_of_additions(group: ReplicationGroup, request: ReplicaRequest) -> dict[NodeGroupId, tuple[Zone | None, ...]]:
    """One entry a new replica; None where its zone is left to us."""
    if request.for_all is None and not request.for_some:
        raise faults.InvalidParameterCombination("NewReplicaCount or ReplicaConfiguration must be given.")
    asked = _by_node_group(group, request)
    zones = {part.id: _zones_of_additions(part, asked[part.id]) for part in group.node_groups if part.id in asked}
    if not any(zones.values()):
        raise _no_operation(group, asked)
    return zones


def _zones_of_additions(node_group: NodeGroup, asked: ShardRequest) -> tuple[Zone | None, ...]:
    present = staying_nodes(node_group)
    additions = asked.replica_count + 1 - len(present)
    if additions < 0:
        raise faults.InvalidParameterCombination(
            f"Node group {node_group.id} has more than {asked.replica_count} replicas. Use DecreaseReplicaCount."
        )
    if not asked.zones:
        return (None,) * additions
    named = zones_of_new_nodes(asked.zones, occupied=[node.zone for node in present])
    if named is None or len(named) != additions:
        raise faults.InvalidParameterCombination(
            f"PreferredAvailabilityZones must name {asked.replica_count + 1} Availability Zones, those of the "
            f"{len(present)} present nodes among them."
        )
    return named


# --- fewer ---------------------------------------------------------------------------------------


def leaving_nodes(group: ReplicationGroup, request: ReplicaRequest, *, keep: frozenset[NodeId]) -> frozenset[NodeId]:
    """The replicas named, else those of zones that are not named, else those that can best be spared.

    `keep` are the primaries.
    """
    asked = _by_node_group(group, request)
    if request.leaving and any(shard.zones for shard in asked.values()):
        raise faults.InvalidParameterCombination("ReplicasToRemove and PreferredAvailabilityZones exclude each other.")
    if not asked and not request.leaving:
        raise faults.InvalidParameterCombination(
            "One of NewReplicaCount, ReplicaConfiguration and ReplicasToRemove must be given."
        )
    for node_id in request.leaving:
        _refuse_unfit_to_leave(group, node_id, keep)
    removals = {part.id: _removals(part, asked, request) for part in group.node_groups}
    if not any(removals.values()):
        raise _no_operation(group, asked)
    if request.leaving:
        return frozenset(request.leaving)
    spared = [
        node_id
        for part in group.node_groups
        for nodes, leaving_count in _candidates(part, asked.get(part.id), removals[part.id], keep)
        for node_id in dispensable_replicas(group.id, nodes, leaving_count, keep=keep)
    ]
    if len(spared) < sum(removals.values()):
        raise faults.InvalidCacheClusterState(
            f"A primary of replication group {group.id} hands its role over. Wait until it has."
        )
    return frozenset(spared)


def _removals(node_group: NodeGroup, asked: Mapping[NodeGroupId, ShardRequest], request: ReplicaRequest) -> int:
    """How many of this node group leave. What is named and what is counted must agree."""
    present = staying_nodes(node_group)
    named_count = sum(node.id in request.leaving for node in present)
    if not asked:
        return named_count
    shard = asked.get(node_group.id)
    removals = 0 if shard is None else len(present) - 1 - shard.replica_count
    if removals < 0:
        raise faults.InvalidParameterCombination(
            f"Node group {node_group.id} has fewer than {len(present) - 1 - removals} replicas. "
            "Use IncreaseReplicaCount."
        )
    if request.leaving and named_count != removals:
        raise faults.InvalidParameterCombination(
            f"ReplicasToRemove names {named_count} replicas of node group {node_group.id}, and NewReplicaCount removes "
            f"{removals}."
        )
    return removals


def _candidates(
    node_group: NodeGroup, asked: ShardRequest | None, removals: int, keep: frozenset[NodeId]
) -> Iterator[tuple[tuple[Node, ...], int]]:
    """Among whom to choose, and how many: all nodes, or those of each zone that shall have fewer."""
    present = staying_nodes(node_group)
    if asked is None or not asked.zones:
        yield present, removals
        return
    surplus = surplus_zones(asked.zones, occupied=[node.zone for node in present])
    if surplus is None or len(surplus) != removals:
        raise faults.InvalidParameterCombination(
            f"PreferredAvailabilityZones must name {asked.replica_count + 1} Availability Zones, one for each node that"
            f" stays, out of those of the {len(present)} present nodes of node group {node_group.id}."
        )
    for zone, leaving_count in Counter(surplus).items():
        there = tuple(node for node in present if node.zone == zone)
        if leaving_count > sum(node.id not in keep for node in there):
            raise faults.InvalidParameterCombination(
                f"PreferredAvailabilityZones must name {zone}, where the primary of node group {node_group.id} is."
            )
        yield there, leaving_count


def group_without(group: ReplicationGroup, leaving: frozenset[NodeId]) -> ReplicationGroup:
    """Refused where automatic failover or Multi-AZ could no longer be true."""
    for part in group.node_groups:
        remaining = [node.zone for node in staying_nodes(part) if node.id not in leaving]
        _refuse_too_few(group, len(remaining) - 1)
        refusal = availability.find_refusal(group.availability, remaining, group.cluster_mode)
        if refusal is not None:
            raise faults.InvalidParameterCombination(refusal)
    return with_leaving_nodes(group, leaving)


def _refuse_too_few(group: ReplicationGroup, replica_count: int) -> None:
    if replica_count > 0:
        return
    if group.availability.multi_az:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#34819.
        raise faults.InvalidParameterValue("Must have at least 1 replica for Multi-AZ enabled Replication Group")
    if group.availability.automatic_failover and not group.is_cluster:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#24244.
        raise faults.InvalidParameterValue(
            "Must have at least 1 replica when cluster mode is disabled with auto failover enabled."
        )


def _refuse_unfit_to_leave(group: ReplicationGroup, node_id: NodeId, keep: frozenset[NodeId]) -> None:
    if all(node.id != node_id for node in group.staying_nodes):
        raise faults.InvalidParameterValue(f"{node_id} is not a replica of replication group {group.id}.")
    if node_id in keep:
        raise faults.InvalidParameterValue(f"{node_id} is the primary of replication group {group.id}.")


def _no_operation(group: ReplicationGroup, asked: Mapping[NodeGroupId, ShardRequest]) -> faults.Fault:
    counts = ", ".join(f"{part_id}: {shard.replica_count}" for part_id, shard in asked.items())
    return faults.NoOperation(f"Replication group {group.id} has as many replicas already ({counts}).")
