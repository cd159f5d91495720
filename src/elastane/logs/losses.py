"""Entries that could not be read: counted by log, and told at once when it begins, then once a minute in one sum.

An engine that loses entries does so at every look, and nobody reads a line a second from each of a hundred nodes.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta

from elastane.model.ids import NodeId

log = logging.getLogger("elastane.logs")

TOLD_EVERY = timedelta(minutes=1)


class Losses:
    def __init__(self) -> None:
        self._untold: Counter[NodeId] = Counter()
        self._told_at: dict[NodeId, datetime] = {}

    def add(self, node_id: NodeId, count: int) -> None:
        self._untold[node_id] += count

    def tell(self, now: datetime) -> None:
        """What is due. `now` may be put back; then it is due."""
        for node_id, count in list(self._untold.items()):
            told_at = self._told_at.get(node_id)
            if told_at is not None and told_at <= now < told_at + TOLD_EVERY:
                continue
            log.warning(
                "log entries lost node=%s reason=%s entries of the slow log were gone before they were read",
                node_id,
                count,
            )
            self._told_at[node_id] = now
            del self._untold[node_id]
        for node_id in [one for one, at in self._told_at.items() if not at <= now < at + TOLD_EVERY]:
            del self._told_at[node_id]
