"""Certificates are renewed before they expire, and whenever a node has got another name, without a new process.

    what a handshake showed                                   what follows
    ───────────────────────────────────────────────────────   ────────────────────────────────────────────────────
    it does not name all that the node is reached by          a new one: clients that check names would turn away
    another authority issued it than issues now               a new one: the old authority will not be trusted for ever
    two thirds of its life are over                           a new one: there is a third left to find out why not

Success is the next handshake, at the port and at the bus of the cluster. A failure of it is told, with how long the
certificate is good for still.
"""

from datetime import datetime

from elastane.model.observations import ServedCertificate
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import RenewCertificates

LIFE_RATIO_MAX = 2 / 3


def rule(situation: Situation) -> Verdict:
    if not situation.group.access.is_encrypted:
        return SATISFIED
    wrong = [(seen, reason) for seen in situation.nodes if (reason := _find_reason(seen, situation)) is not None]
    if not wrong:
        return SATISFIED
    return Act(
        steps=(RenewCertificates(node_ids=tuple(seen.id for seen, _ in wrong)),),
        why=f"the certificate of {names([seen for seen, _ in wrong])} {wrong[0][1]}",
    )


def _find_reason(seen: SeenNode, situation: Situation) -> str | None:
    """Why a node needs another one, as the end of a sentence."""
    wanted = situation.certificate_names.get(seen.id, frozenset())
    served = () if seen.answer is None else seen.answer.certificates
    reasons = (why_renew(one, wanted, situation.certificate_issuer, situation.now) for one in served)
    return next((reason for reason in reasons if reason is not None), None)


def why_renew(served: ServedCertificate, wanted: frozenset[str], issuer: str, now: datetime) -> str | None:
    """As the end of a sentence, of any process of any kind of cache; None where it is as it should be."""
    if missing := sorted(wanted - served.names):
        return f"does not name {missing[0]} yet"
    if served.issuer != issuer:
        return "is of an authority that issues no more"
    if is_old(served, now):
        return f"is good until {served.not_after:%Y-%m-%d %H:%M:%S} UTC and must be renewed"
    return None


def is_old(served: ServedCertificate, now: datetime) -> bool:
    return now >= served.not_before + LIFE_RATIO_MAX * (served.not_after - served.not_before)
