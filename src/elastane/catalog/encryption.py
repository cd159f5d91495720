"""What engines are told for encryption in transit, by directive: where they listen, and how they talk to one another.

Called by `engines`, which renders the files that a node starts with, and by the reconciler's rule, which brings a
running one there. Both engines spell these alike, from Redis OSS 7.0 on.
"""

from collections.abc import Mapping
from pathlib import PurePath

from elastane.model.access import TransitEncryption, encrypted_port

PORT = "port"
TLS_PORT = "tls-port"
REPLICATION = "tls-replication"
BUS = "tls-cluster"
REPLICA_PORT = "replica-announce-port"
MEMBER_PORT = "cluster-announce-port"
MEMBER_TLS_PORT = "cluster-announce-tls-port"

NAMES = (PORT, TLS_PORT, REPLICATION, BUS, REPLICA_PORT, MEMBER_PORT, MEMBER_TLS_PORT)
"""What CONFIG GET is asked for. An engine that was built without TLS leaves out those it does not know."""

NODE_FILE = "node.pem"
"""The node's certificate and its key, in its directory."""
BUNDLE_FILE = "ca.pem"
"""Whom it trusts."""


def listeners(port: int, encryption: TransitEncryption) -> dict[str, str]:
    """Where customers reach a node. 0 is the engines' word for nowhere."""
    is_plain = encryption is not TransitEncryption.REQUIRED
    return {PORT: str(port if is_plain else 0), TLS_PORT: str(encrypted_port(port, encryption) or 0)}


def links(port: int, encryption: TransitEncryption, *, is_encrypted: bool, is_cluster: bool) -> dict[str, str]:
    """How a node that listens so talks to others of its group, and where it says that they reach it.

    The engines change the links of a cluster's bus only when a member's announced port is another one than before. So
    ports are announced, and not left to them: Redis OSS 7.0 would go on to tell clients its own of before.
    """
    tls_port = encrypted_port(port, encryption)
    plain_port = port if encryption is TransitEncryption.PREFERRED else 0
    found = {
        REPLICATION: "yes" if is_encrypted else "no",
        REPLICA_PORT: str(tls_port if is_encrypted and tls_port is not None else port),
    }
    if is_cluster:
        found |= {
            BUS: "yes" if is_encrypted else "no",
            MEMBER_PORT: str(plain_port if is_encrypted else 0),
            MEMBER_TLS_PORT: str(tls_port or 0 if is_encrypted else 0),
        }
    return found


def certificate_directives(directory: PurePath) -> dict[str, str]:
    """What a node proves itself with, and whom it trusts. Customers need no certificate of their own.

    The same names again make a running engine read the files again: they are marked as volatile in its source.
    """
    return {
        "tls-cert-file": str(directory / NODE_FILE),
        "tls-key-file": str(directory / NODE_FILE),
        "tls-ca-cert-file": str(directory / BUNDLE_FILE),
        "tls-auth-clients": "no",
        "tls-protocols": "TLSv1.2 TLSv1.3",
    }


def has_tls(parameters: Mapping[str, str]) -> bool:
    """Whether the engine that answered so was built with TLS."""
    return TLS_PORT in parameters


def current_listeners(parameters: Mapping[str, str], port: int) -> TransitEncryption | None:
    """How an engine that answered so is listening; None for a way that none of ours does."""
    answered = {PORT: parameters.get(PORT, str(port)), TLS_PORT: parameters.get(TLS_PORT, "0")}
    return next((mode for mode in TransitEncryption if listeners(port, mode) == answered), None)


def is_linked_by_tls(parameters: Mapping[str, str]) -> bool:
    """Whether it connects to its primary, and listens on the bus, by TLS."""
    return parameters.get(REPLICATION) == "yes"
