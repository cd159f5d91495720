"""Asking an engine what it counts, and a replica how far it is behind: questions alone, nothing is changed.

Called by `client`. The table of an engine's commands is long and asked for once in a process's life; engines of one
kind have the same one, and then one value stands for all of them.
"""

import asyncio
from collections.abc import Mapping, Sequence

from elastane.engines import EngineError, NodeAddress
from elastane.engines.connection import Command
from elastane.engines.exchanges import Exchange, ask, raise_refusal
from elastane.engines.gaps import gap
from elastane.engines.measurements import (
    SECTIONS,
    find_run_id,
    parse_histograms,
    parse_kinds,
    parse_measurements,
    parse_place,
)
from elastane.model.measurements import CommandKind, LagLook, Measurements
from elastane.model.observations import Role

_COUNTERS: Command = ("INFO", *SECTIONS)
_HISTOGRAMS: Command = ("LATENCY", "HISTOGRAM")
_HISTOGRAM_NAME = "latency|histogram"
_COMMANDS: Command = ("COMMAND",)
_PLACE: Command = ("INFO", "replication")

LOOK_GAPS_SECONDS = (0.0, 0.004, 0.016, 0.06, 0.12)
"""Before each look at a replica that is to come as far as its primary was: a small lag is waited for, and so measured
itself."""


class CommandTables:
    """Which commands the engine at an address has, for as long as its process lives."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], tuple[str, Mapping[str, CommandKind]]] = {}

    def find(self, at: NodeAddress, run_id: str) -> Mapping[str, CommandKind] | None:
        known_id, kinds = self._of.get((at.address, at.port), ("", None))
        return kinds if known_id == run_id else None

    def keep(self, at: NodeAddress, run_id: str, kinds: Mapping[str, CommandKind]) -> Mapping[str, CommandKind]:
        """Answers the value that stands for all that are equal."""
        shared = next((known for _, known in self._of.values() if known == kinds), kinds)
        self._of[at.address, at.port] = (run_id, shared)
        return shared

    def has(self, at: NodeAddress, command: str) -> bool:
        """By what was last known there: of a process that is gone it was so, too."""
        _, kinds = self._of.get((at.address, at.port), ("", {}))
        return command in kinds

    def forget(self, at: NodeAddress) -> None:
        self._of.pop((at.address, at.port), None)


async def measure(exchange: Exchange, at: NodeAddress, tables: CommandTables, *, is_thorough: bool) -> Measurements:
    """See the Protocol. An engine is not asked for histograms that it does not have: it would count an error."""
    text, said = await _counters(exchange, at, with_histograms=is_thorough and tables.has(at, _HISTOGRAM_NAME))
    run_id = find_run_id(text)
    kinds = tables.find(at, run_id)
    if kinds is None:
        (table,) = await ask(exchange, at, _COMMANDS)
        kinds = tables.keep(at, run_id, parse_kinds(table if isinstance(table, list) else []))
        if is_thorough and said is None and tables.has(at, _HISTOGRAM_NAME):
            # Anew and together, because the one is the sum of the other.
            text, said = await _counters(exchange, at, with_histograms=True)
    try:
        return parse_measurements(text, kinds, None if said is None else parse_histograms(said))
    except ValueError as error:
        raise EngineError(f"The engine at {at} counts in a way that is not known: {error}") from error


async def _counters(
    exchange: Exchange, at: NodeAddress, *, with_histograms: bool
) -> tuple[bytes, Sequence[object] | None]:
    """What INFO and LATENCY HISTOGRAM say; None of the latter where it was not asked, or is refused."""
    questions = (_COUNTERS, _HISTOGRAMS) if with_histograms else (_COUNTERS,)
    text, *said = await exchange(at, *questions)
    raise_refusal(at, questions[:1], [text])
    if not isinstance(text, bytes):
        raise EngineError(f"The engine at {at} answers no INFO.")
    return text, said[0] if said and isinstance(said[0], list) else None


async def look_at_lag(exchange: Exchange, primary: NodeAddress, replica: NodeAddress) -> LagLook:
    """See the Protocol."""
    role, primary_offset = await _place(exchange, primary)
    if role is not Role.PRIMARY:
        raise EngineError(f"The engine at {primary} is no primary.")
    loop = asyncio.get_running_loop()
    begun, waited_seconds, offset = loop.time(), 0.0, 0
    for gap_seconds in LOOK_GAPS_SECONDS:
        if gap_seconds:
            await gap(gap_seconds)
        _, offset = await _place(exchange, replica)
        if gap_seconds:
            waited_seconds = loop.time() - begun
        if offset >= primary_offset:
            break
    return LagLook(primary_offset_bytes=primary_offset, replica_offset_bytes=offset, waited_seconds=waited_seconds)


async def _place(exchange: Exchange, at: NodeAddress) -> tuple[Role, int]:
    (text,) = await ask(exchange, at, _PLACE)
    try:
        return parse_place(text if isinstance(text, bytes) else b"")
    except ValueError as error:
        raise EngineError(f"The engine at {at} does not say how far it is: {error}") from error
