"""Giving an engine the tokens that users of IAM may sign in with, as digests: as many passwords as there are tokens.

Called by `client` for each order. An engine stands still while it obeys an ACL SETUSER, and looks for each password
among all that the user has: 3,600 at once took 45 ms, 7,200 took 175 ms, on every version tried. So an engine is asked
what it has, and told the difference, a few at a time: in a minute of an ordinary day that is a tenth of a user's
tokens. What is taken away goes first, because a revoked key's tokens are among it.

An order that costs more than `COMPARISONS_MAX`, or takes longer than it is given, ends half done, without the mark, and
the next pass goes on where it ended: nobody waits for a failover because a new node learns tokens, and what a slow
machine has no time for is no failure.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import pairwise

from elastane.engines import NodeAddress
from elastane.engines.connection import Reply
from elastane.engines.exchanges import Exchange, ask
from elastane.engines.info import parse_names
from elastane.model.acls import TOKENS_MARK_PREFIX

COMPARISONS_AT_ONCE = 800_000
"""Of one password with another: some 4 ms in which an engine does nothing else. Each order costs it some 3 ms more for
a user with 25,000 passwords, whom it copies first: fewer at once would not be less."""

COMPARISONS_MAX = 24_000_000
"""Some 0.1 s of an engine's time, in parts of that."""

CHANGES_AT_ONCE = 64
"""For a user with few passwords a message is what takes time."""


async def set_tokens(
    exchange: Exchange, at: NodeAddress, digests: Mapping[str, Sequence[str]], mark: str, *, ends_at_seconds: float
) -> None:
    """`ends_at_seconds`: by the event loop's clock. Nothing more is told after it, but for the first part."""
    await _unmark(exchange, at)
    left = COMPARISONS_MAX
    for user_name, wanted in digests.items():
        (reply,) = await ask(exchange, at, ("ACL", "GETUSER", user_name))
        present = parse_passwords(reply)
        if present is None:
            return  # it would be a user without rights: who is let in is another order's, and comes first
        words, cost = changes(present, wanted), max(len(present), len(wanted), 1)
        told, at_once = words[: max(1, left // cost)], max(1, min(CHANGES_AT_ONCE, COMPARISONS_AT_ONCE // cost))
        for start in range(0, len(told), at_once):
            await ask(exchange, at, ("ACL", "SETUSER", user_name, *told[start : start + at_once]))
            if asyncio.get_running_loop().time() >= ends_at_seconds:
                return
        if len(told) < len(words):
            return
        left -= len(told) * cost
    await ask(exchange, at, ("ACL", "SETUSER", mark, "reset"))


def changes(present: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The rules that make one of the other, in the order of `wanted`."""
    has, shall_have = set(present), set(wanted)
    gone = [f"!{digest}" for digest in present if digest not in shall_have]
    return [*gone, *(f"#{digest}" for digest in dict.fromkeys(wanted) if digest not in has)]


def parse_passwords(reply: Reply) -> list[str] | None:
    """The digests in an answer to ACL GETUSER, a list of names and values; None for a user that is not there."""
    if not isinstance(reply, list):
        return None
    found = next((value for name, value in pairwise(reply) if name == b"passwords"), None)
    return [item.decode() for item in found if isinstance(item, bytes)] if isinstance(found, list) else []


async def _unmark(exchange: Exchange, at: NodeAddress) -> None:
    """Before anything is changed: an order that is left half done must not leave a mark of what is no longer so.

    A key that was made and revoked within a minute would find the mark of before, and stay good.
    """
    (reply,) = await ask(exchange, at, ("ACL", "USERS"))
    former = [name for name in parse_names(reply) if name.startswith(TOKENS_MARK_PREFIX)]
    if former:
        await ask(exchange, at, ("ACL", "DELUSER", *former))
