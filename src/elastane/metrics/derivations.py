"""What a row of `definitions` says: the columns of the table, and how a number follows from fields. Pure."""

from enum import StrEnum

import msgspec

from elastane.model.engine_names import WITH_ROLES, EngineName
from elastane.model.metrics import Unit


class Derivation(StrEnum):
    """What is done with the fields, in their order."""

    LEVEL = "level"
    """The one field, as last seen."""
    DIFFERENCE = "difference"
    """First - second as last seen, and 0 where that is less."""
    PERCENT_OF = "percent of"
    """100 × first / last as last seen; with three fields the second is taken off the first. Absent without a whole."""
    INCREMENT = "increment"
    """How much the one field has grown."""
    PERCENT_OF_GROWTH = "percent of growth"
    """100 × first / last, of what both have grown."""
    SHARE = "share"
    """100 × first / (first + second), of what both have grown."""
    PERCENT_OF_TIME = "percent of time"
    """Nanoseconds that have passed for the field, in 100 of those that have passed for the world."""
    MEAN = "mean"
    """First / second, of what both have grown."""
    DISTRIBUTION = "distribution"
    """The calls of a family by how long they took; its exact sum is the first field. Once a minute."""


GROWING = frozenset(Derivation) - {Derivation.LEVEL, Derivation.DIFFERENCE, Derivation.PERCENT_OF}
"""Those that look at how much their fields have grown, not at what they are."""


class GroupSet(StrEnum):
    """Dimensions under which the nodes of a group are one subject together."""

    GROUP = "ReplicationGroupId"
    NODE_GROUP = "ReplicationGroupId, NodeGroupId"
    ROLE = "ReplicationGroupId, Role"


class ExposedType(StrEnum):
    """Prometheus' words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Exposed(msgspec.Struct, frozen=True, kw_only=True):
    """The raw number, for Prometheus."""

    name: str
    type: ExposedType
    help: str
    field: str
    scale: float = 1.0
    """What the field is multiplied with."""
    labels: tuple[tuple[str, str], ...] = ()
    opentelemetry_name: str | None = None


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    unit: Unit
    source: str
    """For people."""
    derivation: Derivation
    fields: tuple[str, ...]
    exposed: Exposed | None = None
    """None where another metric's exposes all there is to know."""
    is_listed_by_cluster: bool = False
    """Also under CacheClusterId alone: AWS's older metrics are."""
    has_tier: bool = False
    """Also under Tier=Memory."""
    group_sets: tuple[GroupSet, ...] = ()
    since: str | None = None
    """The engine that first says it. Older ones do not, and there it is absent."""
    engines: tuple[EngineName, ...] = WITH_ROLES
    """Whose nodes have it. A name that AWS uses of all engines has a row for each meaning."""
    minute_value_min: float | None = None
    """A full minute has at least that, whatever was measured: only where AWS says so."""


def counter(name: str, help: str, field: str, otel: str | None = None, scale: float = 1.0) -> Exposed:
    return Exposed(
        name=name, type=ExposedType.COUNTER, help=help, field=field, opentelemetry_name=otel, scale=scale
    )  # fmt: skip


def gauge(name: str, help: str, field: str, otel: str | None = None, scale: float = 1.0) -> Exposed:
    return Exposed(
        name=name, type=ExposedType.GAUGE, help=help, field=field, opentelemetry_name=otel, scale=scale
    )  # fmt: skip
