"""Worse rules for rollouts, as in `mutations`: what goes wrong when engines are replaced without care."""

from elastane.reconcile.plan import Rule, rollout
from elastane.reconcile.plan.verdicts import Act, Verdict
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import AddTemporaryNode, RestoreSoftware, RetireNodes, Step, StopNodes
from tests.simulation.worse_rules import RULE, Mutation, acting, with_rule


def _primaries_first(situation: Situation) -> Verdict:
    """The role is handed to a replica of the old kind, while the former primary becomes one of the new."""
    for node_group in situation.group.node_groups:
        primary = situation.find_primary(node_group)
        if primary is not None and situation.is_outdated(primary):
            return Act(steps=(StopNodes(node_ids=(primary.id,)),), why=f"{primary.id} is replaced")
    return rollout.rule(situation)


def _without(kind: type[RestoreSoftware | RetireNodes | AddTemporaryNode]) -> Rule:
    def leave_out(situation: Situation, step: Step) -> tuple[Step, ...]:
        return () if isinstance(step, kind) else (step,)

    return acting(RULE["rollout"], leave_out)


def _mutation(what: str, seed: int, changed: Rule) -> Mutation:
    return Mutation(what=what, rules=with_rule("rollout", changed), seed=seed, is_rollout=True)


ROLLOUT_MUTATIONS: tuple[Mutation, ...] = (
    _mutation("replace the primary first", 0, _primaries_first),
    _mutation("never go back", 0, _without(RestoreSoftware)),
    _mutation("keep the temporary replica", 0, _without(RetireNodes)),
    _mutation("do without a temporary replica", 0, _without(AddTemporaryNode)),
)
