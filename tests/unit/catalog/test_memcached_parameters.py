"""Sizes of items that memcached starts with, and what leaves a node no memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.catalog import memcached_parameters as parameters
from elastane.catalog.node_types import all_node_types, get_node_type

MICRO = get_node_type("cache.t4g.micro")
PAGE_BYTES = 1024 * 1024


def sizes(item: int, chunk: int = 524288) -> tuple[int, int]:
    return parameters.item_sizes({"max_item_size": str(item), "slab_chunk_max": str(chunk)})


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ((1048576, 524288), (1048576, 524288)),
        ((10485760, 524288), (10485760, 524288)),
        ((134217728, 524288), (134217728, 524288)),
        ((10_000_000, 524288), (10485760, 524288)),
        ((1_500_000, 524288), (1507328, 65536)),
        ((524288, 524288), (524288, 524288)),
        ((262144, 524288), (262144, 262144)),
        ((100_000, 524288), (102400, 4096)),
        ((1024, 524288), (1024, 1024)),
        ((2097152, 1048576), (2097152, 1048576)),
        ((1048576, 1024), (1048576, 1024)),
    ],
)
def test_item_and_chunk_sizes_are_made_to_agree(asked: tuple[int, int], made: tuple[int, int]) -> None:
    assert sizes(*asked) == made


@given(item=st.integers(1024, 134217728), chunk=st.sampled_from([1024 << number for number in range(11)]))
def test_whatever_is_asked_for_memcached_starts_with_and_no_item_is_refused_that_is_small_enough(
    item: int, chunk: int
) -> None:
    item_bytes, chunk_bytes = sizes(item, chunk)

    assert item_bytes % chunk_bytes == 0 == PAGE_BYTES % chunk_bytes
    assert 1024 <= chunk_bytes <= min(chunk, item_bytes)
    assert item <= item_bytes <= max(item * (1 + 1 / 16), item + 1024)


def test_every_node_type_that_runs_memcached_starts_with_the_defaults() -> None:
    memcached = [node_type for node_type in all_node_types() if node_type.memcached is not None]

    assert memcached
    assert [one.name for one in memcached if parameters.find_misfit({}, one) is not None] == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"memcached_connections_overhead": "512"}, "leaves 0 MB of the 512 MB of cache.t4g.micro"),
        ({"memcached_connections_overhead": "511"}, "max_item_size 1048576 needs 2 MB"),
        ({"memcached_connections_overhead": "300", "max_item_size": "134217728"}, "needs 256 MB"),
    ],
)
def test_what_leaves_too_little_memory_for_two_items_is_told(changed: dict[str, str], sentence: str) -> None:
    misfit = parameters.find_misfit(changed, MICRO)

    assert misfit is not None and sentence in misfit


def test_what_leaves_just_enough_fits() -> None:
    values = parameters.all_values({"memcached_connections_overhead": "510"}, MICRO)

    assert parameters.find_misfit({"memcached_connections_overhead": "510"}, MICRO) is None
    assert parameters.item_memory_megabytes(values) == 2


def test_a_node_is_started_all_the_same_when_nobody_asked_whether_it_fits() -> None:
    values = parameters.all_values({"memcached_connections_overhead": "100000"}, MICRO)

    assert parameters.item_memory_megabytes(values) == 2
