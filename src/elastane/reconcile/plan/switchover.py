"""The primary hands its role over when another node is meant to have it, and loses no write by it.

primary     target of the role       what follows
─────────   ──────────────────────   ────────────────────────────────────────────────────
stays       itself                   nothing
leaves      itself                   the best replica in sync is written down as target
any         a replica in sync        lossless switchover, and the primary's endpoint goes along
any         a replica not in sync    wait for the sync
any         a replica that talks     nothing yet: the primary could not follow it, and its clients would wait in vain.
            another way, TLS or not  `encryption` comes soon
any         a replica of a cluster   they are introduced first: a primary that never hears who took its slots keeps
            that it never met        them, and both take writes
any         dead, or gone            the primary keeps the role, and that is written down
"""

from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import ClusterMode, NodeGroup
from elastane.reconcile.peers import talk_alike
from elastane.reconcile.plan import promotion, shards
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import AskAcknowledgement, BindAddresses, CancelMoves, MeetMembers, Step, SwitchOver


def rule(situation: Situation) -> Verdict:
    return first_unsatisfied(_judge(situation, node_group) for node_group in situation.group.node_groups)


def _judge(situation: Situation, node_group: NodeGroup) -> Verdict:
    primary = situation.find_primary(node_group)
    if primary is None:
        return SATISFIED  # topology has said why
    is_target = primary.id == node_group.target_primary
    return (_leave if is_target else _hand_over)(situation, node_group, primary)


def _leave(situation: Situation, node_group: NodeGroup, primary: SeenNode) -> Verdict:
    if not primary.node.is_leaving:
        return SATISFIED
    heirs = situation.heirs(node_group)
    if not heirs:
        return Wait(reason=f"the primary {primary.id} is to leave, and no replica is in sync to take over")
    heir = promotion.best(heirs, node_group.target_primary)
    return _record(node_group, heir, f"the primary {primary.id} is to leave: {heir.id} takes over")


def _hand_over(situation: Situation, node_group: NodeGroup, primary: SeenNode) -> Verdict:
    target = next((seen for seen in situation.of(node_group) if seen.id == node_group.target_primary), None)
    if target is None or target.is_certainly_dead:
        why = f"{node_group.target_primary} was to be primary and is gone: {primary.id} stays it"
        return _record(node_group, primary, why)
    if target.answer is not None and (target.view is None) != (primary.view is None):
        return SATISFIED  # no order hands the role from an engine in cluster mode to one without: `conversion` does it
    if target.view is None and not talk_alike(primary, target):
        return SATISFIED
    if shards.are_slots_moving(situation, node_group):
        return _end_moves(situation, node_group, f"{target.id} takes over from {primary.id}: slots stay where they are")
    if shards.has_open_slots(situation, node_group):
        return Wait(reason=f"{target.id} takes over from {primary.id} when no slot of it stands open amid a move")
    if target.is_replica and target.health is NodeHealth.READY:  # a late answer leaves its health as it was
        if primary.view is not None and not shards.takes_for_replica(primary, situation.member_id(target)):
            return Act(
                steps=(MeetMembers(node_id=target.id, other_ids=(primary.id,)),),
                why=f"{primary.id} must hear of {target.id}, its replica, before that takes over",
            )
        moving = _moving_endpoints(situation, primary)
        order = _order(primary, target, moving)
        is_ordered = node_group.ordered_primary == target.id
        # Its primary may withhold the last of its stream until then, and writers would wait for up to a second.
        prepare: tuple[Step, ...] = () if target.view is None else (AskAcknowledgement(node_id=target.id),)
        take = (_with_addresses(target, moving),) if moving else ()
        steps: tuple[Step, ...] = (*prepare, order, *take)
        return Act(
            steps=steps if is_ordered else (promotion.record(node_group, target), *steps),
            why=f"{target.id} is in sync and takes over from {primary.id}",
        )
    return Wait(reason=f"{target.id} must be in sync before it takes over from {primary.id}")


def _moving_endpoints(situation: Situation, primary: SeenNode) -> tuple[str, ...]:
    """Those that go along with the role: nobody shall reach the old primary by them once it is a replica."""
    network, mode = situation.group.network, situation.group.cluster_mode
    configuration = network.configuration_endpoint_address if mode is ClusterMode.COMPATIBLE else None
    bound = () if primary.answer is None else primary.answer.bound_addresses
    return tuple(one for one in (network.primary_endpoint_address, configuration) if one is not None and one in bound)


def _order(primary: SeenNode, target: SeenNode, moving: tuple[str, ...]) -> SwitchOver:
    assert primary.answer is not None, "who is primary has answered"
    kept = tuple(one for one in primary.answer.bound_addresses if one not in moving) if moving else ()
    return SwitchOver(old_primary_id=primary.id, new_primary_id=target.id, kept_addresses=kept)


def _with_addresses(target: SeenNode, moving: tuple[str, ...]) -> BindAddresses:
    bound = (target.node.address,) if target.answer is None else target.answer.bound_addresses
    return BindAddresses(node_id=target.id, addresses=(*bound, *moving))


def _end_moves(situation: Situation, node_group: NodeGroup, why: str) -> Verdict:
    takers = shards.takers(situation, node_group)
    if not takers:
        return Wait(reason=f"{why} once a move that is about to end has ended")
    return Act(steps=tuple(CancelMoves(node_id=seen.id) for seen in takers), why=f"{why} meanwhile")


def _record(node_group: NodeGroup, chosen: SeenNode, why: str) -> Act:
    return Act(steps=(promotion.record(node_group, chosen),), why=why)
