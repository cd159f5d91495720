"""The way of an engine into the store: found, fetched, assembled, proved, published.

Every step before the last one happens in a directory that nobody looks into. What is there already is not fetched
again; what is there and does not run is replaced.
"""

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from elastane.catalog.engine_sources import EngineSource
from elastane.engines import discovery
from elastane.engines.discovery import (
    EngineBinary,
    Places,
    Source,
    UnusableBinary,
    binary_name,
    binary_place,
    choose,
    find_engines,
)
from elastane.engines.supply import BrokenEngine, libraries, shelf
from elastane.engines.supply.packages import (
    Candidate,
    InstallableEngine,
    PackagesIn,
    Progress,
    Tell,
)
from elastane.engines.supply.proof import prove
from elastane.engines.supply.shelf import Origin
from elastane.model.versions import minor_version


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    binary: EngineBinary
    candidate: Candidate | None
    """What was fetched, or would have been; None for a copy of a file."""
    is_new: bool
    """False when it was there already."""


async def install(
    engine_source: EngineSource,
    store: Path,
    packages_in: PackagesIn,
    tell: Tell,
    *,
    found_as: Source = "store",
    needs_tls: bool = True,
) -> Installed:
    """Raises SupplyError. Cancelled or killed at any moment it leaves nothing that anybody takes for an engine."""
    async with shelf.hold(store) as lock:
        with shelf.unfinished(store) as work:
            packages = packages_in(work, lock)
            candidate = await packages.find(engine_source, tell)
            final = store / directory_name(candidate)
            present = await asyncio.to_thread(discovery.inspect, binary_place(final, engine_source.engine), found_as)
            if isinstance(present, EngineBinary):
                return Installed(binary=present, candidate=candidate, is_new=False)
            fetched = await packages.fetch(candidate, tell)
            whole = work / "whole"
            tell(Progress(doing="Assembling"))
            await asyncio.to_thread(
                libraries.assemble,
                fetched.tree,
                engine_source.program,
                into=whole,
                final=final,
                name=binary_name(engine_source.engine),
            )
            tell(Progress(doing=f"Starting {candidate.source.engine} {candidate.version} once"))
            await prove(whole, engine_source.engine)
            shelf.write_origin(whole, _origin(candidate, fetched.packages))
            await asyncio.to_thread(_publish, whole, final)
        return Installed(binary=_proved(final, candidate, found_as, needs_tls), candidate=candidate, is_new=True)


async def install_file(binary: EngineBinary, store: Path) -> Installed:
    """Copies a binary in, whole or not at all. Raises SupplyError."""
    final = store / f"{binary.engine}-{binary.version}"
    async with shelf.hold(store):
        present = discovery.inspect(binary_place(final, binary.engine), "store")
        if isinstance(present, EngineBinary):
            return Installed(binary=present, candidate=None, is_new=False)
        with shelf.unfinished(store) as work:
            copied = binary_place(work / "whole", binary.engine)
            copied.parent.mkdir(parents=True)
            shutil.copyfile(binary.path, copied)
            copied.chmod(0o755)
            asked = discovery.inspect(copied, "store")
            if isinstance(asked, UnusableBinary):
                raise BrokenEngine(asked.reason)  # one that needs libraries beside itself runs where it was, not here
            _publish(work / "whole", final)
    return Installed(
        binary=msgspec.structs.replace(asked, path=binary_place(final, binary.engine)), candidate=None, is_new=True
    )


def find_present(
    engine_source: EngineSource, store: Path, known: Iterable[InstallableEngine], found_as: Source = "store"
) -> EngineBinary | None:
    """The newest of that version in the store that runs; None also when a newer package of it is known of."""
    stored = (one for one in find_engines(Places(store_directory=store)) if one.source == "store")
    present = choose(stored, engine_source.engine, engine_source.version)
    if present is None:
        return None
    origin = shelf.find_origin(present.path.parent.parent)
    packages = {
        one.package_version
        for one in known
        if one.engine == engine_source.engine and minor_version(one.version) == engine_source.version
    }
    is_outdated = origin is not None and bool(packages) and origin.package_version not in packages
    return None if is_outdated else msgspec.structs.replace(present, source=found_as)


def directory_name(candidate: Candidate) -> str:
    """``redis-7.0.15-1~deb12u10``: the engine and Debian's version without its epoch."""
    return f"{candidate.source.engine}-{candidate.package_version.rpartition(':')[2]}"


def _origin(candidate: Candidate, packages: tuple[str, ...]) -> Origin:
    return Origin(
        package=candidate.source.package,
        package_version=candidate.package_version,
        suite=candidate.suite,
        packages=packages,
    )


def _publish(whole: Path, final: Path) -> None:
    if final.exists():
        shelf.withdraw(final)  # it was asked and does not run
    shelf.publish(whole, final)


def _proved(final: Path, candidate: Candidate, found_as: Source, needs_tls: bool) -> EngineBinary:
    """In its place, by its own loader. What is not what it should be is taken away again."""
    asked = discovery.inspect(binary_place(final, candidate.source.engine), found_as)
    if isinstance(asked, UnusableBinary):
        reason = asked.reason
    elif (asked.engine, asked.version) != (candidate.source.engine, candidate.version):
        reason = f"{candidate.source.package} was to be {candidate.version} and says that it is {asked.version}."
    elif needs_tls and not asked.has_tls:
        reason = f"{candidate.source.engine} {candidate.version} of {candidate.suite} has no TLS."
    else:
        return asked
    shelf.withdraw(final)
    raise BrokenEngine(reason)
