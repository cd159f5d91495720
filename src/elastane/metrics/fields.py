"""What a look at a node came to, as fields: all that is needed from there on, whichever engine it was. Pure."""

from collections.abc import Mapping

import msgspec

from elastane.metrics import lag, memcached_counters, node_counters
from elastane.metrics.counters import Counted, Counters
from elastane.metrics.looks import Look
from elastane.model.engine_names import EngineName
from elastane.model.ids import CacheNodeId
from elastane.model.measurements import Measurements, ProcessUsage
from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements
from elastane.model.observations import Role


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """That all nodes of a host share. Nothing where it does not say."""

    counters: Counters = {}
    levels: Mapping[str, float] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Who answered."""

    engine: EngineName
    engine_version: str
    role: Role | None = None
    """None where an engine knows none."""
    offset_bytes: int = 0


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    at_seconds: float
    counters: Counters
    levels: Mapping[str, float]
    answer: Answer | None
    """None of an engine that was not heard: what the kernel says of its process is there all the same."""
    buckets: Mapping[str, Counted] = {}
    """By kind of request; nothing when it was not asked for."""


def node_fields(
    look: Look[Measurements], families: Mapping[str, float], machine: Machine, lag_seconds: float | None
) -> Fields:
    """`families`: sums of what was counted by command, when it was heard."""
    counters, levels = _of_the_host(look.at_seconds, look.usage, machine)
    if lag_seconds is not None:
        levels[lag.FIELD] = lag_seconds
    seen = look.seen
    if seen is None:
        return Fields(at_seconds=look.at_seconds, counters=counters, levels=levels, answer=None)
    return Fields(
        at_seconds=look.at_seconds,
        counters=counters | node_counters.engine_counters(look.at_seconds, seen, families),
        levels=levels | node_counters.engine_levels(seen),
        answer=Answer(
            engine=seen.engine, engine_version=seen.engine_version, role=seen.role, offset_bytes=seen.offset_bytes
        ),
        buckets=node_counters.bucket_counters(look.at_seconds, seen),
    )


def cache_node_fields(
    node_id: CacheNodeId,
    look: Look[MemcachedMeasurements],
    endpoint: Look[EndpointMeasurements] | None,
    machine: Machine,
) -> Fields:
    """`endpoint`: the look at its cluster's, at the same tick. What it says of a node is told of one that is heard."""
    counters, levels = _of_the_host(look.at_seconds, look.usage, machine)
    seen = look.seen
    if seen is None:
        return Fields(at_seconds=look.at_seconds, counters=counters, levels=levels, answer=None)
    counters |= memcached_counters.cache_node_counters(look.at_seconds, seen)
    levels |= memcached_counters.cache_node_levels(seen)
    if endpoint is not None and endpoint.seen is not None and endpoint.usage is not None:
        counters |= memcached_counters.configuration_counters(
            endpoint.at_seconds, endpoint.seen, endpoint.usage, node_id
        )
        levels |= memcached_counters.configuration_levels(endpoint.seen)
    answer = Answer(engine=EngineName.MEMCACHED, engine_version=seen.engine_version)
    return Fields(at_seconds=look.at_seconds, counters=counters, levels=levels, answer=answer)


def _of_the_host(at_seconds: float, usage: ProcessUsage | None, machine: Machine) -> tuple[Counters, dict[str, float]]:
    """The machine's are told of nodes that run: of a dead one nothing is measured."""
    if usage is None:
        return {}, {}
    return node_counters.process_counters(at_seconds, usage) | machine.counters, dict(machine.levels)
