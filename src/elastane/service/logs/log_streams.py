"""Log streams: made, found, deleted."""

from elastane.model import log_faults
from elastane.model.log_groups import LogGroup, LogStream, stream_arn
from elastane.model.log_lines import milliseconds
from elastane.service.context import Context, Result
from elastane.service.logs.pages import page
from elastane.service.logs.stored_groups import get_group, get_stream, requested_group_name
from elastane.service.parameters import Parameters
from elastane.store import log_rows
from elastane.store.log_events import PRUNE_COUNT_MAX, LogRows

_DIGITS = 20


async def create_log_stream(ctx: Context, parameters: Parameters) -> Result:
    def create(rows: LogRows) -> Result:
        group = get_group(rows, ctx, parameters.required_text("logGroupName"))
        name = parameters.required_text("logStreamName")
        if log_rows.create_stream(rows, group, name, at_milliseconds=milliseconds(ctx.now())) is None:
            raise log_faults.ResourceAlreadyExists("The specified log stream already exists")
        return {}

    return await ctx.log_events.write(create)


async def delete_log_stream(ctx: Context, parameters: Parameters) -> Result:
    """With its events, as a group's. A delivery that goes on makes it anew."""
    group_name, name = parameters.required_text("logGroupName"), parameters.required_text("logStreamName")

    def empty(rows: LogRows) -> bool:
        stream = get_stream(rows, get_group(rows, ctx, group_name), name)
        return log_rows.empty_stream(rows, stream, count_max=PRUNE_COUNT_MAX)

    def delete(rows: LogRows) -> Result:
        group = get_group(rows, ctx, group_name)
        log_rows.delete_stream(rows, group, get_stream(rows, group, name))
        return {}

    while await ctx.log_events.write(empty):
        pass
    return await ctx.log_events.write(delete)


async def describe_log_streams(ctx: Context, parameters: Parameters) -> Result:
    """By their names, or by their newest events; streams without one are the oldest then."""
    prefix = parameters.text("logStreamNamePrefix")
    is_by_time = parameters.text("orderBy") == "LastEventTime"
    if is_by_time and prefix:
        raise log_faults.InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    name = requested_group_name(ctx, parameters)

    def look(rows: LogRows) -> tuple[LogGroup, tuple[LogStream, ...]]:
        group = get_group(rows, ctx, name)
        return group, log_rows.list_streams(rows, group)

    group, found = await ctx.log_events.read(look)
    here, token = page(
        [stream for stream in found if stream.name.startswith(prefix or "")],
        _time_key if is_by_time else lambda stream: stream.name,
        parameters.text("nextToken"),
        parameters.integer("limit"),
        is_descending=bool(parameters.flag("descending")),
    )
    return {"logStreams": [_answer(ctx, group, stream) for stream in here], "nextToken": token}


def _time_key(stream: LogStream) -> str:
    return f"{stream.last_event_milliseconds or 0:0{_DIGITS}d} {stream.name}"


def _answer(ctx: Context, group: LogGroup, stream: LogStream) -> Result:
    """Shaped as `LogStream` in the published model. AWS says 0 for storedBytes of every stream since 2019."""
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created_at_milliseconds,
        "firstEventTimestamp": stream.first_event_milliseconds,
        "lastEventTimestamp": stream.last_event_milliseconds,
        "lastIngestionTime": stream.ingested_at_milliseconds,
        "uploadSequenceToken": f"{stream.number:056d}",
        "arn": stream_arn(ctx.account_id, ctx.region, group.name, stream.name),
        "storedBytes": 0,
    }
