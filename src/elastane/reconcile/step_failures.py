"""What doing has in common for every kind of cache: what makes a step fail, and how that is said to a person.

Used by `execute` and by `memcached.execute`.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager

from elastane.engines import EngineError, KeyTooLarge
from elastane.hosts import HostError, StartFailed, ZoneLost
from elastane.model.engine_supply import Installable, Installing
from elastane.model.replication_groups import Software
from elastane.reconcile.plan.engine_supply import FAILED_TRIES_MAX
from elastane.reconcile.world import World
from elastane.store import Conflict, StoreError

STOP_GRACE_SECONDS = 5.0
"""Longer than the engines' own shutdown-timeout, in which a primary lets its replicas catch up."""


class StepFailed(Exception):
    """A step failed; its sentence is for a person. `is_permanent`: no retry can mend it."""

    def __init__(self, sentence: str, *, is_permanent: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_permanent = is_permanent


@contextmanager
def as_failures() -> Iterator[None]:
    """Turns what the world does to a step into a StepFailed. A Conflict is none: the bell has rung."""
    try:
        yield
    except Conflict:
        raise
    except ZoneLost as error:
        raise StepFailed(str(error)) from error  # it comes back
    except (StartFailed, KeyTooLarge) as error:
        raise StepFailed(str(error), is_permanent=True) from error
    except (HostError, EngineError, StoreError) as error:
        raise StepFailed(str(error)) from error


async def side_by_side(work: Sequence[Coroutine[object, object, object]]) -> None:
    """All are tried to their end, and the first failure is told."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


def missing_engine(world: World, node_id: str, software: Software) -> StepFailed:
    """For rules that start nodes without having asked whether the engine is here: it is ordered if it can be."""
    engine = f"{software.engine} {software.version}"
    supply = world.supply.find(software.engine, software.version)
    match supply:
        case Installable(failure_count=count) if count < FAILED_TRIES_MAX:
            world.supply.order(software.engine, software.version)
            return StepFailed(f"{node_id} needs {engine}, which is to be installed first")
        case Installing(progress=progress):
            return StepFailed(f"{node_id} needs {engine}, which is being installed: {progress}")
        case Installable(reason=reason):
            return StepFailed(f"{node_id} needs {engine}, which could not be installed: {reason.rstrip('.')}")
        case _:
            sentence = f"{node_id} needs {engine}, and this machine has no such engine any more"
            return StepFailed(sentence, is_permanent=True)
