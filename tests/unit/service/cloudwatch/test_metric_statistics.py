"""GetMetricStatistics: periods from the start on, statistics, units, and AWS's limit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elastane.model import faults
from elastane.service.context import Context
from tests.kit.aside import NoticingAside
from tests.kit.contexts import NOW
from tests.unit.service.cloudwatch.kit import NAMESPACE, START, ask, datum, put, put_row


async def statistics(ctx: Context, *names: str, minutes: int = 10, **parameters: Any) -> list[dict[str, Any]]:
    defaults: dict[str, Any] = {
        "Namespace": NAMESPACE,
        "MetricName": "Orders",
        "StartTime": START,
        "EndTime": START + timedelta(minutes=minutes),
        "Period": 60,
        "Statistics": list(names),
    }
    answer = await ask(ctx, "GetMetricStatistics", **defaults | parameters)
    assert answer["Label"] == "Orders"
    return list(answer["Datapoints"])


async def test_every_statistic_of_a_period_is_in_its_point(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, 2, 3, Unit="Count")

    found = await statistics(ctx, "SampleCount", "Average", "Sum", "Minimum", "Maximum", Period=300)

    assert found == [
        {"Timestamp": START, "SampleCount": 3, "Average": 2, "Sum": 6, "Minimum": 1, "Maximum": 3, "Unit": "Count"}
    ]


async def test_periods_are_counted_from_the_start_time_on(ctx: Context) -> None:
    await put_row(ctx, "Orders", *range(10))
    start = START + timedelta(minutes=2, seconds=40)

    found = await statistics(ctx, "Sum", Period=300, StartTime=start)

    assert [(point["Timestamp"], point["Sum"]) for point in found] == [
        (START + timedelta(minutes=2), 2 + 3 + 4 + 5 + 6),
        (START + timedelta(minutes=7), 7 + 8 + 9),
    ]


async def test_the_end_is_not_part_of_what_is_asked_for(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, 2, 3)

    assert [point["Sum"] for point in await statistics(ctx, "Sum", minutes=2)] == [1, 2]


async def test_the_last_period_is_told_as_a_whole_before_and_after_it_is_packed(ctx: Context) -> None:
    await put_row(ctx, "Orders", *[1.0] * 60)

    before = await statistics(ctx, "Sum", Period=3600, minutes=30)
    await ctx.metric_series.roll_up(NOW + timedelta(days=1))
    after = await statistics(ctx, "Sum", Period=3600, minutes=30)

    assert [point["Sum"] for point in before] == [60]
    assert after == before


async def test_points_are_reckoned_aside(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, 2, 3)
    aside = NoticingAside()

    await statistics(replace(ctx, aside=aside), "Sum")

    assert aside.count == 1


async def test_percentiles_are_told_of_values_and_not_of_statistic_sets(ctx: Context) -> None:
    await put(ctx, datum(Values=[10, 20, 30]))
    unknown = {"SampleCount": 3, "Sum": 60, "Minimum": 10, "Maximum": 30}
    await put(ctx, datum(at=START + timedelta(minutes=1), StatisticValues=unknown))

    found = await statistics(ctx, Statistics=None, ExtendedStatistics=["p50", "tm90", "PR(:10)"])

    (point,) = found
    told = point["ExtendedStatistics"]
    assert point["Timestamp"] == START
    assert told == pytest.approx({"p50": 20, "tm90": (10 + 20 + 0.7 * 30) / 2.7, "PR(:10)": 100 / 3})


async def test_a_unit_that_is_not_the_metric_s_has_no_data(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, Unit="Count")

    assert len(await statistics(ctx, "Sum", Unit="Count")) == 1
    assert await statistics(ctx, "Sum", Unit="Bytes") == []


@pytest.mark.parametrize("end", [datetime.max.replace(tzinfo=UTC), NOW + timedelta(days=400)])
async def test_an_end_that_is_far_away_ends_with_the_data(ctx: Context, end: datetime) -> None:
    await put_row(ctx, "Orders", 1)

    found = await statistics(ctx, "Sum", EndTime=end, Period=86_400 * 30_000)

    assert [point["Sum"] for point in found] == [1]


async def test_a_metric_that_is_not_there_has_no_data(ctx: Context) -> None:
    assert await statistics(ctx, "Sum") == []


@pytest.mark.parametrize(
    ("parameters", "fault", "sentence"),
    [
        ({"Period": 45}, faults.InvalidParameterValue, "multiple of 60"),
        ({"EndTime": START}, faults.InvalidParameterCombination, "StartTime must be less than"),
        ({"Statistics": None}, faults.InvalidParameterCombination, "Statistics or ExtendedStatistics"),
        ({"ExtendedStatistics": ["p50"]}, faults.InvalidParameterCombination, "but not both"),
        ({"Statistics": None, "ExtendedStatistics": ["p101"]}, faults.InvalidParameterValue, "p101"),
        ({"Statistics": None, "ExtendedStatistics": ["Sum"]}, faults.InvalidParameterValue, "Sum"),
        (
            {"StartTime": NOW - timedelta(days=1, minutes=1), "EndTime": NOW},
            faults.InvalidParameterCombination,
            r"up to 1441 datapoints, which exceeds the limit of 1440\. You may reduce",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(
    ctx: Context, parameters: dict[str, Any], fault: type[faults.Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        await statistics(ctx, "Sum", **parameters)


async def test_as_many_points_as_the_limit_says_can_be_asked_for(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1)

    found = await statistics(ctx, "Sum", StartTime=NOW - timedelta(days=1), EndTime=NOW)

    assert [point["Sum"] for point in found] == [1]


@pytest.mark.parametrize("years", [(1, 2), (9998, 9999)])
async def test_times_beyond_all_data_have_no_points(ctx: Context, years: tuple[int, int]) -> None:
    await put_row(ctx, "Orders", 1)
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in years)

    assert await statistics(ctx, "Sum", StartTime=start, EndTime=end, Period=86_400) == []
