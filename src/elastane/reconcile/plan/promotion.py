"""Who becomes primary. In this order:

1. a node with data before an empty one, when any of them is known to have held some
2. the highest replication offset, then the most keys: the node with the most data,
   never the first to answer
3. a node that stays before one that leaves; one that leaves hands the role on later
4. the one the customer or an earlier order named
5. the first by name

Ranking is plain code and not a table: each line above is one element of the key below.
"""

from collections.abc import Sequence

from elastane.model.ids import NodeId
from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import RecordPrimary


def best(candidates: Sequence[SeenNode], target: NodeId) -> SeenNode:
    """The node to promote. All candidates have answered in this pass, and there is at least one."""
    has_history = any(seen.before is not None and seen.before.has_held_data for seen in candidates)

    def rank(seen: SeenNode) -> tuple[bool, int, int, bool, bool, str]:
        assert seen.answer is not None, "only a node that answered may be promoted"
        return (
            has_history and seen.answer.key_count == 0,
            -seen.answer.offset_bytes,
            -seen.answer.key_count,
            seen.node.is_leaving,
            seen.id != target,
            seen.id,
        )

    return min(candidates, key=rank)


def record(node_group: NodeGroup, chosen: SeenNode) -> RecordPrimary:
    """The step that makes the chosen one the target, under the next epoch. Before anybody is promoted."""
    return RecordPrimary(node_group_id=node_group.id, node_id=chosen.id, epoch=node_group.epoch + 1)
