"""What is done to the metrics' rows when time has passed: packing, rolling up, giving up. Blocking.

Every function does a bounded piece in one transaction and may be called again at any time: what is to be done is found
from what is there. A sample that comes late, to a stretch that is packed already, is packed into it like all others
and merged into the stretch's roll-ups.
"""

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from elastane.store import free_pages, metric_blocks
from elastane.store.metric_blocks import Block, Column
from elastane.store.metric_rows import DISTINCT_COUNT_MAX, RETENTION, STRETCH_SECONDS, Tier
from elastane.store.transactions import transaction

log = logging.getLogger("elastane.store")

ROLLED_UP_DISTINCT_COUNT_MAX = 40
"""In one roll-up: a five-minute set of single minutes is always exact."""
GRACE_SECONDS = {Tier.FINE: 120, Tier.MINUTE: 300}
"""So long a stretch that is over waits for those who are late: to pack once is cheaper than twice."""
SPREAD = {Tier.FINE: 5, Tier.MINUTE: 30}
"""Over so many minutes subjects are packed one after the other, and not all of them when the hour is full."""
PACKED_COUNT_MAX = 6_000
"""Values in one transaction: some 15 ms, in which nobody else can append."""
LOOKED_AT_COUNT_MAX = 2_000
GIVEN_UP_RATIO = 1 / 16
SLACK_RATIO = 1 / 8
"""So much of the file may lie free for what is written next before pages are given back to the disk."""

ROLLED_UP = (Tier.FIVE_MINUTES, Tier.HOUR)


# --- packing -------------------------------------------------------------------------------------


def pack_some(connection: sqlite3.Connection, tier: Tier, after: int, now: datetime) -> int | None:
    """Packs of subjects beyond `after` what is over. Where to go on; None when all have been looked at."""
    seconds, packed_count = now.timestamp(), 0
    with transaction(connection):
        for _ in range(LOOKED_AT_COUNT_MAX):
            oldest = connection.execute(
                """SELECT subject, at FROM samples WHERE tier = ? AND subject > ? ORDER BY subject, at LIMIT 1""",
                (tier, after),
            ).fetchone()
            if oldest is None:
                return None
            subject_id, at = oldest
            stretch = _Stretch(tier, subject_id, at - at % STRETCH_SECONDS[tier])
            if stretch.packed_from > seconds:
                after = subject_id
            else:
                packed_count += _pack(connection, stretch)
            if packed_count >= PACKED_COUNT_MAX:
                break
    return after


class _Stretch(NamedTuple):
    """A block's key."""

    tier: Tier
    subject_id: int
    start: int

    @property
    def packed_from(self) -> int:
        spread_seconds = self.subject_id % SPREAD[self.tier] * 60
        return self.start + STRETCH_SECONDS[self.tier] + GRACE_SECONDS[self.tier] + spread_seconds


def _pack(connection: sqlite3.Connection, stretch: _Stretch) -> int:
    """How many values there were."""
    within = (stretch.tier, stretch.subject_id, stretch.start, stretch.start + STRETCH_SECONDS[stretch.tier])
    is_within = "tier = ? AND subject = ? AND at >= ? AND at < ?"
    added: defaultdict[int, Column] = defaultdict(dict)
    for at, body in connection.execute(f"""SELECT at, body FROM samples WHERE {is_within}""", within):
        for name_id, value in metric_blocks.decode_row(body).items():
            added[name_id][(at - stretch.start) // stretch.tier] = value
    connection.execute(f"""DELETE FROM samples WHERE {is_within}""", within)
    _merge_into(connection, stretch, added, DISTINCT_COUNT_MAX)
    if stretch.tier is Tier.MINUTE:
        for tier in ROLLED_UP:
            _roll_up(connection, stretch, added, tier)
    return sum(len(column) for column in added.values())


def _roll_up(connection: sqlite3.Connection, stretch: _Stretch, added: Mapping[int, Column], tier: Tier) -> None:
    coarse = stretch._replace(tier=tier, start=stretch.start - stretch.start % STRETCH_SECONDS[tier])
    offset = (stretch.start - coarse.start) // tier
    minutes = tier // stretch.tier
    rolled_up: Block = {}
    for name_id, column in added.items():
        parts: defaultdict[int, list[metric_blocks.Value]] = defaultdict(list)
        for slot, value in column.items():
            parts[offset + slot // minutes].append(value)
        rolled_up[name_id] = {
            slot: metric_blocks.merge(values, ROLLED_UP_DISTINCT_COUNT_MAX) for slot, values in parts.items()
        }
    _merge_into(connection, coarse, rolled_up, ROLLED_UP_DISTINCT_COUNT_MAX)


def _merge_into(
    connection: sqlite3.Connection, stretch: _Stretch, added: Mapping[int, Column], distinct_count_max: int
) -> None:
    found = connection.execute(
        """SELECT body FROM blocks WHERE tier = ? AND subject = ? AND start = ?""", stretch
    ).fetchone()
    block = {} if found is None else _decode_or_give_up(stretch, found[0])
    merged = metric_blocks.merge_blocks(block, added, distinct_count_max)
    connection.execute(
        """INSERT INTO blocks VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body""",
        (*stretch, metric_blocks.encode_block(merged)),
    )


def _decode_or_give_up(stretch: _Stretch, body: bytes) -> Block:
    """A damaged block is begun anew: all that comes after it would stay unpacked otherwise, and fill the disk."""
    try:
        return metric_blocks.decode_block(body)
    except metric_blocks.DAMAGED as error:
        tier, subject_id, start = stretch
        log.error(
            "metrics damaged and given up tier=%s subject=%s start=%s reason=%s", tier.name, subject_id, start, error
        )
        return {}


# --- giving up -----------------------------------------------------------------------------------


def prune_some(connection: sqlite3.Connection, tier: Tier, after: int, before: int) -> int | None:
    """Blocks that end before that moment, of subjects beyond `after`. Where to go on; None at the end."""
    with transaction(connection):
        subjects = connection.execute(
            """SELECT id FROM subjects WHERE id > ? ORDER BY id LIMIT ?""", (after, LOOKED_AT_COUNT_MAX)
        ).fetchall()
        connection.executemany(
            """DELETE FROM blocks WHERE tier = ? AND subject = ? AND start <= ?""",
            [(tier, subject_id, before - STRETCH_SECONDS[tier]) for (subject_id,) in subjects],
        )
    return int(subjects[-1][0]) if subjects else None


def retained_since(tier: Tier, now: datetime) -> int:
    return int((now - RETENTION[tier]).timestamp())


class Surplus(NamedTuple):
    """What goes first where there is too much: the part of a tier that ends before that moment."""

    tier: Tier
    before: int


def find_surplus(connection: sqlite3.Connection, bytes_max: int) -> Surplus | None:
    """The oldest part of the finest tier that has anything packed. None while the bound is kept."""
    if used_bytes(connection) <= bytes_max:
        return None
    for tier in Tier:
        oldest, newest = connection.execute(
            """SELECT min(start), max(start) FROM blocks WHERE tier = ?""", (tier,)
        ).fetchone()
        if oldest is not None:
            step_seconds = max(STRETCH_SECONDS[tier], int((newest - oldest) * GIVEN_UP_RATIO))
            return Surplus(tier, oldest + step_seconds)
    return None


def used_bytes(connection: sqlite3.Connection) -> int:
    """Of the file, without what lies free in it."""
    return (_pragma(connection, "page_count") - _pragma(connection, "freelist_count")) * _pragma(
        connection, "page_size"
    )


def give_pages_back(connection: sqlite3.Connection) -> bool:
    """Some of what lies free beyond the slack, to the disk. Whether there may be more."""
    free_count = _pragma(connection, "freelist_count")
    surplus_count = free_count - int(_pragma(connection, "page_count") * SLACK_RATIO)
    if surplus_count <= 0:
        return False
    return free_pages.give_pages_back(connection, min(surplus_count, free_pages.PAGE_COUNT_MAX))


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
