"""A node group has exactly one primary. Roles come from what the engines themselves report.

    primaries seen   target           what follows
    ──────────────   ──────────────   ──────────────────────────────────────────────────────────
    none             any              hear from every node, then promote the one with most data
    one              any              nothing here: `following` and `switchover` go on
    several          among them       the others become its replicas, their clients are cut, and
                                      what they alone have is kept aside
    several          not among them   the one with most data is written down first

The first column is observed, the second desired. No role is ever read from a name.
"""

from elastane.model.ids import NodeId
from elastane.model.replication_groups import NodeGroup
from elastane.model.slots import Slots, count
from elastane.reconcile.plan import heirs, promotion, reboots, shards, slot_takers
from elastane.reconcile.plan.conditions import Condition, condition
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait, first_unsatisfied
from elastane.reconcile.silence import seconds
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import (
    BindAddresses,
    CutClients,
    FenceNodes,
    Follow,
    SetAside,
    Step,
    TakeSlots,
)


def rule(situation: Situation) -> Verdict:
    return first_unsatisfied(_judge(situation, node_group) for node_group in situation.group.node_groups)


def _judge(situation: Situation, node_group: NodeGroup) -> Verdict:
    if situation.is_emptied(node_group):
        return SATISFIED  # it is on its way out, and needs nobody
    nodes = situation.of(node_group)
    primaries = [seen for seen in nodes if seen.is_primary]
    if not primaries:
        return _choose(situation, node_group, nodes)
    if len(primaries) > 1:
        return (_settle_shard if situation.group.is_cluster else _settle)(situation, node_group, primaries)
    if situation.find_primary(node_group) is None:
        return Wait(
            reason=f"{primaries[0].id} calls itself primary unasked, and {node_group.ordered_primary}, which was "
            "ordered to be, does not answer",
            is_told=True,
        )
    unclaimed = shards.unclaimed(situation, node_group, primaries[0])
    return _claim(primaries[0], unclaimed) if unclaimed else SATISFIED


def _choose(situation: Situation, node_group: NodeGroup, nodes: tuple[SeenNode, ...]) -> Verdict:
    """No primary anywhere: everyone must be heard, for the first to answer may be the emptiest."""
    lost = _find_lost_primary(situation, node_group)
    if lost is not None:
        return Wait(
            reason=f"automatic failover is disabled: the lost primary {lost.id} must be rebuilt first; "
            "or promote a replica by hand (ModifyReplicationGroup with PrimaryClusterId)"
        )
    silent = [seen for seen in nodes if seen.is_running and (seen.answer is None or seen.answer.is_loading)]
    if silent:
        return _wait_to_hear(situation, silent)
    candidates = [seen for seen in nodes if seen.answer is not None]
    if not candidates:
        return Wait(reason=f"no node of the group runs, so none can be primary{_zones_down(situation, nodes)}")
    if heirs.are_reading(candidates, situation):
        return Wait(reason=heirs.READING)
    if slot_takers.are_moves_ended_first(situation, node_group):
        return slot_takers.end_moves(situation, node_group)
    if takers := slot_takers.silent_takers(situation, node_group):
        return slot_takers.wait_for(situation, takers)
    lineage = situation.before.lineages.get(node_group.id)
    chosen = promotion.best(
        candidates,
        node_group.target_primary,
        lineage=lineage,
        ordered_primary=_find_unseen_primary(situation, node_group, candidates),
    )
    is_first = node_group.epoch == 0
    if shards.is_nowhere_lost(chosen):
        return Act(
            steps=(FenceNodes(node_ids=(chosen.id,)),),
            why=f"{chosen.id} has waited too long to become primary: it is started again, for it holds nothing",
        )
    if (outdated := _correct(situation, chosen)) is not None:
        return outdated
    return Act(
        steps=(promotion.record(node_group, chosen), promotion.make_primary(situation, node_group, chosen)),
        why=f"{chosen.id} becomes the first primary" if is_first else _why_chosen(chosen, candidates),
    )


def _correct(situation: Situation, chosen: SeenNode) -> Verdict | None:
    """What is to be done about slots that it would take as its lost primary's, and that are another's by now.

    The primary that is nowhere, of which a new process is told, had them when it was started: it is told anew. One with
    keys hears of it soon.
    """
    primary_id = None if chosen.view is None else chosen.view.own.primary_id
    if primary_id is None or not shards.ascribed_in_error(situation, chosen, primary_id):
        return None
    if chosen.answer is not None and chosen.answer.key_count == 0:
        return Act(
            steps=(FenceNodes(node_ids=(chosen.id,)),),
            why=f"slots have moved since {chosen.id} was started to take them: it is started again without those",
        )
    reason = f"{chosen.id} has {slot_takers.UNHEARD_OF}"
    if not slot_takers.is_news_awaited(situation, chosen, primary_id, reason):
        return None
    return Wait(reason=reason, is_told=situation.has_lasted(reason))


def _claim(primary: SeenNode, slots: Slots) -> Act:
    return Act(
        steps=(TakeSlots(node_id=primary.id, slots=slots, by_vote=False),),
        why=f"nobody owns {count(slots)} of the slots of {primary.id}",
    )


def _settle_shard(situation: Situation, node_group: NodeGroup, primaries: list[SeenNode]) -> Verdict:
    """In a cluster the engines settle among themselves whose claim to a slot is right, and who owns slots is primary.

    In a shard without slots, which is being made, it is who was written down.
    """
    primary = situation.find_primary(node_group)
    if primary is None and any(seen.slots for seen in primaries):
        reason = f"{names(primaries)} all say they own slots: the newest claim is about to reach them"
        return Wait(reason=reason, is_told=situation.has_lasted(reason))
    chosen = primary or next((seen for seen in primaries if seen.id == node_group.target_primary), None)
    if chosen is None:
        chosen = promotion.best(primaries, node_group.target_primary)
        return Act(
            steps=(promotion.record(node_group, chosen),),
            why=f"{names(primaries)} call themselves primary, and {chosen.id} stays it",
        )
    return _settle_others(chosen, [seen for seen in primaries if seen is not chosen])


def _settle_others(primary: SeenNode, others: list[SeenNode]) -> Act:
    """Without slots they serve nobody. One with keys cannot be made a replica: it boots anew, what it has is kept."""
    steps: list[Step] = []
    for seen in others:
        if seen.answer is not None and seen.answer.key_count == 0:
            steps.append(Follow(node_id=seen.id, primary_id=primary.id))
            continue
        is_empty = primary.answer is not None and primary.answer.key_count == 0
        if is_empty or _has_diverged(seen, primary):
            steps.append(SetAside(node_id=seen.id, diverged_bytes=_diverged_bytes(seen, primary)))
        steps.append(FenceNodes(node_ids=(seen.id,)))
    return Act(steps=tuple(steps), why=f"{names(others)} must not be primary beside {primary.id}")


def _find_unseen_primary(situation: Situation, node_group: NodeGroup, candidates: list[SeenNode]) -> NodeId | None:
    """Who was ordered to be primary, and may have been it although no pass has seen that.

    Once it was seen, the recorded history is its own, and an unknown one is an old copy on its disk. So it is when
    others have come further: offsets go on through every promotion.
    """
    ordered = node_group.ordered_primary
    if situation.before.primaries.get(node_group.id) == ordered:
        return None
    offsets = {seen.id: seen.answer.offset_bytes for seen in candidates if seen.answer is not None}
    return ordered if ordered is not None and offsets.get(ordered, 0) >= max(offsets.values()) else None


def _zones_down(situation: Situation, nodes: tuple[SeenNode, ...]) -> str:
    """The end of a sentence, where lost zones are the reason."""
    lost = sorted({seen.node.zone for seen in nodes} & situation.lost_zones)
    return f" (down: {', '.join(lost)})" if lost else ""


def _wait_to_hear(situation: Situation, silent: list[SeenNode]) -> Verdict:
    """Whoever is silent may have the most data, and is left alone: unless the customer lets go of what it has."""
    let_go = [seen for seen in silent if reboots.is_reboot_due(seen)]
    if let_go:
        return Act(
            steps=(FenceNodes(node_ids=tuple(seen.id for seen in let_go)),),
            why=f"a reboot of {names(let_go)} was asked for, and there is no primary to wait for",
        )
    lasting = [seen for seen in silent if _is_silent_for_long(seen, situation)]
    if lasting:
        does, it = ("does", "it") if len(lasting) == 1 else ("do", "them")
        return Wait(
            reason=f"there is no primary, and {names(lasting)} may have the most data and {does} not answer: "
            f"left alone; reboot {it} to go on without",
            is_told=True,
        )
    return Wait(reason=f"{names(silent)} must be heard before a primary is chosen")


def _is_silent_for_long(seen: SeenNode, situation: Situation) -> bool:
    """Nothing but a person may end it: it hangs, or is as busy as nobody is for good."""
    if condition(seen, situation) is Condition.HANGS:
        return True
    limit_seconds = situation.settings.busy_seconds
    return seen.silence is not None and seen.has_fallen_silent and seconds(seen.silence, situation.now) >= limit_seconds


def _find_lost_primary(situation: Situation, node_group: NodeGroup) -> SeenNode | None:
    """The primary that is to be rebuilt before anything else: automatic failover is off, and nobody said otherwise."""
    last = situation.before.primaries.get(node_group.id)
    if situation.is_failover_automatic or node_group.target_primary != last:
        return None
    dead = (seen for seen in situation.of(node_group) if not seen.is_running and not seen.node.is_leaving)
    return next((seen for seen in dead if seen.id == last), None)


def _why_chosen(chosen: SeenNode, candidates: list[SeenNode]) -> str:
    if chosen.has_lost_its_data:
        return f"there is no primary, and every node has lost its data: {chosen.id} starts again empty"
    if len(candidates) == 1:
        return f"there is no primary, and {chosen.id} is the only node left"
    return f"there is no primary, and of {names(candidates)} {chosen.id} has the most data"


def _settle(situation: Situation, node_group: NodeGroup, primaries: list[SeenNode]) -> Verdict:
    """Two nodes call themselves primary: the one that was written down is right."""
    target = next((seen for seen in primaries if seen.id == node_group.target_primary), None)
    if target is None:
        chosen = promotion.best(primaries, node_group.target_primary)
        return Act(
            steps=(promotion.record(node_group, chosen),),
            why=f"{names(primaries)} both call themselves primary, and {chosen.id} has the most data",
        )
    steps: list[Step] = []
    impostors = [seen for seen in primaries if seen is not target]
    for seen in impostors:
        if _has_diverged(seen, target):
            steps += [BindAddresses(node_id=seen.id, addresses=(seen.node.address,), cuts_clients=True)]
            steps += [SetAside(node_id=seen.id, diverged_bytes=_diverged_bytes(seen, target))]
        steps += [Follow(node_id=seen.id, primary_id=target.id), CutClients(node_id=seen.id)]
    return Act(
        steps=tuple(steps),
        why=f"{names(impostors)} must not be primary beside {target.id}, which holds epoch {node_group.epoch}",
    )


def _diverged_bytes(impostor: SeenNode, target: SeenNode) -> int:
    """How much of its stream the rightful primary does not have; all of it when they share no history."""
    own, theirs = impostor.answer, target.answer
    assert own is not None and theirs is not None, "primaries have answered"
    if own.replication_id == theirs.previous_replication_id:  # it went on after the other had taken over
        return max(0, own.offset_bytes - theirs.previous_offset_bytes)
    if own.previous_replication_id == theirs.replication_id:
        return max(0, own.offset_bytes - own.previous_offset_bytes)
    if own.previous_replication_id == theirs.previous_replication_id != "":  # the shorter part of it is shared
        return max(0, own.offset_bytes - min(own.previous_offset_bytes, theirs.previous_offset_bytes))
    return own.offset_bytes


def _has_diverged(impostor: SeenNode, target: SeenNode) -> bool:
    """Whether it may hold a write that would be lost with its demotion. Keys may come from a dump."""
    own, theirs = impostor.answer, target.answer
    assert own is not None and theirs is not None, "primaries have answered"
    if own.key_count == 0:
        return False
    histories = {theirs.replication_id, theirs.previous_replication_id} - {""}
    is_related = bool({own.replication_id, own.previous_replication_id} & histories)
    return not is_related or _diverged_bytes(impostor, target) > 0
