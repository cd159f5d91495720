"""Whether time passes for us as it does for the world: who was paused, or whose clock was moved, must not act.

Run by the server beside the loop, asked by every pass through `World.unsteady`. Two clocks are compared at every
beat and at every question: the event loop's, which only goes forward, and the system's, which people and machines
move. Both stand still together when this process is paused; the first one does when the machine sleeps.

Sentinel's TILT is the model; its thirty seconds are not: engines that were paused with us answer within a second.
"""

import asyncio
import logging
from collections.abc import Callable

from elastane.clock import Now, every

log = logging.getLogger("elastane.reconcile")

BEAT_SECONDS = 0.1
GAP_SECONDS_MAX = 1.0
"""A beat that is later than this, or a clock that moved by more, makes our sense of time worthless."""
REST_SECONDS = 1.0
"""For so long after it nothing is done: four looks, enough for whoever was paused with us to answer."""


def loop_seconds() -> float:
    """The event loop's clock."""
    return asyncio.get_running_loop().time()


class Steadiness:
    """One for each control plane. `reason` may be asked at any time, `run` goes on until it is cancelled."""

    def __init__(self, now: Now, monotonic: Callable[[], float] = loop_seconds) -> None:
        self._now = now
        self._monotonic = monotonic
        self._last_seconds: float | None = None
        self._last_moment = now()
        self._restless_until_seconds = 0.0
        self._reason = ""

    async def run(self) -> None:
        await every(BEAT_SECONDS, self._beat)

    def reason(self) -> str | None:
        """Why not to act at this moment, as a sentence; None when time passes as it should."""
        at_seconds = self._look()
        return self._reason if at_seconds < self._restless_until_seconds else None

    async def _beat(self) -> None:
        self._look()

    def _look(self) -> float:
        at_seconds, moment = self._monotonic(), self._now()
        if self._last_seconds is not None:
            gap_seconds = at_seconds - self._last_seconds
            moved_seconds = (moment - self._last_moment).total_seconds() - gap_seconds
            if gap_seconds > GAP_SECONDS_MAX:
                self._rest(at_seconds, f"the control plane was paused for {gap_seconds:.1f} s")
            elif abs(moved_seconds) > GAP_SECONDS_MAX:
                self._rest(at_seconds, f"the clock jumped by {moved_seconds:+.1f} s")
        self._last_seconds, self._last_moment = at_seconds, moment
        return at_seconds

    def _rest(self, at_seconds: float, what: str) -> None:
        self._restless_until_seconds = at_seconds + REST_SECONDS
        self._reason = f"{what}: it looks, and does nothing for a moment"
        log.warning("unsteady reason=%s", what)
