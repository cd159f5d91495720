"""What a pass leaves behind: the observation that customers' statuses are derived from, and the events.

Pure: the last record and this pass's situation and verdict in, the next record out. The loop saves
it in one transaction with its events, so that each line of the customer's history is written once.
"""

from datetime import datetime
from typing import TypeVar, assert_never

from msgspec.structs import replace

from elastane.catalog.encryption import has_tls
from elastane.model import statuses
from elastane.model.access import TransitEncryption
from elastane.model.ids import NodeGroupId, NodeId
from elastane.model.observations import Exited, Process, Running
from elastane.model.observed_replication_groups import (
    Failure,
    Lineage,
    NodeHealth,
    ObservedNode,
    ObservedReplicationGroup,
    ObservedVerdict,
    Restart,
    VerdictKind,
)
from elastane.model.slots import NO_SLOTS, Slots, difference, union
from elastane.model.software import is_same_engine
from elastane.reconcile.plan import (
    FAILOVER,
    STEADINESS,
    Decision,
    encryption,
    heirs,
    members,
    parameters,
    readiness,
    slot_owners,
    sync_loops,
)
from elastane.reconcile.plan.merging import told
from elastane.reconcile.plan.users import has_users
from elastane.reconcile.plan.verdicts import AnyVerdict, Failed, Order, Satisfied, Wait
from elastane.reconcile.silence import seconds
from elastane.reconcile.situation import SeenNode, Situation

Kept = TypeVar("Kept")

ALL_IS_WELL = "everything is as it shall be"


def record_pass(situation: Situation, decision: Decision) -> ObservedReplicationGroup:
    """The record after looking and deciding, before any step is done."""
    before, verdict = situation.before, decision.verdict
    is_converged = isinstance(verdict, Satisfied)
    return ObservedReplicationGroup(
        converged_generation=situation.group.generation if is_converged else before.converged_generation,
        available_since=before.available_since or (situation.now if is_converged else None),
        nodes=tuple(
            _record_node(seen, part, decision.rule_for(part)) for part in situation.narrowed() for seen in part.nodes
        ),
        primaries=_record_primaries(situation),
        lineages=_record_lineages(situation),
        slots=_record_slots(situation),
        cluster_epoch=situation.find_cluster_epoch(),
        verdict=observed_verdict(before.verdict, decision.rule, verdict, situation.now),
        node_group_verdicts=_record_node_group_verdicts(situation, decision),
        last_told=_record_told(before, decision),
        failure=verdicts_failure(before.failure, verdict, situation.group.generation, situation.now),
        software=situation.group.software if is_converged else before.software,
        transit_encryption=_record_encryption(situation),
        acl_revision=_record_acl_revision(situation),
        engine_since=situation.now if is_converged and _is_other_engine(situation) else before.engine_since,
    )


def _is_other_engine(situation: Situation) -> bool:
    former = situation.before.software
    return former is not None and not is_same_engine(former, situation.group.software)


def _record_acl_revision(situation: Situation) -> str:
    """Once all of them have answered with it: one that does not answer may let in whom it should not."""
    users = situation.users
    if users is None or not all(has_users(seen, situation) for seen in situation.staying):
        return situation.before.acl_revision
    return users.revision


def _record_encryption(situation: Situation) -> TransitEncryption:
    """What all of them offer, as far as they answer, and by which they follow their primaries."""
    offered = {encryption.current(seen, situation) for seen in situation.staying if seen.answer is not None}
    found = next(iter(offered)) if len(offered) == 1 else None
    if found is None or not encryption.are_ports_known(situation):
        return situation.before.transit_encryption
    return found


def record_failure(
    observed: ObservedReplicationGroup, situation: Situation, sentence: str, *, is_permanent: bool
) -> ObservedReplicationGroup:
    """The record after a step has failed. A group that never worked gives up on what no retry can mend."""
    rule = "" if observed.verdict is None else observed.verdict.rule
    failure = Failure(
        sentence=sentence,
        generation=situation.group.generation,
        at=situation.now,
        count=count_failures(observed.failure, rule),
        rule=rule,
        is_permanent=is_permanent,
    )
    return replace(observed, failure=failure)


def count_failures(previous: Failure | None, rule: str) -> int:
    """In a row, of the same rule, one more included."""
    return 1 if previous is None or previous.rule != rule else previous.count + 1


def verdicts_failure(before: Failure | None, verdict: AnyVerdict, generation: int, now: datetime) -> Failure | None:
    """Convergence clears a failure; a rule that gives up makes one, which is what failed creations follow from.

    Of any kind of cache.
    """
    match verdict:
        case Satisfied():
            return None
        case Failed(reason=reason) if before is None or not before.is_permanent:
            return Failure(sentence=reason, generation=generation, at=now, is_permanent=True)
        case _:
            return before


def _record_node_group_verdicts(situation: Situation, decision: Decision) -> dict[NodeGroupId, ObservedVerdict]:
    """Only where there are several: otherwise it is the group's."""
    if len(situation.group.node_groups) <= 1:
        return {}
    before = situation.before.node_group_verdicts
    return {
        part: observed_verdict(before.get(part), rule, verdict, situation.now)
        for part, (rule, verdict) in decision.node_groups.items()
    }


def observed_verdict(last: ObservedVerdict | None, rule: str, verdict: AnyVerdict, now: datetime) -> ObservedVerdict:
    """In words, and since when the same is said; of any kind of cache."""
    kind, sentence = _in_words(verdict)
    is_same = last is not None and (last.kind, last.rule, last.sentence) == (kind, rule, sentence)
    since = last.since if last is not None and is_same else now
    return ObservedVerdict(kind=kind, rule=rule, sentence=sentence, since=since)


def _in_words(verdict: AnyVerdict) -> tuple[VerdictKind, str]:
    match verdict:
        case Order(why=why):
            return VerdictKind.ACT, why
        case Wait(reason=reason):
            return VerdictKind.WAIT, reason
        case Failed(reason=reason):
            return VerdictKind.FAILED, reason
        case Satisfied():
            return VerdictKind.SATISFIED, ALL_IS_WELL
        case _ as never:
            assert_never(never)


def _record_told(before: ObservedReplicationGroup, decision: Decision) -> str:
    """Kept through verdicts that are not told: what is waited for between two of them is the same trouble."""
    if isinstance(decision.verdict, Satisfied):
        return ""
    spoken = [verdict for _, verdict in decision.node_groups.values()] or [decision.verdict]
    return told(spoken) or told([decision.verdict]) or before.last_told


def _of_living(remembered: dict[NodeGroupId, Kept], situation: Situation) -> dict[NodeGroupId, Kept]:
    """What is remembered of a node group goes with it: one made later may have its number."""
    living = {node_group.id for node_group in situation.group.node_groups}
    return {part: kept for part, kept in remembered.items() if part in living}


def _record_primaries(situation: Situation) -> dict[NodeGroupId, NodeId]:
    primaries = _of_living(situation.before.primaries, situation)
    for node_group in situation.group.node_groups:
        primary = situation.find_primary(node_group)
        if primary is not None:
            primaries[node_group.id] = primary.id
    return primaries


def _record_lineages(situation: Situation) -> dict[NodeGroupId, Lineage]:
    """As the only primary names it. Kept while there is none: then it tells who has the data."""
    lineages = _of_living(situation.before.lineages, situation)
    for node_group in situation.group.node_groups:
        primary = situation.find_primary(node_group)
        if primary is not None and primary.answer is not None:
            lineages[node_group.id] = Lineage(
                replication_id=primary.answer.replication_id,
                previous_replication_id=primary.answer.previous_replication_id,
            )
    return lineages


def _record_slots(situation: Situation) -> dict[NodeGroupId, Slots]:
    """What primaries say they own, each slot once: of two claims the newer one.

    A slot that nobody owns now stays with whom it was last seen: it is theirs to claim.
    """
    if not situation.group.is_cluster:
        return {}
    before, shards = situation.before.slots, slot_owners.get_shards(situation)
    everybody = union(*(shard.owned for shard in shards.values()))
    kept = {
        node_group.id: union(
            shards[node_group.id].owned if node_group.id in shards else NO_SLOTS,
            difference(before.get(node_group.id, NO_SLOTS), everybody),
        )
        for node_group in situation.group.node_groups
    }
    return {part: slots for part, slots in kept.items() if slots or before.get(part)}


def _record_node(seen: SeenNode, situation: Situation, rule: str) -> ObservedNode:
    unknown = ObservedNode(id=seen.id, health=NodeHealth.STARTING, role=None, sentence="")
    before = seen.before or unknown
    answer = seen.answer
    started_at = seen.process.started_at if isinstance(seen.process, Running) else before.started_at
    is_same_life = seen.is_running and started_at == before.started_at
    life = before if is_same_life else unknown  # what is remembered of the process that runs now
    is_let_go = situation.group.is_cluster and not seen.is_running  # how `sync_loops` lets go of a node of a cluster
    has_failed_to_start = (
        isinstance(seen.process, Exited)
        and before.health is NodeHealth.STARTING
        and before.started_at is not None
        and before.answered_process_started_at != before.started_at
    )
    return ObservedNode(
        id=seen.id,
        health=seen.health,
        role=seen.role if answer is not None else before.role if seen.is_running else None,
        sentence=readiness.describe(seen),
        started_at=started_at,
        answered_process_started_at=started_at if answer is not None else before.answered_process_started_at,
        failed_starts=0 if answer is not None else before.failed_starts + has_failed_to_start,
        last_failed_at=situation.now if has_failed_to_start else before.last_failed_at,
        used_memory_bytes=before.used_memory_bytes if answer is None else _rounded_up(answer.used_memory_bytes),
        engine=answer.engine if answer is not None else before.engine,
        engine_version=answer.engine_version if answer is not None else before.engine_version,
        was_ready=before.was_ready or (seen.health is NodeHealth.READY),
        has_held_data=_has_held_data(seen, before, situation),
        is_recovering=_is_recovering(seen, before, rule),
        is_parameters_in_sync=not parameters.drift(seen, situation),
        awaited_parameters=parameters.awaited(seen, situation) if answer is not None else before.awaited_parameters,
        is_reboot_awaited=parameters.is_reboot_awaited(seen, situation) if answer else before.is_reboot_awaited,
        reboot=_restart(seen.node.reboot_requested_at, before.reboot, seen),
        rebuild=_restart(seen.node.rebuild_requested_at, before.rebuild, seen),
        missing_rights=answer.missing_rights if answer is not None else life.missing_rights,
        first_replication_id=life.first_replication_id or (answer.replication_id if answer is not None else ""),
        has_synced=life.has_synced or (seen.is_replica and seen.health is NodeHealth.READY),
        is_up_to_date=_is_up_to_date(seen, life, situation),
        has_tls=has_tls(answer.parameters) if answer is not None else before.has_tls,
        certificate=next(iter(answer.certificates), None) if answer is not None else life.certificate,
        runs_in_cluster=answer.runs_in_cluster if answer is not None else before.runs_in_cluster,
        is_held_back=seen.is_held_back,
        is_introduced=(life.is_introduced or (rule == members.ROLES and members.is_new_replica(seen)))
        and not seen.is_primary,
        silence=seen.silence,
        bound_addresses=answer.bound_addresses if answer is not None else life.bound_addresses,
        is_copying=answer.is_syncing if answer is not None else life.is_copying,
        is_joining=not answer.is_link_up if answer is not None else life.is_joining,
        primary_address=_primary_address(seen) if answer is not None else life.primary_address,
        sync_progress_percent=_sync_progress_percent(seen) if answer is not None else life.sync_progress_percent,
        full_sync_started_at=_full_syncs(seen, before, situation.now) if is_same_life or is_let_go else (),
    )


def _rounded_up(number: int) -> int:
    """To its five leading binary digits."""
    unit = 1 << max(0, number.bit_length() - 5)
    return -(-number // unit) * unit


def _has_held_data(seen: SeenNode, before: ObservedNode, situation: Situation) -> bool:
    """Remembered over restarts, until there is nothing to hold: keys expire, are deleted, or move to another shard.

    Who is empty beside an empty primary that it is in sync with has lost nothing, and may take over.
    """
    if seen.answer is None or not before.has_held_data:
        return before.has_held_data or (seen.answer is not None and seen.answer.key_count > 0)
    primary = situation.find_primary(situation.node_group_of(seen.node))
    is_truly_empty = (
        seen.health is NodeHealth.READY
        and seen.answer.key_count == 0
        and primary is not None
        and primary.answer is not None
        and primary.answer.key_count == 0
    )
    return not is_truly_empty


def _is_recovering(seen: SeenNode, before: ObservedNode, rule: str) -> bool:
    """Lost without anybody asking for it. A failover comes first, in AWS's history as in ours: then the recovery.

    Who may not act for a moment does not know yet whether there will be one. A rebuild that TestFailover asked for is
    told in the same words.
    """
    if seen.health is NodeHealth.READY or not before.was_ready:
        return False
    if seen.is_certainly_dead and rule not in (STEADINESS, FAILOVER) and not statuses.is_rebooting(seen.node, before):
        return True
    return before.is_recovering


def _restart(requested_at: datetime | None, ordered: Restart | None, seen: SeenNode) -> Restart | None:
    return record_restart(requested_at, ordered, seen.process, is_known=seen.before is not None)


def record_restart(
    requested_at: datetime | None, ordered: Restart | None, process: Process, *, is_known: bool
) -> Restart | None:
    """Whose life an order ends is settled by the first pass that sees it.

    A node that nobody remembers (the store was lost) has long done what its document still says: nobody's.
    """
    if requested_at is None:
        return None
    if ordered is not None and ordered.requested_at == requested_at:
        return ordered
    started_at = process.started_at if is_known and isinstance(process, Running) else None
    return Restart(requested_at=requested_at, of_started_at=started_at)


def _is_up_to_date(seen: SeenNode, life: ObservedNode, situation: Situation) -> bool:
    """Judged anew only while its primary answers: afterwards every link falls silent."""
    primaries = {other.node.address for other in situation.nodes if other.is_primary}
    answer = seen.answer
    silent_seconds = 0.0 if seen.silence is None else seconds(seen.silence, situation.now)
    if primaries and silent_seconds >= heirs.UP_TO_DATE_SECONDS:
        return False  # what its primary has said for so long it has perhaps not heard
    if answer is None or answer.primary_address not in primaries:
        return life.is_up_to_date
    heard_ago_seconds = answer.link_silent_seconds
    is_fresh = heard_ago_seconds is not None and heard_ago_seconds < heirs.UP_TO_DATE_SECONDS
    return seen.health is NodeHealth.READY and is_fresh


def _primary_address(seen: SeenNode) -> str | None:
    """Nowhere is a port of the node's own address where nobody listens."""
    followed = None if seen.answer is None else seen.answer.primary_address
    return None if followed == seen.node.address else followed


def _sync_progress_percent(seen: SeenNode) -> int | None:
    """In whole percents, as `readiness` says it: a record that changes is written."""
    ratio = None if seen.answer is None else seen.answer.sync_progress_ratio
    return None if ratio is None else round(100 * ratio)


def _full_syncs(seen: SeenNode, before: ObservedNode, now: datetime) -> tuple[datetime, ...]:
    """When full syncs began since it was last in sync."""
    if seen.health is NodeHealth.READY:
        return ()
    has_begun = seen.answer is not None and seen.answer.is_syncing and not before.is_copying
    return (*before.full_sync_started_at, now)[-sync_loops.COUNT_MAX :] if has_begun else before.full_sync_started_at
