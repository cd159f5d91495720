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

from elastane.catalog.engine_sources import EngineSource
from elastane.engines.supply import libraries
from elastane.engines.supply.apt import AptPackages
from elastane.engines.supply.packages import Progress

PLACES = "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin"
DIRECTORY = Path(sys.executable).parent.parent / "network-tools"

_SUITES = (("bookworm", "bookworm-security"),)
_PACKAGES = {
    "ip": ("iproute2", "6.1", "bin/ip"),
    "nft": ("nftables", "1.0", "usr/sbin/nft"),
}
"""The package, its version in that suite, and the program in it."""


@cache
def tool(name: str) -> Path:
    """Where the program is. Raises SupplyError when it is neither here nor to be had."""
    found = shutil.which(name, path=PLACES)
    return fetched_tool(name) if found is None else Path(found)


def fetched_tool(name: str) -> Path:
    """The private one, fetched if need be."""
    final = DIRECTORY / name
    program = final / "bin" / name
    DIRECTORY.mkdir(exist_ok=True)
    with (DIRECTORY / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.is_file():
            asyncio.run(_fetch(name, final))
    return program


async def _fetch(name: str, final: Path) -> None:
    package, version, program = _PACKAGES[name]
    source = EngineSource(
        engine="valkey",  # no engine: only the package counts for who fetches it
        version=version,
        package=package,
        program=program,
        suites=_SUITES,
    )
    with tempfile.TemporaryDirectory(dir=DIRECTORY) as work:
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
