"""How measurements lie on the disk: rows of one moment, and blocks of a stretch of time. Pure functions over bytes.

    row     all numbers of one subject at one moment: {name id: value}
    block   all numbers of one subject in one stretch: {name id: column over the stretch's slots}

A value is a number while it is one measurement, else a `PackedSet`. One of few distinct values is those values and how
often each was measured, and nothing else: count, sum and extremes follow. With more of them than `distinct_count_max`
the values become logarithmic buckets, each 10 % wide like those of CloudWatch's SEH1 distributions, so that a
percentile is told within 5 %; then count, sum and extremes are kept beside them and stay exact. Values below zero
have buckets of their own, and so has zero.

In a block the numbers of a column lie together: the same ones as one, whole ones as differences, all others as doubles
with their bytes sorted by significance. Then zlib makes about two bytes of a number.
"""

import math
import sys
import zlib
from array import array
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import sub
from typing import TypeAlias, cast

import msgspec
from msgspec import msgpack

from elastane.model import statistic_sets
from elastane.model.statistic_sets import StatisticSet

BUCKET_RATIO = 1.1
WHOLE_MAX = 2.0**53
"""Up to here every whole number is one double, and differences of them are exact."""
COMPRESSION_LEVEL = 6
SUM_TOLERANCE = 1e-9
"""So near is a sum to what follows from the values, whatever the order in which they were added."""

DAMAGED = (zlib.error, msgspec.DecodeError)
"""What decoding raises for bytes that nothing here has written."""

Head: TypeAlias = tuple[float, float, float, float]
"""Count, sum, minimum, maximum."""


class PackedSet(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """`pairs`: a value and its count, again and again, in the order of values. With a head they are buckets' codes and
    their counts, or none where nobody knows the distribution."""

    pairs: tuple[float, ...]
    head: Head | None = None


Value: TypeAlias = float | PackedSet
Row: TypeAlias = dict[int, Value]
Column: TypeAlias = dict[int, Value]
"""Slots and what was measured in them."""
Block: TypeAlias = dict[int, Column]

Series: TypeAlias = int | float | list[int] | bytes
"""Numbers, one after the other: one for all, differences, or doubles."""


# --- values --------------------------------------------------------------------------------------


def pack(value: float | StatisticSet, distinct_count_max: int) -> Value:
    if not isinstance(value, StatisticSet):
        return value
    if value.counts and not _is_told_by_counts(value):
        return _with_head(value)
    return _without_head(value) if 0 < len(value.counts) <= distinct_count_max else _with_head(value)


def unpack(value: Value) -> StatisticSet:
    if not isinstance(value, PackedSet):
        return statistic_sets.of_value(value)
    pairs = value.pairs
    if value.head is None:
        return statistic_sets.of_counts(zip(pairs[::2], pairs[1::2], strict=True))
    count, total, minimum, maximum = value.head
    # A bucket's own value may lie beyond what was really measured; within its bounds it is still of that bucket.
    near = (min(max(_of_code(int(code)), minimum), maximum) for code in pairs[::2])
    return StatisticSet(count, total, minimum, maximum, tuple(zip(near, pairs[1::2], strict=True)))


def merge(values: Sequence[Value], distinct_count_max: int) -> Value:
    """Of at least one. What is still known of every part is known of the whole."""
    if len(values) == 1:
        return values[0]
    counts: dict[float, float] = {}
    for value in values:
        if not isinstance(value, PackedSet):
            counts[value] = counts.get(value, 0) + 1
        elif value.head is None:
            for measured, count in zip(value.pairs[::2], value.pairs[1::2], strict=True):
                counts[measured] = counts.get(measured, 0) + count
        else:
            return pack(statistic_sets.merge(unpack(each) for each in values), distinct_count_max)
    if len(counts) <= distinct_count_max:
        return PackedSet(tuple(number for pair in sorted(counts.items()) for number in pair))
    return _with_head(statistic_sets.of_counts(counts.items()))


def _is_told_by_counts(value: StatisticSet) -> bool:
    told = statistic_sets.of_counts(value.counts)
    return (
        (told.minimum, told.maximum) == (value.minimum, value.maximum)
        and math.isclose(told.sum, value.sum, rel_tol=SUM_TOLERANCE)
        and math.isclose(told.sample_count, value.sample_count, rel_tol=SUM_TOLERANCE)
    )


def _without_head(value: StatisticSet) -> PackedSet:
    return PackedSet(tuple(number for pair in value.counts for number in pair))


def _with_head(value: StatisticSet) -> PackedSet:
    buckets: dict[int, float] = {}
    for measured, count in value.counts:
        code = _code(measured)
        buckets[code] = buckets.get(code, 0) + count
    return PackedSet(
        tuple(number for pair in sorted(buckets.items()) for number in pair),
        (value.sample_count, value.sum, value.minimum, value.maximum),
    )


# --- buckets -------------------------------------------------------------------------------------

_LOG_RATIO = math.log(BUCKET_RATIO)
_FIRST = round(math.log(math.ulp(0.0)) / _LOG_RATIO) - 1
"""Below the bucket of the smallest number that there is: codes of positive values are positive."""


def _code(value: float) -> int:
    """In the order of values: below zero for negative ones, 0 for zero."""
    if value == 0:
        return 0
    index = round(math.log(abs(value)) / _LOG_RATIO) - _FIRST
    return index if value > 0 else -index


def _of_code(code: int) -> float:
    if code == 0:
        return 0.0
    return math.copysign(math.exp(min((abs(code) + _FIRST) * _LOG_RATIO, _LOG_MAX)), code)


_LOG_MAX = math.log(sys.float_info.max)


# --- rows ----------------------------------------------------------------------------------------

_row_decoder = msgpack.Decoder(Row)
encode_row: Callable[[Row], bytes] = msgpack.Encoder().encode


def decode_row(body: bytes) -> Row:
    return _row_decoder.decode(body)


def merge_rows(rows: Iterable[Row], distinct_count_max: int) -> Row:
    """Of the same moment."""
    merged: Row = {}
    for row in rows:
        for name, value in row.items():
            merged[name] = merge((merged[name], value), distinct_count_max) if name in merged else value
    return merged


def merge_blocks(block: Block, added: Mapping[int, Column], distinct_count_max: int) -> Block:
    merged = dict(block)
    for name, column in added.items():
        before = merged.get(name, {})
        both = {slot: merge((before[slot], column[slot]), distinct_count_max) for slot in before.keys() & column.keys()}
        merged[name] = {**before, **column, **both}
    return merged


# --- blocks --------------------------------------------------------------------------------------


class _PackedColumn(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """`slots` has a bit for each slot that has a value. Only columns of plain numbers have no `sizes`.

    A size is twice the number of pairs, and one more where there is a head.
    """

    slots: bytes
    values: Series
    sizes: Series | None = None
    codes: Series = 0
    counts: Series = 0
    heads: tuple[Series, Series, Series, Series] | None = None


_block_decoder = msgpack.Decoder(dict[int, msgspec.Raw])
_column_decoder = msgpack.Decoder(_PackedColumn)


def encode_block(block: Mapping[int, Column]) -> bytes:
    columns = {name: _pack_column(column) for name, column in sorted(block.items()) if column}
    return zlib.compress(msgpack.encode(columns), COMPRESSION_LEVEL)


def decode_block(body: bytes, names: Container[int] | None = None) -> Block:
    """Only of these names, where some are given. Raises DAMAGED."""
    columns = _block_decoder.decode(zlib.decompress(body))
    return {
        name: _unpack_column(_column_decoder.decode(raw))
        for name, raw in columns.items()
        if names is None or name in names
    }


def _pack_column(column: Column) -> _PackedColumn:
    slots = sorted(column)
    values = [column[slot] for slot in slots]
    bits = _bits(tuple(slots))
    if PackedSet not in set(map(type, values)):
        return _PackedColumn(bits, _pack_numbers(cast(list[float], values)))
    sets = [value if isinstance(value, PackedSet) else PackedSet((value, 1.0)) for value in values]
    plain = [value.pairs for value in sets if value.head is None]
    heads = [value.head for value in sets if value.head is not None]
    coded = [value.pairs for value in sets if value.head is not None]
    return _PackedColumn(
        bits,
        _pack_numbers([number for pairs in plain for number in pairs[::2]]),
        _pack_numbers([len(value.pairs) + (value.head is not None) for value in sets]),
        _pack_numbers([code for pairs in coded for code in pairs[::2]]),
        _pack_numbers([count for value in sets for count in value.pairs[1::2]]),
        _pack_heads(heads) if heads else None,
    )


def _pack_heads(heads: Sequence[Head]) -> tuple[Series, Series, Series, Series]:
    counts, sums, minimums, maximums = zip(*heads, strict=True)
    return _pack_numbers(counts), _pack_numbers(sums), _pack_numbers(minimums), _pack_numbers(maximums)


def _unpack_column(packed: _PackedColumn) -> Column:
    slots = _slots(packed.slots)
    if packed.sizes is None:
        return dict(zip(slots, _unpack_numbers(packed.values, len(slots)), strict=True))
    sizes = [int(size) for size in _unpack_numbers(packed.sizes, len(slots))]
    values = iter(_unpack_numbers(packed.values, sum(size // 2 for size in sizes if not size % 2)))
    codes = iter(_unpack_numbers(packed.codes, sum(size // 2 for size in sizes if size % 2)))
    counts = iter(_unpack_numbers(packed.counts, sum(size // 2 for size in sizes)))
    head_count = sum(size % 2 for size in sizes)
    heads = zip(*(_unpack_numbers(series, head_count) for series in packed.heads or ()), strict=True)
    column: Column = {}
    for slot, size in zip(slots, sizes, strict=True):
        firsts = codes if size % 2 else values
        pairs = tuple(next(numbers) for _ in range(size // 2) for numbers in (firsts, counts))
        if size % 2:
            count, total, minimum, maximum = next(heads)
            column[slot] = PackedSet(pairs, (count, total, minimum, maximum))
        else:
            column[slot] = pairs[0] if size == 2 and pairs[1] == 1 else PackedSet(pairs)
    return column


# --- numbers -------------------------------------------------------------------------------------


def _pack_numbers(numbers: Sequence[float]) -> Series:
    if not numbers:
        return 0
    whole = _find_whole(numbers)
    if numbers.count(numbers[0]) == len(numbers):
        return numbers[0] if whole is None else whole[0]
    if whole is not None:
        return [whole[0], *map(sub, whole[1:], whole)]
    doubles = array("d", numbers)
    if sys.byteorder == "big":
        doubles.byteswap()
    raw = doubles.tobytes()
    return b"".join(raw[place::8] for place in range(8))


def _unpack_numbers(series: Series, count: int) -> list[float]:
    if isinstance(series, bytes):
        raw = bytearray(len(series))
        for place in range(8):
            raw[place::8] = series[place * count : (place + 1) * count]
        doubles = array("d", bytes(raw))
        if sys.byteorder == "big":
            doubles.byteswap()
        return doubles.tolist()
    if isinstance(series, list):
        return [float(number) for number in accumulate(series)]
    return [float(series)] * count


def _find_whole(numbers: Sequence[float]) -> list[int] | None:
    """The same numbers; None where one of them is not whole, or too large to be sure."""
    # The sum is finite where none is infinite or NaN: one that should not have come must not stop the packing.
    if not (math.isfinite(sum(numbers)) and min(numbers) >= -WHOLE_MAX and max(numbers) <= WHOLE_MAX):
        return None
    whole = list(map(int, numbers))
    return whole if whole == list(numbers) else None


@lru_cache(maxsize=1024)
def _bits(slots: tuple[int, ...]) -> bytes:
    whole = 0
    for slot in slots:
        whole |= 1 << slot
    return whole.to_bytes((whole.bit_length() + 7) // 8, "little")


@lru_cache(maxsize=1024)
def _slots(bits: bytes) -> tuple[int, ...]:
    whole = int.from_bytes(bits, "little")
    return tuple(slot for slot in range(whole.bit_length()) if whole >> slot & 1)
