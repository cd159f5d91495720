"""A node group has exactly one primary. Roles come from what the engines themselves report.

    primaries seen   target           what follows
    ──────────────   ──────────────   ──────────────────────────────────────────────────────────
    none             any              hear from every node, then promote the one with most data
    one              any              nothing here: `following` and `switchover` go on
    several          among them       the others become its replicas, their clients are cut
    several          not among them   the one with most data is written down first

The first column is observed, the second desired. No role is ever read from a name.
"""

from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan import promotion
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import CutClients, Follow, Promote, Step


def rule(situation: Situation) -> Verdict:
    return first_unsatisfied(_judge(situation, node_group) for node_group in situation.group.node_groups)


def _judge(situation: Situation, node_group: NodeGroup) -> Verdict:
    nodes = situation.of(node_group)
    primaries = [seen for seen in nodes if seen.is_primary]
    if not primaries:
        return _choose(node_group, nodes)
    if len(primaries) > 1:
        return _settle(node_group, primaries)
    return SATISFIED


def _choose(node_group: NodeGroup, nodes: tuple[SeenNode, ...]) -> Verdict:
    """No primary anywhere: everyone must be heard, for the first to answer may be the emptiest."""
    silent = [seen for seen in nodes if seen.is_running and (seen.answer is None or seen.answer.is_loading)]
    if silent:
        return Wait(reason=f"{names(silent)} must be heard before a primary is chosen")
    candidates = [seen for seen in nodes if seen.answer is not None]
    if not candidates:
        return Wait(reason="no node of the group runs, so none can be primary")
    chosen = promotion.best(candidates, node_group.target_primary)
    is_first = node_group.epoch == 0
    return Act(
        steps=(
            promotion.record(node_group, chosen),
            Promote(node_id=chosen.id),
        ),
        why=f"{chosen.id} becomes the first primary" if is_first else _why_chosen(chosen, candidates),
    )


def _why_chosen(chosen: SeenNode, candidates: list[SeenNode]) -> str:
    if chosen.has_lost_its_data:
        return f"there is no primary, and every node has lost its data: {chosen.id} starts again empty"
    if len(candidates) == 1:
        return f"there is no primary, and {chosen.id} is the only node left"
    return f"there is no primary, and of {names(candidates)} {chosen.id} has the most data"


def _settle(node_group: NodeGroup, primaries: list[SeenNode]) -> Verdict:
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
        steps += [Follow(node_id=seen.id, primary_id=target.id), CutClients(node_id=seen.id)]
    return Act(
        steps=tuple(steps),
        why=f"{names(impostors)} must not be primary beside {target.id}, which holds epoch {node_group.epoch}",
    )
