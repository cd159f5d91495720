"""Slots move from who owns them to who shall own them, while both serve.

What is done follows from the world alone: who says they own a slot, what engines say of moves under way, which slots
stand open. A control plane that dies amid a resharding therefore goes on where it was.

    a slot                                          what follows
    ─────────────────────────────────────────────   ─────────────────────────────────────────────────────────
    is open (moved key by key, half done)           that move is finished first, whatever is desired by now;
                                                    closed, when its other side is none of the group's any more
    shall be another's, both sides are calm         it is moved: many at once by engines that can (`begin_move`),
                                                    else one after the other, for a moment in each pass
    shall be another's, a side is not calm          it stays: a failover, a reboot, a switchover come first
    shall be another's, and the target has not      it stays: what the target claims would not last. Engines tell one
    heard of its owner's epoch                      another within moments
    shall be another's, and the target is full,     the resharding is given up: what is so now is what shall be,
    or the move has failed too often                and the customer is told why

A side is calm when its primary answers, no rule of more danger speaks for it, and a replica of the target is in sync
if it has any: what arrives must not have one copy less than what left.
"""

from datetime import datetime

from msgspec.structs import replace

from elastane.model import slot_plans
from elastane.model.cluster_views import MoveState, SlotMove
from elastane.model.ids import NodeGroupId
from elastane.model.rests import is_within, rest_seconds
from elastane.model.slot_plans import Move
from elastane.model.slots import (
    ALL_SLOTS,
    Slots,
    count,
    difference,
    format_slots,
    lowest,
    union,
)
from elastane.reconcile.plan.open_slots import finish_open
from elastane.reconcile.plan.shards import has_whole_moves, moves_under_way
from elastane.reconcile.plan.slot_owners import Shard, can_outbid, get_shards, memory_limit_bytes
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import (
    BeginMove,
    CancelMoves,
    CarrySlots,
    SettleSlots,
    Step,
    side_by_side,
)

SLOTS = "slots"
"""This rule's name."""

LONG_MOVE_SECONDS = 60.0

SLOTS_AT_ONCE = 512
"""A move is all or nothing: smaller ones show progress, and a failed one has wasted less. Each costs a fork."""

FAILURES_MAX = 6
"""So many in a row, each waited for longer, with fewer slots: then nothing will change it."""


def rule(situation: Situation) -> Verdict:
    if not situation.group.is_cluster:
        return SATISFIED
    shards = get_shards(situation)
    opened = finish_open(situation, shards, has_failed=_has_failed(situation))
    moves = _moves(situation, shards)
    if opened and not (moves and _is_stuck(situation)):
        return Act(
            steps=side_by_side(opened),
            why=f"slots that stand open are moved on: {_progress(situation, shards)}",
            is_told=_is_stuck(situation),
        )
    if not moves:
        return _rest(situation, shards)
    calm = [move for move in moves if not {move.source, move.target} & situation.occupied]
    unready = sorted({move.target for move in calm if not _is_ready(situation, shards[move.target])})
    ready = [move for move in calm if move.target not in unready]
    if not ready:
        who = f"shard {', '.join(unready)} has a replica in sync" if unready else "the shards concerned are calm again"
        return Wait(reason=f"{count(union(*(move.slots for move in moves)))} slots move when {who}")
    reason = _why_given_up(situation, shards, ready)
    if reason is not None:
        return _give_up(situation, shards, reason)
    heard = [move for move in ready if can_outbid(situation, shards[move.source], shards[move.target])]
    if not heard:
        return _wait_for_moves(situation, shards) if _are_moving(shards) else _wait_for_news(situation, ready)
    return (_move_whole if has_whole_moves(situation) else _carry)(situation, shards, heard)


# --- who owns what -------------------------------------------------------------------------------


def _moves(situation: Situation, shards: dict[NodeGroupId, Shard]) -> list[Move]:
    """What is still to move. What a target claims already has arrived, though its source has not heard of it."""
    owned = {part: shard.owned for part, shard in shards.items()}
    wanted = {part.id: part.slots for part in situation.group.node_groups}
    moves = (
        replace(move, slots=difference(move.slots, shards[move.target].primary.slots))
        for move in slot_plans.moves(owned, wanted)
        if move.source in shards and move.target in shards
    )
    return [move for move in moves if move.slots]


def _is_ready(situation: Situation, target: Shard) -> bool:
    replicas = [
        seen for seen in situation.staying if seen.node in target.node_group.nodes and seen is not target.primary
    ]
    return not replicas or bool(situation.heirs(target.node_group))


def _progress(situation: Situation, shards: dict[NodeGroupId, Shard]) -> str:
    total = 0 if situation.group.resharding is None else situation.group.resharding.slot_count
    left = sum(count(difference(shard.node_group.slots, shard.owned)) for shard in shards.values())
    return f"{left} slots have still to move" + (f" ({max(0, total - left) / total:.0%} done)" if total else "")


# --- moving --------------------------------------------------------------------------------------


def _move_whole(situation: Situation, shards: dict[NodeGroupId, Shard], moves: list[Move]) -> Verdict:
    """One move from each source at a time: it forks for it. Sources side by side."""
    busy = {part for part, shard in shards.items() if any(move.is_export for move in moves_under_way(shard.primary))}
    steps: list[Step] = []
    for source in sorted({move.source for move in moves} - busy):
        for move in (candidate for candidate in moves if candidate.source == source):
            failed = _failures(situation, shards, move)
            if failed and _is_resting(situation, failed):
                continue
            chosen = lowest(move.slots, max(1, SLOTS_AT_ONCE >> len(failed)))
            steps.append(
                BeginMove(source_id=shards[source].primary.id, target_id=shards[move.target].primary.id, slots=chosen)
            )
            break
    if steps:
        return Act(
            steps=side_by_side([(step,) for step in steps]), why=f"slots are moved on: {_progress(situation, shards)}"
        )
    return _wait_for_moves(situation, shards)


def _wait_for_news(situation: Situation, moves: list[Move]) -> Wait:
    targets = ", ".join(sorted({move.target for move in moves}))
    reason = f"slots move when shard {targets} has heard how new the claims of those who own them are"
    return Wait(reason=reason, is_told=situation.has_lasted(reason))


def _wait_for_moves(situation: Situation, shards: dict[NodeGroupId, Shard]) -> Wait:
    """A move ends when all that is written meanwhile has been sent, too: it may never be. Nothing is lost by that."""
    now_seconds = situation.now.timestamp()
    for part, shard in shards.items():
        for move in moves_under_way(shard.primary):
            if move.is_export and now_seconds - move.began_at_seconds > LONG_MOVE_SECONDS:
                return Wait(
                    reason=f"a move from shard {part} does not end: more is written to its slots than is sent",
                    is_told=True,
                )
    return Wait(reason=f"slots are being moved: {_progress(situation, shards)}")


def _failures(situation: Situation, shards: dict[NodeGroupId, Shard], move: Move) -> list[SlotMove]:
    """The last moves between the two, newest first, as far as they failed one after the other in this resharding."""
    since = situation.group.resharding.requested_at.timestamp() if situation.group.resharding is not None else 0.0
    pair = [
        past
        for past in shards[move.source].view.moves
        if past.is_export and past.target_id == shards[move.target].id and past.began_at_seconds >= int(since)
    ]
    ended = [past for past in pair if past.state in (MoveState.FAILED, MoveState.SUCCEEDED)]
    succeeded = next((number for number, past in enumerate(ended) if past.state is MoveState.SUCCEEDED), len(ended))
    return ended[:succeeded]


def _is_resting(situation: Situation, failed: list[SlotMove]) -> bool:
    """Longer after each failure. Counted from its beginning, by an engine's clock, which is this machine's."""
    began_at = datetime.fromtimestamp(failed[0].began_at_seconds, tz=situation.now.tzinfo)
    return is_within(situation.now, began_at, 1.0 + rest_seconds(len(failed)))


def _carry(situation: Situation, shards: dict[NodeGroupId, Shard], moves: list[Move]) -> Verdict:
    """Pairs that share no side, side by side: an engine does nothing else while it moves keys."""
    taken: set[NodeGroupId] = set()
    steps: list[Step] = []
    for move in moves:
        if not {move.source, move.target} & taken:
            taken |= {move.source, move.target}
            source, target = shards[move.source].primary, shards[move.target].primary
            steps.append(CarrySlots(source_id=source.id, target_id=target.id, slots=move.slots))
    return Act(steps=side_by_side([(step,) for step in steps]), why=f"slots are moved: {_progress(situation, shards)}")


# --- giving up -----------------------------------------------------------------------------------


def _has_failed(situation: Situation) -> bool:
    failure = situation.before.failure
    return failure is not None and failure.rule == SLOTS


def _is_stuck(situation: Situation) -> bool:
    failure = situation.before.failure
    if failure is None or failure.rule != SLOTS:
        return False
    return failure.is_permanent or failure.count >= FAILURES_MAX


def _why_given_up(situation: Situation, shards: dict[NodeGroupId, Shard], moves: list[Move]) -> str | None:
    full = next((part for part, shard in shards.items() if not _fits(shards, shard, moves)), None)
    if full is not None:
        return f"shard {full} has no memory for the slots that it shall own"
    for move in moves:
        failed = _failures(situation, shards, move)
        if len(failed) >= FAILURES_MAX:
            return f"{len(failed)} moves from shard {move.source} to {move.target} failed: {failed[0].message}"
    failure = situation.before.failure
    return failure.sentence if failure is not None and _is_stuck(situation) else None


def _fits(shards: dict[NodeGroupId, Shard], target: Shard, moves: list[Move]) -> bool:
    """Whether it has the memory for all that shall come, if all slots of a shard weigh the same. 0 is no limit."""
    answer, limit_bytes = target.primary.answer, memory_limit_bytes(target)
    assert answer is not None, "primaries have answered"
    arriving_bytes = sum(
        _weight_bytes(shards[move.source], move.slots) for move in moves if move.target == target.node_group.id
    )
    return limit_bytes == 0 or arriving_bytes == 0 or answer.used_memory_bytes + arriving_bytes <= limit_bytes


def _weight_bytes(source: Shard, slots: Slots) -> int:
    answer = source.primary.answer
    return 0 if answer is None or not source.owned else answer.data_bytes * count(slots) // count(source.owned)


def _give_up(situation: Situation, shards: dict[NodeGroupId, Shard], reason: str) -> Verdict:
    """Once nothing moves any more: what is so now is what shall be."""
    if _are_moving(shards):
        return _end_moves(shards, f"the resharding ends: {reason}")
    claims = [shard.primary.slots for shard in shards.values()]
    if union(*claims) != ALL_SLOTS or sum(map(count, claims)) != count(ALL_SLOTS):
        return Wait(reason=f"the resharding ends when every slot is known to have one owner: {reason}")
    return Act(
        steps=(SettleSlots(slots={part: shard.owned for part, shard in shards.items()}, reason=reason),),
        why=f"the resharding ends: {reason}",
    )


def _are_moving(shards: dict[NodeGroupId, Shard]) -> bool:
    return any(True for shard in shards.values() for _ in moves_under_way(shard.primary))


def _end_moves(shards: dict[NodeGroupId, Shard], why: str) -> Verdict:
    """By the side that takes; a move that only its giving side still tells of has ended, and it is about to hear."""
    takers = [
        shard.primary for shard in shards.values() if any(not move.is_export for move in moves_under_way(shard.primary))
    ]
    if not takers:
        return Wait(reason=f"{why}; a move is about to end")
    return Act(steps=tuple(CancelMoves(node_id=seen.id) for seen in takers), why=why)


def _rest(situation: Situation, shards: dict[NodeGroupId, Shard]) -> Verdict:
    """Everybody owns what they shall, as far as they are heard: a move that still runs is of an earlier wish."""
    unheard = {node_group.id for node_group in situation.group.node_groups} - set(shards)
    if unheard and unheard <= situation.occupied:
        return SATISFIED  # what is the matter with them is said already
    if unheard:
        return Wait(reason="who owns which slots is known when every shard has a primary that answers")
    unowned = difference(ALL_SLOTS, *(shard.owned for shard in shards.values()))
    if unowned:
        reason = f"nobody says that it owns {count(unowned)} of the slots: {format_slots(unowned)}"
        return Wait(reason=reason, is_told=situation.has_lasted(reason))
    if sum(count(shard.primary.slots) for shard in shards.values()) > count(ALL_SLOTS):
        return Wait(reason="some slots have just moved, and who gave them has not heard of it yet")
    return _end_moves(shards, "no slot has to move any more") if _are_moving(shards) else SATISFIED
