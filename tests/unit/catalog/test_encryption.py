"""What engines are told for encryption in transit, and what is made of what they answer."""

from pathlib import PurePosixPath

import pytest

from elastane.catalog import encryption
from elastane.model.access import TransitEncryption, encrypted_port
from tests.kit.encryption import OFF, PREFERRED, REQUIRED, talking


@pytest.mark.parametrize(
    ("mode", "port", "encrypted"),
    [
        (OFF, 6379, None),
        (PREFERRED, 6379, 6380),
        (PREFERRED, 65534, 65535),
        (PREFERRED, 65535, 65534),
        (REQUIRED, 6379, 6379),
        (REQUIRED, 65535, 65535),
    ],
)
def test_encrypted_connections_come_to_the_port_of_the_cache_or_beside_it(
    mode: TransitEncryption, port: int, encrypted: int | None
) -> None:
    assert encrypted_port(port, mode) == encrypted


@pytest.mark.parametrize("port", [1025, 6379, 65535])
@pytest.mark.parametrize("mode", list(TransitEncryption))
def test_who_listens_as_it_was_told_is_found_to_listen_so(mode: TransitEncryption, port: int) -> None:
    told = encryption.listeners(port, mode)

    assert encryption.current_listeners(told, port) is mode
    assert len({told["port"], told["tls-port"]}) == 2  # an engine takes one kind at one port


@pytest.mark.parametrize(
    "answered",
    [{"port": "0", "tls-port": "0"}, {"port": "6379", "tls-port": "6379"}, {"port": "7000", "tls-port": "0"}],
)
def test_a_way_that_none_of_ours_listens_in_is_none(answered: dict[str, str]) -> None:
    assert encryption.current_listeners(answered, 6379) is None


def test_an_engine_that_says_nothing_of_tls_was_built_without_it_and_listens_plainly() -> None:
    assert not encryption.has_tls({"port": "6379"})
    assert encryption.current_listeners({"port": "6379"}, 6379) is OFF
    assert not encryption.is_linked_by_tls({"port": "6379"})
    assert encryption.has_tls(talking(OFF))


@pytest.mark.parametrize(
    ("mode", "is_encrypted", "announced"),
    [(OFF, False, 6379), (PREFERRED, False, 6379), (PREFERRED, True, 6380), (REQUIRED, True, 6379)],
)
def test_a_replica_announces_the_port_by_which_it_talks(
    mode: TransitEncryption, is_encrypted: bool, announced: int
) -> None:
    """FAILOVER TO finds it by that, and the former primary follows it there."""
    links = encryption.links(6379, mode, is_encrypted=is_encrypted, is_cluster=False)

    assert links == {
        "tls-replication": "yes" if is_encrypted else "no",
        "replica-announce-port": str(announced),
    }


@pytest.mark.parametrize(
    ("mode", "is_encrypted", "announced"),
    [
        (OFF, False, ("no", "0", "0")),
        (PREFERRED, False, ("no", "0", "0")),
        (PREFERRED, True, ("yes", "6379", "6380")),
        (REQUIRED, True, ("yes", "0", "6379")),
    ],
)
def test_a_member_of_a_cluster_announces_the_ports_for_both_kinds_of_clients(
    mode: TransitEncryption, is_encrypted: bool, announced: tuple[str, str, str]
) -> None:
    links = encryption.links(6379, mode, is_encrypted=is_encrypted, is_cluster=True)

    said = (links["tls-cluster"], links["cluster-announce-port"], links["cluster-announce-tls-port"])
    assert said == announced


def test_customers_need_no_certificate_and_old_protocols_are_refused() -> None:
    told = encryption.certificate_directives(PurePosixPath("/nodes/orders-001"))

    assert told["tls-auth-clients"] == "no"
    assert told["tls-protocols"] == "TLSv1.2 TLSv1.3"
    assert told["tls-cert-file"] == told["tls-key-file"] == "/nodes/orders-001/node.pem"


def test_everything_that_is_told_is_asked_for() -> None:
    told = encryption.listeners(6379, PREFERRED) | encryption.links(6379, PREFERRED, is_encrypted=True, is_cluster=True)

    assert set(told) == set(encryption.NAMES)
