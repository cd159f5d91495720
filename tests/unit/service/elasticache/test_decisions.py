"""A decision is made again when somebody else was first, and not for ever."""

import pytest

from elastane.model import faults
from elastane.service.context import Context
from elastane.service.elasticache.decisions import TRIES, decide
from elastane.store import Conflict, Transaction


class Rivals:
    """A decision that loses against somebody else a number of times."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.tries = 0

    def __call__(self, tx: Transaction) -> str:
        self.tries += 1
        if self.tries <= self.count:
            raise Conflict("somebody else was first")
        return "decided"


async def test_a_decision_is_made_again_after_a_conflict(ctx: Context) -> None:
    decision = Rivals(TRIES - 1)

    assert await decide(ctx.store, decision) == "decided"
    assert decision.tries == TRIES


async def test_who_loses_every_time_is_told_to_try_again(ctx: Context) -> None:
    decision = Rivals(TRIES)

    with pytest.raises(faults.Throttling, match="Try again"):
        await decide(ctx.store, decision)

    assert decision.tries == TRIES


async def test_a_fault_is_not_tried_again(ctx: Context) -> None:
    tries: list[Transaction] = []

    def refuse(tx: Transaction) -> None:
        tries.append(tx)
        raise faults.NoOperation("nothing to do")

    with pytest.raises(faults.NoOperation):
        await decide(ctx.store, refuse)

    assert len(tries) == 1
