"""Packages made of what this machine has: the wheel's Valkey with the system's libraries, without apt or a network.

A test changes the tree before it is fetched, or stops the way in the middle.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from elastane.catalog.engine_sources import EngineSource
from elastane.engines.discovery import Places, find_engines
from elastane.engines.supply import SupplyError
from elastane.engines.supply.packages import Candidate, Fetched, Packages, PackagesIn, Progress, Tell

PROGRAM = "usr/bin/valkey-check-rdb"
SOURCE = EngineSource(engine="valkey", version="9.1", package="valkey-tools", program=PROGRAM, suites=(("forky",),))


class OwnPackages:
    """`Packages` below a directory. `change` is done to the tree once it is unpacked, and may raise."""

    def __init__(self, directory: Path, *, change: Callable[[Path], object], revision: str) -> None:
        self._directory = directory
        self._change = change
        self._revision = revision

    async def find(self, source: EngineSource, tell: Tell) -> Candidate:
        return Candidate(source=source, package_version=f"{wheel_version()}-{self._revision}", suites=source.suites[0])

    async def fetch(self, candidate: Candidate, tell: Tell) -> Fetched:
        tell(Progress(doing="Fetching", done_ratio=0.4, total_bytes=9_000_000))
        tree = self._directory / "tree"
        fill(tree)
        self._change(tree)
        return Fetched(tree=tree, packages=("valkey-tools.deb",))


class NoMirror:
    """`Packages` that cannot be asked."""

    def __init__(self, error: SupplyError) -> None:
        self._error = error

    async def find(self, source: EngineSource, tell: Tell) -> Candidate:
        raise self._error

    async def fetch(self, candidate: Candidate, tell: Tell) -> Fetched:
        raise self._error


def packages_of_own(change: Callable[[Path], object] = lambda tree: None, *, revision: str = "1") -> PackagesIn:
    def packages_in(directory: Path, lock: int) -> Packages:
        return OwnPackages(directory, change=change, revision=revision)

    return packages_in


def no_mirror(error: SupplyError) -> PackagesIn:
    return lambda directory, lock: NoMirror(error)


def wheel_version() -> str:
    return _wheel()[1]


def fill(tree: Path) -> None:
    """The program, its libraries and the loader, laid out as in unpacked packages: links included."""
    program = tree / PROGRAM
    libraries = tree / "usr" / "lib" / "multiarch"
    program.parent.mkdir(parents=True)
    libraries.mkdir(parents=True)
    shutil.copy(_wheel()[0], program)
    listed = subprocess.run(("ldd", str(program)), capture_output=True, text=True, check=True, timeout=10).stdout
    for line in listed.splitlines():
        name, _, place = line.strip().rpartition(" (")[0].partition(" => ")
        file = Path(place or name)
        if file.is_absolute():
            real = libraries / f"{file.name}.real"
            shutil.copy(file, real)
            (libraries / file.name).symlink_to(real.name)


def _wheel() -> tuple[Path, str]:
    (found,) = find_engines(Places())
    return found.path, found.version
