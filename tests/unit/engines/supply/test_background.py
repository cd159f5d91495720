"""Installing beside a control plane's work: ordered by a pass, awaited by nobody, told of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.clock import Now
from elastane.engines.supply import FetchFailed, shelf
from elastane.engines.supply.background import BackgroundInstaller, Directories, progress_text
from elastane.engines.supply.installable import Seen, save_seen
from elastane.engines.supply.packages import InstallableEngine, PackagesIn, Progress
from elastane.model.engine_supply import NOT_TO_BE_HAD, Installable, InstallerState, Installing
from tests.kit.asserts import eventually
from tests.kit.contexts import StandingClock
from tests.kit.groups import CREATED_AT
from tests.kit.own_packages import no_mirror, packages_of_own, wheel_version

SEEN = InstallableEngine(
    engine="valkey", version="9.1.2", package_version="9.1.2-1", suite="forky", found_at=CREATED_AT
)


@asynccontextmanager
async def running(
    directory: Path, packages_in: PackagesIn, now: Now, installed: list[str] | None = None
) -> AsyncIterator[BackgroundInstaller]:
    """An installer that has read what was seen a moment ago, so that it asks no mirror by itself."""
    missing = {f"{name}": "No." for name in ("valkey-8.1", "valkey-8.0", "redis-7.0", "memcached-1.6")}
    save_seen(directory / "shared", Seen(engines=(SEEN,), missing=missing, refreshed_at=now()))

    async def on_installed() -> None:
        (installed if installed is not None else []).append("installed")

    directories = Directories(store=directory / "store", shared=directory / "shared")
    installer = BackgroundInstaller(directories, packages_in, now, on_installed)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(installer.run(), name="installer")
        await eventually(lambda: installer.installable(), message="what was seen is read")
        yield installer
        task.cancel()


async def test_what_was_seen_is_installable_and_anything_else_is_not_to_be_had(tmp_path: Path) -> None:
    async with running(tmp_path, packages_of_own(), StandingClock()) as installer:
        assert installer.installable() == (SEEN,)
        assert installer.find("valkey", "9.1") == Installable()
        assert installer.find("valkey", "8.1") == NOT_TO_BE_HAD
        assert installer.find("valkey", "7.2") == NOT_TO_BE_HAD


async def test_a_memcached_that_was_seen_is_installable_for_whoever_asks_for_none_that_is_newer(tmp_path: Path) -> None:
    clock = StandingClock()
    async with running(tmp_path, packages_of_own(), clock) as installer:
        memcached = replace(SEEN, engine="memcached", version="1.6.38", package_version="1.6.38-1", suite="trixie")
        save_seen(tmp_path / "shared", Seen(engines=(memcached,), refreshed_at=clock()))
        await installer.look()

        assert installer.find("memcached", "1.6.22", "1.6.38") == Installable()
        assert installer.find("memcached", "1.6.22") == Installable()
        assert installer.find("memcached", "1.6.22", "1.6.40") == NOT_TO_BE_HAD
        assert installer.find("memcached", "1.6.40") == NOT_TO_BE_HAD
        assert installer.find("memcached", "1.5.16") == NOT_TO_BE_HAD


async def test_what_a_killed_control_plane_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    left = tmp_path / "store" / f"{shelf.UNFINISHED_PREFIX}abc"
    left.mkdir(parents=True)

    async with running(tmp_path, packages_of_own(), StandingClock()):
        await eventually(lambda: not left.exists())


async def test_an_order_is_installing_at_once_and_fails_with_its_reason_until_it_is_forgotten(tmp_path: Path) -> None:
    clock = StandingClock()
    async with running(tmp_path, no_mirror(FetchFailed("The mirror is away.")), clock) as installer:
        installer.order("valkey", "9.1")
        ordered = installer.find("valkey", "9.1")
        failed = Installable(failure_count=1, failed_at=clock(), reason="The mirror is away.")
        assert installer.state().ordered.keys() == {"valkey-9.1"}
        await eventually(lambda: installer.find("valkey", "9.1") == failed, message="the first try failed")
        assert installer.state() == InstallerState(
            failures={"valkey-9.1": failed}, installable_count=1, refreshed_at=clock()
        )

        installer.order("valkey", "9.1")
        installer.order("valkey", "9.1")
        twice = Installable(failure_count=2, failed_at=clock(), reason="The mirror is away.")
        await eventually(lambda: installer.find("valkey", "9.1") == twice, message="the second try failed")
        clock.moment += timedelta(minutes=3)

        assert isinstance(ordered, Installing)
        assert installer.find("valkey", "9.1") == Installable()


async def test_an_engine_without_tls_is_no_success(tmp_path: Path) -> None:
    installed: list[str] = []
    async with running(tmp_path, packages_of_own(), StandingClock(), installed) as installer:
        installer.order("valkey", "9.1")

        def failure() -> str:
            found = installer.find("valkey", "9.1")
            return found.reason if isinstance(found, Installable) else ""

        await eventually(failure, message="it failed")

        assert failure() == f"valkey {wheel_version()} of forky has no TLS."
        assert installed == []


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (None, "its turn comes"),
        (Progress(doing="Fetching", done_ratio=0.459, total_bytes=9_000_000), "40 % of 9 MB"),
        (Progress(doing="Fetching", done_ratio=1.0, total_bytes=9_400_000), "100 % of 9 MB"),
        (Progress(doing="Unpacking", done_ratio=0.5), "unpacking"),
        (Progress(doing="Starting valkey 9.1.2 once"), "starting valkey 9.1.2 once"),
    ],
)
def test_progress_is_told_in_round_numbers(progress: Progress | None, text: str) -> None:
    assert progress_text(progress) == text
