"""Tags of log groups: by ARN, and by name as older clients ask."""

from collections.abc import Callable

from elastane.model import log_faults
from elastane.model.log_groups import TAG_COUNT_MAX
from elastane.service.context import Context, Result
from elastane.service.logs.stored_groups import get_group, group_name_of
from elastane.service.parameters import Parameters
from elastane.store import log_rows
from elastane.store.log_events import LogRows


async def tag_resource(ctx: Context, parameters: Parameters) -> Result:
    tags = given_tags(parameters)
    return await _change(ctx, _named(ctx, parameters), lambda before: before | tags)


async def untag_resource(ctx: Context, parameters: Parameters) -> Result:
    """Keys that it does not have are no error."""
    keys = parameters.texts("tagKeys") or ()
    return await _change(ctx, _named(ctx, parameters), lambda before: _without(before, keys))


async def list_tags_for_resource(ctx: Context, parameters: Parameters) -> Result:
    return await _list(ctx, _named(ctx, parameters))


async def tag_log_group(ctx: Context, parameters: Parameters) -> Result:
    tags = given_tags(parameters)
    return await _change(ctx, parameters.required_text("logGroupName"), lambda before: before | tags)


async def untag_log_group(ctx: Context, parameters: Parameters) -> Result:
    keys = parameters.texts("tags") or ()
    return await _change(ctx, parameters.required_text("logGroupName"), lambda before: _without(before, keys))


async def list_tags_log_group(ctx: Context, parameters: Parameters) -> Result:
    return await _list(ctx, parameters.required_text("logGroupName"))


def given_tags(parameters: Parameters) -> dict[str, str]:
    """Raises InvalidParameter for keys that are AWS's own, TooManyTags."""
    given = parameters.structure("tags")
    tags = {} if given is None else {key: given.text(key) or "" for key in given}
    if any(key.lower().startswith("aws:") for key in tags):
        raise log_faults.InvalidParameter("Tag keys that begin with aws: are reserved.")
    _refuse_too_many(tags)
    return tags


def _named(ctx: Context, parameters: Parameters) -> str:
    arn = parameters.required_text("resourceArn")
    if not arn.startswith("arn:"):
        raise log_faults.InvalidParameter("The resourceArn is not an ARN.")
    return group_name_of(ctx, arn)


async def _change(ctx: Context, name: str, change: Callable[[dict[str, str]], dict[str, str]]) -> Result:
    def save(rows: LogRows) -> Result:
        group = get_group(rows, ctx, name)
        tags = change(log_rows.get_tags(rows, group))
        _refuse_too_many(tags)
        log_rows.save_tags(rows, group, tags)
        return {}

    return await ctx.log_events.write(save)


async def _list(ctx: Context, name: str) -> Result:
    tags = await ctx.log_events.read(lambda rows: log_rows.get_tags(rows, get_group(rows, ctx, name)))
    return {"tags": tags}


def _refuse_too_many(tags: dict[str, str]) -> None:
    if len(tags) > TAG_COUNT_MAX:
        raise log_faults.TooManyTags(f"A resource may have {TAG_COUNT_MAX} tags.")


def _without(tags: dict[str, str], keys: tuple[str, ...]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key not in keys}
