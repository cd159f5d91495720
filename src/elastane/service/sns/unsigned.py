"""What SNS answers to whoever signs nothing: the links of its messages, and the certificate that they are signed with.

Who has the link of a confirmation was sent it, and who has the link that ends a subscription was sent a message: both
hold what nobody can guess, and it is good for this one subscription only.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import unquote
from xml.sax.saxutils import escape

from elastane.clock import Now
from elastane.model import sns_faults
from elastane.model.ids import Arn, Region
from elastane.model.notifications import CERTIFICATE_PATH
from elastane.model.topics import find_topic_arn, find_topic_name
from elastane.service.elasticache.decisions import decide
from elastane.service.sns.subscriptions import confirm_by_token
from elastane.service.unsigned import AnswerUnsigned, UnsignedAnswer, UnsignedCall, UnsignedRequest
from elastane.store import Store, Transaction, topics

_NAMESPACE: Final = "http://sns.amazonaws.com/doc/2010-03-31/"
_CONFIRM: Final = "ConfirmSubscription"
_UNSUBSCRIBE: Final = "Unsubscribe"


FindCertificate = Callable[[str], Awaitable[str | None]]
"""In PEM, by its name; None for a name that none has."""


def answer_links(store: Store, now: Now, find_certificate: FindCertificate) -> AnswerUnsigned:
    """For the server, which hands it to `api` together with whatever else is answered unsigned."""

    async def answer(request: UnsignedRequest) -> UnsignedAnswer | None:
        path = unquote(request.path)
        if path.startswith(CERTIFICATE_PATH):
            pem = await find_certificate(path.removeprefix(CERTIFICATE_PATH))
            return None if pem is None else UnsignedAnswer(content_type="application/x-pem-file", body=pem.encode())
        action = request.parameters.get("Action")
        if request.path != "/":
            return None
        if action == _CONFIRM:
            return await _confirm(store, now, request)
        return await _unsubscribe(store, now, request) if action == _UNSUBSCRIBE else None

    return answer


async def _confirm(store: Store, now: Now, request: UnsignedRequest) -> UnsignedAnswer:
    topic_arn, token = _required(request, "TopicArn"), _required(request, "Token")
    region = _region_of(topic_arn, "TopicArn")
    if request.parameters.get("AuthenticateOnUnsubscribe") == "true":
        raise sns_faults.AuthorizationError("AuthenticateOnUnsubscribe needs a call that is signed.")

    def confirm(tx: Transaction) -> Arn:
        return confirm_by_token(tx, topic_arn, token, now=now(), was_authenticated=False)

    try:
        arn = await decide(store, confirm)
    except sns_faults.NotFound:  # which topics there are is nothing to tell whoever has no key
        raise sns_faults.InvalidParameter("Invalid token") from None
    return _answer(
        _CONFIRM, region, f"<{_CONFIRM}Result><SubscriptionArn>{escape(arn)}</SubscriptionArn></{_CONFIRM}Result>"
    )


async def _unsubscribe(store: Store, now: Now, request: UnsignedRequest) -> UnsignedAnswer:
    arn = _required(request, "SubscriptionArn")
    region = _region_of(find_topic_arn(arn) or "", "SubscriptionArn")

    def remove(tx: Transaction) -> None:
        found = topics.find_subscription(tx, arn)
        if found is None:
            return
        if found.body.is_unsubscribed_by_signature_only:
            raise sns_faults.AuthorizationError("This subscription can be ended by a signed call only.")
        topics.end_by_link(tx, found, now())

    await decide(store, remove)
    return _answer(_UNSUBSCRIBE, region, "")


def _required(request: UnsignedRequest, name: str) -> str:
    value = request.parameters.get(name)
    if not value:
        raise sns_faults.InvalidParameter(f"Invalid parameter: {name} Reason: no value for required parameter")
    return value


def _region_of(topic_arn: str, name: str) -> Region:
    named = find_topic_name(topic_arn)
    if named is None:
        raise sns_faults.InvalidParameter(f"Invalid parameter: {name}")
    return named.region


def _answer(action: str, region: Region, result: str) -> UnsignedAnswer:
    body = f'<{action}Response xmlns="{_NAMESPACE}">{result}</{action}Response>\n'
    call = UnsignedCall(service="sns", action=action, region=region)
    return UnsignedAnswer(content_type="text/xml", body=body.encode(), call=call)
