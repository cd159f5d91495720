"""Where engines can be fetched from: which package of which suites brings which version.

The rows are in `engine_sources.toml`. Called by the command line and by the server, which fetch, and by nobody that
decides about caches. That a row is here does not say that the suite has the version today: that is read from it.
"""

import re
from functools import cache
from typing import Literal

import msgspec

from elastane.catalog.tables import load_table
from elastane.model.versions import minor_version

PackagedEngine = Literal["valkey", "redis", "memcached"]


class EngineSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: a version that can be asked for by name."""

    engine: PackagedEngine
    version: str
    """Major and minor, 9.1."""
    package: str
    program: str
    """The engine's program in the unpacked package, relative to its root."""
    suites: tuple[tuple[str, ...], ...]
    """Sets of suites to try in order; of each set the first one names it."""

    @property
    def name(self) -> str:
        """As it is asked for: ``valkey-9.1``."""
        return f"{self.engine}-{self.version}"


def engine_sources() -> tuple[EngineSource, ...]:
    """Every row, in the order of the file."""
    return _rows()


def find_source(engine: str, version: str) -> EngineSource | None:
    """The row that brings a version, given with or without its patch; None when nothing does."""
    minor = minor_version(version)
    return next((row for row in _rows() if (row.engine, row.version) == (engine, minor)), None)


def parse_engine_name(text: str) -> tuple[str, str] | None:
    """``valkey-9.1`` or ``valkey-9.1.2`` as engine and version; None for what is no such name."""
    found = _NAME.match(text)
    return None if found is None else (found[1], found[2])


# --- the table -----------------------------------------------------------------------------------

_NAME = re.compile(r"(valkey|redis|memcached)-([0-9]+\.[0-9]+(?:\.[0-9]+)?)\Z", re.ASCII)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sources: tuple[EngineSource, ...]


_DECODER = msgspec.json.Decoder(_File)


@cache
def _rows() -> tuple[EngineSource, ...]:
    return load_table("engine_sources.toml", _DECODER).sources
