"""The metrics' rows: samples as they come, blocks of what is over, and how both are read as one. Blocking.

    samples    a subject's numbers at one moment, in the fine tier or the minute tier
    blocks     a subject's numbers of one stretch of time, in any tier

What holds at every commit, and what reading relies on: a measurement of the fine and of the minute tier lies in
`samples` or in a block and never in both, and the two coarse tiers hold exactly what is in the minute tier's blocks or
was (`metric_upkeep` packs and rolls up in one transaction). So a coarse reading is the coarse blocks and the minute
tier's samples, nothing twice and nothing missing, whatever was packed so far.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import msgspec

from elastane.model.ids import Region
from elastane.model.metrics import Listing, Metric, Point, Sample, Subject
from elastane.store import metric_blocks, metric_listings
from elastane.store.metric_blocks import Column, Value
from elastane.store.metric_listings import Register
from elastane.store.own_files import Schema
from elastane.store.transactions import transaction

SCHEMA = Schema(
    version=1,
    statements=(
        *metric_listings.SCHEMA,
        """
        CREATE TABLE samples (
            tier    INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            at      INTEGER NOT NULL,
            body    BLOB NOT NULL,
            UNIQUE (tier, subject, at)
        )
        """,
        """
        CREATE TABLE blocks (
            tier    INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            start   INTEGER NOT NULL,
            body    BLOB NOT NULL,
            UNIQUE (tier, subject, start)
        )
        """,
        """CREATE TABLE counters (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID""",
    ),
)

DISTINCT_COUNT_MAX = 150
"""In one sample: as many values as one datum of PutMetricData may have."""


class Tier(IntEnum):
    """By the seconds that a point of it covers. What is put with a resolution below a minute is kept to the second."""

    FINE = 1
    MINUTE = 60
    FIVE_MINUTES = 300
    HOUR = 3600


STRETCH_SECONDS = {Tier.FINE: 300, Tier.MINUTE: 3600, Tier.FIVE_MINUTES: 3600, Tier.HOUR: 86400}
"""How long a block's stretch of time is: a multiple of each tier's seconds."""

RETENTION = {
    Tier.FINE: timedelta(hours=3),
    Tier.MINUTE: timedelta(days=15),
    Tier.FIVE_MINUTES: timedelta(days=63),
    Tier.HOUR: timedelta(days=455),
}


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Samples with the same listings by metric name, measured over `resolution_seconds` each.

    60: minutes. 5: the fine series beside minutes that are appended for themselves. 1: a customer's single seconds,
    which count in their minute as well.
    """

    samples: Sequence[Sample]
    listings: Mapping[str, Listing]
    resolution_seconds: int


_TIERS = {1: (Tier.FINE, Tier.MINUTE), 5: (Tier.FINE,), 60: (Tier.MINUTE,)}


# --- appending -----------------------------------------------------------------------------------


def append(connection: sqlite3.Connection, register: Register, batches: Sequence[Batch]) -> None:
    """All of them or none, on the disk when this returns. Raises TooManyMetrics and sqlite3.Error."""
    try:
        with transaction(connection):
            for batch in batches:
                for sample in batch.samples:
                    if sample.values:
                        _append_one(connection, register, sample, batch)
    except BaseException:
        register.forget()  # it knows of rows that were taken back
        raise


def _append_one(connection: sqlite3.Connection, register: Register, sample: Sample, batch: Batch) -> None:
    at = int(sample.at.timestamp())
    for subject_id, values in register.note(connection, sample, batch.listings).items():
        row = {name_id: metric_blocks.pack(value, DISTINCT_COUNT_MAX) for name_id, value in values.items()}
        body = metric_blocks.encode_row(row)
        for tier in _TIERS[batch.resolution_seconds]:
            key = (tier, subject_id, at - at % tier)
            inserted = connection.execute("""INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?)""", (*key, body))
            if inserted.rowcount == 0:
                _merge_into(connection, key, row)


def _merge_into(connection: sqlite3.Connection, key: tuple[int, int, int], row: metric_blocks.Row) -> None:
    is_it = "tier = ? AND subject = ? AND at = ?"
    (body,) = connection.execute(f"""SELECT body FROM samples WHERE {is_it}""", key).fetchone()
    merged = metric_blocks.merge_rows((metric_blocks.decode_row(body), row), DISTINCT_COUNT_MAX)
    connection.execute(f"""UPDATE samples SET body = ? WHERE {is_it}""", (metric_blocks.encode_row(merged), *key))


# --- reading -------------------------------------------------------------------------------------


class Span(NamedTuple):
    """From `start` to before `end`, in whole seconds."""

    start: int
    end: int

    @classmethod
    def between(cls, start: datetime, end: datetime) -> "Span":
        """Every moment that is a whole second within."""
        return cls(_ceiling(start), _ceiling(end))


def _ceiling(moment: datetime) -> int:
    return int(-(-moment.timestamp() // 1))


def read_many(
    connection: sqlite3.Connection, metrics: Sequence[Metric], span: Span, period_seconds: int
) -> dict[Metric, tuple[Point, ...]]:
    """A metric that nobody measured has no points. Within a transaction, for what is packed meanwhile."""
    tier = coarsest_tier(period_seconds)
    wanted: defaultdict[int, defaultdict[int, list[Metric]]] = defaultdict(lambda: defaultdict(list))
    points: dict[Metric, tuple[Point, ...]] = dict.fromkeys(metrics, ())
    for metric in points:
        place = metric_listings.find_place(connection, metric)
        if place is not None:
            wanted[place.subject_id][place.name_id].append(metric)
    for subject_id, named in wanted.items():
        measured = _read_subject(connection, subject_id, named.keys(), tier, span)
        for name_id, values in measured.items():
            for metric in named[name_id]:
                points[metric] = values
    return points


def coarsest_tier(period_seconds: int) -> Tier:
    """Whose points are parts of such periods."""
    return max(tier for tier in Tier if period_seconds % tier == 0)


def _read_subject(
    connection: sqlite3.Connection, subject_id: int, names: Set[int], tier: Tier, span: Span
) -> dict[int, tuple[Point, ...]]:
    found: dict[int, Column] = {name_id: {} for name_id in names}
    for start, block in _blocks(connection, (tier, subject_id), names, span):
        for name_id, column in block.items():
            moments = {start + slot * tier: value for slot, value in column.items()}
            found[name_id].update({at: moments[at] for at in moments if span.start <= at < span.end})
    for at, row in _samples(connection, (min(tier, Tier.MINUTE), subject_id), span):
        for name_id in names & row.keys():
            moments, value = found[name_id], row[name_id]
            # Of a stretch that is packed already: late.
            moments[at] = metric_blocks.merge((moments[at], value), DISTINCT_COUNT_MAX) if at in moments else value
    return {name_id: tuple(_points(moments)) for name_id, moments in found.items()}


def _points(moments: Column) -> Iterator[Point]:
    for at, value in sorted(moments.items(), key=itemgetter(0)):
        yield Point(_moment(at), metric_blocks.unpack(value))


@lru_cache(maxsize=10_000)
def _moment(at: int) -> datetime:
    """The same for all metrics that are read."""
    return datetime.fromtimestamp(at, UTC)


def _blocks(
    connection: sqlite3.Connection, key: tuple[Tier, int], names: Set[int], span: Span
) -> Iterator[tuple[int, metric_blocks.Block]]:
    found = connection.execute(
        """SELECT start, body FROM blocks WHERE tier = ? AND subject = ? AND start > ? AND start < ?""",
        (*key, span.start - STRETCH_SECONDS[key[0]], span.end),
    )
    for start, body in found:
        yield start, metric_blocks.decode_block(body, names)


def _samples(
    connection: sqlite3.Connection, key: tuple[Tier, int], span: Span
) -> Iterator[tuple[int, metric_blocks.Row]]:
    found = connection.execute(
        """SELECT at, body FROM samples WHERE tier = ? AND subject = ? AND at >= ? AND at < ?""", (*key, *span)
    )
    for at, body in found:
        yield at, metric_blocks.decode_row(body)


def read_unpacked(
    connection: sqlite3.Connection, namespace: str, tier: Tier, span: Span
) -> Iterator[tuple[Subject, int, dict[str, Value]]]:
    """The samples of all of a namespace's subjects: whose, when, and what by name. In the order of time for each; one
    that is kept in parts comes in parts."""
    names = dict(connection.execute("""SELECT id, name FROM names""").fetchall())
    found = connection.execute(
        """
        SELECT region, dimensions, at, body
        FROM subjects JOIN samples ON samples.subject = subjects.id AND tier = ? AND at >= ? AND at < ?
        WHERE namespace = ? ORDER BY subjects.id, at
        """,
        (tier, *span, namespace),
    )
    for region, dimensions, at, body in found:
        subject = Subject(Region(region), namespace, metric_listings.decode_dimensions(dimensions))
        yield subject, at, {names[name_id]: value for name_id, value in metric_blocks.decode_row(body).items()}


# --- counters ------------------------------------------------------------------------------------


def save_counters(connection: sqlite3.Connection, rows: Mapping[str, bytes]) -> None:
    with transaction(connection):
        connection.executemany(
            """INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body""", rows.items()
        )
        connection.execute("""DELETE FROM counters WHERE length(body) = 0""")


def load_counters(connection: sqlite3.Connection) -> dict[str, bytes]:
    return dict(connection.execute("""SELECT key, body FROM counters""").fetchall())
