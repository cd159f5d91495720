"""How tests wait: `eventually`, and nothing else.

A test that must see something happen says what it wants to see; this module looks again and again until it does, and
says at time-out what it saw last. It is the only place in the tests that sleeps.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

_Seen = TypeVar("_Seen")

RESTS_A_LOOK, REST_SECONDS_MAX = 2.0, 0.2
"""Who waits may not take the machine from whom it waits for: a look that takes long is followed by a longer rest."""


@overload
async def eventually(
    check: Callable[[], Awaitable[_Seen]],
    *,
    timeout_seconds: float = ...,
    interval_seconds: float = ...,
    message: str = ...,
) -> _Seen: ...
@overload
async def eventually(
    check: Callable[[], _Seen],
    *,
    timeout_seconds: float = ...,
    interval_seconds: float = ...,
    message: str = ...,
) -> _Seen: ...
async def eventually(
    check: Callable[[], object],
    *,
    timeout_seconds: float = 10,
    interval_seconds: float = 0.02,
    message: str = "",
) -> object:
    """Call `check`, plain or async, until its value is true; return that value.

    A check declared ``-> None`` consists of asserts: it has passed when none of them failed. From any other check None
    means "not yet", as from a `find_` function: taken for a pass, it would make a test that cannot fail.
    AssertionError means "not yet" too. Any other exception goes to the test. At time-out raises AssertionError with
    `message` and what was seen last.
    """
    is_of_asserts = getattr(check, "__annotations__", {}).get("return", ...) in (None, "None")
    seen = "nothing yet"
    loop = asyncio.get_running_loop()
    deadline = asyncio.timeout(timeout_seconds)
    try:
        async with deadline:
            while True:
                looks_at = loop.time()
                try:
                    result = check()
                    if inspect.isawaitable(result):
                        result = await result
                except AssertionError as error:
                    seen = str(error) or "an assertion without a message failed"
                else:
                    if result or is_of_asserts:
                        return result
                    seen = repr(result)
                rest_seconds = min((loop.time() - looks_at) * RESTS_A_LOOK, REST_SECONDS_MAX)
                await asyncio.sleep(max(interval_seconds, rest_seconds))
    except TimeoutError:
        if not deadline.expired():
            raise
        raise AssertionError(f"{message or 'not seen'} within {timeout_seconds:g} s; last seen: {seen}") from None
