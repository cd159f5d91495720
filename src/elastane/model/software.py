"""Which engine a group shall run, and whether one that runs is that: engines and versions compared. Pure."""

from collections.abc import Iterable

from elastane.model.observed_replication_groups import ObservedNode, ObservedReplicationGroup
from elastane.model.replication_groups import EngineName, ReplicationGroup, Software
from elastane.model.statuses import is_changing
from elastane.model.versions import is_of, version_numbers

Engines = Iterable[tuple[str, str]]
"""Engines that can be started here: name and full version, ``("valkey", "9.1.2")``."""


def full_name(software: Software) -> str:
    """``valkey 9.1.2``, or ``valkey 9.1`` where any patch will do."""
    return f"{software.engine} {software.patch or software.version}"


def is_same_engine(one: Software, other: Software) -> bool:
    """To the patch, whatever else they say."""
    return (one.engine, one.version, one.patch) == (other.engine, other.version, other.patch)


def is_here(software: Software, engines: Engines) -> bool:
    """Whether nodes can be started with it: its patch, or another one of its version."""
    return any(runs(software, engine, version) for engine, version in engines)


def runs(software: Software, engine: str, version: str) -> bool:
    """Whether an engine that runs is of the version asked for, whatever its patch: see `versions.is_of`."""
    return engine == software.engine and is_of(engine, version, software.version)


def has_patch(software: Software, engines: Engines) -> bool:
    """Whether nodes can be started with the patch asked for, or a newer one of its version."""
    if not software.patch:
        return is_here(software, engines)
    oldest = version_numbers(software.patch)
    return any(runs(software, engine, version) and version_numbers(version) >= oldest for engine, version in engines)


def is_outdated(engine: EngineName, version: str, software: Software, engines: Engines) -> bool:
    """Whether a node that runs this must be replaced. An older patch is a reason only where a newer one is here."""
    return not runs(software, engine, version) or (is_behind(version, software) and has_patch(software, engines))


def is_behind(version: str, software: Software) -> bool:
    """Whether a node of the version asked for has an older patch."""
    return bool(software.patch) and version_numbers(version) < version_numbers(software.patch)


def start_patch(group: ReplicationGroup, seen: ObservedNode | None) -> str:
    """The patch that a node is started with: the group's, or that of a stopped service update which it had already."""
    update = group.update
    if update is None or update.stopped_at is None or seen is None or seen.engine_version is None:
        return group.software.patch
    has_it = runs(group.software, group.software.engine, update.patch) and seen.engine_version == update.patch
    return update.patch if has_it and seen.engine is group.software.engine else group.software.patch


def is_newer(engine: EngineName, version: str, software: Software) -> bool:
    """Whether a node that runs this may have written what that software cannot read."""
    if engine is not software.engine:
        return engine is EngineName.VALKEY
    return version_numbers(version) > version_numbers(software.patch or f"{software.version}.{NO_PATCH_IS_NEWER}")


NO_PATCH_IS_NEWER = 10**6
"""Where the patch is not known, any of the same version counts as not newer."""


def current_software(desired: ReplicationGroup, observed: ObservedReplicationGroup) -> Software:
    """What customers are shown: while it is changed, still what every node ran before."""
    former = observed.software
    return desired.software if former is None or not is_changing(desired, observed) else former
