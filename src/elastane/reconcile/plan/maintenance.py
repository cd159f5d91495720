"""What waits for the maintenance window is begun in it: what was asked for without ApplyImmediately.

The last rule of all: a group that is not whole is not changed by itself. Between windows nothing is said here; that
something waits is shown to customers as PendingModifiedValues.
"""

from elastane.model import windows
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import ApplyPending, DropPending

MAINTENANCE = "maintenance"
"""This rule's name."""


def rule(situation: Situation) -> Verdict:
    pending = situation.group.pending
    window = windows.parse_maintenance_window(situation.group.upkeep.maintenance_window)
    if pending is None or not window.contains(situation.now):
        return SATISFIED
    why_not = _why_not(situation)
    if why_not is not None:
        return Act(steps=(DropPending(reason=why_not),), why=f"the change that waited cannot be made: {why_not}")
    return Act(steps=(ApplyPending(),), why="the maintenance window is open: what waited for it begins")


def _why_not(situation: Situation) -> str | None:
    """What was checked when it was asked for may have changed since."""
    pending = situation.group.pending
    assert pending is not None, "asked when something waits"
    memory_bytes = situation.pending_memory_bytes
    if memory_bytes is None or memory_bytes >= int(situation.target_parameters.get("maxmemory", 0)):
        return None
    for seen in situation.staying:
        used_bytes = 0 if seen.answer is None else seen.answer.used_memory_bytes
        if used_bytes > memory_bytes:
            return (
                f"{seen.id} uses {used_bytes} bytes, and a node of type {pending.node_type} has {memory_bytes} for data"
            )
    return None
