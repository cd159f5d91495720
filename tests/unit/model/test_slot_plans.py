"""Who shall own which slots: even, minimal, the same every time."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elastane.model.ids import NodeGroupId
from elastane.model.slot_plans import Move, moves, rebalanced, split_evenly
from elastane.model.slots import (
    ALL_SLOTS,
    NO_SLOTS,
    SLOT_COUNT,
    SlotRange,
    Slots,
    count,
    difference,
    intersection,
    parse_slots,
    union,
)

Owned = Mapping[NodeGroupId, Slots]


def shards(*numbers: int) -> tuple[NodeGroupId, ...]:
    return tuple(NodeGroupId(f"{number:04d}") for number in numbers)


def owners(**texts: str) -> dict[NodeGroupId, Slots]:
    """``_1="0-99"``: what shard 0001 owns."""
    return {NodeGroupId(f"{int(name[1:]):04d}"): parse_slots(text) for name, text in texts.items()}


def evenly(shard_count: int) -> dict[NodeGroupId, Slots]:
    return dict(zip(shards(*range(1, shard_count + 1)), split_evenly(shard_count), strict=True))


@st.composite
def layouts(draw: st.DrawFn) -> Owned:
    """Any owners of any ranges, some slots perhaps with nobody."""
    names = shards(*range(1, draw(st.integers(1, 8)) + 1))
    cuts = sorted(draw(st.sets(st.integers(1, SLOT_COUNT - 1), max_size=20)))
    owned: dict[NodeGroupId, Slots] = dict.fromkeys(names, NO_SLOTS)
    for first, after in zip([0, *cuts], [*cuts, SLOT_COUNT], strict=True):
        owner = draw(st.sampled_from([*names, None]))
        if owner is not None:
            owned[owner] = union(owned[owner], (SlotRange(first, after - 1),))
    return owned


@st.composite
def changes(draw: st.DrawFn) -> tuple[Owned, tuple[NodeGroupId, ...]]:
    """Owners, and which shards there shall be: some of them, and new ones."""
    owned = draw(layouts())
    kept = draw(st.sets(st.sampled_from(sorted(owned))))
    new = draw(st.integers(0 if kept else 1, 5))
    return owned, (*sorted(kept), *shards(*range(11, 11 + new)))


# --- an even beginning -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shard_count", "texts"),
    [
        (1, ["0-16383"]),
        (2, ["0-8191", "8192-16383"]),
        (3, ["0-5461", "5462-10922", "10923-16383"]),
        (5, ["0-3276", "3277-6553", "6554-9830", "9831-13107", "13108-16383"]),
    ],
)
def test_slots_are_split_as_aws_splits_them(shard_count: int, texts: list[str]) -> None:
    assert split_evenly(shard_count) == tuple(parse_slots(text) for text in texts)


@given(st.integers(1, 500))
def test_a_split_leaves_no_slot_out_and_differs_by_one_at_most(shard_count: int) -> None:
    parts = split_evenly(shard_count)

    assert union(*parts) == ALL_SLOTS
    assert sum(map(count, parts)) == SLOT_COUNT
    assert [len(part) for part in parts] == [1] * shard_count
    assert max(map(count, parts)) - min(map(count, parts)) <= 1


# --- examples that one can follow -------------------------------------------------------------------


def test_a_new_shard_takes_the_upper_end_of_every_other() -> None:
    wanted = rebalanced(evenly(3), shards(1, 2, 3, 4))

    assert wanted == owners(_1="0-4095", _2="5462-9557", _3="10923-15018", _4="4096-5461,9558-10922,15019-16383")


def test_what_a_leaving_shard_owned_lengthens_its_neighbours() -> None:
    wanted = rebalanced(evenly(3), shards(1, 3))

    assert wanted == owners(_1="0-8191", _3="8192-16383")


def test_a_shard_that_is_nobodys_neighbour_takes_what_is_left() -> None:
    wanted = rebalanced(evenly(3), shards(1, 2))

    assert wanted == owners(_1="0-5461,13654-16383", _2="5462-13653")


def test_the_last_shard_that_stays_owns_everything() -> None:
    assert rebalanced(evenly(5), shards(4)) == owners(_4="0-16383")


def test_slots_that_nobody_owned_get_an_owner() -> None:
    wanted = rebalanced(owners(_1="0-99", _2="8192-16383"), shards(1, 2))

    assert wanted == owners(_1="0-8191", _2="8192-16383")


def test_who_has_most_keeps_the_odd_slot() -> None:
    even_for_three = owners(_1="0-5460", _2="5461-10921", _3="10922-16383")

    assert rebalanced(even_for_three, shards(1, 2, 3)) == even_for_three


def test_moves_say_who_gives_what_to_whom() -> None:
    owned = evenly(3)

    planned = moves(owned, rebalanced(owned, shards(3, 4)))

    source, second, third, new = shards(1, 2, 3, 4)
    assert planned == (
        Move(source=source, target=new, slots=parse_slots("0-5461")),
        Move(source=second, target=third, slots=parse_slots("8192-10922")),
        Move(source=second, target=new, slots=parse_slots("5462-8191")),
    )


def test_a_slot_that_nobody_owns_is_no_move() -> None:
    assert moves(owners(_1="0-99"), owners(_1="0-8191", _2="8192-16383")) == ()


# --- whatever the owners ---------------------------------------------------------------------------


@given(changes())
@example((evenly(3), shards(1, 2, 3)))
def test_every_slot_has_one_owner_afterwards(change: tuple[Owned, Sequence[NodeGroupId]]) -> None:
    owned, staying = change

    wanted = rebalanced(owned, staying)

    assert tuple(wanted) == tuple(staying)
    assert union(*wanted.values()) == ALL_SLOTS
    assert sum(map(count, wanted.values())) == SLOT_COUNT


@given(changes())
def test_no_two_shards_differ_by_more_than_one_slot(change: tuple[Owned, Sequence[NodeGroupId]]) -> None:
    counts = [count(slots) for slots in rebalanced(*change).values()]

    assert max(counts) - min(counts) <= 1


@given(changes())
def test_no_slot_moves_that_need_not(change: tuple[Owned, Sequence[NodeGroupId]]) -> None:
    owned, staying = change
    each, odd = divmod(SLOT_COUNT, len(staying))
    present = sorted((count(owned.get(shard, NO_SLOTS)) for shard in staying), reverse=True)
    kept_at_best = sum(min(own, each + (place < odd)) for place, own in enumerate(present))

    planned = moves(owned, rebalanced(owned, staying))

    assert sum(count(move.slots) for move in planned) == sum(map(count, owned.values())) - kept_at_best


@given(changes())
def test_moves_lead_from_what_is_owned_to_what_is_wanted(change: tuple[Owned, Sequence[NodeGroupId]]) -> None:
    owned, staying = change
    wanted = rebalanced(owned, staying)

    planned = moves(owned, wanted)

    after = dict.fromkeys(staying, NO_SLOTS) | dict(owned)
    for move in planned:
        assert difference(move.slots, after[move.source]) == NO_SLOTS
        after[move.source] = difference(after[move.source], move.slots)
        after[move.target] = union(after[move.target], move.slots)
    everybodys = union(*owned.values())
    assert {shard: slots for shard, slots in after.items() if shard in staying} == {
        shard: intersection(slots, everybodys) for shard, slots in wanted.items()
    }
    assert all(after[shard] == NO_SLOTS for shard in owned if shard not in staying)


@given(changes())
def test_what_is_balanced_moves_nothing(change: tuple[Owned, Sequence[NodeGroupId]]) -> None:
    _, staying = change
    balanced = rebalanced(*change)

    again = rebalanced(balanced, staying)

    assert again == balanced
    assert moves(balanced, again) == ()


@given(changes(), st.randoms())
def test_the_order_in_which_owners_are_told_does_not_matter(
    change: tuple[Owned, Sequence[NodeGroupId]], random: Any
) -> None:
    owned, staying = change
    told = list(owned.items())
    random.shuffle(told)

    wanted = rebalanced(dict(told), staying)

    assert wanted == rebalanced(owned, staying)
    assert moves(dict(told), wanted) == moves(owned, wanted)


@given(st.integers(1, 60))
def test_from_nothing_it_is_the_even_split(shard_count: int) -> None:
    wanted = rebalanced({}, shards(*range(1, shard_count + 1)))

    assert tuple(wanted.values()) == split_evenly(shard_count)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_ranges_stay_few_however_often_shards_come_and_go(shard_counts: list[int]) -> None:
    owned: Owned = evenly(3)
    for shard_count in shard_counts:
        owned = rebalanced(owned, shards(*range(1, shard_count + 1)))

    assert sum(len(slots) for slots in owned.values()) <= 3 * 12 * len(shard_counts)
