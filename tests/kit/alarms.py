"""Alarms of tests of actions: the least that one can be asked for with, and what is asked about it."""

from typing import Any

from elastane.service.context import Context
from tests.kit.calls import call_cloudwatch
from tests.kit.contexts import StandingClock

TOPIC = "arn:aws:sns:us-east-1:000000000000:alerts"
ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:high-cpu"

LEAST: dict[str, Any] = {
    "AlarmName": "high-cpu",
    "MetricName": "CPUUtilization",
    "Namespace": "AWS/ElastiCache",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 90.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


async def put(ctx: Context, **changes: Any) -> None:
    await call_cloudwatch(ctx, "PutMetricAlarm", **LEAST | changes)


async def described(ctx: Context, name: str = "high-cpu") -> dict[str, Any]:
    (alarm,) = (await call_cloudwatch(ctx, "DescribeAlarms", AlarmNames=[name]))["MetricAlarms"]
    return dict(alarm)


async def names(ctx: Context, **parameters: Any) -> list[str]:
    return [
        alarm["AlarmName"] for alarm in (await call_cloudwatch(ctx, "DescribeAlarms", **parameters))["MetricAlarms"]
    ]


async def history(ctx: Context, **parameters: Any) -> list[dict[str, Any]]:
    return list((await call_cloudwatch(ctx, "DescribeAlarmHistory", **parameters))["AlarmHistoryItems"])


def advance(ctx: Context, **duration: float) -> None:
    assert isinstance(ctx.now, StandingClock)
    ctx.now.advance(**duration)
