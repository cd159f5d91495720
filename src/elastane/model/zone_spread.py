"""Which zone a new node goes to: named ones as the customer named them, the others spread evenly.

Asked when a group is created and when it grows. Pure: which zones there are is an argument, and
whether a named zone exists is checked by the caller.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from elastane.model.ids import Zone

NOBODY: Mapping[Zone, int] = MappingProxyType({})


def spread_shards(
    shards: Sequence[Sequence[Zone | None]], *, allowed: Sequence[Zone], present: Sequence[Sequence[Zone]] = ()
) -> tuple[tuple[Zone, ...], ...]:
    """Zones for whole new shards, each shard's primary first; `present` are the zones of the shards there are.

    In this order: a primary and its replicas share no zone while there is another; primaries, who take all writes,
    are spread over the zones; and so is everybody.
    """
    known = [*present, *([zone for zone in shard if zone is not None] for shard in shards)]
    node_counts = Counter(zone for shard in known for zone in shard)
    primary_counts = Counter(shard[0] for shard in [*present, *shards] if shard[0] is not None)
    chosen: list[tuple[Zone, ...]] = []
    for wanted in shards:
        named = [zone for zone in wanted if zone is not None]
        (primary,) = fill_zones(wanted[:1], allowed=allowed, occupied=named, elsewhere=primary_counts)
        replicas = fill_zones(wanted[1:], allowed=allowed, occupied=(primary,), elsewhere=node_counts)
        if wanted[0] is None:
            primary_counts[primary] += 1
        node_counts.update(Counter((primary, *replicas)) - Counter(named))
        chosen.append((primary, *replicas))
    return tuple(chosen)


def fill_zones(
    wanted: Sequence[Zone | None],
    *,
    allowed: Sequence[Zone],
    occupied: Iterable[Zone],
    elsewhere: Mapping[Zone, int] = NOBODY,
) -> tuple[Zone, ...]:
    """A zone for each node of one node group: its own where it names one, else the allowed zone with the fewest nodes.

    `occupied` are the zones of the node group's other nodes; among equal ones the zone wins with fewer nodes
    `elsewhere`, then the one named first. So a primary and its first replica share a zone only when there is no second
    one, or when the customer said so.
    """
    assert allowed, "a subnet group has at least one subnet"
    node_count = Counter(occupied)
    node_count.update(zone for zone in wanted if zone is not None)
    filled: list[Zone] = []
    for zone in wanted:
        if zone is None:
            chosen = min(allowed, key=lambda candidate: (node_count[candidate], elsewhere.get(candidate, 0)))
            node_count[chosen] += 1
            filled.append(chosen)
        else:
            filled.append(zone)
    return tuple(filled)


def zones_of_new_nodes(preferred: Sequence[Zone], *, occupied: Iterable[Zone]) -> tuple[Zone, ...] | None:
    """What a list of all nodes' zones leaves for the new ones, in its order; None when it would move a present node.

    IncreaseReplicaCount names a zone for every node the group will have, the present ones included.
    """
    present = Counter(occupied)
    new_zones: list[Zone] = []
    for zone in preferred:
        if present[zone] > 0:
            present[zone] -= 1
        else:
            new_zones.append(zone)
    return None if present.total() > 0 else tuple(new_zones)


def surplus_zones(preferred: Sequence[Zone], *, occupied: Iterable[Zone]) -> tuple[Zone, ...] | None:
    """One zone for each present node that a list of the zones of those that stay has no place for; None when it names a
    zone more often than nodes are there.
    """
    return zones_of_new_nodes(tuple(occupied), occupied=preferred)
