"""The only place that asks the system for the time, or waits for it to pass. Everyone else is given `now`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]
"""Answers the present moment, aware and in UTC."""


def utc_now() -> datetime:
    """The system's clock, aware and in UTC."""
    return datetime.now(UTC)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Does the work now, and again that long after it was done; until it raises or is cancelled."""
    while True:
        await work()
        await asyncio.sleep(seconds)


async def at_multiples(seconds: int, now: Now, work: Callable[[datetime], Awaitable[None]]) -> None:
    """Does the work at each moment that is a full multiple of so many seconds, and tells it which; never two at once.

    Moments that pass while it is at work are left out. A clock that is put back is followed.
    """
    last = float("-inf")
    while True:
        present = now().timestamp()
        due = (present // seconds + 1) * seconds
        if last - seconds < present < last:  # the wait was over a hair's breadth before its moment
            due = last + seconds
        await asyncio.sleep(due - present)
        await work(datetime.fromtimestamp(due, UTC))
        last = due


async def wait_until(is_so: Callable[[], bool], *, look_seconds: float, timeout_seconds: float) -> bool:
    """Looks now, and again and again, until it is so; False when it was not within the deadline. For what
    rings no bell: a file, another process's lock."""
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                if is_so():
                    return True
                await asyncio.sleep(look_seconds)
    except TimeoutError:
        return False
