"""PreviewShardConfiguration: what ModifyReplicationGroupShardConfiguration would do, decided by its own code."""

from elastane.model.replica_counts import staying_nodes
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.slot_plans import Move, moves
from elastane.model.slots import count, format_slots
from elastane.service.context import Context, Result
from elastane.service.elasticache.shard_configurations import ShardChange, decide_shards, requested_shards
from elastane.service.parameters import Parameters


async def preview_shard_configuration(ctx: Context, parameters: Parameters) -> Result:
    """Reads: who is answered has not reserved anything."""
    request, now = requested_shards(parameters, ctx.limits), ctx.now()
    change = await ctx.store.read(lambda tx: decide_shards(tx, ctx, request, now=now))
    return answer_preview(change)


def answer_preview(change: ShardChange) -> Result:
    """Shaped as the action's output in the model."""
    before, after = change.found.group, change.changed
    moved = slot_moves(before, after)
    owned = {part.id: part.slots for part in before.node_groups}
    return {
        "NodeGroups": [
            {
                "NodeGroupId": part.id,
                "SlotsBefore": format_slots(owned.get(part.id, ())),
                "SlotsAfter": format_slots(part.slots),
                "IsNew": part.id not in owned,
                "IsLeaving": part.is_leaving,
                "NodeCount": len(staying_nodes(part)),
            }
            for part in after.node_groups
        ],
        "Moves": [
            {"From": move.source, "To": move.target, "Slots": format_slots(move.slots), "SlotCount": count(move.slots)}
            for move in moved
        ],
        "MovedSlotCount": sum(count(move.slots) for move in moved),
    }


def slot_moves(before: ReplicationGroup, after: ReplicationGroup) -> tuple[Move, ...]:
    owned = {part.id: part.slots for part in before.node_groups}
    return moves(owned, {part.id: part.slots for part in after.node_groups if part.slots})
