"""The nodes of a group in cluster mode know one another, under the names they shall have, and nobody else.

    a node                                  what follows
    ─────────────────────────────────────   ──────────────────────────────────────────────────────────────
    has another name than its own           it is killed, and boots anew with its own: whatever gave it another one
                                            (its file was lost, it was reset), it must never serve
    does not know a node of the group       it is told to meet it
    knows one that is none of the group     it is told to forget it
    has another role than others believe    it is told to meet those: then they have heard. By themselves engines take
                                            some seconds, in which clients get half a map and no votes are given
    is a replica with its first bytes       the same, once: clients are told of no replica that others believe has none
    is a primary that nobody ever wrote to  it asks its replicas how far they are: those are their first bytes

The rules are apart because the first comes before everything that believes what a node says, and the last after
everything that gives roles.
"""

from elastane.model.cluster_views import Member
from elastane.model.ids import MemberId, NodeId
from elastane.model.observed_replication_groups import slots_to_move
from elastane.model.rests import is_within
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import AskReplicas, FenceNodes, ForgetMembers, MeetMembers, Step

ROLES = "roles"
"""The name of the rule below that spreads them."""
TELLING_SECONDS_MAX = 5.0


def refuse_strangers(situation: Situation) -> Verdict:
    strangers = [seen for seen in situation.nodes if seen.is_stranger]
    if not strangers:
        return SATISFIED
    return Act(
        steps=(FenceNodes(node_ids=tuple(seen.id for seen in strangers)),),
        why=f"{names(strangers)} {'has' if len(strangers) == 1 else 'have'} lost the name that the cluster knows: "
        "killed, to be built anew",
        is_told=True,
    )


def rule(situation: Situation) -> Verdict:
    staying, ids = situation.staying, {situation.member_id(seen) for seen in situation.nodes}
    steps = [step for seen in staying for step in _steps(situation, seen, staying, ids)]
    if not steps:
        return SATISFIED
    met = {other for step in steps if isinstance(step, MeetMembers) for other in step.other_ids}
    strangers = [seen for seen in situation.staying if seen.id in met]
    why = f"{names(strangers)} must be known to the whole cluster" if met else "members that are gone are forgotten"
    return Act(steps=tuple(steps), why=why)


def _steps(situation: Situation, seen: SeenNode, staying: tuple[SeenNode, ...], ids: set[MemberId]) -> list[Step]:
    view = seen.view
    if view is None:
        return []
    known = {member.id for member in view.others}
    unmet = [
        other
        for other in staying
        if other is not seen and other.view is not None and situation.member_id(other) not in known
    ]
    strangers = [
        member.id
        for member in view.others
        if member.id not in ids and not member.is_handshaking and member.id != view.own.primary_id
    ]
    steps: list[Step] = []
    if unmet:
        steps.append(MeetMembers(node_id=seen.id, other_ids=tuple(other.id for other in unmet)))
    if strangers:
        steps.append(ForgetMembers(node_id=seen.id, member_ids=tuple(strangers)))
    return steps


def spread_roles(situation: Situation) -> Verdict:
    mute = [seen for seen in situation.staying if _is_mute(situation, seen)]
    if mute:
        return Act(
            steps=tuple(AskReplicas(node_id=seen.id) for seen in mute),
            why=f"{names(mute)} must have said something, or nobody is told of replicas",
        )
    members = {situation.member_id(seen): seen for seen in situation.staying if seen.view is not None}
    ids = {situation.member_id(seen) for seen in situation.nodes}
    is_calm = slots_to_move(situation.group, situation.before) == 0  # news that nobody hears must not keep slots
    misled: dict[NodeId, list[NodeId]] = {}
    for listener in members.values():
        known = {} if listener.view is None else {member.id: member for member in listener.view.others}
        for member, seen in members.items():
            is_told = is_new_replica(seen) or (is_calm and _is_other(seen, known.get(member)))
            if seen is not listener and is_told and _has_role(seen, ids):
                misled.setdefault(seen.id, []).append(listener.id)
    steps = tuple(MeetMembers(node_id=teller, other_ids=tuple(others)) for teller, others in misled.items())
    last = situation.before.verdict
    is_old = last is not None and last.rule == ROLES and not is_within(situation.now, last.since, TELLING_SECONDS_MAX)
    if not steps or is_old:
        return SATISFIED  # who has not heard by then hears it from others, and keeps nobody from anything meanwhile
    told = names([situation.get(step.node_id) for step in steps])
    return Act(steps=steps, why=f"all must hear what {told} {'is' if len(steps) == 1 else 'are'} by now")


def is_unknown(seen: SeenNode) -> bool:
    """A replica of whom no client would be told yet."""
    return seen.is_replica and seen.view is not None and (seen.before is None or not seen.before.is_introduced)


def _is_mute(situation: Situation, primary: SeenNode) -> bool:
    """Nothing was ever written to it, and a replica of it is in sync: for others it is nowhere in the stream."""
    if not primary.is_primary or primary.answer is None or primary.answer.offset_bytes > 0:
        return False
    return any(is_unknown(seen) for seen in situation.heirs(situation.node_group_of(primary.node)))


def is_new_replica(seen: SeenNode) -> bool:
    """It has come somewhere in its primary's stream, and nobody was told yet."""
    return is_unknown(seen) and seen.answer is not None and seen.answer.offset_bytes > 0


def _has_role(seen: SeenNode, ids: set[MemberId]) -> bool:
    """False for a replica of nowhere, which still waits for its role."""
    return seen.view is not None and (seen.view.own.is_primary or seen.view.own.primary_id in ids)


def _is_other(seen: SeenNode, known: Member | None) -> bool:
    """Whether a node is something else than another one believes, who knows it."""
    assert seen.view is not None, "asked of nodes that said what they are"
    own = seen.view.own
    return known is not None and (known.is_primary, known.primary_id) != (own.is_primary, own.primary_id)
