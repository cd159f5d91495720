"""How a person is told to call this very Elastane again."""

import shlex
import sys
from pathlib import Path

import pytest

from elastane.cli.invocation import data_dir_option, elastane_command


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "bin" / "elastane"
    program.parent.mkdir()
    program.touch(mode=0o755)
    return program


def test_a_program_on_path_is_called_by_its_name(program: Path, tmp_path: Path) -> None:
    command = elastane_command(str(program), {"PATH": str(program.parent)}, tmp_path)

    assert command == "elastane"


def test_a_program_below_the_working_directory_is_called_by_its_relative_path(program: Path, tmp_path: Path) -> None:
    command = elastane_command(str(program), {"PATH": "/nowhere"}, tmp_path)

    assert command == "bin/elastane"


def test_a_program_in_the_working_directory_is_called_with_a_dot(program: Path) -> None:
    command = elastane_command(str(program), {"PATH": ""}, program.parent)

    assert command == "./elastane"


def test_a_program_elsewhere_is_called_by_its_whole_path_quoted_for_the_shell(tmp_path: Path) -> None:
    program = tmp_path / "two words" / "elastane"

    command = elastane_command(str(program), {}, Path("/nowhere"))

    assert shlex.split(command) == [str(program)]


def test_another_elastane_on_path_is_not_taken_for_this_one(program: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "elastane"

    command = elastane_command(str(other), {"PATH": str(program.parent)}, Path("/nowhere"))

    assert command == str(other)


def test_a_module_run_by_python_is_called_in_the_same_way() -> None:
    command = elastane_command("/somewhere/elastane/__main__.py", {}, Path("/nowhere"))

    assert command == f"{sys.executable} -m elastane"


def test_the_default_data_directory_need_not_be_named() -> None:
    assert data_dir_option(Path("/home/ada/.local/share/elastane"), {"HOME": "/home/ada"}) == ""


def test_a_data_directory_from_the_environment_is_named_because_another_terminal_lacks_it() -> None:
    environment = {"HOME": "/home/ada", "ELASTANE_DATA_DIR": "/srv/my caches"}

    assert data_dir_option(Path("/srv/my caches"), environment) == " --data-dir '/srv/my caches'"
