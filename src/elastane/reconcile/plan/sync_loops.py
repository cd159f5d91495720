"""A replica whose first sync begins again and again is taken from its primary for a while.

It happens when more is written during a copy than the primary may keep for the replica: the primary drops it, it
comes back, and the primary forks again, for ever. The limit follows from the node's memory, as on AWS; raising it
would take memory from customers' data. So after `COUNT_MAX` copies in a row that came to nothing it is let go, a
person is told, and it is tried again `WINDOW_SECONDS` after the last of them began, as often as before. The copy
that is under way may end: only one that has come to nothing counts.
"""

from elastane.model.replication_groups import NodeGroup
from elastane.model.rests import is_within
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import Detach, FenceNodes, Step

COUNT_MAX = 3
WINDOW_SECONDS = 600.0


def rule(situation: Situation) -> Verdict:
    return first_unsatisfied(_judge(situation, node_group) for node_group in situation.group.node_groups)


def _judge(situation: Situation, node_group: NodeGroup) -> Verdict:
    primary = situation.find_primary(node_group)
    if primary is None:
        return SATISFIED
    looping = [
        seen
        for seen in situation.of(node_group)
        if seen.answer is not None
        and seen.answer.primary_address == primary.node.address
        and not seen.answer.is_link_up
        and not seen.answer.is_syncing
        and is_looping(seen, situation)
    ]
    if not looping:
        return SATISFIED
    let_go: tuple[Step, ...] = (
        (FenceNodes(node_ids=tuple(seen.id for seen in looping)),)  # a cluster knows no replica without a primary
        if situation.group.is_cluster
        else tuple(Detach(node_id=seen.id) for seen in looping)
    )
    return Act(
        steps=let_go,
        why=f"{names(looping)} began a full sync with {primary.id} {COUNT_MAX} times and never ended one: more is "
        "written meanwhile than may be kept for it; it is tried again in ten minutes. A larger node type helps",
        is_told=True,
    )


def is_looping(seen: SeenNode, situation: Situation) -> bool:
    """Whether it has just tried in vain too often. One that is to be replaced may be unable to."""
    if seen.before is None or situation.is_outdated(seen):
        return False
    began = seen.before.full_sync_started_at[-COUNT_MAX:]
    if len(began) < COUNT_MAX or not is_within(situation.now, began[-1], WINDOW_SECONDS):
        return False
    return is_within(began[-1], began[0], WINDOW_SECONDS)
