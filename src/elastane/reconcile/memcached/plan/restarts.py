"""Processes that were asked to end do, by a customer's reboot or as a batch of a rollout; `nodes` starts the next.

All that were asked at the same time end at the same time, as on AWS; in batches only what `rollout` orders so. Whose
life an order ends is settled by the first pass that sees it, and kept: lives are compared, not moments. A node that was
dead by then has nothing to end. Nobody is stopped who could not be started again.
"""

from elastane.model.memcached_clusters import RestartKind
from elastane.reconcile.memcached.plan import supply
from elastane.reconcile.memcached.situation import SeenNode, Situation, names
from elastane.reconcile.memcached.steps import StopNodes
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Satisfied, Verdict, Wait
from elastane.reconcile.plan.reboots import ends


def rule(situation: Situation) -> Verdict:
    due = [seen for seen in situation.staying if is_due(seen)]
    if not due:
        return SATISFIED
    supplied = supply.verdict(situation)
    if not isinstance(supplied, Satisfied):
        return supplied
    if situation.start_version is None:
        engine = supply.needed(situation).name
        return Wait(reason=f"{names(due)} must start anew, and {engine} is not on this machine", is_told=True)
    rebooted = [seen for seen in due if seen.node.restart and seen.node.restart.kind is RestartKind.REBOOT]
    what = f"a reboot of {names(rebooted)} was asked for" if rebooted else f"{names(due)} must start anew"
    return Act(steps=(StopNodes(node_ids=tuple(seen.id for seen in due)),), why=what)


def is_due(seen: SeenNode) -> bool:
    """Whether the process that runs now was asked to end."""
    order = seen.node.restart
    return order is not None and seen.before is not None and ends(order.requested_at, seen.before.restart, seen.process)
