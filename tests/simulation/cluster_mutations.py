"""Worse rules for clusters, as in `mutations`: what goes wrong when a shard's slots are not looked after."""

from msgspec.structs import replace

from elastane.model.cluster_views import ClusterView
from elastane.model.slots import NO_SLOTS
from elastane.reconcile.plan import Act, Verdict
from elastane.reconcile.plan.failover_case import Case
from elastane.reconcile.plan.failover_verdicts import Choose
from elastane.reconcile.plan.promotion import record
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import (
    CarrySlots,
    CloseSlots,
    ForgetMembers,
    SideBySide,
    Step,
    StopNodes,
    SwitchOver,
    TakeSlots,
)
from tests.simulation.worse_rules import ROWS, RULE, Mutation, acting, seeing, with_failover, with_rule, without_rule


def _take_beside(case: Case, choose: Choose) -> Verdict:
    """The role of a primary that hangs is taken, and it is left alone."""
    heir, node_group = choose(case), case.node_group
    take = TakeSlots(node_id=heir.id, slots=node_group.slots, by_vote=False)
    steps: tuple[Step, ...] = (record(node_group, heir, failed_over_at=case.situation.now), take)
    return Act(steps=steps, why=f"{case.holder_id} hangs, and {heir.id} takes its slots")


def _with_views(situation: Situation, **changes: object) -> Situation:
    def changed(seen: SeenNode) -> SeenNode:
        if seen.answer is None or seen.view is None:
            return seen
        view: ClusterView = replace(seen.view, **changes)
        return replace(seen, engine=replace(seen.answer, cluster=view))

    return replace(situation, nodes=tuple(map(changed, situation.nodes)), around=tuple(map(changed, situation.around)))


def _as_if_closed(situation: Situation) -> Situation:
    return _with_views(situation, leaving_slots=(), arriving_slots=())


def _as_if_calm(situation: Situation) -> Situation:
    """Moves and open slots are not looked at, nor whether a more dangerous matter is at hand."""
    return replace(_with_views(situation, leaving_slots=(), arriving_slots=(), moves=()), occupied=frozenset())


def _with_all_it_shall_own(situation: Situation, step: Step) -> tuple[Step, ...]:
    """What a shard shall own is taken, whoever has it with its keys."""
    if not isinstance(step, TakeSlots):
        return (step,)
    own = next(part for part in situation.group.node_groups if any(one.id == step.node_id for one in part.nodes))
    return (replace(step, slots=own.slots),)


def _without_forgetting(situation: Situation, step: Step) -> tuple[Step, ...]:
    return () if isinstance(step, ForgetMembers) else (step,)


def _close(step: Step) -> tuple[Step, ...]:
    match step:
        case SideBySide(tracks=tracks):
            return (SideBySide(tracks=tuple(tuple(new for one in track for new in _close(one)) for track in tracks)),)
        case CarrySlots(source_id=source_id, target_id=target_id, slots=slots):
            return (CloseSlots(node_id=source_id, slots=slots), CloseSlots(node_id=target_id, slots=slots))
        case _:
            return (step,)


def _fix_back(situation: Situation, step: Step) -> tuple[Step, ...]:
    """Open slots are closed where they came from, though some of their keys have gone."""
    is_open = any(seen.view is not None and seen.view.leaving_slots for seen in situation.nodes)
    return _close(step) if is_open else (step,)


def _take_over_at_once(situation: Situation, step: Step) -> tuple[Step, ...]:
    """A role is not handed over: it is taken from a primary that takes writes."""
    if not isinstance(step, SwitchOver):
        return (step,)
    return (TakeSlots(node_id=step.new_primary_id, slots=NO_SLOTS, by_vote=False),)


def _stop_with_slots(situation: Situation) -> Verdict:
    """A shard that is to leave is stopped with what it still owns."""
    leaving = [seen.id for part in situation.group.node_groups if part.is_leaving for seen in situation.of(part)]
    running = tuple(seen.id for seen in situation.nodes if seen.id in leaving and seen.is_running)
    if not running:
        return RULE["departures"](situation)
    return Act(steps=(StopNodes(node_ids=running),), why="a shard leaves")


CLUSTER_MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        what="take the slots of a living primary",
        rules=with_failover(changed=replace(ROWS["fence"], verdict=_take_beside)),
        seed=3,
        is_cluster=True,
    ),
    Mutation(
        what="fail over amid a move",
        rules=with_failover(without="moves"),
        seed=728,
        is_cluster=True,
    ),
    Mutation(
        what="claim slots before who may have taken them is heard",
        rules=with_failover(without="takers unheard"),
        seed=161,
        is_cluster=True,
    ),
    Mutation(
        what="trust an heir that has not heard",
        rules=with_failover(without="unheard of"),
        seed=271,
        is_cluster=True,
    ),
    Mutation(
        what="take what shall be owned",
        rules=with_rule("topology", acting(RULE["topology"], _with_all_it_shall_own)),
        seed=17,
        is_cluster=True,
    ),
    Mutation(
        what="forget nobody",
        rules=tuple(
            (name, acting(rule, _without_forgetting) if name in ("members", "departures") else rule)
            for name, rule in RULE.items()
        ),
        seed=1,
        is_cluster=True,
    ),
    Mutation(
        what="let a stranger serve",
        rules=without_rule("strangers"),
        seed=1,
        is_cluster=True,
    ),
    Mutation(
        what="leave slots open",
        rules=with_rule("slots", seeing(RULE["slots"], _as_if_closed)),
        seed=53,
        is_cluster=True,
    ),
    Mutation(
        what="close slots that stand open",
        rules=with_rule("slots", acting(RULE["slots"], _fix_back)),
        seed=171,
        is_cluster=True,
    ),
    Mutation(
        what="move slots whatever else is the matter",
        rules=with_rule("slots", seeing(RULE["slots"], _as_if_calm)),
        seed=53,
        is_cluster=True,
    ),
    Mutation(
        what="take a role in place of handing it over",
        rules=with_rule("switchover", acting(RULE["switchover"], _take_over_at_once)),
        seed=11,
        is_cluster=True,
    ),
    Mutation(
        what="stop a shard with its slots",
        rules=with_rule("departures", _stop_with_slots),
        seed=21,
        is_cluster=True,
    ),
)
