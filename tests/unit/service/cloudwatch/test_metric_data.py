"""GetMetricData: metrics, expressions over them, labels, pages, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elastane.model import cloudwatch_faults, faults
from elastane.service.context import Context
from tests.kit.aside import NoticingAside
from tests.kit.contexts import NOW, StandingClock
from tests.unit.service.cloudwatch.kit import (
    NAMESPACE,
    START,
    datum,
    get_data,
    get_rows,
    labels,
    math_query,
    metric_query,
    put,
    put_row,
)

MINUTES = [START + timedelta(minutes=minute) for minute in range(60)]


async def test_a_metric_is_answered_point_by_point(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, None, 3)

    answer = await get_data(ctx, metric_query("m1", "Orders"))

    assert answer == {
        "MetricDataResults": [
            {
                "Id": "m1",
                "Label": "Orders",
                "Timestamps": [MINUTES[0], MINUTES[2]],
                "Values": [1, 3],
                "StatusCode": "Complete",
            }
        ],
        "Messages": [],
        "NextToken": None,
    }


async def test_the_newest_point_is_first_unless_the_oldest_is_asked_for(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, 2, 3)

    assert await get_rows(ctx, metric_query("m1", "Orders"), ScanBy=None) == {"Orders": [3, 2, 1]}
    assert await get_rows(ctx, metric_query("m1", "Orders")) == {"Orders": [1, 2, 3]}


async def test_periods_begin_at_their_multiples_and_are_whole(ctx: Context) -> None:
    await put_row(ctx, "Orders", *range(20))

    answer = await get_data(
        ctx,
        metric_query("m1", "Orders", period=300),
        StartTime=START + timedelta(minutes=7, seconds=30),
        EndTime=START + timedelta(minutes=12),
    )

    (result,) = answer["MetricDataResults"]
    assert result["Timestamps"] == [MINUTES[5], MINUTES[10]]
    assert result["Values"] == [5 + 6 + 7 + 8 + 9, 10 + 11 + 12 + 13 + 14]


async def test_expressions_are_worked_out_over_metrics_and_each_other(ctx: Context) -> None:
    await put_row(ctx, "Hits", 8, 9, 0, 3)
    await put_row(ctx, "Misses", 2, None, 0, 1)

    found = await get_rows(
        ctx,
        math_query("percent", "100 * ratio"),
        math_query("ratio", "hits / (hits + misses)", ReturnData=False),
        metric_query("hits", "Hits", ReturnData=False),
        metric_query("misses", "Misses", ReturnData=False),
        math_query("most", "MAX(METRICS())", Label="the most"),
    )

    assert found == {"percent": [80, 100, 75], "the most": [8, 9, 0, 3]}


async def test_a_result_that_lost_points_to_arithmetic_says_so(ctx: Context) -> None:
    await put_row(ctx, "Hits", 8, 0)

    answer = await get_data(
        ctx,
        metric_query("m1", "Hits"),
        math_query("e1", "m1 / m1", ReturnData=False),
        math_query("e2", "100 * SUM([e1, m1])"),
        math_query("e3", "IF(m1, m1, 0)"),
    )

    codes = {
        result["Id"]: [message["Code"] for message in result.get("Messages", [])]
        for result in answer["MetricDataResults"]
    }
    assert codes == {"m1": [], "e2": ["ArithmeticError"], "e3": []}


async def test_a_period_of_an_expression_is_that_of_series_made_of_numbers(ctx: Context) -> None:
    found = await get_rows(ctx, math_query("e1", "TIME_SERIES(7)", Period=120), minutes=6)
    by_the_metric_s = await get_rows(
        ctx, metric_query("m1", "Orders", ReturnData=False), math_query("e1", "TIME_SERIES(7)"), minutes=6
    )

    assert found == {"e1": [7, 7, 7]}
    assert by_the_metric_s == {"e1": [7] * 6}


async def test_what_is_still_to_come_is_not_filled(ctx: Context) -> None:
    found = await get_rows(
        ctx,
        metric_query("m1", "Orders", ReturnData=False),
        math_query("e1", "FILL(m1, 0)"),
        StartTime=NOW - timedelta(minutes=2),
        EndTime=NOW + timedelta(hours=1),
    )

    assert found == {"e1": [0, 0]}


async def test_a_unit_that_is_not_the_metric_s_has_no_data(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, Unit="Count")
    right, wrong = (metric_query("m1", "Orders") for _ in range(2))
    right["MetricStat"]["Unit"], wrong["MetricStat"]["Unit"] = "Count", "Bytes"

    assert await get_rows(ctx, right) == {"Orders": [1]}
    assert await get_rows(ctx, wrong) == {"Orders": []}


# --- searches ------------------------------------------------------------------------------------


@pytest.fixture
async def shops(ctx: Context) -> Context:
    for shop, value in (("north", 1.0), ("south", 2.0)):
        await put(ctx, datum("Orders", value, Dimensions=labels(Shop=shop)))
        await put(ctx, datum("Refunds", value * 10, Dimensions=labels(Shop=shop)))
    await put(ctx, datum("Orders", 100.0))
    return ctx


async def test_a_search_finds_metrics_and_tells_them_apart_by_their_dimensions(shops: Context) -> None:
    search = """SEARCH('{Shop,Shop} MetricName="Orders"', 'Sum', 60)"""

    found = await get_rows(shops, math_query("e1", search))
    total = await get_rows(shops, math_query("e1", f"SUM({search})"))

    assert found == {"north": [1], "south": [2]}
    assert total == {"e1": [3]}


async def test_a_search_by_terms_looks_at_every_namespace(shops: Context) -> None:
    await put(shops, datum("Refunds", 5.0), namespace="Elsewhere")

    found = await get_data(shops, math_query("e1", "SEARCH('refunds', 'Sum', 60)"))

    assert sorted(result["Values"] for result in found["MetricDataResults"]) == [[5], [10], [20]]
    assert {result["Id"] for result in found["MetricDataResults"]} == {"e1"}


async def test_labels_of_a_search_know_each_metric(shops: Context) -> None:
    label = "${PROP('Dim.Shop')} ${PROP('MetricName')} ${PROP('Stat')}: ${LAST}"

    found = await get_rows(
        shops, math_query("e1", "SORT(SEARCH('{Shop,Shop} Orders', 'Sum', 60), SUM, DESC)", Label=label)
    )

    assert found == {"south Orders Sum: 2": [2], "north Orders Sum: 1": [1]}


async def test_a_search_that_finds_nothing_has_no_results(ctx: Context) -> None:
    answer = await get_data(ctx, math_query("e1", "SEARCH('{Nowhere} x', 'Sum', 60)"))

    assert answer["MetricDataResults"] == []


async def test_a_search_that_finds_too_much_says_so(ctx: Context) -> None:
    await put(ctx, *(datum(f"Orders{number}") for number in range(501)))

    answer = await get_data(ctx, math_query("e1", "SEARCH('{Shop}', 'Sum', 60)"))

    assert len(answer["MetricDataResults"]) == 500
    assert [message["Code"] for message in answer["Messages"]] == ["MaxMetricsExceeded"]


# --- labels --------------------------------------------------------------------------------------


async def test_metrics_of_one_name_are_told_apart_by_their_dimensions(shops: Context) -> None:
    found = await get_rows(
        shops,
        metric_query("m1", "Orders", Dimensions=labels(Shop="north")),
        metric_query("m2", "Orders", Dimensions=labels(Shop="south")),
    )

    assert found == {"north": [1], "south": [2]}


async def test_several_series_of_one_expression_have_its_label_before_their_own(ctx: Context) -> None:
    await put_row(ctx, "Hits", 1)
    await put_row(ctx, "Misses", 2)

    found = await get_rows(
        ctx,
        metric_query("m1", "Hits", ReturnData=False),
        metric_query("m2", "Misses", ReturnData=False),
        math_query("e1", "METRICS() * 10", Label="ten times"),
    )

    assert found == {"ten times Hits": [10], "ten times Misses": [20]}


async def test_a_dynamic_label_tells_of_the_values(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, 4, 2.5)
    label = "${LABEL} in ${PROP('Region')}: ${MIN} to ${MAX}, ${LAST} at ${LAST_TIME}"

    found = await get_rows(ctx, metric_query("m1", "Orders", Label=label), LabelOptions={"Timezone": "+0130"})

    assert found == {"Orders in us-east-1: 1 to 4, 2.5 at 2026-11-23 12:32:00 UTC+0130": [1, 4, 2.5]}


async def test_points_labels_and_pages_are_made_aside(ctx: Context) -> None:
    await put_row(ctx, "Orders", 1, 2, 3)
    aside = NoticingAside()

    await get_data(replace(ctx, aside=aside), metric_query("m1", "Orders", Label="${MAX}"))

    assert aside.count == 3


# --- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["TimestampAscending", "TimestampDescending"])
async def test_pages_have_every_point_once(ctx: Context, order: str) -> None:
    await put_row(ctx, "Hits", *range(10))
    await put_row(ctx, "Misses", *range(100, 105))
    queries = [metric_query("m1", "Hits"), metric_query("m2", "Misses")]
    whole = await get_rows(ctx, *queries, minutes=10, ScanBy=order)

    gathered: dict[str, list[float]] = {}
    statuses: list[dict[str, str]] = []
    token: str | None = None
    while token is not None or not statuses:
        page = await get_data(ctx, *queries, minutes=10, ScanBy=order, MaxDatapoints=4, NextToken=token)
        for result in page["MetricDataResults"]:
            gathered.setdefault(result["Label"], []).extend(result["Values"])
        assert sum(len(result["Values"]) for result in page["MetricDataResults"]) <= 4
        statuses.append({result["Id"]: result["StatusCode"] for result in page["MetricDataResults"]})
        token = page["NextToken"]

    assert gathered == whole
    assert len(statuses) == 4
    assert statuses[0] == {"m1": "PartialData", "m2": "PartialData"}
    assert set(statuses[-1].values()) == {"Complete"}


async def test_a_token_belongs_to_its_question(ctx: Context) -> None:
    await put_row(ctx, "Hits", 1, 2)
    token = (await get_data(ctx, metric_query("m1", "Hits"), MaxDatapoints=1))["NextToken"]

    for parameters in ({"NextToken": token, "minutes": 5}, {"NextToken": "made-up"}):
        with pytest.raises(cloudwatch_faults.InvalidPageToken):
            await get_data(ctx, metric_query("m1", "Hits"), **parameters)


async def test_what_comes_between_two_pages_does_not_shift_them(ctx: Context) -> None:
    await put_row(ctx, "Hits", 1, 2, 3)
    first = await get_data(ctx, metric_query("m1", "Hits"), MaxDatapoints=2, ScanBy="TimestampDescending")

    await put(ctx, datum("Hits", 4.0, MINUTES[3]))
    second = await get_data(
        ctx, metric_query("m1", "Hits"), MaxDatapoints=2, ScanBy="TimestampDescending", NextToken=first["NextToken"]
    )

    assert first["MetricDataResults"][0]["Values"] == [3, 2]
    assert second["MetricDataResults"][0]["Values"] == [1]


# --- old data ------------------------------------------------------------------------------------


async def test_the_past_is_told_in_coarser_periods(ctx: Context) -> None:
    clock = ctx.now
    assert isinstance(clock, StandingClock)
    await put_row(ctx, "Orders", *range(10))
    clock.advance(days=20)
    await ctx.metric_series.roll_up(ctx.now())
    await ctx.metric_series.prune(ctx.now())

    by_minutes = await get_rows(ctx, metric_query("m1", "Orders", period=60), minutes=10)
    by_five = await get_rows(ctx, metric_query("m1", "Orders", period=300), minutes=10)

    assert by_minutes == {"Orders": []}
    assert by_five == {"Orders": [0 + 1 + 2 + 3 + 4, 5 + 6 + 7 + 8 + 9]}


@pytest.mark.parametrize(
    ("start", "end", "values"),
    [
        (datetime.min, datetime.max, [3]),
        (datetime.min, datetime(2000, 1, 1), []),
        (datetime(9000, 1, 1), datetime.max, []),
    ],
)
async def test_times_beyond_all_data_can_be_asked_for(
    ctx: Context, start: datetime, end: datetime, values: list[float]
) -> None:
    await put_row(ctx, "Orders", 1, 2)
    longest = 2_147_483_640

    found = await get_rows(
        ctx,
        metric_query("m1", "Orders", period=longest),
        math_query("e1", "FILL(m1, 0)", Period=longest),
        math_query("e2", "HOUR(m1)", Period=86_400),
        StartTime=start.replace(tzinfo=UTC),
        EndTime=end.replace(tzinfo=UTC),
    )

    assert found["Orders"] == values
    assert {"e1", "e2"} <= found.keys()


# --- what is refused -----------------------------------------------------------------------------

M1 = metric_query("m1", "Orders")


@pytest.mark.parametrize(
    ("queries", "parameters", "sentence"),
    [
        ([], {}, "size of 1 to 500"),
        ([metric_query(f"m{number}", "Orders") for number in range(501)], {}, "size of 1 to 500"),
        ([M1, M1], {}, "not unique"),
        ([metric_query("M1", "Orders")], {}, "not matching the expected pattern"),
        ([metric_query("1m", "Orders")], {}, "not matching the expected pattern"),
        ([metric_query("m-1", "Orders")], {}, "not matching the expected pattern"),
        ([{"Id": "m1"}], {}, "Exactly one of"),
        ([M1 | {"Expression": "m1"}], {}, "Exactly one of"),
        ([M1 | {"Period": 60}], {}, "mutually exclusive"),
        ([M1 | {"AccountId": "999999999999"}], {}, "not linked"),
        ([metric_query("m1", "Orders", period=90)], {}, "multiple of 60"),
        ([metric_query("m1", "Orders", "Median")], {}, "Median"),
        ([M1], {"EndTime": START}, "EndTime must be greater"),
        ([M1], {"MaxDatapoints": 100_801}, "MaxDatapoints"),
        ([M1], {"LabelOptions": {"Timezone": "Berlin"}}, "Timezone"),
        ([math_query("e1", "m1 +")], {}, "Error in expression 'e1': The expression ends too early"),
        ([math_query("e1", "m9")], {}, "Error in expression 'e1': There is no metric or expression with the id m9"),
        ([math_query("e1", "e1 + 1")], {}, "depends on itself"),
        ([math_query("e1", "e2"), math_query("e2", "e1")], {}, "depends on itself"),
        ([M1, math_query("e1", "AVG(m1)")], {}, "not a single number"),
        ([math_query("e1", "SELECT AVG(CPU) FROM Shop")], {}, "SELECT"),
        ([math_query("e1", "SEARCH('{Shop', 'Sum', 60)")], {}, "no closing brace"),
        ([math_query("e1", "SEARCH('{Shop}', 'Summe', 60)")], {}, "no statistic"),
        ([math_query("e1", "SEARCH('{Shop}', 'Sum', 61)")], {}, "multiple of 60"),
        ([math_query("e1", "TIME_SERIES(1)", Period=1)], {"StartTime": NOW - timedelta(days=400)}, "data points"),
        (
            [metric_query(f"m{number}", "Orders", period=1) for number in range(500)],
            {"StartTime": NOW - timedelta(days=1)},
            "more than 1000000 data points",
        ),
        (
            [math_query("e1", "+".join(["TIME_SERIES(1)"] * 100), Period=1)],
            {"StartTime": NOW - timedelta(days=1)},
            "too much work",
        ),
    ],
)
async def test_what_makes_no_sense_is_a_validation_error(
    ctx: Context, queries: list[dict[str, Any]], parameters: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(faults.ValidationError, match=sentence):
        await get_data(ctx, *queries, **parameters)


async def test_a_metric_without_a_name_is_refused(ctx: Context) -> None:
    query = {"Id": "m1", "MetricStat": {"Metric": {"Namespace": NAMESPACE}, "Period": 60, "Stat": "Sum"}}

    with pytest.raises(faults.MissingParameter, match="MetricName"):
        await get_data(ctx, query)
