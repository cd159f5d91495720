"""Counters are compared without spikes and without negative numbers, whatever happens between two looks."""

from hypothesis import given
from hypothesis import strategies as st

from elastane.metrics.counters import (
    ELAPSED,
    MACHINE,
    PROCESS,
    STATISTICS,
    STREAM,
    Counted,
    bucket_increments,
    increments,
)

GAP = 12.0


def statistics(at: float, hits: float, *, run: str = "one", age: float = 1000.0, misses: float = 100.0) -> Counted:
    return Counted(at, run, {"hits": hits, "misses": misses}, age)


def grown(before: Counted | None, now: Counted, part: str = STATISTICS) -> dict[str, float]:
    return increments({} if before is None else {part: before}, {part: now}, gap_seconds_max=GAP)


def test_of_one_process_the_difference_is_told() -> None:
    assert grown(statistics(0, 10), statistics(5, 17)) == {"hits": 7, "misses": 0}


def test_counters_that_were_reset_count_from_nothing_all_of_them() -> None:
    # Misses have grown beyond what they were, and were reset all the same.
    assert grown(statistics(0, 10), statistics(5, 3, misses=101)) == {"hits": 3, "misses": 101}


def test_a_process_that_began_since_the_last_look_is_counted_from_its_beginning() -> None:
    assert grown(statistics(0, 10), statistics(5, 3, run="two", age=4)) == {"hits": 3, "misses": 100}


def test_another_process_that_is_older_than_the_last_look_tells_nothing() -> None:
    assert grown(statistics(0, 10), statistics(5, 3, run="two", age=300)) == {}


def test_a_first_look_counts_a_process_that_has_just_begun_and_no_other() -> None:
    assert grown(None, statistics(5, 3, age=4)) == {"hits": 3, "misses": 100}
    assert grown(None, statistics(5, 3, age=400)) == {}


def test_looks_that_lie_too_far_apart_are_not_compared() -> None:
    assert grown(statistics(0, 10), statistics(GAP + 1, 17)) == {}


def test_looks_after_the_clock_was_put_back_are_not_compared() -> None:
    assert grown(statistics(100, 10), statistics(50, 17)) == {}


def test_a_number_that_was_not_counted_before_is_told_from_the_next_look_on() -> None:
    before = Counted(0, "one", {"hits": 10}, 1000)

    assert grown(before, statistics(5, 17)) == {"hits": 7}


def test_a_threads_time_is_told_with_the_time_that_passed() -> None:
    before, now = Counted(0, "7", {"nanoseconds": 10}), Counted(5, "7", {"nanoseconds": 30})

    assert grown(before, now, PROCESS) == {"nanoseconds": 20, ELAPSED: 5}


def test_a_thread_of_another_process_tells_nothing_until_the_next_look() -> None:
    before, now = Counted(0, "7", {"nanoseconds": 10}), Counted(5, "8", {"nanoseconds": 30})

    assert grown(before, now, PROCESS) == {}


def test_a_stream_grows_only_while_the_node_is_primary_of_one_history() -> None:
    before, now = Counted(0, "one a", {"stream": 10}), Counted(5, "one b", {"stream": 30})

    assert grown(before, now, STREAM) == {}
    assert grown(None, now, STREAM) == {}


def test_a_machine_that_counts_anew_tells_nothing() -> None:
    before, now = Counted(0, "", {"busy": 10, "all": 50}), Counted(5, "", {"busy": 3, "all": 60})

    assert grown(before, now, MACHINE) == {}


def test_a_bucket_that_is_left_out_is_nothing() -> None:
    before, now = Counted(0, "one", {"4": 2}, 100), Counted(60, "one", {"4": 3, "8": 1}, 160)

    assert bucket_increments(before, now, gap_seconds_max=70) == {"4": 1, "8": 1}


def test_buckets_that_were_reset_count_from_nothing() -> None:
    before, now = Counted(0, "one", {"4": 2, "8": 5}, 100), Counted(60, "one", {"4": 3}, 160)

    assert bucket_increments(before, now, gap_seconds_max=70) == {"4": 3, "8": 0}


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_whatever_happens_what_is_told_is_at_most_what_was_counted(steps: list[tuple[int, bool, bool]]) -> None:
    """Steps: how much is counted, and whether the engine is restarted or its counters are reset before."""
    run, value, total, told, at = 0, 0, 0, 0.0, 0.0
    last = Counted(at, "0", {"hits": 0.0}, 0.0)
    started_at = 0.0
    for count, is_restarted, is_reset in steps:
        if is_restarted:
            run, started_at = run + 1, at + 1
        if is_restarted or is_reset:
            value = 0
        value, total, at = value + count, total + count, at + 5
        now = Counted(at, str(run), {"hits": float(value)}, at - started_at)
        gained = increments({STATISTICS: last}, {STATISTICS: now}, gap_seconds_max=GAP)["hits"]
        assert 0 <= gained <= count
        told, last = told + gained, now
    assert told <= total
