"""Certificates are renewed without a new process, and whoever has just been given one is left to read it."""

from datetime import timedelta

import pytest

from elastane.model.observations import ServedCertificate
from elastane.reconcile.memcached.plan import certificates
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.steps import RenewCertificates
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Wait
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import cache_node, memcached_cluster, observed_cache_node, observed_process
from tests.kit.memcached_situations import NOW, dead, ready, situation, telling

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=4, is_encrypted=True)
NAMES = frozenset({"sessions.elastane.test"})
ISSUER = "CN=the authority"
GOOD = ServedCertificate(
    serial_number="1",
    not_before=CREATED_AT,
    not_after=CREATED_AT + timedelta(days=30),
    names=NAMES,
    issuer=ISSUER,
)
NAMELESS = ServedCertificate(
    serial_number="2",
    not_before=CREATED_AT,
    not_after=CREATED_AT + timedelta(days=30),
    names=frozenset({"127.0.0.1"}),
    issuer=ISSUER,
)
UNNAMED = "does not name sessions.elastane.test yet"


def served(
    first: ServedCertificate = GOOD,
    second: ServedCertificate = GOOD,
    endpoint: ServedCertificate = GOOD,
    *,
    given_seconds_ago: float | None = None,
    **changes: object,
) -> Situation:
    """Everybody was given one so long ago, if anybody was."""
    given_at = None if given_seconds_ago is None else NOW - timedelta(seconds=given_seconds_ago)
    process = observed_process(renewal_ordered_at=given_at)
    keys = (CLUSTER.endpoint_key, *(CLUSTER.node_key(node) for node in CLUSTER.nodes))
    defaults: dict[str, object] = {
        "endpoint": telling(4, certificate=endpoint, before=process),
        "certificate_names": dict.fromkeys(keys, NAMES),
        "certificate_issuer": ISSUER,
    }
    return situation(
        CLUSTER,
        ready(FIRST, certificate=first, before=observed_cache_node(FIRST, process=process)),
        ready(SECOND, certificate=second, before=observed_cache_node(SECOND, process=process)),
        **(defaults | changes),  # type: ignore[arg-type]  # keywords of one type each
    )


def test_what_is_right_stays() -> None:
    assert certificates.rule(served()) == SATISFIED


def test_without_encryption_there_are_none() -> None:
    assert certificates.rule(situation(memcached_cluster(published=4))) == SATISFIED


@pytest.mark.parametrize(
    ("seen", "step", "why"),
    [
        (served(NAMELESS), RenewCertificates(node_ids=(FIRST.id,)), f"the certificate of node 0001 {UNNAMED}"),
        (
            served(endpoint=NAMELESS),
            RenewCertificates(node_ids=(), of_endpoint=True),
            f"the certificate of the configuration endpoint {UNNAMED}",
        ),
        (
            served(NAMELESS, NAMELESS, NAMELESS),
            RenewCertificates(node_ids=(FIRST.id, SECOND.id), of_endpoint=True),
            f"the certificate of nodes 0001 and 0002 and the configuration endpoint {UNNAMED}",
        ),
        (
            served(now=CREATED_AT + timedelta(days=20), certificate_issuer="another"),
            RenewCertificates(node_ids=(FIRST.id, SECOND.id), of_endpoint=True),
            "the certificate of nodes 0001 and 0002 and the configuration endpoint is of an authority that issues no "
            "more",
        ),
        (
            served(now=CREATED_AT + timedelta(days=20)),
            RenewCertificates(node_ids=(FIRST.id, SECOND.id), of_endpoint=True),
            "the certificate of nodes 0001 and 0002 and the configuration endpoint is good until 2026-12-23 12:00:00 "
            "UTC and must be renewed",
        ),
    ],
)
def test_what_is_not_is_renewed(seen: Situation, step: RenewCertificates, why: str) -> None:
    assert certificates.rule(seen) == Act(steps=(step,), why=why)


def test_who_was_just_given_one_is_left_to_read_it() -> None:
    fresh = certificates.rule(served(endpoint=NAMELESS, given_seconds_ago=4.9))

    assert fresh == Wait(reason="the configuration endpoint must read a new certificate")
    assert isinstance(certificates.rule(served(endpoint=NAMELESS, given_seconds_ago=5)), Act)
    assert isinstance(certificates.rule(served(endpoint=NAMELESS, given_seconds_ago=-3600)), Act)


def test_who_does_not_answer_shows_none() -> None:
    verdict = certificates.rule(
        situation(CLUSTER, dead(FIRST), ready(SECOND, certificate=GOOD), endpoint=telling(4, certificate=GOOD))
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (RenewCertificates(node_ids=(SECOND.id,), of_endpoint=True),)
