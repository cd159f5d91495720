"""The engines' commands, as access strings name them: which there are since when, and which no customer may use.

The table is in `commands.toml`. Called by `service`, which checks access strings against it.
"""

from functools import cache

import msgspec

from elastane.catalog import engine_versions
from elastane.catalog.tables import load_table
from elastane.model.access_strings import Vocabulary
from elastane.model.engine_names import EngineName
from elastane.model.versions import version_numbers

_OLDEST = {EngineName.REDIS: "6.0", EngineName.VALKEY: "7.2"}
"""The first versions with users: user guide, Clusters.RBAC."""


@cache
def vocabulary(engine: EngineName) -> Vocabulary:
    """What a user of this engine may be allowed. Valkey goes on; Redis OSS ends with the last version AWS has."""
    newest = engine_versions.known_versions(engine)[-1].version if engine is EngineName.REDIS else None
    return Vocabulary(
        commands={name: version for version, names in _file().since.items() for name in names},
        categories=frozenset(_file().categories),
        forbidden=frozenset(_file().forbidden),
        permitted=frozenset(_file().permitted),
        oldest_version=_OLDEST[engine],
        newest_version=newest,
    )


def commands_of(version: str) -> frozenset[str]:
    """The commands and subcommands that an engine of this version has."""
    return frozenset(
        name
        for since, names in _file().since.items()
        if version_numbers(since) <= version_numbers(version)
        for name in names
    )


def restricted(known: frozenset[str]) -> tuple[str, ...]:
    """What is taken from every customer, of commands that an engine knows: names that an access rule can take away."""
    table = _file()
    containers = {name for name in table.forbidden if any(one.startswith(f"{name}|") for one in table.permitted)}
    inside = (name for name in known if name.partition("|")[0] in containers and "|" in name)
    whole = (name for name in table.forbidden if name not in containers and name in known)
    return tuple(sorted((*whole, *(name for name in inside if name not in table.permitted))))


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    forbidden: tuple[str, ...]
    permitted: tuple[str, ...]
    categories: tuple[str, ...]
    since: dict[str, tuple[str, ...]]


_DECODER = msgspec.json.Decoder(_File)


@cache
def _file() -> _File:
    return load_table("commands.toml", _DECODER)
