"""Slots that may have moved unseen: who took them has to be heard before anybody claims them. Pure.

Claiming slots that another shard has just taken undoes the move, and loses what came with it: of two claims the newer
one is right, and who loses a slot deletes what it has in it. Asked by `failover` and `topology`.
"""

from collections.abc import Sequence

from elastane.model.ids import MemberId
from elastane.model.replication_groups import NodeGroup
from elastane.model.rests import is_within
from elastane.model.slots import intersection
from elastane.reconcile.plan import shards
from elastane.reconcile.plan.verdicts import Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import CancelMoves

ENDING_MOVES = "the primary is lost amid a move of slots: that ends first, so that each slot has one owner"
UNHEARD_OF = "not heard yet of slots that had moved"
"""How every sentence ends that says so of somebody."""
GOSSIP_SECONDS_MAX = 2.0
"""For the end of moves, and for gossip after it. Both together are less than the five seconds for which a source holds
writes back, when its target has taken the slots and died before the source heard of it."""


def are_moves_ended_first(situation: Situation, node_group: NodeGroup) -> bool:
    """Whether somebody says that whole slots move from or to a node group without a primary. Once: gossip is next."""
    last = situation.before.verdict
    is_past = last is not None and last.sentence.endswith(UNHEARD_OF)
    return not is_past and shards.are_slots_moving(situation, node_group) and is_new(situation, ENDING_MOVES)


def end_moves(situation: Situation, node_group: NodeGroup) -> Verdict:
    """By whoever takes them. Who gives them, and lives, is about to find out by itself."""
    takers = shards.takers(situation, node_group)
    if not takers:
        return Wait(reason=ENDING_MOVES)
    return Act(steps=tuple(CancelMoves(node_id=seen.id) for seen in takers), why=ENDING_MOVES)


def is_new(situation: Situation, sentence: str) -> bool:
    """Bounded: what has not come by then is another trouble, and a shard without a primary is the greater one."""
    last = situation.before.verdict
    return last is None or last.sentence != sentence or is_within(situation.now, last.since, GOSSIP_SECONDS_MAX)


def is_news_awaited(situation: Situation, seen: SeenNode, holder_id: MemberId, sentence: str) -> bool:
    """Whether a node would take slots back that have moved, and is to hear of that first.

    For a moment where it can hear who owns them. As long as it takes where they have no connection: two would own the
    slots until they have, and what was written to the one with the older claim is lost then.
    """
    slots = shards.ascribed_in_error(situation, seen, holder_id)
    if not slots:
        return False
    owners = (other for other in situation.around if other.is_primary and intersection(other.slots, slots))
    known = (None if seen.view is None else seen.view.find(situation.member_id(owner)) for owner in owners)
    return is_new(situation, sentence) or any(member is not None and not member.is_linked for member in known)


def silent_takers(situation: Situation, node_group: NodeGroup) -> tuple[SeenNode, ...]:
    """Who may have taken slots over since they were last seen with this node group, and cannot be asked.

    Those that live, may be primary, and are of node groups that shall have such slots and have no primary that answers.
    """
    claimed, found = shards.claim(situation, node_group), list[SeenNode]()
    for other in situation.others:
        ids = {node.id for node in other.nodes}
        nodes = [seen for seen in situation.around if seen.id in ids]
        if intersection(other.slots, claimed) and not any(seen.is_primary for seen in nodes):
            had_the_role = {other.ordered_primary, situation.before.primaries.get(other.id)}
            found += [seen for seen in nodes if seen.has_fallen_silent and seen.id in had_the_role]
    return tuple(found)


def wait_for(situation: Situation, takers: Sequence[SeenNode]) -> Wait:
    """Told when it lasts, for then only a person may end it."""
    does = "does" if len(takers) == 1 else "do"
    reason = f"{names(takers)} may have taken slots over just now and {does} not answer: heard before slots are claimed"
    return Wait(reason=reason, is_told=situation.has_lasted(reason))
