"""What engines answer of how they listen and talk, for situations about encryption in transit."""

from datetime import datetime, timedelta
from typing import Any

from elastane.catalog import encryption
from elastane.model.access import Access, TransitEncryption
from elastane.model.observations import ServedCertificate
from elastane.model.replication_groups import ReplicationGroup
from tests.kit import groups

PORT = 6379
BESIDE = 6380
"""Where encrypted connections come while plain ones are taken too."""

OFF, PREFERRED, REQUIRED = TransitEncryption.DISABLED, TransitEncryption.PREFERRED, TransitEncryption.REQUIRED

ISSUER = "authority 1"
WITHOUT_TLS: dict[str, str] = {"port": str(PORT)}
"""What an engine answers that was built without TLS."""


def encrypted(mode: TransitEncryption, **changes: Any) -> ReplicationGroup:
    """A group of three that shall have this encryption."""
    nodes = tuple(groups.node(f"orders-00{number}") for number in (1, 2, 3))
    return groups.group("orders", *nodes, access=Access(transit_encryption=mode), **changes)


def talking(listens: TransitEncryption, *, by_tls: bool | None = None, is_cluster: bool = False) -> dict[str, str]:
    """Of an engine that listens so and talks to others `by_tls`, which follows from the former unless it is said."""
    is_linked = listens is not OFF if by_tls is None else by_tls
    links = encryption.links(PORT, listens, is_encrypted=is_linked, is_cluster=is_cluster)
    return {**encryption.listeners(PORT, listens), **links}


def served(
    names: frozenset[str] = frozenset(), *, since: datetime = groups.CREATED_AT, issuer: str = ISSUER, days: float = 90
) -> ServedCertificate:
    return ServedCertificate(
        serial_number="1", not_before=since, not_after=since + timedelta(days=days), names=names, issuer=issuer
    )
