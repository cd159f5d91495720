"""The metrics: what is kept, read back and listed, and that nobody who reads can tell what is packed."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from elastane.model.ids import Region
from elastane.model.metrics import Metric, Point, Sample, Subject, Unit, dimensions
from elastane.model.statistic_sets import StatisticSet, merge, of_counts, of_value
from elastane.store import StoreUnusable, TooManyMetrics, metric_series
from elastane.store.metric_listings import MetricQuery
from elastane.store.metric_rows import Batch, Tier
from elastane.store.metric_series import Bounds, MetricSeries, read_from_outside
from tests.kit.metric_samples import ALIAS, CUSTOM, HITS, LISTINGS, NODE, NOW, OWN, REGION, sample


@pytest.fixture
async def series(tmp_path: Path) -> AsyncIterator[MetricSeries]:
    with closing(MetricSeries.open(tmp_path)) as opened:
        yield opened


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


async def append_hours(series: MetricSeries, count: int, *, distinct_count: int = 37) -> dict[int, float]:
    """Minutes that end at NOW. By the minute before NOW."""
    values = {minute: float(minute * 7 % distinct_count) for minute in range(count * 60, 0, -1)}
    samples = [sample(NOW - minutes(minute), value) for minute, value in values.items()]
    await series.append(samples, LISTINGS, resolution_seconds=60)
    return values


# --- keeping -------------------------------------------------------------------------------------


async def test_minutes_read_back_as_they_were_appended(series: MetricSeries) -> None:
    await series.append([sample(NOW, 3), sample(NOW + minutes(1), 5)], LISTINGS, resolution_seconds=60)

    points = await series.read(HITS, NOW, NOW + minutes(2), 60)

    assert points == (Point(NOW, of_value(3)), Point(NOW + minutes(1), of_value(5)))


async def test_a_point_belongs_to_the_range_that_it_begins_in(series: MetricSeries) -> None:
    await series.append([sample(NOW + minutes(each), each) for each in range(4)], LISTINGS, resolution_seconds=60)

    points = await series.read(HITS, NOW + minutes(1), NOW + minutes(3), 60)

    assert [point.measured.sum for point in points] == [1, 2]


async def test_two_samples_of_one_moment_are_one_point(series: MetricSeries) -> None:
    await series.append([sample(NOW, 3), sample(NOW, 5)], LISTINGS, resolution_seconds=60)
    known = StatisticSet(10, 50, 1, 9)
    await series.append([Sample(NODE, NOW, {"Evictions": known})], {}, resolution_seconds=60)
    await series.append([Sample(NODE, NOW, {"Evictions": 20.0})], {}, resolution_seconds=60)

    assert await series.read(HITS, NOW, NOW + minutes(2), 60) == (Point(NOW, of_counts([(3, 1), (5, 1)])),)
    (evictions,) = await series.read(Metric(NODE, "Evictions"), NOW, NOW + minutes(2), 60)
    assert evictions.measured == StatisticSet(11, 70, 1, 20)


async def test_the_fine_series_and_the_minutes_are_beside_each_other(series: MetricSeries) -> None:
    fine = [sample(NOW + seconds(each), each) for each in range(0, 60, 5)]
    await series.append_batches(
        [
            Batch(samples=fine, listings=LISTINGS, resolution_seconds=5),
            Batch(samples=[sample(NOW, 66)], listings=LISTINGS, resolution_seconds=60),
        ]
    )

    by_second = await series.read(HITS, NOW, NOW + minutes(1), 5)
    by_minute = await series.read(HITS, NOW, NOW + minutes(1), 60)

    assert [point.measured.sum for point in by_second] == list(range(0, 60, 5))
    assert by_minute == (Point(NOW, of_value(66)),)


async def test_single_seconds_count_in_their_minute_as_well(series: MetricSeries) -> None:
    taken = [sample(NOW + seconds(each), each, CUSTOM) for each in (1, 2, 59)]
    await series.append(taken, LISTINGS, resolution_seconds=1)

    metric = Metric(CUSTOM, "CacheHits")
    assert [point.at for point in await series.read(metric, NOW, NOW + minutes(1), 1)] == [each.at for each in taken]
    assert await series.read(metric, NOW, NOW + minutes(1), 60) == (Point(NOW, of_counts([(1, 1), (2, 1), (59, 1)])),)


async def test_what_is_appended_is_on_the_disk_when_it_is_answered(series: MetricSeries, tmp_path: Path) -> None:
    await series.append([sample(NOW, 3)], LISTINGS, resolution_seconds=5)

    assert read_from_outside(tmp_path, NODE.namespace, NOW, NOW + minutes(1)) == {NODE: (sample(NOW, 3),)}


async def test_what_was_written_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    for number in range(3):
        with closing(MetricSeries.open(tmp_path)) as series:
            await series.append([sample(NOW + minutes(number), number)], LISTINGS, resolution_seconds=60)
            points = await series.read(HITS, NOW, NOW + minutes(9), 60)

    assert [point.measured.sum for point in points] == [0, 1, 2]


async def test_a_subject_of_very_many_names_is_read_whole(series: MetricSeries, tmp_path: Path) -> None:
    values: dict[str, float | StatisticSet] = {f"Metric{number}": float(number) for number in range(700)}
    await series.append([Sample(CUSTOM, NOW, values)], {}, resolution_seconds=60)
    await series.append([Sample(CUSTOM, NOW + minutes(1), values)], {}, resolution_seconds=60)

    outside = read_from_outside(tmp_path, CUSTOM.namespace, NOW, NOW + minutes(1), tier=Tier.MINUTE)
    assert outside == {CUSTOM: (Sample(CUSTOM, NOW, values),)}
    metrics = [Metric(CUSTOM, name) for name in values]
    read = await series.read_many(metrics, NOW, NOW + minutes(5), 60)

    assert [[point.measured.sum for point in read[metric]] for metric in metrics] == [
        [number, number] for number in range(700)
    ]


async def test_counters_come_back_as_they_were_saved(tmp_path: Path) -> None:
    with closing(MetricSeries.open(tmp_path)) as series:
        await series.save_counters({"orders": b"1", "users": b"2"})
        await series.save_counters({"orders": b"3", "users": b""})

    with closing(MetricSeries.open(tmp_path)) as series:
        assert await series.load_counters() == {"orders": b"3"}, "an empty one is forgotten"


# --- reading over tiers --------------------------------------------------------------------------


@pytest.mark.parametrize("packed_at", [-180, -61, 0, 1, 40, 200])
@pytest.mark.parametrize("period_seconds", [60, 300, 3600])
async def test_whatever_is_packed_nothing_is_missing_and_nothing_is_doubled(
    series: MetricSeries, packed_at: int, period_seconds: int
) -> None:
    values = await append_hours(series, 5)
    await series.roll_up(NOW + minutes(packed_at))

    points = await series.read(HITS, NOW - minutes(300), NOW, period_seconds)

    assert [point.at for point in points] == sorted({point.at for point in points})
    assert merge(point.measured for point in points).counts == of_counts((each, 1) for each in values.values()).counts


async def test_packed_five_minutes_are_what_their_minutes_are_together(series: MetricSeries) -> None:
    values = await append_hours(series, 3)
    await series.roll_up(NOW + minutes(60))

    points = await series.read(HITS, NOW - minutes(180), NOW, 300)

    assert points == tuple(
        Point(NOW - minutes(first), of_counts((values[first - each], 1) for each in range(5)))
        for first in range(180, 0, -5)
    )


async def test_a_packed_hour_keeps_its_sums_exact_and_its_percentiles_near(series: MetricSeries) -> None:
    values = await append_hours(series, 2, distinct_count=101)
    await series.roll_up(NOW + minutes(60))

    first, _ = await series.read(HITS, NOW - minutes(120), NOW, 3600)

    measured = sorted(values[minute] for minute in range(120, 60, -1))
    assert (first.measured.sample_count, first.measured.sum) == (60, sum(measured))
    assert (first.measured.minimum, first.measured.maximum) == (measured[0], measured[-1])
    told = [value for value, count in first.measured.counts for _ in range(int(count))]
    assert told == [pytest.approx(value, rel=0.05) for value in measured]


async def test_the_fine_series_reads_over_the_border_of_what_is_packed(series: MetricSeries) -> None:
    taken = [sample(NOW + seconds(each), each) for each in range(0, 1200, 5)]
    await series.append(taken, LISTINGS, resolution_seconds=5)
    await series.roll_up(NOW + minutes(15))

    points = await series.read(HITS, NOW + minutes(3), NOW + minutes(18), 5)

    assert [(point.at, point.measured.sum) for point in points] == [
        (each.at, each.values["CacheHits"]) for each in taken[36:216]
    ]


async def test_a_period_below_a_minute_has_no_minutes(series: MetricSeries) -> None:
    await append_hours(series, 1)

    assert await series.read(HITS, NOW - minutes(60), NOW, 30) == ()


@pytest.mark.parametrize("period_seconds", [60, 300, 3600])
async def test_a_late_sample_is_read_at_once_and_after_it_is_packed(series: MetricSeries, period_seconds: int) -> None:
    values = await append_hours(series, 5)
    await series.roll_up(NOW + minutes(60))
    await series.append([sample(NOW - minutes(200), 1000)], LISTINGS, resolution_seconds=60)

    at_once = await series.read(HITS, NOW - minutes(300), NOW, period_seconds)
    await series.roll_up(NOW + minutes(60))
    packed = await series.read(HITS, NOW - minutes(300), NOW, period_seconds)

    for points in (at_once, packed):
        whole = merge(point.measured for point in points)
        assert whole.sample_count == 301
        assert whole.sum == sum(values.values()) + 1000
        assert whole.maximum == 1000
    assert len({point.at for point in packed}) == len(packed) == 300 * 60 // period_seconds


async def test_packing_again_changes_nothing(series: MetricSeries) -> None:
    await append_hours(series, 3)
    await series.roll_up(NOW + minutes(60))
    before = await series.read(HITS, NOW - minutes(180), NOW, 300)

    await series.roll_up(NOW + minutes(60))
    await series.roll_up(NOW + minutes(61))

    assert await series.read(HITS, NOW - minutes(180), NOW, 300) == before


# --- listing -------------------------------------------------------------------------------------


async def test_a_metric_is_read_by_any_dimensions_it_is_listed_under(series: MetricSeries) -> None:
    await series.append([sample(NOW, 3)], LISTINGS, resolution_seconds=60)

    under_both = [HITS, Metric(Subject(REGION, NODE.namespace, ALIAS), "CacheHits")]
    read = await series.read_many([*under_both, Metric(NODE, "Nothing")], NOW, NOW + minutes(1), 60)

    assert [len(points) for points in read.values()] == [1, 1, 0]
    assert [await series.find_unit(metric) for metric in read] == [Unit.COUNT, Unit.COUNT, None]


async def test_a_name_without_a_listing_has_no_unit_and_is_listed_under_its_subject(series: MetricSeries) -> None:
    await series.append([Sample(NODE, NOW, {"Odd": 1.0})], LISTINGS, resolution_seconds=60)

    (listed,) = await series.list_metrics(MetricQuery(region=REGION, name="Odd"))

    assert (listed.metric, listed.unit, listed.seen_at) == (Metric(NODE, "Odd"), Unit.NONE, NOW)


async def list_names(series: MetricSeries, query: MetricQuery) -> list[tuple[str, int]]:
    """Names, and how many dimensions each is listed under."""
    found = await series.list_metrics(query)
    return [(each.metric.name, len(each.metric.subject.dimensions)) for each in found]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (MetricQuery(region=REGION), [("CacheHits", 1), ("CacheHits", 2), ("Evictions", 2), ("Odd", 1), ("Odd", 0)]),
        (MetricQuery(region=REGION, namespace="App"), [("Odd", 1), ("Odd", 0)]),
        (MetricQuery(region=REGION, name="Evictions"), [("Evictions", 2)]),
        (MetricQuery(region=Region("eu-west-1")), [("CacheHits", 2)]),
        (MetricQuery(region=REGION, dimensions=(("CacheNodeId", None),)), [("CacheHits", 2), ("Evictions", 2)]),
        (MetricQuery(region=REGION, dimensions=(("CacheNodeId", "0001"),)), [("CacheHits", 2), ("Evictions", 2)]),
        (MetricQuery(region=REGION, dimensions=(("CacheNodeId", "1"),)), []),
        (MetricQuery(region=REGION, dimensions=(("0001", None),)), []),
        (MetricQuery(region=REGION, dimensions=((' "a\\b', '["x","y"]'),)), [("Odd", 1)]),
        (MetricQuery(region=REGION, dimensions=(("x", "y"),)), []),
        (MetricQuery(region=REGION, namespace="App", seen_since=NOW + minutes(120)), []),
        (MetricQuery(region=REGION, namespace="App", seen_since=NOW - minutes(120)), [("Odd", 1), ("Odd", 0)]),
        (MetricQuery(region=REGION, limit=2), [("CacheHits", 1), ("CacheHits", 2)]),
    ],
)
async def test_metrics_are_found_by_what_is_asked_for(
    series: MetricSeries, query: MetricQuery, found: list[tuple[str, int]]
) -> None:
    odd = Subject(REGION, "App", dimensions({' "a\\b': '["x","y"]'}))
    elsewhere = Subject(Region("eu-west-1"), NODE.namespace, OWN)
    await series.append(
        [
            sample(NOW, 1),
            Sample(NODE, NOW, {"Evictions": 1.0}),
            Sample(odd, NOW, {"Odd": 1.0}),
            Sample(Subject(REGION, "App", ()), NOW, {"Odd": 1.0}),
        ],
        LISTINGS,
        resolution_seconds=60,
    )
    await series.append([sample(NOW, 1, elsewhere)], {}, resolution_seconds=60)

    names = await list_names(series, query)

    assert sorted(names) == sorted(found)


async def test_pages_of_metrics_follow_one_another(series: MetricSeries) -> None:
    names = [f"Metric{number:02}" for number in range(25)]
    await series.append([Sample(CUSTOM, NOW, dict.fromkeys(names, 1.0))], {}, resolution_seconds=60)

    pages, after = [], None
    while page := await series.list_metrics(MetricQuery(region=REGION, after=after, limit=10)):
        pages.append([listed.metric.name for listed in page])
        after = page[-1].key

    assert pages == [names[:10], names[10:20], names[20:]]


async def test_a_key_of_nobodys_is_refused(series: MetricSeries) -> None:
    with pytest.raises(ValueError, match="is no key"):
        await series.list_metrics(MetricQuery(region=REGION, after="what"))


async def test_a_metric_that_still_has_data_is_seen(series: MetricSeries) -> None:
    for minute in range(0, 300, 10):
        await series.append([sample(NOW + minutes(minute), 1)], LISTINGS, resolution_seconds=60)

    found = await list_names(series, MetricQuery(region=REGION, seen_since=NOW + minutes(285)))

    assert sorted(found) == [("CacheHits", 1), ("CacheHits", 2)]


# --- bounds and a disk that fails ----------------------------------------------------------------


async def test_new_metrics_of_customers_are_bounded_and_those_that_are_there_go_on(tmp_path: Path) -> None:
    with closing(MetricSeries.open(tmp_path, Bounds(metric_count_max=2))) as series:
        await series.append([Sample(CUSTOM, NOW, {"A": 1.0, "B": 1.0})], {}, resolution_seconds=60)

        with pytest.raises(TooManyMetrics, match="2 metrics of your own already"):
            await series.append(
                [Sample(CUSTOM, NOW + minutes(1), {"A": 2.0}), Sample(CUSTOM, NOW, {"C": 1.0})],
                {},
                resolution_seconds=60,
            )

        assert len(await series.read(Metric(CUSTOM, "A"), NOW, NOW + minutes(5), 60)) == 1, "all or nothing"
        await series.append([Sample(CUSTOM, NOW + minutes(1), {"B": 2.0})], {}, resolution_seconds=60)
        await series.append([sample(NOW, 1)], LISTINGS, resolution_seconds=60)
        assert len(await series.read(Metric(CUSTOM, "B"), NOW, NOW + minutes(5), 60)) == 2
        assert len(await series.read(HITS, NOW, NOW + minutes(5), 60)) == 1, "AWS's own are not counted"


async def test_a_disk_that_cannot_be_written_is_told_and_nothing_is_half_kept(
    series: MetricSeries, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / metric_series.FILE_NAME, isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON samples BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        with pytest.raises(StoreUnusable, match="The metrics cannot be written: disk full"):
            await series.append([sample(NOW, 3)], LISTINGS, resolution_seconds=60)
        other.execute("DROP TRIGGER full")
    assert await series.list_metrics(MetricQuery(region=REGION)) == ()

    await series.append([sample(NOW, 3)], LISTINGS, resolution_seconds=60)

    assert len(await series.read(HITS, NOW, NOW + minutes(1), 60)) == 1


def test_a_damaged_file_says_so_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / metric_series.FILE_NAME
    path.write_bytes(b"this was a database" * 1000)

    with pytest.raises(StoreUnusable, match=r"metrics\.db cannot be opened.*move it away"):
        MetricSeries.open(tmp_path)


async def test_a_damaged_block_says_so_in_a_sentence(series: MetricSeries, tmp_path: Path) -> None:
    await append_hours(series, 2)
    await series.roll_up(NOW + minutes(60))
    with closing(sqlite3.connect(tmp_path / metric_series.FILE_NAME, isolation_level=None)) as other:
        other.execute("UPDATE blocks SET body = x'00'")

    with pytest.raises(StoreUnusable, match="The metrics cannot be read"):
        await series.read(HITS, NOW - minutes(120), NOW, 60)


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / metric_series.FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(StoreUnusable, match="schema 99"):
        MetricSeries.open(tmp_path)


def test_only_its_owner_may_read_the_files(tmp_path: Path) -> None:
    with closing(MetricSeries.open(tmp_path)):
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_nothing_was_measured_where_there_is_no_file(tmp_path: Path) -> None:
    assert read_from_outside(tmp_path, NODE.namespace, NOW, NOW + minutes(1)) is None
