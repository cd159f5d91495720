"""Replicas that join a group that there is: which zones and ids they get, placed and saved.

Called by IncreaseReplicaCount, and by CreateCacheCluster with a ReplicationGroupId, inside their transactions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from elastane.catalog import network
from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.ids import NodeGroupId, NodeId, Zone
from elastane.model.replica_counts import free_node_ids, free_shard_node_ids, staying_nodes, with_new_nodes
from elastane.model.replication_groups import ClusterMode, Node, NodeGroup, ReplicationGroup
from elastane.service.context import Context
from elastane.service.elasticache import node_placement, stored_groups
from elastane.service.elasticache.inherited_tags import save_member_tags
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.store import Transaction, claims

Wanted = tuple[NodeId, Zone | None]
"""A replica to be, and where the caller wants it; None where that is left to us."""


def add_replica(
    tx: Transaction,
    ctx: Context,
    found: StoredGroup,
    wanted: Wanted,
    *,
    own_tags: Mapping[str, str],
    now: datetime,
) -> StoredGroup:
    """One more, under an id that the caller chose, to a group without cluster mode.

    Raises what quotas and pools refuse, as `add_replicas` does.
    """
    (node_group,) = found.group.node_groups
    return _save_with(tx, ctx, found, {node_group.id: (wanted,)}, now, own_tags)


def add_replicas(
    tx: Transaction,
    ctx: Context,
    found: StoredGroup,
    zones: Mapping[NodeGroupId, Sequence[Zone | None]],
    *,
    now: datetime,
) -> StoredGroup:
    """One for each zone, in each node group, of the lowest numbers that no cache cluster of the region has."""

    def is_taken(candidate: NodeId) -> bool:
        return claims.find_key_of_node(tx, ctx.region, candidate) is not None

    def named(part_id: NodeGroupId, replica_zones: Sequence[Zone | None]) -> tuple[Wanted, ...]:
        group, replica_count = found.group, len(replica_zones)
        if group.is_cluster:
            node_ids = free_shard_node_ids(group.id, part_id, replica_count, is_taken=is_taken)
        else:
            node_ids = free_node_ids(group.id, replica_count, is_taken=is_taken)
        return tuple(zip(node_ids, replica_zones, strict=True))

    wanted = {part_id: named(part_id, replica_zones) for part_id, replica_zones in zones.items()}
    return _save_with(tx, ctx, found, wanted, now)


def _save_with(
    tx: Transaction,
    ctx: Context,
    found: StoredGroup,
    wanted: Mapping[NodeGroupId, Sequence[Wanted]],
    now: datetime,
    own_tags: Mapping[str, str] | None = None,
) -> StoredGroup:
    _refuse_excess(found.group, wanted, ctx.limits)
    node_placement.refuse_excess_nodes(tx, ctx, sum(map(len, wanted.values())))
    node_ids = [node_id for replicas in wanted.values() for node_id, _ in replicas]
    zones = _chosen_zones(tx, ctx, found, wanted)
    placed = node_placement.place_nodes(tx, ctx, found.group.network.subnet_group_name, node_ids, zones, now=now)
    for node in placed:
        save_member_tags(tx, ctx, found.group, node.id, own_tags)
    return stored_groups.save_change(tx, found, with_new_nodes(found.group, _by_node_group(wanted, placed)))


def _refuse_excess(group: ReplicationGroup, wanted: Mapping[NodeGroupId, Sequence[Wanted]], limits: Limits) -> None:
    for part in group.node_groups:
        if len(staying_nodes(part)) + len(wanted.get(part.id, ())) > limits.nodes_per_shard:
            raise faults.NodeQuotaForClusterExceeded(
                f"Node group {part.id} of replication group {group.id} may have no more than {limits.nodes_per_shard} "
                "nodes."
            )
    node_count = len(group.staying_nodes) + sum(map(len, wanted.values()))
    if group.cluster_mode is ClusterMode.ENABLED and node_count > limits.nodes_per_cluster_mode_group:
        # IncreaseReplicaCount declares no fault for too many nodes in one group, and this one for too many altogether.
        raise faults.NodeQuotaForCustomerExceeded(
            f"This request would exceed the quota of {limits.nodes_per_cluster_mode_group} nodes in a replication "
            "group with cluster mode enabled."
        )


def _chosen_zones(
    tx: Transaction, ctx: Context, found: StoredGroup, wanted: Mapping[NodeGroupId, Sequence[Wanted]]
) -> list[Zone]:
    """One after the other, in the order of `wanted`."""
    parts = {part.id: part for part in found.group.node_groups}
    everywhere = Counter(node.zone for node in found.group.staying_nodes)
    zones: list[Zone] = []
    for part_id, replicas in wanted.items():
        own = Counter(node.zone for node in staying_nodes(parts[part_id]))
        chosen = node_placement.choose_zones(
            tx,
            ctx,
            found.group.network.subnet_group_name,
            [zone for _, zone in replicas],
            occupied=tuple(own.elements()),
            elsewhere=_crowds(found, parts[part_id], everywhere - own),
        )
        everywhere.update(chosen)
        zones.extend(chosen)
    return zones


def _crowds(found: StoredGroup, node_group: NodeGroup, others: Mapping[Zone, int]) -> dict[Zone, int]:
    """What decides between zones where the node group has equally many nodes: less is better.

    Not where its primary is; then where other node groups have the fewest; then the next one after the primary's, so
    that the first replicas of many shards do not all go to the same zone.
    """
    primaries = stored_groups.primaries(found)
    primary_zone = next((node.zone for node in staying_nodes(node_group) if node.id in primaries), None)
    zones = network.zones(found.group.region)
    first = 0 if primary_zone is None else zones.index(primary_zone)
    in_turn = zones[first + 1 :] + zones[: first + 1]
    weights = {zone: others.get(zone, 0) * len(zones) + turn for turn, zone in enumerate(in_turn)}
    return {zone: sum(weights.values()) + 1 if zone == primary_zone else weight for zone, weight in weights.items()}


def _by_node_group(
    wanted: Mapping[NodeGroupId, Sequence[Wanted]], placed: Sequence[Node]
) -> dict[NodeGroupId, tuple[Node, ...]]:
    nodes = {node.id: node for node in placed}
    return {part_id: tuple(nodes[node_id] for node_id, _ in replicas) for part_id, replicas in wanted.items()}
