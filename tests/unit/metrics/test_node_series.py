"""Stretches add up to minutes, whatever is missed in between."""

from elastane.metrics.counters import STATISTICS, Counted, Counters
from elastane.metrics.definitions import DEFINITIONS
from elastane.metrics.node_series import Baseline, NodeSeries, Stretch
from elastane.model.statistic_sets import StatisticSet

NOON = 1_795_953_600  # a full minute


def counters(at_seconds: float, hits: float, *, run: str = "one", age: float = 5000) -> Counters:
    return {STATISTICS: Counted(at_seconds, run, {"keyspace_hits": hits}, age)}


def note(node: NodeSeries, end: int, hits: float, *, run: str = "one", age: float = 5000) -> object:
    stretch = Stretch(NOON + end - 5, 5)
    node.begin(stretch)
    return node.note(stretch, counters(NOON + end, hits, run=run, age=age), {"keys": hits}, is_heard=True).get(
        "CacheHits"
    )


def test_a_minute_begins_with_the_tick_after_the_full_one() -> None:
    assert Stretch(NOON - 5, 5).minute_seconds == NOON - 60
    assert Stretch(NOON - 5, 5).ends_a_minute
    assert Stretch(NOON, 5).minute_seconds == NOON


def test_a_minute_is_the_sum_of_its_stretches_and_the_last_level() -> None:
    node = NodeSeries(DEFINITIONS)

    told = [note(node, end, hits) for end, hits in ((5, 10), (10, 13), (15, 14))]
    minute = node.finish()

    assert told == [None, 3, 1]
    assert minute is not None
    assert (minute.begin_seconds, minute.values["CacheHits"], minute.values["CurrItems"]) == (NOON, 4, 14)


def test_a_restart_in_the_middle_loses_only_what_was_counted_after_the_last_look() -> None:
    node = NodeSeries(DEFINITIONS)
    for end, hits in ((5, 10), (10, 13)):
        note(node, end, hits)

    note(node, 15, 2, run="two", age=3)
    minute = node.finish()

    assert minute is not None
    assert minute.values["CacheHits"] == 5


def test_what_was_not_heard_for_a_while_is_in_its_minute_and_in_no_stretch() -> None:
    node = NodeSeries(DEFINITIONS)
    note(node, 5, 10)

    told = note(node, 40, 30)
    minute = node.finish()

    assert told is None
    assert minute is not None
    assert minute.values["CacheHits"] == 20


def test_what_was_not_heard_from_one_minute_to_the_next_is_in_neither() -> None:
    node = NodeSeries(DEFINITIONS)
    note(node, 55, 10)

    told = note(node, 60 + 30, 30)
    later = note(node, 60 + 35, 31)
    minute = node.finish()

    assert (told, later) == (None, 1)
    assert minute is not None
    assert minute.values["CacheHits"] == 1


def test_a_minute_that_nobody_finished_is_given_by_the_next_one() -> None:
    node = NodeSeries(DEFINITIONS)
    note(node, 50, 10)
    note(node, 55, 12)

    left = node.begin(Stretch(NOON + 65, 5))

    assert left is not None
    assert (left.begin_seconds, left.values["CacheHits"]) == (NOON, 2)


def test_a_restart_of_ours_goes_on_within_the_minute() -> None:
    before = NodeSeries(DEFINITIONS)
    note(before, 60, 10)
    before.finish()

    node = NodeSeries(DEFINITIONS, Baseline(before.baseline.counters))
    told = note(node, 60 + 40, 50)
    minute = node.finish()

    assert told is None
    assert minute is not None
    assert minute.values["CacheHits"] == 40


def test_latencies_are_those_between_two_thorough_looks() -> None:
    node = NodeSeries(DEFINITIONS)
    for at, calls, microseconds in ((0, 5, 100), (60, 8, 110)):
        node.begin(Stretch(NOON + at - 5, 5))
        statistics = Counted(NOON + at, "one", {"microseconds_of_get_type": microseconds}, 5000)
        node.note_thorough(statistics, {"read": Counted(NOON + at, "one", {"4": calls}, 5000)})
    minute = node.finish()

    assert minute is not None
    # The sum is exact, and so below the bounds of the steps.
    assert minute.values == {
        "SuccessfulReadRequestLatency": StatisticSet(
            sample_count=3, sum=10, minimum=10 / 3, maximum=4, counts=((4, 3),)
        )
    }


def test_latencies_of_two_minutes_are_not_told_as_if_they_were_of_one() -> None:
    node = NodeSeries(DEFINITIONS)
    for at, calls in ((0, 5), (120, 9)):
        node.begin(Stretch(NOON + at - 5, 5))
        statistics = Counted(NOON + at, "one", {"microseconds_of_get_type": float(calls)}, 5000)
        node.note_thorough(statistics, {"read": Counted(NOON + at, "one", {"4": calls}, 5000)})

    assert node.finish() is None


def test_a_minute_whose_beginning_was_missed_begins_with_the_next_look() -> None:
    node = NodeSeries(DEFINITIONS)
    statistics = Counted(NOON + 0.1, "one", {"microseconds_of_get_type": 1.0}, 5000)

    before = node.lacks_beginning(Stretch(NOON, 5))
    node.note_thorough(statistics, {"read": Counted(NOON + 0.1, "one", {"4": 1}, 5000)})

    assert before
    assert not node.lacks_beginning(Stretch(NOON + 55, 5))
    assert node.lacks_beginning(Stretch(NOON + 60, 5))


def test_a_minute_without_a_look_is_none() -> None:
    node = NodeSeries(DEFINITIONS)

    node.begin(Stretch(NOON, 5))

    assert node.finish() is None
