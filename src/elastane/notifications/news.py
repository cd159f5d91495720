"""Lines of the history that a topic is to be told of become messages of that topic, each once.

How far they are told is kept in the store, and moved in the transaction that publishes: a process that dies has told
all of them or none.
"""

import logging
from datetime import datetime
from typing import Final

from elastane.model.event_names import find_news
from elastane.store import Store, Transaction, settings, topics
from elastane.store.events import list_events_to_tell

log = logging.getLogger("elastane.notifications")

BATCH_LENGTH: Final = 10
"""In a transaction: each may be for a thousand subscriptions, and failovers wait for the store, too."""
TOLD_EVENT: Final = "told_event"
"""The number of the last line that was told."""


class News:
    """Told by the delivering loop; remembers only which topics it has missed in the log."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._missed: set[str] = set()

    async def tell(self, now: datetime) -> None:
        """All there is. Raises StoreError."""
        while await self._store.read(_is_any):
            for topic_arn in await self._store.write(lambda tx: _tell(tx, now)):
                if topic_arn not in self._missed:
                    self._missed.add(topic_arn)
                    log.warning("events for a topic that does not exist here topic=%s", topic_arn)


def _is_any(tx: Transaction) -> bool:
    return bool(list_events_to_tell(tx, after_number=_told_number(tx), limit=1))


def _tell(tx: Transaction, now: datetime) -> tuple[str, ...]:
    """The topics that there are not."""
    missing = []
    for number, event in list_events_to_tell(tx, after_number=_told_number(tx), limit=BATCH_LENGTH):
        settings.save_setting(tx, TOLD_EVENT, str(number))
        text = find_news(event)
        assert event.topic_arn is not None, "only those are listed that are for a topic"
        if text is not None and topics.publish(tx, topic_arn=event.topic_arn, message=text, now=now) is None:
            missing.append(event.topic_arn)
    return tuple(missing)


def _told_number(tx: Transaction) -> int:
    return int(settings.find_setting(tx, TOLD_EVENT) or 0)
