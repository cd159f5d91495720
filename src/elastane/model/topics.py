"""Topics and who subscribed to them, in SNS's words: values, names, ARNs and what may be said of them.

A subscription over HTTP waits until its endpoint has confirmed it, as in AWS. The two protocols of ours, `file` and
`log`, lead to the operator's own machine, which is asked nothing.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import msgspec

from elastane.model.ids import AccountId, Arn, Region

TOPIC_NAME_LENGTH_MAX: Final = 256
ENDPOINT_LENGTH_MAX: Final = 2048
TOKEN_LIFETIME: Final = timedelta(days=3)
"""How long a subscription may wait to be confirmed; then it is forgotten."""

_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_TOPIC_ARN = re.compile(r"arn:(aws[a-z-]*):sns:([a-z0-9-]+):([0-9]{12}):([A-Za-z0-9_-]{1,256}(?:\.fifo)?)\Z")
_SUBSCRIPTION_ARN = re.compile(r"(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}):([0-9a-f-]{36})\Z")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")

ROTATED_SUFFIX: Final = ".1"
"""Of the file that a sink which has grown too long was moved to."""


class SubscriptionProtocol(StrEnum):
    """AWS's word for it is protocol."""

    HTTP = "http"
    HTTPS = "https"
    FILE = "file"
    LOG = "log"

    @property
    def is_posted(self) -> bool:
        return self in (SubscriptionProtocol.HTTP, SubscriptionProtocol.HTTPS)


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    region: Region
    account_id: AccountId
    name: str
    attributes: Mapping[str, str] = {}
    """Those that a customer gave, by AWS's names."""
    deleted_subscription_count: int = 0

    @property
    def arn(self) -> Arn:
        return topic_arn(self.region, self.account_id, self.name)

    @property
    def signature_version(self) -> str:
        return self.attributes.get("SignatureVersion", "1")


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    arn: Arn
    topic_arn: Arn
    protocol: SubscriptionProtocol
    endpoint: str
    principal: Arn
    """Who subscribed."""
    made_at: datetime
    token: str | None = None
    """What its endpoint confirms it with; kept afterwards, because it may be said twice."""
    is_confirmed: bool = False
    was_authenticated: bool = False
    """Whether the confirmation was a signed call, or a link that was followed."""
    is_unsubscribed_by_signature_only: bool = False
    has_ended: bool = False
    """By a link that anybody could follow: for a while it is kept, out of sight, so that its endpoint can undo that."""
    attributes: Mapping[str, str] = {}

    @property
    def is_raw(self) -> bool:
        """Whether it gets the message alone, without what SNS says of it."""
        return self.attributes.get("RawMessageDelivery") == "true"


def is_topic_name(text: str) -> bool:
    return _TOPIC_NAME.match(text) is not None


def is_file_name(text: str) -> bool:
    """A plain name: no path, nothing hidden, and not the place that another file is moved to when it is full."""
    return _FILE_NAME.match(text) is not None and not text.endswith(ROTATED_SUFFIX)


def topic_arn(region: Region, account_id: AccountId, name: str) -> Arn:
    return Arn(f"arn:aws:sns:{region}:{account_id}:{name}")


class TopicName(msgspec.Struct, frozen=True, kw_only=True):
    """What a topic's ARN says."""

    region: Region
    account_id: AccountId
    name: str


def find_topic_name(arn: str) -> TopicName | None:
    """None for what is no topic's ARN."""
    match = _TOPIC_ARN.match(arn)
    if match is None:
        return None
    return TopicName(region=Region(match[2]), account_id=AccountId(match[3]), name=match[4])


def find_topic_arn(subscription_arn: str) -> Arn | None:
    """Of the topic that the subscription is one of; None for what is no subscription's ARN."""
    match = _SUBSCRIPTION_ARN.match(subscription_arn)
    return None if match is None else Arn(match[1])


def is_endpoint_url(text: str, protocol: SubscriptionProtocol) -> bool:
    """Whether it can be posted to. A user's name and password in it are not taken: they would be stored in clear."""
    if len(text) > ENDPOINT_LENGTH_MAX or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        is_port_known = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme == protocol.value and bool(parts.hostname) and parts.username is None and is_port_known


def server_of(subscription: Subscription) -> str:
    """Who is asked to take it: deliveries to one server wait for one another, and for nobody else."""
    if not subscription.protocol.is_posted:
        return f"{subscription.protocol}:{subscription.endpoint}"
    return f"{subscription.protocol}://{urlsplit(subscription.endpoint).netloc.lower()}"
