"""An engine that is not on the machine is installed before its nodes are started.

Called by the rule `nodes`, which has dead nodes to start. Installing goes on beside the passes: this waits for it and
says how far it is.

    seen                          verdict
    present                       nothing in the way
    installing                    wait, with its progress
    installable                   order it
    … and the last try failed     wait a little, then order it again
    … three times                 a group that never worked gives up; another one tries to start, and is told why not
    not to be had                 nothing to wait for: the start says what is missing
"""

from typing import assert_never

from elastane.model.engine_supply import Installable, Installing, NotToBeHad, Present
from elastane.model.rests import is_within
from elastane.model.software import is_here
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import InstallEngine

FAILED_TRIES_MAX = 3
TRY_REST_SECONDS = 5.0


def find_failure(situation: Situation) -> str | None:
    """Why the engine will not come by itself, if it will not."""
    engine = _name(situation)
    match situation.engine_supply:
        case NotToBeHad():
            return f"{engine} is not on this machine and cannot be installed"
        case Installable(failure_count=count, reason=reason) if count >= FAILED_TRIES_MAX:
            return f"{engine} could not be installed: {reason.rstrip('.')}"
        case _:
            return None


def _name(situation: Situation) -> str:
    """With its patch where only that is missing."""
    software = situation.group.software
    version = software.patch if is_here(software, situation.engines) else software.version
    return f"{software.engine} {version}"


def verdict(situation: Situation) -> Verdict:
    software = situation.group.software
    engine = _name(situation)
    match situation.engine_supply:
        case Present() | NotToBeHad():
            return SATISFIED
        case Installing(progress=progress):
            return Wait(reason=f"waits for {engine} to be installed: {progress}")
        case Installable(failure_count=count, failed_at=failed_at, reason=reason):
            if count >= FAILED_TRIES_MAX:
                is_new = situation.before.available_since is None
                return Failed(reason=find_failure(situation) or reason) if is_new else SATISFIED
            if failed_at is not None and is_within(situation.now, failed_at, TRY_REST_SECONDS):
                return Wait(reason=f"waits to try again to install {engine}: {reason.rstrip('.')}", is_told=True)
            return Act(
                steps=(InstallEngine(engine=software.engine, version=software.version),),
                why=f"{engine} is not on this machine and is to be installed",
            )
        case _ as never:
            assert_never(never)
