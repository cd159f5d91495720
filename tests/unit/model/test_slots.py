"""Sets of slots: written, read, and computed with."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.slots import (
    ALL_SLOTS,
    NO_SLOTS,
    SLOT_COUNT,
    SlotRange,
    Slots,
    count,
    difference,
    format_slots,
    from_numbers,
    highest,
    intersection,
    lowest,
    numbers,
    parse_slots,
    union,
)

slot_numbers = st.integers(0, SLOT_COUNT - 1)
ranges = st.tuples(slot_numbers, slot_numbers).map(lambda ends: range(min(ends), max(ends) + 1))
number_sets = st.lists(ranges, max_size=6).map(lambda parts: {number for part in parts for number in part})
slot_sets = number_sets.map(from_numbers)


# --- text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("", NO_SLOTS),
        ("0-16383", ALL_SLOTS),
        ("7", (SlotRange(7, 7),)),
        ("8200,0-8191", (SlotRange(0, 8191), SlotRange(8200, 8200))),
        ("0-3, 4-9", (SlotRange(0, 9),)),
    ],
)
def test_slots_are_read_in_any_order_and_put_into_one_form(text: str, slots: Slots) -> None:
    assert parse_slots(text) == slots


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("16384", "between 0 and 16383"),
        ("9-3", "between 0 and 16383"),
        ("0-", "no range of slots"),
        ("-1", "no range of slots"),
        ("a-b", "no range of slots"),
        ("0 1", "no range of slots"),
        ("0-10,10", "more than once"),
        ("5,5", "more than once"),
    ],
)
def test_what_is_no_set_of_slots_is_refused_with_its_reason(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_slots(text)


@given(slot_sets)
def test_what_is_written_reads_back(slots: Slots) -> None:
    assert parse_slots(format_slots(slots)) == slots


# --- one form --------------------------------------------------------------------------------------


@given(number_sets)
def test_ranges_ascend_with_gaps_between_them_and_hold_exactly_the_numbers(wanted: set[int]) -> None:
    slots = from_numbers(wanted)

    assert list(numbers(slots)) == sorted(wanted)
    assert count(slots) == len(wanted)
    assert all(part.first <= part.last for part in slots)
    assert all(after.first > before.last + 1 for before, after in pairwise(slots))


# --- the laws of sets ------------------------------------------------------------------------------


@given(number_sets, number_sets)
def test_operations_are_those_of_sets(left: set[int], right: set[int]) -> None:
    one, other = from_numbers(left), from_numbers(right)

    assert union(one, other) == from_numbers(left | right)
    assert difference(one, other) == from_numbers(left - right)
    assert intersection(one, other) == from_numbers(left & right)


@given(slot_sets, slot_sets, slot_sets)
def test_several_at_once_are_one_after_the_other(one: Slots, second: Slots, third: Slots) -> None:
    assert union(one, second, third) == union(union(one, second), third)
    assert difference(one, second, third) == difference(difference(one, second), third)
    assert union() == NO_SLOTS


@given(slot_sets, slot_sets)
def test_what_is_taken_away_and_put_back_makes_the_whole(one: Slots, other: Slots) -> None:
    assert union(difference(one, other), intersection(one, other)) == one
    assert intersection(difference(one, other), other) == NO_SLOTS
    assert count(union(one, other)) == count(one) + count(other) - count(intersection(one, other))


@given(slot_sets, st.integers(0, SLOT_COUNT))
def test_the_ends_are_so_many_or_all(slots: Slots, wanted: int) -> None:
    in_order = list(numbers(slots))

    assert list(numbers(lowest(slots, wanted))) == in_order[:wanted]
    assert list(numbers(highest(slots, wanted))) == in_order[max(0, len(in_order) - wanted) :]
