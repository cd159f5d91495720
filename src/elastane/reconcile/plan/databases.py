"""No replica has fewer databases than its primary: `databases` changes by reboots, one node after the other.

    primary has      replica has     what follows
    ──────────────   ────────────    ──────────────────────────────────────────────────────────────────
    16               16, or more     nothing: it could take over
    32, rebooted     16              the replica is restarted, for it would write what comes for a database that it
                                     does not have into the one before

A node is never started with fewer than its primary has (`orders`): it could not load a copy. So after a change to more
this rule ends the moment in which the first rebooted node is primary of others; fewer take effect once a node starts
that has no primary. One replica at a time, and only while all others are in sync.

In cluster mode `databases` means nothing, and every node can be a primary of any.
"""

from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan.parameters import databases
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import StopNodes


def rule(situation: Situation) -> Verdict:
    if situation.group.is_cluster:
        return SATISFIED
    short = [seen for node_group in situation.group.node_groups for seen in _short(situation, node_group)]
    if not short or any(seen.health is not NodeHealth.READY for seen in situation.staying):
        return SATISFIED
    return Act(
        steps=(StopNodes(node_ids=(short[0].id,)),),
        why=f"{short[0].id} has fewer databases than its primary, and is restarted with as many",
    )


def _short(situation: Situation, node_group: NodeGroup) -> list[SeenNode]:
    primary = situation.find_primary(node_group)
    if primary is None or primary.answer is None:
        return []
    needed = databases(primary.answer)
    return [
        seen
        for seen in situation.of(node_group)
        if seen.is_replica and seen.answer is not None and databases(seen.answer) < needed
    ]
