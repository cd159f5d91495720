"""Which samples `elastane top` reads, and which it keeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elastane.cli.top_samples import NewestSamples
from elastane.model.ids import Region
from elastane.model.metrics import NAMESPACE, Sample, Subject, dimensions
from elastane.store.metric_series import MetricSeries

REGION = Region("us-east-1")
NOW = datetime(2026, 11, 29, 12, 31, 5, tzinfo=UTC)
NODE = (REGION, "orders-001", "0001")


@pytest.fixture
def series(tmp_path: Path) -> Iterator[MetricSeries]:
    opened = MetricSeries.open(tmp_path)
    yield opened
    opened.close()


def sample(seconds_ago: int, number: float = 1.0, **named: str) -> Sample:
    subject = Subject(REGION, NAMESPACE, dimensions(named or {"CacheClusterId": "orders-001", "CacheNodeId": "0001"}))
    return Sample(subject, NOW - timedelta(seconds=seconds_ago), {"CurrConnections": number})


async def append(series: MetricSeries, *samples: Sample, resolution_seconds: int = 5) -> None:
    await series.append(samples, {}, resolution_seconds=resolution_seconds)


async def test_the_newest_sample_of_each_node_is_read(tmp_path: Path, series: MetricSeries) -> None:
    await append(series, sample(15, 1.0), sample(5, 3.0), sample(10, 2.0))

    measured = NewestSamples(tmp_path).look(NOW, is_running=True)

    assert {name: found.values["CurrConnections"] for name, found in measured.fine.items()} == {NODE: 3.0}


async def test_groups_are_no_nodes(tmp_path: Path, series: MetricSeries) -> None:
    await append(series, sample(5, ReplicationGroupId="orders"), sample(5, CacheClusterId="orders-001"))

    assert NewestSamples(tmp_path).look(NOW, is_running=True).fine == {}


async def test_a_node_that_is_measured_no_more_keeps_its_last_sample(tmp_path: Path, series: MetricSeries) -> None:
    samples = NewestSamples(tmp_path)
    await append(series, sample(5))
    samples.look(NOW, is_running=True)

    later = samples.look(NOW + timedelta(hours=1), is_running=True)

    assert later.fine[NODE].at == NOW - timedelta(seconds=5)


async def test_the_first_look_goes_further_back_than_the_next_ones(tmp_path: Path, series: MetricSeries) -> None:
    samples = NewestSamples(tmp_path)
    await append(series, sample(300))

    first = samples.look(NOW, is_running=True)
    await append(series, sample(200, 2.0))
    second = samples.look(NOW, is_running=True)

    assert first.fine[NODE].values == {"CurrConnections": 1.0}
    assert second.fine[NODE].values == {"CurrConnections": 1.0}


async def test_while_no_control_plane_runs_the_last_sample_is_shown_however_old(
    tmp_path: Path, series: MetricSeries
) -> None:
    await append(series, sample(86_400))

    assert NODE not in NewestSamples(tmp_path).look(NOW, is_running=True).fine
    assert NODE in NewestSamples(tmp_path).look(NOW, is_running=False).fine


@pytest.mark.parametrize(("minute_ago", "is_shown"), [(120, True), (240, False)])
async def test_a_minute_long_ago_says_nothing_about_now(
    tmp_path: Path, series: MetricSeries, minute_ago: int, is_shown: bool
) -> None:
    await append(series, sample(5))
    await append(series, sample(minute_ago), resolution_seconds=60)

    assert (NODE in NewestSamples(tmp_path).look(NOW, is_running=False).minute) is is_shown


def test_where_nothing_was_ever_measured_nothing_is_made(tmp_path: Path) -> None:
    measured = NewestSamples(tmp_path).look(NOW, is_running=True)

    assert (measured.fine, measured.minute) == ({}, {})
    assert list(tmp_path.iterdir()) == []
