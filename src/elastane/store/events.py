"""The customer's history, append-only, pruned by age."""

from collections.abc import Iterable
from datetime import UTC, datetime

from elastane.model.events import Event, SourceType
from elastane.model.ids import Region
from elastane.store.database import Transaction


def append_events(tx: Transaction, events: Iterable[Event]) -> None:
    tx.connection.executemany(
        """INSERT INTO events (region, at, source_type, source_id, message) VALUES (?, ?, ?, ?, ?)""",
        [(event.region, _text(event.at), event.source_type, event.source_id, event.message) for event in events],
    )


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
