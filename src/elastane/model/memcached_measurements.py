"""What a memcached, or a configuration endpoint, said that it counts: raw numbers, as `measurements` has them."""

from collections.abc import Mapping

import msgspec

from elastane.model.ids import CacheNodeId


class MemcachedMeasurements(msgspec.Struct, frozen=True, kw_only=True):
    """One node's, at one moment."""

    engine_version: str
    process_id: int
    """Of the process that counted. It is used again some day, so `uptime_seconds` counts, too."""
    uptime_seconds: int
    counters: Mapping[str, int]
    """All whole numbers of `stats`, by the names they have there. Counters are since the process's start."""


class EndpointMeasurements(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration endpoint's, at one moment."""

    version: int
    """Of the list that it tells."""
    change_count: int
    """How often that list has changed since its process was started, the first one counted."""
    connection_count: int
    """Of customers, now."""
    config_gets: Mapping[CacheNodeId, int]
    """How often the list was asked for since its start, by the node that the asking connection counts for."""
