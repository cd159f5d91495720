"""Whether a node could be started now: asked by every rule that starts one, or ends one that has to come back."""

from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.plan.engine_supply import Installation, Needed, judge


def needed(situation: Situation) -> Needed:
    return Needed(
        software=situation.cluster.software,
        engines=situation.engines,
        supply=situation.engine_supply,
        is_new=situation.before.available_since is None,
        now=situation.now,
    )


def verdict(situation: Situation) -> Verdict:
    """Satisfied when one could, and when there is nothing to wait for: then a start says what is missing."""
    return SATISFIED if situation.start_version is not None else fetch(situation)


def fetch(situation: Situation) -> Verdict:
    """Likewise, of the very engine that was asked for, also where another one is here that would do for a start."""
    judged = judge(needed(situation))
    return Act(steps=(judged.step,), why=judged.why) if isinstance(judged, Installation) else judged
