"""CloudWatch's metrics with AWS's own clients: every protocol that they speak, the AWS CLI, and what is refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from tests.kit.elastane import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, RunningElastane

PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")
_NUMBERS = count(1)


def client_speaking(elastane: RunningElastane, protocol: str, directory: Path) -> Any:
    """botocore speaks the first protocol of the model that it knows: here the model has one only."""
    model = Loader().load_service_model("cloudwatch", "service-2", "2010-08-01")
    model["metadata"]["protocols"] = [protocol]
    file = directory / "cloudwatch" / "2010-08-01" / "service-2.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(model))
    session = botocore.session.Session(session_vars={"config_file": (None, None, "/dev/null", None)})
    session.register_component("data_loader", Loader(extra_search_paths=[str(directory)]))
    return session.create_client(
        "cloudwatch",
        region_name=REGION,
        endpoint_url=elastane.url,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@pytest.fixture(params=PROTOCOLS)
def cloudwatch(elastane: RunningElastane, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    client = client_speaking(elastane, request.param, tmp_path)
    yield client
    assert client.meta.service_model.resolved_protocol == request.param
    client.close()


@pytest.fixture
def namespace() -> str:
    """Nobody else's."""
    return f"Shop/{next(_NUMBERS)}"


@pytest.fixture
def start() -> datetime:
    """A whole five minutes, some minutes ago."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % 5 + 30)


def row(name: str, start: datetime, *values: float, **members: Any) -> list[dict[str, Any]]:
    """One value a minute."""
    return [
        {"MetricName": name, "Timestamp": start + timedelta(minutes=minute), "Value": value} | members
        for minute, value in enumerate(values)
    ]


def stat(query_id: str, namespace: str, name: str, statistic: str = "Sum", **members: Any) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": name}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}} | members


# --- every protocol ------------------------------------------------------------------------------


def test_what_was_put_is_listed_and_told(cloudwatch: Any, namespace: str, start: datetime) -> None:
    dimensions = [{"Name": "Shop", "Value": "north"}]
    cloudwatch.put_metric_data(
        Namespace=namespace, MetricData=row("Orders", start, 1, 2.5, 3, Unit="Count", Dimensions=dimensions)
    )

    listed = cloudwatch.list_metrics(Namespace=namespace, RecentlyActive="PT3H")
    told = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName="Orders",
        Dimensions=dimensions,
        StartTime=start,
        EndTime=start + timedelta(minutes=5),
        Period=300,
        Statistics=["Sum", "Average", "Minimum", "Maximum", "SampleCount"],
    )

    assert listed["Metrics"] == [{"Namespace": namespace, "MetricName": "Orders", "Dimensions": dimensions}]
    assert told["Label"] == "Orders"
    assert told["Datapoints"] == [
        {
            "Timestamp": start,
            "Sum": 6.5,
            "Average": 6.5 / 3,
            "Minimum": 1.0,
            "Maximum": 3.0,
            "SampleCount": 3.0,
            "Unit": "Count",
        }
    ]


def test_percentiles_are_told_of_values_with_counts(cloudwatch: Any, namespace: str, start: datetime) -> None:
    datum = {"MetricName": "Wait", "Timestamp": start, "Values": [10.0, 20.0, 30.0], "Counts": [1.0, 2.0, 1.0]}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])

    (point,) = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName="Wait",
        StartTime=start,
        EndTime=start + timedelta(minutes=1),
        Period=60,
        ExtendedStatistics=["p50", "p100", "tc50"],
    )["Datapoints"]

    assert point["ExtendedStatistics"] == {"p50": 20.0, "p100": 30.0, "tc50": 2.0}


def test_expressions_are_worked_out(cloudwatch: Any, namespace: str, start: datetime) -> None:
    cloudwatch.put_metric_data(
        Namespace=namespace, MetricData=row("Hits", start, 8, 9, 0) + row("Misses", start, 2, 1, 0)
    )

    answer = cloudwatch.get_metric_data(
        StartTime=start,
        EndTime=start + timedelta(minutes=3),
        ScanBy="TimestampAscending",
        MetricDataQueries=[
            stat("hits", namespace, "Hits", ReturnData=False),
            stat("misses", namespace, "Misses", Label="${PROP('MetricName')}: ${SUM}"),
            {"Id": "ratio", "Expression": "100 * hits / (hits + misses)", "Label": "hit rate"},
        ],
    )

    results = {result["Id"]: result for result in answer["MetricDataResults"]}
    assert answer["Messages"] == []
    assert set(results) == {"misses", "ratio"}
    assert results["misses"]["Label"] == "Misses: 3"
    assert results["misses"]["Values"] == [2.0, 1.0, 0.0]
    assert results["ratio"] == {
        "Id": "ratio",
        "Label": "hit rate",
        "Timestamps": [start, start + timedelta(minutes=1)],
        "Values": [80.0, 90.0],
        "StatusCode": "Complete",
        "Messages": results["ratio"]["Messages"],
    }
    assert [message["Code"] for message in results["ratio"]["Messages"]] == ["ArithmeticError"]


def test_a_long_answer_comes_in_pages(cloudwatch: Any, namespace: str, start: datetime) -> None:
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=row("Orders", start, *range(7)))

    pages = list(
        cloudwatch.get_paginator("get_metric_data").paginate(
            StartTime=start,
            EndTime=start + timedelta(minutes=10),
            MetricDataQueries=[stat("m1", namespace, "Orders")],
            MaxDatapoints=3,
        )
    )

    values = [value for page in pages for result in page["MetricDataResults"] for value in result["Values"]]
    statuses = [result["StatusCode"] for page in pages for result in page["MetricDataResults"]]
    assert values == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    assert statuses == ["PartialData", "PartialData", "Complete"]


ONE = {"MetricName": "Orders", "Value": 1.0}


@pytest.mark.parametrize(
    ("namespace", "data", "code"),
    [
        ("AWS/Shop", [ONE], "InvalidParameterValue"),
        ("Shop", None, "MissingParameter"),
        ("Shop", [{"MetricName": "Orders"}], "InvalidParameterCombination"),
        ("Shop", [ONE | {"Value": float("nan")}], "InvalidParameterValue"),
        ("Shop", [ONE | {"Value": float("-inf")}], "InvalidParameterValue"),
        ("Shop", [ONE | {"Value": 1e300}], "InvalidParameterValue"),
    ],
)
def test_data_that_cannot_be_kept_is_refused_with_cloudwatch_s_codes(
    cloudwatch: Any, namespace: str, data: list[dict[str, Any]] | None, code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        cloudwatch.put_metric_data(Namespace=namespace, **({} if data is None else {"MetricData": data}))

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_list_s_token_that_nobody_gave_is_refused(cloudwatch: Any) -> None:
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException):
        cloudwatch.list_metrics(NextToken="made-up")


def test_too_many_points_are_refused_with_aws_s_sentence(cloudwatch: Any, start: datetime) -> None:
    with pytest.raises(cloudwatch.exceptions.InvalidParameterCombinationException) as refused:
        cloudwatch.get_metric_statistics(
            Namespace="Shop",
            MetricName="Orders",
            StartTime=start - timedelta(days=2),
            EndTime=start,
            Period=60,
            Statistics=["Sum"],
        )

    assert refused.value.response["Error"]["Message"] == (
        "You have requested up to 2880 datapoints, which exceeds the limit of 1440. "
        "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
    )


def test_an_expression_that_cannot_be_read_is_refused_by_its_id(cloudwatch: Any, start: datetime) -> None:
    with pytest.raises(ClientError) as refused:
        cloudwatch.get_metric_data(
            StartTime=start, EndTime=datetime.now(UTC), MetricDataQueries=[{"Id": "e1", "Expression": "m1 +"}]
        )

    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"].startswith("Error in expression 'e1': ")


def test_a_token_that_nobody_gave_is_no_token(cloudwatch: Any, namespace: str, start: datetime) -> None:
    with pytest.raises(cloudwatch.exceptions.InvalidNextToken):
        cloudwatch.get_metric_data(
            StartTime=start,
            EndTime=datetime.now(UTC),
            MetricDataQueries=[stat("m1", namespace, "Orders")],
            NextToken="made-up",
        )


# --- one protocol --------------------------------------------------------------------------------


def test_a_compressed_call_is_understood(elastane: RunningElastane, namespace: str, start: datetime) -> None:
    """botocore compresses what is longer than ten kilobytes."""
    client = elastane.client("cloudwatch")
    data = [datum for number in range(900) for datum in row(f"Orders{number:04d}", start, number)]

    client.put_metric_data(Namespace=namespace, MetricData=data)

    listed = client.get_paginator("list_metrics").paginate(Namespace=namespace).build_full_result()
    assert len(listed["Metrics"]) == 900


def test_more_than_a_thousand_metrics_in_one_call_are_refused(elastane: RunningElastane) -> None:
    client = elastane.client("cloudwatch")

    with pytest.raises(client.exceptions.InvalidParameterValueException, match="1000"):
        client.put_metric_data(Namespace="Shop", MetricData=[ONE] * 1001)


def test_a_search_finds_what_was_put(elastane: RunningElastane, namespace: str, start: datetime) -> None:
    client = elastane.client("cloudwatch")
    for shop, value in (("north", 1), ("south", 2)):
        client.put_metric_data(
            Namespace=namespace, MetricData=row("Orders", start, value, Dimensions=[{"Name": "Shop", "Value": shop}])
        )
    search = f"""SEARCH('{{"{namespace}",Shop}} MetricName="Orders"', 'Sum', 60)"""

    answer = client.get_metric_data(
        StartTime=start,
        EndTime=start + timedelta(minutes=1),
        MetricDataQueries=[
            {"Id": "each", "Expression": search, "Label": "${PROP('Dim.Shop')}"},
            {"Id": "total", "Expression": "SUM(each)", "Label": "total"},
        ],
    )

    told = {result["Label"]: result["Values"] for result in answer["MetricDataResults"]}
    assert told == {"north": [1.0], "south": [2.0], "total": [3.0]}


def test_seconds_are_told_where_they_were_put(elastane: RunningElastane, namespace: str) -> None:
    client = elastane.client("cloudwatch")
    at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=2)
    client.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {"MetricName": "Orders", "Timestamp": at + timedelta(seconds=second), "Value": 1.0, "StorageResolution": 1}
            for second in range(30)
        ],
    )
    query = stat("m1", namespace, "Orders")
    query["MetricStat"]["Period"] = 10

    (result,) = client.get_metric_data(
        StartTime=at, EndTime=at + timedelta(minutes=1), MetricDataQueries=[query], ScanBy="TimestampAscending"
    )["MetricDataResults"]

    assert result["Values"] == [10.0, 10.0, 10.0]


# --- the AWS CLI ---------------------------------------------------------------------------------


def test_the_aws_cli_puts_lists_and_reads_metrics(elastane: RunningElastane, namespace: str, start: datetime) -> None:
    end = (start + timedelta(minutes=5)).isoformat()
    query = [{"Id": "m1", "MetricStat": {"Metric": {"Namespace": namespace, "MetricName": "Orders"}}}]
    query[0]["MetricStat"] |= {"Period": 300, "Stat": "Sum"}  # type: ignore[operator]  # a literal of several types

    put = elastane.run_aws(
        *("cloudwatch", "put-metric-data", "--namespace", namespace, "--metric-name", "Orders"),
        *("--value", "42", "--unit", "Count", "--timestamp", start.isoformat()),
    )
    listed = elastane.run_aws("cloudwatch", "list-metrics", "--namespace", namespace)
    statistics = elastane.run_aws(
        *("cloudwatch", "get-metric-statistics", "--namespace", namespace, "--metric-name", "Orders"),
        *("--start-time", start.isoformat(), "--end-time", end, "--period", "300", "--statistics", "Sum", "Maximum"),
    )
    data = elastane.run_aws(
        *("cloudwatch", "get-metric-data", "--metric-data-queries", json.dumps(query)),
        *("--start-time", start.isoformat(), "--end-time", end),
    )

    assert put.returncode == 0, put.stderr
    assert json.loads(listed.stdout)["Metrics"] == [{"Namespace": namespace, "MetricName": "Orders", "Dimensions": []}]
    (point,) = json.loads(statistics.stdout)["Datapoints"]
    assert (point["Sum"], point["Maximum"], point["Unit"]) == (42.0, 42.0, "Count")
    assert json.loads(data.stdout)["MetricDataResults"][0]["Values"] == [42.0]


def test_the_aws_cli_reads_a_refusal(elastane: RunningElastane) -> None:
    refused = elastane.run_aws(
        "cloudwatch", "put-metric-data", "--namespace", "AWS/Shop", "--metric-name", "Orders", "--value", "1"
    )

    assert refused.returncode != 0
    assert "(InvalidParameterValue)" in refused.stderr
    assert "The value AWS/ for parameter Namespace is invalid." in refused.stderr
