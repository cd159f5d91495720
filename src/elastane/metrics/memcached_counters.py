"""What was measured of a Memcached cluster's node, sorted into what grows and what is: see `node_counters`. Pure.

Beside the engine's own numbers of `stats` there are, said by the cluster's configuration endpoint,

    config_gets         how often it was asked for its list, by connections that count for this node
    config_changes      how often that list has changed
    configurations      1 where there is one

An endpoint that was started anew has forgotten what it counted, and does not say when that was: its process does.
"""

from elastane.metrics.counters import CONFIGURATION, STATISTICS, Counted, Counters
from elastane.metrics.definitions import definitions_of
from elastane.metrics.derivations import GROWING
from elastane.model.engine_names import EngineName
from elastane.model.ids import CacheNodeId
from elastane.model.measurements import ProcessUsage
from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements

_DEFINITIONS = definitions_of(EngineName.MEMCACHED)
_GROWING = frozenset(field for each in _DEFINITIONS if each.derivation in GROWING for field in each.fields)
_LEVELS = frozenset(field for each in _DEFINITIONS for field in each.fields) - _GROWING

_FIRST_UPTIME_SECONDS = 2
"""What memcached says of itself when it starts (`process_started`, `monotonic_start`: memcached.c of 1.6.38)."""


def cache_node_counters(at_seconds: float, seen: MemcachedMeasurements) -> Counters:
    statistics = {name: float(number) for name, number in seen.counters.items() if name in _GROWING}
    age_seconds = max(0.0, float(seen.uptime_seconds - _FIRST_UPTIME_SECONDS))
    return {STATISTICS: Counted(at_seconds, _identity(seen), statistics, age_seconds)}


def _identity(seen: MemcachedMeasurements) -> str:
    """The process, whose id alone will be another's some day: with the moment of its start, as it goes by its clock."""
    started = seen.counters.get("time", seen.uptime_seconds) - seen.uptime_seconds
    return f"{seen.process_id} {started}"


def cache_node_levels(seen: MemcachedMeasurements) -> dict[str, float]:
    return {name: float(number) for name, number in seen.counters.items() if name in _LEVELS}


def configuration_counters(
    at_seconds: float, seen: EndpointMeasurements, usage: ProcessUsage, node_id: CacheNodeId
) -> Counters:
    """`usage`: of the endpoint's process. Of a node that is not told to clients, no questions are counted."""
    numbers = {"config_changes": float(seen.change_count)}
    if node_id in seen.config_gets:
        numbers["config_gets"] = float(seen.config_gets[node_id])
    return {CONFIGURATION: Counted(at_seconds, str(usage.start_ticks), numbers)}


def configuration_levels(seen: EndpointMeasurements) -> dict[str, float]:
    return {"configurations": 1.0 if seen.version > 0 else 0.0}
