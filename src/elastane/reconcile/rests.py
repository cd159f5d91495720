"""How long to leave alone what has failed: the one back-off of the loop, the rules and `elastane explain`. Pure."""

FAILURE_SECONDS_MIN = 0.25
FAILURE_SECONDS_MAX = 30.0


def rest_seconds(failure_count: int) -> float:
    """After the n-th failure in a row: how long until the next try."""
    return float(min(FAILURE_SECONDS_MAX, FAILURE_SECONDS_MIN * 2 ** min(failure_count - 1, 10)))
