"""Every engine knows the tokens of this minute: those that users of IAM may sign in with, and no others.

    what a node's engine has                     what follows
    ──────────────────────────────────────────   ─────────────────────────────────────────────────────────────────────
    no users of IAM                              nothing
    the mark of this minute, and of whoever      nothing
    may sign in now
    another mark, or none                        it is told the difference. Connections live on. Of much that is new it
                                                 is told a part, and this rule speaks again

After `users`, which makes the users that have the tokens and takes the mark away when it does, because whoever is made
anew has no token. On all nodes that answer, replicas too: a failover finds an heir that lets in whom its primary did.

Engines have the tokens of some minutes to come, so that clients sign in on while no control plane runs, or while a rule
of more danger speaks.
"""

from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import SetTokens, side_by_side

TOKENS = "tokens"
"""This rule's name."""


def rule(situation: Situation) -> Verdict:
    if situation.tokens is None:
        return SATISFIED
    late = [seen for seen in situation.nodes if seen.answer is not None and not has_tokens(seen, situation)]
    if not late:
        return SATISFIED
    tracks = tuple((SetTokens(node_id=seen.id),) for seen in late)
    return Act(
        steps=side_by_side(tracks),
        why=f"{names(late)} must know the tokens of users of IAM that are good by now",
    )


def has_tokens(seen: SeenNode, situation: Situation) -> bool:
    """Also where no user has any."""
    tokens = situation.tokens
    return tokens is None or (seen.answer is not None and tokens.mark in seen.answer.user_names)
