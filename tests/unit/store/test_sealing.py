"""A sealed text tells nothing, opens with its own key only, and notices every change."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.secrets import Sealed, Secret
from elastane.store import StoreUnusable
from elastane.store.sealing import Sealing, draw_key

SEALING = Sealing(draw_key())


@given(st.text())
def test_what_is_sealed_opens_as_it_was(text: str) -> None:
    assert SEALING.open(SEALING.seal(Secret(text))).reveal() == text


def test_the_same_secret_is_never_sealed_to_the_same_text() -> None:
    texts = {SEALING.seal(Secret("swordfish")) for _ in range(50)}

    assert len(texts) == 50


def test_another_key_opens_nothing() -> None:
    sealed = Sealing(draw_key()).seal(Secret("swordfish"))

    with pytest.raises(StoreUnusable, match="sealed with another key, or changed"):
        SEALING.open(sealed)


@given(st.integers(0, 12 + 9 + 16 - 1), st.integers(1, 255))
def test_a_text_of_which_one_byte_was_changed_does_not_open(position: int, difference: int) -> None:
    octets = bytearray(base64.urlsafe_b64decode(SEALING.seal(Secret("swordfish")).removeprefix("v1.")))
    octets[position] ^= difference

    with pytest.raises(StoreUnusable, match="or changed"):
        SEALING.open(Sealed(f"v1.{base64.urlsafe_b64encode(octets).decode()}"))


@pytest.mark.parametrize("text", ["v1.", "v1.AAAA", "v1.é", "v1.A", "v1." + "A" * 16])
def test_what_is_cut_short_does_not_open(text: str) -> None:
    with pytest.raises(StoreUnusable, match="cannot be opened"):
        SEALING.open(Sealed(text))


@pytest.mark.parametrize("text", ["", "swordfish", "v2.AAAA"])
def test_a_version_that_is_not_known_is_told_and_not_tried(text: str) -> None:
    with pytest.raises(StoreUnusable, match=r"in a way .* that this version cannot open"):
        SEALING.open(Sealed(text))


def test_without_a_key_nothing_is_opened_and_nothing_is_sealed() -> None:
    keyless = Sealing(None)

    with pytest.raises(StoreUnusable, match="has no key"):
        keyless.open(SEALING.seal(Secret("swordfish")))
    with pytest.raises(StoreUnusable, match="has no key"):
        keyless.seal(Secret("swordfish"))


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "not base64 at all", base64.b64encode(bytes(33)).decode()])
def test_a_key_is_thirty_two_bytes_and_nothing_else(key: str) -> None:
    with pytest.raises(ValueError, match="32 bytes in base64"):
        Sealing(Secret(key))
