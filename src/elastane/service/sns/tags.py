"""Tags of topics. They go with the topic."""

from typing import Final

from elastane.model import faults, sns_faults
from elastane.model.ids import Arn
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.parameters import Parameters
from elastane.service.sns.stored_topics import refuse_foreign_topic
from elastane.store import Transaction, tags, topics

TAG_COUNT_MAX: Final = 50
KEY_LENGTH_MAX: Final = 128
VALUE_LENGTH_MAX: Final = 256


async def tag_resource(ctx: Context, parameters: Parameters) -> Result:
    arn = _requested_resource(ctx, parameters)
    new_tags = requested_tags(parameters)

    def add(tx: Transaction) -> Result:
        _refuse_missing(tx, arn)
        merged = tags.get_tags(tx, arn) | new_tags
        _refuse_excess(len(merged))
        tags.save_tags(tx, arn, merged)
        return {}

    return await decide(ctx.store, add)


async def untag_resource(ctx: Context, parameters: Parameters) -> Result:
    """Keys that are not there are no fault, as in AWS."""
    arn = _requested_resource(ctx, parameters)
    keys = frozenset(parameters.texts("TagKeys") or ())

    def remove(tx: Transaction) -> Result:
        _refuse_missing(tx, arn)
        kept = {key: value for key, value in tags.get_tags(tx, arn).items() if key not in keys}
        tags.save_tags(tx, arn, kept)
        return {}

    return await decide(ctx.store, remove)


async def list_tags_for_resource(ctx: Context, parameters: Parameters) -> Result:
    arn = _requested_resource(ctx, parameters)

    def answer(tx: Transaction) -> Result:
        _refuse_missing(tx, arn)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.get_tags(tx, arn).items()]}

    return await ctx.store.read(answer)


def requested_tags(parameters: Parameters) -> dict[str, str]:
    """Raises InvalidParameter and TagLimitExceeded."""
    requested: dict[str, str] = {}
    for tag in parameters.structures("Tags") or ():
        key, value = tag.text("Key") or "", tag.text("Value") or ""
        if key in requested:
            raise sns_faults.InvalidParameter(f"Invalid parameter: Tags Reason: {key} is given more than once")
        if not 1 <= len(key) <= KEY_LENGTH_MAX or len(value) > VALUE_LENGTH_MAX:
            raise sns_faults.InvalidParameter(
                f"Invalid parameter: Tags Reason: keys have 1 to {KEY_LENGTH_MAX} characters, "
                f"values {VALUE_LENGTH_MAX} at most"
            )
        if key.lower().startswith("aws:"):
            raise sns_faults.InvalidParameter(f"Invalid parameter: Tags Reason: {key}: aws: is reserved for AWS")
        requested[key] = value
    _refuse_excess(len(requested))
    return requested


def _requested_resource(ctx: Context, parameters: Parameters) -> Arn:
    arn = parameters.required_text("ResourceArn")
    refuse_foreign_topic(ctx, arn, "ResourceArn")
    return Arn(arn)


def _refuse_missing(tx: Transaction, arn: Arn) -> None:
    if topics.find_topic(tx, arn) is None:
        raise sns_faults.ResourceNotFound("Resource does not exist")


def _refuse_excess(tag_count: int) -> None:
    if tag_count > TAG_COUNT_MAX:
        raise faults.TagLimitExceeded(f"A topic can have {TAG_COUNT_MAX} tags at most.")
