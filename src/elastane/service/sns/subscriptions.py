"""Subscriptions: asked for, confirmed, listed, told about themselves, ended."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from elastane.model import sns_faults
from elastane.model.ids import Arn
from elastane.model.topics import (
    TOKEN_LIFETIME,
    Subscription,
    SubscriptionProtocol,
    is_endpoint_url,
    is_file_name,
)
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.parameters import Parameters
from elastane.service.sns.stored_topics import (
    get_subscription,
    get_topic,
    page_of,
    refuse_foreign_subscription,
    refuse_foreign_topic,
)
from elastane.service.sns.subscription_attributes import answer_attributes, checked_attribute
from elastane.store import Transaction, topics

SUBSCRIPTION_COUNT_MAX: Final = 1_000
"""Of a topic: each of its messages is written down as often. AWS's quota is in the millions."""

_TOKEN_BYTES: Final = 64
_PENDING: Final = "pending confirmation"
_PENDING_IN_LISTS: Final = "PendingConfirmation"

_NOT_BUILT: Final[Mapping[str, str]] = {
    "application": "no telephone can be reached from here",
    "email": "no mail is sent from here; an HTTP endpoint that mails can subscribe",
    "email-json": "no mail is sent from here; an HTTP endpoint that mails can subscribe",
    "firehose": "there are no delivery streams here",
    "lambda": "there are no functions here",
    "sms": "no telephone can be reached from here",
    "sqs": "there are no queues here",
}


async def subscribe(ctx: Context, parameters: Parameters) -> Result:
    """Files and the log are told at once; an endpoint has to confirm first. The same one again is the same one."""
    topic_arn = Arn(parameters.required_text("TopicArn"))
    refuse_foreign_topic(ctx, topic_arn)
    protocol = _requested_protocol(parameters)
    endpoint = _requested_endpoint(parameters, protocol)
    attributes = _requested_attributes(parameters, protocol)
    is_arn_wanted = parameters.flag("ReturnSubscriptionArn") or False
    new = Subscription(
        arn=Arn(f"{topic_arn}:{uuid.uuid4()}"),
        topic_arn=topic_arn,
        protocol=protocol,
        endpoint=endpoint,
        principal=ctx.caller_arn,
        made_at=ctx.now(),
        token=secrets.token_hex(_TOKEN_BYTES) if protocol.is_posted else None,
        is_confirmed=not protocol.is_posted,
        was_authenticated=not protocol.is_posted,
        attributes=attributes,
    )

    def save(tx: Transaction) -> Result:
        get_topic(tx, topic_arn)
        others = topics.list_subscriptions(tx, topic_arn=topic_arn, with_ended=True)
        same = [each for each in others if (each.protocol, each.endpoint) == (protocol, endpoint)]
        existing = next((each for each in same if not each.has_ended), None)
        for ended in (each for each in same if each.has_ended):
            topics.remove_subscription(tx, ended.arn)  # else its link would restore a second one
        subscription = existing or new
        if existing is not None:
            _refuse_difference(existing, attributes)
            _make_newer(tx, existing, new)
        elif len(others) >= SUBSCRIPTION_COUNT_MAX:
            raise sns_faults.SubscriptionLimitExceeded(f"A topic can have {SUBSCRIPTION_COUNT_MAX} subscriptions.")
        else:
            topics.save_subscription(tx, subscription)
        if not subscription.is_confirmed:
            topics.ask_to_confirm(tx, subscription, ctx.now())
        is_told = subscription.is_confirmed or is_arn_wanted
        return {"SubscriptionArn": subscription.arn if is_told else _PENDING}

    return await decide(ctx.store, save)


async def confirm_subscription(ctx: Context, parameters: Parameters) -> Result:
    topic_arn = parameters.required_text("TopicArn")
    refuse_foreign_topic(ctx, topic_arn)
    is_strict = parameters.text("AuthenticateOnUnsubscribe") == "true"
    token = parameters.required_text("Token")

    def confirm(tx: Transaction) -> Result:
        arn = confirm_by_token(tx, topic_arn, token, now=ctx.now(), was_authenticated=True, is_strict=is_strict)
        return {"SubscriptionArn": arn}

    return await decide(ctx.store, confirm)


def confirm_by_token(
    tx: Transaction, topic_arn: str, token: str, *, now: datetime, was_authenticated: bool, is_strict: bool = False
) -> Arn:
    """The subscription's ARN; a token may be said again.

    Raises NotFound for a topic that is not there, InvalidParameter for a token that is nobody's, or too old.
    """
    get_topic(tx, topic_arn)
    for waiting in topics.list_subscriptions(tx, topic_arn=topic_arn, with_ended=True):
        if waiting.token is None or not secrets.compare_digest(waiting.token.encode(), token.encode()):
            continue
        if not waiting.is_confirmed and now - waiting.made_at > TOKEN_LIFETIME:
            raise sns_faults.InvalidParameter("Invalid token Reason: it has expired; subscribe again")
        if not waiting.is_confirmed:
            stored = topics.find_subscription(tx, waiting.arn, with_ended=True)
            assert stored is not None, "it was listed in this transaction"
            confirmed = replace(
                waiting,
                is_confirmed=True,
                has_ended=False,
                was_authenticated=was_authenticated,
                is_unsubscribed_by_signature_only=is_strict,
            )
            topics.save_subscription(tx, confirmed, revision=stored.revision)
        return waiting.arn
    raise sns_faults.InvalidParameter("Invalid token")


async def unsubscribe(ctx: Context, parameters: Parameters) -> Result:
    """Also of one that is not there: AWS answers that it has ended, too."""
    arn = parameters.required_text("SubscriptionArn")
    refuse_foreign_subscription(arn, ctx.region)
    await decide(ctx.store, lambda tx: topics.remove_subscription(tx, arn))
    return {}


async def list_subscriptions(ctx: Context, parameters: Parameters) -> Result:
    found = await ctx.store.read(lambda tx: topics.list_subscriptions(tx, region=ctx.region))
    return _answer_page(ctx, found, parameters)


async def list_subscriptions_by_topic(ctx: Context, parameters: Parameters) -> Result:
    topic_arn = parameters.required_text("TopicArn")
    refuse_foreign_topic(ctx, topic_arn)

    def find(tx: Transaction) -> tuple[Subscription, ...]:
        get_topic(tx, topic_arn)
        return topics.list_subscriptions(tx, topic_arn=topic_arn)

    return _answer_page(ctx, await ctx.store.read(find), parameters)


async def get_subscription_attributes(ctx: Context, parameters: Parameters) -> Result:
    arn = parameters.required_text("SubscriptionArn")

    def answer(tx: Transaction) -> Result:
        subscription = get_subscription(tx, arn, ctx.region).body
        return {"Attributes": answer_attributes(subscription, get_topic(tx, subscription.topic_arn).body)}

    return await ctx.store.read(answer)


async def set_subscription_attributes(ctx: Context, parameters: Parameters) -> Result:
    arn, name = parameters.required_text("SubscriptionArn"), parameters.required_text("AttributeName")
    value = parameters.text("AttributeValue") or ""

    def change(tx: Transaction) -> Result:
        stored = get_subscription(tx, arn, ctx.region)
        checked = checked_attribute(name, value, stored.body.protocol)
        kept = {other: held for other, held in stored.body.attributes.items() if other != name}
        attributes = kept | ({name: checked} if checked else {})
        topics.save_subscription(tx, replace(stored.body, attributes=attributes), revision=stored.revision)
        return {}

    return await decide(ctx.store, change)


# --- what is asked for, and answered -------------------------------------------------------------


def _requested_protocol(parameters: Parameters) -> SubscriptionProtocol:
    text = parameters.required_text("Protocol")
    if text in _NOT_BUILT:
        raise sns_faults.InvalidParameter(f"Invalid parameter: Protocol Reason: {text}: {_NOT_BUILT[text]}")
    if text not in set(SubscriptionProtocol):
        raise sns_faults.InvalidParameter(
            f"Invalid parameter: Amazon SNS does not support this protocol string: {text}; "
            "here are http, https, and of our own file and log"
        )
    return SubscriptionProtocol(text)


def _requested_endpoint(parameters: Parameters, protocol: SubscriptionProtocol) -> str:
    endpoint = parameters.text("Endpoint") or ""
    if protocol.is_posted:
        if not is_endpoint_url(endpoint, protocol):
            raise sns_faults.InvalidParameter(
                f"Invalid parameter: Endpoint Reason: it must be a URL that begins with {protocol}:// and holds "
                "neither blanks nor a user's name"
            )
    elif protocol is SubscriptionProtocol.FILE and not is_file_name(endpoint):
        raise sns_faults.InvalidParameter(
            "Invalid parameter: Endpoint Reason: it must be the plain name of a file, and no path: letters, digits, "
            "dots, hyphens and underscores, 100 at most, not ending in .1; the file is in the data directory's folder "
            "notifications"
        )
    return "log" if protocol is SubscriptionProtocol.LOG else endpoint


def _requested_attributes(parameters: Parameters, protocol: SubscriptionProtocol) -> dict[str, str]:
    sent = parameters.structure("Attributes")
    checked = {} if sent is None else {name: checked_attribute(name, sent.text(name) or "", protocol) for name in sent}
    return {name: value for name, value in checked.items() if value}


def _refuse_difference(existing: Subscription, attributes: dict[str, str]) -> None:
    if attributes and attributes != dict(existing.attributes):
        raise sns_faults.InvalidParameter(
            "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
        )


def _make_newer(tx: Transaction, existing: Subscription, new: Subscription) -> None:
    """Who waits to be confirmed and is asked for again may wait as long again."""
    stored = topics.find_subscription(tx, existing.arn)
    assert stored is not None, "it was listed in this transaction"
    if not existing.is_confirmed:
        topics.save_subscription(tx, replace(existing, made_at=new.made_at), revision=stored.revision)


def _answer_page(ctx: Context, found: tuple[Subscription, ...], parameters: Parameters) -> Result:
    here, next_token = page_of(found, parameters.text("NextToken"), key=lambda each: each.arn)
    members = [
        {
            "SubscriptionArn": each.arn if each.is_confirmed else _PENDING_IN_LISTS,
            "Owner": ctx.account_id,
            "Protocol": each.protocol.value,
            "Endpoint": each.endpoint,
            "TopicArn": each.topic_arn,
        }
        for each in here
    ]
    return {"Subscriptions": members, "NextToken": next_token}
