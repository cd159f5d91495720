"""What an order sends through: commands in one write to one node, replies in order, within the order's deadline.

Made by `client` for each order, used by the orders of cluster mode, which need to tell one refusal from another. It
sends nothing by itself.
"""

from typing import Protocol

import libvalkey

from elastane.engines import NodeAddress, Refused
from elastane.engines.connection import Command, Reply


class Exchange(Protocol):
    """Error replies are among the others. Raises Unreachable when the deadline has passed or nobody is there.

    `extra_seconds` put the deadline off, for commands that may take the engine so long.
    """

    async def __call__(self, at: NodeAddress, *commands: Command, extra_seconds: float = 0.0) -> list[Reply]: ...


async def ask(exchange: Exchange, at: NodeAddress, *commands: Command) -> list[Reply]:
    """Raises Refused for the first error reply."""
    replies = await exchange(at, *commands)
    raise_refusal(at, commands, replies)
    return replies


async def ask_for(exchange: Exchange, at: NodeAddress, *commands: Command, harmless: tuple[str, ...]) -> list[Reply]:
    """As `ask`, but for errors with one of these words in them: what was ordered is so already."""
    replies = await exchange(at, *commands)
    raise_refusal(at, commands, [None if says(reply, *harmless) else reply for reply in replies])
    return replies


def raise_refusal(at: NodeAddress, commands: tuple[Command, ...], replies: list[Reply]) -> None:
    """Of a command only the first two words are quoted: later ones may be secrets."""
    for number, reply in enumerate(replies):
        error = next((item for item in _flattened(reply) if isinstance(item, libvalkey.ReplyError)), None)
        if error is not None:
            words = " ".join(str(word) for word in commands[number][: 1 if commands[number][0] == "EVAL" else 2])
            raise Refused(f"The engine at {at} refused {words}.", reply=str(error))


def says(reply: Reply, *words: str) -> bool:
    """Whether it is an error with one of these words in it."""
    return isinstance(reply, libvalkey.ReplyError) and any(word in str(reply) for word in words)


def _flattened(reply: Reply) -> list[Reply]:
    return reply if isinstance(reply, list) else [reply]
