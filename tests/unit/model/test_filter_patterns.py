"""CloudWatch Logs' filter patterns, as a table: the pattern, a message, and whether it is wanted."""

import json
from typing import Any

import pytest

from elastane.model.filter_patterns import parse_pattern
from elastane.model.log_faults import InvalidParameter

SLOW: dict[str, Any] = {
    "CacheClusterId": "orders-001",
    "Duration (us)": 17,
    "Command": "GET ... (1 more arguments)",
    "ClientName": "",
    "nested": {"list": [{"name": "x"}, 2.5], "none": None, "yes": True, "no": False, "a.b": "c"},
}


@pytest.mark.parametrize(
    ("pattern", "message", "is_wanted"),
    [
        ("", "anything", True),
        ("  ", "anything", True),
        ('" "', "anything", True),
        ('""', "anything", True),
        ("ERROR", "[ERROR] no", True),
        ("ERROR", "[error] no", False),
        ("ERROR timeout", "timeout ERROR", True),
        ("ERROR timeout", "ERROR", False),
        ('"two words"', "of two words here", True),
        ('"two words"', "two other words", False),
        ('"a \\"quoted\\" word"', 'a "quoted" word', True),
        ("?ERROR ?WARN", "WARN", True),
        ("?ERROR ?WARN", "INFO", False),
        ("?ERROR ?WARN lost", "lost", True),
        ("ERROR -harmless", "ERROR", True),
        ("ERROR -harmless", "harmless ERROR", False),
        ("-harmless", "ERROR", True),
        ('-"no harm" ERROR', "ERROR no harm", False),
        ('?"a b" ?c', "a b", True),
    ],
)
def test_terms_are_looked_for_in_the_message(pattern: str, message: str, is_wanted: bool) -> None:
    assert parse_pattern(pattern)(message) is is_wanted


@pytest.mark.parametrize(
    ("pattern", "is_wanted"),
    [
        ('{ $.Command = "GET*" }', True),
        ('{ $.Command = "GET" }', False),
        ('{ $.Command != "GET*" }', False),
        ('{ $.Command = "*1 more*" }', True),
        ('{ $.Command = "G*T ... *arguments)" }', True),
        ('{ $.Command = "*" }', True),
        ("{ $.CacheClusterId = orders-001 }", True),
        ("{ $.CacheClusterId = orders-* }", True),
        ("{ $.CacheClusterId != orders-001 }", False),
        ('{ $.ClientName = "" }', True),
        ('{ $.["Duration (us)"] > 10 }', True),
        ('{ $["Duration (us)"] > 17 }', False),
        ("{ $['Duration (us)'] >= 17 }", True),
        ('{ $.["Duration (us)"] < 17.5 && $.["Duration (us)"] <= 1.7e1 }', True),
        ('{ $.["Duration (us)"] = 17 }', True),
        ('{ $.["Duration (us)"] != 17 }', False),
        ("{ $.Command > 10 }", False),
        ("{ $.absent = 1 }", False),
        ("{ $.absent != 1 }", False),
        ("{ $.absent NOT EXISTS }", True),
        ("{ $.Command NOT EXISTS }", False),
        ("{ $.nested.none IS NULL }", True),
        ("{ $.nested.yes IS NULL }", False),
        ("{ $.absent IS NULL }", False),
        ("{ $.nested.yes IS TRUE && $.nested.no is false }", True),
        ("{ $.nested.yes = true }", True),
        ("{ $.nested.list[0].name = x }", True),
        ("{ $.nested.list[1] > 2 }", True),
        ("{ $.nested.list[2] NOT EXISTS }", True),
        ('{ $.nested["a.b"] = c }', True),
        ("{ $.absent = 1 || $.CacheClusterId = orders-* }", True),
        # && binds more than ||
        ("{ $.CacheClusterId = orders-* || $.absent = 1 && $.absent = 2 }", True),
        ("{ ($.CacheClusterId = orders-* || $.absent = 1) && $.absent = 2 }", False),
        ("{($.CacheClusterId=orders-001)}", True),
    ],
)
def test_members_of_a_json_message_are_compared(pattern: str, is_wanted: bool) -> None:
    assert parse_pattern(pattern)(json.dumps(SLOW)) is is_wanted


@pytest.mark.parametrize("message", ["not JSON", "{broken", "[1]", '"text"', ""])
def test_what_is_no_object_is_not_wanted_by_json(message: str) -> None:
    assert parse_pattern("{ $.a NOT EXISTS }")(message) is False


@pytest.mark.parametrize(
    "pattern",
    [
        "[ip, user]",
        "%regular%",
        "{ $.a = %regular% }",
        "{ $.a = 1",
        "{ $.a }",
        "{ $.a = }",
        "{ a = 1 }",
        "{ $.a = 1 } more",
        "{ $.a > text }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a IS SOMETHING }",
        "{}",
        '"open',
        "{ " + "(" * 100 + "$.a = 1" + ")" * 100 + " }",
        '{ $.a = "open }',
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(pattern: str) -> None:
    with pytest.raises(InvalidParameter, match="filter pattern"):
        parse_pattern(pattern)
