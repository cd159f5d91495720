"""Deciding: pure rules in order of danger. The first one that is not satisfied speaks alone.

To understand why nothing happens, read `RULES` from the top, or ask `elastane explain <id>`.
A rule reads only its situation: it logs nothing, awaits nothing and imports nothing that could.

Most rules look at one node group. Where there are several, each is judged by itself, as if it were alone: a primary
that is waited for in one keeps nobody from mending another. The rules in `WHOLE` look at all of them at once. What
several node groups need done is done side by side.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

import msgspec
from msgspec.structs import replace

from elastane.model.ids import NodeGroupId
from elastane.reconcile.plan import (
    acknowledgements,
    certificates,
    configuration,
    conversion,
    databases,
    deletion,
    departures,
    encryption,
    endpoints,
    failover,
    following,
    maintenance,
    members,
    nodes,
    parameters,
    readiness,
    reboots,
    rollout,
    sizes,
    slots,
    steadiness,
    switchover,
    sync_loops,
    tokens,
    topology,
    users,
)
from elastane.reconcile.plan.merging import merged
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Satisfied, Verdict, Wait
from elastane.reconcile.situation import Situation

__all__ = [
    "FAILOVER",
    "RULES",
    "SATISFIED_BY_ALL",
    "STEADINESS",
    "WHOLE",
    "Act",
    "Decision",
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
    ("strangers", members.refuse_strangers),
    (FAILOVER, failover.rule),
    ("nodes", nodes.rule),
    ("topology", topology.rule),
    ("acknowledgements", acknowledgements.rule),
    ("endpoints", endpoints.rule),
    ("sync_loops", sync_loops.rule),
    (following.FOLLOWING, following.rule),
    ("switchover", switchover.rule),
    ("encryption", encryption.rule),
    ("certificates", certificates.rule),
    (users.USERS, users.rule),
    (tokens.TOKENS, tokens.rule),
    ("sizes", sizes.rule),
    ("parameters", parameters.rule),
    ("databases", databases.rule),
    ("departures", departures.rule),
    ("reboots", reboots.rule),
    ("conversion", conversion.rule),
    ("members", members.rule),
    ("configuration", configuration.rule),
    (members.ROLES, members.spread_roles),
    (rollout.ROLLOUT, rollout.rule),
    (slots.SLOTS, slots.rule),
    ("tls", encryption.refuse_engines_without_tls),
    ("readiness", readiness.rule),
    (maintenance.MAINTENANCE, maintenance.rule),
)

WHOLE = frozenset(
    {
        STEADINESS,
        "deletion",
        "encryption",
        "certificates",
        users.USERS,
        tokens.TOKENS,
        "sizes",
        "members",
        "configuration",
        members.ROLES,
        rollout.ROLLOUT,
        slots.SLOTS,
        "tls",
        maintenance.MAINTENANCE,
    }
)
"""The rules that look at all node groups at once."""

SATISFIED_BY_ALL = "all"
"""In the place of a rule's name when every rule is satisfied."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass decided."""

    rule: str
    """The first one, in the order of danger, that spoke."""
    verdict: Verdict
    node_groups: Mapping[NodeGroupId, tuple[str, Verdict]] = {}
    """What was decided for each of several node groups by itself; who is not in it is satisfied."""

    def rule_for(self, part: Situation) -> str:
        """The rule that spoke for the node group of a narrowed situation, else for the whole."""
        node_group_id = _only_node_group(part)
        said = None if node_group_id is None else self.node_groups.get(node_group_id)
        return self.rule if said is None else said[0]


def plan(situation: Situation, rules: tuple[tuple[str, Rule], ...] = RULES) -> Decision:
    """What the rules say, asked in their order, of each node group until one of them speaks for it.

    With an act it ends, once all node groups were asked as far as there: their acts are done side by side. A rule of
    `WHOLE` that is not satisfied ends it too.
    """
    spoken: dict[NodeGroupId | None, tuple[str, Verdict]] = {}
    for is_whole, stage in groupby(rules, key=lambda rule: rule[0] in WHOLE):
        asked = tuple(stage)
        if is_whole:
            name, verdict = _first_unsatisfied(
                replace(situation, occupied=frozenset(part for part in spoken if part is not None)), asked
            )
            if not isinstance(verdict, Satisfied):
                return _decided({**spoken, None: (name, verdict)}, rules)
            continue
        for part in situation.narrowed():
            node_group_id = _only_node_group(part)
            if node_group_id not in spoken:
                name, verdict = _first_unsatisfied(part, asked)
                if not isinstance(verdict, Satisfied):
                    spoken[node_group_id] = (name, verdict)
        if any(isinstance(verdict, Act) for _, verdict in spoken.values()):
            break
    return _decided(spoken, rules)


_Spoken = Mapping[NodeGroupId | None, tuple[str, Verdict]]
"""A rule's name and its verdict, for a node group or, under None, for the whole."""


def _first_unsatisfied(situation: Situation, rules: Iterable[tuple[str, Rule]]) -> tuple[str, Verdict]:
    for name, rule in rules:
        verdict = rule(situation)
        if not isinstance(verdict, Satisfied):
            return name, verdict
    return SATISFIED_BY_ALL, SATISFIED


def _only_node_group(situation: Situation) -> NodeGroupId | None:
    """None in a group that has none left, which is judged as a whole."""
    return situation.group.node_groups[0].id if situation.group.node_groups else None


def _decided(spoken: _Spoken, rules: tuple[tuple[str, Rule], ...]) -> Decision:
    order = {name: number for number, (name, _) in enumerate(rules)}
    ranked = sorted(spoken.values(), key=lambda said: order[said[0]])
    acting = [said for said in ranked if isinstance(said[1], Act)]
    return Decision(
        rule=(acting or ranked)[0][0] if ranked else SATISFIED_BY_ALL,
        verdict=merged([verdict for _, verdict in ranked]),
        node_groups={part: said for part, said in spoken.items() if part is not None},
    )
