"""Where new nodes go."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.ids import Zone
from elastane.model.zone_spread import fill_zones, spread_shards, zones_of_new_nodes

A, B, C = Zone("us-east-1a"), Zone("us-east-1b"), Zone("us-east-1c")
ZONES = (A, B, C)


@pytest.mark.parametrize(
    ("wanted", "allowed", "occupied", "expected"),
    [
        ((None, None, None, None), ZONES, (), (A, B, C, A)),
        ((None, None), (B,), (), (B, B)),
        ((None,), ZONES, (A, B), (C,)),
        ((None,), ZONES, (B,), (A,)),
        ((C, None, None), ZONES, (), (C, A, B)),
        ((B, B, None), ZONES, (), (B, B, A)),
        ((None, A), ZONES, (), (B, A)),
        ((), ZONES, (A,), ()),
    ],
)
def test_nodes_go_where_they_are_named_to_and_else_where_the_fewest_are(
    wanted: tuple[Zone | None, ...], allowed: tuple[Zone, ...], occupied: tuple[Zone, ...], expected: tuple[Zone, ...]
) -> None:
    assert fill_zones(wanted, allowed=allowed, occupied=occupied) == expected


@given(count=st.integers(min_value=2, max_value=6), allowed=st.integers(min_value=2, max_value=3))
def test_a_primary_and_its_first_replica_never_share_a_zone_when_there_are_two(count: int, allowed: int) -> None:
    filled = fill_zones((None,) * count, allowed=ZONES[:allowed], occupied=())

    assert filled[0] != filled[1]


@given(
    wanted=st.lists(st.sampled_from((None, A, B, C)), max_size=6),
    occupied=st.lists(st.sampled_from(ZONES), max_size=6),
)
def test_named_zones_are_kept_and_free_ones_are_level(wanted: list[Zone | None], occupied: list[Zone]) -> None:
    filled = fill_zones(wanted, allowed=ZONES, occupied=occupied)

    assert len(filled) == len(wanted)
    assert all(named in (None, zone) for named, zone in zip(wanted, filled, strict=True))
    total = Counter([*occupied, *filled])
    chosen = [zone for named, zone in zip(wanted, filled, strict=True) if named is None]
    assert all(total[zone] <= min(total[other] for other in ZONES) + 1 for zone in chosen)


@pytest.mark.parametrize(
    ("shards", "allowed", "present", "expected"),
    [
        (((None, None),) * 3, ZONES, (), ((A, B), (B, C), (C, A))),
        (((None,),) * 4, ZONES, (), ((A,), (B,), (C,), (A,))),
        (((None, None),) * 2, (B,), (), ((B, B), (B, B))),
        (((None, None),), ZONES, ((A, B), (B, C)), ((C, A),)),
        (((None, A), (A, None), (None, None)), ZONES, (), ((B, A), (A, C), (C, B))),
    ],
)
def test_shards_go_where_they_are_named_to_and_else_are_spread(
    shards: tuple[tuple[Zone | None, ...], ...],
    allowed: tuple[Zone, ...],
    present: tuple[tuple[Zone, ...], ...],
    expected: tuple[tuple[Zone, ...], ...],
) -> None:
    assert spread_shards(shards, allowed=allowed, present=present) == expected


@given(
    shard_count=st.integers(min_value=1, max_value=12),
    replica_count=st.integers(min_value=0, max_value=5),
    zone_count=st.integers(min_value=1, max_value=3),
)
def test_primaries_are_level_over_the_zones_and_replicas_are_elsewhere(
    shard_count: int, replica_count: int, zone_count: int
) -> None:
    allowed = ZONES[:zone_count]

    spread = spread_shards(((None,) * (replica_count + 1),) * shard_count, allowed=allowed)

    primaries = Counter(shard[0] for shard in spread)
    everybody = Counter(zone for shard in spread for zone in shard)
    assert max(primaries[zone] for zone in allowed) - min(primaries[zone] for zone in allowed) <= 1
    assert max(everybody[zone] for zone in allowed) - min(everybody[zone] for zone in allowed) <= 1
    for shard in spread:
        assert len(set(shard)) == min(replica_count + 1, zone_count)


@given(
    shards=st.lists(st.lists(st.sampled_from((None, A, B, C)), min_size=1, max_size=6), max_size=6),
    present=st.lists(st.lists(st.sampled_from(ZONES), min_size=1, max_size=3), max_size=3),
)
def test_a_shard_s_zones_are_kept_where_they_are_named(
    shards: list[list[Zone | None]], present: list[list[Zone]]
) -> None:
    spread = spread_shards(shards, allowed=ZONES, present=present)

    assert [len(shard) for shard in spread] == [len(shard) for shard in shards]
    for wanted, chosen in zip(shards, spread, strict=True):
        assert all(named in (None, zone) for named, zone in zip(wanted, chosen, strict=True))


@pytest.mark.parametrize(
    ("preferred", "occupied", "expected"),
    [
        ((A, B, C), (A, B), (C,)),
        ((C, B, A), (A,), (C, B)),
        ((A, A, B), (A, B), (A,)),
        ((A, B), (A, B), ()),
        ((B, C), (A,), None),
        ((A, B), (A, A), None),
    ],
)
def test_a_list_of_all_zones_says_where_the_new_nodes_go(
    preferred: tuple[Zone, ...], occupied: tuple[Zone, ...], expected: tuple[Zone, ...] | None
) -> None:
    assert zones_of_new_nodes(preferred, occupied=occupied) == expected
