"""The form of measurements on the disk: what is packed reads back, and merging keeps what is promised of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model import statistic_sets
from elastane.model.statistic_sets import StatisticSet, of_counts, of_value
from elastane.store import metric_blocks
from elastane.store.metric_blocks import PackedSet, Value, merge, pack, unpack

WHOLE = st.integers(-(2**60), 2**60).map(float)
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), WHOLE, st.sampled_from([0.0, 1.0, 5e-324, -1e308])
)
COUNTS = st.integers(1, 1000).map(float)
EXACT = st.dictionaries(st.floats(-1e9, 1e9), COUNTS, min_size=1, max_size=20).map(
    lambda found: of_counts(found.items())
)
UNKNOWN = st.builds(
    lambda count, total, extremes: StatisticSet(count, total, *sorted(extremes)),
    COUNTS,
    st.floats(-1e9, 1e9),
    st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)),
)
VALUES: st.SearchStrategy[Value] = st.one_of(NUMBERS, st.one_of(EXACT, UNKNOWN).map(lambda found: pack(found, 10)))
COLUMNS = st.dictionaries(st.integers(0, 299), VALUES, max_size=30)


@given(st.dictionaries(st.integers(1, 500), COLUMNS, max_size=8))
def test_a_block_reads_back_as_it_was_packed(block: metric_blocks.Block) -> None:
    read = metric_blocks.decode_block(metric_blocks.encode_block(block))

    assert {name: _told(column) for name, column in read.items()} == {
        name: _told(column) for name, column in block.items() if column
    }


def _told(column: metric_blocks.Column) -> dict[int, StatisticSet]:
    return {slot: unpack(value) for slot, value in column.items()}


@given(st.lists(NUMBERS, min_size=1, max_size=60))
def test_numbers_of_any_kind_read_back_to_the_last_bit(numbers: list[float]) -> None:
    block: metric_blocks.Block = {7: dict(enumerate(numbers))}

    assert metric_blocks.decode_block(metric_blocks.encode_block(block))[7] == block[7]


def test_what_is_no_number_is_packed_like_the_others() -> None:
    block: metric_blocks.Block = {1: {0: 1.0, 1: math.nan, 2: math.inf}}

    (column,) = metric_blocks.decode_block(metric_blocks.encode_block(block)).values()

    assert [str(value) for value in column.values()] == ["1.0", "nan", "inf"]


def test_only_the_columns_that_are_asked_for_are_unpacked() -> None:
    body = metric_blocks.encode_block({1: {0: 1.0}, 2: {0: 2.0}, 3: {0: 3.0}})

    assert metric_blocks.decode_block(body, {2, 9}) == {2: {0: 2.0}}


@given(st.dictionaries(st.integers(1, 500), VALUES, max_size=20))
def test_a_row_reads_back_as_it_was_packed(row: metric_blocks.Row) -> None:
    assert metric_blocks.decode_row(metric_blocks.encode_row(row)) == row


def test_an_hour_of_a_hundred_numbers_takes_few_bytes_where_little_changes() -> None:
    still: metric_blocks.Block = {name: dict.fromkeys(range(60), 1000.0 + name) for name in range(70)}
    rising: metric_blocks.Block = {
        name: {minute: 1e6 + minute * (name % 7) for minute in range(60)} for name in range(70, 100)
    }

    assert len(metric_blocks.encode_block(still | rising)) < 1_500


# --- merging -------------------------------------------------------------------------------------


@given(st.lists(EXACT, min_size=1, max_size=8))
def test_exact_sets_merge_to_what_merging_by_hand_gives(sets: list[StatisticSet]) -> None:
    by_hand = statistic_sets.merge(sets)

    merged = unpack(merge([pack(each, 1000) for each in sets], 1000))

    assert merged.counts == by_hand.counts
    assert (merged.sample_count, merged.minimum, merged.maximum) == (
        by_hand.sample_count,
        by_hand.minimum,
        by_hand.maximum,
    )
    assert merged.sum == pytest.approx(by_hand.sum, rel=1e-9, abs=1e-3)


@given(st.lists(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12), min_size=1, max_size=8))
def test_beyond_the_bound_percentiles_are_told_within_five_percent(parts: list[list[float]]) -> None:
    measured = sorted(number for part in parts for number in part)
    merged: Value = merge(parts[0], 5)
    for part in parts[1:]:
        merged = merge([merged, merge(part, 5)], 5)

    found = unpack(merged)

    assert (found.sample_count, found.minimum, found.maximum) == (len(measured), measured[0], measured[-1])
    assert found.sum == pytest.approx(math.fsum(measured), rel=1e-9, abs=1e-3)
    told = [value for value, count in found.counts for _ in range(int(count))]
    assert len(told) == len(measured)
    assert all(near == pytest.approx(really, rel=0.05) for near, really in zip(told, measured, strict=True))


@given(st.lists(EXACT, min_size=2, max_size=5))
def test_buckets_stay_what_they_are_however_often_they_are_packed(sets: list[StatisticSet]) -> None:
    once = merge([pack(each, 3) for each in sets], 3)

    again = pack(unpack(once), 3)

    assert unpack(again).counts == unpack(once).counts


def test_a_distribution_that_nobody_knows_stays_unknown_and_its_sums_stay_right() -> None:
    merged = unpack(merge([pack(StatisticSet(10, 50, 1, 9), 40), 20.0], 40))

    assert merged == StatisticSet(11, 70, 1, 20)


def test_a_single_measurement_is_a_number_and_several_equal_ones_are_a_pair() -> None:
    assert unpack(merge([4.0], 40)) == of_value(4)
    assert merge([4.0, 4.0, 4.0], 40) == PackedSet((4.0, 3))


@pytest.mark.parametrize("value", [0.0, 1e-300, -1e-300, 1e300, -1e300, 5e-324, 1.7976931348623157e308])
def test_every_number_has_a_bucket_near_it(value: float) -> None:
    others = (1.0, 2.0, 3.0)
    packed = unpack(merge([value, *others], 3))

    nearest = min((abs(near - value), near) for near, _ in packed.counts)[1]
    assert nearest == pytest.approx(value, rel=0.05)
