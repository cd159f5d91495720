"""Nodes that were asked to leave: unpublished, told, stopped, cleaned up, forgotten, one kind of step a pass.

Nothing of one goes before the configuration endpoint is *seen* to tell a list without it. Neither does its place in the
document: its address would be free for another cache, to which clients of an older list would bring their keys.
"""

from elastane.model.observations import Absent
from elastane.reconcile.memcached.situation import Situation, names
from elastane.reconcile.memcached.steps import ForgetNode, RemoveDirectories, StopNodes
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict, Wait


def rule(situation: Situation) -> Verdict:
    leaving = situation.leaving
    if not leaving:
        return SATISFIED
    why = f"{names(leaving)} {'leaves' if len(leaving) == 1 else 'leave'} the cluster"
    published = situation.cluster.publication
    if not situation.is_told or any(seen.id in published.node_ids for seen in leaving):
        return Wait(reason=f"{why} once the configuration endpoint tells a list without")
    running = tuple(seen.id for seen in leaving if seen.is_running)
    if running:
        return Act(steps=(StopNodes(node_ids=running),), why=why)
    left_behind = tuple(seen.id for seen in leaving if not isinstance(seen.process, Absent))
    if left_behind:
        return Act(steps=(RemoveDirectories(node_ids=left_behind),), why=why)
    return Act(steps=tuple(ForgetNode(node_id=seen.id) for seen in leaving), why=why)
