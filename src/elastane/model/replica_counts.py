"""Growing and shrinking a group: which ids new nodes take, which nodes leave, and the group that results.

Pure. Asked by the actions that add and remove replicas. Only for groups of one node group: with
cluster mode, ids and choices are made per shard.
"""

from collections.abc import Callable
from itertools import count as count_from
from itertools import islice

from msgspec.structs import replace

from elastane.model.ids import NodeId, ReplicationGroupId, node_id
from elastane.model.replication_groups import Node, ReplicationGroup


def free_node_ids(
    group_id: ReplicationGroupId, node_count: int, *, is_taken: Callable[[NodeId], bool]
) -> tuple[NodeId, ...]:
    """The ids of the lowest numbers that nobody holds, a node on its way out included: ``<group>-002``, ``-004``."""
    candidates = (node_id(group_id, number) for number in count_from(1))
    return tuple(islice((candidate for candidate in candidates if not is_taken(candidate)), node_count))


def newest_replicas(
    group_id: ReplicationGroupId, nodes: tuple[Node, ...], node_count: int, *, keep: frozenset[NodeId]
) -> tuple[NodeId, ...]:
    """The nodes that leave when nobody is named: those of the highest numbers, never one of `keep`.

    A node with another spelling was a cache cluster before it had a group: it is older than all numbers.
    """
    candidates = [node.id for node in nodes if not node.is_leaving and node.id not in keep]
    candidates.sort(key=lambda candidate: _number(group_id, candidate), reverse=True)
    return tuple(candidates[:node_count])


def with_new_nodes(group: ReplicationGroup, nodes: tuple[Node, ...]) -> ReplicationGroup:
    (node_group,) = group.node_groups
    return replace(group, node_groups=(replace(node_group, nodes=node_group.nodes + nodes),))


def with_leaving_nodes(group: ReplicationGroup, leaving: frozenset[NodeId]) -> ReplicationGroup:
    """The nodes stay in the document until they are gone from the host. One that leaves takes no more snapshots."""
    (node_group,) = group.node_groups
    nodes = tuple(replace(node, is_leaving=True) if node.id in leaving else node for node in node_group.nodes)
    is_snapshotting_leaving = group.upkeep.snapshotting_node_id in leaving
    return replace(
        group,
        node_groups=(replace(node_group, nodes=nodes),),
        upkeep=replace(group.upkeep, snapshotting_node_id=None) if is_snapshotting_leaving else group.upkeep,
    )


def _number(group_id: ReplicationGroupId, candidate: NodeId) -> int:
    suffix = candidate.removeprefix(f"{group_id}-")
    is_ours = suffix != candidate and suffix.isdecimal()
    return int(suffix) if is_ours else 0
