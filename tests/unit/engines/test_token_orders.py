"""Giving engines tokens: the difference, a few at a time, and the mark when nothing is left to give."""

import math
from collections.abc import Mapping, Sequence

import pytest

from elastane.engines import NodeAddress, token_orders
from elastane.engines.connection import Command, Reply
from elastane.engines.token_orders import (
    CHANGES_AT_ONCE,
    COMPARISONS_AT_ONCE,
    COMPARISONS_MAX,
    changes,
    parse_passwords,
)
from elastane.model.secrets import Secret

AT = NodeAddress(address="127.0.0.1", port=6379, secret=Secret("control"))
MARK, FORMER = "elastane:tokens:2:b", "elastane:tokens:1:a"


class ToldEngine:
    """Keeps passwords as an engine does, and what it was told."""

    def __init__(self, **passwords: Sequence[str]) -> None:
        self.passwords = {name: list(given) for name, given in passwords.items()}
        self.names = ["default", "elastane", "elastane:users:x", FORMER]
        self.told: list[Command] = []

    async def __call__(self, at: NodeAddress, *commands: Command, extra_seconds: float = 0.0) -> list[Reply]:
        return [self._obey(command) for command in commands]

    def _obey(self, command: Command) -> Reply:
        match command:
            case ("ACL", "GETUSER", str(name)):
                if name not in self.passwords:
                    return None
                passwords: list[Reply] = [each.encode() for each in self.passwords[name]]
                return [b"flags", [b"on"], b"passwords", passwords, b"commands", b"+@all"]
            case ("ACL", "USERS"):
                return [name.encode() for name in self.names]
            case ("ACL", "DELUSER", *gone):
                self.names = [name for name in self.names if name not in gone]
            case ("ACL", "SETUSER", str(name), "reset"):
                self.names = [*(each for each in self.names if each != name), name]
            case ("ACL", "SETUSER", str(name), *rules):
                self._change(name, [str(rule) for rule in rules])
            case _:
                raise AssertionError(f"an engine is told {command}")
        self.told.append(command)
        return b"OK"

    def _change(self, name: str, rules: Sequence[str]) -> None:
        for rule in rules:
            if rule.startswith("!"):
                self.passwords[name].remove(rule[1:])  # engines too refuse what is not there
            else:
                self.passwords[name].append(rule[1:])

    @property
    def marks(self) -> list[str]:
        return [name for name in self.names if name.startswith("elastane:tokens:")]


async def set_tokens(
    engine: ToldEngine, at: NodeAddress, wanted: Mapping[str, Sequence[str]], mark: str, *, ends_at: float = math.inf
) -> None:
    await token_orders.set_tokens(engine, at, wanted, mark, ends_at_seconds=ends_at)


def digests(*numbers: int) -> list[str]:
    return [f"{number:064x}" for number in numbers]


async def test_an_engine_is_told_the_difference_and_marked() -> None:
    engine = ToldEngine(lea=digests(1, 2, 3), max=digests(7))

    await set_tokens(engine, AT, {"lea": digests(3, 4, 2), "max": digests(7)}, MARK)

    assert engine.passwords == {"lea": digests(2, 3, 4), "max": digests(7)}
    assert engine.told[0] == ("ACL", "DELUSER", FORMER), "before anything is changed"
    assert engine.told[1] == ("ACL", "SETUSER", "lea", f"!{digests(1)[0]}", f"#{digests(4)[0]}")
    assert engine.marks == [MARK]


async def test_again_is_nothing_but_the_mark() -> None:
    engine = ToldEngine(lea=digests(1))

    for _ in range(2):
        await set_tokens(engine, AT, {"lea": digests(1)}, MARK)

    assert not any("lea" in command for command in engine.told)
    assert engine.marks == [MARK]


async def test_who_may_not_sign_in_any_more_loses_all() -> None:
    engine = ToldEngine(lea=digests(1, 2))

    await set_tokens(engine, AT, {"lea": []}, MARK)

    assert engine.passwords == {"lea": []}


async def test_much_is_given_in_parts_and_marked_when_all_of_it_is_there() -> None:
    count = 8000
    engine, wanted = ToldEngine(lea=[], max=[]), digests(*range(count))
    part = COMPARISONS_MAX // count

    await set_tokens(engine, AT, {"lea": wanted, "max": digests(5)}, MARK)
    first = list(engine.passwords["lea"])
    marked_early = engine.marks
    for _ in range(count // part):
        await set_tokens(engine, AT, {"lea": wanted, "max": digests(5)}, MARK)

    assert first == wanted[:part], "the first ones first"
    assert marked_early == [], "nor has it the mark of what it knew before"
    assert engine.passwords == {"lea": wanted, "max": digests(5)}
    assert engine.marks == [MARK]


async def test_what_takes_too_long_ends_half_done_and_is_gone_on_with() -> None:
    engine, wanted = ToldEngine(lea=[], max=[]), {"lea": digests(*range(200)), "max": digests(5)}

    await set_tokens(engine, AT, wanted, MARK, ends_at=-math.inf)
    first, marked_early = list(engine.passwords["lea"]), engine.marks
    for _ in range(20):
        await set_tokens(engine, AT, wanted, MARK, ends_at=-math.inf)

    assert first == wanted["lea"][:CHANGES_AT_ONCE], "one part, however late it is"
    assert marked_early == []
    assert engine.passwords == wanted
    assert engine.marks == [MARK]


async def test_what_is_left_half_done_is_not_taken_for_what_was_before() -> None:
    """A key is made and revoked within one minute: the mark of before must not stand for what came after."""
    engine, before = ToldEngine(lea=digests(1)), {"lea": digests(1)}
    await set_tokens(engine, AT, before, MARK)

    await set_tokens(engine, AT, {"lea": digests(*range(1, 8000))}, "elastane:tokens:2:with-the-key")

    assert len(engine.passwords["lea"]) > 1
    assert engine.marks == []


@pytest.mark.parametrize(
    ("count", "at_once"), [(100, CHANGES_AT_ONCE), (20_000, COMPARISONS_AT_ONCE // 20_000), (500_000, 1)]
)
async def test_an_engine_is_told_fewer_at_a_time_when_it_has_many_to_compare(count: int, at_once: int) -> None:
    present = digests(*range(count))
    engine = ToldEngine(lea=present)

    await set_tokens(engine, AT, {"lea": [*present[70:], *digests(*range(count, count + 40))]}, MARK)

    changing = [len(command) - 3 for command in engine.told if command[2] == "lea"]
    assert max(changing) == at_once
    assert sum(changing) == min(110, COMPARISONS_MAX // count)


async def test_a_user_who_is_not_there_is_not_made() -> None:
    engine = ToldEngine()

    await set_tokens(engine, AT, {"lea": digests(1)}, MARK)

    assert (engine.passwords, engine.marks) == ({}, [])


def test_what_goes_comes_first_and_nothing_twice() -> None:
    assert changes(digests(1, 2), [*digests(3, 2), *digests(3)]) == [f"!{digests(1)[0]}", f"#{digests(3)[0]}"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (None, None),
        ([b"flags", [b"on"], b"passwords", [], b"keys", b"~*"], []),
        ([b"flags", [b"on"], b"passwords", [b"aa", b"bb"], b"keys", b"~*"], ["aa", "bb"]),
    ],
)
def test_passwords_are_read_from_what_an_engine_says_of_a_user(reply: Reply, expected: list[str] | None) -> None:
    assert parse_passwords(reply) == expected
