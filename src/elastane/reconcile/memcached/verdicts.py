"""What a rule for Memcached clusters may answer: as for replication groups, with steps of its own."""

from elastane.reconcile.memcached.steps import Step
from elastane.reconcile.plan.verdicts import SATISFIED as SATISFIED
from elastane.reconcile.plan.verdicts import Failed as Failed
from elastane.reconcile.plan.verdicts import Order
from elastane.reconcile.plan.verdicts import Satisfied as Satisfied
from elastane.reconcile.plan.verdicts import Wait as Wait


class Act(Order, frozen=True, kw_only=True):
    """Do these now, in this order, then look again."""

    steps: tuple[Step, ...]


Verdict = Act | Wait | Failed | Satisfied
