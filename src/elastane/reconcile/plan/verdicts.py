"""What a rule may answer. Every sentence is product text: a person reads it."""

from collections.abc import Iterable

import msgspec

from elastane.reconcile.steps import Step


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an act says, of whichever kind of cache; the steps are each kind's own."""

    why: str
    is_told: bool = False
    """A person should know: the sentence also goes into the customer's history, once."""


class Act(Order, frozen=True, kw_only=True):
    """Do these now, in this order, then look again."""

    steps: tuple[Step, ...]


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing to do but to wait for the world. Looked at again soon, less and less often."""

    reason: str
    is_told: bool = False
    """A person should know: the sentence also goes into the customer's history, once."""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing more will be tried by itself; the customer must change or delete something."""

    reason: str


class Satisfied(msgspec.Struct, frozen=True, kw_only=True):
    """What this rule stands for is true."""


SATISFIED = Satisfied()

Verdict = Act | Wait | Failed | Satisfied

AnyVerdict = Order | Wait | Failed | Satisfied
"""Of whichever kind of cache."""


def first_unsatisfied(verdicts: Iterable[Verdict]) -> Verdict:
    """The first that is not satisfied speaks for all; a generator is asked no further than that."""
    return next((verdict for verdict in verdicts if not isinstance(verdict, Satisfied)), SATISFIED)
