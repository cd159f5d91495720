"""Slots that stand open: their keys are with two primaries, because a move key by key was not ended.

Engines that move whole slots know none. Asked by `slots`, before anything else is moved. Pure.
"""

from collections.abc import Iterator

from elastane.model.ids import NodeGroupId
from elastane.model.slots import Slots, from_numbers
from elastane.reconcile.plan.slot_owners import (
    MEMORY_LIMIT,
    Shard,
    can_outbid,
    find_owner,
    find_shard,
    memory_limit_bytes,
)
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import CarrySlots, CloseSlots, SetParameters, Step


def finish_open(situation: Situation, shards: dict[NodeGroupId, Shard], *, has_failed: bool) -> list[tuple[Step, ...]]:
    """What moves open slots on, one pair of shards at a time for each shard; forward, for keys are on both sides.

    A slot is closed where its other side is no node of the group any more, and where it has arrived. One whose other
    side does not answer is left as it is, and one whose target cannot outbid its source yet.
    """
    tracks: list[tuple[Step, ...]] = []
    taken: set[NodeGroupId] = set()
    for shard in shards.values():
        ended = from_numbers(_ended(situation, shards, shard))
        if ended:
            tracks.append((CloseSlots(node_id=shard.primary.id, slots=ended),))
        for source, target, numbers in _open_pairs(situation, shards, shard):
            sides = {source.node_group.id, target.node_group.id}
            if not sides & taken and can_outbid(situation, source, target):
                taken |= sides
                tracks.append(_carry_on(source, target, from_numbers(numbers), has_failed=has_failed))
    return tracks


def _ended(situation: Situation, shards: dict[NodeGroupId, Shard], shard: Shard) -> Iterator[int]:
    members = {situation.member_id(seen) for seen in situation.nodes}
    for slot in shard.view.leaving_slots:
        if slot.other not in members or find_shard(situation, shards, slot.other) is shard:
            yield slot.slot
    for slot in shard.view.arriving_slots:
        if find_owner(shards, slot.slot) is shard:
            yield slot.slot


def _open_pairs(
    situation: Situation, shards: dict[NodeGroupId, Shard], shard: Shard
) -> Iterator[tuple[Shard, Shard, list[int]]]:
    """What a shard gives and to whom, and what it takes and from whom, where the other side has not said so itself."""
    for target in shards.values():
        numbers = [
            slot.slot for slot in shard.view.leaving_slots if find_shard(situation, shards, slot.other) is target
        ]
        if numbers and target is not shard:
            yield shard, target, numbers
    for source in shards.values():
        said = {slot.slot for slot in source.view.leaving_slots}
        numbers = [slot.slot for slot in shard.view.arriving_slots if find_owner(shards, slot.slot) is source]
        numbers = [number for number in numbers if number not in said]
        if numbers and source is not shard:
            yield source, shard, numbers


def _carry_on(source: Shard, target: Shard, slots: Slots, *, has_failed: bool) -> tuple[Step, ...]:
    """A target that had no memory for the rest of a slot gets some of what is kept in reserve, for this pass."""
    carry = CarrySlots(source_id=source.primary.id, target_id=target.primary.id, slots=slots)
    limit_bytes = memory_limit_bytes(target)
    if not has_failed or limit_bytes == 0:
        return (carry,)
    raised = {MEMORY_LIMIT: str(limit_bytes + limit_bytes // 10)}  # `parameters` takes it back before the next one
    return (SetParameters(node_id=target.primary.id, parameters=raised), carry)
