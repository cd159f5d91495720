"""What ExplainCache answers of a replication group or a node of one, but for its sentences: pure."""

from collections.abc import Mapping

from elastane.model import explanations
from elastane.model.explanations import next_try_at
from elastane.model.ids import node_key
from elastane.model.measurements import MeasuredNode
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import Failure, NodeHealth, ObservedNode, ObservedVerdict
from elastane.model.replication_groups import Node, NodeGroup
from elastane.model.seen_groups import SeenGroup, Subject
from elastane.model.shown_node_groups import find_resharding, node_group_row
from elastane.model.slots import format_slots
from elastane.model.statuses import cache_cluster_status, replication_group_status
from elastane.service.context import Result


def answer_group(subject: Subject, measured: Mapping[str, MeasuredNode]) -> Result:
    seen = subject.group
    group, observed = seen.desired, seen.observed
    parts = [part for part in group.node_groups if subject.node_id in (None, *(node.id for node in part.nodes))]
    return {
        "CacheId": group.id,
        "NodeId": subject.node_id,
        "Form": group.form,
        "Status": _status(subject),
        "Generation": group.generation,
        "ConvergedGeneration": observed.converged_generation,
        "Verdict": None if observed.verdict is None else answer_verdict(observed.verdict),
        "Waiting": list(explanations.awaited(seen)),
        "Failure": None if observed.failure is None else answer_failure(observed.failure),
        "NodeGroups": [_answer_node_group(seen, part) for part in parts],
        "Nodes": [
            _answer_node(seen, part, node, measured.get(node_key(group.region, node.id)))
            for part in parts
            for node in part.nodes
            if node in subject.nodes
        ],
        "Resharding": _answer_resharding(seen),
    }


def _status(subject: Subject) -> str:
    seen = subject.group
    group, observed, is_acl_changing = seen.desired, seen.observed, seen.is_acl_changing
    if subject.node_id is None:
        return replication_group_status(group, observed, is_acl_changing=is_acl_changing)
    (node,) = subject.nodes
    return cache_cluster_status(group, node, observed, is_acl_changing=is_acl_changing)


def answer_verdict(verdict: ObservedVerdict) -> Result:
    return {
        "Kind": verdict.kind,
        "Rule": verdict.rule,
        "Sentence": verdict.sentence,
        "Since": verdict.since,
    }


def answer_failure(failure: Failure) -> Result:
    return {
        "Sentence": failure.sentence,
        "Count": failure.count,
        "At": failure.at,
        "NextTryAt": None if failure.is_permanent else next_try_at(failure),
        "IsPermanent": failure.is_permanent,
    }


def _answer_node_group(seen: SeenGroup, part: NodeGroup) -> Result:
    row = node_group_row(seen, part)
    return {
        "NodeGroupId": part.id,
        "Slots": row.slots,
        "TargetSlots": format_slots(part.slots) if seen.desired.is_cluster else None,
        "TargetPrimary": part.target_primary,
        "Primaries": list(row.primaries),
        "Epoch": part.epoch,
        "IsLeaving": part.is_leaving,
        "Sentence": row.sentence or None,
    }


def _answer_node(seen: SeenGroup, part: NodeGroup, node: Node, measured: MeasuredNode | None) -> Result:
    last = seen.last_seen(node)
    return {
        "NodeId": node.id,
        "NodeGroupId": part.id,
        "Zone": node.zone,
        "Address": node.address,
        "Port": seen.desired.software.port,
        "IsLeaving": node.is_leaving,
        "IsTemporary": node.is_temporary,
        **(_answer_observed(seen, last) if last is not None else {"Health": NodeHealth.UNKNOWN}),
        **(_answer_measured(measured) if measured is not None else {}),
    }


def _answer_observed(seen: SeenGroup, last: ObservedNode) -> Result:
    """Of a process that has not answered yet, the one before has told nothing that counts."""
    has_answered = last.answered_process_started_at == last.started_at
    is_replica = has_answered and last.role is Role.REPLICA
    return {
        "Role": last.role if has_answered else None,
        "Health": last.health,
        "Sentence": last.sentence or None,
        "IsLinkUp": not last.is_joining if is_replica else None,
        "Follows": _followed(seen, last.primary_address) if is_replica else None,
        "SyncProgressPercent": None if last.sync_progress_percent is None else float(last.sync_progress_percent),
        "EngineVersion": last.engine_version,
    }


def _followed(seen: SeenGroup, address: str | None) -> str | None:
    """The node of that address, which it has for life."""
    return next((node.id for node in seen.desired.nodes if node.address == address), address)


def _answer_measured(measured: MeasuredNode) -> Result:
    return {
        "ReplicationOffset": measured.offset_bytes,
        "ReplicationLagSeconds": measured.lag_seconds,
        "MeasuredAt": measured.at,
    }


def _answer_resharding(seen: SeenGroup) -> Result | None:
    row, asked = find_resharding(seen), seen.desired.resharding
    if row is None or asked is None:
        return None
    return {
        "MovedSlotCount": row.slot_count - row.slots_left,
        "SlotCount": row.slot_count,
        "RequestedAt": asked.requested_at,
    }
