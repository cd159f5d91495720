"""A secret shows itself to nobody who does not say reveal."""

import copy
import pickle

import msgspec
import pytest

from elastane.model.secrets import Secret


def test_a_secret_prints_as_stars_however_it_is_asked() -> None:
    secret = Secret("open sesame")

    printed = f"{secret} {secret!r} {secret!s} {[secret]} {{'k': secret}}"

    assert "sesame" not in printed
    assert str(secret) == "********"


def test_the_stars_do_not_tell_the_length() -> None:
    assert str(Secret("")) == str(Secret("a much longer text"))


def test_a_secret_can_be_revealed() -> None:
    assert Secret("open sesame").reveal() == "open sesame"


def test_secrets_compare_by_content_and_only_with_secrets() -> None:
    assert Secret("ä\ud800") == Secret("ä\ud800")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_a_secret_does_not_change() -> None:
    secret = Secret("open sesame")

    with pytest.raises(AttributeError):
        secret._text = "other"
    with pytest.raises(AttributeError):
        del secret._text
    assert secret.reveal() == "open sesame"


def test_a_copied_secret_is_itself() -> None:
    secret = Secret("open sesame")

    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret]) == [secret]


def test_a_secret_is_not_written_by_accident() -> None:
    secret = Secret("open sesame")

    with pytest.raises(TypeError):
        msgspec.json.encode({"secret": secret})
    with pytest.raises(TypeError):
        pickle.dumps(secret)
