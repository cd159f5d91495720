"""How EC2's actions read and write: in one transaction, and with DryRun in one that is taken back.

AWS's dry run checks permissions alone. Here it is the call itself, so that it says no whenever the call would.
"""

from collections.abc import Callable
from typing import TypeVar

from elastane.model import faults
from elastane.service.context import Context
from elastane.service.elasticache import decisions
from elastane.service.parameters import Parameters
from elastane.store import Transaction

Answer = TypeVar("Answer")


async def decide(ctx: Context, parameters: Parameters, decision: Callable[[Transaction], Answer]) -> Answer:
    """What the decision answers. Raises its fault, DryRunOperation when only tried, and Throttling."""
    return await decisions.decide(ctx.store, lambda tx: _unless_dry(parameters, decision(tx)))


async def read(ctx: Context, parameters: Parameters, reading: Callable[[Transaction], Answer]) -> Answer:
    return await ctx.store.read(lambda tx: _unless_dry(parameters, reading(tx)))


def _unless_dry(parameters: Parameters, answer: Answer) -> Answer:
    """A fault inside a transaction takes it back as a whole."""
    if parameters.flag("DryRun"):
        raise faults.DryRunOperation("Request would have succeeded, but DryRun flag is set.")
    return answer
