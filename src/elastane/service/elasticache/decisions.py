"""One decision, one transaction: read, check, save; and again from the start when somebody else was first.

Every action here that writes goes through `decide`. A decision is a function of its transaction
alone, so making it twice is harmless.
"""

from collections.abc import Callable
from typing import TypeVar

from elastane.model import faults
from elastane.store import Conflict, Store, Transaction

Answer = TypeVar("Answer")

TRIES = 3


async def decide(store: Store, decision: Callable[[Transaction], Answer]) -> Answer:
    """What the decision answers. Raises the decision's fault, or Throttling when others were first every time."""
    for _ in range(TRIES):
        try:
            return await store.write(decision)
        except Conflict:
            continue
    raise faults.Throttling("Rate exceeded: the resource is being changed by others. Try again.")
