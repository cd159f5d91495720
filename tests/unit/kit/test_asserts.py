"""The waiting of all other tests, tested: it must pass late, fail loudly and say what it saw."""

import asyncio
import contextlib
import itertools

import pytest

from tests.kit.asserts import REST_SECONDS_MAX, RESTS_A_LOOK, eventually


async def test_a_check_that_becomes_true_is_answered_with_its_value() -> None:
    counter = itertools.count()

    seen = await eventually(lambda: next(counter) >= 2 and "ready", interval_seconds=0.001)

    assert seen == "ready"


async def test_a_check_of_asserts_is_repeated_until_none_fails() -> None:
    counter = itertools.count()

    async def check() -> None:
        assert next(counter) == 3

    await eventually(check, interval_seconds=0.001)

    assert next(counter) == 4


async def test_none_found_is_not_yet() -> None:
    answers = iter([None, None, "found"])

    seen = await eventually(lambda: next(answers), interval_seconds=0.001)

    assert seen == "found"


async def test_a_time_out_says_what_was_awaited_and_what_was_seen_last() -> None:
    with pytest.raises(AssertionError, match=r"^the replica is in sync within 0\.02 s; last seen: \[\]$"):
        await eventually(list, timeout_seconds=0.02, interval_seconds=0.001, message="the replica is in sync")


async def test_a_time_out_repeats_the_last_failed_assertion() -> None:
    def check() -> None:
        raise AssertionError("only 2 of 3 nodes run")

    with pytest.raises(AssertionError, match="last seen: only 2 of 3 nodes run"):
        await eventually(check, timeout_seconds=0.02, interval_seconds=0.001)


async def test_a_check_that_never_answers_is_a_time_out_too() -> None:
    never = asyncio.Event()

    with pytest.raises(AssertionError, match="last seen: nothing yet"):
        await eventually(never.wait, timeout_seconds=0.02)


async def test_any_other_exception_of_a_check_reaches_the_test() -> None:
    def check() -> None:
        raise TimeoutError("the check's own")

    with pytest.raises(TimeoutError, match="the check's own"):
        await eventually(check)


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("look_seconds", "rest_seconds"), [(0.0, 0.02), (0.05, RESTS_A_LOOK * 0.05), (3.0, REST_SECONDS_MAX)]
)
async def test_a_long_look_is_followed_by_a_long_rest(look_seconds: float, rest_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    began, ended = [], []

    async def look() -> bool:
        began.append(loop.time())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(look_seconds):
                await asyncio.Event().wait()
        ended.append(loop.time())
        return len(began) == 2

    await eventually(look)

    assert began[1] - ended[0] == pytest.approx(rest_seconds)
