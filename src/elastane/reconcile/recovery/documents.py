"""What documents of both kinds of cache have in common for whoever rebuilds them: nodes, addresses, age. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from elastane.model.ids import NodeId, node_key
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import GroupKey, ReplicationGroup
from elastane.reconcile.recovery.remains import LONG_AGO, Document, Remains


class Member(NamedTuple):
    """A node, as every document has some."""

    id: str
    key: str
    """Of its directory."""
    address: str


Taken = dict[str, GroupKey]
"""Whose the keys and addresses are of what is rebuilt already."""


def members(document: Document) -> tuple[Member, ...]:
    if isinstance(document, MemcachedCluster):
        return tuple(Member(node.id, document.node_key(node), node.address) for node in document.nodes)
    return tuple(Member(node.id, node_key(document.region, node.id), node.address) for node in document.nodes)


def process_keys(document: Document) -> tuple[str, ...]:
    """Of all directories that are the cache's."""
    if isinstance(document, MemcachedCluster):
        return document.process_keys
    return tuple(member.key for member in members(document))


def own_claims(document: Document) -> tuple[str, ...]:
    """What it cannot do without: its endpoints' addresses, and a Memcached cluster its id."""
    ids = (node_key(document.region, NodeId(document.id)),) if isinstance(document, MemcachedCluster) else ()
    return (*document.network.endpoint_addresses, *ids)


def claims(document: Document) -> tuple[str, ...]:
    """All of its keys and addresses, which nobody else can have."""
    if isinstance(document, MemcachedCluster):
        addresses = document.addresses  # those of nodes that are to come among them
    else:
        addresses = tuple(member.address for member in members(document))
    return (*process_keys(document), *addresses, *own_claims(document))


def find_owner(member: Member, taken: Taken) -> GroupKey | None:
    return taken.get(member.key) or taken.get(member.address)


def without_taken(document: Document, taken: Taken) -> Document:
    """Without the nodes that are another's by now."""
    left = {member.id for member in members(document) if find_owner(member, taken) is None}
    if isinstance(document, MemcachedCluster):
        nodes = tuple(node for node in document.nodes if node.id in left)
        is_pending_possible = document.pending is None or not any(
            node.address in taken for node in document.pending.added
        )
        return replace(document, nodes=nodes, pending=document.pending if is_pending_possible else None)
    return _without_nodes(document, left)


def _without_nodes(document: ReplicationGroup, left: set[str]) -> ReplicationGroup:
    parts = []
    for part in document.node_groups:
        nodes = tuple(node for node in part.nodes if node.id in left)
        is_target_kept = any(node.id == part.target_primary for node in nodes)
        target = part.target_primary if is_target_kept or not nodes else nodes[0].id
        parts.append(replace(part, nodes=nodes, target_primary=target))
    return replace(document, node_groups=tuple(parts))


def without_gone(document: Document, by_key: Mapping[str, Remains]) -> Document:
    """Without the nodes that were on their way out and have left nothing."""
    if not isinstance(document, MemcachedCluster):
        return document
    left = (node for node in document.nodes if not node.is_leaving or document.node_key(node) in by_key)
    return replace(document, nodes=tuple(left))


def has_nodes(document: Document) -> bool:
    """Every part of it has some."""
    if isinstance(document, MemcachedCluster):
        return bool(document.nodes)
    return all(part.nodes for part in document.node_groups)


def age(remains: Remains) -> tuple[datetime, int, int, datetime]:
    """A cache that was deleted and made again under its name begins with generation 1 again, so its creation counts."""
    document = remains.document
    if isinstance(document, MemcachedCluster):
        own = document.publication.version
    else:
        own = max((part.epoch for part in document.node_groups), default=0)
    return document.created_at, document.generation, own, remains.written_at or LONG_AGO
