"""By which port the nodes of a group reach one another, while some may talk by TLS already and others not yet. Pure."""

from elastane.catalog import encryption
from elastane.model.access import TransitEncryption, encrypted_port
from elastane.reconcile.situation import SeenNode, Situation

_PLAIN = TransitEncryption.DISABLED


def find_peer_port(seen: SeenNode) -> int | None:
    """Where others reach it once they talk as it does; None for one that did not answer."""
    parameters = {} if seen.answer is None else seen.answer.parameters
    name = encryption.TLS_PORT if encryption.is_linked_by_tls(parameters) else encryption.PORT
    return _port(parameters.get(name))


def followed_port(follower: SeenNode, primary: SeenNode, port: int) -> int:
    """Where a replica reaches its primary: how it connects is its own setting, and where to, what the primary offers.

    `port` is the cache's, for a primary that did not answer or offers nothing of the kind yet.
    """
    if follower.answer is None or primary.answer is None:
        return port
    is_encrypted = encryption.is_linked_by_tls(follower.answer.parameters)
    name = encryption.TLS_PORT if is_encrypted else encryption.PORT
    return _port(primary.answer.parameters.get(name)) or port


def talk_alike(one: SeenNode, other: SeenNode) -> bool:
    """Whether both connect to others by TLS, or both plainly: who hands over a role connects to who takes it."""
    answers = [seen.answer for seen in (one, other) if seen.answer is not None]
    return len({encryption.is_linked_by_tls(answer.parameters) for answer in answers}) <= 1


def peer_ports(situation: Situation) -> frozenset[int]:
    """All by which a node of the group may be followed at the moment."""
    port = situation.group.software.port
    is_ever_beside = situation.group.access.is_encrypted or situation.before.transit_encryption is not _PLAIN
    beside = encrypted_port(port, TransitEncryption.PREFERRED) if is_ever_beside else None
    return frozenset({port, beside or port})


def _port(text: str | None) -> int | None:
    """0 is the engines' word for nowhere."""
    return int(text) or None if text is not None else None
