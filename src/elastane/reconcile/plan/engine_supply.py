"""An engine that is not on the machine is installed before its nodes are started.

Called by rules that have dead nodes to start, or running ones to replace. Installing goes on beside the passes: these
wait for it and say how far it is.

    seen                          judgement
    present                       nothing in the way
    installing                    wait, with its progress
    installable                   order it
    … and the last try failed     wait a little, then order it again
    … three times                 a cache that never worked gives up; another one tries to start, and is told why not
    not to be had                 nothing to wait for: the start says what is missing
"""

from datetime import datetime
from typing import assert_never

import msgspec

from elastane.model.engine_supply import EngineSupply, Installable, Installing, NotToBeHad, Present
from elastane.model.replication_groups import Software
from elastane.model.rests import is_within
from elastane.model.software import is_here
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Satisfied, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import InstallEngine

FAILED_TRIES_MAX = 3
TRY_REST_SECONDS = 5.0


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """The engine that a cache shall run, and whether it is to be had: what any kind of cache asks here."""

    software: Software
    engines: tuple[tuple[str, str], ...]
    """Those that nodes can be started with here: name and full version."""
    supply: EngineSupply
    is_new: bool
    """The cache has never worked."""
    now: datetime

    @property
    def name(self) -> str:
        """With its patch where only that is missing."""
        software = self.software
        version = software.patch if is_here(software, self.engines) else software.version
        return f"{software.engine} {version}"

    def find_failure(self) -> str | None:
        """Why the engine will not come by itself, if it will not."""
        match self.supply:
            case NotToBeHad():
                return f"{self.name} is not on this machine and cannot be installed"
            case Installable(failure_count=count, reason=reason) if count >= FAILED_TRIES_MAX:
                return f"{self.name} could not be installed: {reason.rstrip('.')}"
            case _:
                return None


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """It is to be ordered."""

    step: InstallEngine
    why: str


def judge(needed: Needed) -> Installation | Wait | Failed | Satisfied:
    software, name = needed.software, needed.name
    match needed.supply:
        case Present() | NotToBeHad():
            return SATISFIED
        case Installing(progress=progress):
            return Wait(reason=f"waits for {name} to be installed: {progress}")
        case Installable(failure_count=count, failed_at=failed_at, reason=reason):
            if count >= FAILED_TRIES_MAX:
                return Failed(reason=needed.find_failure() or reason) if needed.is_new else SATISFIED
            if failed_at is not None and is_within(needed.now, failed_at, TRY_REST_SECONDS):
                return Wait(reason=f"waits to try again to install {name}: {reason.rstrip('.')}", is_told=True)
            return Installation(
                step=InstallEngine(engine=software.engine, version=software.version),
                why=f"{name} is not on this machine and is to be installed",
            )
        case _ as never:
            assert_never(never)


def verdict(situation: Situation) -> Verdict:
    """Of a replication group's engine."""
    judged = judge(_needed(situation))
    return Act(steps=(judged.step,), why=judged.why) if isinstance(judged, Installation) else judged


def find_failure(situation: Situation) -> str | None:
    """Why a replication group's engine will not come by itself, if it will not."""
    return _needed(situation).find_failure()


def _needed(situation: Situation) -> Needed:
    return Needed(
        software=situation.group.software,
        engines=situation.engines,
        supply=situation.engine_supply,
        is_new=situation.before.available_since is None,
        now=situation.now,
    )
