"""Hash slots: the 16,384 parts of a key space that cluster mode divides among node groups.

Pure arithmetic on sets of slots, written as ranges: sorted, apart from each other, each end included. Who shall own
which is decided in `slot_plans`; which slot a key belongs to is the engines' business.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

SLOT_COUNT = 16384


class SlotRange(msgspec.Struct, frozen=True, order=True, array_like=True):
    """From `first` to `last`, both included."""

    first: int
    last: int


Slots = tuple[SlotRange, ...]
"""A set of slots in the one form it has: ascending ranges with gaps between them."""

NO_SLOTS: Slots = ()
ALL_SLOTS: Slots = (SlotRange(0, SLOT_COUNT - 1),)

_PART = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?\Z")


def parse_slots(text: str) -> Slots:
    """``0-8191,8200`` as AWS's API and CLUSTER NODES write it. Raises ValueError; a slot named twice is one, too."""
    ranges: list[SlotRange] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _PART.match(part)
        if match is None:
            raise ValueError(f"{part!r} is no range of slots, such as 0-8191.")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last < SLOT_COUNT:
            raise ValueError(f"{part!r} is no range of slots between 0 and {SLOT_COUNT - 1}.")
        ranges.append(SlotRange(first, last))
    slots = union(tuple(ranges))
    if count(slots) != sum(part.last - part.first + 1 for part in ranges):
        raise ValueError(f"{text!r} names a slot more than once.")
    return slots


def format_slots(slots: Slots) -> str:
    """As AWS's API writes them: ``0-5461,10923``."""
    return ",".join(str(part.first) if part.first == part.last else f"{part.first}-{part.last}" for part in slots)


def count(slots: Slots) -> int:
    return sum(part.last - part.first + 1 for part in slots)


def numbers(slots: Slots) -> Iterator[int]:
    """One by one, ascending."""
    return (number for part in slots for number in range(part.first, part.last + 1))


def from_numbers(slot_numbers: Iterable[int]) -> Slots:
    return _ranges(sum(1 << number for number in set(slot_numbers)))


def union(*sets: Slots) -> Slots:
    """Also puts ranges in any order, touching or overlapping, into the one form."""
    bits = 0
    for slots in sets:
        bits |= _bits(slots)
    return _ranges(bits)


def difference(slots: Slots, *others: Slots) -> Slots:
    bits = _bits(slots)
    for other in others:
        bits &= ~_bits(other)
    return _ranges(bits)


def intersection(slots: Slots, other: Slots) -> Slots:
    return _ranges(_bits(slots) & _bits(other))


def highest(slots: Slots, slot_count: int) -> Slots:
    """So many of them, from the upper end; all of them when there are fewer."""
    taken: list[SlotRange] = []
    for part in reversed(slots):
        if slot_count == 0:
            break
        length = min(slot_count, part.last - part.first + 1)
        taken.append(SlotRange(part.last - length + 1, part.last))
        slot_count -= length
    return tuple(reversed(taken))


def lowest(slots: Slots, slot_count: int) -> Slots:
    """So many of them, from the lower end; all of them when there are fewer."""
    return difference(slots, highest(slots, count(slots) - min(slot_count, count(slots))))


# A set is a number of 16,384 bits while it is computed with: every operation is one instruction of Python.


@lru_cache(maxsize=4096)
def _bits(slots: Slots) -> int:
    bits = 0
    for part in slots:
        bits |= ((1 << (part.last - part.first + 1)) - 1) << part.first
    return bits


@lru_cache(maxsize=4096)
def _ranges(bits: int) -> Slots:
    ranges: list[SlotRange] = []
    first = 0
    while bits:
        gap = (bits & -bits).bit_length() - 1  # zeros below the lowest one
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1  # ones from there on
        ranges.append(SlotRange(first + gap, first + gap + length - 1))
        bits >>= length
        first += gap + length
    return tuple(ranges)
