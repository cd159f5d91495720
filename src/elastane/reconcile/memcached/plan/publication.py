"""What clients are told is what is so: the list of nodes, with a new number for each change, written before it is told.

A node is in the list if and only if it stays, and has been in it before or answers now:

    node                                       list
    ────────────────────────────────────────   ───────────────────────────────────────────────────────────────────────
    the cluster's first ones                   published together, once all of them answer
    added, and answers now                     in it from now on
    asked to leave                             out of it; its process goes after that (`departures`)
    lost, rebooted, replaced, hanging          stays in it, at its place: others would get its keys, and lose them again
    back with a new process                    the same list under a new number, by which clients know to connect anew

A number never means two lists, for the store takes the new one before anybody reads it, and only if nobody was faster.
An endpoint that tells a newer one than is written was told by a store that is lost: then the next number is above that,
or clients, who believe the higher one, would never look at ours.

What changes within a second of each other is published in one go where that is possible: every number costs clients
connections, and every list that is not the last one moves keys.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import Publication
from elastane.model.observations import Running
from elastane.reconcile.memcached.situation import SeenNode, Situation, named, names
from elastane.reconcile.memcached.steps import Publish
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.silence import seconds

TOGETHER_SECONDS = 1.0
"""So long those that answer wait for one that is coming up. memcached takes some milliseconds."""


def rule(situation: Situation) -> Verdict:
    published = situation.cluster.publication
    answer = situation.endpoint.answer
    if published.version == 0:
        unready = [seen for seen in situation.staying if not seen.has_spoken]
        if unready:
            return Wait(reason=f"the list of nodes waits for the first answer of {names(unready)}")
        return _publish(situation, "every node answers: the list of nodes is published")
    if answer is not None and answer.version > published.version:
        return _publish(
            situation,
            f"the configuration endpoint tells list {answer.version}, which is newer than {published.version}",
        )
    answering = [seen for seen in situation.staying if seen.has_spoken]
    added = [seen.id for seen in answering if seen.id not in published.node_ids]
    returned = [seen.id for seen in answering if has_returned(seen, published)]
    removed = sorted(set(published.node_ids) - {seen.id for seen in situation.staying})
    if not (added or removed or returned):
        return SATISFIED
    news = (
        *_told(added, "is new", "are new"),
        *_told(returned, "is back", "are back"),
        *_told(removed, "leaves", "leave"),
    )
    coming = [seen for seen in situation.staying if _is_just_coming_up(seen, situation.now)]
    if coming and not removed:
        return Wait(reason=f"{', '.join(news)}: published together with {names(coming)}, or without in a moment")
    return _publish(situation, f"{', '.join(news)}: clients are told")


def has_returned(seen: SeenNode, published: Publication) -> bool:
    """Whether it has come back with a new process, since the list was published that is so now.

    The record keeps it until there is a newer list: a control plane that dies in between finds it there.
    """
    before = seen.before
    if before is None or seen.id not in published.node_ids:
        return False
    return before.returned_at_version == published.version or (seen.has_spoken and _is_new_life(seen))


def _is_new_life(seen: SeenNode) -> bool:
    last = None if seen.before is None else seen.before.process.answered_started_at
    return isinstance(seen.process, Running) and last not in (None, seen.process.started_at)


def _is_just_coming_up(seen: SeenNode, now: datetime) -> bool:
    is_first_try = seen.before is None or seen.before.process.failed_starts == 0
    is_early = seen.silence is None or seconds(seen.silence, now) < TOGETHER_SECONDS
    return not seen.has_spoken and seen.is_coming_up and is_first_try and is_early


def _publish(situation: Situation, why: str) -> Act:
    published, answer = situation.cluster.publication, situation.endpoint.answer
    highest = max(published.version, 0 if answer is None else answer.version)
    return Act(steps=(Publish(version=highest + 1, node_ids=_node_ids(situation)),), why=why)


def _node_ids(situation: Situation) -> tuple[CacheNodeId, ...]:
    known = situation.cluster.publication.node_ids
    return tuple(sorted(seen.id for seen in situation.staying if seen.has_spoken or seen.id in known))


def _told(node_ids: Sequence[CacheNodeId], one: str, several: str) -> Iterator[str]:
    if node_ids:
        yield f"{named(node_ids)} {one if len(node_ids) == 1 else several}"
