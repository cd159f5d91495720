"""Running memcached processes and configuration endpoints, asked and told in our words: the seam of this room for them.

Beside `Engines`, and not a part of it: a memcached has no role, no password and no order to obey but one. What it runs
with is on its command line for as long as it lives, so there is nothing to set; what it holds is nobody's business.
`memcached_client.LiveMemcached` talks to real processes, `tests.kit.fake_memcached.FakeMemcached` to none, and both
pass the same contract test. What callers may rely on is said in `engines`, and holds here.
"""

from typing import Protocol

import msgspec

from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements
from elastane.model.memcached_observations import EndpointEngine, NodeEngine


class MemcachedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a memcached, or a configuration endpoint, answers. Nobody signs in there."""

    address: str
    port: int
    is_encrypted: bool = False
    """By TLS alone; without it, by plain connections alone."""

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


class MemcachedEngines(Protocol):
    """Every running memcached and configuration endpoint."""

    async def observe(self, at: MemcachedAddress, timeout_seconds: float) -> NodeEngine:
        """What a node says of itself. Never raises for the world's failures: they are values too.

        Refusing: the connection was refused. Busy: it was accepted and no answer came within the deadline. CrowdedNode:
        the node has no room for a connection of ours, and says so. Unknown: anything else, with the reason. One that
        has no room and was started so that it says nothing is Busy or Unknown.
        """

    async def observe_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointEngine:
        """What a configuration endpoint tells; failures as those of `observe`."""

    async def refresh_certificates(self, at: MemcachedAddress, timeout_seconds: float) -> None:
        """Makes a node read its certificate's file again; connections live on. Idempotent. Raises EngineError.

        A configuration endpoint needs no telling: it looks by itself, at each connection. Whoever gave it another one
        lets go of the connection there is (`forget`), and sees by the next what it serves.
        """

    def forget(self, at: MemcachedAddress) -> None:
        """Drops the connection to a node or an endpoint that is no more. Idempotent."""

    async def aclose(self) -> None:
        """Drops every connection."""


class MemcachedMeter(Protocol):
    """The same processes asked what they count. Nothing is ordered, and nobody else's connection is used or delayed."""

    async def measure(self, at: MemcachedAddress, timeout_seconds: float) -> MemcachedMeasurements:
        """What a node counts. Raises EngineError."""

    async def measure_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointMeasurements:
        """What a configuration endpoint counts. Raises EngineError."""

    def forget(self, at: MemcachedAddress) -> None:
        """Drops the connection to a node or an endpoint that is no more. Idempotent."""

    async def aclose(self) -> None:
        """Drops every connection."""
