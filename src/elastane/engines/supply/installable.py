"""What the machine's mirror was last seen to have: asked seldom, kept as a small file in the shared engine store.

Reading the lists of all suites takes tens of megabytes, so nobody who answers a caller does it. The file is written by
`refresh`, and by every install for what it found; a server reads it, and works as ever where there is none.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from elastane.catalog.engine_sources import EngineSource
from elastane.clock import Now
from elastane.engines.supply import NotOffered, shelf
from elastane.engines.supply.packages import Candidate, InstallableEngine, PackagesIn, Tell
from elastane.model.versions import minor_version

FILE_NAME = "installable.json"

LOCK_SECONDS_MAX = 60.0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The file: what was seen, and when all suites were last asked."""

    engines: tuple[InstallableEngine, ...] = ()
    missing: dict[str, str] = {}
    """Why a version of the catalog is not to be had, by its name, valkey-9.1."""
    refreshed_at: datetime | None = None


_DECODER = msgspec.json.Decoder(Seen)


def load_seen(shared: Path) -> Seen:
    """Nothing seen where there is no file, and where it is not one of ours: the next refresh writes it anew."""
    try:
        return _DECODER.decode((shared / FILE_NAME).read_bytes())
    except (OSError, msgspec.DecodeError):
        return Seen()


def save_seen(shared: Path, seen: Seen) -> None:
    """Whole or not at all; of two that write at once the later one counts."""
    shared.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=FILE_NAME, dir=shared)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(seen)) + b"\n")
        Path(name).rename(shared / FILE_NAME)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


async def refresh(sources: Iterable[EngineSource], shared: Path, packages_in: PackagesIn, now: Now, tell: Tell) -> Seen:
    """Asks the mirror for each of them, and keeps the answers. Raises SupplyError when it cannot be asked."""
    found: list[InstallableEngine] = []
    missing: dict[str, str] = {}
    async with shelf.hold(shared, timeout_seconds=LOCK_SECONDS_MAX) as lock:
        with shelf.unfinished(shared) as work:
            packages = packages_in(work, lock)
            for source in sources:
                try:
                    found.append(installable(await packages.find(source, tell), now()))
                except NotOffered as error:
                    missing[source.name] = str(error)
    seen = Seen(engines=tuple(found), missing=missing, refreshed_at=now())
    save_seen(shared, seen)
    return seen


def installable(candidate: Candidate, found_at: datetime) -> InstallableEngine:
    return InstallableEngine(
        engine=candidate.source.engine,
        version=candidate.version,
        package_version=candidate.package_version,
        suite=candidate.suite,
        found_at=found_at,
    )


def with_engine(seen: Seen, engine: InstallableEngine) -> Seen:
    """With one more answer, in the place of an older one about the same major.minor."""
    minor = minor_version(engine.version)
    others = (one for one in seen.engines if (one.engine, minor_version(one.version)) != (engine.engine, minor))
    return msgspec.structs.replace(seen, engines=(*others, engine))
