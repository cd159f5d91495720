"""How the real rules are made worse for `mutations` and `cluster_mutations`: one left out, one replaced, one misled."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from elastane.reconcile.plan import RULES, Act, Rule, Verdict, failover
from elastane.reconcile.plan.failover import Row
from elastane.reconcile.plan.failover_case import Case
from elastane.reconcile.plan.failover_verdicts import Choose
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import Step
from tests.simulation.story import Rules

ROWS = {row.name: row for row in failover.TABLE}
RULE = dict(RULES)


class Mutation(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    rules: Rules
    seed: int
    is_cluster: bool = False
    """The mode of the group that the story is about."""
    is_rollout: bool = False
    """Its engines are replaced."""
    is_secured: bool = False
    """Its encryption, users and authorities change."""


def with_rule(name: str, rule: Rule) -> Rules:
    """The real rules but one."""
    return tuple((one, rule if one == name else real) for one, real in RULES)


def without_rule(name: str) -> Rules:
    return tuple((one, real) for one, real in RULES if one != name)


def with_failover(
    *,
    without: str = "",
    changed: Row | None = None,
    choose: Choose = failover.best_heir,
    case: Callable[[Case], Case] | None = None,
) -> Rules:
    """The real rules, with another table or another choice in failover."""
    rows = [changed if changed is not None and row.name == changed.name else row for row in failover.TABLE]
    table = tuple(_judging(row, case) if case is not None else row for row in rows if row.name != without)
    return with_rule("failover", failover.make_rule(table, choose))


def _judging(row: Row, change: Callable[[Case], Case]) -> Row:
    return replace(
        row,
        applies=lambda case: row.applies(change(case)),
        verdict=lambda case, choose: row.verdict(change(case), choose),
    )


def seeing(rule: Rule, change: Callable[[Situation], Situation]) -> Rule:
    return lambda situation: rule(change(situation))


def acting(rule: Rule, change: Callable[[Situation, Step], tuple[Step, ...]]) -> Rule:
    """The same decisions, and other steps."""

    def judge(situation: Situation) -> Verdict:
        verdict = rule(situation)
        if not isinstance(verdict, Act):
            return verdict
        return replace(verdict, steps=tuple(new for step in verdict.steps for new in change(situation, step)))

    return judge
