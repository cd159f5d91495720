"""Growing and shrinking a group: which ids new nodes take, which nodes leave, and the group that results.

Pure. Asked by the actions that add and remove replicas and shards.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import count as count_from
from itertools import islice

from msgspec.structs import replace

from elastane.model.ids import NodeGroupId, NodeId, ReplicationGroupId, node_id, shard_node_id
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup

_NUMBER = re.compile(r"(?:-\d{4})?-(\d{3,})\Z")


def free_node_ids(
    group_id: ReplicationGroupId, node_count: int, *, is_taken: Callable[[NodeId], bool]
) -> tuple[NodeId, ...]:
    """The ids of the lowest numbers that nobody holds, a node on its way out included: ``<group>-002``, ``-004``."""
    return _first_free((node_id(group_id, number) for number in count_from(1)), node_count, is_taken)


def free_shard_node_ids(
    group_id: ReplicationGroupId,
    node_group_id: NodeGroupId,
    node_count: int,
    *,
    is_taken: Callable[[NodeId], bool],
) -> tuple[NodeId, ...]:
    """The same with cluster mode, where each shard counts by itself: ``<group>-0001-002``."""
    candidates = (shard_node_id(group_id, node_group_id, number) for number in count_from(1))
    return _first_free(candidates, node_count, is_taken)


def dispensable_replicas(
    group_id: ReplicationGroupId, nodes: Iterable[Node], node_count: int, *, keep: frozenset[NodeId]
) -> tuple[NodeId, ...]:
    """The nodes of a node group that leave when nobody is named, never one of `keep`; fewer when there are no more.

    One after the other, from the zone that has most of the nodes then left, so that those that stay are spread as
    wide as they can be; of equal ones the newest. A node with another spelling was a cache cluster before it had a
    group: it is older than all numbers.
    """
    staying = [node for node in nodes if not node.is_leaving]
    leaving: list[NodeId] = []
    while len(leaving) < node_count and (candidates := [node for node in staying if node.id not in keep]):
        crowds = Counter(node.zone for node in staying)
        first = max(candidates, key=lambda node: (crowds[node.zone], node.created_at, _number(group_id, node.id)))
        staying.remove(first)
        leaving.append(first.id)
    return tuple(leaving)


def staying_nodes(node_group: NodeGroup) -> tuple[Node, ...]:
    """Those that the customer has and goes on having."""
    return tuple(node for node in node_group.nodes if not node.is_leaving and not node.is_temporary)


def with_new_nodes(group: ReplicationGroup, additions: Mapping[NodeGroupId, tuple[Node, ...]]) -> ReplicationGroup:
    """Each node group with its new nodes, behind those present."""
    parts = (replace(part, nodes=part.nodes + additions.get(part.id, ())) for part in group.node_groups)
    return replace(group, node_groups=tuple(parts))


def with_leaving_nodes(group: ReplicationGroup, leaving: frozenset[NodeId]) -> ReplicationGroup:
    """The nodes stay in the document until they are gone from the host. One that leaves takes no more snapshots."""
    is_snapshotting_leaving = group.upkeep.snapshotting_node_id in leaving
    return replace(
        group,
        node_groups=tuple(_with_leaving(part, leaving) for part in group.node_groups),
        upkeep=replace(group.upkeep, snapshotting_node_id=None) if is_snapshotting_leaving else group.upkeep,
    )


def _first_free(
    candidates: Iterable[NodeId], node_count: int, is_taken: Callable[[NodeId], bool]
) -> tuple[NodeId, ...]:
    return tuple(islice((candidate for candidate in candidates if not is_taken(candidate)), node_count))


def _number(group_id: ReplicationGroupId, candidate: NodeId) -> int:
    match = _NUMBER.match(candidate.removeprefix(group_id))
    return int(match[1]) if match else 0


def _with_leaving(node_group: NodeGroup, leaving: frozenset[NodeId]) -> NodeGroup:
    nodes = (replace(node, is_leaving=True) if node.id in leaving else node for node in node_group.nodes)
    return replace(node_group, nodes=tuple(nodes))
