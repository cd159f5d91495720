"""What a pass over a Memcached cluster leaves behind: what customers' statuses are derived from, and the events.

Pure, as `reconcile.record`: the last record and this pass's situation and decision in, the next record out.
"""

from msgspec.structs import replace

from elastane.model.memcached_clusters import RestartKind
from elastane.model.memcached_statuses import is_restarting
from elastane.model.observations import Process, Running, ServedCertificate
from elastane.model.observed_memcached_clusters import (
    ObservedCacheNode,
    ObservedConfigurationEndpoint,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import Failure, NodeHealth, Restart
from elastane.reconcile.memcached.plan import READINESS, Decision, restarts
from elastane.reconcile.memcached.plan.publication import has_returned
from elastane.reconcile.memcached.plan.readiness import describe_endpoint, describe_node
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode, Situation
from elastane.reconcile.memcached.steps import RenewCertificates, StartEndpoint, StartNodes, Step
from elastane.reconcile.memcached.verdicts import Act, Satisfied, Verdict, Wait
from elastane.reconcile.record import count_failures, observed_verdict, record_restart, verdicts_failure


def record_pass(situation: Situation, decision: Decision) -> ObservedMemcachedCluster:
    """The record after looking and deciding, before any step is done."""
    before, cluster, verdict = situation.before, situation.cluster, decision.verdict
    steps = verdict.steps if isinstance(verdict, Act) else ()
    is_well = isinstance(verdict, Satisfied)
    nodes = tuple(_record_node(seen, situation, steps) for seen in situation.nodes)
    is_converged = is_well or _is_true_but_for_losses(situation, decision, nodes)
    return ObservedMemcachedCluster(
        converged_generation=cluster.generation if is_converged else before.converged_generation,
        available_since=before.available_since or (situation.now if is_well else None),
        nodes=nodes,
        endpoint=_record_endpoint(situation, steps),
        verdict=observed_verdict(before.verdict, decision.rule, decision.verdict, situation.now),
        last_told="" if is_well else _told(verdict) or before.last_told,
        failure=verdicts_failure(before.failure, verdict, situation.cluster.generation, situation.now),
        software=cluster.software if is_converged else before.software,
        node_count=len(situation.staying) if is_converged else before.node_count,
    )


def _is_true_but_for_losses(situation: Situation, decision: Decision, nodes: tuple[ObservedCacheNode, ...]) -> bool:
    """What was asked for is so, and who does not answer was lost after it had been ready.

    As the cluster is `available` then, its change is over: who has lost a zone, and has added nodes elsewhere, must be
    able to remove those that are lost.
    """
    if situation.before.available_since is None or decision.rule != READINESS or not situation.is_told:
        return False
    recovering = {node.id for node in nodes if node.is_recovering}
    return all(seen.answer is not None or seen.id in recovering for seen in situation.staying)


def record_failure(
    observed: ObservedMemcachedCluster, situation: Situation, sentence: str, *, is_permanent: bool
) -> ObservedMemcachedCluster:
    """The record after a step has failed. What no retry can mend ends a cluster that never worked, and no other.

    One that worked tries on, less and less often: whatever is in its way may go, and it has customers.
    A process that did not start is found out by the next pass, which knows that its start was ordered.
    """
    rule = "" if observed.verdict is None else observed.verdict.rule
    failure = Failure(
        sentence=sentence,
        generation=situation.cluster.generation,
        at=situation.now,
        count=count_failures(observed.failure, rule),
        rule=rule,
        is_permanent=is_permanent and observed.available_since is None,
    )
    return replace(observed, failure=failure)


def _told(verdict: Verdict) -> str:
    """What a person should know of it. What is waited for between two of these is the same trouble."""
    match verdict:
        case Act(why=sentence, is_told=True) | Wait(reason=sentence, is_told=True):
            return sentence
        case _:
            return ""


# --- processes -----------------------------------------------------------------------------------


def _record_node(seen: SeenNode, situation: Situation, steps: tuple[Step, ...]) -> ObservedCacheNode:
    before, answer = seen.before, seen.answer
    is_ready = seen.health is NodeHealth.READY
    process = _record_process(
        seen.process,
        None if before is None else before.process,
        seen,
        situation,
        sentence=describe_node(seen),
        certificate=None if answer is None else answer.certificate,
        is_start_ordered=any(isinstance(step, StartNodes) and seen.id in step.node_ids for step in steps),
        is_renewal_ordered=any(isinstance(step, RenewCertificates) and seen.id in step.node_ids for step in steps),
    )
    known = before or ObservedCacheNode(id=seen.id, process=process)
    published = situation.cluster.publication
    return ObservedCacheNode(
        id=seen.id,
        process=process,
        engine_version=known.engine_version if answer is None else answer.engine_version,
        was_ready=known.was_ready or is_ready,
        is_recovering=not is_ready and known.was_ready and (known.is_recovering or _is_lost(seen)),
        awaited_parameters=_awaited_parameters(seen, known, situation),
        restart=_record_restart(seen),
        returned_at_version=published.version if has_returned(seen, published) else None,
    )


def _is_lost(seen: SeenNode) -> bool:
    """Its process ended, or another one is in its place already, and nobody asked for that."""
    before = seen.before
    if before is None or is_restarting(seen.node, before):
        return False
    return not seen.is_running or (seen.is_coming_up and before.process.answered_started_at is not None)


def _awaited_parameters(seen: SeenNode, known: ObservedCacheNode, situation: Situation) -> dict[str, str]:
    """While it is replaced, what was awaited before: what another node type brings along was never awaited."""
    order, answer = seen.node.restart, seen.answer
    is_replaced = order is not None and order.kind is RestartKind.REPLACEMENT and restarts.is_due(seen)
    if answer is None or is_replaced:
        return known.awaited_parameters
    wanted = situation.wanted_settings.get(seen.id, {})
    return {name: value for name, value in wanted.items() if answer.settings.get(name, value) != value}


def _record_restart(seen: SeenNode) -> Restart | None:
    order, before = seen.node.restart, seen.before
    return record_restart(
        None if order is None else order.requested_at,
        None if before is None else before.restart,
        seen.process,
        is_known=before is not None,
    )


def _record_endpoint(situation: Situation, steps: tuple[Step, ...]) -> ObservedConfigurationEndpoint:
    seen, before = situation.endpoint, situation.before.endpoint
    answer = seen.answer
    process = _record_process(
        seen.process,
        seen.before,
        seen,
        situation,
        sentence=describe_endpoint(seen),
        certificate=None if answer is None else answer.certificate,
        is_start_ordered=any(isinstance(step, StartEndpoint) for step in steps),
        is_renewal_ordered=any(isinstance(step, RenewCertificates) and step.of_endpoint for step in steps),
    )
    last_version = None if before is None else before.version
    return ObservedConfigurationEndpoint(process=process, version=last_version if answer is None else answer.version)


def _record_process(
    process: Process,
    before: ObservedProcess | None,
    seen: SeenNode | SeenEndpoint,
    situation: Situation,
    *,
    sentence: str,
    certificate: ServedCertificate | None,
    is_start_ordered: bool,
    is_renewal_ordered: bool,
) -> ObservedProcess:
    known = before or ObservedProcess(health=NodeHealth.STARTING, sentence="")
    started_at = process.started_at if isinstance(process, Running) else known.started_at
    has_spoken = seen.has_spoken
    is_same_life = seen.is_running and started_at == known.started_at
    has_failed_to_start = not seen.is_running and (known.is_start_ordered or _never_answered(known))
    return ObservedProcess(
        health=seen.health,
        sentence=sentence,
        started_at=started_at,
        answered_started_at=started_at if has_spoken else known.answered_started_at,
        failed_starts=0 if has_spoken else known.failed_starts + has_failed_to_start,
        last_failed_at=situation.now if has_failed_to_start else known.last_failed_at,
        is_start_ordered=is_start_ordered,
        renewal_ordered_at=situation.now if is_renewal_ordered else known.renewal_ordered_at,
        certificate=certificate if seen.answer is not None else known.certificate if is_same_life else None,
        silence=seen.silence,
    )


def _never_answered(last: ObservedProcess) -> bool:
    """The process that was seen last was on its way to answer."""
    is_begun = last.health is NodeHealth.STARTING and last.started_at is not None
    return is_begun and last.answered_started_at != last.started_at
