"""The pause between two questions to an engine, inside an order that has its own deadline. Not for loops that go on."""

import asyncio


async def gap(seconds: float) -> None:
    """Returns after so many seconds; may be cancelled."""
    try:
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
    except TimeoutError:
        return
