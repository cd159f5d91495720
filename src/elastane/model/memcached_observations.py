"""What was found when a memcached process, or a configuration endpoint, was asked. Processes are in `observations`.

As there, *unknown* is a value of its own and never means "down".
"""

import msgspec

from elastane.model.observations import Busy, Refusing, ServedCertificate, Unknown


class AnsweringNode(msgspec.Struct, frozen=True, kw_only=True, tag="answering-node"):
    """memcached answered `version` and `stats settings` within the deadline."""

    engine_version: str
    """As it says: ``1.6.38``."""
    settings: dict[str, str]
    """What it runs with, as `stats settings` spells it: ``maxbytes``, ``num_threads``, …"""
    certificate: ServedCertificate | None = None
    """What it proved itself with; None where we connect without encryption."""


class CrowdedNode(msgspec.Struct, frozen=True, kw_only=True, tag="crowded-node"):
    """memcached said that it has as many connections as it may, and hung up: it serves those, and lets nobody else in.

    Heard by a control plane that was away, or came after the customers. A connection that it has already is answered.
    """


class AnsweringEndpoint(msgspec.Struct, frozen=True, kw_only=True, tag="answering-endpoint"):
    """A configuration endpoint answered ``config stats`` within the deadline."""

    version: int
    """Of the list that it tells."""
    certificate: ServedCertificate | None = None


NodeEngine = AnsweringNode | CrowdedNode | Refusing | Busy | Unknown
EndpointEngine = AnsweringEndpoint | Refusing | Busy | Unknown
