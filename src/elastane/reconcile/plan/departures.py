"""Nodes that were asked to leave: stopped, cleaned up, forgotten, one kind of step a pass.

After topology and endpoints on purpose: a node that still is primary, or still answers at the
reader endpoint, has handed that over before it is stopped.
"""

from elastane.model.observations import Absent
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import Situation, names
from elastane.reconcile.steps import ForgetNode, RemoveDirectories, StopNodes


def rule(situation: Situation) -> Verdict:
    leaving = situation.leaving
    if not leaving:
        return SATISFIED
    why = f"{names(leaving)} {'leaves' if len(leaving) == 1 else 'leave'} the group"
    running = tuple(seen.id for seen in leaving if seen.is_running)
    if running:
        return Act(steps=(StopNodes(node_ids=running),), why=why)
    left_behind = tuple(seen.id for seen in leaving if not isinstance(seen.process, Absent))
    if left_behind:
        return Act(steps=(RemoveDirectories(node_ids=left_behind),), why=why)
    return Act(steps=tuple(ForgetNode(node_id=seen.id) for seen in leaving), why=why)
