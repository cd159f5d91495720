"""While our own sense of time is not to be trusted, we look and do nothing: why, see `reconcile.plan.steadiness`."""

from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.verdicts import SATISFIED, Verdict, Wait


def rule(situation: Situation) -> Verdict:
    return SATISFIED if situation.unsteady is None else Wait(reason=situation.unsteady)
