"""What a topic may be told of itself, and what it answers: SNS's attributes of topics, all of them texts.

Those that would change what happens are checked or refused; `Policy` is kept and read back, and grants nothing: who
may do what is said by the policies of access keys (`service/authorization`).
"""

import json
from collections.abc import Mapping
from typing import Final

from elastane.model import sns_faults
from elastane.model.delivery_policies import PolicyError, refuse_bad_topic_policy, render_topic_policy
from elastane.model.topics import Topic

DISPLAY_NAME_LENGTH_MAX: Final = 100
POLICY_BYTES_MAX: Final = 30 * 1024

_REFUSED: Final[Mapping[str, str]] = {
    "KmsMasterKeyId": (
        "encrypted topics are not built; ElastiCache could not use one anyway: AWS shows such a topic as inactive"
    ),
    "ArchivePolicy": "messages are not kept to be replayed",
    "DataProtectionPolicy": "messages are not searched for what must not be in them",
}
_ONLY_VALUES: Final[Mapping[str, str]] = {
    "FifoTopic": "false",
    "ContentBasedDeduplication": "false",
    "TracingConfig": "PassThrough",
}
"""What can be asked for only as it is anyway."""

_FEEDBACK_SUFFIXES: Final = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")


def checked_attribute(name: str, value: str) -> str:
    """The value as it is kept; the empty text takes the attribute away. Raises InvalidParameter."""
    if not value:
        return _known(name)
    if name in _REFUSED:
        raise _refusal(name, _REFUSED[name])
    if name.endswith(_FEEDBACK_SUFFIXES):
        raise _refusal(name, "what becomes of deliveries is in this installation's own log")
    if name in _ONLY_VALUES:
        if value != _ONLY_VALUES[name]:
            raise _refusal(name, f"only {_ONLY_VALUES[name]} is possible here")
        return value
    match name:
        case "DisplayName":
            if len(value) > DISPLAY_NAME_LENGTH_MAX:
                raise _refusal(name, f"it can have {DISPLAY_NAME_LENGTH_MAX} characters at most")
        case "Policy":
            _refuse_bad_policy(value)
        case "DeliveryPolicy":
            try:
                refuse_bad_topic_policy(value)
            except PolicyError as error:
                raise sns_faults.InvalidParameter(f"Invalid parameter: {error}") from None
        case "SignatureVersion":
            if value not in ("1", "2"):
                raise _refusal(name, "it is 1 or 2")
        case _:
            raise sns_faults.InvalidParameter("Invalid parameter: AttributeName")
    return value


def answer_attributes(topic: Topic, *, confirmed_count: int, pending_count: int) -> dict[str, str]:
    """All that AWS answers, in AWS's words."""
    return {
        "TopicArn": topic.arn,
        "Owner": topic.account_id,
        "DisplayName": "",
        "Policy": _default_policy(topic),
        **topic.attributes,
        "EffectiveDeliveryPolicy": render_topic_policy(topic.attributes.get("DeliveryPolicy")),
        "SubscriptionsConfirmed": str(confirmed_count),
        "SubscriptionsPending": str(pending_count),
        "SubscriptionsDeleted": str(topic.deleted_subscription_count),
    }


def _known(name: str) -> str:
    known = {*_REFUSED, *_ONLY_VALUES, "DisplayName", "Policy", "DeliveryPolicy", "SignatureVersion"}
    if name not in known and not name.endswith(_FEEDBACK_SUFFIXES):
        raise sns_faults.InvalidParameter("Invalid parameter: AttributeName")
    return ""


def _refuse_bad_policy(value: str) -> None:
    try:
        policy = json.loads(value)
    except (ValueError, RecursionError):
        raise _refusal("Policy", "it is no JSON") from None
    if not isinstance(policy, dict) or "Statement" not in policy or len(value.encode()) > POLICY_BYTES_MAX:
        raise _refusal("Policy", f"it must be a policy, of {POLICY_BYTES_MAX} bytes at most")


def _refusal(name: str, reason: str) -> sns_faults.InvalidParameter:
    return sns_faults.InvalidParameter(f"Invalid parameter: Attributes Reason: {name}: {reason}")


def _default_policy(topic: Topic) -> str:
    """AWS's, of a topic whose owner gave it none."""
    actions = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic.arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account_id}},
    }
    policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return json.dumps(policy, separators=(",", ":"))
