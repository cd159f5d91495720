"""Running engines offer the encryption that the group shall offer, and talk to one another so: no node is replaced.

In this order, each stage on all nodes that answer before the next. So at no moment does a node that talks by TLS need
one that does not listen so yet, and a customer who uses what stays is never without a port:

    on its way to                 stage                                      what it costs
    ───────────────────────────   ────────────────────────────────────────   ─────────────────────────────────────
    anything encrypted            listen for both kinds, with certificates   nothing
                                  replicas and the bus talk by TLS           each replica connects anew and goes on
    TLS alone                     listen for TLS alone, at the cache's port  customers' connections, plain ones for good
    anything plain                listen for both kinds                      new connections by TLS get another port
    plain alone                   replicas and the bus talk plainly          each replica connects anew and goes on
                                  listen for plain connections alone         new connections by TLS
    any, in cluster mode          all know the others' ports                 nothing: gossip alone would take a second

A node that starts anew meanwhile starts as the last stage has it: until the others are there it may be without its
primary. A control plane that dies between two stages finds them as they are, and goes on.

While one of them runs an engine that was built without TLS, nobody begins. That is said when all else is done
(`refuse_engines_without_tls`), and not here: what comes between is what could give it another engine.
"""

from collections.abc import Callable
from functools import partial

from elastane.catalog import encryption
from elastane.model.access import TransitEncryption, encrypted_port
from elastane.model.ids import NodeId
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Satisfied, Verdict, Wait, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import MeetMembers, RenewCertificates, SetParameters, Step, side_by_side

_Stage = Callable[[Situation, list[SeenNode]], Verdict]

PLAIN, BOTH, ENCRYPTED = TransitEncryption.DISABLED, TransitEncryption.PREFERRED, TransitEncryption.REQUIRED

_WORDS = {PLAIN: "plain connections alone", BOTH: "plain and encrypted connections", ENCRYPTED: "TLS alone"}


def rule(situation: Situation) -> Verdict:
    if _find_unable(situation):
        return SATISFIED
    heard = [seen for seen in situation.nodes if seen.answer is not None and not seen.answer.is_loading]
    return first_unsatisfied(stage(situation, heard) for stage in _STAGES[situation.group.access.transit_encryption])


def refuse_engines_without_tls(situation: Situation) -> Verdict:
    """A rule of its own, after those that start nodes anew: a reboot, or another engine version, mends it."""
    unable = _find_unable(situation)
    if not unable:
        return SATISFIED
    return Wait(
        reason=f"the engine of {names(unable)} was built without TLS: reboot the node where an engine with TLS is "
        "here, or take encryption in transit back",
        is_told=True,
    )


def _find_unable(situation: Situation) -> list[SeenNode]:
    """Those that run an engine with which the group cannot be encrypted as it shall."""
    if not situation.group.access.is_encrypted:
        return []
    return [
        seen for seen in situation.nodes if seen.answer is not None and not encryption.has_tls(seen.answer.parameters)
    ]


def are_ports_known(situation: Situation) -> bool:
    """Whether no node of a cluster sends clients to a port of before."""
    return isinstance(_hear(situation, [seen for seen in situation.nodes if seen.answer is not None]), Satisfied)


def current(seen: SeenNode, situation: Situation) -> TransitEncryption | None:
    """What a node offers, with all that belongs to it; None for one that is on its way, or did not answer."""
    listening = _listening(seen, situation)
    if listening is None or not _is_linked(seen, situation, is_encrypted=listening is not PLAIN):
        return None
    return listening


def _listen(situation: Situation, heard: list[SeenNode], *, to: TransitEncryption, but: TransitEncryption) -> Verdict:
    """Everybody listens so; who listens as in `but` is right too."""
    wrong = [seen for seen in heard if _listening(seen, situation) not in (to, but)]
    return _act(wrong, f"{names(wrong)} must listen for {_WORDS[to]}", partial(_listening_steps, situation, to=to))


def _link(situation: Situation, heard: list[SeenNode], *, is_encrypted: bool) -> Verdict:
    wrong = [seen for seen in heard if not _is_linked(seen, situation, is_encrypted=is_encrypted)]
    way = "by TLS" if is_encrypted else "plainly"
    return _act(
        wrong,
        f"{names(wrong)} must talk to other nodes {way}",
        lambda seen: (SetParameters(node_id=seen.id, parameters=_links(seen, situation, is_encrypted=is_encrypted)),),
    )


def _hear(situation: Situation, heard: list[SeenNode]) -> Verdict:
    """Who still sends clients to a port of before meets those whom it does that for, and hears from them."""
    members = {situation.member_id(seen): seen for seen in heard if seen.view is not None}
    misled: dict[NodeId, list[NodeId]] = {}
    for listener in members.values():
        known = () if listener.view is None else listener.view.others
        for member in known:
            other = members.get(member.id)
            if other is not None and member.port not in (None, _client_port(listener, other, situation)):
                misled.setdefault(listener.id, []).append(other.id)
    wrong = [seen for seen in heard if seen.id in misled]
    return _act(
        wrong,
        f"{names(wrong)} must hear by which port others are reached",
        lambda seen: (MeetMembers(node_id=seen.id, other_ids=tuple(misled[seen.id])),),
    )


def _client_port(listener: SeenNode, other: SeenNode, situation: Situation) -> int | None:
    """Where a node has to send a client to another one, that is connected as we are."""
    assert listener.answer is not None, "who is judged has answered"
    port, listening = situation.group.software.port, _listening(other, situation)
    return port if listening is None or not listener.answer.certificates else encrypted_port(port, listening)


def _act(wrong: list[SeenNode], why: str, steps: Callable[[SeenNode], tuple[Step, ...]]) -> Verdict:
    """All at once."""
    if not wrong:
        return SATISFIED
    return Act(steps=side_by_side([steps(seen) for seen in wrong]), why=why)


_STAGES: dict[TransitEncryption, tuple[_Stage, ...]] = {
    PLAIN: (
        partial(_listen, to=BOTH, but=PLAIN),
        partial(_link, is_encrypted=False),
        partial(_listen, to=PLAIN, but=PLAIN),
        _hear,
    ),
    BOTH: (
        partial(_listen, to=BOTH, but=BOTH),
        partial(_link, is_encrypted=True),
        _hear,
    ),
    ENCRYPTED: (
        partial(_listen, to=BOTH, but=ENCRYPTED),
        partial(_link, is_encrypted=True),
        partial(_listen, to=ENCRYPTED, but=ENCRYPTED),
        _hear,
    ),
}
"""The table of the page above."""


def _listening_steps(situation: Situation, seen: SeenNode, *, to: TransitEncryption) -> tuple[Step, ...]:
    """A port is let go of before it is listened at for another kind, and plain customers go with their port."""
    assert seen.answer is not None, "who is judged has answered"
    port = situation.group.software.port
    is_encrypted = encryption.is_linked_by_tls(seen.answer.parameters)
    links = encryption.links(port, to, is_encrypted=is_encrypted, is_cluster=seen.answer.runs_in_cluster)
    known = {name: value for name, value in links.items() if name in seen.answer.parameters}
    listeners = encryption.listeners(port, to)
    if to is ENCRYPTED:
        return (SetParameters(node_id=seen.id, parameters={**listeners, **known}, cuts_clients=True),)
    announced = known.pop(encryption.MEMBER_PORT, None)
    by_tls = {encryption.TLS_PORT: listeners[encryption.TLS_PORT], **known}
    plainly = {encryption.PORT: listeners[encryption.PORT]}
    if announced is not None:
        plainly[encryption.MEMBER_PORT] = announced
    return (
        *((RenewCertificates(node_ids=(seen.id,)),) if _listening(seen, situation) is PLAIN else ()),
        SetParameters(node_id=seen.id, parameters=by_tls),
        *((SetParameters(node_id=seen.id, parameters=plainly),) if not _has(seen, plainly) else ()),
    )


def _listening(seen: SeenNode, situation: Situation) -> TransitEncryption | None:
    if seen.answer is None:
        return None
    return encryption.current_listeners(seen.answer.parameters, situation.group.software.port)


def _links(seen: SeenNode, situation: Situation, *, is_encrypted: bool) -> dict[str, str]:
    """As a node that listens as it does has to talk; nothing for one that listens in no way of ours."""
    listening = _listening(seen, situation)
    if seen.answer is None or listening is None:
        return {}
    wanted = encryption.links(
        situation.group.software.port, listening, is_encrypted=is_encrypted, is_cluster=seen.answer.runs_in_cluster
    )
    return {name: value for name, value in wanted.items() if name in seen.answer.parameters}


def _is_linked(seen: SeenNode, situation: Situation, *, is_encrypted: bool) -> bool:
    return _has(seen, _links(seen, situation, is_encrypted=is_encrypted))


def _has(seen: SeenNode, wanted: dict[str, str]) -> bool:
    return seen.answer is not None and all(seen.answer.parameters.get(name) == value for name, value in wanted.items())
