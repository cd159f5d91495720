"""What waits for the maintenance window is begun in it: what was asked for without ApplyImmediately.

The last rule of all: a cluster that is not whole is not changed by itself. Between windows nothing is said here; that
something waits is shown to customers as PendingModifiedValues. Nodes that are to be added were placed when they were
asked for, and those that are to leave may be gone by now, which is as well.
"""

from elastane.model import windows
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.steps import ApplyPending
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict


def rule(situation: Situation) -> Verdict:
    window = windows.parse_maintenance_window(situation.cluster.upkeep.maintenance_window)
    if situation.cluster.pending is None or not window.contains(situation.now):
        return SATISFIED
    return Act(steps=(ApplyPending(),), why="the maintenance window is open: what waited for it begins")
