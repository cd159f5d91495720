"""The customer's history, append-only, pruned by age."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from elastane.model.events import Event, SourceType
from elastane.model.ids import Region
from elastane.model.seen_groups import Subject
from elastane.model.seen_memcached_clusters import MemcachedSubject
from elastane.store.database import Transaction


def append_events(tx: Transaction, events: Iterable[Event]) -> None:
    """Rings for who tells topics, where one of them is to be told to one."""
    told = tuple(events)
    tx.connection.executemany(
        """INSERT INTO events (region, at, source_type, source_id, message, topic_arn) VALUES (?, ?, ?, ?, ?, ?)""",
        [
            (each.region, _text(each.at), each.source_type, each.source_id, each.message, each.topic_arn)
            for each in told
        ],
    )
    if any(event.topic_arn is not None for event in told):
        tx.ring_notifications()


def list_events(
    tx: Transaction,
    region: Region,
    *,
    start: datetime,
    end: datetime,
    source_type: SourceType | None = None,
    source_id: str | None = None,
    before_number: int | None = None,
    limit: int = -1,
) -> tuple[tuple[int, Event], ...]:
    """Newest first, as AWS lists them, both ends of the window included.

    A page goes on in front of the last number of the page before; None begins.
    """
    rows = tx.connection.execute(
        """
        SELECT id, at, source_type, source_id, message FROM events
        WHERE region = :region AND at >= :start AND at <= :end AND (:before IS NULL OR id < :before)
          AND (:source_type IS NULL OR source_type = :source_type)
          AND (:source_id IS NULL OR source_id = :source_id)
        ORDER BY id DESC LIMIT :limit
        """,
        {
            "region": region,
            "start": _text(start),
            "end": _text(end),
            "before": before_number,
            "source_type": source_type,
            "source_id": source_id,
            "limit": limit,
        },
    )
    return tuple(_numbered(region, row) for row in rows)


def list_recent_events(
    tx: Transaction, subject: Subject | MemcachedSubject, now: datetime, *, limit: int
) -> tuple[Event, ...]:
    """The newest of a cache and its nodes, or of the one node that was asked about; oldest first.

    A user, or a cache of the other form, may have the same id: its events are its own. A Memcached cluster has those
    of its nodes, too.
    """
    region, sources = _sources(subject)
    rows = tx.connection.execute(
        """
        SELECT id, at, source_type, source_id, message FROM events
        WHERE region = :region AND at <= :now AND (source_type, source_id) IN (
          SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:sources)
        )
        ORDER BY id DESC LIMIT :limit
        """,
        {
            "region": region,
            "now": _text(now),
            "sources": msgspec.json.encode(sorted(sources)).decode(),
            "limit": limit,
        },
    )
    return tuple(event for _, event in reversed([_numbered(region, row) for row in rows]))


def _sources(subject: Subject | MemcachedSubject) -> tuple[Region, set[tuple[SourceType, str]]]:
    if isinstance(subject, MemcachedSubject):
        cluster = subject.cluster.desired
        return cluster.region, {(SourceType.CACHE_CLUSTER, str(cluster.id))}
    group = subject.group.desired
    sources = {(SourceType.CACHE_CLUSTER, str(node.id)) for node in subject.nodes}
    if subject.node_id is None:
        sources.add((SourceType(group.form), str(group.id)))  # a form and its events' source are spelled alike
    return group.region, sources


def list_events_to_tell(tx: Transaction, *, after_number: int, limit: int) -> tuple[tuple[int, Event], ...]:
    """Those that a topic is to be told of, of all regions, oldest first, from behind one; 0 begins."""
    rows = tx.connection.execute(
        """
        SELECT id, region, at, source_type, source_id, message, topic_arn FROM events
        WHERE topic_arn IS NOT NULL AND id > ? ORDER BY id LIMIT ?
        """,
        (after_number, limit),
    ).fetchall()
    numbered = ((topic_arn, _numbered(Region(region), (number, *told))) for number, region, *told, topic_arn in rows)
    return tuple((number, replace(event, topic_arn=topic_arn)) for topic_arn, (number, event) in numbered)


def prune_events(tx: Transaction, *, before: datetime) -> None:
    tx.connection.execute("""DELETE FROM events WHERE at < ?""", (_text(before),))


def _numbered(region: Region, row: tuple[int, str, str, str, str]) -> tuple[int, Event]:
    number, at, source_type, source_id, message = row
    event = Event(
        region=region,
        at=datetime.fromisoformat(at),
        source_type=SourceType(source_type),
        source_id=source_id,
        message=message,
    )
    return number, event


def _text(at: datetime) -> str:
    """Fixed width, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
