"""Work of our own that takes long, done in a thread: a failover must not wait until somebody's log is parsed."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

COUNT_MIN = 64
"""Fewer lines or entries are done in less time than a thread takes to be asked."""

Result = TypeVar("Result")


class Aside:
    """One piece of work after the other: several threads at once would leave the event loop still less time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def do(self, count: int, work: Callable[[], Result]) -> Result:
        """`count`: of what is worked on."""
        if count < COUNT_MIN:
            return work()
        async with self._turn:
            return await asyncio.to_thread(work)
