"""The token of /metrics and its file."""

from pathlib import Path

import pytest

from elastane.model.secrets import Secret
from elastane.store import StoreUnusable
from elastane.store.metrics_token import FILE_NAME, load_metrics_token


def test_the_first_start_makes_a_token_for_its_owner_only_and_the_next_ones_find_it(tmp_path: Path) -> None:
    made = load_metrics_token(tmp_path)

    found = load_metrics_token(tmp_path)

    assert found == made
    assert (tmp_path / FILE_NAME).read_text() == made.reveal() + "\n"
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_two_installations_have_two_tokens(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()

    assert load_metrics_token(first) != load_metrics_token(second)


def test_an_operators_own_token_is_taken(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("a-token-of-somebodys-own\n")

    assert load_metrics_token(tmp_path) == Secret("a-token-of-somebodys-own")


def test_a_token_that_could_be_guessed_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("\n")

    with pytest.raises(StoreUnusable, match=r"fewer than 16 characters. Remove the file"):
        load_metrics_token(tmp_path)


def test_a_file_that_cannot_be_read_gives_one_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()

    with pytest.raises(StoreUnusable, match=r"metrics\.token, cannot be read or written"):
        load_metrics_token(tmp_path)
