"""What is asked of alarms besides themselves: their history and their tags."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from elastane.model import cloudwatch_faults, faults
from elastane.service.context import Context
from elastane.store import alarms
from tests.kit.alarms import ARN, TOPIC, advance, history, put
from tests.kit.calls import call_cloudwatch as call
from tests.kit.contexts import NOW

# --- history -------------------------------------------------------------------------------------


async def test_history_is_narrowed_by_alarm_kind_and_time_and_paged_both_ways(ctx: Context) -> None:
    for hour in range(4):
        await put(ctx, AlarmName=f"alarm-{hour}")
        advance(ctx, hours=1)

    def summaries(items: list[dict[str, Any]]) -> list[str]:
        return [item["AlarmName"] for item in items]

    assert summaries(await history(ctx)) == ["alarm-3", "alarm-2", "alarm-1", "alarm-0"]
    assert summaries(await history(ctx, AlarmName="alarm-2")) == ["alarm-2"]
    assert await history(ctx, HistoryItemType="StateUpdate") == []
    assert await history(ctx, HistoryItemType="AlarmContributorAction") == []
    assert await history(ctx, AlarmTypes=["CompositeAlarm"]) == []
    within = {"StartDate": NOW + timedelta(hours=1), "EndDate": NOW + timedelta(hours=2)}
    assert summaries(await history(ctx, **within)) == ["alarm-2", "alarm-1"]

    first = await call(ctx, "DescribeAlarmHistory", MaxRecords=3, ScanBy="TimestampAscending")
    rest = await call(ctx, "DescribeAlarmHistory", ScanBy="TimestampAscending", NextToken=first["NextToken"])
    assert summaries([*first["AlarmHistoryItems"], *rest["AlarmHistoryItems"]]) == [f"alarm-{n}" for n in range(4)]
    assert "NextToken" not in rest


async def test_history_is_told_for_thirty_days(ctx: Context) -> None:
    await put(ctx)
    advance(ctx, days=31)

    assert await history(ctx, StartDate=datetime(2020, 1, 1, tzinfo=NOW.tzinfo)) == []


# --- tags ----------------------------------------------------------------------------------------


async def test_tags_are_added_replaced_and_taken_away(ctx: Context) -> None:
    await put(ctx)

    await call(ctx, "TagResource", ResourceARN=ARN, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    await call(ctx, "TagResource", ResourceARN=ARN, Tags=[{"Key": "b", "Value": "3"}])
    await call(ctx, "UntagResource", ResourceARN=ARN, TagKeys=["a", "gone"])

    assert (await call(ctx, "ListTagsForResource", ResourceARN=ARN))["Tags"] == [{"Key": "b", "Value": "3"}]


@pytest.mark.parametrize(
    ("arn", "fault"),
    [
        (f"{ARN}-2", cloudwatch_faults.ResourceNotFoundException),
        (ARN.replace("us-east-1", "us-west-2"), cloudwatch_faults.ResourceNotFoundException),
        (ARN.replace(":alarm:", ":insight-rule/"), cloudwatch_faults.ResourceNotFoundException),
        ("high-cpu", faults.InvalidParameterValue),
        (TOPIC, faults.InvalidParameterValue),
    ],
)
async def test_only_an_alarm_that_is_there_has_tags(ctx: Context, arn: str, fault: type[faults.Fault]) -> None:
    await put(ctx)

    with pytest.raises(fault):
        await call(ctx, "ListTagsForResource", ResourceARN=arn)


async def test_an_alarm_has_fifty_tags_at_most(ctx: Context) -> None:
    await put(ctx, Tags=[{"Key": str(number), "Value": ""} for number in range(50)])

    with pytest.raises(faults.InvalidParameterValue, match="50"):
        await call(ctx, "TagResource", ResourceARN=ARN, Tags=[{"Key": "one more", "Value": ""}])


async def test_history_is_pruned_by_its_age(ctx: Context) -> None:
    await put(ctx, AlarmName="first")
    advance(ctx, hours=1)
    await put(ctx, AlarmName="second")

    await ctx.store.write(lambda tx: alarms.prune_history(tx, before=NOW + timedelta(minutes=30)))

    assert [item["AlarmName"] for item in await history(ctx)] == ["second"]
