"""What parameters of Memcached come to on a node, and which a node cannot be started with. Pure.

Called by `engines.memcached`, which renders them as options, and by `service`, which refuses what does not fit.
memcached ends at its start with a sentence where sizes do not agree with one another (main, memcached.c), so that it
never comes to that here: of sizes that AWS takes and memcached does not, those that agree and are hardly larger are
made (`item_sizes`), and what leaves a node no memory is refused (`find_misfit`).
"""

from collections.abc import Mapping
from typing import NamedTuple

from elastane.catalog import families
from elastane.catalog.node_types import NodeType

FAMILY = "memcached1.6"

MEGABYTE = 1024 * 1024

CHUNK_BYTES_MIN = 1024
"""The option is in kilobytes."""

ITEM_STEPS = 16
"""An item size is rounded up to such a part of the power of two below it: by less than 6.25 %."""


class ItemSizes(NamedTuple):
    """Of which the second one divides the first one, and a slab's page of a megabyte."""

    item_bytes: int
    chunk_bytes: int


def all_values(changed: Mapping[str, str], node_type: NodeType) -> dict[str, str]:
    """Of every parameter of the family, on a node of a type that runs Memcached."""
    defaults = {one.name: one.value for one in families.parameters(FAMILY) if one.value is not None}
    return {**defaults, **changed, **families.node_type_values(FAMILY, node_type)}


def item_memory_megabytes(values: Mapping[str, str]) -> int:
    """What is left for items. Less than a node starts with only where `find_misfit` was not asked."""
    left = int(values["max_cache_memory"]) - int(values["memcached_connections_overhead"])
    return max(left, _needed_megabytes(values))


def item_sizes(values: Mapping[str, str]) -> ItemSizes:
    """``-I`` and ``slab_chunk_max``: as the parameters say, wherever memcached starts with that.

    It wants the first one to be a multiple of the second one. Which is a power of two here, so an item size is rounded
    up to where it has such a divisor that is not small, and chunks are made as much smaller as that needs.
    """
    asked, chunk_bytes_max = int(values["max_item_size"]), int(values["slab_chunk_max"])
    step = max(CHUNK_BYTES_MIN, min(chunk_bytes_max, _power_of_two_below(asked) // ITEM_STEPS))
    item_bytes = -(-asked // step) * step
    return ItemSizes(item_bytes, min(chunk_bytes_max, item_bytes & -item_bytes))


def find_misfit(changed: Mapping[str, str], node_type: NodeType) -> str | None:
    """Why a node of this type would not start with these values; None when it would."""
    values = all_values(changed, node_type)
    memory, overhead = int(values["max_cache_memory"]), int(values["memcached_connections_overhead"])
    if memory - overhead >= _needed_megabytes(values):
        return None
    return (
        f"memcached_connections_overhead {overhead} leaves {max(0, memory - overhead)} MB of the {memory} MB of "
        f"{node_type.name} for items, and max_item_size {values['max_item_size']} needs {_needed_megabytes(values)} MB."
    )


def _needed_megabytes(values: Mapping[str, str]) -> int:
    """memcached takes no item size of more than half of its memory."""
    return -(-2 * item_sizes(values).item_bytes // MEGABYTE)


def _power_of_two_below(number: int) -> int:
    """The largest one that is not larger."""
    return 1 << (number.bit_length() - 1)
