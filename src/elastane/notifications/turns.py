"""Whose turn it is: which deliveries start now, of all that are due.

Servers that hang keep nobody else waiting, however many they are. One that took what it was last sent gets several
messages at a time; any other gets one, all of those together have half of the room, and who waited longest since its
last turn comes first.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

UNDER_WAY_MAX: Final = 32
UNPROVEN_UNDER_WAY_MAX: Final = 16
PER_SERVER_MAX: Final = 4


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is due, and who is to take it."""

    number: int
    server: str
    is_posted: bool
    """Files and the log, which are not, never hang; they take one at a time, in order."""


class Turns:
    """What is under way, and how servers did lately: that is forgotten when nothing waits."""

    def __init__(self) -> None:
        self._under_way: dict[int, Candidate] = {}
        self._proven: set[str] = set()
        """They took what they were last sent."""
        self._last_turns: dict[str, int] = {}
        self._turn_count = 0

    def choose(self, waiting: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """Those that may start; `begin` starts one."""
        busy = Counter(candidate.server for candidate in self._under_way.values())
        unproven_count = sum(not self._is_proven(candidate) for candidate in self._under_way.values())
        chosen: list[Candidate] = []
        for candidate in sorted(waiting, key=lambda each: (self._last_turns.get(each.server, 0), each.number)):
            if len(self._under_way) + len(chosen) >= UNDER_WAY_MAX:
                break
            is_proven = self._is_proven(candidate)
            is_full = not is_proven and unproven_count >= UNPROVEN_UNDER_WAY_MAX
            per_server_max = PER_SERVER_MAX if is_proven and candidate.is_posted else 1
            if candidate.number in self._under_way or is_full or busy[candidate.server] >= per_server_max:
                continue
            chosen.append(candidate)
            busy[candidate.server] += 1
            unproven_count += not is_proven
        return tuple(chosen)

    def begin(self, candidate: Candidate) -> None:
        self._turn_count += 1
        self._last_turns[candidate.server] = self._turn_count
        self._under_way[candidate.number] = candidate

    def end(self, candidate: Candidate, *, is_taken: bool) -> None:
        del self._under_way[candidate.number]
        if is_taken:
            self._proven.add(candidate.server)
        else:
            self._proven.discard(candidate.server)

    def forget(self) -> None:
        """Nothing waits any more."""
        if not self._under_way:
            self._proven.clear()
            self._last_turns.clear()

    def _is_proven(self, candidate: Candidate) -> bool:
        return not candidate.is_posted or candidate.server in self._proven
