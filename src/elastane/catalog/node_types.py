"""Node types: how much memory and how many vCPUs a node has, which engines it runs, where it may scale to.

The rows are in `node_types.toml`. Called by `service` to check what is asked for, by `reconcile`
to configure a node. Nothing here looks at the machine: a node type larger than the machine is
still a node type.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import msgspec

from elastane.catalog import engine_versions
from elastane.catalog.tables import load_table

RESERVED_MEMORY_PERCENT = 25
"""AWS's default of the parameter reserved-memory-percent, for accounts since 2017-03-16."""


class Generation(StrEnum):
    """Previous generations keep running and cannot be created."""

    CURRENT = "current"
    PREVIOUS = "previous"


class MemcachedCapacity(msgspec.Struct, frozen=True, kw_only=True):
    """What Memcached is given on a node type: max_cache_memory and num_threads."""

    memory_megabytes: int
    thread_count: int


class NodeFamily(msgspec.Struct, frozen=True, kw_only=True):
    """What all sizes of a family share."""

    name: str
    generation: Generation
    oldest_engine_versions: Mapping[str, str]
    """The engines this family runs, each with the oldest version it runs."""
    has_data_tiering: bool
    has_memcached_tls: bool
    """Whether a Memcached cluster of such nodes may have encryption in transit."""


class NodeType(msgspec.Struct, frozen=True, kw_only=True):
    """One row of AWS's tables."""

    name: str
    family: NodeFamily
    size: str
    cpu_count: int
    maxmemory_bytes: int
    """All of the node's memory for the engine; see `maxmemory_bytes()` for what is left of it for data."""
    replica_buffer_limit_bytes: int
    """The hard and the soft limit of a replica's output buffer: about a tenth of maxmemory."""
    memcached: MemcachedCapacity | None

    @property
    def is_creatable(self) -> bool:
        return self.family.generation is Generation.CURRENT


class ScaleTargets(NamedTuple):
    """The answer to ListAllowedNodeTypeModifications: names, in alphabetical order as AWS gives them."""

    scale_up: tuple[str, ...]
    scale_down: tuple[str, ...]


def find_node_type(name: str) -> NodeType | None:
    """The node type called ``cache.<family>.<size>``, of any generation."""
    return _node_types().get(name)


def get_node_type(name: str) -> NodeType:
    """That of a cache, which is only created with one of the catalog. Raises KeyError for any other."""
    return _node_types()[name]


def all_node_types() -> tuple[NodeType, ...]:
    """Every node type, previous generations first, families and sizes in the order of the table."""
    return tuple(_node_types().values())


def runs_engine(node_type: NodeType, engine: str, version: str) -> bool:
    """Whether nodes of this type run that engine in that version, whatever their generation."""
    oldest = node_type.family.oldest_engine_versions.get(engine)
    return oldest is not None and engine_versions.sort_key(version) >= engine_versions.sort_key(oldest)


def allowed_modifications(node_type: NodeType, engine: str, version: str) -> ScaleTargets:
    """Which node types a node of this type may become, by memory.

    A type of the same memory counts as up: that is how one moves to a newer generation of the same
    size. Data tiering never mixes: its nodes keep values on a disk that others do not have.
    """
    candidates = sorted(
        (
            other
            for other in all_node_types()
            if other.is_creatable
            and other.name != node_type.name
            and other.family.has_data_tiering == node_type.family.has_data_tiering
            and runs_engine(other, engine, version)
        ),
        key=lambda other: other.name,
    )
    return ScaleTargets(
        scale_up=tuple(other.name for other in candidates if other.maxmemory_bytes >= node_type.maxmemory_bytes),
        scale_down=tuple(other.name for other in candidates if other.maxmemory_bytes < node_type.maxmemory_bytes),
    )


def maxmemory_bytes(
    node_type: NodeType,
    reserved_memory_percent: int = RESERVED_MEMORY_PERCENT,
    reserved_memory_bytes: int = 0,
) -> int:
    """What the engine is told as ``maxmemory``: the node's memory less what is reserved for everything but data.

    The two reservations exclude each other on AWS; bytes, when given, count and the percentage does not.
    Raises ValueError when nothing would be left, since a maxmemory of 0 means "no limit" to the engines.
    """
    reserved = reserved_memory_bytes or node_type.maxmemory_bytes * reserved_memory_percent // 100
    if not 0 <= reserved < node_type.maxmemory_bytes:
        raise ValueError(f"Reserving {reserved} bytes leaves no memory for data on {node_type.name}.")
    return node_type.maxmemory_bytes - reserved


# --- the table -----------------------------------------------------------------------------------


class _Row(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    cpu_count: int
    maxmemory_bytes: int
    replica_buffer_limit_bytes: int
    memcached_megabytes: int = 0
    memcached_thread_count: int = 0


class _Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    generation: Generation
    engines: dict[str, str]
    sizes: dict[str, _Row]
    has_data_tiering: bool = False
    has_memcached_tls: bool = True


_DECODER = msgspec.json.Decoder(dict[str, _Family])


@cache
def _node_types() -> dict[str, NodeType]:
    families = load_table("node_types.toml", _DECODER)
    return {node_type.name: node_type for name, family in families.items() for node_type in _members(name, family)}


def _members(name: str, table: _Family) -> list[NodeType]:
    family = NodeFamily(
        name=name,
        generation=table.generation,
        oldest_engine_versions=table.engines,
        has_data_tiering=table.has_data_tiering,
        has_memcached_tls=table.has_memcached_tls,
    )
    return [
        NodeType(
            name=f"cache.{name}.{size}",
            family=family,
            size=size,
            cpu_count=row.cpu_count,
            maxmemory_bytes=row.maxmemory_bytes,
            replica_buffer_limit_bytes=row.replica_buffer_limit_bytes,
            memcached=_memcached(row),
        )
        for size, row in table.sizes.items()
    ]


def _memcached(row: _Row) -> MemcachedCapacity | None:
    if not row.memcached_megabytes:
        return None
    return MemcachedCapacity(memory_megabytes=row.memcached_megabytes, thread_count=row.memcached_thread_count)
