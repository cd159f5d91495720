"""Nodes and the configuration endpoint prove themselves with certificates that are right: when not, see
`reconcile.plan.certificates`.

A node reads a new one when it is told to, the configuration endpoint by itself at each connection, and the next
handshake shows it. Whoever has just been given one is left alone for a moment.
"""

from collections.abc import Collection
from datetime import datetime

from elastane.model.observations import ServedCertificate
from elastane.model.observed_memcached_clusters import ObservedProcess
from elastane.model.rests import is_within
from elastane.reconcile.memcached.situation import Situation, names
from elastane.reconcile.memcached.steps import RenewCertificates
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.plan.certificates import why_renew

READING_SECONDS_MAX = 5.0
"""Who serves the old one for longer is given another."""


def rule(situation: Situation) -> Verdict:
    if not situation.cluster.is_encrypted:
        return SATISFIED
    wrong = _find_wrong(situation)
    if not wrong:
        return SATISFIED
    due = {key: reason for key, reason, last in wrong if not _is_reading(last, situation.now)}
    if not due:
        return Wait(reason=f"{_names({key for key, _, _ in wrong}, situation)} must read a new certificate")
    nodes = tuple(seen.id for seen in situation.nodes if situation.cluster.node_key(seen.node) in due)
    return Act(
        steps=(RenewCertificates(node_ids=nodes, of_endpoint=situation.cluster.endpoint_key in due),),
        why=f"the certificate of {_names(due, situation)} {next(iter(due.values()))}",
    )


def _names(keys: Collection[str], situation: Situation) -> str:
    nodes = [seen for seen in situation.nodes if situation.cluster.node_key(seen.node) in keys]
    return names(nodes, with_endpoint=situation.cluster.endpoint_key in keys)


def _find_wrong(situation: Situation) -> list[tuple[str, str, ObservedProcess | None]]:
    """By its key whose certificate is not right, why, and what is remembered of its process."""
    cluster, endpoint = situation.cluster, situation.endpoint
    found: list[tuple[str, ServedCertificate | None, ObservedProcess | None]] = [
        (
            cluster.node_key(seen.node),
            None if seen.answer is None else seen.answer.certificate,
            None if seen.before is None else seen.before.process,
        )
        for seen in situation.nodes
    ]
    served = None if endpoint.answer is None else endpoint.answer.certificate
    found.append((cluster.endpoint_key, served, endpoint.before))
    reasons = [(key, None if served is None else _why(key, served, situation), last) for key, served, last in found]
    return [(key, reason, last) for key, reason, last in reasons if reason is not None]


def _why(key: str, served: ServedCertificate, situation: Situation) -> str | None:
    wanted = situation.certificate_names.get(key, frozenset())
    return why_renew(served, wanted, situation.certificate_issuer, situation.now)


def _is_reading(last: ObservedProcess | None, now: datetime) -> bool:
    given_at = None if last is None else last.renewal_ordered_at
    return given_at is not None and is_within(now, given_at, READING_SECONDS_MAX)
