"""What waits to be delivered, message and all, as no part of the control plane wants it at once."""

from datetime import datetime

from elastane.store import Transaction, deliveries
from elastane.store.deliveries import Due


def list_due(tx: Transaction, now: datetime, *, per_subscription: int) -> tuple[Due, ...]:
    waiting = deliveries.list_due(tx, now, per_subscription=per_subscription)
    return tuple(due for each in waiting if (due := deliveries.find_due(tx, each.number)) is not None)
