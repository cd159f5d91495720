"""A replication group as it looks to whoever shows it: desired, as the last pass saw it, and its processes if known.

The command line and the API fill it, each from where it may look; what is said of it is in `explanations`.
"""

import msgspec

from elastane.model.ids import NodeId
from elastane.model.observed_replication_groups import ObservedNode, ObservedReplicationGroup
from elastane.model.replication_groups import Node, ReplicationGroup


class SeenProcess(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel says now of the process that a node's identity file names."""

    pid: int | None
    """None when none runs."""
    sentence: str


class SeenGroup(msgspec.Struct, frozen=True, kw_only=True):
    desired: ReplicationGroup
    observed: ObservedReplicationGroup
    processes: dict[NodeId, SeenProcess] = {}
    """Empty for who cannot look at the machine."""
    is_acl_changing: bool = False
    """As `statuses` has it. Who does not look it up is told no status that follows from it."""

    def last_seen(self, node: Node) -> ObservedNode | None:
        return self.observed.find_node(node.id)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked about: a cache, or one node of it."""

    group: SeenGroup
    node_id: NodeId | None
    """None for the whole."""

    @property
    def desired(self) -> ReplicationGroup:
        return self.group.desired

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for node in self.group.desired.nodes if self.node_id in (None, node.id))
