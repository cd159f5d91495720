"""Waiting for full multiples of time."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from elastane.clock import at_multiples


class Enough(Exception):
    """A test has seen what it wanted to."""


async def moments_of(presents: list[float], count: int, *, seconds: int = 5) -> list[float]:
    """The moments that work is told of, with a clock that says these numbers one after the other."""
    clock: Iterator[float] = iter(presents)
    told: list[float] = []

    async def work(moment: datetime) -> None:
        told.append(moment.timestamp())
        if len(told) == count:
            raise Enough

    with pytest.raises(Enough):
        await at_multiples(seconds, lambda: datetime.fromtimestamp(next(clock), UTC), work)
    return told


async def test_work_is_done_at_full_multiples() -> None:
    assert await moments_of([1004.999, 1009.999], 2) == [1005, 1010]


async def test_a_wait_that_ends_early_does_no_work_twice() -> None:
    # The clock says that the first moment is still to come, though it was waited for.
    assert await moments_of([1004.999, 1004.9999], 2, seconds=1) == [1005, 1006]


async def test_a_clock_that_is_put_back_is_followed() -> None:
    assert await moments_of([1004.999, 504.999], 2) == [1005, 505]
