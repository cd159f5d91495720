"""What is asked of an engine to measure it, with recorded answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libvalkey
import pytest

from elastane.engines import EngineError, NodeAddress, Refused
from elastane.engines.connection import Command, Reply
from elastane.engines.measuring import CommandTables, look_at_lag, measure
from elastane.model.secrets import Secret

GOLDEN = Path(__file__).parents[2] / "golden" / "engines" / "valkey-9.1.2"
AT = NodeAddress(address="127.77.0.1", port=6379, secret=Secret("only-for-tests"))
REPLICA = NodeAddress(address="127.77.0.2", port=6379, secret=Secret("only-for-tests"))
INFO = (GOLDEN / "measured.txt").read_bytes()


def recorded(name: str) -> Any:
    def as_read(part: Any) -> Any:
        if isinstance(part, list):
            return [as_read(each) for each in part]
        return part.encode() if isinstance(part, str) else part

    return as_read(json.loads((GOLDEN / name).read_text()))


class Script:
    """An exchange that answers as an engine did."""

    def __init__(self, *, has_histograms: bool = True, info: Callable[[NodeAddress], Reply] = lambda _: INFO) -> None:
        self.asked: list[tuple[str, ...]] = []
        """By message: the first words of its commands."""
        self._info = info
        self.histograms: Reply = recorded("histograms.json")
        more: list[Reply] = [[b"latency|histogram", -2, [], 0, 0, 0, [], [], [], []]] if has_histograms else []
        self._commands: list[Reply] = [*recorded("commands.json"), *more]

    async def __call__(self, at: NodeAddress, *commands: Command, extra_seconds: float = 0.0) -> list[Reply]:
        self.asked.append(tuple(str(command[0]) for command in commands))
        answers: dict[str, Callable[[], Reply]] = {
            "INFO": lambda: self._info(at),
            "COMMAND": lambda: self._commands,
            "LATENCY": lambda: self.histograms,
        }
        return [answers[str(command[0])]() for command in commands]


async def test_the_table_of_commands_is_asked_for_once_in_a_process_s_life() -> None:
    script, tables = Script(), CommandTables()

    first = await measure(script, AT, tables, is_thorough=False)
    second = await measure(script, AT, tables, is_thorough=False)

    assert script.asked == [("INFO",), ("COMMAND",), ("INFO",)]
    assert first.kinds is second.kinds
    assert first.histograms is None


async def test_a_thorough_look_has_histograms_from_the_same_moment() -> None:
    script, tables = Script(), CommandTables()

    first = await measure(script, AT, tables, is_thorough=True)
    second = await measure(script, AT, tables, is_thorough=True)

    assert script.asked == [("INFO",), ("COMMAND",), ("INFO", "LATENCY"), ("INFO", "LATENCY")]
    assert first.histograms == second.histograms
    assert first.histograms is not None


async def test_an_engine_without_histograms_is_not_asked_for_them() -> None:
    script, tables = Script(has_histograms=False), CommandTables()

    await measure(script, AT, tables, is_thorough=True)
    seen = await measure(script, AT, tables, is_thorough=True)

    assert script.asked == [("INFO",), ("COMMAND",), ("INFO",)]
    assert seen.histograms is None


async def test_engines_with_the_same_commands_share_one_table() -> None:
    script, tables = Script(), CommandTables()

    one = await measure(script, AT, tables, is_thorough=False)
    other = await measure(script, REPLICA, tables, is_thorough=False)

    assert one.kinds is other.kinds


async def test_a_forgotten_engine_is_asked_anew() -> None:
    script, tables = Script(), CommandTables()
    await measure(script, AT, tables, is_thorough=False)

    tables.forget(AT)
    await measure(script, AT, tables, is_thorough=False)

    assert script.asked.count(("COMMAND",)) == 2


async def test_an_engine_that_refuses_is_an_error() -> None:
    script = Script(info=lambda _: libvalkey.ReplyError("BUSY a script runs"))

    with pytest.raises(Refused, match="BUSY a script runs"):
        await measure(script, AT, CommandTables(), is_thorough=False)


@pytest.mark.parametrize("text", [None, b"", b"run_id:1\r\n", INFO.replace(b"slave0:ip=", b"slave0:place=")])
async def test_what_is_no_info_that_we_know_is_an_error(text: bytes | None) -> None:
    script = Script(info=lambda _: text)

    with pytest.raises(EngineError):
        await measure(script, AT, CommandTables(), is_thorough=False)


async def test_histograms_that_are_none_that_we_know_are_an_error() -> None:
    script = Script()
    script.histograms = [b"get"]

    with pytest.raises(EngineError, match="counts in a way that is not known"):
        await measure(script, AT, CommandTables(), is_thorough=True)


def place(role: str, offset: int) -> bytes:
    return f"# Replication\r\nrole:{role}\r\nmaster_repl_offset:{offset}\r\nslave_repl_offset:{offset}\r\n".encode()


async def test_a_replica_that_is_as_far_is_behind_by_nothing() -> None:
    script = Script(info=lambda at: place("master", 100) if at == AT else place("slave", 100))

    look = await look_at_lag(script, AT, REPLICA)

    assert look.is_level
    assert look.waited_seconds == 0
    assert len(script.asked) == 2


async def test_a_replica_that_comes_as_far_a_moment_later_is_waited_for() -> None:
    offsets = iter([50, 80, 120])
    script = Script(info=lambda at: place("master", 100) if at == AT else place("slave", next(offsets)))

    look = await look_at_lag(script, AT, REPLICA)

    assert look.is_level
    assert look.waited_seconds > 0


async def test_a_replica_that_does_not_is_given_up_soon() -> None:
    script = Script(info=lambda at: place("master", 100) if at == AT else place("slave", 50))

    look = await look_at_lag(script, AT, REPLICA)

    assert (look.is_level, look.primary_offset_bytes, look.replica_offset_bytes) == (False, 100, 50)
    assert len(script.asked) == 6


async def test_who_is_no_primary_has_nobody_behind_it() -> None:
    script = Script(info=lambda _: place("slave", 100))

    with pytest.raises(EngineError, match="is no primary"):
        await look_at_lag(script, AT, REPLICA)
