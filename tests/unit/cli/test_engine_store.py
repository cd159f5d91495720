"""Which engines `elastane engines` shows, how one gets into the engine store, and out of it."""

import asyncio
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from elastane.catalog.engine_sources import PackagedEngine, engine_sources
from elastane.cli import app
from elastane.cli.engine_store import directories_named, engines_text
from elastane.cli.refusals import CommandError
from elastane.engines.discovery import EngineBinary, UnusableBinary
from elastane.engines.supply import BrokenEngine
from elastane.engines.supply.installable import Seen
from elastane.engines.supply.installing import install_file
from elastane.engines.supply.packages import InstallableEngine

SAYS_VALKEY = "#!/bin/sh\necho 'Valkey server v=8.1.3 sha=0'\n"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def program(directory: Path, text: str = SAYS_VALKEY) -> Path:
    """A file that says it is an engine, under a name that tells nothing."""
    file = directory / "anything"
    file.write_text(text)
    file.chmod(0o755)
    return file


def run(*arguments: str, data_dir: Path) -> Result:
    """In a terminal so wide that no path is broken, however deep pytest's directories lie."""
    environment = {"ELASTANE_ENGINE_STORE": str(data_dir.with_name("shared")), "COLUMNS": "1000"}
    return CliRunner().invoke(app, ["engines", *arguments, "--data-dir", str(data_dir)], env=environment)


def installable(engine: PackagedEngine, version: str, package_version: str) -> InstallableEngine:
    return InstallableEngine(
        engine=engine, version=version, package_version=package_version, suite="trixie", found_at=NOON
    )


def test_a_usable_engine_and_one_that_does_not_run_are_both_shown() -> None:
    usable = EngineBinary(engine="redis", version="7.0.15", path=Path("/r"), source="path", has_tls=True)
    unusable = UnusableBinary(path=Path("/v"), source="configured", reason="There is no file /v.")

    lines = engines_text((unusable, usable), Seen(refreshed_at=NOON), engine_sources(), columns=200).splitlines()

    assert lines[2].split() == ["-", "-", "ELASTANE_ENGINES", "-", "/v", "There", "is", "no", "file", "/v."]
    assert lines[3].split() == ["redis", "7.0.15", "PATH", "yes", "/r"]


def test_where_there_is_none_the_way_to_get_one_is_shown_and_what_goes_by_name() -> None:
    shown = engines_text((), Seen(), engine_sources(), columns=200)

    assert shown.startswith("No engine was found. elastane engines install valkey-9.1 fetches one.")
    assert "Known by name: valkey-9.1, valkey-8.1, valkey-8.0, redis-7.0, memcached-1.6." in shown


def test_what_could_be_installed_is_shown_with_its_suite_and_what_is_missing_with_the_reason() -> None:
    seen = Seen(
        engines=(installable("valkey", "8.1.1", "8.1.1+dfsg1-3"),),
        missing={"valkey-8.0": "No suite of Debian's has valkey 8.0: bookworm-backports has none."},
        refreshed_at=NOON,
    )

    lines = engines_text((), seen, engine_sources(), columns=200).splitlines()

    assert lines[2].split()[:5] == ["valkey", "8.1.1", "installable,", "trixie", "yes"]
    assert lines[2].endswith("elastane engines install valkey-8.1")
    assert lines[-1] == "No suite of Debian's has valkey 8.0: bookworm-backports has none."


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("valkey-9.1", ["valkey-9.1.2-1", "valkey-9.1.3-1"]),
        ("valkey-9.1.2", ["valkey-9.1.2-1"]),
        ("redis-7.0", ["redis-7.0.15-1~deb12u10", "redis-7.0.15-1~deb12u7"]),
        ("redis-7.0.15-1~deb12u7", ["redis-7.0.15-1~deb12u7"]),
        ("valkey-8.1.3", ["valkey-8.1.3"]),
    ],
)
def test_what_is_to_be_removed_is_named_by_version_or_by_directory(tmp_path: Path, name: str, found: list[str]) -> None:
    for directory in (
        *("valkey-9.1.2-1", "valkey-9.1.3-1", "valkey-9.10.1-1", "valkey-8.1.3"),
        *("redis-7.0.15-1~deb12u10", "redis-7.0.15-1~deb12u7", "unfinished.x"),
    ):
        (tmp_path / directory).mkdir()

    assert [directory.name for directory in directories_named(tmp_path, name)] == found


@pytest.mark.parametrize("name", ["valkey-7.2", "valkey", "../valkey-9.1.2-1", "unfinished.x", "lock", "-", ""])
def test_a_name_that_is_in_no_store_is_refused_with_what_is_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "valkey-9.1.2-1").mkdir()
    (tmp_path / "unfinished.x").mkdir()

    with pytest.raises(CommandError, match=r"; it has valkey-9\.1\.2-1\."):
        directories_named(tmp_path, name)


def test_a_removed_engine_is_gone(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    run("install", str(program(tmp_path)), data_dir=data_dir)

    result = run("remove", "valkey-8.1", data_dir=data_dir)

    assert result.stdout == f"Removed valkey-8.1.3 from {data_dir / 'engines'}.\n"
    assert [path.name for path in (data_dir / "engines").iterdir()] == ["lock"]


def test_an_engine_that_a_process_runs_is_not_removed(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    run("install", str(program(tmp_path)), data_dir=data_dir)
    sleeper = data_dir / "engines" / "valkey-8.1.3" / "bin" / "sleeper"
    shutil.copy(shutil.which("sleep") or "", sleeper)

    with subprocess.Popen((sleeper, "60")) as process:
        try:
            result = run("remove", "valkey-8.1", data_dir=data_dir)
        finally:
            process.kill()

    assert result.exit_code == 2
    assert f"valkey-8.1.3 is in use: pid {process.pid}. Nothing of it was removed." in result.stderr
    assert sleeper.is_file()


def test_a_binary_is_installed_under_what_it_says_it_is_and_then_listed(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"

    result = run("install", str(program(tmp_path)), data_dir=data_dir)

    installed = data_dir / "engines" / "valkey-8.1.3" / "bin" / "valkey-server"
    assert result.exit_code == 0
    assert result.stdout.startswith(
        f"Installed valkey 8.1.3 (without TLS) into {data_dir / 'engines' / 'valkey-8.1.3'}."
    )
    assert installed.read_text() == SAYS_VALKEY
    assert str(installed) in run("list", data_dir=data_dir).stdout


def test_nothing_unfinished_is_left_beside_it(tmp_path: Path) -> None:
    run("install", str(program(tmp_path)), data_dir=tmp_path / "data")

    assert sorted(path.name for path in (tmp_path / "data" / "engines").iterdir()) == ["lock", "valkey-8.1.3"]


def test_a_second_time_it_says_that_it_is_there(tmp_path: Path) -> None:
    run("install", str(program(tmp_path)), data_dir=tmp_path)

    result = run("install", str(program(tmp_path)), data_dir=tmp_path)

    assert result.exit_code == 0
    assert "valkey 8.1.3 is installed already" in result.stdout


def test_a_file_that_is_no_engine_is_refused_with_what_it_said(tmp_path: Path) -> None:
    result = run("install", str(program(tmp_path, "#!/bin/sh\necho hello\n")), data_dir=tmp_path / "data")

    assert result.exit_code == 2
    assert "is no Valkey, Redis or Memcached server; it said: hello" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_binary_that_runs_only_where_it_was_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    rooted = program(tmp_path, f"#!/bin/sh\ncase $0 in {tmp_path}/anything) echo 'Valkey server v=8.1.3';; esac\n")
    binary = EngineBinary(engine="valkey", version="8.1.3", path=rooted, source="configured", has_tls=False)
    store = tmp_path / "store"

    with pytest.raises(BrokenEngine, match="is no Valkey, Redis or Memcached server"):
        asyncio.run(install_file(binary, store))

    assert [path.name for path in store.iterdir()] == ["lock"]


@pytest.mark.parametrize("name", ["redis", "valkey-8.2", "valkey@9.1", "keydb-6.3", "valkey-9"])
def test_a_name_that_nothing_is_known_by_is_refused_with_those_that_are(tmp_path: Path, name: str) -> None:
    result = run("install", name, data_dir=tmp_path)

    assert result.exit_code == 2
    assert "is no engine that can be fetched, and no file. By name there are valkey-9.1, valkey-8.1" in result.stderr


def test_a_path_where_there_is_no_file_is_refused_as_a_path(tmp_path: Path) -> None:
    result = run("install", str(tmp_path / "gone"), data_dir=tmp_path)

    assert result.exit_code == 2
    assert f"There is no file {tmp_path / 'gone'}." in result.stderr
