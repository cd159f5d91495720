"""CloudWatch's actions on a context of its own, and data to ask for."""

from datetime import datetime, timedelta
from typing import Any

from elastane.service.cloudwatch import ACTIONS
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from tests.kit.contexts import NOW

START = NOW - timedelta(hours=1)
"""A whole hour, as the standing clock's noon is."""
NAMESPACE = "Shop"


async def ask(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    return dict(await ACTIONS[action](ctx, Parameters(parameters)))


def datum(name: str = "Orders", value: float = 1.0, at: datetime = START, **members: Any) -> dict[str, Any]:
    """A value at a moment, or what else `members` say."""
    kinds = {"Values", "StatisticValues"} & members.keys()
    return {"MetricName": name, "Timestamp": at} | ({} if kinds else {"Value": value}) | members


def labels(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


async def put(ctx: Context, *data: dict[str, Any], namespace: str = NAMESPACE) -> None:
    await ask(ctx, "PutMetricData", Namespace=namespace, MetricData=list(data))


async def put_row(ctx: Context, name: str, *row: float | None, **members: Any) -> None:
    """One value a minute from START on; None is a minute without one."""
    await put(
        ctx,
        *(
            datum(name, value, START + timedelta(minutes=minute), **members)
            for minute, value in enumerate(row)
            if value is not None
        ),
    )


def metric_query(query_id: str, name: str, stat: str = "Sum", period: int = 60, **members: Any) -> dict[str, Any]:
    named = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": members.pop("Dimensions", [])}
    return {"Id": query_id, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}} | members


def math_query(query_id: str, expression: str, **members: Any) -> dict[str, Any]:
    return {"Id": query_id, "Expression": expression} | members


async def get_data(ctx: Context, *queries: dict[str, Any], minutes: int = 4, **parameters: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "StartTime": START,
        "EndTime": START + timedelta(minutes=minutes),
        "ScanBy": "TimestampAscending",
    }
    return await ask(ctx, "GetMetricData", MetricDataQueries=list(queries), **defaults | parameters)


async def get_rows(ctx: Context, *queries: dict[str, Any], **parameters: Any) -> dict[str, list[float]]:
    """The values of each result, by label."""
    answer = await get_data(ctx, *queries, **parameters)
    return {result["Label"]: result["Values"] for result in answer["MetricDataResults"]}
