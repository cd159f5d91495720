"""Actions of CloudWatch Logs, as the API calls them."""

from typing import Any

from elastane.service.context import Context
from elastane.service.logs import ACTIONS
from elastane.service.parameters import Parameters
from tests.kit.contexts import NOW

NOW_MILLISECONDS = int(NOW.timestamp() * 1000)


async def call(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    return dict(await ACTIONS[action](ctx, Parameters(parameters)))


async def make_stream(ctx: Context, group: str = "/caches", stream: str = "one") -> None:
    """And the group, where there is none."""
    if not (await call(ctx, "DescribeLogGroups", logGroupNamePrefix=group))["logGroups"]:
        await call(ctx, "CreateLogGroup", logGroupName=group)
    await call(ctx, "CreateLogStream", logGroupName=group, logStreamName=stream)


async def put(
    ctx: Context, *messages: str, at: int = NOW_MILLISECONDS, group: str = "/caches", stream: str = "one"
) -> dict[str, Any]:
    """Events a millisecond apart."""
    events = [{"timestamp": at + number, "message": message} for number, message in enumerate(messages)]
    return await call(ctx, "PutLogEvents", logGroupName=group, logStreamName=stream, logEvents=events)


def texts(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]
