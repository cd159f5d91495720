"""Reboots and test failovers that were asked for: one node at a time, and never the last copy of the data while
another can be made.

    node         others                     what follows
    ──────────   ────────────────────────   ────────────────────────────────────────────────
    replica      a primary that answers     it is stopped; `nodes` starts it again
    primary      a replica in sync          that one is written down as target, and takes over
    primary      replicas, none in sync     wait for one
    primary      none                       it is stopped: its data goes, as on AWS

TestFailover asks for the same of the primary: another takes over, and the node is built anew. That no replica may
take over is refused by the service; here it is waited for.

After topology and switchover on purpose: while nobody is primary, a replica that rebooted would take
the only copy with it.
"""

from datetime import datetime

from elastane.model.observations import Process, Running
from elastane.model.observed_replication_groups import Restart
from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan import promotion
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import StopNodes


def rule(situation: Situation) -> Verdict:
    for node_group in situation.group.node_groups:
        for seen in situation.of(node_group):
            if is_due(seen):
                return _reboot(situation, node_group, seen)
    return SATISFIED


def is_due(seen: SeenNode) -> bool:
    """Whether the process that runs now was asked to end."""
    return not seen.node.is_leaving and (is_reboot_due(seen) or _is_test(seen))


def is_reboot_due(seen: SeenNode) -> bool:
    """A reboot was asked for, and with it that what the node alone holds may go. A test failover does not ask that."""
    return seen.before is not None and ends(seen.node.reboot_requested_at, seen.before.reboot, seen.process)


def ends(requested_at: datetime | None, ordered: Restart | None, process: Process) -> bool:
    """Whether this order is to end the process that runs now, of any kind of cache."""
    if requested_at is None or not isinstance(process, Running):
        return False
    is_new = ordered is None or ordered.requested_at != requested_at
    return is_new or (ordered is not None and ordered.of_started_at == process.started_at)


def _reboot(situation: Situation, node_group: NodeGroup, seen: SeenNode) -> Verdict:
    others = [other for other in situation.of(node_group) if other is not seen and not other.node.is_leaving]
    primary = situation.find_primary(node_group)
    what = "a test failover" if _is_test(seen) else "a reboot"
    if primary is None:
        return Wait(reason=f"{what} of {seen.id} was asked for, and waits until there is a primary")
    if primary is not seen or not others:
        return Act(steps=(StopNodes(node_ids=(seen.id,)),), why=f"{what} of {seen.id} was asked for")
    heirs = situation.heirs(node_group)
    if not heirs:
        return Wait(reason=f"{what} of the primary {seen.id} was asked for, and waits for a replica in sync")
    heir = promotion.best(heirs, node_group.target_primary)
    return Act(
        steps=(promotion.record(node_group, heir),),
        why=f"{what} of the primary {seen.id} was asked for: {heir.id} takes over before it",
    )


def _is_test(seen: SeenNode) -> bool:
    return seen.before is not None and ends(seen.node.rebuild_requested_at, seen.before.rebuild, seen.process)
