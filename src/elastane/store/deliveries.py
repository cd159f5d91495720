"""What is still to be delivered, and how often it was tried: the outbox of topics.

A row for each message and subscription, from the moment the message is published until it is delivered or given up;
then it is gone, and only counted. A message is gone with its last row. So the outbox is as long as what waits, and
what waits for one subscription is bounded: a message more than that is counted as given up at once.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from elastane.model.ids import Arn, Region
from elastane.model.loop_reports import Backlog
from elastane.model.notifications import Message
from elastane.store.database import Transaction

WAITING_COUNT_MAX: Final = 10_000
"""For one subscription."""
WAITING_BYTES: Final = 64 * 1024 * 1024
"""Of long messages so many may wait for one subscription as have this length together; where long and short ones wait,
a few times that."""

_DECODER = msgspec.json.Decoder(Message)
_REMOVE_MESSAGE: Final = (
    """DELETE FROM messages WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message_id = ?1)"""
)
"""With its last delivery."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that is to be tried now."""

    number: int
    subscription_arn: Arn
    message: Message
    tried_count: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is due, without what is to be delivered: many may be due, and few are tried at a time."""

    number: int
    subscription_arn: Arn


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    delivered_count: int = 0
    given_up_count: int = 0


def add_message(tx: Transaction, message: Message, subscription_arns: Iterable[Arn]) -> None:
    """To be delivered to each of them at once. Rings for who delivers; without anybody to tell, nothing is written."""
    body = msgspec.json.encode(message)
    waiting_count_max = min(WAITING_COUNT_MAX, WAITING_BYTES // len(body))
    taking = []
    for arn in subscription_arns:
        if _waiting_count(tx, arn) < waiting_count_max:
            taking.append(arn)
        else:
            _count(tx, message.topic_arn, given_up=1)
    if not taking:
        return
    tx.connection.execute(
        """INSERT INTO messages (id, topic_arn, body) VALUES (?, ?, ?)""",
        (message.id, message.topic_arn, body),
    )
    tx.connection.executemany(
        """INSERT INTO deliveries (message_id, subscription_arn, due_at, tried_count) VALUES (?, ?, ?, 0)""",
        [(message.id, arn, _text(message.at)) for arn in taking],
    )
    tx.ring_notifications()


def list_due(tx: Transaction, now: datetime, *, per_subscription: int) -> tuple[Waiting, ...]:
    """Of each subscription the longest due ones, and so many at most: nobody's backlog hides another's news."""
    # From one subscription to the next by the index: as many steps as subscriptions, however long their backlogs are.
    waiting = tx.connection.execute(
        """
        WITH RECURSIVE waiting (arn) AS (
            SELECT min(subscription_arn) FROM deliveries
            UNION ALL
            SELECT (SELECT min(subscription_arn) FROM deliveries WHERE subscription_arn > waiting.arn)
            FROM waiting WHERE waiting.arn IS NOT NULL
        )
        SELECT arn FROM waiting WHERE arn IS NOT NULL
        """
    ).fetchall()
    found: list[Waiting] = []
    for (arn,) in waiting:
        rows = tx.connection.execute(
            """SELECT id FROM deliveries WHERE subscription_arn = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?""",
            (arn, _text(now), per_subscription),
        )
        found.extend(Waiting(number=number, subscription_arn=Arn(arn)) for (number,) in rows)
    return tuple(found)


def find_due(tx: Transaction, number: int) -> Due | None:
    """None once it is delivered, given up, or its subscription gone."""
    row = tx.connection.execute(
        """
        SELECT deliveries.subscription_arn, deliveries.tried_count, messages.body
        FROM deliveries JOIN messages ON messages.id = deliveries.message_id WHERE deliveries.id = ?
        """,
        (number,),
    ).fetchone()
    if row is None:
        return None
    arn, tried_count, body = row
    message = _DECODER.decode(body)
    return Due(number=number, subscription_arn=Arn(arn), message=message, tried_count=tried_count)


def find_next_due_at(tx: Transaction, now: datetime) -> datetime | None:
    """When the next one is due that is not yet."""
    row = tx.connection.execute("""SELECT min(due_at) FROM deliveries WHERE due_at > ?""", (_text(now),)).fetchone()
    return None if row[0] is None else datetime.fromisoformat(row[0])


def bring_forward(tx: Transaction, now: datetime, *, seconds_max: int) -> None:
    """What is due later than anything can be was written under a clock that has been set back since: it is due now."""
    latest = now + timedelta(seconds=seconds_max)
    tx.connection.execute("""UPDATE deliveries SET due_at = ? WHERE due_at > ?""", (_text(now), _text(latest)))


def postpone(tx: Transaction, due: Due, until: datetime) -> None:
    """It was tried in vain, and will be tried again."""
    tx.connection.execute(
        """UPDATE deliveries SET due_at = ?, tried_count = ? WHERE id = ?""",
        (_text(until), due.tried_count + 1, due.number),
    )


def mark_delivered(tx: Transaction, due: Due) -> None:
    """Idempotent: what is gone is not counted."""
    if _remove(tx, due):
        _count(tx, due.message.topic_arn, delivered=1)


def give_up(tx: Transaction, due: Due) -> None:
    if _remove(tx, due):
        _count(tx, due.message.topic_arn, given_up=1)


def remove_deliveries(tx: Transaction, subscription_arns: Iterable[Arn]) -> None:
    """Of subscriptions that end, with the messages that were for nobody else."""
    message_ids: set[tuple[str]] = set()
    for arn in subscription_arns:
        message_ids.update(
            tx.connection.execute("""DELETE FROM deliveries WHERE subscription_arn = ? RETURNING message_id""", (arn,))
        )
    tx.connection.executemany(_REMOVE_MESSAGE, message_ids)


def counts(tx: Transaction) -> dict[Arn, Counts]:
    """By topic, since it was made; of all that are gone together, under the empty ARN."""
    rows = tx.connection.execute("""SELECT topic_arn, delivered_count, given_up_count FROM delivery_counts""")
    return {Arn(arn): Counts(delivered_count=delivered, given_up_count=given_up) for arn, delivered, given_up in rows}


def remove_counts(tx: Transaction, topic_arn: Arn) -> None:
    """Of a topic that is removed: they are kept with those of all others that are gone."""
    counted = counts(tx).get(topic_arn)
    if counted is not None:
        _count(tx, Arn(""), delivered=counted.delivered_count, given_up=counted.given_up_count)
        tx.connection.execute("""DELETE FROM delivery_counts WHERE topic_arn = ?""", (topic_arn,))


def count_waiting(tx: Transaction) -> int:
    """Of all subscriptions together."""
    return int(tx.connection.execute("""SELECT count(*) FROM deliveries""").fetchone()[0])


def find_backlog(tx: Transaction, region: Region) -> Backlog | None:
    """What waits for subscriptions of a region; None when nothing does."""
    prefix = f"arn:aws:sns:{region}:"
    count, tried_count, oldest = tx.connection.execute(
        """
        SELECT count(*), coalesce(sum(tried_count > 0), 0), min(id) FROM deliveries
        WHERE subscription_arn >= ? AND subscription_arn < ?
        """,
        (prefix, prefix + "\U0010ffff"),
    ).fetchone()
    due = find_due(tx, oldest) if count else None
    return None if due is None else Backlog(count=count, tried_count=tried_count, oldest_at=due.message.at)


def _remove(tx: Transaction, due: Due) -> bool:
    is_removed = tx.connection.execute("""DELETE FROM deliveries WHERE id = ?""", (due.number,)).rowcount == 1
    tx.connection.execute(_REMOVE_MESSAGE, (due.message.id,))
    return is_removed


def _waiting_count(tx: Transaction, arn: Arn) -> int:
    row = tx.connection.execute("""SELECT count(*) FROM deliveries WHERE subscription_arn = ?""", (arn,)).fetchone()
    return int(row[0])


def _count(tx: Transaction, topic_arn: Arn, *, delivered: int = 0, given_up: int = 0) -> None:
    tx.connection.execute(
        """
        INSERT INTO delivery_counts (topic_arn, delivered_count, given_up_count) VALUES (:arn, :delivered, :given_up)
        ON CONFLICT (topic_arn) DO UPDATE SET
            delivered_count = delivered_count + :delivered, given_up_count = given_up_count + :given_up
        """,
        {"arn": topic_arn, "delivered": delivered, "given_up": given_up},
    )


def _text(at: datetime) -> str:
    """Fixed width, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
