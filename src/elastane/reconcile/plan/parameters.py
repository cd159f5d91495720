"""Running engines have the parameter values they shall have: a changed one reaches a live node.

What needs a new process (`databases`) is left to a reboot: see `awaited`. What the node type decides, and some engines
do not change while they run, is left to `rollout`. Whether an engine has it is known only from
what it says itself.
"""

import functools

from elastane.catalog import engine_versions, families
from elastane.catalog.families import ChangeType
from elastane.model.observations import Answering
from elastane.model.replication_groups import EngineName, Software
from elastane.model.versions import version_numbers
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import SetParameters

NO_ELECTION = "cluster-replica-no-failover"
"""Keeps a replica from being elected by the engines themselves. Every node boots with it; not who has the data."""

NODE_TIMEOUT = "cluster-node-timeout"
"""A node that follows a primary without cluster mode boots with a long one."""

IO_THREADS = "io-threads"
"""It follows from the node type."""

IO_THREADS_CHANGE_SINCE = (9, 1)
"""Valkey's first version of those we know in which a running engine takes another number of them."""

_OWN = (NO_ELECTION, NODE_TIMEOUT, IO_THREADS)
"""The reconciler's, and no parameters of customers."""

DATABASES = "databases"


def rule(situation: Situation) -> Verdict:
    drifts = [(seen, drift(seen, situation)) for seen in situation.staying]
    wrong = [(seen, values) for seen, values in drifts if values]
    if not wrong:
        return SATISFIED
    changed = sorted({name for _, values in wrong for name in values})
    return Act(
        steps=tuple(SetParameters(node_id=seen.id, parameters=values) for seen, values in wrong),
        why=f"{', '.join(changed)} must change on {names([seen for seen, _ in wrong])}",
    )


def drift(seen: SeenNode, situation: Situation) -> dict[str, str]:
    """The parameters of a node that answered and whose value is another than it shall be, and can be changed now."""
    fixed = needing_reboot(situation.group.software)
    return {
        name: value
        for name, value in _differing(seen, situation).items()
        if name not in fixed and not _needs_new_process(name, seen) and _is_time(name, seen, situation)
    }


def awaited(seen: SeenNode, situation: Situation) -> dict[str, str]:
    """The customer's parameters that a node does not run with yet, and shall."""
    return {name: value for name, value in _differing(seen, situation).items() if name not in _OWN}


def is_reboot_awaited(seen: SeenNode, situation: Situation) -> bool:
    """Some of them come with a new process only."""
    return not needing_reboot(situation.group.software).isdisjoint(_differing(seen, situation))


def is_replacement_needed(seen: SeenNode, situation: Situation) -> bool:
    """Whether its node type has come to need what its engine does not change while it runs."""
    return any(_needs_new_process(name, seen) for name in _differing(seen, situation))


def _needs_new_process(name: str, seen: SeenNode) -> bool:
    answer = seen.answer
    if name != IO_THREADS or answer is None:
        return False
    since = IO_THREADS_CHANGE_SINCE
    return answer.engine is not EngineName.VALKEY or version_numbers(answer.engine_version)[: len(since)] < since


def databases(answer: Answering) -> int:
    """How many an engine has; 0 when it was not asked."""
    return int(answer.parameters.get(DATABASES, 0))


@functools.lru_cache(maxsize=256)
def needing_reboot(software: Software) -> frozenset[str]:
    family = engine_versions.family(software.engine, software.version)
    return frozenset(
        parameter.name
        for parameter in families.parameters(family)
        if parameter.change_type is ChangeType.REQUIRES_REBOOT
    )


def _differing(seen: SeenNode, situation: Situation) -> dict[str, str]:
    if seen.answer is None:
        return {}
    current = seen.answer.parameters
    return {
        name: value for name, value in situation.target_parameters.items() if name in current and current[name] != value
    }


def _is_time(name: str, seen: SeenNode, situation: Situation) -> bool:
    """Two of them say how the engines elect among themselves, which is not to be from the start."""
    if name == NO_ELECTION:
        return _has_the_data(seen)
    if name == NODE_TIMEOUT:
        primary = situation.find_primary(situation.node_group_of(seen.node))
        return primary is not None and primary.view is not None
    return True


def _has_the_data(seen: SeenNode) -> bool:
    """A replica that never was in sync would win an election as well as any other, and be empty."""
    return seen.is_primary or (seen.before is not None and seen.before.has_synced)
