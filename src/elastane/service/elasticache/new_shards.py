"""Shards that join a group in cluster mode: their ids, their zones, their nodes. They own no slots yet.

Called by ModifyReplicationGroupShardConfiguration, inside its transaction. New shards take the lowest free numbers:
AWS says that they are 0001 to 0090, which are as many as a group may have.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count as count_from

import msgspec

from elastane.model import availability, faults, ids
from elastane.model.ids import NodeGroupId, NodeId, Zone
from elastane.model.replica_counts import free_shard_node_ids, staying_nodes
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup
from elastane.service.context import Context
from elastane.service.elasticache import node_placement
from elastane.service.elasticache.named_node_groups import find_node_group, invalid_node_group_ids
from elastane.service.elasticache.new_replication_groups import FIRST_EPOCH
from elastane.store import Transaction, claims


class ShardPlacement(msgspec.Struct, frozen=True, kw_only=True):
    """What a call says of one shard."""

    name: str | None
    zones: tuple[Zone, ...]
    """Of its nodes, the primary's first; empty where they are left to us."""


class NewShard(msgspec.Struct, frozen=True, kw_only=True):
    id: NodeGroupId
    zones: tuple[Zone | None, ...]
    """One entry a node, the primary first."""


def new_shards(group: ReplicationGroup, shard_count: int, requested: Sequence[ShardPlacement]) -> tuple[NewShard, ...]:
    """With as many nodes as the smallest shard has. What is said of shards that there are must be so already."""
    additions = shard_count - len(group.node_groups)
    if additions <= 0:
        if requested:
            raise faults.InvalidParameterCombination(
                "ReshardingConfiguration can be given only when NodeGroupCount is greater than the current number of "
                f"node groups, {len(group.node_groups)}."
            )
        return ()
    node_count = min(len(staying_nodes(part)) for part in group.node_groups)
    placements = [placement for placement in requested if not _is_present(group, placement)]
    if len(placements) > additions:
        raise faults.InvalidParameterCombination(
            f"ReshardingConfiguration describes {len(placements)} new node groups, and NodeGroupCount adds {additions}."
        )
    placements += [ShardPlacement(name=None, zones=())] * (additions - len(placements))
    shard_ids = _new_ids(group, [placement.name for placement in placements])
    return tuple(
        NewShard(id=shard_id, zones=_node_zones(shard_id, placement, node_count))
        for shard_id, placement in zip(shard_ids, placements, strict=True)
    )


def _is_present(group: ReplicationGroup, placement: ShardPlacement) -> bool:
    """Some callers describe every shard there shall be. A node that there is does not move."""
    node_group = None if placement.name is None else find_node_group(group, placement.name)
    if node_group is None:
        return False
    present = [node.zone for node in staying_nodes(node_group)]
    if placement.zones and Counter(placement.zones) != Counter(present):
        raise faults.InvalidParameterCombination(
            f"ReshardingConfiguration places node group {node_group.id} in {', '.join(placement.zones)}. It is in "
            f"{', '.join(present)}, and is not moved."
        )
    return True


def _new_ids(group: ReplicationGroup, names: Iterable[str | None]) -> list[NodeGroupId]:
    """The caller's, which are numbers; the lowest free ones where none is said."""
    names = list(names)
    invalid = [name for name in names if name is not None and (not name.isdecimal() or int(name) == 0)]
    if invalid:
        raise invalid_node_group_ids(invalid)
    named = [int(name) for name in names if name is not None]
    if len(set(named)) < len(named):
        raise faults.InvalidParameterCombination("ReshardingConfiguration names a node group more than once.")
    taken = {*named, *(int(part.id) for part in group.node_groups)}
    free = (number for number in count_from(1) if number not in taken)
    return [ids.node_group_id(next(free) if name is None else int(name)) for name in names]


def _node_zones(shard_id: NodeGroupId, placement: ShardPlacement, node_count: int) -> tuple[Zone | None, ...]:
    if placement.zones and len(placement.zones) != node_count:
        raise faults.InvalidParameterCombination(
            f"PreferredAvailabilityZones of node group {shard_id} must name {node_count} Availability Zones: a new "
            "node group has as many nodes as the smallest present one."
        )
    return placement.zones or (None,) * node_count


# --- placed ----------------------------------------------------------------------------------------


def placed(
    tx: Transaction, ctx: Context, group: ReplicationGroup, shards: Sequence[NewShard], *, now: datetime
) -> tuple[NodeGroup, ...]:
    """The shards with their nodes, which have addresses. Writes nothing. Raises what quotas and pools refuse."""
    if not shards:
        return ()
    node_placement.refuse_excess_nodes(tx, ctx, sum(len(shard.zones) for shard in shards))
    zones = node_placement.choose_shard_zones(
        tx,
        ctx,
        group.network.subnet_group_name,
        [shard.zones for shard in shards],
        present=[_zones(part) for part in group.node_groups],
    )
    for shard_zones in zones:
        refusal = availability.find_refusal(group.availability, shard_zones, group.cluster_mode)
        if refusal is not None:
            raise faults.InvalidParameterCombination(refusal)
    node_ids = [node_id for shard in shards for node_id in _node_ids(tx, ctx, group, shard)]
    every_zone = [zone for part in zones for zone in part]
    placed = node_placement.place_nodes(tx, ctx, group.network.subnet_group_name, node_ids, every_zone, now=now)
    nodes = iter(placed)
    return tuple(_node_group(shard, tuple(next(nodes) for _ in shard.zones)) for shard in shards)


def _node_ids(tx: Transaction, ctx: Context, group: ReplicationGroup, shard: NewShard) -> tuple[NodeId, ...]:
    def is_taken(candidate: NodeId) -> bool:
        return claims.find_key_of_node(tx, ctx.region, candidate) is not None

    return free_shard_node_ids(group.id, shard.id, len(shard.zones), is_taken=is_taken)


def _node_group(shard: NewShard, nodes: tuple[Node, ...]) -> NodeGroup:
    return NodeGroup(id=shard.id, nodes=nodes, target_primary=nodes[0].id, epoch=FIRST_EPOCH)


def _zones(node_group: NodeGroup) -> list[Zone]:
    """The primary's first."""
    nodes = sorted(staying_nodes(node_group), key=lambda node: node.id != node_group.target_primary)
    return [node.zone for node in nodes]
