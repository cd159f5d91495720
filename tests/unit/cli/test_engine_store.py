"""Which engines `elastane engines` shows, and how one gets into the engine store: whole or not at all."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from elastane.cli import app
from elastane.cli.engine_store import engines_text, install
from elastane.cli.refusals import CommandError
from elastane.engines.discovery import EngineBinary, UnusableBinary

SAYS_VALKEY = "#!/bin/sh\necho 'Valkey server v=8.1.3 sha=0'\n"


def program(directory: Path, text: str = SAYS_VALKEY) -> Path:
    """A file that says it is an engine, under a name that tells nothing."""
    file = directory / "anything"
    file.write_text(text)
    file.chmod(0o755)
    return file


def run(*arguments: str, data_dir: Path) -> Result:
    """In a terminal so wide that no path is broken, however deep pytest's directories lie."""
    return CliRunner(env={"COLUMNS": "1000"}).invoke(app, ["engines", *arguments, "--data-dir", str(data_dir)])


def test_a_usable_engine_and_one_that_does_not_run_are_both_shown() -> None:
    usable = EngineBinary(engine="redis", version="7.0.15", path=Path("/r"), source="path", has_tls=True)
    unusable = UnusableBinary(path=Path("/v"), source="configured", reason="There is no file /v.")

    lines = engines_text((unusable, usable), columns=200).splitlines()

    assert lines[2].split() == ["-", "-", "ELASTANE_ENGINES", "-", "/v", "There", "is", "no", "file", "/v."]
    assert lines[3].split() == ["redis", "7.0.15", "PATH", "yes", "/r"]


def test_where_there_is_none_the_way_to_get_one_is_shown() -> None:
    assert engines_text((), columns=200).startswith("No engine was found. apt-get install redis-server")


def test_a_binary_is_installed_under_what_it_says_it_is_and_then_listed(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"

    result = run("install", str(program(tmp_path)), data_dir=data_dir)

    installed = data_dir / "engines" / "valkey-8.1.3" / "bin" / "valkey-server"
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Installed valkey 8.1.3 into {data_dir / 'engines' / 'valkey-8.1.3'}.")
    assert installed.read_text() == SAYS_VALKEY
    assert str(installed) in run("list", data_dir=data_dir).stdout


def test_nothing_unfinished_is_left_beside_it(tmp_path: Path) -> None:
    run("install", str(program(tmp_path)), data_dir=tmp_path / "data")

    assert [path.name for path in (tmp_path / "data" / "engines").iterdir()] == ["valkey-8.1.3"]


def test_a_second_time_it_says_that_it_is_there(tmp_path: Path) -> None:
    run("install", str(program(tmp_path)), data_dir=tmp_path)

    result = run("install", str(program(tmp_path)), data_dir=tmp_path)

    assert result.exit_code == 0
    assert "valkey 8.1.3 is installed already" in result.stdout


def test_a_file_that_is_no_engine_is_refused_with_what_it_said(tmp_path: Path) -> None:
    result = run("install", str(program(tmp_path, "#!/bin/sh\necho hello\n")), data_dir=tmp_path / "data")

    assert result.exit_code == 2
    assert "is no Valkey or Redis server; it said: hello" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_binary_that_runs_only_where_it_was_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    rooted = program(tmp_path, f"#!/bin/sh\ncase $0 in {tmp_path}/anything) echo 'Valkey server v=8.1.3';; esac\n")
    binary = EngineBinary(engine="valkey", version="8.1.3", path=rooted, source="configured", has_tls=False)
    store = tmp_path / "store"

    with pytest.raises(CommandError, match="is no Valkey or Redis server"):
        install(binary, store)

    assert list(store.iterdir()) == []


@pytest.mark.parametrize("name", ["redis", "valkey-8.1"])
def test_a_name_is_refused_with_how_to_get_it_today(tmp_path: Path, name: str) -> None:
    result = run("install", name, data_dir=tmp_path)

    assert result.exit_code == 2
    assert "is not in this release: apt-get install redis-server" in result.stderr


def test_a_path_where_there_is_no_file_is_refused_as_a_path(tmp_path: Path) -> None:
    result = run("install", str(tmp_path / "gone"), data_dir=tmp_path)

    assert result.exit_code == 2
    assert f"There is no file {tmp_path / 'gone'}." in result.stderr
