"""What only some engines' cache clusters have, as two tables: asked of another engine's, it is refused.

Unlike `refused_features`, these are AWS's own refusals: what is built, and makes no sense for the other engines. Turned
off, it is taken as said there too.
"""

from collections.abc import Iterable

import msgspec

from elastane.model import faults
from elastane.service.elasticache.refused_features import IsAsked, is_list, is_other_than, is_structure, is_text
from elastane.service.parameters import Parameters


class EngineFeature(msgspec.Struct, frozen=True):
    """A parameter, what asking for it looks like, and what it gives."""

    parameter: str
    is_asked: IsAsked
    feature: str


def refuse_features_of_memcached(parameters: Parameters) -> None:
    """Of a Valkey or Redis OSS node. Raises InvalidParameterCombination."""
    _refuse(parameters, OF_MEMCACHED, "is only supported for Memcached clusters")


def refuse_features_without_memcached(parameters: Parameters) -> None:
    """Of a Memcached cluster. Raises InvalidParameterCombination."""
    _refuse(parameters, WITHOUT_MEMCACHED, "is not supported for Memcached clusters")


def _refuse(parameters: Parameters, table: Iterable[EngineFeature], sentence: str) -> None:
    for row in table:
        if row.is_asked(parameters, row.parameter):
            raise faults.InvalidParameterCombination(f"{row.parameter}: {row.feature} {sentence}.")


def is_positive(parameters: Parameters, name: str) -> bool:
    return (parameters.integer(name) or 0) != 0


def is_structure_list(parameters: Parameters, name: str) -> bool:
    return bool(parameters.structures(name))


OF_MEMCACHED: tuple[EngineFeature, ...] = (
    EngineFeature("AZMode", is_other_than("single-az"), "a choice of one zone or several"),
    EngineFeature("PreferredAvailabilityZones", is_list, "a zone for each of several nodes"),
    EngineFeature("NewAvailabilityZones", is_list, "a zone for each of several nodes"),
    EngineFeature("CacheNodeIdsToRemove", is_list, "removing nodes"),
    EngineFeature("ScaleConfig", is_structure, "scaling in steps"),
)

WITHOUT_MEMCACHED: tuple[EngineFeature, ...] = (
    EngineFeature("ReplicationGroupId", is_text, "joining a replication group"),
    EngineFeature("AuthToken", is_text, "an AUTH token"),
    EngineFeature("AuthTokenUpdateStrategy", is_text, "an AUTH token"),
    EngineFeature("LogDeliveryConfigurations", is_structure_list, "delivery of logs"),
    EngineFeature("SnapshotArns", is_list, "restoring from a snapshot"),
    EngineFeature("SnapshotName", is_text, "restoring from a snapshot"),
    EngineFeature("SnapshotRetentionLimit", is_positive, "keeping snapshots"),
    EngineFeature("SnapshotWindow", is_text, "a window for snapshots"),
)
