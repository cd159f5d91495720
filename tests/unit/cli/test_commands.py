"""The table of commands: what is offered, and the options that mean the same everywhere."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from elastane.cli import app

COMMANDS = (
    ("serve",), ("env",), ("configure",), ("ca",), ("status",), ("explain",), ("audit",), ("recover",), ("down",),
    ("engines", "list"), ("engines", "install"), ("keys", "create"), ("keys", "list"), ("keys", "show"),
    ("keys", "revoke"),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_a_help_that_begins_with_a_sentence_and_takes_a_data_directory(
    command: tuple[str, ...],
) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])

    assert result.exit_code == 0
    assert result.stdout.splitlines()[2].strip()[0].isupper()
    assert "--data-dir DIRECTORY" in result.stdout


def test_what_is_heavy_is_not_imported_before_a_command_needs_it() -> None:
    heavy = ("elastane.server", "uvicorn", "botocore", "uvloop", "rich", "valkey")
    script = f"import sys, elastane.cli; print([name for name in {heavy} if name in sys.modules])"

    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert printed == "[]\n"


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(app, ["--version"])

    assert (result.exit_code, result.stdout.split()[0]) == (0, "elastane")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--listen", "nonsense"], "--listen must be HOST:PORT"),
        (["--dns", "nonsense"], "--dns must be HOST:PORT"),
        (["--ephemeral", "--data-dir", "/x"], "--ephemeral takes a directory of its own"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_sentence_and_exit_code_two(arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["serve", *arguments])

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
