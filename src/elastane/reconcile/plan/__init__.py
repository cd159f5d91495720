"""Deciding: pure rules in order of danger. The first one that is not satisfied speaks alone.

To understand why nothing happens, read `RULES` from the top, or ask `elastane explain <id>`.
A rule reads only its situation: it logs nothing, awaits nothing and imports nothing that could.
"""

from collections.abc import Callable

from elastane.reconcile.plan import (
    acknowledgements,
    deletion,
    departures,
    endpoints,
    failover,
    following,
    nodes,
    parameters,
    readiness,
    reboots,
    steadiness,
    switchover,
    sync_loops,
    topology,
)
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Satisfied, Verdict, Wait
from elastane.reconcile.situation import Situation

__all__ = [
    "FAILOVER",
    "RULES",
    "SATISFIED_BY_ALL",
    "STEADINESS",
    "Act",
    "Failed",
    "Rule",
    "Satisfied",
    "Verdict",
    "Wait",
    "plan",
]

STEADINESS = "steadiness"
"""The rule that keeps the others from acting for a moment."""

FAILOVER = "failover"
"""The rule that gives a primary up: what comes of the lost node is told after it has spoken."""

Rule = Callable[[Situation], Verdict]

RULES: tuple[tuple[str, Rule], ...] = (
    (STEADINESS, steadiness.rule),
    ("deletion", deletion.rule),
    (FAILOVER, failover.rule),
    ("nodes", nodes.rule),
    ("topology", topology.rule),
    ("acknowledgements", acknowledgements.rule),
    ("endpoints", endpoints.rule),
    ("sync_loops", sync_loops.rule),
    (following.FOLLOWING, following.rule),
    ("switchover", switchover.rule),
    ("parameters", parameters.rule),
    ("departures", departures.rule),
    ("reboots", reboots.rule),
    ("readiness", readiness.rule),
)


SATISFIED_BY_ALL = "all"
"""In the place of a rule's name when every rule is satisfied."""


def plan(situation: Situation, rules: tuple[tuple[str, Rule], ...] = RULES) -> tuple[str, Verdict]:
    """The name of the first rule that is not satisfied, and what it says."""
    for name, rule in rules:
        verdict = rule(situation)
        if not isinstance(verdict, Satisfied):
            return name, verdict
    return SATISFIED_BY_ALL, SATISFIED
