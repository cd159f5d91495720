"""Messages of topics, as SNS writes them down: what is signed, what is sent, under which headers.

Reference: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html and, for what is signed,
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

import msgspec

from elastane.model.ids import Arn
from elastane.model.topics import Subscription, SubscriptionProtocol

MESSAGE_BYTES_MAX: Final = 256 * 1024
CERTIFICATE_PATH: Final = "/_elastane/sns/"
"""Below which the certificate that messages are signed with is answered to everybody."""
USER_AGENT: Final = "Amazon Simple Notification Service Agent"
DEFAULT_CONTENT_TYPE: Final = "text/plain; charset=UTF-8"

Sign = Callable[[str, str], str]
"""Of a text and a signature version: the signature, in base64."""


class MessageType(StrEnum):
    NOTIFICATION = "Notification"
    SUBSCRIPTION_CONFIRMATION = "SubscriptionConfirmation"
    UNSUBSCRIBE_CONFIRMATION = "UnsubscribeConfirmation"


class MessageAttribute(msgspec.Struct, frozen=True, kw_only=True):
    data_type: str
    """String, Number, Binary or String.Array, and what a customer put behind a dot."""
    value: str
    """Of Binary, in base64."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: MessageType = MessageType.NOTIFICATION
    topic_arn: Arn
    at: datetime
    text: str
    """What everybody reads for whom there is nothing else in `texts`."""
    subject: str | None = None
    texts: Mapping[str, str] = {}
    """By protocol, where the publisher told them apart."""
    attributes: Mapping[str, MessageAttribute] = {}
    token: str | None = None
    """Of a confirmation."""

    def text_for(self, protocol: SubscriptionProtocol) -> str:
        return self.texts.get(protocol, self.text)


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is signed with, and where that can be looked up."""

    sign: Sign
    endpoint_url: str
    """Of this installation, without a slash at the end."""
    certificate_name: str

    @property
    def certificate_url(self) -> str:
        return f"{self.endpoint_url}{CERTIFICATE_PATH}{self.certificate_name}"


def confirmation(*, message_id: str, topic_arn: Arn, token: str, at: datetime) -> Message:
    """What asks an endpoint whether it wants to be told."""
    return Message(
        id=message_id,
        type=MessageType.SUBSCRIPTION_CONFIRMATION,
        topic_arn=topic_arn,
        at=at,
        token=token,
        text=(
            f"You have chosen to subscribe to the topic {topic_arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        ),
    )


def end_confirmation(*, message_id: str, subscription: Subscription, at: datetime) -> Message:
    """What tells an endpoint that its subscription has ended, and how to undo that."""
    return Message(
        id=message_id,
        type=MessageType.UNSUBSCRIBE_CONFIRMATION,
        topic_arn=subscription.topic_arn,
        at=at,
        token=subscription.token,
        text=(
            f"You have chosen to deactivate subscription {subscription.arn}.\n"
            "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
        ),
    )


def document(message: Message, subscription: Subscription, signing: Signing, version: str) -> dict[str, object]:
    """The JSON that SNS sends, its keys in AWS's order."""
    said: dict[str, object] = {"Type": message.type.value, "MessageId": message.id}
    if message.token is not None:
        said["Token"] = message.token
    said["TopicArn"] = message.topic_arn
    if message.subject is not None:
        said["Subject"] = message.subject
    said["Message"] = message.text_for(subscription.protocol)
    if message.token is not None:
        said["SubscribeURL"] = _subscribe_url(message, signing)
    said["Timestamp"] = render_timestamp(message.at)
    said["SignatureVersion"] = version
    said["Signature"] = signing.sign(canonical_text(said), version)
    said["SigningCertURL"] = signing.certificate_url
    if message.type is MessageType.NOTIFICATION:
        said["UnsubscribeURL"] = _unsubscribe_url(subscription, signing)
    if message.attributes:
        said["MessageAttributes"] = {
            name: {"Type": attribute.data_type, "Value": attribute.value}
            for name, attribute in message.attributes.items()
        }
    return said


def canonical_text(said: Mapping[str, object]) -> str:
    """What the signature is of: a line with the name and one with the value, of these names, those that are there."""
    names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    return "".join(f"{name}\n{said[name]}\n" for name in names if name in said)


def render_document(said: Mapping[str, object]) -> bytes:
    """As AWS spells it, spaces and lines included."""
    return json.dumps(said, indent=2, separators=(",", " : "), ensure_ascii=False).encode()


def render_line(said: Mapping[str, object]) -> bytes:
    """The same in one line, for files and logs."""
    return json.dumps(said, ensure_ascii=True).encode()


def headers(message: Message, subscription: Subscription, content_type: str | None = None) -> dict[str, str]:
    """Of the request that carries it."""
    said = {
        "x-amz-sns-message-type": message.type.value,
        "x-amz-sns-message-id": message.id,
        "x-amz-sns-topic-arn": message.topic_arn,
        "Content-Type": content_type or DEFAULT_CONTENT_TYPE,
        "User-Agent": USER_AGENT,
    }
    if message.type is not MessageType.SUBSCRIPTION_CONFIRMATION:
        said["x-amz-sns-subscription-arn"] = subscription.arn
    if message.type is MessageType.NOTIFICATION and subscription.is_raw:
        said["x-amz-sns-rawdelivery"] = "true"
    return said


def render_timestamp(at: datetime) -> str:
    """To the millisecond, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def binary_value(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def size_bytes(message: Message) -> int:
    """As AWS counts it against its bound: the text, and what its attributes say."""
    attributes = sum(
        len(name.encode()) + len(each.data_type.encode()) + len(each.value.encode())
        for name, each in message.attributes.items()
    )
    return max(len(text.encode()) for text in (message.text, *message.texts.values())) + attributes


def _subscribe_url(message: Message, signing: Signing) -> str:
    query = {"Action": "ConfirmSubscription", "TopicArn": message.topic_arn, "Token": message.token}
    return f"{signing.endpoint_url}/?{urlencode(query, safe=':')}"


def _unsubscribe_url(subscription: Subscription, signing: Signing) -> str:
    query = {"Action": "Unsubscribe", "SubscriptionArn": subscription.arn}
    return f"{signing.endpoint_url}/?{urlencode(query, safe=':')}"
