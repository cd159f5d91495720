"""Reboots that were asked for: one node at a time, and never the last copy of the data while another can be made.

    node         others                     what follows
    ──────────   ────────────────────────   ────────────────────────────────────────────────
    replica      a primary that answers     it is stopped; `nodes` starts it again
    primary      a replica in sync          that one is written down as target, and takes over
    primary      replicas, none in sync     wait for one
    primary      none                       it is stopped: its data goes, as on AWS

After topology and switchover on purpose: while nobody is primary, a replica that rebooted would take
the only copy with it.
"""

from elastane.model.observations import Running
from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan import promotion
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import StopNodes


def rule(situation: Situation) -> Verdict:
    for node_group in situation.group.node_groups:
        for seen in situation.of(node_group):
            if _is_due(seen):
                return _reboot(situation, node_group, seen)
    return SATISFIED


def _is_due(seen: SeenNode) -> bool:
    wanted = seen.node.reboot_requested_at
    if wanted is None or seen.node.is_leaving or not isinstance(seen.process, Running):
        return False
    return seen.process.started_at <= wanted


def _reboot(situation: Situation, node_group: NodeGroup, seen: SeenNode) -> Verdict:
    others = [other for other in situation.of(node_group) if other is not seen and not other.node.is_leaving]
    primary = situation.find_primary(node_group)
    if primary is None:
        return Wait(reason=f"a reboot of {seen.id} was asked for, and waits until there is a primary")
    if primary is not seen or not others:
        return Act(steps=(StopNodes(node_ids=(seen.id,)),), why=f"a reboot of {seen.id} was asked for")
    heirs = situation.heirs(node_group)
    if not heirs:
        return Wait(reason=f"a reboot of the primary {seen.id} was asked for, and waits for a replica in sync")
    heir = promotion.best(heirs, node_group.target_primary)
    return Act(
        steps=(promotion.record(node_group, heir),),
        why=f"a reboot of the primary {seen.id} was asked for: {heir.id} takes over before it",
    )
