"""Topics: made, listed, told about themselves, removed."""

from msgspec.structs import replace

from elastane.model import paging, sns_faults
from elastane.model.ids import Arn
from elastane.model.topics import TOPIC_NAME_LENGTH_MAX, Topic, is_topic_name, topic_arn
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.parameters import Parameters
from elastane.service.sns.stored_topics import PAGE_LENGTH, get_topic, parse_next_token, refuse_foreign_topic
from elastane.service.sns.tags import requested_tags
from elastane.service.sns.topic_attributes import answer_attributes, checked_attribute
from elastane.store import Transaction, tags, topics
from elastane.store.documents import Stored

TOPIC_COUNT_MAX = 10_000
"""In a region. AWS's quota is ten times that."""


async def create_topic(ctx: Context, parameters: Parameters) -> Result:
    """The same topic again is answered with its ARN, unless it shall be another one."""
    name = parameters.required_text("Name")
    attributes = _requested_attributes(parameters)
    if parameters.text("DataProtectionPolicy"):
        checked_attribute("DataProtectionPolicy", "given")
    if name.endswith(".fifo"):
        raise sns_faults.InvalidParameter(f"Invalid parameter: Topic Name Reason: {name}: FIFO topics are not built")
    if not is_topic_name(name):
        raise sns_faults.InvalidParameter(
            f"Invalid parameter: Topic Name Reason: letters, digits, hyphens and underscores, "
            f"{TOPIC_NAME_LENGTH_MAX} at most"
        )
    new_tags = requested_tags(parameters)
    topic = Topic(region=ctx.region, account_id=ctx.account_id, name=name, attributes=attributes)

    def create(tx: Transaction) -> Result:
        existing = topics.find_topic(tx, topic.arn)
        if existing is not None:
            _refuse_difference(tx, existing, attributes, new_tags)
            return {"TopicArn": topic.arn}
        if topics.count_topics(tx, ctx.region) >= TOPIC_COUNT_MAX:
            raise sns_faults.TopicLimitExceeded(f"There can be {TOPIC_COUNT_MAX} topics in a region.")
        topics.save_topic(tx, topic)
        tags.save_tags(tx, topic.arn, new_tags)
        return {"TopicArn": topic.arn}

    return await decide(ctx.store, create)


async def delete_topic(ctx: Context, parameters: Parameters) -> Result:
    """Also of one that is not there, as in AWS."""
    arn = parameters.required_text("TopicArn")
    refuse_foreign_topic(ctx, arn)
    await decide(ctx.store, lambda tx: topics.remove_topic(tx, arn))
    return {}


async def list_topics(ctx: Context, parameters: Parameters) -> Result:
    after = parse_next_token(parameters.text("NextToken"))
    found = await ctx.store.read(lambda tx: topics.list_topics(tx, ctx.region, after_name=after, limit=PAGE_LENGTH + 1))
    here = found[:PAGE_LENGTH]
    return {
        "Topics": [{"TopicArn": topic_arn(ctx.region, ctx.account_id, topic.name)} for topic in here],
        "NextToken": paging.render_marker(here[-1].name) if len(found) > len(here) else None,
    }


async def get_topic_attributes(ctx: Context, parameters: Parameters) -> Result:
    arn = parameters.required_text("TopicArn")
    refuse_foreign_topic(ctx, arn)

    def answer(tx: Transaction) -> Result:
        topic = get_topic(tx, arn).body
        confirmed = [each.is_confirmed for each in topics.list_subscriptions(tx, topic_arn=arn)]
        counts = {"confirmed_count": sum(confirmed), "pending_count": len(confirmed) - sum(confirmed)}
        return {"Attributes": answer_attributes(topic, **counts)}

    return await ctx.store.read(answer)


async def set_topic_attributes(ctx: Context, parameters: Parameters) -> Result:
    arn, name = parameters.required_text("TopicArn"), parameters.required_text("AttributeName")
    refuse_foreign_topic(ctx, arn)
    value = checked_attribute(name, parameters.text("AttributeValue") or "")

    def change(tx: Transaction) -> Result:
        stored = get_topic(tx, arn)
        kept = {other: held for other, held in stored.body.attributes.items() if other != name}
        attributes = kept | ({name: value} if value else {})
        topics.save_topic(tx, replace(stored.body, attributes=attributes), revision=stored.revision)
        return {}

    return await decide(ctx.store, change)


def _requested_attributes(parameters: Parameters) -> dict[str, str]:
    sent = parameters.structure("Attributes")
    checked = {} if sent is None else {name: checked_attribute(name, sent.text(name) or "") for name in sent}
    return {name: value for name, value in checked.items() if value}


def _refuse_difference(
    tx: Transaction, existing: Stored[Topic], attributes: dict[str, str], new_tags: dict[str, str]
) -> None:
    """What is not said may be as it is."""
    if not attributes.items() <= dict(existing.body.attributes).items():
        raise sns_faults.InvalidParameter(
            "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
        )
    if new_tags and new_tags != tags.get_tags(tx, Arn(existing.body.arn)):
        raise sns_faults.InvalidParameter("Invalid parameter: Tags Reason: Topic already exists with different tags")
