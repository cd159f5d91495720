"""Identifiers: AWS's rule for their spelling, and what follows from one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.ids import AccountId, Region, ReplicationGroupId, arn, is_identifier, node_id


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("a", True),
        ("orders", True),
        ("orders-001", True),
        ("a-1-b-2", True),
        ("a" * 40, True),
        ("a" * 41, False),
        ("", False),
        ("1orders", False),
        ("-orders", False),
        ("orders-", False),
        ("or--ders", False),
        ("Orders", False),
        ("or_ders", False),
        ("or ders", False),
        ("orders\n", False),
        ("ördere", False),
        ("orders٣", False),
    ],
)
def test_an_identifier_is_letters_digits_and_single_hyphens_a_letter_first(text: str, is_valid: bool) -> None:
    assert is_identifier(text, length_max=40) is is_valid


@given(text=st.text(alphabet="abz09-", max_size=12), length_max=st.integers(1, 12))
def test_the_rule_is_the_one_of_the_api_reference_word_for_word(text: str, length_max: int) -> None:
    expected = (
        1 <= len(text) <= length_max
        and text[:1].isalpha()
        and not text.endswith("-")
        and "--" not in text
        and re.fullmatch(r"[a-z0-9-]*", text) is not None
    )

    assert is_identifier(text, length_max=length_max) is expected


@given(text=st.text(alphabet="a-", min_size=40, max_size=5_000))
def test_a_long_text_is_refused_without_a_long_search(text: str) -> None:
    assert not is_identifier(text + "-", length_max=40)


@pytest.mark.parametrize(("number", "expected"), [(1, "orders-001"), (12, "orders-012"), (1000, "orders-1000")])
def test_nodes_are_numbered_with_three_digits(number: int, expected: str) -> None:
    assert node_id(ReplicationGroupId("orders"), number) == expected


def test_an_arn_names_region_account_kind_and_name() -> None:
    built = arn(Region("eu-west-1"), AccountId("123456789012"), "replicationgroup", "orders")

    assert built == "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:orders"
