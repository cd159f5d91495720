"""A replication group as it looks to whoever shows it: desired, as the last pass saw it, and its processes if known.

The command line and the API fill it, each from where it may look; what is said of it is in `explanations`.
"""

import difflib
from collections.abc import Iterable

import msgspec

from elastane.model.ids import NodeId
from elastane.model.observed_replication_groups import ObservedNode, ObservedReplicationGroup
from elastane.model.replication_groups import Node, ReplicationGroup

NEAR_ID_COUNT_MAX = 5


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
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for node in self.group.desired.nodes if self.node_id in (None, node.id))


def near_ids(groups: Iterable[ReplicationGroup], asked: str) -> str:
    """What there is, in a sentence, for who asked about what there is not."""
    ids = sorted({name for group in groups for name in (group.id, *(node.id for node in group.nodes))})
    near = difflib.get_close_matches(asked, ids, n=NEAR_ID_COUNT_MAX) or ids[:NEAR_ID_COUNT_MAX]
    return f"What there is: {', '.join(near)}." if near else "There is none at all yet."
