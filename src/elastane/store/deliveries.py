"""What is still to be delivered, and how often it was tried: the outbox of topics.

A row for each message and subscription, from the moment the message is published until it is delivered or given up;
then it is gone, and only counted. A message is gone with its last row. So the outbox is as long as what waits, and
what waits for one subscription is bounded: a message more than that is counted as given up at once.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from elastane.model.ids import Arn
from elastane.model.notifications import Message
from elastane.store.database import Transaction

WAITING_COUNT_MAX: Final = 10_000
"""For one subscription."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that is to be tried now."""

    number: int
    subscription_arn: Arn
    message: Message
    tried_count: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    delivered_count: int = 0
    given_up_count: int = 0


def add_message(tx: Transaction, message: Message, subscription_arns: Iterable[Arn]) -> None:
    """To be delivered to each of them at once. Rings for who delivers; without anybody to tell, nothing is written."""
    taking = []
    for arn in subscription_arns:
        if _waiting_count(tx, arn) < WAITING_COUNT_MAX:
            taking.append(arn)
        else:
            _count(tx, message.topic_arn, given_up=1)
    if not taking:
        return
    tx.connection.execute(
        """INSERT INTO messages (id, topic_arn, body) VALUES (?, ?, ?)""",
        (message.id, message.topic_arn, msgspec.json.encode(message)),
    )
    tx.connection.executemany(
        """INSERT INTO deliveries (message_id, subscription_arn, due_at, tried_count) VALUES (?, ?, ?, 0)""",
        [(message.id, arn, _text(message.at)) for arn in taking],
    )
    tx.ring_notifications()


def list_due(tx: Transaction, now: datetime, *, per_subscription: int) -> tuple[Due, ...]:
    """Of each subscription the longest due ones, and so many at most: nobody's backlog hides another's news."""
    waiting = tx.connection.execute("""SELECT DISTINCT subscription_arn FROM deliveries ORDER BY 1""").fetchall()
    found: list[Due] = []
    for (arn,) in waiting:
        rows = tx.connection.execute(
            """
            SELECT deliveries.id, deliveries.tried_count, messages.body
            FROM deliveries JOIN messages ON messages.id = deliveries.message_id
            WHERE subscription_arn = ? AND due_at <= ?
            ORDER BY due_at, deliveries.id LIMIT ?
            """,
            (arn, _text(now), per_subscription),
        )
        found.extend(
            Due(
                number=number,
                subscription_arn=Arn(arn),
                message=msgspec.json.decode(body, type=Message),
                tried_count=tried_count,
            )
            for number, tried_count, body in rows
        )
    return tuple(found)


def find_next_due_at(tx: Transaction, now: datetime) -> datetime | None:
    """When the next one is due that is not yet."""
    row = tx.connection.execute("""SELECT min(due_at) FROM deliveries WHERE due_at > ?""", (_text(now),)).fetchone()
    return None if row[0] is None else datetime.fromisoformat(row[0])


def is_waiting(tx: Transaction, number: int) -> bool:
    """False once it is delivered, given up, or its subscription gone."""
    return tx.connection.execute("""SELECT 1 FROM deliveries WHERE id = ?""", (number,)).fetchone() is not None


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


def remove_deliveries(tx: Transaction, subscription_arn: Arn) -> None:
    """Of a subscription that ends."""
    tx.connection.execute("""DELETE FROM deliveries WHERE subscription_arn = ?""", (subscription_arn,))
    tx.connection.execute("""DELETE FROM messages WHERE id NOT IN (SELECT message_id FROM deliveries)""")


def counts(tx: Transaction) -> dict[Arn, Counts]:
    """By topic, since it was made; of topics that are gone, too."""
    rows = tx.connection.execute("""SELECT topic_arn, delivered_count, given_up_count FROM delivery_counts""")
    return {Arn(arn): Counts(delivered_count=delivered, given_up_count=given_up) for arn, delivered, given_up in rows}


def count_waiting(tx: Transaction) -> int:
    """Of all subscriptions together."""
    return int(tx.connection.execute("""SELECT count(*) FROM deliveries""").fetchone()[0])


def _remove(tx: Transaction, due: Due) -> bool:
    is_removed = tx.connection.execute("""DELETE FROM deliveries WHERE id = ?""", (due.number,)).rowcount == 1
    tx.connection.execute(
        """DELETE FROM messages WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message_id = ?1)""",
        (due.message.id,),
    )
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
