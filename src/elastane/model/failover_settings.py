"""When a silent primary is given up, and how often: the few numbers of failover that an operator may change.

Read from the settings by the server, handed to every pass. What they mean is said in
docs/explanation/failover.md; the rules that use them are in `reconcile/plan/failover.py`.
"""

import msgspec


class FailoverSettings(msgspec.Struct, frozen=True, kw_only=True):
    hang_looks: int = 3
    """An engine whose process stood still for so many looks in a row, each without an answer, hangs.

    A look lasts a fifth of a second.
    """
    busy_seconds: float = 10.0
    """How long a primary may work without answering anybody. Longer than the engines' busy-reply-threshold
    (5 s): a long script is heard of by then, and is stopped instead."""
    interval_seconds: float = 60.0
    """A primary that hangs is given up only so long after the last automatic failover; a dead one always."""
