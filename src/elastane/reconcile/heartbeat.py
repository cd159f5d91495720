"""A PING to every primary that somebody could take over from, five times a second: who is quiet gets a look.

Run by the loop. It decides nothing: like a process's end it rings the group's bell, and the pass finds out what is
the matter. It waits for no answer either. An answer that is owed for too long is seen at the next beat, so that a
thousand nodes cost a thousand small writes and no task. A look as often would cost ten times as much; without either
a hanging primary would be noticed by the clock alone, after up to two seconds.
"""

from collections.abc import Callable

from elastane.clock import every
from elastane.engines import Engines, NodeAddress
from elastane.model.replication_groups import GroupKey

BEAT_SECONDS = 0.2
QUIET_SECONDS = 0.15
"""Less than a beat, so that each beat sees whether the one before was answered."""


class Heartbeat:
    """Which primaries are listened to, and which of them were quiet at the last beat."""

    def __init__(self, engines: Engines, ring: Callable[[GroupKey], None]) -> None:
        self._engines = engines
        self._ring = ring
        self._heard: dict[GroupKey, tuple[NodeAddress, ...]] = {}
        self._quiet: set[tuple[GroupKey, NodeAddress]] = set()

    def listen(self, key: GroupKey, primaries: tuple[NodeAddress, ...]) -> None:
        """From now on to these primaries, one a node group at most; none where nobody could take over."""
        if self._heard.get(key, ()) == primaries:
            return
        self._quiet = {(other, at) for other, at in self._quiet if other != key or at in primaries}
        if primaries:
            self._heard[key] = primaries
        else:
            self._heard.pop(key, None)

    async def run(self) -> None:
        await every(BEAT_SECONDS, self.beat)

    async def beat(self) -> None:
        """Rings for whoever is quiet and was not at the last beat."""
        for key, primaries in self._heard.items():
            for primary in primaries:
                if not self._engines.is_quiet(primary, QUIET_SECONDS):
                    self._quiet.discard((key, primary))
                elif (key, primary) not in self._quiet:
                    self._quiet.add((key, primary))
                    self._ring(key)
