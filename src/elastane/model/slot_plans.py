"""Who shall own which slots: when a group is made, when shards come and go, and when they are evened out.

Pure and deterministic: the same owners and the same shards give the same plan, whoever asks again. Asked by the
actions that create and reshard groups, and by the rule that moves slots. How a slot is moved is not known here.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

import msgspec

from elastane.model.ids import NodeGroupId
from elastane.model.slots import (
    ALL_SLOTS,
    NO_SLOTS,
    SLOT_COUNT,
    SlotRange,
    Slots,
    count,
    difference,
    highest,
    intersection,
    lowest,
    union,
)


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Slots that change their owner."""

    source: NodeGroupId
    target: NodeGroupId
    slots: Slots


def split_evenly(shard_count: int) -> tuple[Slots, ...]:
    """One range a shard, ascending; the first shards own one slot more where it does not come out even."""
    starts = accumulate(_even_counts(shard_count), initial=0)
    return tuple((SlotRange(first, after - 1),) for first, after in pairwise(starts))


def rebalanced(owned: Mapping[NodeGroupId, Slots], staying: Sequence[NodeGroupId]) -> dict[NodeGroupId, Slots]:
    """What each staying shard shall own, so that no two differ by more than one slot, and no slot moves that need not.

    A shard that has too many gives from its upper end. A shard that has too few takes first what lies beside its own,
    so that the ranges stay long; the rest comes from the lower end of what is given. Slots that nobody owns are given
    as well. `owned` may name shards that do not stay, and need not name those that are new.
    """
    assert count(union(*owned.values())) == sum(map(count, owned.values())), "a slot has one owner"
    counts = _least_moving_counts(owned, staying)
    wanted = {shard: lowest(owned.get(shard, NO_SLOTS), counts[shard]) for shard in staying}
    free = difference(ALL_SLOTS, *wanted.values())
    for choose in (_beside, _lowest_free):
        for shard in staying:
            chosen = choose(wanted[shard], free, counts[shard] - count(wanted[shard]))
            wanted[shard] = union(wanted[shard], chosen)
            free = difference(free, chosen)
    return wanted


def moves(owned: Mapping[NodeGroupId, Slots], wanted: Mapping[NodeGroupId, Slots]) -> tuple[Move, ...]:
    """What leads from one to the other, by source and then by target. Slots that nobody owns are no move."""
    pairs = ((source, target) for source in sorted(owned) for target in sorted(wanted) if source != target)
    crossings = ((source, target, intersection(owned[source], wanted[target])) for source, target in pairs)
    return tuple(Move(source=source, target=target, slots=slots) for source, target, slots in crossings if slots)


# --- how many each ---------------------------------------------------------------------------------


def _even_counts(shard_count: int) -> tuple[int, ...]:
    assert 1 <= shard_count <= SLOT_COUNT
    each, rest = divmod(SLOT_COUNT, shard_count)
    return (each + 1,) * rest + (each,) * (shard_count - rest)


def _least_moving_counts(owned: Mapping[NodeGroupId, Slots], staying: Iterable[NodeGroupId]) -> dict[NodeGroupId, int]:
    """Even counts. Those who have most already get the odd slots; of equal ones, those named first."""
    by_size = sorted(staying, key=lambda shard: -count(owned.get(shard, NO_SLOTS)))
    return dict(zip(by_size, _even_counts(len(by_size)), strict=True))


# --- which ones ------------------------------------------------------------------------------------


def _beside(own: Slots, free: Slots, missing: int) -> Slots:
    """Of the free slots, those that lengthen one of its own ranges, upwards or downwards."""
    ends = {part.last for part in own}
    starts = {part.first for part in own}
    chosen: list[SlotRange] = []
    for gap in free:
        left = missing - sum(part.last - part.first + 1 for part in chosen)
        if gap.first - 1 in ends:
            chosen.extend(lowest((gap,), left))
        elif gap.last + 1 in starts:
            chosen.extend(highest((gap,), left))
    return tuple(chosen)


def _lowest_free(own: Slots, free: Slots, missing: int) -> Slots:
    del own  # it has no neighbour among them any more
    return lowest(free, missing)
