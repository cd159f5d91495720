"""What a pass leaves behind: the observation that customers' statuses are derived from, and the events.

Pure: the last record and this pass's situation and verdict in, the next record out. The loop saves
it in one transaction with its events, so that each line of the customer's history is written once.
"""

from typing import assert_never

from msgspec.structs import replace

from elastane.model import statuses
from elastane.model.ids import NodeGroupId, NodeId
from elastane.model.observations import Exited, Running
from elastane.model.replication_groups import (
    Failure,
    NodeHealth,
    ObservedNode,
    ObservedReplicationGroup,
    ObservedVerdict,
    VerdictKind,
)
from elastane.reconcile.plan import parameters, readiness
from elastane.reconcile.plan.verdicts import Act, Failed, Satisfied, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation

ALL_IS_WELL = "everything is as it shall be"


def record_pass(situation: Situation, rule: str, verdict: Verdict) -> ObservedReplicationGroup:
    """The record after looking and deciding, before any step is done."""
    before = situation.before
    is_converged = isinstance(verdict, Satisfied)
    return ObservedReplicationGroup(
        converged_generation=situation.group.generation if is_converged else before.converged_generation,
        available_since=before.available_since or (situation.now if is_converged else None),
        nodes=tuple(_record_node(seen, situation) for seen in situation.nodes),
        primaries=_record_primaries(situation),
        verdict=_record_verdict(situation, rule, verdict),
        failure=_record_verdicts_failure(situation, verdict),
    )


def record_failure(
    observed: ObservedReplicationGroup, situation: Situation, sentence: str, *, is_permanent: bool
) -> ObservedReplicationGroup:
    """The record after a step has failed. A group that never worked gives up on what no retry can mend."""
    previous = observed.failure
    failure = Failure(
        sentence=sentence,
        generation=situation.group.generation,
        at=situation.now,
        count=1 if previous is None else previous.count + 1,
        is_permanent=is_permanent and observed.available_since is None,
    )
    return replace(observed, failure=failure)


def _record_verdicts_failure(situation: Situation, verdict: Verdict) -> Failure | None:
    """Convergence clears a failure; a rule that gives up makes one, which is what `create-failed` follows from."""
    before = situation.before.failure
    match verdict:
        case Satisfied():
            return None
        case Failed(reason=reason) if before is None or not before.is_permanent:
            return Failure(sentence=reason, generation=situation.group.generation, at=situation.now, is_permanent=True)
        case _:
            return before


def _record_verdict(situation: Situation, rule: str, verdict: Verdict) -> ObservedVerdict:
    match verdict:
        case Act(why=why):
            kind, sentence = VerdictKind.ACT, why
        case Wait(reason=reason):
            kind, sentence = VerdictKind.WAIT, reason
        case Failed(reason=reason):
            kind, sentence = VerdictKind.FAILED, reason
        case Satisfied():
            kind, sentence = VerdictKind.SATISFIED, ALL_IS_WELL
        case _ as never:
            assert_never(never)
    last = situation.before.verdict
    is_same = last is not None and (last.kind, last.rule, last.sentence) == (kind, rule, sentence)
    since = last.since if last is not None and is_same else situation.now
    return ObservedVerdict(kind=kind, rule=rule, sentence=sentence, since=since)


def _record_primaries(situation: Situation) -> dict[NodeGroupId, NodeId]:
    primaries = dict(situation.before.primaries)
    for node_group in situation.group.node_groups:
        seen = [seen.id for seen in situation.of(node_group) if seen.is_primary]
        if len(seen) == 1:
            primaries[node_group.id] = seen[0]
    return primaries


def _record_node(seen: SeenNode, situation: Situation) -> ObservedNode:
    before = seen.before or ObservedNode(id=seen.id, health=NodeHealth.STARTING, role=None, sentence="")
    answer = seen.answer
    started_at = seen.process.started_at if isinstance(seen.process, Running) else before.started_at
    has_failed_to_start = (
        isinstance(seen.process, Exited)
        and before.health is NodeHealth.STARTING
        and before.started_at is not None
        and before.answered_process_started_at != before.started_at
    )
    return ObservedNode(
        id=seen.id,
        health=seen.health,
        role=answer.role if answer is not None else before.role if seen.is_running else None,
        sentence=readiness.describe(seen),
        started_at=started_at,
        answered_process_started_at=started_at if answer is not None else before.answered_process_started_at,
        failed_starts=0 if answer is not None else before.failed_starts + has_failed_to_start,
        last_failed_at=situation.now if has_failed_to_start else before.last_failed_at,
        engine_version=answer.engine_version if answer is not None else before.engine_version,
        was_ready=before.was_ready or (seen.health is NodeHealth.READY),
        has_held_data=before.has_held_data or (answer is not None and answer.key_count > 0),
        is_recovering=_is_recovering(seen, before),
        is_parameters_in_sync=not parameters.drift(seen, situation),
    )


def _is_recovering(seen: SeenNode, before: ObservedNode) -> bool:
    if seen.health is NodeHealth.READY or not before.was_ready:
        return False
    if seen.is_certainly_dead and not statuses.is_rebooting(seen.node, before):
        return True
    return before.is_recovering
