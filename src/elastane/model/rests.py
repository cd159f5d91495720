"""How long to leave alone what has failed: the one back-off of the loop, the rules and `elastane explain`. Pure."""

from datetime import datetime

FAILURE_SECONDS_MIN = 0.25
FAILURE_SECONDS_MAX = 30.0


def rest_seconds(failure_count: int) -> float:
    """After the n-th failure in a row: how long until the next try."""
    return float(min(FAILURE_SECONDS_MAX, FAILURE_SECONDS_MIN * 2 ** min(failure_count - 1, 10)))


def is_within(now: datetime, moment: datetime, seconds: float) -> bool:
    """Whether `moment` was less than so many seconds ago. One that is still to come was not.

    A clock that was put back by an hour would otherwise make every rest an hour longer.
    """
    return 0 <= (now - moment).total_seconds() < seconds
