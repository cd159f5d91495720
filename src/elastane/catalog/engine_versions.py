"""Engine versions: what a requested version string means, its family, and which versions are really here.

The rows are in `engine_versions.toml`. Called by `service` for what callers ask for and are
shown. Which binaries exist is an argument, found out elsewhere: this module runs nothing. It
never answers with another version than the one asked for; a caller who asks for what is not
offered is refused. Memcached's versions are floors (decision 0040): one memcached serves every
version of AWS's that it is not older than, and its own besides.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache

import msgspec

from elastane.catalog.tables import load_table
from elastane.model.engine_names import EngineName
from elastane.model.versions import is_of, minor_version


class VersionError(ValueError):
    """A version string that AWS refuses; the message is AWS's sentence.

    VersionError
    ├── PatchSelectionError    a patch was named where AWS chooses it; AWS answers InvalidParameterValue
    └── UnknownVersionError    there is no such version;               AWS answers InvalidParameterCombination
    """


class PatchSelectionError(VersionError):
    """Seen at crossplane-contrib/provider-aws#1617."""

    def __init__(self, requested: str, selectable: str) -> None:
        super().__init__(f"Specific version selection is not allowed for '{requested}', please use '{selectable}'")


class UnknownVersionError(VersionError):
    """Seen at ministryofjustice/cloud-platform-environments#5753."""

    def __init__(self, engine: str, requested: str) -> None:
        super().__init__(f"Cannot find version {requested} for {engine}")


class EngineVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One line of DescribeCacheEngineVersions."""

    engine: str
    version: str
    """As callers select it: ``9.1``, or ``5.0.6`` for Redis OSS before 6; of Memcached ``1.6.22``, or its own."""
    patch: str
    """What runs: the present binary's version, or for a version not looked for, the patch AWS last named."""
    family: str
    engine_description: str
    version_description: str
    is_present: bool = True
    """False where the binary would have to be installed first."""


def known_versions(engine: str) -> tuple[EngineVersion, ...]:
    """All versions AWS knows of an engine, oldest first; none for an engine it does not know."""
    table = _tables().get(engine)
    if table is None:
        return ()
    return tuple(_engine_version(engine, table, row, row.patch) for row in table.versions)


def normalise(engine: str, requested: str) -> str:
    """The version a caller means, by AWS's rules: ``6.x`` is the newest 6, a patch is refused from Redis OSS 6 on.

    Raises VersionError. Says nothing about whether that version is offered here.
    """
    table = _tables().get(engine)
    if table is None:
        raise UnknownVersionError(engine, requested)
    version = table.wildcards.get(requested, requested)
    selectable = {row.version for row in table.versions}
    if version in selectable or (engine == EngineName.MEMCACHED and _floors(table, version)):
        return version
    minor = minor_version(version)
    if minor in selectable:
        raise PatchSelectionError(requested, minor)
    raise UnknownVersionError(engine, requested)


def family(engine: str, version: str) -> str:
    """The parameter group family of a version, given with or without its patch. Raises UnknownVersionError."""
    table = _tables().get(engine)
    if table is not None and engine == EngineName.MEMCACHED and (floors := _floors(table, version)):
        return floors[-1].family
    for row in known_versions(engine):
        if row.version in (version, minor_version(version)):
            return row.family
    raise UnknownVersionError(engine, version)


def offered(engine_binaries: Iterable[tuple[str, str]]) -> tuple[EngineVersion, ...]:
    """The versions that can really be had, from the (engine, ``major.minor.patch``) of the binaries present.

    A binary offers the version AWS knows by its major and minor; of two patches the newer runs. A
    memcached offers all of its major and minor that it is not older than, and itself. A binary AWS
    has no version for (Redis OSS 7.2, a release candidate) offers nothing: its parameter family
    would be a guess. Engines in the order of the table, versions oldest first.
    """
    present = set(engine_binaries)
    return tuple(
        _engine_version(engine, table, row, max(patches, key=sort_key))
        for engine, table in _tables().items()
        for row in _rows(engine, table, present)
        if (patches := [patch for name, patch in present if name == engine and _serves(engine, row, patch)])
    )


def creatable(
    engine_binaries: Iterable[tuple[str, str]], installable: Iterable[tuple[str, str]]
) -> tuple[EngineVersion, ...]:
    """As `offered`, and those versions that are not present and would be installed."""
    present = offered(engine_binaries)
    names = {(offer.engine, offer.version) for offer in present}
    fetched = (offer for offer in offered(installable) if (offer.engine, offer.version) not in names)
    offers = (*present, *(msgspec.structs.replace(offer, is_present=False) for offer in fetched))
    engines = list(_tables())
    return tuple(sorted(offers, key=lambda offer: (engines.index(offer.engine), sort_key(offer.version))))


def find_offered(offers: Sequence[EngineVersion], engine: str, version: str) -> EngineVersion | None:
    """The offer for a normalised version, or None: then no binary of it is present."""
    return next((offer for offer in offers if (offer.engine, offer.version) == (engine, version)), None)


def default_version(offers: Sequence[EngineVersion], engine: str) -> EngineVersion | None:
    """What a caller gets who names an engine and no version: the newest offered, as on AWS.

    One that is present comes before any that would be installed first: who does not say which does not mean to wait.
    """
    of_engine = [offer for offer in offers if offer.engine == engine]
    return max(of_engine, key=lambda offer: (offer.is_present, sort_key(offer.version)), default=None)


def sort_key(version: str) -> tuple[int, ...]:
    """Orders versions by their numbers: ``5.0.10`` is newer than ``5.0.6``."""
    return tuple(int(part) for part in version.split("."))


# --- the table -----------------------------------------------------------------------------------

_PATCH_VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}\Z", re.ASCII)


class _Row(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: str
    family: str
    patch: str


class _Engine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    description: str
    version_description: str
    versions: list[_Row]
    wildcards: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    engines: dict[str, _Engine]


_DECODER = msgspec.json.Decoder(_File)


@cache
def _tables() -> dict[str, _Engine]:
    return load_table("engine_versions.toml", _DECODER).engines


def _rows(engine: str, table: _Engine, present: Collection[tuple[str, str]]) -> tuple[_Row, ...]:
    """With the newest memcached that is there, of each major and minor, as a version of its own."""
    if engine != EngineName.MEMCACHED:
        return tuple(table.versions)
    newest: dict[str, str] = {}
    for patch in sorted((patch for name, patch in present if name == engine and _floors(table, patch)), key=sort_key):
        newest[minor_version(patch)] = patch
    known = {row.version for row in table.versions}
    own = (_Row(patch, _floors(table, patch)[-1].family, patch) for patch in newest.values() if patch not in known)
    return tuple(sorted((*table.versions, *own), key=lambda row: sort_key(row.version)))


def _floors(table: _Engine, version: str) -> list[_Row]:
    """The rows that a memcached of this version serves, oldest first."""
    if _PATCH_VERSION.match(version) is None:
        return []
    return [row for row in table.versions if is_of(EngineName.MEMCACHED, version, row.version)]


def _serves(engine: str, row: _Row, patch: str) -> bool:
    if _PATCH_VERSION.match(patch) is None:
        return False
    if engine == EngineName.MEMCACHED:
        return is_of(engine, patch, row.version)
    return row.version in (patch, minor_version(patch))


def _engine_version(engine: str, table: _Engine, row: _Row, patch: str) -> EngineVersion:
    return EngineVersion(
        engine=engine,
        version=row.version,
        patch=patch,
        family=row.family,
        engine_description=table.description,
        version_description=table.version_description.format(patch=patch),
    )
