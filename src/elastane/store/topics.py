"""Topics, their subscriptions, and the way into them: `publish`.

A message is written together with a delivery for each subscription that wants it, in the transaction of whoever
publishes: what happened and the news of it are on the disk together, or neither is. Who delivers is rung for.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from elastane.model import notifications
from elastane.model.filter_policies import is_wanted, parse_policy
from elastane.model.ids import Arn, Region
from elastane.model.notifications import Message, MessageAttribute
from elastane.model.topics import Subscription, Topic, find_topic_arn, find_topic_name
from elastane.store import deliveries, tags
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_TOPICS = Kind("topic", Topic)
_SUBSCRIPTIONS = Kind("subscription", Subscription)


def publish(
    tx: Transaction,
    *,
    topic_arn: str,
    message: str,
    now: datetime,
    subject: str | None = None,
    attributes: Mapping[str, MessageAttribute] | None = None,
    texts: Mapping[str, str] | None = None,
) -> str | None:
    """The message's id; None where there is no such topic, and then nothing is written.

    `texts` are the message in other words for some protocols. What is said is within SNS's bounds: whoever lets
    strangers say it has looked.
    """
    if find_topic(tx, topic_arn) is None:
        return None
    published = Message(
        id=str(uuid.uuid4()),
        topic_arn=Arn(topic_arn),
        at=now,
        text=message,
        subject=subject,
        texts=texts or {},
        attributes=attributes or {},
    )
    wanting = [each.arn for each in list_subscriptions(tx, topic_arn=topic_arn) if _wants(each, published)]
    deliveries.add_message(tx, published, wanting)
    return published.id


def ask_to_confirm(tx: Transaction, subscription: Subscription, now: datetime) -> None:
    """Sends the endpoint of a subscription that waits what it confirms it with; each time it is called, once more."""
    assert subscription.token is not None, "only what is confirmed by others has none"
    message = notifications.confirmation(
        message_id=str(uuid.uuid4()), topic_arn=subscription.topic_arn, token=subscription.token, at=now
    )
    deliveries.add_message(tx, message, [subscription.arn])


def end_by_link(tx: Transaction, subscription: Stored[Subscription], now: datetime) -> None:
    """Ends it as `remove_subscription` does; an endpoint that is posted to is told, and can undo it for a while.
    Raises Conflict."""
    ended = subscription.body
    remove_subscription(tx, ended.arn)
    if ended.protocol.is_posted and ended.is_confirmed:
        save_subscription(tx, replace(ended, has_ended=True, is_confirmed=False, made_at=now))
        message = notifications.end_confirmation(message_id=str(uuid.uuid4()), subscription=ended, at=now)
        deliveries.add_message(tx, message, [ended.arn])


def _wants(subscription: Subscription, message: Message) -> bool:
    if not subscription.is_confirmed:
        return False
    policy = subscription.attributes.get("FilterPolicy")
    return policy is None or is_wanted(parse_policy(policy), message.attributes)


# --- topics --------------------------------------------------------------------------------------


def find_topic(tx: Transaction, topic_arn: str) -> Stored[Topic] | None:
    """None also for what is no topic's ARN."""
    key = _topic_key(topic_arn)
    stored = None if key is None else _TOPICS.find(tx, key)
    return stored if stored is not None and stored.body.arn == topic_arn else None


def list_topics(tx: Transaction, region: Region, *, after_name: str, limit: int) -> tuple[Topic, ...]:
    """In the order of their names, from behind one; the empty name begins."""
    prefix = f"{region}/"
    found = _TOPICS.list_from(tx, key_prefix=prefix, after_key=prefix + after_name, limit=limit)
    return tuple(stored.body for stored in found)


def count_topics(tx: Transaction, region: Region) -> int:
    return sum(1 for _ in _TOPICS.list_all(tx, key_prefix=f"{region}/"))


def save_topic(tx: Transaction, topic: Topic, *, revision: int = NEW) -> None:
    """Raises Conflict."""
    _TOPICS.save(tx, f"{topic.region}/{topic.name}", topic, revision=revision)


def remove_topic(tx: Transaction, topic_arn: str) -> None:
    """With its subscriptions, its tags and what was still to be delivered. Idempotent."""
    key = _topic_key(topic_arn)
    if key is None or find_topic(tx, topic_arn) is None:
        return
    arns = [subscription.arn for subscription in list_subscriptions(tx, topic_arn=topic_arn, with_ended=True)]
    for arn in arns:
        _SUBSCRIPTIONS.remove(tx, _subscription_key(arn))
    deliveries.remove_deliveries(tx, arns)
    deliveries.remove_counts(tx, Arn(topic_arn))
    tags.remove_tags(tx, Arn(topic_arn))
    _TOPICS.remove(tx, key)


# --- subscriptions -------------------------------------------------------------------------------


def find_subscription(
    tx: Transaction, subscription_arn: str, *, with_ended: bool = False
) -> Stored[Subscription] | None:
    if find_topic_arn(subscription_arn) is None:
        return None
    found = _SUBSCRIPTIONS.find(tx, _subscription_key(subscription_arn))
    return None if found is None or (found.body.has_ended and not with_ended) else found


def list_subscriptions(
    tx: Transaction, *, topic_arn: str | None = None, region: Region | None = None, with_ended: bool = False
) -> tuple[Subscription, ...]:
    """Of a topic, of a region, or all; in the order of their ARNs. Those that wait to be confirmed, too."""
    of_region = "" if region is None else f"{region}/"
    prefix = of_region if topic_arn is None else f"{_topic_key(topic_arn)}/"
    found = (stored.body for stored in _SUBSCRIPTIONS.list_all(tx, key_prefix=prefix))
    return tuple(each for each in found if with_ended or not each.has_ended)


def save_subscription(tx: Transaction, subscription: Subscription, *, revision: int = NEW) -> None:
    """Raises Conflict."""
    _SUBSCRIPTIONS.save(tx, _subscription_key(subscription.arn), subscription, revision=revision)


def remove_subscription(tx: Transaction, subscription_arn: str) -> None:
    """With what was still to be delivered to it; its topic counts it. Idempotent. Raises Conflict."""
    found = find_subscription(tx, subscription_arn, with_ended=True)
    if found is None:
        return
    _SUBSCRIPTIONS.remove(tx, _subscription_key(subscription_arn))
    deliveries.remove_deliveries(tx, [found.body.arn])
    topic = find_topic(tx, found.body.topic_arn)
    if topic is not None and not found.body.has_ended:  # then it was counted
        _count_deleted(tx, topic)


def _count_deleted(tx: Transaction, topic: Stored[Topic]) -> None:
    counted = replace(topic.body, deleted_subscription_count=topic.body.deleted_subscription_count + 1)
    save_topic(tx, counted, revision=topic.revision)


def remove_unconfirmed(tx: Transaction, *, made_before: datetime) -> None:
    """Subscriptions that nobody has confirmed for so long are forgotten, as in AWS."""
    for subscription in list_subscriptions(tx, with_ended=True):
        if not subscription.is_confirmed and subscription.made_at < made_before:
            remove_subscription(tx, subscription.arn)


def _topic_key(topic_arn: str) -> str | None:
    named = find_topic_name(topic_arn)
    return None if named is None else f"{named.region}/{named.name}"


def _subscription_key(subscription_arn: str) -> str:
    topic_arn, _, number = subscription_arn.rpartition(":")
    return f"{_topic_key(topic_arn)}/{number}"
