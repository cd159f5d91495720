"""Installing beside a control plane's work: one engine at a time, ordered by the reconciler and awaited by nobody.

`find` and `order` return at once; `run` does what was ordered, in a task of its own, and once a day asks the mirror
what it has. What fails is remembered for a while, so that whoever asks again is told why instead of trying for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from elastane.catalog.engine_sources import EngineSource, engine_sources, find_source
from elastane.clock import Now, every
from elastane.engines.supply import SupplyError, installable, installing, shelf
from elastane.engines.supply.installable import Seen
from elastane.engines.supply.packages import InstallableEngine, PackagesIn, Progress
from elastane.model.engine_supply import NOT_TO_BE_HAD, EngineSupply, Installable, InstallerState, Installing
from elastane.model.versions import is_of, version_numbers

log = logging.getLogger("elastane.engines")

REFRESH_AFTER = timedelta(days=1)
DUE_LOOK_SECONDS = 3600.0
FORGET_FAILURES_AFTER = timedelta(minutes=2)

NAMED_STEP_PERCENT = 10


class Directories(msgspec.Struct, frozen=True, kw_only=True):
    store: Path
    """Where engines are installed."""
    shared: Path
    """Where what the mirror has is kept."""


class BackgroundInstaller:
    """Made by the server where fetching is allowed. `on_installed` makes the engine known before anybody is told."""

    def __init__(
        self, directories: Directories, packages_in: PackagesIn, now: Now, on_installed: Callable[[], Awaitable[None]]
    ) -> None:
        self._directories = directories
        self._packages_in = packages_in
        self._now = now
        self._on_installed = on_installed
        self._seen = Seen()
        self._ordered: dict[str, Progress | None] = {}
        self._failures: dict[str, Installable] = {}
        self._wake = asyncio.Event()

    def installable(self) -> tuple[InstallableEngine, ...]:
        """What the mirror was last seen to have."""
        return self._seen.engines

    def state(self) -> InstallerState:
        now = self._now()
        return InstallerState(
            ordered={name: progress_text(progress) for name, progress in self._ordered.items()},
            failures={name: one for name, one in self._failures.items() if not _is_forgotten(one, now)},
            installable_count=len(self._seen.engines),
            refreshed_at=self._seen.refreshed_at,
        )

    def find(self, engine: str, version: str, patch: str = "") -> EngineSupply:
        """Of an engine that is not here, in that patch or a newer one; in any of its version when it is empty."""
        source = find_source(engine, version)
        if source is None:
            return NOT_TO_BE_HAD
        if source.name in self._ordered:
            return Installing(progress=progress_text(self._ordered[source.name]))
        failure = self._failures.get(source.name)
        if failure is not None and not _is_forgotten(failure, self._now()):
            return failure
        is_seen = any(
            find_source(one.engine, one.version) is source
            and is_of(engine, one.version, version)
            and version_numbers(one.version) >= version_numbers(patch)
            for one in self._seen.engines
        )
        return Installable() if is_seen else NOT_TO_BE_HAD

    def order(self, engine: str, version: str) -> None:
        """To be installed when its turn comes. One that is ordered already stays where it is in the row."""
        source = find_source(engine, version)
        if source is not None:
            self._ordered.setdefault(source.name, None)
            self._wake.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        await self.look()
        await shelf.tidy(self._directories.store)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(every(DUE_LOOK_SECONDS, self._refresh_if_due), name="engines-refresh")
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._ordered:
                    await self._install(next(iter(self._ordered)))

    async def look(self) -> None:
        """Reads what was last seen, by this control plane or by a command."""
        self._seen = await asyncio.to_thread(installable.load_seen, self._directories.shared)

    async def _install(self, name: str) -> None:
        source = next(one for one in engine_sources() if one.name == name)

        def tell(progress: Progress) -> None:
            self._ordered[name] = progress

        log.info("installing engine=%s", name)
        try:
            installed = await installing.install(source, self._directories.store, self._packages_in, tell)
            log.info("installed engine=%s path=%s", name, installed.binary.path)
            self._failures.pop(name, None)
            await self._on_installed()
        except (SupplyError, OSError) as error:
            log.warning("install failed engine=%s reason=%s", name, error)
            self._failures[name] = self._failed(name, str(error))
        finally:
            del self._ordered[name]

    def _failed(self, name: str, reason: str) -> Installable:
        before = self._failures.get(name)
        now = self._now()
        count = 0 if before is None or _is_forgotten(before, now) else before.failure_count
        return Installable(failure_count=count + 1, failed_at=now, reason=reason)

    async def _refresh_if_due(self) -> None:
        await self.look()
        if not is_due(self._seen, self._now(), engine_sources()):
            return
        try:
            await installable.refresh(
                engine_sources(), self._directories.shared, self._packages_in, self._now, lambda progress: None
            )
        except (SupplyError, OSError) as error:
            log.info("engines of the mirror not read reason=%s", error)
        await self.look()


def is_due(seen: Seen, now: datetime, sources: tuple[EngineSource, ...]) -> bool:
    """Once a day; and when the catalog names a version that was not asked for."""
    if seen.refreshed_at is None or not timedelta(0) <= now - seen.refreshed_at < REFRESH_AFTER:
        return True
    found = (find_source(one.engine, one.version) for one in seen.engines)
    answered = {*seen.missing, *(source.name for source in found if source is not None)}
    return any(source.name not in answered for source in sources)


def progress_text(progress: Progress | None) -> str:
    """``40 % of 17 MB``; in words where there is no number, or it is not of bytes."""
    if progress is None:
        return "its turn comes"
    if progress.done_ratio is None or progress.total_bytes is None:
        return progress.doing[:1].lower() + progress.doing[1:]
    percent = int(progress.done_ratio * 100) // NAMED_STEP_PERCENT * NAMED_STEP_PERCENT
    return f"{percent} % of {progress.total_bytes / 1e6:.0f} MB"


def _is_forgotten(failure: Installable, now: datetime) -> bool:
    """What failed some minutes ago says little of now: the mirror may be back."""
    return failure.failed_at is None or not timedelta(0) <= now - failure.failed_at < FORGET_FAILURES_AFTER
