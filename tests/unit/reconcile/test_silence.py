"""Silence, look after look: when it grows, when it begins anew, and when it is long."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.observations import Activity
from elastane.model.observed_replication_groups import Silence
from elastane.reconcile.silence import GAP_SECONDS_MAX, LOOK_SECONDS, is_long, is_still, lengthened, seconds
from tests.kit.situations import MARK, NOW, silence

ASLEEP = Activity(processor_mark=MARK, is_able_to_run=False)
MOVED = Activity(processor_mark=MARK + 1, is_able_to_run=False)
STARVED = Activity(processor_mark=MARK, is_able_to_run=True)


def after(before: Silence | None, activity: Activity | None, *, is_steady: bool = True) -> Silence:
    return lengthened(before, activity, NOW, is_steady=is_steady)


def test_the_first_look_without_an_answer_begins_it() -> None:
    asleep = Silence(since=NOW, look_count=1, still_count=1, still_since=NOW, processor_mark=MARK, looked_at=NOW)

    assert after(None, ASLEEP) == asleep
    assert after(None, STARVED) == replace(asleep, still_count=0)


@pytest.mark.parametrize(
    ("activity", "still_count", "still_seconds"),
    [
        pytest.param(ASLEEP, 3, 0.4, id="asleep at the same place: one more still look"),
        pytest.param(MOVED, 1, 0, id="asleep, and it has moved since: counted anew from this look"),
        pytest.param(STARVED, 0, 0, id="able to run: not still, though it did not move"),
        pytest.param(None, 0, 0, id="nobody can tell: not still"),
    ],
)
def test_a_further_look_counts_and_the_process_says_whether_it_stood_still(
    activity: Activity | None, still_count: int, still_seconds: float
) -> None:
    before = silence(seconds=0.5, looks=2, still=2, still_seconds=0.4, looked_ago_seconds=0.25)

    now = after(before, activity)

    assert (now.since, now.look_count, now.looked_at) == (before.since, 3, NOW)
    assert (now.still_count, now.still_since) == (still_count, NOW - timedelta(seconds=still_seconds))


def test_who_moved_and_stands_still_again_is_still_from_that_look_on() -> None:
    before = silence(seconds=9, looks=40, still=0, looked_ago_seconds=0.25)

    now = after(before, ASLEEP)

    assert (now.since, now.look_count) == (before.since, 41)
    assert (now.still_count, now.still_since) == (1, NOW)


def test_an_engine_that_wakes_between_looks_never_stands_still_for_long() -> None:
    gap = None
    for mark in range(20):
        gap = after(gap, Activity(processor_mark=mark, is_able_to_run=False))

    assert gap is not None and (gap.look_count, gap.still_count) == (20, 1)


def test_it_begins_anew_at_every_look_while_time_is_not_to_be_trusted() -> None:
    long = silence(seconds=3600, looks=12, still=12)

    assert after(long, ASLEEP, is_steady=False) == after(None, ASLEEP)


@pytest.mark.parametrize(
    ("looked_ago_seconds", "goes_on"),
    [
        pytest.param(GAP_SECONDS_MAX - 0.01, True, id="the last look was a moment ago"),
        pytest.param(GAP_SECONDS_MAX, False, id="nobody looked for a while: it may have answered meanwhile"),
        pytest.param(3600, False, id="the control plane was away"),
        pytest.param(-1, False, id="the last look is still to come: the clock was put back"),
    ],
)
def test_it_begins_anew_after_a_time_without_looks(looked_ago_seconds: float, goes_on: bool) -> None:
    before = silence(seconds=looked_ago_seconds + 60, looks=12, still=12, looked_ago_seconds=looked_ago_seconds)

    now = after(before, ASLEEP)

    assert now == after(None, ASLEEP) if not goes_on else (now.look_count, now.still_count) == (13, 13)


@pytest.mark.parametrize(
    ("looks", "past_seconds", "expected"),
    [
        pytest.param(3, 2 * LOOK_SECONDS, True, id="three looks, and the time they take"),
        pytest.param(2, 60, False, id="two looks with a clock that jumped"),
        pytest.param(30, 2 * LOOK_SECONDS - 0.01, False, id="thirty looks at once"),
        pytest.param(30, -60, False, id="a clock that was put back"),
    ],
)
def test_it_is_long_when_looks_and_seconds_agree(looks: int, past_seconds: float, expected: bool) -> None:
    gap = silence(seconds=past_seconds, looks=looks)

    assert is_long(gap, look_count=3) is expected


@pytest.mark.parametrize(
    ("still", "still_seconds", "expected"),
    [
        pytest.param(3, 2 * LOOK_SECONDS, True, id="three looks, and the time they take"),
        pytest.param(2, 60, False, id="two looks with a clock that jumped"),
        pytest.param(30, 2 * LOOK_SECONDS - 0.01, False, id="thirty looks at an engine that refuses at once"),
        pytest.param(0, 60, False, id="it never stood still"),
    ],
)
def test_it_is_still_when_still_looks_and_their_seconds_agree(still: int, still_seconds: float, expected: bool) -> None:
    gap = silence(seconds=900, looks=900, still=still, still_seconds=still_seconds)

    assert is_still(gap, look_count=3) is expected


def test_both_are_judged_by_the_last_look_and_not_by_when_somebody_asks() -> None:
    """The record may be read long after it was written: what nobody saw has not happened."""
    gap = silence(seconds=60, looks=3, still=3, looked_ago_seconds=60)

    assert not is_long(gap, look_count=3)
    assert not is_still(gap, look_count=3)


def test_its_length_is_told_in_seconds() -> None:
    gap = silence(seconds=2.5)

    assert seconds(gap, NOW) == 2.5
    assert seconds(gap, NOW + timedelta(seconds=1)) == 3.5
