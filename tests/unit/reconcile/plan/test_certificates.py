"""When a node needs another certificate, by what a handshake showed."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.ids import NodeId
from elastane.model.observations import ServedCertificate
from elastane.reconcile.plan import certificates
from elastane.reconcile.plan.verdicts import SATISFIED, Act
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import RenewCertificates
from tests.kit.encryption import ISSUER, OFF, REQUIRED, encrypted, served
from tests.kit.situations import NOW, dead, hung, primary, replica, situation

GROUP = encrypted(REQUIRED)
FIRST, SECOND, THIRD = GROUP.nodes
NAMES = frozenset({"orders.example", FIRST.address})
GOOD = served(NAMES)


def seen_with(first: tuple[ServedCertificate, ...], second: tuple[ServedCertificate, ...] = (GOOD,)) -> Situation:
    return situation(
        GROUP,
        primary(FIRST, certificates=first),
        replica(SECOND, FIRST, certificates=second),
        dead(THIRD),
        certificate_names={node.id: NAMES for node in GROUP.nodes},
        certificate_issuer=ISSUER,
    )


def renews(*node_ids: NodeId, why: str) -> Act:
    return Act(steps=(RenewCertificates(node_ids=node_ids),), why=why)


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (served(frozenset({FIRST.address})), "does not name orders.example yet"),
        (served(NAMES, issuer="authority 0"), "is of an authority that issues no more"),
        (served(NAMES, since=NOW - timedelta(days=61)), "is good until 2026-12-22 13:00:00 UTC and must be renewed"),
        (served(NAMES, since=NOW - timedelta(days=91)), "is good until 2026-11-22 13:00:00 UTC and must be renewed"),
    ],
)
def test_a_certificate_is_renewed_for_each_of_these_reasons(certificate: ServedCertificate, reason: str) -> None:
    verdict = certificates.rule(seen_with((certificate,)))

    assert verdict == renews(FIRST.id, why=f"the certificate of orders-001 {reason}")


def test_a_certificate_that_names_more_than_it_must_is_good() -> None:
    assert certificates.rule(seen_with((served(NAMES | {"more.example"}),))) == SATISFIED


@pytest.mark.parametrize(
    ("age", "is_old"), [(timedelta(days=60) - timedelta(seconds=1), False), (timedelta(days=60), True)]
)
def test_a_certificate_is_old_after_two_thirds_of_its_life(age: timedelta, is_old: bool) -> None:
    assert certificates.is_old(served(since=NOW - age), NOW) is is_old


def test_a_bus_that_serves_an_older_one_than_the_port_is_reason_enough() -> None:
    former = served(NAMES, issuer="authority 0")

    verdict = certificates.rule(seen_with((GOOD, former)))

    assert verdict == renews(FIRST.id, why="the certificate of orders-001 is of an authority that issues no more")


def test_all_nodes_that_need_one_are_given_it_in_one_step() -> None:
    former = served(NAMES, issuer="authority 0")

    verdict = certificates.rule(seen_with((former,), (former,)))

    assert verdict == renews(
        FIRST.id,
        SECOND.id,
        why="the certificate of orders-001 and orders-002 is of an authority that issues no more",
    )


def test_who_answered_by_a_plain_connection_or_not_at_all_has_shown_none() -> None:
    seen = replace(seen_with(()), nodes=(primary(FIRST), replica(SECOND, FIRST), hung(THIRD)))

    assert certificates.rule(seen) == SATISFIED


def test_without_encryption_no_certificate_is_asked_for() -> None:
    seen = seen_with((served(issuer="authority 0"),))

    assert certificates.rule(replace(seen, group=encrypted(OFF))) == SATISFIED
