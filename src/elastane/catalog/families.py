"""Parameter group families: their parameters, default groups, and what an engine is started with.

The rows are in `families/*.toml`; a family may say only what it changes from another. Called by
`service` (parameter groups, parameter listings) and by `reconcile` (a node's configuration). It never
renders a configuration file: quoting is the engines' business. Whether a customer's value is allowed is
asked in `parameter_values`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache

import msgspec

from elastane.catalog import engine_versions, node_types
from elastane.catalog.node_types import NodeType
from elastane.catalog.tables import load_table

FAMILIES = ("memcached1.6", "redis6.x", "redis7", "valkey7", "valkey8", "valkey9")
"""Those we have parameters for. AWS has older ones, whose engines are not offered."""

CLUSTER_ENABLED = "cluster-enabled"
"""The parameter that says whether caches of a group run in cluster mode."""

NO_VALUES: Mapping[str, str] = {}
"""Of a parameter group in which nothing is changed."""


class UnknownFamilyError(ValueError):
    """There is no such parameter group family here."""


class DataType(StrEnum):
    """The wire's spelling. Yes-or-no parameters are strings on AWS too."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    """Memcached's: 0 or 1."""


class ChangeType(StrEnum):
    """The wire's spelling."""

    IMMEDIATE = "immediate"
    REQUIRES_REBOOT = "requires-reboot"


class AppliedBy(StrEnum):
    """Who makes a parameter true."""

    ENGINE = "engine"
    """A directive of the same name."""
    OPTION = "option"
    """An option of memcached's command line: see `engines.memcached`."""
    COMPOSED = "composed"
    """A part of another directive: see `engine_parameters`; of another option: see `memcached_parameters`."""
    SERVICE = "service"
    """Unknown to the engines, and Elastane acts on it."""
    NOBODY = "nobody"
    """AWS's own, or an engine's that does not run here: kept and shown, and without effect."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter of a family."""

    name: str
    value: str | None
    """The family's default; None where it depends on the node type."""
    data_type: DataType
    allowed_values: str
    """As AWS writes them: ``a,b``, ``min-max`` or ``min-``; empty when anything goes."""
    largest: int
    """Where `allowed_values` leaves an end open: what the engines take. Beyond it they would not start."""
    is_modifiable: bool
    """In a group that a customer made; see `is_conditionally_modifiable`."""
    change_type: ChangeType
    minimum_engine_version: str
    applied_by: AppliedBy
    description: str

    @property
    def is_conditionally_modifiable(self) -> bool:
        """AWS's word for what can be changed in a group of one's own, and reads as not modifiable in the defaults."""
        return self.is_modifiable and self.change_type is ChangeType.REQUIRES_REBOOT


class DefaultParameterGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter group every account has, and nobody can change."""

    name: str
    family: str
    description: str
    is_cluster_mode_enabled: bool

    @property
    def values(self) -> dict[str, str]:
        """In which it differs from its family."""
        return {CLUSTER_ENABLED: "yes"} if self.is_cluster_mode_enabled else {}


def default_parameter_group_name(family: str, *, is_cluster_mode_enabled: bool) -> str:
    """The group a cache gets when its creator names none."""
    return f"default.{family}.cluster.on" if is_cluster_mode_enabled else f"default.{family}"


def default_parameter_groups() -> tuple[DefaultParameterGroup, ...]:
    """Two groups a family, one without and one with cluster mode; one for Memcached."""
    return tuple(
        DefaultParameterGroup(
            name=default_parameter_group_name(family, is_cluster_mode_enabled=is_enabled),
            family=family,
            description=f"Customized default parameter group for {family} with cluster mode on"
            if is_enabled
            else f"Default parameter group for {family}",
            is_cluster_mode_enabled=is_enabled,
        )
        for family in FAMILIES
        for is_enabled in ((False, True) if has_cluster_mode(family) else (False,))
    )


def find_default_parameter_group(name: str) -> DefaultParameterGroup | None:
    """The default group of that name, if it is one."""
    return next((group for group in default_parameter_groups() if group.name == name), None)


def has_cluster_mode(family: str) -> bool:
    """Raises UnknownFamilyError."""
    return CLUSTER_ENABLED in _rows(family)


def engine(family: str) -> str:
    """Raises UnknownFamilyError."""
    return _file(family).engine


def find_parameter(family: str, name: str) -> Parameter | None:
    """Raises UnknownFamilyError."""
    return next((parameter for parameter in parameters(family) if parameter.name == name), None)


@cache
def parameters(family: str) -> tuple[Parameter, ...]:
    """All parameters of a family, by name. Raises UnknownFamilyError."""
    own = _file(family)
    return tuple(
        Parameter(
            name=name,
            value=None if row.is_node_type_specific else row.value,
            data_type=row.data_type,
            allowed_values=row.allowed_values,
            largest=row.largest,
            is_modifiable=row.is_modifiable,
            change_type=row.change_type,
            minimum_engine_version=_newest((row.since or own.oldest_version, own.oldest_version)),
            applied_by=row.applied_by,
            description=row.description,
        )
        for name, row in sorted(_rows(family).items())
    )


def node_type_values(family: str, node_type: NodeType) -> dict[str, str]:
    """The values of the parameters that depend on the node type (CacheNodeTypeSpecificParameters).

    Empty for a node type that does not run Memcached, and asked for it.
    """
    if engine(family) == _MEMCACHED:
        capacity = node_type.memcached
        if capacity is None:
            return {}
        return {"max_cache_memory": str(capacity.memory_megabytes), "num_threads": str(capacity.thread_count)}
    return {
        "maxmemory": str(node_type.maxmemory_bytes),
        "client-output-buffer-limit-replica-hard-limit": str(node_type.replica_buffer_limit_bytes),
        "client-output-buffer-limit-replica-soft-limit": str(node_type.replica_buffer_limit_bytes),
    }


def reserved_memory(values: Mapping[str, str]) -> tuple[int, int]:
    """What changed values reserve of a node's memory, in percent and in bytes; the bytes count if there are any."""
    return (
        int(values.get("reserved-memory-percent", node_types.RESERVED_MEMORY_PERCENT)),
        int(values.get("reserved-memory", 0)),
    )


def engine_parameters(
    family: str,
    node_type: NodeType,
    *,
    engine_version: str | None = None,
    changed: Mapping[str, str] = NO_VALUES,
) -> dict[str, str]:
    """A parameter group's values as directives of the engine: name to value, unquoted; a value may be empty.

    They are the family's defaults but for those `changed`, which have been checked.

    Parameters that came with a later version of the family are left out for an older `engine_version`,
    with or without its patch: an engine refuses to start on a directive it does not know. Without a
    version only those are given that every version of the family knows.

    Two directives are put together from several parameters: ``maxmemory`` is the node type's less the
    reserved memory, and ``client-output-buffer-limit`` holds its three classes in one value, which the
    engines read from a file, unquoted, since Redis OSS 7.

    ``latency-tracking`` is on whatever the parameter says: the latency of requests is measured by it. AWS measures
    that beside the engine, and the parameter's default there is ``no``. Engines' own default is ``yes``.
    """
    version = engine_version or _file(family).oldest_version
    values = {
        parameter.name: changed.get(parameter.name, parameter.value)
        for parameter in parameters(family)
        if parameter.value is not None and _is_known(parameter, version)
    } | node_type_values(family, node_type)
    directives = {
        parameter.name: values[parameter.name]
        for parameter in parameters(family)
        if parameter.applied_by is AppliedBy.ENGINE and parameter.name in values
    }
    directives["maxmemory"] = str(node_types.maxmemory_bytes(node_type, *reserved_memory(values)))
    directives["client-output-buffer-limit"] = _buffer_limits(values)
    if LATENCY_TRACKING in values:
        directives[LATENCY_TRACKING] = "yes"
    return directives


LATENCY_TRACKING = "latency-tracking"


def _is_known(parameter: Parameter, version: str) -> bool:
    oldest = engine_versions.sort_key(parameter.minimum_engine_version)
    return engine_versions.sort_key(version) >= oldest


def _buffer_limits(values: dict[str, str]) -> str:
    return " ".join(
        " ".join(
            (
                client_class,
                values[f"client-output-buffer-limit-{client_class}-hard-limit"],
                values[f"client-output-buffer-limit-{client_class}-soft-limit"],
                values[f"client-output-buffer-limit-{client_class}-soft-seconds"],
            )
        )
        for client_class in ("normal", "replica", "pubsub")
    )


# --- the tables ----------------------------------------------------------------------------------


_MEMCACHED = "memcached"

_INTEGER_MAX = 2**31 - 1
"""What every engine takes of any integer."""


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    description: str
    value: str = ""
    data_type: DataType = DataType.INTEGER
    allowed_values: str = ""
    largest: int = _INTEGER_MAX
    is_modifiable: bool = True
    change_type: ChangeType = ChangeType.IMMEDIATE
    since: str = ""
    applied_by: AppliedBy = AppliedBy.ENGINE
    is_node_type_specific: bool = False


class _Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    engine: str
    oldest_version: str
    extends: str = ""
    removed: tuple[str, ...] = ()
    parameters: dict[str, _Row] = {}


_DECODER = msgspec.json.Decoder(_Family)


@cache
def _file(family: str) -> _Family:
    if family not in FAMILIES:
        raise UnknownFamilyError(f"There is no parameter group family {family} here.")
    return load_table(f"families/{family}.toml", _DECODER)


def _rows(family: str) -> dict[str, _Row]:
    own = _file(family)
    inherited = _rows(own.extends) if own.extends else {}
    return {name: row for name, row in inherited.items() if name not in own.removed} | own.parameters


def _newest(versions: Iterable[str]) -> str:
    return max(versions, key=engine_versions.sort_key)
