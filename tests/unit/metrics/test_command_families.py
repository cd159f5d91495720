"""Commands fall into AWS's families by what their engine says of them."""

import pytest

from elastane.metrics.command_families import FamilyTable, families_of
from elastane.model.measurements import CommandKind, CommandUse


def kind(*categories: str, access: str = "", is_keyed: bool = True) -> CommandKind:
    return CommandKind(access == "read", access == "write", is_keyed, frozenset(categories))


@pytest.mark.parametrize(
    ("command", "said", "families"),
    [
        ("get", kind("string", access="read"), {"GetType", "StringBased"}),
        ("setbit", kind("bitmap", access="write"), {"SetType", "StringBased"}),
        ("hset", kind("hash", access="write"), {"SetType", "HashBased"}),
        ("del", kind("keyspace", access="write"), {"SetType", "KeyBased"}),
        ("dbsize", kind("keyspace", access="read", is_keyed=False), {"GetType", "NonKeyType"}),
        ("info", kind("slow", is_keyed=False), {"NonKeyType"}),
        ("cluster|slots", kind("slow", is_keyed=False), {"ClusterBased", "NonKeyType"}),
        ("publish", kind("pubsub", is_keyed=False), {"PubSubBased", "NonKeyType"}),
        ("eval", kind("scripting"), {"EvalBased"}),
        ("fcall_ro", kind("scripting", access="read"), {"EvalBased", "GetType"}),
        ("script|load", kind("scripting", is_keyed=False), {"NonKeyType"}),
        (
            "sort",
            kind("set", "sortedset", "list", access="write"),
            {"SetType", "SetBased", "SortedSetBased", "ListBased"},
        ),
        ("json.get", kind(access="read"), {"JsonBased", "JsonBasedGet", "GetType"}),
        ("json.set", kind(access="write"), {"JsonBased", "JsonBasedSet", "SetType"}),
        ("ft.search", kind(access="read"), {"SearchBased", "SearchBasedGet", "GetType"}),
    ],
)
def test_a_command_is_of_these_families(command: str, said: CommandKind, families: set[str]) -> None:
    assert {family.name for family in families_of(command, said)} == families


def test_families_of_modules_are_there_when_their_commands_are() -> None:
    without = FamilyTable({"get": kind("string", access="read")})
    with_module = FamilyTable({"json.get": kind(access="read")})

    assert "calls_of_json" not in without.sum_up({})
    assert with_module.sum_up({}) == {
        "calls_of_get_type": 0,
        "microseconds_of_get_type": 0,
        "calls_of_json": 0,
        "microseconds_of_json": 0,
        "calls_of_json_get": 0,
        "microseconds_of_json_get": 0,
    }


def test_calls_and_time_are_summed_up_over_a_familys_commands() -> None:
    table = FamilyTable({"hget": kind("hash", access="read"), "hset": kind("hash", access="write")})

    sums = table.sum_up({"hget": CommandUse(2, 10), "hset": CommandUse(3, 20), "unknown": CommandUse(9, 9)})

    assert (sums["calls_of_hash"], sums["microseconds_of_hash"]) == (5, 30)
    assert (sums["calls_of_get_type"], sums["calls_of_set_type"]) == (2, 3)
