"""Who becomes primary. In this order:

1. a node with data before an empty one, when any of them is known to have held some
2. the newest branch of the group's history, as far as it is recorded (`heirs.branch`)
3. the highest replication offset, then the most keys: the node with the most data,
   never the first to answer
4. the lowest replica-priority, as the engine says it; 0, which means never, comes last
5. a node that stays before one that leaves; one that leaves hands the role on later
6. the one the customer or an earlier order named
7. a node of another zone than the one that has just lost its primary
8. the first by name

Ranking is plain code and not a table: each line above is one element of the key below.
"""

from collections.abc import Sequence
from datetime import datetime

from elastane.model.ids import NodeId, Zone
from elastane.model.observed_replication_groups import Lineage
from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan import heirs, shards
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import Promote, RecordPrimary, TakeSlots


def best(
    candidates: Sequence[SeenNode],
    target: NodeId,
    *,
    lineage: Lineage | None = None,
    ordered_primary: NodeId | None = None,
    lost_zone: Zone | None = None,
) -> SeenNode:
    """The node to promote. All candidates have answered in this pass, and there is at least one."""
    has_history = any(seen.before is not None and seen.before.has_held_data for seen in candidates)

    def rank(seen: SeenNode) -> tuple[bool, int, int, int, bool, int, bool, bool, bool, str]:
        assert seen.answer is not None, "only a node that answered may be promoted"
        return (
            has_history and seen.answer.key_count == 0,
            -heirs.branch(seen, lineage, ordered_primary),
            -seen.answer.offset_bytes,
            -seen.answer.key_count,
            seen.answer.priority == 0,
            seen.answer.priority,
            seen.node.is_leaving,
            seen.id != target,
            seen.node.zone == lost_zone,
            seen.id,
        )

    return min(candidates, key=rank)


def make_primary(situation: Situation, node_group: NodeGroup, chosen: SeenNode) -> Promote | TakeSlots:
    """The step that makes it primary, by how its engine runs: while a group changes its cluster mode both kinds do."""
    if chosen.view is None:
        return Promote(node_id=chosen.id)
    return TakeSlots(node_id=chosen.id, slots=shards.claim(situation, node_group), by_vote=False)


def record(node_group: NodeGroup, chosen: SeenNode, *, failed_over_at: datetime | None = None) -> RecordPrimary:
    """The step that makes the chosen one the target, under the next epoch. Before anybody is promoted.

    `failed_over_at`: the moment, when nobody asked for it.
    """
    return RecordPrimary(
        node_group_id=node_group.id, node_id=chosen.id, epoch=node_group.epoch + 1, failed_over_at=failed_over_at
    )
