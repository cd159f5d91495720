"""How much counters have grown between two looks, without a spike and without a negative number. Pure.

Counters come in parts that begin anew for reasons of their own:

| part            | counted since                        | a new beginning is seen by      | and then counts          |
|-----------------|--------------------------------------|---------------------------------|--------------------------|
| `statistics`    | engine's start, or CONFIG RESETSTAT, | another process, or any falling | all since that beginning |
|                 | or `stats reset`                     |                                 |                          |
| `process`       | the process's start                  | another start, for the kernel   | nothing until later      |
| `stream`        | the beginning of the data's history  | another run id, or history      | nothing until later      |
| `machine`       | the machine's boot                   | any falling                     | nothing until later      |
| `configuration` | configuration endpoint's start       | another start, for the kernel   | nothing until later      |

Between looks that lie too far apart nothing is told: what happened in a minute is not to be shown as if it had happened
in five seconds. What a dead process counted after the last look at it, nobody knows, and it is not guessed.
"""

from collections.abc import Mapping

import msgspec

STATISTICS = "statistics"
PROCESS = "process"
STREAM = "stream"
MACHINE = "machine"
CONFIGURATION = "configuration"

ELAPSED = "elapsed_seconds"
"""Between the two looks of part `process`: what its processor time is a share of."""

START_SECONDS = 1.0
"""Engines say whole seconds of how long they have been running."""


class Counted(msgspec.Struct, frozen=True):
    """One part, as it was seen."""

    at_seconds: float
    """Since 1970, so that it can be compared after a restart of ours."""
    identity: str
    numbers: dict[str, float]
    age_seconds: float | None = None
    """Since when they count; None where it does not matter."""


Counters = dict[str, Counted]
"""By part. A part that was not seen is not there."""


def increments(
    before: Mapping[str, Counted], now: Mapping[str, Counted], *, gap_seconds_max: float
) -> dict[str, float]:
    """What was counted between two looks, by name, over all parts."""
    grown: dict[str, float] = {}
    for part, seen in now.items():
        last = before.get(part)
        gained = (
            _gained_statistics(last, seen, gap_seconds_max)
            if part == STATISTICS
            else _gained(last, seen, gap_seconds_max)
        )
        grown.update(gained)
        if gained and last is not None and part == PROCESS:
            grown[ELAPSED] = seen.at_seconds - last.at_seconds
    return grown


def bucket_increments(last: Counted | None, seen: Counted, *, gap_seconds_max: float) -> dict[str, float]:
    """As of statistics, for numbers that are left out where they are 0."""
    nothing = dict.fromkeys([*seen.numbers, *(last.numbers if last is not None else ())], 0.0)
    filled = last and Counted(last.at_seconds, last.identity, nothing | last.numbers, last.age_seconds)
    now = Counted(seen.at_seconds, seen.identity, nothing | seen.numbers, seen.age_seconds)
    return _gained_statistics(filled, now, gap_seconds_max)


def _gained_statistics(last: Counted | None, seen: Counted, gap_seconds_max: float) -> dict[str, float]:
    if last is None:
        return seen.numbers if _is_younger(seen, gap_seconds_max) else {}
    if not _is_near(last, seen, gap_seconds_max):
        return {}
    if last.identity != seen.identity:
        return seen.numbers if _is_younger(seen, seen.at_seconds - last.at_seconds + START_SECONDS) else {}
    if any(seen.numbers[name] < number for name, number in last.numbers.items() if name in seen.numbers):
        return seen.numbers  # they were reset, all at once: also those that have grown beyond what they were
    return _differences(last, seen)


def _gained(last: Counted | None, seen: Counted, gap_seconds_max: float) -> dict[str, float]:
    if last is None or last.identity != seen.identity or not _is_near(last, seen, gap_seconds_max):
        return {}
    gained = _differences(last, seen)
    return gained if all(number >= 0 for number in gained.values()) else {}


def _differences(last: Counted, seen: Counted) -> dict[str, float]:
    return {name: number - last.numbers[name] for name, number in seen.numbers.items() if name in last.numbers}


def _is_near(last: Counted, seen: Counted, gap_seconds_max: float) -> bool:
    return 0 < seen.at_seconds - last.at_seconds <= gap_seconds_max


def _is_younger(seen: Counted, seconds: float) -> bool:
    return seen.age_seconds is not None and seen.age_seconds <= seconds
