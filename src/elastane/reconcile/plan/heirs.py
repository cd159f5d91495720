"""Who holds a lost primary's data, by the history that the engines themselves keep: a replication id and an offset.

No name and no place in a list says it. A replica takes its primary's id when it has been in sync; one that never
was has an id of its own. Pure.
"""

from collections.abc import Iterable
from datetime import datetime

from elastane.model.ids import NodeId
from elastane.model.observed_replication_groups import Lineage
from elastane.model.rests import is_within
from elastane.reconcile.silence import seconds
from elastane.reconcile.situation import SeenNode, Situation

UP_TO_DATE_SECONDS = 5
"""A primary says something to its replicas every second; engines tell it in whole seconds, and may be late."""

READING_SECONDS_MAX = 1.0
"""How long a replica may read on in what a dead primary had sent; on one machine it takes milliseconds."""


READING = "the replicas still read what the dead primary had sent"
"""What is waited for, in the same words by every rule that does."""


def find_heirs(nodes: Iterable[SeenNode], lineage: Lineage | None) -> tuple[SeenNode, ...]:
    """Who may take over: of those that hold the data, the ones on the newest branch of its history."""
    holding = [seen for seen in nodes if _holds_the_data(seen, lineage)]
    newest = max((branch(seen, lineage) for seen in holding), default=0)
    return tuple(seen for seen in holding if branch(seen, lineage) == newest)


def _holds_the_data(seen: SeenNode, lineage: Lineage | None) -> bool:
    """A replica that answers and has been in sync with this history since its process began.

    A process that began later has at most what lay in its directory; it is for `topology` to compare that.
    """
    answer, before = seen.answer, seen.before
    if answer is None or not seen.is_replica or answer.is_loading or answer.is_syncing:
        return False
    if before is None or seen.is_coming_up or not (before.has_synced or _has_taken_a_history(seen)):
        return False
    return answer.priority != 0 and not seen.has_lost_its_data and branch(seen, lineage) > 0


def _has_taken_a_history(seen: SeenNode) -> bool:
    """Its history has another name than at its process's first answer: it ended a sync that no pass has seen end."""
    assert seen.answer is not None and seen.before is not None, "asked of nodes that answered before, too"
    first = seen.before.first_replication_id
    return bool(first) and seen.answer.replication_id != first


def branch(seen: SeenNode, lineage: Lineage | None, ordered_primary: NodeId | None = None) -> int:
    """How new a node's branch of the recorded history is: 0 for another history, else more for newer.

    Every promotion begins a branch, and offsets of two branches say nothing about each other.

        3   it went on from the recorded branch, or it is who was ordered to be primary and has a history that nobody
            knows: a promotion since then, that no pass has seen
        2   the recorded branch itself
        1   the branch that the recorded one went on from
    """
    assert seen.answer is not None, "only of nodes that answered"
    if lineage is None:  # nobody was ever seen as primary: all are alike
        return 2
    answer = seen.answer
    if answer.replication_id == lineage.replication_id:
        return 2
    if answer.previous_replication_id == lineage.replication_id:
        return 3
    if {answer.replication_id, answer.previous_replication_id} & ({lineage.previous_replication_id} - {""}):
        return 1
    return 3 if seen.id == ordered_primary and answer.key_count > 0 else 0


def was_up_to_date(seen: SeenNode, holder: SeenNode, now: datetime) -> bool:
    """Whether it heard its primary for as long as we did. One whose link fell silent earlier lacks what came since.

    What is remembered of it may be of the primary before, when the holder was ordered to be it and fell silent before
    anybody saw it. Then what that one took meanwhile, in the time between two looks, is the price of going on at all.
    """
    if seen.before is not None and seen.before.is_up_to_date:
        return True
    answer = seen.answer
    if answer is None or not answer.is_link_up or answer.primary_address != holder.node.address:
        return False
    silent_seconds = 0.0 if holder.silence is None else seconds(holder.silence, now)
    return answer.link_silent_seconds is not None and answer.link_silent_seconds < silent_seconds + UP_TO_DATE_SECONDS


def are_reading(candidates: Iterable[SeenNode], situation: Situation) -> bool:
    """Whether somebody's link to a primary that is dead looks up: there is more to read in it.

    Bounded: once that has been waited for, a link is called up for another reason. But who was silent until now has
    not read anything meanwhile.
    """
    linked = [seen for seen in candidates if seen.is_replica and seen.answer is not None and seen.answer.is_link_up]
    if not linked:
        return False
    if any(seen.before is not None and seen.before.silence is not None for seen in linked):
        return True
    last = situation.before.verdict
    return last is None or last.sentence != READING or is_within(situation.now, last.since, READING_SECONDS_MAX)
