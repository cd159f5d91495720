"""What a node is called inside the engines' cluster. Follows from the node, so that nobody has to keep it. Pure."""

import hashlib
from datetime import datetime
from functools import lru_cache

from elastane.model.ids import MemberId, NodeId, Region
from elastane.model.replication_groups import Node


def member_id(region: Region, node: Node) -> MemberId:
    """The name every process of this node has, for life. Another node of the same id, made later, has another one."""
    return _digest("member", region, node.id, node.created_at)


def nowhere_id(region: Region, node: Node) -> MemberId:
    """The name of the primary that there is not, and that the node boots as a replica of."""
    return _digest("nowhere", region, node.id, node.created_at)


@lru_cache(maxsize=4096)  # asked for every pair of a cluster's nodes
def _digest(kind: str, region: Region, node_id: NodeId, created_at: datetime) -> MemberId:
    text = "/".join((kind, region, node_id, created_at.isoformat()))
    return MemberId(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
