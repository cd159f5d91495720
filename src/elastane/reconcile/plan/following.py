"""Every replica follows its node group's primary, directly and not through another replica.

    the replica's data              the primary's     what follows
    ─────────────────────────────   ───────────────   ──────────────────────────────────────────────
    of the primary's history        any               all such replicas at once: they go on where they were
    of none, or of another          none              all at once: there is nothing to copy
    of none, or of another          some              one at a time: each costs the primary a fork and
                                                      the memory of a copy

In a cluster everybody must have heard first that the primary is one. Else one may hear of a former primary that it
follows the new one, while it holds the new one for a replica of the former: a circle, in which Valkey 9.1 looks for
the primary for ever.

After the endpoints on purpose. A primary that gets its first replica forks to write its data, and
for a moment the child holds the sockets the primary listens on: an endpoint that moved then could
not be bound. It also lets clients of a new primary in before its replicas are sorted out.
"""

from elastane.model.replication_groups import NodeGroup
from elastane.model.rests import is_within
from elastane.reconcile.peers import followed_port
from elastane.reconcile.plan import shards, sync_loops
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import FenceNodes, Follow, MeetMembers

FOLLOWING = "following"
"""This rule's name."""
ASKING_SECONDS = 2.0


def rule(situation: Situation) -> Verdict:
    return first_unsatisfied(_judge(situation, node_group) for node_group in situation.group.node_groups)


def _judge(situation: Situation, node_group: NodeGroup) -> Verdict:
    primary = situation.find_primary(node_group)
    if primary is None:
        return SATISFIED  # topology has said why
    port = situation.group.software.port
    astray = [
        seen
        for seen in situation.of(node_group)
        if _is_astray(seen, primary, port) and not sync_loops.is_looping(seen, situation)
    ]
    if not astray:
        return SATISFIED
    stuck = [seen for seen in astray if seen.view is not None and primary.view is None]
    if stuck:
        return Act(
            steps=(FenceNodes(node_ids=tuple(seen.id for seen in stuck)),),
            why=f"{names(stuck)} can follow {primary.id}, which runs without cluster mode, from a new start only",
        )
    if primary.view is not None:
        member = situation.member_id(primary)
        misled = [seen for seen in situation.everybody if shards.takes_for_replica(seen, member)]
        why = f"{names(misled)} must hear that {primary.id} is primary, before anybody follows it"
        if misled and not situation.has_lasted(why):
            return Act(steps=(MeetMembers(node_id=primary.id, other_ids=tuple(seen.id for seen in misled)),), why=why)
        heard = [seen for seen in astray if seen.view is None or shards.knows_as_primary(seen, member)]
        if not heard:
            return Wait(reason=f"{names(astray)} must hear that {primary.id} is primary")
        astray = heard
    now = [seen for seen in astray if _is_cheap(seen, primary)] or astray[:1]
    syncing = [seen for seen in situation.of(node_group) if _is_copying(seen, primary, situation)]
    if syncing and not _is_cheap(now[0], primary):
        return Wait(reason=f"{names(astray)} must wait for the first sync of {names(syncing)}: one copy at a time")
    return Act(
        steps=tuple(Follow(node_id=seen.id, primary_id=primary.id) for seen in now),
        why=f"{names(now)} must follow the primary {primary.id}",
    )


def _is_cheap(seen: SeenNode, primary: SeenNode) -> bool:
    """Whether it can follow without a copy of everything the primary has."""
    assert seen.answer is not None and primary.answer is not None, "who is astray has answered"
    histories = {primary.answer.replication_id, primary.answer.previous_replication_id} - {""}
    return primary.answer.key_count == 0 or seen.answer.replication_id in histories


def _is_copying(seen: SeenNode, primary: SeenNode, situation: Situation) -> bool:
    """From this primary; who still waits for a copy from another one costs this one nothing.

    One that was told to follow a moment ago has perhaps not asked for its copy yet.
    """
    answer, last = seen.answer, situation.before.verdict
    if answer is None or answer.primary_address != primary.node.address or answer.is_link_up:
        return False
    was_just_told = last is not None and last.rule == FOLLOWING and is_within(situation.now, last.since, ASKING_SECONDS)
    return answer.is_syncing or was_just_told


def _is_astray(seen: SeenNode, primary: SeenNode, port: int) -> bool:
    if seen.answer is None or not seen.is_replica or seen.answer.is_loading or seen.node.is_leaving:
        return False
    if seen.answer.primary_address != primary.node.address:
        return True
    # In a cluster the engines know themselves by which port: no order of ours could tell them another one.
    return seen.view is None and seen.answer.primary_port != followed_port(seen, primary, port)
