"""By which ways fake engines are reached: by plain connections or by TLS, at the port for each, if they fit.

Used by `tests.kit.fake_replication`, `fake_bus` and `fake_lines`. What is modelled is what decides while the encryption
of a group changes: a connection comes about only if both sides mean the same kind of it at the same port, and by TLS
only if the certificate is good. One that is there goes on, whatever changes; engines ask nobody again.
"""

from typing import Protocol

from elastane.catalog import encryption
from elastane.engines import NodeAddress
from elastane.engines.line import Way, ways
from elastane.model.observations import ServedCertificate


class Listener(Protocol):
    """What a fake engine says of itself here."""

    at: NodeAddress
    parameters: dict[str, str]
    certificate: ServedCertificate | None
    trusted: frozenset[str]


def port_of(node: Listener, *, is_encrypted: bool) -> int:
    """Where it listens for such connections; 0 for nowhere."""
    if is_encrypted:
        return int(node.parameters.get(encryption.TLS_PORT, "0"))
    return int(node.parameters.get(encryption.PORT, str(node.at.port)))


def find_way(node: Listener, at: NodeAddress) -> Way | None:
    """By which a control plane that looks for it at `at` comes through; it does not mind an expired certificate."""
    found = (way for way in ways(at) if port_of(node, is_encrypted=way.is_encrypted) == way.port)
    return next(found, None)


def may_connect(follower: Listener, primary: Listener, port: int | None, wall_seconds: float) -> bool:
    """Whether a replica reaches its primary, as it talks, by a port; by None when it knows the port by itself."""
    is_encrypted = encryption.is_linked_by_tls(follower.parameters)
    listening = port_of(primary, is_encrypted=is_encrypted)
    if listening == 0 or port not in (None, listening):
        return False
    return not is_encrypted or _is_good(primary.certificate, follower.trusted, wall_seconds)


def share_a_bus(one: Listener, other: Listener) -> bool:
    return (one.parameters.get(encryption.BUS) == "yes") == (other.parameters.get(encryption.BUS) == "yes")


def _is_good(certificate: ServedCertificate | None, trusted: frozenset[str], wall_seconds: float) -> bool:
    """Engines look at the clock, and at who has signed it."""
    if certificate is None or certificate.issuer not in trusted:
        return False
    return wall_seconds <= certificate.not_after.timestamp()
