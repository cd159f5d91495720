"""What one tick saw of one process, before anything is made of it."""

from typing import Generic, TypeVar

import msgspec

from elastane.model.measurements import Measurements, ProcessUsage
from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements

Said = TypeVar("Said")


class Look(msgspec.Struct, Generic[Said], frozen=True, kw_only=True):
    at_seconds: float
    """Since 1970, when the answers were there."""
    seen: Said | None
    """None when it did not answer."""
    usage: ProcessUsage | None
    """None when no process lives, or the host cannot tell."""


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """One tick's, by process key; whoever was not through in time is not in it. Filled while it is looked."""

    nodes: dict[str, Look[Measurements]]
    cache_nodes: dict[str, Look[MemcachedMeasurements]]
    """Of Memcached clusters."""
    endpoints: dict[str, Look[EndpointMeasurements]]
    """Their configuration endpoints."""
