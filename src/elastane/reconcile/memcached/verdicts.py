"""What a rule for Memcached clusters may answer: as for replication groups, with steps of its own."""

import msgspec

from elastane.reconcile.memcached.steps import Step
from elastane.reconcile.plan.verdicts import SATISFIED as SATISFIED
from elastane.reconcile.plan.verdicts import Failed as Failed
from elastane.reconcile.plan.verdicts import Satisfied as Satisfied
from elastane.reconcile.plan.verdicts import Wait as Wait


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Do these now, in this order, then look again."""

    steps: tuple[Step, ...]
    why: str
    is_told: bool = False
    """A person should know: the sentence also goes into the customer's history, once."""


Verdict = Act | Wait | Failed | Satisfied
