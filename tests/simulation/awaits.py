"""Every call a control plane makes to the world, in order, and what strikes on either side of each.

The world never moves while the control plane computes: it moves while that awaits. So each call has two moments, one
before it takes effect and one after, and the simulation puts deaths, losses and customers' changes into them.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeVar

Value = TypeVar("Value")

Happening = Callable[[], Awaitable[None]]


class ControlPlaneCrashed(BaseException):
    """Raised out of a call that never returned: a BaseException, so that no product code can handle it."""


class Loss(StrEnum):
    REQUEST = "request"
    """It never arrives: nothing is done, and the control plane hears nothing."""
    REPLY = "reply"
    """It is carried out, and the control plane hears nothing."""


class Awaits:
    """Counts the moments of every control plane that there was, and lets happen what is due."""

    def __init__(self, always: Callable[[], None]) -> None:
        self.count = 0
        self.loss: Loss | None = None
        """What becomes of the next call."""
        self.is_crash_due = False
        self._always = always
        self._due: dict[int, list[Happening]] = {}

    def schedule(self, after: int, happening: Happening) -> None:
        """Lets it happen so many moments from now."""
        self._due.setdefault(self.count + 1 + after, []).append(happening)

    def calm(self) -> None:
        """Nothing more is to happen by itself."""
        self._due.clear()
        self.loss = None
        self.is_crash_due = False

    def pass_by(self) -> list[Happening]:
        """One moment more; answers what is to happen in it, which is mostly nothing."""
        self.count += 1
        self._always()
        return self._due.pop(self.count, [])

    def takes(self, loss: Loss) -> bool:
        if self.loss is not loss:
            return False
        self.loss = None
        return True

    def takes_crash(self) -> bool:
        is_due, self.is_crash_due = self.is_crash_due, False
        return is_due


class ControlPlane:
    """One life of it. After its crash none of its calls reaches the world, nor do those under way beside it."""

    def __init__(self, awaits: Awaits, tell: Callable[[str], None]) -> None:
        self._awaits = awaits
        self._tell = tell
        self._is_over = False

    async def call(
        self,
        what: str,
        does: Callable[[], Awaitable[Value]],
        lost: Callable[[str], Exception],
        seen: Callable[[str], None] | None = None,
    ) -> Value:
        """Does it, and tells by `seen` that it was done: that is how an order is told from a question."""
        await self._moment()
        if self._awaits.takes(Loss.REQUEST):
            self._tell(f"    {what}: the request is lost")
            raise lost(what)
        value = await does()
        if seen is not None:
            seen(what)
        await self._moment()
        if self._awaits.takes(Loss.REPLY):
            self._tell(f"    {what}: the reply is lost")
            raise lost(what)
        return value

    async def _moment(self) -> None:
        if not self._is_over:
            for happening in self._awaits.pass_by():
                await happening()
            self._is_over = self._awaits.takes_crash()
        if self._is_over:
            raise ControlPlaneCrashed
