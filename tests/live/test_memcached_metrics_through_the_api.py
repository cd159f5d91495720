"""Metrics of a Memcached cluster as customers read them: CloudWatch's API, an alarm, and /metrics."""

import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elastane.clock import utc_now
from elastane.metrics.definitions import definitions_of
from elastane.model.engine_names import EngineName
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.prometheus_tools import complaints_about_metrics
from tests.live.live_memcached import make_cluster, store, with_memcached

MEASURED_SECONDS = 30
ALARM_SECONDS = 90
NAMESPACE = "AWS/ElastiCache"


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path / "data", environment=with_memcached()) as running:
        yield running


def named(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def newest(elastane: RunningElastane, name: str, **values: str) -> dict[str, Any]:
    """The last five seconds that are told of; nothing before there are any."""
    now = utc_now()
    found = elastane.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE, MetricName=name, Dimensions=named(**values), Period=5,
        StartTime=now - timedelta(minutes=2), EndTime=now + timedelta(seconds=10), Statistics=["Sum", "SampleCount"],
    )["Datapoints"]  # fmt: skip
    return max(found, key=lambda point: point["Timestamp"], default={})


async def test_a_cluster_s_metrics_are_listed_told_alarmed_and_scraped(elastane: RunningElastane) -> None:
    cluster = await make_cluster(elastane, "sessions", 2)
    cloudwatch = elastane.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="items",
        Namespace=NAMESPACE,
        MetricName="CurrItems",
        Dimensions=named(CacheClusterId="sessions"),
        Statistic="Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )

    store(cluster.addresses["0002"], "key", "value")

    def is_told() -> None:
        of_node = newest(elastane, "CurrItems", CacheClusterId="sessions", CacheNodeId="0002")
        of_cluster = newest(elastane, "CurrItems", CacheClusterId="sessions")
        assert (of_node.get("Sum"), of_cluster.get("Sum"), of_cluster.get("SampleCount")) == (1, 1, 2)

    await eventually(is_told, timeout_seconds=MEASURED_SECONDS, interval_seconds=0.5)

    listed = cloudwatch.list_metrics(Namespace=NAMESPACE, Dimensions=named(CacheClusterId="sessions"))["Metrics"]
    under = {tuple(one["Value"] for one in metric["Dimensions"]) for metric in listed}
    assert under == {("sessions",), ("sessions", "0001"), ("sessions", "0002")}
    assert {metric["MetricName"] for metric in listed} <= {each.name for each in definitions_of(EngineName.MEMCACHED)}

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    text = opener.open(f"{elastane.url}/metrics", timeout=10).read()
    assert b'cache_cluster="sessions",cache_node="0002"' in text
    assert b'elastane_memcached_clusters{status="available"} 1.0' in text
    assert complaints_about_metrics(text) == ""

    def is_alarmed() -> bool:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["items"])["MetricAlarms"]
        return bool(alarm["StateValue"] == "ALARM")

    await eventually(is_alarmed, timeout_seconds=ALARM_SECONDS, interval_seconds=0.5)
