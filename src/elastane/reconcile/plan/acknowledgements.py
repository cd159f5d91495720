"""A replica that has just come into sync acknowledges it at once, once for each sync.

Redis OSS, and Valkey before 8.0, withhold a primary's stream from a replica after its first sync, until the
first acknowledgement that comes after they call it online. A replica sends one a second: for so long what
is written has no copy but the primary's, and dies with it.

    in the last record   now         what follows
    ──────────────────   ─────────   ─────────────────────────────────────────────────────
    a ready replica      ready       nothing: it was asked when it came into sync
    anything else        ready       it is asked, and the record of this pass says ready
    anything             not ready   nothing: an acknowledgement before it is online is in vain

Before the endpoints on purpose. A reader endpoint moves to a replica in the very pass that sees it ready
for the first time, and only one rule speaks in a pass: this one would be late, for the record says ready
by then. What the rules before it are for goes first. A replica that comes into sync in the same pass,
or one that could not be asked, or whom a crash of ours kept from it, is not asked again: its stream
then begins by itself within a second.
"""

from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import AskAcknowledgement


def rule(situation: Situation) -> Verdict:
    new = [seen for seen in situation.staying if _is_in_sync(seen) and not _was_in_sync(seen)]
    if not new:
        return SATISFIED
    return Act(
        steps=tuple(AskAcknowledgement(node_id=seen.id) for seen in new),
        why=f"{names(new)} came into sync, and the primary shall know it at once",
    )


def _is_in_sync(seen: SeenNode) -> bool:
    return seen.is_replica and seen.health is NodeHealth.READY


def _was_in_sync(seen: SeenNode) -> bool:
    """As a replica: a primary that has become one since then is asked too."""
    before = seen.before
    return before is not None and before.role is Role.REPLICA and before.health is NodeHealth.READY
