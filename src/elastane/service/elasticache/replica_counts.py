"""IncreaseReplicaCount and DecreaseReplicaCount. New replicas also join by CreateCacheCluster (`added_replicas`).

Nodes that leave stay in the group's document, marked, until the reconciler has seen them gone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from elastane.catalog.limits import Limits
from elastane.model import availability, faults
from elastane.model.ids import NodeId, Zone
from elastane.model.replica_counts import free_node_ids, newest_replicas, with_leaving_nodes, with_new_nodes
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.model.zone_spread import zones_of_new_nodes
from elastane.service.context import Context, Result
from elastane.service.elasticache import node_placement, stored_groups
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.inherited_tags import save_member_tags
from elastane.service.elasticache.refused_features import refuse_features
from elastane.service.elasticache.replication_group_answers import answer_replication_group
from elastane.service.elasticache.replication_group_changes import refuse_unless_available
from elastane.service.elasticache.requested_layout import refuse_unknown_node_group
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.parameters import Parameters
from elastane.store import Transaction, replication_groups


class ReplicaRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What either action was asked for; None where the caller did not say."""

    replica_count: int | None
    zones: tuple[Zone, ...]
    """Of all the nodes the group shall have, the present ones included, as AWS wants them."""
    leaving: tuple[NodeId, ...]


async def increase_replica_count(ctx: Context, parameters: Parameters) -> Result:
    refuse_features(parameters)
    request = requested_replicas(parameters, ctx.limits)
    now = ctx.now()

    def increase(tx: Transaction) -> Result:
        found = stored_groups.get_replication_group(tx, ctx, parameters.required_text("ReplicationGroupId"))
        refuse_unless_available(found)
        zones = zones_of_additions(found.group, request)
        replicas = _new_replicas(tx, ctx, found.group, zones, now)
        saved = save_with_replicas(tx, ctx, found, replicas)
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, increase)


async def decrease_replica_count(ctx: Context, parameters: Parameters) -> Result:
    refuse_features(parameters)
    request = requested_replicas(parameters, ctx.limits)

    def decrease(tx: Transaction) -> Result:
        found = stored_groups.get_replication_group(tx, ctx, parameters.required_text("ReplicationGroupId"))
        refuse_unless_available(found)
        leaving = leaving_nodes(found.group, request, keep=stored_groups.primaries(found))
        saved = stored_groups.save_change(tx, found, group_without(found.group, leaving))
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, decrease)


# --- what was asked for --------------------------------------------------------------------------


def requested_replicas(parameters: Parameters, limits: Limits) -> ReplicaRequest:
    """Raises InvalidParameterValue and InvalidParameterCombination."""
    if not parameters.flag("ApplyImmediately"):
        raise faults.InvalidParameterValue("ApplyImmediately must be true: the replica count changes at once or not.")
    shards = parameters.structures("ReplicaConfiguration") or ()
    counts = [shard.integer("NewReplicaCount") for shard in shards]
    if len(shards) > 1:
        raise faults.InvalidParameterCombination(
            "ReplicaConfiguration names more than one node group, which needs cluster mode."
        )
    for shard in shards:
        refuse_unknown_node_group(shard.text("NodeGroupId") or "")
    overall_count = parameters.integer("NewReplicaCount")
    if overall_count is not None and shards:
        raise faults.InvalidParameterCombination("NewReplicaCount and ReplicaConfiguration exclude each other.")
    replica_count = counts[0] if shards else overall_count
    if replica_count is not None and not 0 <= replica_count <= limits.replicas_per_shard:
        raise faults.InvalidParameterValue(
            f"Invalid value {replica_count} for NewReplicaCount. Must be between 0 and {limits.replicas_per_shard}."
        )
    zones = shards[0].texts("PreferredAvailabilityZones") if shards else None
    leaving = dict.fromkeys(NodeId(name.lower()) for name in parameters.texts("ReplicasToRemove") or ())
    return ReplicaRequest(
        replica_count=replica_count, zones=tuple(Zone(zone) for zone in zones or ()), leaving=tuple(leaving)
    )


# --- more ----------------------------------------------------------------------------------------


def zones_of_additions(group: ReplicationGroup, request: ReplicaRequest) -> tuple[Zone | None, ...]:
    """One entry a new replica; None where its zone is left to us."""
    present = group.staying_nodes
    if request.replica_count is None:
        raise faults.InvalidParameterCombination("NewReplicaCount or ReplicaConfiguration must be given.")
    additions = request.replica_count + 1 - len(present)
    if additions == 0:
        raise faults.NoOperation(f"Replication group {group.id} has {request.replica_count} replicas already.")
    if additions < 0:
        raise faults.InvalidParameterCombination(
            f"Replication group {group.id} has more than {request.replica_count} replicas. Use DecreaseReplicaCount."
        )
    if not request.zones:
        return (None,) * additions
    named = zones_of_new_nodes(request.zones, occupied=[node.zone for node in present])
    if named is None or len(named) != additions:
        raise faults.InvalidParameterCombination(
            f"PreferredAvailabilityZones must name {request.replica_count + 1} Availability Zones, those of the "
            f"{len(present)} present nodes among them."
        )
    return named


def added_replicas(
    tx: Transaction,
    ctx: Context,
    group: ReplicationGroup,
    node_ids: Sequence[NodeId],
    zones: Sequence[Zone | None],
    *,
    now: datetime,
) -> tuple[Node, ...]:
    """New nodes for a group, placed and not yet saved. Raises what quotas and pools refuse."""
    if len(group.staying_nodes) + len(node_ids) > ctx.limits.nodes_per_shard:
        raise faults.NodeQuotaForClusterExceeded(
            f"Replication group {group.id} may have no more than {ctx.limits.nodes_per_shard} nodes."
        )
    node_placement.refuse_excess_nodes(tx, ctx, len(node_ids))
    occupied = [node.zone for node in group.staying_nodes]
    chosen = node_placement.choose_zones(tx, ctx, group.network.subnet_group_name, zones, occupied=occupied)
    return node_placement.place_nodes(tx, ctx, node_ids, chosen, now=now)


def save_with_replicas(
    tx: Transaction,
    ctx: Context,
    found: StoredGroup,
    replicas: tuple[Node, ...],
    *,
    own_tags: Mapping[str, str] | None = None,
) -> StoredGroup:
    """`own_tags` are those a replica was asked for with, beside those it inherits."""
    for node in replicas:
        save_member_tags(tx, ctx, found.group, node.id, own_tags)
    return stored_groups.save_change(tx, found, with_new_nodes(found.group, replicas))


def _new_replicas(
    tx: Transaction, ctx: Context, group: ReplicationGroup, zones: Sequence[Zone | None], now: datetime
) -> tuple[Node, ...]:
    """Of the lowest numbers that no cache cluster of the region has, whoever made it."""

    def is_taken(candidate: NodeId) -> bool:
        return replication_groups.find_key_of_node(tx, ctx.region, candidate) is not None

    node_ids = free_node_ids(group.id, len(zones), is_taken=is_taken)
    return added_replicas(tx, ctx, group, node_ids, zones, now=now)


# --- fewer ---------------------------------------------------------------------------------------


def leaving_nodes(group: ReplicationGroup, request: ReplicaRequest, *, keep: frozenset[NodeId]) -> frozenset[NodeId]:
    """The replicas named, else the newest-numbered. `keep` are the primaries."""
    present = group.staying_nodes
    if request.zones:
        raise faults.InvalidParameterCombination(
            "PreferredAvailabilityZones cannot choose which replicas leave. Name them in ReplicasToRemove."
        )
    if request.replica_count is None and not request.leaving:
        raise faults.InvalidParameterCombination(
            "One of NewReplicaCount, ReplicaConfiguration and ReplicasToRemove must be given."
        )
    removals = len(request.leaving) if request.replica_count is None else len(present) - 1 - request.replica_count
    if removals < 0:
        raise faults.InvalidParameterCombination(
            f"Replication group {group.id} has fewer than {request.replica_count} replicas. Use IncreaseReplicaCount."
        )
    if request.leaving and len(request.leaving) != removals:
        raise faults.InvalidParameterCombination(
            f"ReplicasToRemove names {len(request.leaving)} replicas, and NewReplicaCount removes {removals}."
        )
    if removals == 0:
        raise faults.NoOperation(f"Replication group {group.id} has {request.replica_count} replicas already.")
    for node_id in request.leaving:
        _refuse_unfit_to_leave(group, node_id, keep)
    return frozenset(request.leaving or newest_replicas(group.id, present, removals, keep=keep))


def group_without(group: ReplicationGroup, leaving: frozenset[NodeId]) -> ReplicationGroup:
    """Refused where automatic failover or Multi-AZ could no longer be true."""
    remaining = [node.zone for node in group.staying_nodes if node.id not in leaving]
    refusal = availability.find_refusal(group.availability, remaining)
    if refusal is not None:
        raise faults.InvalidParameterCombination(refusal)
    return with_leaving_nodes(group, leaving)


def _refuse_unfit_to_leave(group: ReplicationGroup, node_id: NodeId, keep: frozenset[NodeId]) -> None:
    if all(node.id != node_id for node in group.staying_nodes):
        raise faults.InvalidParameterValue(f"{node_id} is not a replica of replication group {group.id}.")
    if node_id in keep:
        raise faults.InvalidParameterValue(f"{node_id} is the primary of replication group {group.id}.")
