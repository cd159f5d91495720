"""Wake-ups without data: who was rung for looks at the store for what changed.

Losing one is harmless, because loops also look by the clock; ringing twice is one wake-up.
"""

import asyncio

from elastane.model.replication_groups import GroupKey


class Bell:
    """Rung by committed writes and by dying processes; heard by the reconciler's loop."""

    def __init__(self) -> None:
        self._rung: set[GroupKey] = set()
        self._heard = asyncio.Event()
        self._network_changed = asyncio.Event()
        self._is_news = asyncio.Event()

    def ring(self, key: GroupKey) -> None:
        """For whoever looks after the group, and for who keeps the network: its addresses may be others."""
        self._rung.add(key)
        self._heard.set()
        self._network_changed.set()

    def ring_network(self) -> None:
        self._network_changed.set()

    def ring_notifications(self) -> None:
        self._is_news.set()

    async def next_news(self) -> None:
        """Waits until there may be something to deliver, and forgets all rings."""
        await self._is_news.wait()
        self._is_news.clear()

    async def next_network_change(self) -> None:
        """Waits for at least one ring that may concern the network, and forgets all of them."""
        await self._network_changed.wait()
        self._network_changed.clear()

    async def next_rung(self) -> frozenset[GroupKey]:
        """Waits for at least one ring and answers all of them since the last call."""
        await self._heard.wait()
        rung = frozenset(self._rung)
        self._rung.clear()
        self._heard.clear()
        return rung
