"""PutMetricData and ListMetrics: what is kept, what is listed, and what is refused."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.ids import Region
from elastane.service.cloudwatch import metrics
from elastane.service.context import Context
from tests.kit.aside import NoticingAside
from tests.kit.contexts import ACCOUNT_ID, NOW, StandingClock
from tests.unit.service.cloudwatch.kit import (
    NAMESPACE,
    START,
    ask,
    datum,
    get_rows,
    labels,
    metric_query,
    put,
)


async def listed(ctx: Context, **parameters: Any) -> list[str]:
    """Name and dimensions' values of each."""
    answer = await ask(ctx, "ListMetrics", **parameters)
    return [
        " ".join([metric["MetricName"], *(each["Value"] for each in metric["Dimensions"])])
        for metric in answer["Metrics"]
    ]


@pytest.fixture
async def three(ctx: Context) -> Context:
    await put(ctx, datum("Orders", Dimensions=labels(Shop="north", Till="1")))
    await put(ctx, datum("Orders", Dimensions=labels(Shop="south")), datum("Refunds"))
    await put(ctx, datum("Orders"), namespace="Elsewhere")
    return ctx


# --- what is listed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"Namespace": NAMESPACE}, ["Orders north 1", "Orders south", "Refunds"]),
        ({"MetricName": "Orders"}, ["Orders", "Orders north 1", "Orders south"]),
        ({"Namespace": NAMESPACE, "Dimensions": [{"Name": "Shop"}]}, ["Orders north 1", "Orders south"]),
        ({"Dimensions": [{"Name": "Shop", "Value": "north"}]}, ["Orders north 1"]),
        ({"Dimensions": [{"Name": "Shop", "Value": "nor"}]}, []),
        ({"OwningAccount": "999999999999"}, []),
        ({"OwningAccount": str(ACCOUNT_ID), "MetricName": "Refunds"}, ["Refunds"]),
    ],
)
async def test_metrics_are_listed_by_namespace_name_and_dimensions(
    three: Context, parameters: dict[str, Any], found: list[str]
) -> None:
    assert await listed(three, **parameters) == found


async def test_a_metric_is_answered_with_its_namespace_and_dimensions(three: Context) -> None:
    answer = await ask(three, "ListMetrics", Dimensions=[{"Name": "Till"}], IncludeLinkedAccounts=True)

    assert answer == {
        "Metrics": [
            {"Namespace": NAMESPACE, "MetricName": "Orders", "Dimensions": labels(Shop="north", Till="1")},
        ],
        "OwningAccounts": [ACCOUNT_ID],
    }


async def test_metrics_of_another_region_are_not_listed(three: Context) -> None:
    assert await listed(replace(three, region=Region("eu-west-1"))) == []


async def test_long_lists_come_a_page_at_a_time(ctx: Context) -> None:
    count = metrics.PAGE_SIZE + 3
    for first in range(0, count, metrics.PAGE_SIZE):
        await put(ctx, *(datum(f"Orders{n:04d}") for n in range(first, min(first + metrics.PAGE_SIZE, count))))

    first_page = await ask(ctx, "ListMetrics", Namespace=NAMESPACE)
    second_page = await ask(ctx, "ListMetrics", Namespace=NAMESPACE, NextToken=first_page["NextToken"])

    names = [metric["MetricName"] for page in (first_page, second_page) for metric in page["Metrics"]]
    assert names == [f"Orders{number:04d}" for number in range(count)]
    assert len(first_page["Metrics"]) == metrics.PAGE_SIZE
    assert "NextToken" not in second_page
    with pytest.raises(faults.InvalidParameterValue):
        await ask(ctx, "ListMetrics", Namespace="Other", NextToken=first_page["NextToken"])


async def test_a_token_that_nobody_gave_is_refused(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="NextToken"):
        await ask(ctx, "ListMetrics", NextToken="made-up")


async def test_metrics_without_recent_data_are_not_listed(three: Context) -> None:
    clock = three.now
    assert isinstance(clock, StandingClock)

    clock.advance(hours=5)
    recent = await listed(three, RecentlyActive="PT3H")
    all_of_them = await listed(three)
    clock.advance(days=15)

    assert recent == []
    assert len(all_of_them) == 4
    assert await listed(three) == []


# --- what is kept --------------------------------------------------------------------------------


async def test_values_of_every_kind_are_one_metric(ctx: Context) -> None:
    await put(ctx, datum(value=5), datum(Values=[1, 2], Counts=[3, 4]), datum(Values=[7]))
    await put(ctx, datum(StatisticValues={"SampleCount": 2, "Sum": 20, "Minimum": 8, "Maximum": 12}))

    found = {
        stat: (await get_rows(ctx, metric_query("m1", "Orders", stat)))["Orders"]
        for stat in ("SampleCount", "Sum", "Minimum", "Maximum")
    }

    assert found == {"SampleCount": [11], "Sum": [5 + 11 + 7 + 20], "Minimum": [1], "Maximum": [12]}


async def test_a_value_without_a_moment_is_now_s(ctx: Context) -> None:
    await put(ctx, {"MetricName": "Orders", "Value": 3.0})

    found = await get_rows(ctx, metric_query("m1", "Orders"), StartTime=NOW, EndTime=NOW + timedelta(minutes=1))

    assert found == {"Orders": [3]}


async def test_high_resolution_is_told_by_the_second_for_three_hours(ctx: Context) -> None:
    old = NOW - timedelta(hours=4)
    await put(
        ctx,
        *(datum(value=second, at=START + timedelta(seconds=second), StorageResolution=1) for second in range(20)),
        datum(value=9, at=old, StorageResolution=1),
    )

    by_ten_seconds = await get_rows(ctx, metric_query("m1", "Orders", period=10))
    by_minutes = await get_rows(ctx, metric_query("m1", "Orders", period=60))
    of_long_ago = await get_rows(
        ctx, metric_query("m1", "Orders", period=60), StartTime=old, EndTime=old + timedelta(minutes=1)
    )

    assert by_ten_seconds == {"Orders": [sum(range(10)), sum(range(10, 20))]}
    assert by_minutes == {"Orders": [sum(range(20))]}
    assert of_long_ago == {"Orders": [9]}


async def test_data_of_entities_is_kept_like_any_other(ctx: Context) -> None:
    entity = {"KeyAttributes": {"Type": "Service", "Name": "shop"}}

    await ask(
        ctx,
        "PutMetricData",
        Namespace=NAMESPACE,
        StrictEntityValidation=True,
        EntityMetricData=[{"Entity": entity, "MetricData": [datum(value=4)]}],
        MetricData=[datum(value=5)],
    )

    assert await get_rows(ctx, metric_query("m1", "Orders")) == {"Orders": [9]}


async def test_data_is_read_aside(ctx: Context) -> None:
    aside = NoticingAside()

    await put(replace(ctx, aside=aside), datum())

    assert aside.count == 1


async def test_of_a_call_with_one_bad_value_nothing_is_kept(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterValue):
        await put(ctx, datum("Orders"), datum("Refunds", math.nan))

    assert await listed(ctx) == []


# --- what is refused -----------------------------------------------------------------------------

STATISTICS = {"SampleCount": 2, "Sum": 20, "Minimum": 8, "Maximum": 12}


@pytest.mark.parametrize(
    ("given", "fault", "sentence"),
    [
        (datum(value=math.nan), faults.InvalidParameterValue, "The value NaN for parameter MetricData.member.1.Value"),
        (datum(value=math.inf), faults.InvalidParameterValue, "is invalid"),
        (datum(value=2.0**361), faults.InvalidParameterValue, "is invalid"),
        (datum(value=-(2.0**361)), faults.InvalidParameterValue, "is invalid"),
        ({"MetricName": "Orders"}, faults.InvalidParameterCombination, "At least one of the parameters MetricData"),
        (datum(Values=[1], Value=1), faults.InvalidParameterCombination, "mutually exclusive"),
        (datum(Values=[1, 2], Counts=[1]), faults.InvalidParameterCombination, "same size"),
        (datum(Values=[1], Counts=[0]), faults.InvalidParameterValue, "greater than 0"),
        (datum(Values=[1], Counts=[math.nan]), faults.InvalidParameterValue, "NaN"),
        (datum(Values=[]), faults.InvalidParameterValue, "1 to 150"),
        (datum(Values=list(range(151))), faults.InvalidParameterValue, "1 to 150"),
        (datum(Counts=[1]), faults.InvalidParameterCombination, "with Values only"),
        (datum(StatisticValues=STATISTICS | {"SampleCount": 0}), faults.InvalidParameterValue, "greater than 0"),
        (datum(StatisticValues=STATISTICS | {"Minimum": 13}), faults.InvalidParameterCombination, "Maximum"),
        (datum(at=NOW - timedelta(days=14, seconds=1)), faults.InvalidParameterValue, "past two weeks"),
        (datum(at=NOW + timedelta(hours=2, seconds=1)), faults.InvalidParameterValue, "two hours in the future"),
        (datum(StorageResolution=5), faults.InvalidParameterValue, "1 or 60"),
        (datum(name=" "), faults.InvalidParameterValue, "MetricName"),
        (datum(name="Größe"), faults.InvalidParameterValue, "ASCII"),
        (datum(Dimensions=labels(Shop="a\n")), faults.InvalidParameterValue, "Dimensions.member.1.Value"),
        (datum(Dimensions=labels(Shop="a") * 2), faults.InvalidParameterValue, "repeated"),
    ],
)
async def test_a_datum_that_cannot_be_kept_is_refused(
    ctx: Context, given: dict[str, Any], fault: type[faults.Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        await put(ctx, given)


@pytest.mark.parametrize(
    ("parameters", "fault", "sentence"),
    [
        ({"Namespace": "AWS/Shop", "MetricData": [datum()]}, faults.InvalidParameterValue, "The value AWS/ for"),
        ({"Namespace": "  ", "MetricData": [datum()]}, faults.InvalidParameterValue, "Namespace"),
        ({"Namespace": NAMESPACE}, faults.MissingParameter, "MetricData is required"),
        ({"Namespace": NAMESPACE, "MetricData": [datum()] * 1001}, faults.InvalidParameterValue, "1000"),
        ({"Namespace": NAMESPACE, "EntityMetricData": [{}]}, faults.MissingParameter, "StrictEntityValidation"),
        (
            {"Namespace": NAMESPACE, "EntityMetricData": [{}] * 3, "StrictEntityValidation": True},
            faults.InvalidParameterValue,
            "EntityMetricData",
        ),
    ],
)
async def test_a_call_that_cannot_be_kept_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        await ask(ctx, "PutMetricData", **parameters)
