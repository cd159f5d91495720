"""Tags of alarms, by the alarm's ARN. CloudWatch has other resources with tags; none of them is built."""

from elastane.model import cloudwatch_faults, faults
from elastane.model.alarms import alarm_arn
from elastane.model.ids import Arn
from elastane.service.context import Context, Result
from elastane.service.elasticache import tags as elasticache_tags
from elastane.service.elasticache.decisions import decide
from elastane.service.parameters import Parameters
from elastane.store import Transaction, alarms, tags


async def tag_resource(ctx: Context, parameters: Parameters) -> Result:
    new_tags = requested_tags(ctx, parameters)

    def add(tx: Transaction) -> Result:
        arn = _get_arn(tx, ctx, parameters)
        merged = tags.get_tags(tx, arn) | new_tags
        if len(merged) > ctx.limits.tags_per_resource:
            raise _too_many(ctx)
        tags.save_tags(tx, arn, merged)
        return {}

    return await decide(ctx.store, add)


async def untag_resource(ctx: Context, parameters: Parameters) -> Result:
    """Keys that the alarm has no tag of are passed over."""
    keys = frozenset(parameters.texts("TagKeys") or ())

    def remove(tx: Transaction) -> Result:
        arn = _get_arn(tx, ctx, parameters)
        tags.save_tags(tx, arn, {key: value for key, value in tags.get_tags(tx, arn).items() if key not in keys})
        return {}

    return await decide(ctx.store, remove)


async def list_tags_for_resource(ctx: Context, parameters: Parameters) -> Result:
    def answer(tx: Transaction) -> Result:
        kept = tags.get_tags(tx, _get_arn(tx, ctx, parameters))
        return {"Tags": [{"Key": key, "Value": value} for key, value in kept.items()]}

    return await ctx.store.read(answer)


def requested_tags(ctx: Context, parameters: Parameters) -> dict[str, str]:
    """As all tags are checked. Raises InvalidParameterValue."""
    try:
        return elasticache_tags.requested_tags(ctx, parameters)
    except faults.TagQuotaPerResourceExceeded:
        raise _too_many(ctx) from None


def _get_arn(tx: Transaction, ctx: Context, parameters: Parameters) -> Arn:
    """Of an alarm that there is. Raises InvalidParameterValue and ResourceNotFoundException."""
    text = parameters.required_text("ResourceARN")
    prefix = alarm_arn(ctx.region, ctx.account_id, "")
    if not text.startswith("arn:aws:cloudwatch:"):
        raise faults.InvalidParameterValue(f"{text} is not the ARN of a CloudWatch resource.")
    name = text.removeprefix(prefix)
    if name == text or alarms.find_alarm(tx, ctx.region, name) is None:
        raise cloudwatch_faults.ResourceNotFoundException(f"{text} is not there.")
    return Arn(text)


def _too_many(ctx: Context) -> faults.InvalidParameterValue:
    return faults.InvalidParameterValue(f"A resource may have no more than {ctx.limits.tags_per_resource} tags.")
