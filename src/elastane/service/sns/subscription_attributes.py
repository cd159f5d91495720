"""What a subscription may be told of itself, and what it answers: SNS's attributes of subscriptions, all texts."""

import json
from typing import Final

from elastane.model import sns_faults
from elastane.model.delivery_policies import (
    PolicyError,
    effective_policy,
    refuse_bad_subscription_policy,
    render_subscription_policy,
)
from elastane.model.filter_policies import PolicyError as FilterPolicyError
from elastane.model.filter_policies import parse_policy
from elastane.model.topics import Subscription, SubscriptionProtocol, Topic

_OFF: Final = ("", "{}")
"""What takes a policy away."""


def checked_attribute(name: str, value: str, protocol: SubscriptionProtocol) -> str:
    """The value as it is kept; the empty text takes the attribute away. Raises InvalidParameter."""
    match name:
        case "RawMessageDelivery":
            return _raw_delivery(value, protocol)
        case "FilterPolicy":
            return "" if value in _OFF else _filter_policy(value)
        case "FilterPolicyScope":
            if value not in ("", "MessageAttributes"):
                raise _refusal(name, "only MessageAttributes is possible here: a message's body is not looked into")
            return value
        case "DeliveryPolicy":
            return "" if value in _OFF else _delivery_policy(value, protocol)
        case "RedrivePolicy":
            if value in _OFF:
                return ""
            raise _refusal(name, "there are no queues here; what is given up is told in this installation's log")
        case "SubscriptionRoleArn" | "ReplayPolicy":
            if not value:
                return ""
            raise _refusal(name, "what it is for is not built")
    raise sns_faults.InvalidParameter("Invalid parameter: AttributeName")


def answer_attributes(subscription: Subscription, topic: Topic) -> dict[str, str]:
    """All that AWS answers, in AWS's words."""
    attributes = subscription.attributes
    answered = {
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Owner": topic.account_id,
        "Protocol": subscription.protocol.value,
        "Endpoint": subscription.endpoint,
        "SubscriptionPrincipal": subscription.principal,
        "ConfirmationWasAuthenticated": _flag(subscription.was_authenticated),
        "PendingConfirmation": _flag(not subscription.is_confirmed),
        "RawMessageDelivery": "false",
        **attributes,
    }
    if "FilterPolicy" in attributes:
        answered.setdefault("FilterPolicyScope", "MessageAttributes")
    if subscription.protocol.is_posted:
        policy = effective_policy(topic.attributes.get("DeliveryPolicy"), attributes.get("DeliveryPolicy"))
        answered["EffectiveDeliveryPolicy"] = render_subscription_policy(policy)
    return answered


def _raw_delivery(value: str, protocol: SubscriptionProtocol) -> str:
    if value not in ("true", "false"):
        raise _refusal("RawMessageDelivery", "it is true or false")
    if value == "true" and not protocol.is_posted:
        raise _refusal("RawMessageDelivery", f"a line of a {protocol} is always the whole message")
    return value


def _filter_policy(value: str) -> str:
    try:
        return json.dumps(parse_policy(value), separators=(",", ":"), ensure_ascii=False)
    except FilterPolicyError as error:
        raise sns_faults.InvalidParameter(f"Invalid parameter: {error}") from None


def _delivery_policy(value: str, protocol: SubscriptionProtocol) -> str:
    if not protocol.is_posted:
        raise _refusal("DeliveryPolicy", f"a {protocol} is not tried again like a server")
    try:
        refuse_bad_subscription_policy(value)
    except PolicyError as error:
        raise sns_faults.InvalidParameter(f"Invalid parameter: {error}") from None
    return value


def _refusal(name: str, reason: str) -> sns_faults.InvalidParameter:
    return sns_faults.InvalidParameter(f"Invalid parameter: Attributes Reason: {name}: {reason}")


def _flag(value: bool) -> str:
    return "true" if value else "false"
