"""Log groups: made, found, kept for how long, deleted."""

from elastane.model import log_faults
from elastane.model.log_groups import (
    GROUP_COUNT_MAX,
    RETENTION_DAYS,
    LogGroup,
    group_arn,
)
from elastane.model.log_lines import milliseconds
from elastane.service.context import Context, Result
from elastane.service.logs.pages import page
from elastane.service.logs.stored_groups import get_group, group_name_of
from elastane.service.logs.tags import given_tags
from elastane.service.parameters import Parameters
from elastane.store import log_rows
from elastane.store.log_events import PRUNE_COUNT_MAX, LogRows


async def create_log_group(ctx: Context, parameters: Parameters) -> Result:
    """Raises ResourceAlreadyExists, LimitExceeded, and InvalidParameter for what is not built."""
    if parameters.text("kmsKeyId"):
        raise log_faults.InvalidParameter("Encryption of log groups with a KMS key is not supported by this version.")
    if parameters.flag("deletionProtectionEnabled"):
        raise log_faults.InvalidParameter("Deletion protection of log groups is not supported by this version.")
    name = parameters.required_text("logGroupName")
    tags = given_tags(parameters)

    def create(rows: LogRows) -> Result:
        if len(log_rows.list_groups(rows, ctx.region)) >= GROUP_COUNT_MAX:
            raise log_faults.LimitExceeded(f"A region may have {GROUP_COUNT_MAX} log groups.")
        group = log_rows.create_group(
            rows,
            ctx.region,
            name,
            at_milliseconds=milliseconds(ctx.now()),
            log_class=parameters.text("logGroupClass") or "STANDARD",
        )
        if group is None:
            raise log_faults.ResourceAlreadyExists("The specified log group already exists")
        log_rows.save_tags(rows, group, tags)
        return {}

    return await ctx.log_events.write(create)


async def delete_log_group(ctx: Context, parameters: Parameters) -> Result:
    """With its streams and events. These go first, some at a time: deliveries are written down between."""
    name = parameters.required_text("logGroupName")

    def empty(rows: LogRows) -> bool:
        return log_rows.empty_group(rows, get_group(rows, ctx, name), count_max=PRUNE_COUNT_MAX)

    def delete(rows: LogRows) -> Result:
        log_rows.delete_group(rows, get_group(rows, ctx, name))
        return {}

    while await ctx.log_events.write(empty):
        pass
    return await ctx.log_events.write(delete)


async def describe_log_groups(ctx: Context, parameters: Parameters) -> Result:
    """In the order of their names. A prefix is exact, a pattern is anywhere in a name and knows no case."""
    prefix, pattern = parameters.text("logGroupNamePrefix"), parameters.text("logGroupNamePattern")
    if prefix and pattern:
        raise log_faults.InvalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive.")
    identifiers = parameters.texts("logGroupIdentifiers")
    names = None if identifiers is None else {group_name_of(ctx, identifier) for identifier in identifiers}
    accounts = parameters.texts("accountIdentifiers")
    log_class = parameters.text("logGroupClass")

    def is_wanted(group: LogGroup) -> bool:
        return (
            group.name.startswith(prefix or "")
            and (pattern or "").lower() in group.name.lower()
            and (names is None or group.name in names)
            and (log_class is None or group.log_class == log_class)
            and (not accounts or ctx.account_id in accounts)
        )

    found = await ctx.log_events.read(lambda rows: log_rows.list_groups(rows, ctx.region))
    here, token = page(
        [group for group in found if is_wanted(group)],
        lambda group: group.name,
        parameters.text("nextToken"),
        parameters.integer("limit"),
    )
    return {"logGroups": [_answer(ctx, group) for group in here], "nextToken": token}


async def put_retention_policy(ctx: Context, parameters: Parameters) -> Result:
    days = parameters.integer("retentionInDays")
    if days not in RETENTION_DAYS:
        raise log_faults.InvalidParameter(
            f"Invalid retentionInDays {days}. Must be one of {', '.join(map(str, RETENTION_DAYS))}."
        )
    return await _save_retention(ctx, parameters, days)


async def delete_retention_policy(ctx: Context, parameters: Parameters) -> Result:
    """From then on events are kept for ever, within the bounds of the installation."""
    return await _save_retention(ctx, parameters, None)


async def _save_retention(ctx: Context, parameters: Parameters, days: int | None) -> Result:
    def save(rows: LogRows) -> Result:
        group = get_group(rows, ctx, parameters.required_text("logGroupName"))
        log_rows.save_retention(rows, group, days)
        return {}

    return await ctx.log_events.write(save)


def _answer(ctx: Context, group: LogGroup) -> Result:
    """Shaped as `LogGroup` in the published model. The one ARN stands for its streams as well, the other does not."""
    arn = group_arn(ctx.account_id, ctx.region, group.name)
    return {
        "logGroupName": group.name,
        "creationTime": group.created_at_milliseconds,
        "retentionInDays": group.retention_days,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": group.stored_bytes,
        "logGroupClass": group.log_class,
        "deletionProtectionEnabled": False,
    }
