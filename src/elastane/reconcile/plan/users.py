"""Every engine of a group knows the same users: those the group shall have, with their rights and passwords, and ours.

    what a node's engine has                     what follows
    ──────────────────────────────────────────   ─────────────────────────────────────────────────────────────────────
    the mark of the wanted revision, and the     nothing
    users that belong to it, nobody else
    anything else                                it is given all of them: once more is no harm. Connections live on, but
                                                 those of users who are gone, or may not sign in any more

On all nodes that answer at once. So a password that is rotated is good everywhere, beside the former one, before
anybody is told so, and a failover in the middle finds an heir that is no worse off than its primary was. Rights are per
process: a node that starts has them from its configuration, and is looked at like all others at each pass, whatever its
role.

Users that cannot be known, because a store was lost, are left as the engines have them.
"""

from elastane.model.acls import current_revision
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import SetTokens, SetUsers, side_by_side

USERS = "users"
"""This rule's name."""


def rule(situation: Situation) -> Verdict:
    if situation.users is None:
        return SATISFIED
    wrong = [seen for seen in situation.nodes if seen.answer is not None and not has_users(seen, situation)]
    if not wrong:
        return SATISFIED
    # Users that are made anew have no tokens: until the next pass nobody could sign in with one.
    with_tokens = situation.tokens is not None
    tracks = tuple(
        (SetUsers(node_id=seen.id), *((SetTokens(node_id=seen.id),) if with_tokens else ())) for seen in wrong
    )
    return Act(
        steps=side_by_side(tracks),
        why=f"{names(wrong)} must know the users that the group has by now",
    )


def has_users(seen: SeenNode, situation: Situation) -> bool:
    """Whether it answered with exactly those that it shall have."""
    users = situation.users
    if users is None or seen.answer is None:
        return False
    return current_revision(seen.answer.user_names, users.acl) == users.revision
