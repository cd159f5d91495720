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

    def ring(self, key: GroupKey) -> None:
        self._rung.add(key)
        self._heard.set()

    async def next_rung(self) -> frozenset[GroupKey]:
        """Waits for at least one ring and answers all of them since the last call."""
        await self._heard.wait()
        rung = frozenset(self._rung)
        self._rung.clear()
        self._heard.clear()
        return rung
