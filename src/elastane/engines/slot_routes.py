"""The way that slots are carried: from where to where, and how all hear who owns them then.

Used by `slot_carriage`, which carries, and by `slot_copies`, the one of its two ways that customers do not notice.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from elastane.engines import EngineError, MemberAddress, NodeAddress
from elastane.engines.connection import Command
from elastane.engines.exchanges import Exchange, ask

TELLING_SECONDS = 0.5
"""How long the others may keep the work waiting."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """From where to where, who is told, and what it may take."""

    source: MemberAddress
    target: MemberAddress
    told: tuple[NodeAddress, ...]
    ends_at_seconds: float
    """By the event loop's clock: nothing new is begun after it."""
    key_bytes_max: int


def is_over(route: Route) -> bool:
    return asyncio.get_running_loop().time() >= route.ends_at_seconds


async def give(exchange: Exchange, route: Route, slots: Sequence[int]) -> None:
    """The target first: in the other order a source that dies between would leave a slot that nobody owns."""
    if not slots:
        return
    commands: list[Command] = [("CLUSTER", "SETSLOT", slot, "NODE", route.target.id) for slot in slots]
    await ask(exchange, route.target.at, *commands)
    await ask(exchange, route.source.at, *commands)
    async with asyncio.TaskGroup() as tasks:
        for at in route.told:
            tasks.create_task(_tell(exchange, at, commands), name=f"tell {at} of slots")


async def _tell(exchange: Exchange, at: NodeAddress, commands: Sequence[Command]) -> None:
    """Who cannot be told, or has become a replica, hears of it from the target, a moment later."""
    try:
        async with asyncio.timeout(TELLING_SECONDS):
            await exchange(at, *commands)
    except (TimeoutError, EngineError):
        return
