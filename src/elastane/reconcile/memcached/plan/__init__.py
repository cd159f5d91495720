"""Deciding for Memcached clusters: pure rules in order of danger.

As for replication groups (`reconcile.plan`), but for one thing: nodes know nothing of one another, so what one rule
waits for is no reason to leave alone what a later one can do. The first rule that acts speaks; while nobody acts, the
first that waits does. Three kinds of rule are different:

    steadiness, deletion    whoever is not satisfied here ends it: one doubts whether any other may be believed, and of
                            what is being deleted nothing is to be mended
    a failure               ends it, too: nothing more is tried by itself
    maintenance             is asked when everybody else is satisfied: what is not whole is not changed by itself
"""

from collections.abc import Callable

import msgspec

from elastane.reconcile.memcached.plan import (
    certificates,
    deletion,
    departures,
    hangs,
    maintenance,
    nodes,
    publication,
    readiness,
    restarts,
    rollout,
    steadiness,
    telling,
)
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.verdicts import SATISFIED, Satisfied, Verdict, Wait

__all__ = ["ALONE", "READINESS", "RULES", "SATISFIED_BY_ALL", "Decision", "Rule", "plan"]

READINESS = "readiness"
"""The rule that waits when nothing is left to do, and somebody does not answer."""

Rule = Callable[[Situation], Verdict]

RULES: tuple[tuple[str, Rule], ...] = (
    ("steadiness", steadiness.rule),
    ("deletion", deletion.rule),
    ("hangs", hangs.rule),
    ("nodes", nodes.rule),
    ("restarts", restarts.rule),
    ("publication", publication.rule),
    ("telling", telling.rule),
    ("departures", departures.rule),
    ("rollout", rollout.rule),
    ("certificates", certificates.rule),
    (READINESS, readiness.rule),
    ("maintenance", maintenance.rule),
)

ALONE = frozenset({"steadiness", "deletion"})
"""Rules that let nobody after them speak, also when they only wait."""

LAST = frozenset({"maintenance"})
"""Rules that are asked when nobody has spoken."""

SATISFIED_BY_ALL = "all"
"""In the place of a rule's name when every rule is satisfied."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass decided, and which rule said so."""

    rule: str
    verdict: Verdict


def plan(situation: Situation, rules: tuple[tuple[str, Rule], ...] = RULES) -> Decision:
    waiting: list[Decision] = []
    for name, rule in rules:
        if name in LAST and waiting:
            continue
        decision = Decision(rule=name, verdict=rule(situation))
        match decision.verdict:
            case Satisfied():
                continue
            case Wait() if name not in ALONE:
                waiting.append(decision)
            case _:
                return decision
    return _first_told(waiting) or Decision(rule=SATISFIED_BY_ALL, verdict=SATISFIED)


def _first_told(waiting: list[Decision]) -> Decision | None:
    """What a person should know is not hidden behind what passes by itself."""
    told = (decision for decision in waiting if isinstance(decision.verdict, Wait) and decision.verdict.is_told)
    return next(told, next(iter(waiting), None))
