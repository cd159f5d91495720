"""Node groups for a person: what each owns in cluster mode, who serves it, what it waits for, and how far a move is.

`elastane status` shows them as rows, `elastane explain` and ExplainCache as sentences.
"""

from collections.abc import Iterator

import msgspec

from elastane.model import slots
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth, ObservedVerdict, VerdictKind, slots_to_move
from elastane.model.replication_groups import NodeGroup
from elastane.model.seen_groups import SeenGroup
from elastane.model.statuses import is_changing

RANGE_COUNT_MAX = 3
"""More ranges than that are counted where there is little room."""


class NodeGroupRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    slots: str | None
    """What it was last seen to own, as AWS's API writes it; None without cluster mode."""
    slot_count: int
    primaries: tuple[str, ...]
    """Who called itself that in the last pass: one, unless something is wrong."""
    replicas: tuple[str, ...]
    ready_replica_count: int
    node_count: int
    """Those included that nobody could ask for their role."""
    is_leaving: bool
    sentence: str
    """What the last pass decided for it by itself; empty where there is one node group only."""


class ReshardingRow(msgspec.Struct, frozen=True, kw_only=True):
    moved_percent: int
    slots_left: int
    slot_count: int


def node_group_row(seen: SeenGroup, part: NodeGroup) -> NodeGroupRow:
    observed = seen.observed
    owned = observed.slots.get(part.id, slots.NO_SLOTS)
    found = [last for node in part.nodes if (last := seen.last_seen(node)) is not None]
    replicas = [last for last in found if last.role is Role.REPLICA]
    verdict = observed.node_group_verdicts.get(part.id)
    return NodeGroupRow(
        id=part.id,
        slots=slots.format_slots(owned) if seen.desired.is_cluster else None,
        slot_count=slots.count(owned),
        primaries=tuple(last.id for last in found if last.role is Role.PRIMARY),
        replicas=tuple(last.id for last in replicas),
        ready_replica_count=sum(last.health is NodeHealth.READY for last in replicas),
        node_count=len(part.nodes),
        is_leaving=part.is_leaving,
        sentence="" if verdict is None else verdict.sentence,
    )


def find_resharding(seen: SeenGroup) -> ReshardingRow | None:
    """None while none is under way, as in the API's answer: slots that nobody has yet are no resharding."""
    asked, left = seen.desired.resharding, slots_to_move(seen.desired, seen.observed)
    if asked is None or not left or not is_changing(seen.desired, seen.observed):
        return None
    count = max(left, asked.slot_count)  # more may be left than was asked for: a slot that went astray is moved, too
    return ReshardingRow(moved_percent=100 * (count - left) // count, slots_left=left, slot_count=count)


def slots_in_short(row: NodeGroupRow) -> str:
    """``5462 (0-5461)``."""
    if not row.slots:
        return "none"
    ranges = row.slots.count(",") + 1
    return f"{row.slot_count} ({row.slots if ranges <= RANGE_COUNT_MAX else f'{ranges} ranges'})"


def resharding_sentence(row: ReshardingRow) -> str:
    return f"resharding: {row.moved_percent} % moved"


def ownership_sentences(seen: SeenGroup) -> Iterator[str]:
    """A line for each node group in cluster mode, and one for the move."""
    if not seen.desired.is_cluster:
        return
    resharding = find_resharding(seen)
    if resharding is not None:
        yield f"{resharding_sentence(resharding)}, {resharding.slots_left} of {resharding.slot_count} slots are left"
    for part in seen.desired.node_groups:
        row = node_group_row(seen, part)
        yield f"node group {part.id} owns {_counted(row.slot_count)}{f': {row.slots}' if row.slots else ''}"


def waiting_sentences(seen: SeenGroup) -> Iterator[str]:
    """What was decided for each node group by itself, where there are several; those that want nothing are counted."""
    verdicts = seen.observed.node_group_verdicts
    waiting = {
        part.id: verdicts[part.id]
        for part in seen.desired.node_groups
        if part.id in verdicts and verdicts[part.id].kind is not VerdictKind.SATISFIED
    }
    for name, verdict in waiting.items():
        yield f"node group {name}: {_with_rule(verdict)}"
    others = len(verdicts.keys() - waiting.keys())
    if waiting and others:
        yield f"{others} other node group{'' if others == 1 else 's'}: nothing to do"


def _with_rule(verdict: ObservedVerdict) -> str:
    return f'{verdict.sentence} ("{verdict.rule}")'


def _counted(slot_count: int) -> str:
    return {0: "no slot", 1: "1 slot"}.get(slot_count, f"{slot_count} slots")
