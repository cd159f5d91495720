"""Processes that do not start, of any kind of cache: how long one rests, and when a new cache gives up. Pure."""

from datetime import datetime

from elastane.model.observations import Exited, Process
from elastane.model.rests import FAILURE_SECONDS_MAX, is_within, rest_seconds

FAILED_STARTS_MAX_AT_CREATION = 3
"""A cache that never worked gives up after so many tries and tells the customer why."""

SILENT_SECONDS_MAX_AT_CREATION = 60.0
"""An engine of a new cache answers within milliseconds. While it is `creating`, a cache cannot be deleted."""

ADDRESS_TAKEN = "Address already in use"
"""What every engine prints when another process listens at its address."""


def is_resting(failed_starts: int, last_failed_at: datetime | None, now: datetime) -> bool:
    """Whether to leave a process alone that keeps dying before it answers.

    Twice as long as the loop rests after a failure, so that in between there is a pass in which others get their turn.
    """
    if failed_starts == 0 or last_failed_at is None:
        return False
    return is_within(now, last_failed_at, min(FAILURE_SECONDS_MAX, 2 * rest_seconds(failed_starts)))


def address_taken(address: str, port: int, name: str) -> str:
    return f"another process already listens at {address}:{port}, the address of {name}"


def find_failure_at_creation(
    process: Process, *, name: str, address: str, port: int, failed_starts: int, silent_seconds: float
) -> str | None:
    """Why a process of a cache that never worked never will, if so: a sentence.

    `silent_seconds`: for how long it has run, if it has never answered; else 0.
    """
    if isinstance(process, Exited) and failed_starts > 0:
        words = process.last_words.strip()
        if ADDRESS_TAKEN in words:
            return address_taken(address, port, name)
        if failed_starts >= FAILED_STARTS_MAX_AT_CREATION:
            return f"{name} would not start ({failed_starts} tries); it said: {words or 'nothing'}"
    if silent_seconds > SILENT_SECONDS_MAX_AT_CREATION:
        return f"{name} runs, and has not answered for {silent_seconds:.0f} seconds"
    return None
