"""Which zone a new node goes to: named ones as the customer named them, the others spread evenly.

Asked when a group is created and when it grows. Pure: which zones there are is an argument, and
whether a named zone exists is checked by the caller.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from elastane.model.ids import Zone


def fill_zones(wanted: Sequence[Zone | None], *, allowed: Sequence[Zone], occupied: Iterable[Zone]) -> tuple[Zone, ...]:
    """A zone for each node wanted: its own where it names one, else the allowed zone with the fewest nodes.

    Equal zones are taken in their given order, so a primary and its first replica share a zone only
    when there is no second one, or when the customer said so.
    """
    assert allowed, "a subnet group has at least one subnet"
    node_count = Counter(occupied)
    node_count.update(zone for zone in wanted if zone is not None)
    filled: list[Zone] = []
    for zone in wanted:
        if zone is None:
            chosen = min(allowed, key=lambda candidate: node_count[candidate])
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
