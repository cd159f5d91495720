"""Which metrics there are: subjects, names, and under which dimensions each metric is listed. Blocking.

A metric is listed under its subject's own dimensions and under others besides (`Listing.also_under`); all of them lead
to the one subject and name that its numbers lie under. A subject with very many names is kept in parts, so that no row
grows with the names that others put. `Register` is the writer's: what it has seen it need not look up again.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from elastane.model.ids import Region
from elastane.model.metrics import Dimensions, Listing, Metric, Sample, Subject, Unit
from elastane.model.statistic_sets import StatisticSet
from elastane.store.errors import TooManyMetrics
from elastane.store.transactions import transaction

SEEN_STEP_SECONDS = 3000
"""So often it is noted that a metric still has data: CloudWatch's own `RecentlyActive` is wrong by up to 50 minutes."""
PART_NAME_COUNT = 256
"""A subject's part has the names whose ids have the same quotient."""
KNOWN_SUBJECT_COUNT_MAX = 10_000
KNOWN_NAME_COUNT_MAX = 10_000
AWS_PREFIX = "AWS/"

SCHEMA = (
    """
    CREATE TABLE subjects (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        region     TEXT NOT NULL,
        namespace  TEXT NOT NULL,
        dimensions TEXT NOT NULL,
        part       INTEGER NOT NULL,
        UNIQUE (region, namespace, dimensions, part)
    )
    """,
    """CREATE TABLE names (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)""",
    # The order is that of ListMetrics' pages.
    """
    CREATE TABLE listings (
        region     TEXT NOT NULL,
        namespace  TEXT NOT NULL,
        name       TEXT NOT NULL,
        dimensions TEXT NOT NULL,
        subject    INTEGER NOT NULL,
        name_id    INTEGER NOT NULL,
        unit       TEXT NOT NULL,
        seen_at    INTEGER NOT NULL,
        PRIMARY KEY (region, namespace, name, dimensions)
    ) WITHOUT ROWID
    """,
)


class MetricQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`dimensions`: names that a metric must have, with that value or with any. `after` is the last page's last key."""

    region: Region
    namespace: str | None = None
    name: str | None = None
    dimensions: tuple[tuple[str, str | None], ...] = ()
    seen_since: datetime | None = None
    after: str | None = None
    limit: int = 500


class ListedMetric(msgspec.Struct, frozen=True, kw_only=True):
    """`metric` has the dimensions it is listed under, which need not be those it is kept under."""

    metric: Metric
    unit: Unit
    seen_at: datetime
    key: str


class Place(NamedTuple):
    """Where a metric's numbers lie."""

    subject_id: int
    name_id: int


# --- noting what is measured ---------------------------------------------------------------------


class Register:
    """The writer's memory of subjects, names and listings; bounded. Forgotten when a transaction was taken back."""

    def __init__(self, custom_count_max: int) -> None:
        self._custom_count_max = custom_count_max
        self._custom_count: int | None = None
        self._names: dict[str, int] = {}
        self._subjects: dict[Subject, _Known] = {}

    def forget(self) -> None:
        self._custom_count = None
        self._names.clear()
        self._subjects.clear()

    def note(
        self, connection: sqlite3.Connection, sample: Sample, listings: Mapping[str, Listing]
    ) -> dict[int, dict[int, float | StatisticSet]]:
        """The sample's values by subject id and name id; all of them are listed. Raises TooManyMetrics."""
        at = int(sample.at.timestamp())
        known = self._subjects.get(sample.subject, _UNKNOWN)
        if at >= known.fresh_until or not sample.values.keys() <= known.names:
            known = self._list(connection, sample, listings, known)
        ids = self._name_ids(connection, sample.values)
        if len(known.parts) == 1:
            (subject_id,) = known.parts.values()
            return {subject_id: {ids[name]: value for name, value in sample.values.items()}}
        rows: dict[int, dict[int, float | StatisticSet]] = {}
        for name, value in sample.values.items():
            rows.setdefault(known.parts[ids[name] // PART_NAME_COUNT], {})[ids[name]] = value
        return rows

    def _list(
        self, connection: sqlite3.Connection, sample: Sample, listings: Mapping[str, Listing], known: "_Known"
    ) -> "_Known":
        at, subject = int(sample.at.timestamp()), sample.subject
        ids = self._name_ids(connection, sample.values)
        is_stale = at >= known.fresh_until
        parts = {} if is_stale else dict(known.parts)
        for part in {ids[name] // PART_NAME_COUNT for name in sample.values} - parts.keys():
            parts[part] = _id_of(connection, *_SUBJECT_ID, (*_texts(subject), part))
        rows = [
            (*_texts(subject)[:2], name, under, parts[ids[name] // PART_NAME_COUNT], ids[name], str(listing.unit), at)
            for name in sample.values
            for listing in (listings.get(name, _UNLISTED),)
            for under in map(encode_dimensions, dict.fromkeys((subject.dimensions, *listing.also_under)))
        ]
        if not subject.namespace.startswith(AWS_PREFIX):
            self._refuse_too_many(connection, rows)
        connection.executemany(
            """
            INSERT INTO listings VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET subject = excluded.subject, name_id = excluded.name_id, unit = excluded.unit,
                                      seen_at = max(seen_at, excluded.seen_at)
            """,
            rows,
        )
        # Not all subjects at the same time.
        step_seconds = SEEN_STEP_SECONDS - min(parts.values()) * _SPREAD_SECONDS % (SEEN_STEP_SECONDS // 2)
        if len(self._subjects) >= KNOWN_SUBJECT_COUNT_MAX:
            self._subjects.clear()
        names = frozenset(sample.values) if is_stale else known.names | sample.values.keys()
        listed = self._subjects[subject] = _Known(parts, names, max(known.fresh_until, at + step_seconds))
        return listed

    def _name_ids(self, connection: sqlite3.Connection, names: Collection[str]) -> dict[str, int]:
        missing = [name for name in names if name not in self._names]
        if missing and len(self._names) > KNOWN_NAME_COUNT_MAX:
            self._names.clear()
            missing = list(names)
        for name in missing:
            self._names[name] = _id_of(connection, *_NAME_ID, (name,))
        return self._names

    def _refuse_too_many(self, connection: sqlite3.Connection, rows: Sequence[tuple[str | int, ...]]) -> None:
        if self._custom_count is None:
            self._custom_count = _custom_count(connection)
        new_count = 0
        for region, namespace, name, under, *_ in rows:
            new_count += connection.execute(
                f"""SELECT NOT EXISTS (SELECT 1 FROM listings WHERE {_IS_METRIC})""", (region, namespace, name, under)
            ).fetchone()[0]
        if new_count and self._custom_count + new_count > self._custom_count_max:
            raise TooManyMetrics(
                f"There are {self._custom_count:,} metrics of your own already, and {self._custom_count_max:,} are "
                "kept at most. One that has no data for 15 months goes by itself."
            )
        self._custom_count += new_count


class _Known(NamedTuple):
    """A subject whose names are listed, and need not be noted again before `fresh_until`. `parts`: their ids."""

    parts: dict[int, int]
    names: Set[str]
    fresh_until: int


_UNKNOWN = _Known({}, frozenset(), 0)
_UNLISTED = Listing(Unit.NONE)
_SPREAD_SECONDS = 97
_KEY_DECODER = msgspec.json.Decoder(tuple[str, str, str])
_DIMENSIONS_DECODER = msgspec.json.Decoder(Dimensions)

_SUBJECT_ID = (
    """SELECT id FROM subjects WHERE region = ? AND namespace = ? AND dimensions = ? AND part = ?""",
    """INSERT INTO subjects (region, namespace, dimensions, part) VALUES (?, ?, ?, ?)""",
)
_NAME_ID = ("""SELECT id FROM names WHERE name = ?""", """INSERT INTO names (name) VALUES (?)""")


def _id_of(connection: sqlite3.Connection, select: str, insert: str, key: tuple[str | int, ...]) -> int:
    found = connection.execute(select, key).fetchone()
    if found is not None:
        return int(found[0])
    number = connection.execute(insert, key).lastrowid
    assert number is not None, "an insert that raised nothing has a row"
    return number


def _texts(subject: Subject) -> tuple[str, str, str]:
    return subject.region, subject.namespace, encode_dimensions(subject.dimensions)


def _custom_count(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute(
        """SELECT count(*) FROM listings WHERE substr(namespace, 1, ?) != ?""", (len(AWS_PREFIX), AWS_PREFIX)
    ).fetchone()
    return int(count)


# --- finding -------------------------------------------------------------------------------------


def find_place(connection: sqlite3.Connection, metric: Metric) -> Place | None:
    found = connection.execute(f"""SELECT subject, name_id FROM listings WHERE {_IS_METRIC}""", _key(metric)).fetchone()
    return None if found is None else Place(*found)


def find_unit(connection: sqlite3.Connection, metric: Metric) -> Unit | None:
    found = connection.execute(f"""SELECT unit FROM listings WHERE {_IS_METRIC}""", _key(metric)).fetchone()
    return None if found is None else Unit(found[0])


_IS_METRIC = "region = ? AND namespace = ? AND name = ? AND dimensions = ?"


def _key(metric: Metric) -> tuple[str, str, str, str]:
    region, namespace, under = _texts(metric.subject)
    return region, namespace, metric.name, under


def list_metrics(connection: sqlite3.Connection, query: MetricQuery) -> tuple[ListedMetric, ...]:
    """In the order of namespaces, names and dimensions. Raises ValueError for an `after` that is no key."""
    conditions: list[str] = ["region = ?"]
    values: list[str] = [query.region]
    if query.namespace is not None:
        conditions.append("namespace = ?")
        values.append(query.namespace)
    if query.name is not None:
        conditions.append("name = ?")
        values.append(query.name)
    if query.after is not None:
        conditions.append("(namespace, name, dimensions) > (?, ?, ?)")
        values.extend(_decode_key(query.after))
    for name, value in query.dimensions:
        # A quote within a string of JSON has a backslash before it: this is found at a pair's beginning or nowhere.
        conditions.append("instr(dimensions, ?) > 0")
        values.append(f"[{_json(name)}," if value is None else f"[{_json(name)},{_json(value)}]")
    numbers: list[int] = [query.limit]
    if query.seen_since is not None:
        conditions.append("seen_at >= ?")
        numbers.insert(0, int((query.seen_since - timedelta(seconds=SEEN_STEP_SECONDS)).timestamp()))
    rows = connection.execute(
        f"""
        SELECT namespace, name, dimensions, unit, seen_at FROM listings WHERE {" AND ".join(conditions)}
        ORDER BY namespace, name, dimensions LIMIT ?
        """,
        (*values, *numbers),
    )
    return tuple(
        ListedMetric(
            metric=Metric(Subject(query.region, namespace, decode_dimensions(under)), name),
            unit=Unit(unit),
            seen_at=datetime.fromtimestamp(seen_at, UTC),
            key=_json([namespace, name, under]),
        )
        for namespace, name, under, unit, seen_at in rows
    )


def _decode_key(key: str) -> tuple[str, str, str]:
    try:
        return _KEY_DECODER.decode(key)
    except msgspec.DecodeError as error:
        raise ValueError(f"{key!r} is no key of a listed metric") from error


# --- giving up -----------------------------------------------------------------------------------


def forget_unseen(connection: sqlite3.Connection, register: Register, before: datetime) -> None:
    """Metrics without data since then, and what only they needed. `before` is when the last data has gone itself."""
    with transaction(connection):
        gone = connection.execute("""DELETE FROM listings WHERE seen_at < ?""", (int(before.timestamp()),))
        if gone.rowcount:
            connection.execute("""DELETE FROM subjects WHERE id NOT IN (SELECT subject FROM listings)""")
            connection.execute("""DELETE FROM names WHERE id NOT IN (SELECT name_id FROM listings)""")
    if gone.rowcount:
        register.forget()


# --- texts ---------------------------------------------------------------------------------------


def encode_dimensions(dimensions: Dimensions) -> str:
    return _json(dimensions)


def decode_dimensions(text: str) -> Dimensions:
    return _DIMENSIONS_DECODER.decode(text)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
