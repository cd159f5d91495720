"""A group changes between the engines' Cluster and engines without it: an engine is one or the other for its life.

    nodes that run the other way     what follows
    ──────────────────────────────   ──────────────────────────────────────────────────────────────────────────
    some replica                     one at a time, when all others are ready: it is stopped, `nodes` starts it the
                                     new way, and it follows the primary as before
    only the primary                 a replica that runs the new way and is in sync takes over. The primary takes
                                     no more writes, the replica gets the last of them, the primary is killed
    the primary, and nobody to       it is waited for
    take over

Killed and not told: a primary of one kind cannot be made a replica of the other, and one that was only paused would
take writes again when a control plane dies here. Whoever dies in the middle leaves either the old primary as it was,
or a dead one whose replica has everything, which is any failover.

Keys outside of database 0 are in nobody's slots: with some, nothing is begun.
"""

from elastane.model.observed_replication_groups import NodeHealth
from elastane.reconcile.plan import promotion
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import BindAddresses, Drain, FenceNodes, Step, StopNodes


def rule(situation: Situation) -> Verdict:
    """Only ever of a group with one node group: the service sees to it."""
    others = [seen for seen in situation.staying if _runs_otherwise(seen, situation)]
    if not others or len(situation.group.node_groups) != 1:
        return SATISFIED
    primary = situation.find_primary(situation.group.node_groups[0])
    if primary is None or primary.answer is None:
        return SATISFIED  # topology has said why
    beyond = [number for number in primary.answer.used_databases if number != 0]
    if beyond and situation.group.is_cluster:
        return Wait(
            reason=f"keys outside database 0 cannot come along, and {primary.id} has some in database "
            f"{', '.join(map(str, beyond))}: remove them, or set the cluster mode back to disabled",
            is_told=True,
        )
    replicas = [seen for seen in others if seen is not primary]
    unready = [seen for seen in situation.staying if seen.health is not NodeHealth.READY]
    if unready:
        return Wait(reason=f"{names(others)} must be started anew for the cluster mode, when {names(unready)} is ready")
    if replicas:
        return Act(
            steps=(StopNodes(node_ids=(replicas[0].id,)),),
            why=f"{replicas[0].id} is started anew for the cluster mode {situation.group.cluster_mode}",
        )
    return _replace_primary(situation, primary)


def _runs_otherwise(seen: SeenNode, situation: Situation) -> bool:
    return seen.answer is not None and seen.answer.runs_in_cluster != situation.group.is_cluster


def _replace_primary(situation: Situation, primary: SeenNode) -> Verdict:
    (node_group,) = situation.group.node_groups
    heirs = situation.heirs(node_group)
    if not heirs:
        return Wait(reason=f"the primary {primary.id} must be started anew, and no replica is in sync to take over")
    heir = promotion.best(heirs, node_group.target_primary)
    assert primary.answer is not None and heir.answer is not None, "both have answered"
    addresses = dict.fromkeys((*heir.answer.bound_addresses, *primary.answer.bound_addresses))
    addresses.pop(primary.node.address)
    steps: tuple[Step, ...] = (
        promotion.record(node_group, heir),
        Drain(primary_id=primary.id, heir_id=heir.id),
        FenceNodes(node_ids=(primary.id,)),
        promotion.make_primary(situation, node_group, heir),
        BindAddresses(node_id=heir.id, addresses=tuple(addresses)),
    )
    return Act(
        steps=steps,
        why=f"{heir.id} takes over from {primary.id}, which is started anew for the cluster mode "
        f"{situation.group.cluster_mode}",
    )
