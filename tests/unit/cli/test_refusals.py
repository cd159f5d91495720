"""What a command that is refused tells the person, and what it leaves a traceback for."""

import pytest
import typer

from elastane.cli.refusals import CommandError, sentences_of, told_in_a_sentence
from elastane.config import ConfigError
from elastane.hosts import StartFailed
from elastane.store import StoreUnusable


def test_an_error_raised_on_purpose_is_told_in_its_own_sentence() -> None:
    error = StoreUnusable("The disk is full.")

    sentences = sentences_of(error)

    assert sentences == ("The disk is full.",)


def test_groups_within_groups_are_opened_and_each_sentence_is_told_once() -> None:
    inner = ExceptionGroup("inner", [ConfigError("The port is taken."), StartFailed("node-001", "it ended at once")])
    error = ExceptionGroup("outer", [ConfigError("The port is taken."), inner])

    sentences = sentences_of(error)

    assert sentences == ("The port is taken.", "node-001: it ended at once")


def test_a_bug_of_ours_is_never_told_as_a_sentence_not_even_beside_one() -> None:
    error = ExceptionGroup("both", [ConfigError("The port is taken."), KeyError("bug")])

    sentences = sentences_of(error)

    assert sentences == ()


def test_a_refused_command_writes_to_stderr_alone_and_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as exit_info, told_in_a_sentence():
        raise CommandError("There is no such cache.")

    assert exit_info.value.exit_code == 2
    assert capsys.readouterr() == ("", "elastane: There is no such cache.\n")


def test_a_bug_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(KeyError, match="bug"), told_in_a_sentence():
        raise KeyError("bug")


def test_a_directory_of_somebody_else_is_told_by_its_name() -> None:
    error = PermissionError(13, "Permission denied", "/srv/elastane/lock")

    sentences = sentences_of(error)

    assert sentences == ("/srv/elastane/lock belongs to somebody else: Permission denied.",)
