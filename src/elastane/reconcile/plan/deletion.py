"""A group whose deletion was asked for: stop everything, clean up, forget. No other rule speaks any more."""

from elastane.model.observations import Absent
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import Situation, names
from elastane.reconcile.steps import ForgetGroup, RemoveDirectories, StopNodes


def rule(situation: Situation) -> Verdict:
    if situation.group.deletion is None:
        return SATISFIED
    running = [seen for seen in situation.nodes if seen.is_running]
    if running:
        return Act(
            steps=(StopNodes(node_ids=tuple(seen.id for seen in running)),),
            why=f"{situation.group.id} is being deleted: {names(running)} must stop first",
        )
    left_behind = [seen for seen in situation.nodes if not isinstance(seen.process, Absent)]
    if left_behind:
        return Act(
            steps=(RemoveDirectories(node_ids=tuple(seen.id for seen in left_behind)),),
            why=f"{situation.group.id} is being deleted: nothing of {names(left_behind)} may stay behind",
        )
    return Act(steps=(ForgetGroup(),), why=f"all of {situation.group.id} is gone")
