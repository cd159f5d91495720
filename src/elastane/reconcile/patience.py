"""How long until a cache is looked at again when nothing rings: what passes of all kinds of cache have in common. Pure.

What has failed rests by `model.rests`.
"""

from datetime import datetime
from typing import assert_never

from elastane.model.observed_replication_groups import Failure, ObservedVerdict
from elastane.model.rests import FAILURE_SECONDS_MAX, rest_seconds
from elastane.reconcile.plan.verdicts import Failed, Satisfied, Wait

IDLE_SECONDS = 2.0
"""How often a cache is looked at when nothing rings: deaths and changes ring at once."""

WAIT_SECONDS_MIN = 0.01
WAIT_SECONDS_MAX = 1.0


def seconds_to_wait(verdict: ObservedVerdict, now: datetime) -> float:
    """Look again soon after a change, and less and less often: after a tenth of how long it has lasted."""
    waited_seconds = abs((now - verdict.since).total_seconds())  # a clock may have been put back
    return min(WAIT_SECONDS_MAX, max(WAIT_SECONDS_MIN, waited_seconds / 10))


def seconds_without_act(verdict: Wait | Failed | Satisfied, observed: ObservedVerdict | None, now: datetime) -> float:
    """When a rule has spoken that orders nothing, or none; `observed` is what was recorded of it."""
    match verdict:
        case Wait():
            assert observed is not None, "every pass records its verdict"
            return seconds_to_wait(observed, now)
        case Satisfied():
            return IDLE_SECONDS
        case Failed():
            return FAILURE_SECONDS_MAX
        case _ as never:
            assert_never(never)


def seconds_after(failure: Failure, *, is_anybody_silent: bool) -> float:
    """Whoever is silent is looked at on, or nobody would find out that it hangs, which may be why the step failed."""
    rest = rest_seconds(failure.count)
    return min(rest, WAIT_SECONDS_MAX) if is_anybody_silent else rest
