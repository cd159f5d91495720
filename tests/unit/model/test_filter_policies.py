"""Which messages a filter policy wants, and which policies are not understood."""

import json
from typing import Any

import pytest

from elastane.model.filter_policies import PolicyError, is_wanted, parse_policy
from elastane.model.notifications import MessageAttribute

ATTRIBUTES = {
    "shop": MessageAttribute(data_type="String", value="north"),
    "price": MessageAttribute(data_type="Number", value="100.50"),
    "colours": MessageAttribute(data_type="String.Array", value='["red", 3, true, null]'),
    "picture": MessageAttribute(data_type="Binary", value="cGl4ZWxz"),
}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, True),
        ({"shop": ["north"]}, True),
        ({"shop": ["south", "north"]}, True),
        ({"shop": ["south"]}, False),
        ({"shop": ["NORTH"]}, False),
        ({"shop": ["north"], "price": [1]}, False),
        ({"shop": ["north"], "price": [100.5]}, True),
        ({"price": ["100.50"]}, False),
        ({"shop": [{"prefix": "no"}]}, True),
        ({"shop": [{"prefix": "so"}]}, False),
        ({"shop": [{"anything-but": "north"}]}, False),
        ({"shop": [{"anything-but": ["south", "west"]}]}, True),
        ({"shop": [{"anything-but": {"prefix": "no"}}]}, False),
        ({"missing": [{"anything-but": "north"}]}, False),
        ({"price": [{"numeric": [">", 100]}]}, True),
        ({"price": [{"numeric": [">=", 0, "<", 100.5]}]}, False),
        ({"price": [{"numeric": ["=", 100.5]}]}, True),
        ({"shop": [{"numeric": [">", 0]}]}, False),
        ({"shop": [{"exists": True}]}, True),
        ({"shop": [{"exists": False}]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"missing": ["north"]}, False),
        ({"colours": ["red"]}, True),
        ({"colours": [3]}, True),
        ({"colours": [True]}, True),
        ({"colours": [1]}, False),
        ({"colours": [None]}, True),
        ({"colours": ["blue"]}, False),
        ({"picture": ["cGl4ZWxz"]}, False),
    ],
    ids=json.dumps,
)
def test_a_message_is_wanted_when_every_name_is_satisfied(policy: dict[str, Any], expected: bool) -> None:
    assert is_wanted(parse_policy(json.dumps(policy)), ATTRIBUTES) is expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "JSON object"),
        ('{"shop": "north"}', "list"),
        ('{"shop": []}', "not empty"),
        ('{"shop": [["north"]]}', "neither a value"),
        ('{"shop": [{"suffix": "th"}]}', '"suffix" is no operator'),
        ('{"shop": [{"prefix": 3}]}', "belongs there"),
        ('{"shop": [{"numeric": [">", "3"]}]}', "belongs there"),
        ('{"shop": [{"numeric": ["~", 3]}]}', "belongs there"),
        ('{"shop": [{"exists": "yes"}]}', "belongs there"),
        ('{"shop": [{"anything-but": {"suffix": "x"}}]}', "belongs there"),
        (json.dumps({str(number): ["x"] for number in range(6)}), "5 names"),
        (json.dumps({"a": list(range(20)), "b": list(range(20))}), "150 combinations"),
    ],
)
def test_a_policy_that_is_not_understood_is_refused_and_never_ignored(text: str, sentence: str) -> None:
    with pytest.raises(PolicyError, match=sentence):
        parse_policy(text)
