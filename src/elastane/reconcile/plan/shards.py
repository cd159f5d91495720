"""What the rules ask of a node group in cluster mode: its slots, who knows whom, and what is being moved. Pure."""

from collections.abc import Iterator

from elastane.catalog import engine_versions
from elastane.model.cluster_views import Member, MoveState, SlotMove
from elastane.model.ids import MemberId
from elastane.model.member_ids import member_id
from elastane.model.replication_groups import EngineName, NodeGroup
from elastane.model.slots import NO_SLOTS, Slots, difference, intersection, union
from elastane.reconcile.situation import SeenNode, Situation

NEW_CLUSTER_VERSION = "9.0"


def claim(situation: Situation, node_group: NodeGroup) -> Slots:
    """The slots that are this node group's now: those it was last seen with, those that others have given it since, and
    those meant for it that nobody ever had, less what the primaries of others say they own.

    What it *shall* own is another question, which moves answer: a slot without its keys would be a loss. That nobody
    had a slot is known while a group is made, and else only when all who might have it are heard.
    """
    before = situation.before.slots
    ids = {node.id for node in node_group.nodes}
    others = union(*(seen.slots for seen in situation.everybody if seen.id not in ids))
    own = before.get(node_group.id, NO_SLOTS)
    is_known = situation.before.available_since is None or situation.are_others_heard
    never_owned = difference(node_group.slots, *before.values()) if is_known else NO_SLOTS
    return difference(union(own, never_owned, *_given(situation, node_group)), others)


def _given(situation: Situation, node_group: NodeGroup) -> Iterator[Slots]:
    """What others had when they were last seen, and say is this node group's by now. It may not know: who took the
    slots over can have died before anybody saw it with them.
    """
    ids = {member_id(situation.group.region, node) for node in node_group.nodes}
    for other in situation.others:
        nodes = {node.id for node in other.nodes}
        had = situation.before.slots.get(other.id, NO_SLOTS)
        views = (seen.view for seen in situation.around if seen.is_primary and seen.id in nodes)
        for view in (view for view in views if view is not None):
            yield intersection(had, union(*(member.slots for member in view.others if member.id in ids)))


def unclaimed(situation: Situation, node_group: NodeGroup, primary: SeenNode) -> Slots:
    """What the node group should own, and nobody does, as far as its primary knows.

    Not while a primary elsewhere is missing: what looks like nobody's may be that one's, and its replica's next.
    """
    if primary.view is None or not (situation.before.available_since is None or situation.are_others_heard):
        return NO_SLOTS
    return difference(claim(situation, node_group), primary.view.owned_slots)


def has_majority(situation: Situation, node_group: NodeGroup, heir: SeenNode, holder: SeenNode | None) -> bool:
    """Whether the other primaries can vote an heir into the role: more than half of all that own slots, the lost one
    among those that are counted, and each knows whose replica it is.

    One that does not know yet refuses its vote, and the next ballot is a long time off. Older engines are not asked:
    they vote about a primary once in half a minute, and refuse in silence.
    """
    if holder is None or not has_whole_moves(situation):
        return False
    heir_id, holder_id = situation.member_id(heir), situation.member_id(holder)
    if any(member.is_handshaking for seen in situation.everybody if seen.view for member in seen.view.others):
        return False  # engines lose a request for votes now and then that comes amid an introduction
    voters = [seen for seen in situation.everybody if seen.is_primary and seen.slots and seen not in (heir, holder)]
    votes = [
        seen
        for seen in voters
        if (member := _as_known_by(seen, heir_id)) is not None and member.primary_id == holder_id and member.is_linked
    ]
    owners = {part for part, slots in situation.before.slots.items() if slots} | {node_group.id}
    return len(votes) > len(owners) // 2


def has_whole_moves(situation: Situation) -> bool:
    """Valkey from 9.0 on: it moves whole slots with their keys, and its votes can be asked for again at once."""
    software = situation.group.software
    oldest = engine_versions.sort_key(NEW_CLUSTER_VERSION)
    return software.engine is EngineName.VALKEY and engine_versions.sort_key(software.version) >= oldest


def has_open_slots(situation: Situation, node_group: NodeGroup) -> bool:
    """Whether keys of this node group's slots are with two primaries: its replicas know of no such thing."""
    ids = {situation.member_id(seen) for seen in situation.of(node_group)}
    for seen in situation.everybody:
        view = seen.view
        opened = () if view is None else (*view.leaving_slots, *view.arriving_slots)
        if opened and (situation.member_id(seen) in ids or any(slot.other in ids for slot in opened)):
            return True
    return False


def knows_as_primary(seen: SeenNode, member: MemberId) -> bool:
    """Whether a node has heard that another one is primary. It follows nobody else."""
    known = _as_known_by(seen, member)
    return known is not None and known.is_primary and not known.is_handshaking


def takes_for_replica(seen: SeenNode, member: MemberId) -> bool:
    """Whether a node that answers holds another one for a replica."""
    known = _as_known_by(seen, member)
    return known is not None and not known.is_primary


def is_nowhere_lost(seen: SeenNode) -> bool:
    """It booted as a replica of nowhere too long ago: engines forget a member that they never met, and nobody takes a
    role from one they do not know. It has no keys.
    """
    view = seen.view
    if view is None or view.own.is_primary or (seen.answer is not None and seen.answer.key_count > 0):
        return False
    return view.own.primary_id is None or view.find(view.own.primary_id) is None


def are_slots_moving(situation: Situation, node_group: NodeGroup) -> bool:
    """Whether a primary says that it takes part in a move of whole slots from or to this node group."""
    return any(True for seen in situation.everybody for _ in _moves_of(situation, node_group, seen))


def takers(situation: Situation, node_group: NodeGroup) -> tuple[SeenNode, ...]:
    """Who takes slots from or for this node group in such a move: the side that decides, so the one to end it.

    Never the side that gives. It goes on with its slots when it is told to, also when the other one has just taken them
    over and it has not heard: then both have them (tried with Valkey 9.1). By itself it ends with the one that takes.
    """
    return tuple(
        seen
        for seen in situation.everybody
        if any(not move.is_export for move in _moves_of(situation, node_group, seen))
    )


def _moves_of(situation: Situation, node_group: NodeGroup, seen: SeenNode) -> Iterator[SlotMove]:
    ids = {situation.member_id(member) for member in situation.of(node_group)}
    if seen.is_primary:
        yield from (move for move in moves_under_way(seen) if {move.source_id, move.target_id} & ids)


def moves_under_way(seen: SeenNode) -> Iterator[SlotMove]:
    moves = () if seen.view is None else seen.view.moves
    return (move for move in moves if move.state is MoveState.RUNNING)


def ascribed_in_error(situation: Situation, heir: SeenNode, holder: MemberId) -> Slots:
    """Slots that a node would claim as another one's whose role it takes, and that have moved: it has not heard of it.

    Taking them would undo the move, and lose what was written since. No error are those that somebody is about to give
    to that one, and whom the node is connected to: then the one who took them died before the giver heard of it.
    """
    known = _as_known_by(heir, holder)
    if known is None:
        return NO_SLOTS
    said = (seen.slots for seen in situation.around if seen.is_primary)
    last_seen = (situation.before.slots.get(other.id, NO_SLOTS) for other in situation.others)
    return difference(intersection(known.slots, union(*said, *last_seen)), *_being_given(situation, heir, holder))


def _being_given(situation: Situation, heir: SeenNode, holder: MemberId) -> Iterator[Slots]:
    for seen in situation.around:
        known = _as_known_by(heir, situation.member_id(seen))
        if seen.is_primary and known is not None and known.is_linked:
            yield from (move.slots for move in moves_under_way(seen) if move.is_export and move.target_id == holder)


def _as_known_by(seen: SeenNode, member: MemberId) -> Member | None:
    return None if seen.view is None else seen.view.find(member)
