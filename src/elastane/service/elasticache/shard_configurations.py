"""ModifyReplicationGroupShardConfiguration: shards come, shards go, or slots are evened out among those there are.

What is written is which shard shall own which slots. New shards begin with none, those that leave keep their nodes
until their slots are gone: the reconciler moves the slots, while everybody serves.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from elastane.catalog.limits import Limits
from elastane.model import events, faults
from elastane.model.events import SourceType
from elastane.model.ids import NodeGroupId, Zone
from elastane.model.replica_counts import staying_nodes
from elastane.model.replication_groups import ClusterMode, NodeGroup, ReplicationGroup, Resharding
from elastane.model.slot_plans import moves, rebalanced
from elastane.model.slots import NO_SLOTS, Slots, count
from elastane.service.context import Context, Result
from elastane.service.elasticache import stored_groups
from elastane.service.elasticache.cluster_mode_changes import refuse_in_compatible_mode
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.inherited_tags import save_member_tags
from elastane.service.elasticache.named_node_groups import get_node_groups
from elastane.service.elasticache.new_shards import NewShard, ShardPlacement, new_shards, placed
from elastane.service.elasticache.refused_features import refuse_features
from elastane.service.elasticache.replication_group_answers import answer_replication_group
from elastane.service.elasticache.replication_group_changes import refuse_unless_available
from elastane.service.elasticache.told_events import tell
from elastane.service.parameters import Parameters
from elastane.store import Transaction


class ShardsRequest(msgspec.Struct, frozen=True, kw_only=True):
    group_id: str
    shard_count: int
    removed: tuple[str, ...]
    retained: tuple[str, ...]
    placements: tuple[ShardPlacement, ...]


class ShardChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a call comes to, decided and not yet saved."""

    found: stored_groups.StoredGroup
    changed: ReplicationGroup
    """The same group when nothing has to move."""


async def modify_replication_group_shard_configuration(ctx: Context, parameters: Parameters) -> Result:
    refuse_features(parameters)
    if not parameters.flag("ApplyImmediately"):
        raise faults.InvalidParameterValue("ApplyImmediately must be true: shards are reconfigured at once or not.")
    request = requested_shards(parameters, ctx.limits)
    now = ctx.now()

    def reshard(tx: Transaction) -> Result:
        change = decide_shards(tx, ctx, request, now=now)
        found, group = change.found, change.found.group
        for node in change.changed.nodes:
            if node not in group.nodes:
                save_member_tags(tx, ctx, group, node.id)
        saved = stored_groups.save_change(tx, found, change.changed)
        if saved is not found:
            message = events.resharding_started(len(group.node_groups), request.shard_count)
            tell(tx, ctx, SourceType.REPLICATION_GROUP, group.id, message)
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, reshard)


def decide_shards(tx: Transaction, ctx: Context, request: ShardsRequest, *, now: datetime) -> ShardChange:
    """Writes nothing. Raises whatever the action refuses: the preview of it asks here, too."""
    found = stored_groups.get_replication_group(tx, ctx, request.group_id)
    group = found.group
    _refuse_without_cluster_mode(group)
    refuse_unless_available(found)
    leaving = shards_to_leave(group, request)
    new = new_shards(group, request.shard_count, request.placements)
    _refuse_excess(group, new, leaving, ctx.limits)
    added = placed(tx, ctx, group, new, now=now)
    return ShardChange(found=found, changed=resharded(group, added, leaving, now=now))


def resharded(
    group: ReplicationGroup, added: tuple[NodeGroup, ...], leaving: frozenset[NodeGroupId], *, now: datetime
) -> ReplicationGroup:
    """The same group when nothing has to move: then there is nothing to wait for, and nothing to tell."""
    parts = sorted((*group.node_groups, *added), key=lambda part: part.id)
    owned = {part.id: part.slots for part in parts}
    wanted = rebalanced(owned, [part.id for part in parts if part.id not in leaving])
    if wanted == owned:
        return group
    slot_count = sum(count(move.slots) for move in moves(owned, wanted))
    return replace(
        group,
        node_groups=tuple(_with_slots(part, wanted.get(part.id)) for part in parts),
        resharding=Resharding(requested_at=now, slot_count=slot_count),
    )


def _with_slots(node_group: NodeGroup, slots: Slots | None) -> NodeGroup:
    """None for one that leaves."""
    return replace(node_group, slots=NO_SLOTS if slots is None else slots, is_leaving=slots is None)


# --- what was asked for --------------------------------------------------------------------------


def requested_shards(parameters: Parameters, limits: Limits) -> ShardsRequest:
    """Raises InvalidParameterValue and others for what is wrong whatever the group."""
    shard_count = parameters.integer("NodeGroupCount")
    assert shard_count is not None, "required by the model"
    if shard_count < 1:
        raise faults.InvalidParameterValue(f"Invalid value {shard_count} for NodeGroupCount. Must be at least 1.")
    if shard_count > limits.nodes_per_cluster_mode_group:
        raise faults.NodeGroupsPerReplicationGroupQuotaExceeded(
            f"This request would exceed the quota of {limits.nodes_per_cluster_mode_group} node groups."
        )
    request = ShardsRequest(
        group_id=parameters.required_text("ReplicationGroupId"),
        shard_count=shard_count,
        removed=parameters.texts("NodeGroupsToRemove") or (),
        retained=parameters.texts("NodeGroupsToRetain") or (),
        placements=tuple(
            ShardPlacement(
                name=shard.text("NodeGroupId") or None,
                zones=tuple(Zone(zone) for zone in shard.texts("PreferredAvailabilityZones") or ()),
            )
            for shard in parameters.structures("ReshardingConfiguration") or ()
        ),
    )
    if request.removed and request.retained:
        raise faults.InvalidParameterCombination("NodeGroupsToRemove and NodeGroupsToRetain exclude each other.")
    return request


def _refuse_without_cluster_mode(group: ReplicationGroup) -> None:
    if group.cluster_mode is ClusterMode.DISABLED:
        # AWS's sentence, quoted in widdix/aws-cf-templates#573.
        raise faults.InvalidParameterValue("Operation is only applicable for cluster mode enabled replication groups.")
    refuse_in_compatible_mode(group)


def _refuse_excess(
    group: ReplicationGroup, new: tuple[NewShard, ...], leaving: frozenset[NodeGroupId], limits: Limits
) -> None:
    staying = (part for part in group.node_groups if part.id not in leaving)
    node_count = sum(len(staying_nodes(part)) for part in staying) + sum(len(shard.zones) for shard in new)
    if node_count > limits.nodes_per_cluster_mode_group:
        raise faults.NodeGroupsPerReplicationGroupQuotaExceeded(
            f"This request would exceed the quota of {limits.nodes_per_cluster_mode_group} nodes in a replication "
            f"group: its node groups would have {node_count}."
        )


# --- fewer ---------------------------------------------------------------------------------------


def shards_to_leave(group: ReplicationGroup, request: ShardsRequest) -> frozenset[NodeGroupId]:
    """Those named, or all but those named: as many as the count says."""
    present = {part.id for part in group.node_groups}
    removals = len(present) - request.shard_count
    named = {part.id for part in get_node_groups(group, request.removed or request.retained)}
    if removals <= 0:
        if named:
            raise faults.InvalidParameterCombination(
                "NodeGroupsToRemove and NodeGroupsToRetain can be given only when NodeGroupCount is less than the "
                f"current number of node groups, {len(present)}."
            )
        return frozenset()
    if not named:
        raise faults.InvalidParameterCombination(
            "Either NodeGroupsToRemove or NodeGroupsToRetain must be given when NodeGroupCount is less than the "
            f"current number of node groups, {len(present)}."
        )
    leaving = named if request.removed else present - named
    if len(leaving) != removals:
        raise faults.InvalidParameterCombination(
            f"NodeGroupCount {request.shard_count} removes {removals} of {len(present)} node groups, and "
            f"{len(leaving)} are named to be removed."
        )
    return frozenset(leaving)
