"""How often a message is tried, and when again: SNS's delivery policies for HTTP, and the default one.

A policy has four phases, each a number of retries: at once, with the shortest delay, with delays that grow from the
shortest to the longest, and with the longest. AWS adds some chance to each delay and publishes no formula for how they
grow; here they grow as `_GROWTH` says and nothing is left to chance.

Reference: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, TypeVar

import msgspec

from elastane.model.notifications import DEFAULT_CONTENT_TYPE

RETRY_SECONDS_MAX: Final = 3600
"""Of all delays of a policy together. AWS's bound."""

_RETRY_COUNT_MAX: Final = 100
_CONTENT_TYPES: Final = (
    "application/atom+xml",
    "application/json",
    "application/octet-stream",
    "application/soap+xml",
    "application/x-www-form-urlencoded",
    "application/xhtml+xml",
    "application/xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/plain",
    "text/xml",
)

_GROWTH: Final[Mapping[str, Callable[[float], float]]] = {
    "linear": lambda share: share,
    "arithmetic": lambda share: share * (1 + share) / 2,
    "geometric": lambda share: (4**share - 1) / 3,
    "exponential": lambda share: (16**share - 1) / 15,
}
"""By AWS's names: how much of the way from the shortest delay to the longest, after how much of the retries."""


class PolicyError(ValueError):
    """The policy is none, or asks for what is not done here. The message is a sentence."""


class RetryPolicy(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={
        "shortest_seconds": "minDelayTarget",
        "longest_seconds": "maxDelayTarget",
        "retry_count": "numRetries",
        "longest_count": "numMaxDelayRetries",
        "immediate_count": "numNoDelayRetries",
        "shortest_count": "numMinDelayRetries",
        "growth": "backoffFunction",
    },
):
    """AWS's defaults for what a policy does not say. Of all retries, so many are immediate, after the shortest delay
    and after the longest one; those that are left grow from one to the other."""

    shortest_seconds: int = 20
    longest_seconds: int = 20
    retry_count: int = 3
    longest_count: int = 0
    immediate_count: int = 0
    shortest_count: int = 0
    growth: str = "linear"


class RequestPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    header_content_type: str = DEFAULT_CONTENT_TYPE


class DeliveryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    retries: RetryPolicy = RetryPolicy()
    request: RequestPolicy = RequestPolicy()


class _OfSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    healthy_retry_policy: RetryPolicy | None = None
    sickly_retry_policy: None = None
    throttle_policy: None = None
    request_policy: RequestPolicy | None = None
    guaranteed: bool = False


class _Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    default_healthy_retry_policy: RetryPolicy | None = None
    default_sickly_retry_policy: None = None
    default_throttle_policy: None = None
    default_request_policy: RequestPolicy | None = None
    disable_subscription_overrides: bool = False


class _OfTopic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    http: _Http = _Http()


_OF_SUBSCRIPTION = msgspec.json.Decoder(_OfSubscription)
_OF_TOPIC = msgspec.json.Decoder(_OfTopic)


def effective_policy(topic_policy: str | None, subscription_policy: str | None) -> DeliveryPolicy:
    """What holds for a subscription: its own, else its topic's, else AWS's default. Both texts were accepted before."""
    of_topic = _parse(_OF_TOPIC, topic_policy).http
    is_overridden = of_topic.disable_subscription_overrides
    own = _parse(_OF_SUBSCRIPTION, None if is_overridden else subscription_policy)
    return DeliveryPolicy(
        retries=own.healthy_retry_policy or of_topic.default_healthy_retry_policy or RetryPolicy(),
        request=own.request_policy or of_topic.default_request_policy or RequestPolicy(),
    )


def refuse_bad_subscription_policy(text: str) -> None:
    """Raises PolicyError."""
    policy = _parse(_OF_SUBSCRIPTION, text)
    _refuse_bad(policy.healthy_retry_policy, policy.request_policy)


def refuse_bad_topic_policy(text: str) -> None:
    """Raises PolicyError."""
    http = _parse(_OF_TOPIC, text).http
    _refuse_bad(http.default_healthy_retry_policy, http.default_request_policy)


def render_topic_policy(topic_policy: str | None) -> str:
    """As AWS reads it back: what holds for subscriptions that say nothing themselves."""
    policy = effective_policy(topic_policy, None)
    http = {
        "defaultHealthyRetryPolicy": msgspec.to_builtins(policy.retries),
        "disableSubscriptionOverrides": _parse(_OF_TOPIC, topic_policy).http.disable_subscription_overrides,
        "defaultRequestPolicy": msgspec.to_builtins(policy.request),
    }
    return json.dumps({"http": http}, separators=(",", ":"))


def render_subscription_policy(policy: DeliveryPolicy) -> str:
    said = {
        "healthyRetryPolicy": msgspec.to_builtins(policy.retries),
        "sicklyRetryPolicy": None,
        "throttlePolicy": None,
        "requestPolicy": msgspec.to_builtins(policy.request),
        "guaranteed": False,
    }
    return json.dumps(said, separators=(",", ":"))


def find_delay(policy: RetryPolicy, tried_count: int) -> timedelta | None:
    """How long to wait after so many tries in vain, one at least; None when it was the last one."""
    delays = delays_seconds(policy)
    return timedelta(seconds=delays[tried_count - 1]) if tried_count <= len(delays) else None


def delays_seconds(policy: RetryPolicy) -> tuple[float, ...]:
    """One for each retry, in order."""
    shortest, longest = policy.shortest_seconds, policy.longest_seconds
    apart = policy.immediate_count + policy.shortest_count + policy.longest_count
    growing_count = policy.retry_count - apart
    grow = _GROWTH[policy.growth]
    growing = (
        shortest + (longest - shortest) * grow(number / max(growing_count - 1, 1)) for number in range(growing_count)
    )
    return (
        *(0.0 for _ in range(policy.immediate_count)),
        *(float(shortest) for _ in range(policy.shortest_count)),
        *growing,
        *(float(longest) for _ in range(policy.longest_count)),
    )


# --- what is refused -----------------------------------------------------------------------------

Policy = TypeVar("Policy", _OfSubscription, _OfTopic)


def _parse(decoder: msgspec.json.Decoder[Policy], text: str | None) -> Policy:
    try:
        return decoder.decode((text or "{}").encode())
    except (msgspec.MsgspecError, RecursionError) as error:
        raise PolicyError(f"DeliveryPolicy: {error}.") from None


def _refuse_bad(retries: RetryPolicy | None, request: RequestPolicy | None) -> None:
    if request is not None and not _is_content_type(request.header_content_type):
        raise PolicyError(f"DeliveryPolicy: {request.header_content_type} is no content type that can be asked for.")
    if retries is None:
        return
    apart = (retries.immediate_count, retries.shortest_count, retries.longest_count)
    if not 0 <= retries.retry_count <= _RETRY_COUNT_MAX or min(apart) < 0 or sum(apart) > retries.retry_count:
        raise PolicyError(
            f"DeliveryPolicy: numRetries must be between 0 and {_RETRY_COUNT_MAX}, and not less than the retries "
            "without delay, with the minimum delay and with the maximum delay together."
        )
    if not 1 <= retries.shortest_seconds <= retries.longest_seconds <= RETRY_SECONDS_MAX:
        raise PolicyError(
            "DeliveryPolicy: minDelayTarget must be at least 1 and not above maxDelayTarget, "
            f"and that not above {RETRY_SECONDS_MAX}."
        )
    if retries.growth not in _GROWTH:
        raise PolicyError(f"DeliveryPolicy: backoffFunction must be one of {', '.join(_GROWTH)}.")
    if sum(delays_seconds(retries)) > RETRY_SECONDS_MAX:
        raise PolicyError(f"DeliveryPolicy: all retries must be within {RETRY_SECONDS_MAX} seconds.")


def _is_content_type(text: str) -> bool:
    """One of AWS's, whatever is said behind it, in one line of ASCII: it is a header."""
    return text.partition(";")[0].strip() in _CONTENT_TYPES and text.isascii() and text.isprintable()
