"""While our own sense of time is not to be trusted, we look and do nothing.

Before everything else. A control plane that was paused (a suspended laptop, a stopped virtual machine), or whose
clock was moved, finds that "nobody has answered for an hour", and every rest and limit is off. Engines serve on
meanwhile; all that waits is what we would have done to them.
"""

from elastane.reconcile.plan.verdicts import SATISFIED, Verdict, Wait
from elastane.reconcile.situation import Situation


def rule(situation: Situation) -> Verdict:
    return SATISFIED if situation.unsteady is None else Wait(reason=situation.unsteady)
