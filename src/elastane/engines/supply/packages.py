"""What passes between who brings packages and who makes engines of them: candidates, files, progress.

`apt` brings them from the machine's mirror; a test brings its own.
"""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from elastane.catalog.engine_sources import EngineSource, PackagedEngine


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an install is: what is being done, and how much of how much if that is known."""

    doing: str
    done_ratio: float | None = None
    total_bytes: int | None = None


Tell = Callable[[Progress], None]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What would be fetched: the newest package of the first suites that have the version."""

    source: EngineSource
    package_version: str
    """Debian's: ``5:7.0.15-1~deb12u10``."""
    suites: tuple[str, ...]

    @property
    def version(self) -> str:
        """The engine's own: 7.0.15."""
        return engine_version(self.package_version)

    @property
    def suite(self) -> str:
        return self.suites[0]


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What was unpacked, and from which package files."""

    tree: Path
    packages: tuple[str, ...]


class Packages(Protocol):
    """Where packages come from. `AptPackages` asks the machine's mirror; a test brings its own."""

    async def find(self, source: EngineSource, tell: Tell) -> Candidate:
        """What would be fetched now. Raises NotOffered, NoPackages, FetchFailed."""

    async def fetch(self, candidate: Candidate, tell: Tell) -> Fetched:
        """The package and all that it needs, unpacked into one tree. Raises FetchFailed."""


PackagesIn = Callable[[Path, int], Packages]
"""Makes the packages' source work below a directory, with a lock's descriptor for its processes to inherit."""


class InstallableEngine(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that an install would fetch, as it was last seen."""

    engine: PackagedEngine
    version: str
    """With its patch, 9.1.2."""
    package_version: str
    """Debian's; it grows also when the patch does not, with fixes that were brought back to it."""
    suite: str
    found_at: datetime


def engine_version(package_version: str) -> str:
    """7.0.15 of ``5:7.0.15-1~deb12u10``, 8.1.1 of ``8.1.1+dfsg1-3``."""
    found = re.match(r"(?:[0-9]+:)?([0-9]+(?:\.[0-9]+)*)", package_version)
    return package_version if found is None else found[1]
