"""Wildcards and variables: what a text of a policy stands for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.policy_patterns import (
    PolicyError,
    matches,
    matches_action,
    parse_arn_pattern,
    parse_pattern,
)

LETTERS = st.text(alphabet="ab:", max_size=8)
PATTERNS = st.text(alphabet="ab:*?", max_size=8)


def fits(pattern: str, text: str, **said: str) -> bool:
    values = {f"aws:{key}": (value,) for key, value in said.items()}
    return matches(parse_pattern(pattern, "here"), text, values)


def fits_arn(pattern: str, arn: str, **said: str) -> bool:
    values = {f"aws:{key}": (value,) for key, value in said.items()}
    return matches(parse_arn_pattern(pattern, "here"), arn, values, ignores_case=True)


@given(PATTERNS, LETTERS)
def test_a_star_is_any_number_of_characters_and_a_question_mark_is_one(pattern: str, text: str) -> None:
    as_expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)

    assert fits(pattern, text) == (re.fullmatch(as_expression, text, re.DOTALL) is not None)


def test_many_stars_and_a_long_text_take_no_more_than_a_moment() -> None:
    assert not fits("*a" * 30 + "b", "a" * 20_000)


@pytest.mark.parametrize(
    ("pattern", "action", "is_meant"),
    [
        ("*", "elasticache:DescribeEvents", True),
        ("elasticache:*", "elasticache:DescribeEvents", True),
        ("ELASTICACHE:describe*", "elasticache:DescribeEvents", True),
        ("elasticache:Describe*", "elasticache:DeleteReplicationGroup", False),
        ("elasticache:Describ?Events", "elasticache:DescribeEvents", True),
        ("elasticache:DescribeEvents", "elasticache:DescribeEvent", False),
        ("sts:*", "elasticache:DescribeEvents", False),
    ],
)
def test_actions_are_compared_without_case(pattern: str, action: str, is_meant: bool) -> None:
    assert matches_action(pattern, action) is is_meant


ORDERS = "arn:aws:elasticache:us-east-1:000000000000:replicationgroup:orders"


@pytest.mark.parametrize(
    ("pattern", "arn", "is_meant"),
    [
        ("*", ORDERS, True),
        ("*", "*", True),
        (ORDERS, ORDERS, True),
        (ORDERS.upper().replace("ARN:", "arn:"), ORDERS, True),
        ("arn:aws:elasticache:*:*:*", ORDERS, True),
        ("arn:aws:elasticache:*:*:*", "*", False),
        ("arn:aws:elasticache:*:*:replicationgroup:ord*", ORDERS, True),
        ("arn:aws:elasticache:*:*:replicationgroup:order?", ORDERS, True),
        ("arn:aws:elasticache:*:*:cluster:*", ORDERS, False),
        ("arn:aws:elasticache:us-*:*:*:orders", ORDERS, True),
        # A wildcard reaches over no colon in front of the resource.
        ("arn:aws:*:000000000000:replicationgroup:orders:x", ORDERS, False),
        ("arn:aws:elasticache:*:replicationgroup:orders:x", ORDERS, False),
        # Asking about any of a kind is more than some of it.
        (
            "arn:aws:elasticache:*:*:replicationgroup:ord*",
            "arn:aws:elasticache:us-east-1:000000000000:replicationgroup:*",
            False,
        ),
    ],
)
def test_an_arn_is_compared_part_by_part(pattern: str, arn: str, is_meant: bool) -> None:
    assert fits_arn(pattern, arn) is is_meant


@pytest.mark.parametrize("text", ["", "orders", "arn:aws:elasticache", "arn:aws:elasticache:*", "**", "arn:a:b:c:d"])
def test_what_is_no_arn_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(PolicyError, match=r"^Resource is neither \* nor an ARN"):
        parse_arn_pattern(text, "Resource")


def test_a_variable_stands_for_what_the_call_says() -> None:
    pattern = "arn:aws:elasticache:*:*:cluster:${aws:username}-*"

    assert fits_arn(pattern, "arn:aws:elasticache:us-east-1:000000000000:cluster:ci-1", username="ci")
    assert not fits_arn(pattern, "arn:aws:elasticache:us-east-1:000000000000:cluster:ci-1", username="cd")
    assert not fits_arn(pattern, "arn:aws:elasticache:us-east-1:000000000000:cluster:ci-1")


def test_what_a_variable_stands_for_has_no_wildcards() -> None:
    assert not fits("${aws:username}", "ci", username="*")
    assert fits("${aws:username}", "*", username="*")


def test_a_variable_may_have_a_default() -> None:
    assert fits("team-${aws:username, 'nobody'}", "team-nobody")
    assert fits("team-${aws:username, 'nobody'}", "team-ci", username="ci")


def test_the_three_characters_can_be_meant_themselves() -> None:
    assert fits("${*}${?}${$}", "*?$")
    assert not fits("${*}", "anything")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("${aws:username", "without the end of a variable"),
        ("${", "without the end of a variable"),
        ("${aws:PrincipalTag/team}", "not understood here"),
        ("${aws:TagKeys}", "not understood here"),
        ("${}", "not understood here"),
        ("${aws:username, nobody}", "not understood here"),
        ("${{aws:username}}", "without the end of a variable"),
    ],
)
def test_a_variable_that_is_not_understood_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        parse_pattern(text, "here")


def test_a_variable_in_a_policy_of_the_old_version_is_refused_and_never_taken_for_letters() -> None:
    with pytest.raises(PolicyError, match="only a policy of Version 2012-10-17 has any"):
        parse_pattern("${aws:username}", "here", has_variables=False)
