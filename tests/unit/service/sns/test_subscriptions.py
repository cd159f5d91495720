"""Subscriptions: waiting, confirmed by a call or by a link, ended by a call or by a link."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from elastane.model import sns_faults
from elastane.model.faults import Fault
from elastane.model.ids import Arn
from elastane.model.notifications import Signing, document
from elastane.service.context import Context
from elastane.service.sns.unsigned import answer_links
from elastane.service.unsigned import UnsignedAnswer, UnsignedRequest
from elastane.store import deliveries, topics
from elastane.store.deliveries import Due
from tests.kit.deliveries import list_due
from tests.unit.service.sns.test_topics import ARN, attributes, call

URL = "http://127.0.0.1:4510"
SIGNING = Signing(sign=lambda text, version: "c2lnbmVk", endpoint_url=URL, certificate_name="Simple-0.pem")
ENDPOINT = "http://127.0.0.1:8000/told"


@pytest.fixture(autouse=True)
async def topic(ctx: Context) -> None:
    await call(ctx, "CreateTopic", Name="orders")


async def subscribe(ctx: Context, protocol: str = "http", endpoint: str = ENDPOINT, **parameters: Any) -> str:
    answer = await call(ctx, "Subscribe", TopicArn=ARN, Protocol=protocol, Endpoint=endpoint, **parameters)
    return str(answer["SubscriptionArn"])


async def subscription_attributes(ctx: Context, arn: str) -> dict[str, str]:
    answer = await call(ctx, "GetSubscriptionAttributes", SubscriptionArn=arn)
    return dict(answer["Attributes"])


async def sent(ctx: Context) -> tuple[Due, ...]:
    return await ctx.store.read(lambda tx: list_due(tx, ctx.now(), per_subscription=9))


async def link(ctx: Context, name: str) -> str:
    """Of the last message that was sent."""
    due = (await sent(ctx))[-1]
    stored = await ctx.store.read(lambda tx: topics.find_subscription(tx, due.subscription_arn, with_ended=True))
    assert stored is not None
    return str(document(due.message, stored.body, SIGNING, "1")[name])


async def find_certificate(name: str) -> str | None:
    return "PEM" if name == "Simple-0.pem" else None


async def follow(ctx: Context, url: str, **more: str) -> UnsignedAnswer | None:
    """A GET that nobody signed."""
    answer = answer_links(ctx.store, ctx.now, find_certificate)
    parts = urlsplit(url)
    parameters = dict(parse_qsl(parts.query)) | more
    return await answer(UnsignedRequest(path=parts.path, parameters=parameters, source_ip=None, headers={}))


async def test_an_endpoint_is_asked_first_and_its_arn_told_later(ctx: Context) -> None:
    answer = await subscribe(ctx)

    (due,) = await sent(ctx)
    listed = await call(ctx, "ListSubscriptionsByTopic", TopicArn=ARN)
    assert answer == "pending confirmation"
    assert due.message.token is not None
    assert len(due.message.token) == 128
    assert listed["Subscriptions"] == [
        {
            "SubscriptionArn": "PendingConfirmation",
            "Owner": "000000000000",
            "Protocol": "http",
            "Endpoint": ENDPOINT,
            "TopicArn": ARN,
        }
    ]
    assert (await attributes(ctx))["SubscriptionsPending"] == "1"


async def test_it_is_confirmed_by_a_signed_call_with_its_token(ctx: Context) -> None:
    arn = await subscribe(ctx, ReturnSubscriptionArn=True)
    (due,) = await sent(ctx)

    first = await call(ctx, "ConfirmSubscription", TopicArn=ARN, Token=due.message.token)
    second = await call(ctx, "ConfirmSubscription", TopicArn=ARN, Token=due.message.token)

    told = await subscription_attributes(ctx, arn)
    assert first == second == {"SubscriptionArn": arn}
    assert (told["PendingConfirmation"], told["ConfirmationWasAuthenticated"]) == ("false", "true")


async def test_it_is_confirmed_and_ended_by_links(ctx: Context) -> None:
    arn = await subscribe(ctx, ReturnSubscriptionArn=True)

    confirmed = await follow(ctx, await link(ctx, "SubscribeURL"))
    told = await subscription_attributes(ctx, arn)
    await call(ctx, "Publish", TopicArn=ARN, Message="news")
    ended = await follow(ctx, await link(ctx, "UnsubscribeURL"))

    assert confirmed is not None
    assert f"<SubscriptionArn>{arn}</SubscriptionArn>".encode() in confirmed.body
    assert confirmed.call is not None
    assert (confirmed.call.action, confirmed.call.region) == ("ConfirmSubscription", "us-east-1")
    assert (told["PendingConfirmation"], told["ConfirmationWasAuthenticated"]) == ("false", "false")
    assert ended is not None
    assert ended.call is not None
    assert (await attributes(ctx))["SubscriptionsDeleted"] == "1"


async def test_what_a_link_has_ended_is_told_its_endpoint_and_can_be_undone(ctx: Context) -> None:
    arn = await confirmed(ctx)
    await follow(ctx, f"{URL}/", Action="Unsubscribe", SubscriptionArn=arn)
    gone = await call(ctx, "ListSubscriptions")
    await call(ctx, "Publish", TopicArn=ARN, Message="not for it")
    messages = [due.message for due in await sent(ctx)]
    undo = await link(ctx, "SubscribeURL")

    await follow(ctx, undo)

    assert gone["Subscriptions"] == []
    assert [message.type.value for message in messages] == ["UnsubscribeConfirmation"]
    assert messages[0].text.startswith(f"You have chosen to deactivate subscription {arn}.")
    told = await attributes(ctx)
    assert (told["SubscriptionsConfirmed"], told["SubscriptionsDeleted"]) == ("1", "1")
    assert (await subscription_attributes(ctx, arn))["PendingConfirmation"] == "false"


async def test_what_has_ended_and_was_subscribed_anew_is_not_restored_beside_it(ctx: Context) -> None:
    arn = await confirmed(ctx)
    await follow(ctx, f"{URL}/", Action="Unsubscribe", SubscriptionArn=arn)
    undo = await link(ctx, "SubscribeURL")

    await subscribe(ctx)

    with pytest.raises(sns_faults.InvalidParameter, match="Invalid token"):
        await follow(ctx, undo)
    (listed,) = (await call(ctx, "ListSubscriptions"))["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"


async def confirmed(ctx: Context) -> str:
    """The ARN of a subscription that waits for nothing: its confirmation is taken off what is to be sent."""
    arn = await subscribe(ctx, ReturnSubscriptionArn=True)
    await follow(ctx, await link(ctx, "SubscribeURL"))
    await ctx.store.write(lambda tx: deliveries.remove_deliveries(tx, [Arn(arn)]))
    return arn


async def test_a_link_does_not_end_what_shall_be_ended_by_signed_calls_only(ctx: Context) -> None:
    arn = await subscribe(ctx, ReturnSubscriptionArn=True)
    (due,) = await sent(ctx)
    await call(ctx, "ConfirmSubscription", TopicArn=ARN, Token=due.message.token, AuthenticateOnUnsubscribe="true")

    with pytest.raises(sns_faults.AuthorizationError):
        await follow(ctx, f"{URL}/", Action="Unsubscribe", SubscriptionArn=arn)
    await call(ctx, "Unsubscribe", SubscriptionArn=arn)


async def test_a_token_of_nobody_s_and_one_that_has_expired_confirm_nothing(ctx: Context) -> None:
    await subscribe(ctx)
    url = await link(ctx, "SubscribeURL")
    later = answer_links(ctx.store, lambda: ctx.now() + timedelta(days=4), find_certificate)
    request = UnsignedRequest(path="/", parameters=dict(parse_qsl(urlsplit(url).query)), source_ip=None, headers={})

    with pytest.raises(sns_faults.InvalidParameter, match="Invalid token"):
        await follow(ctx, url, Token="0" * 128)
    with pytest.raises(sns_faults.InvalidParameter, match="Invalid token"):
        await follow(ctx, url, TopicArn=f"{ARN}-that-is-not-there")
    with pytest.raises(sns_faults.InvalidParameter, match="expired"):
        await later(request)
    assert (await attributes(ctx))["SubscriptionsPending"] == "1"


async def test_the_certificate_is_anybody_s_and_nothing_else_is(ctx: Context) -> None:
    certificate = await follow(ctx, f"{URL}/_elastane/sns/Simple-0.pem")

    assert certificate is not None
    assert (certificate.body, certificate.call) == (b"PEM", None)
    assert await follow(ctx, f"{URL}/_elastane/sns/other.pem") is None
    assert await follow(ctx, f"{URL}/?Action=ListTopics") is None
    assert await follow(ctx, f"{URL}/elsewhere?Action=Unsubscribe") is None


async def test_files_and_the_log_are_told_at_once(ctx: Context) -> None:
    of_file = await subscribe(ctx, "file", "orders.jsonl")
    of_log = await subscribe(ctx, "log", "")

    await call(ctx, "Publish", TopicArn=ARN, Message="news")

    assert {due.subscription_arn for due in await sent(ctx)} == {of_file, of_log}
    assert (await subscription_attributes(ctx, of_log))["Endpoint"] == "log"
    assert "EffectiveDeliveryPolicy" not in await subscription_attributes(ctx, of_file)


async def test_the_same_subscription_again_is_the_same_one_and_asks_again(ctx: Context) -> None:
    first = await subscribe(ctx, ReturnSubscriptionArn=True)
    second = await subscribe(ctx, ReturnSubscriptionArn=True)

    assert first == second
    assert len(await sent(ctx)) == 2
    with pytest.raises(sns_faults.InvalidParameter, match="different attributes"):
        await subscribe(ctx, Attributes={"RawMessageDelivery": "true"})


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("RawMessageDelivery", "true", "true"),
        ("FilterPolicy", '{"shop": ["north"]}', '{"shop":["north"]}'),
        ("FilterPolicyScope", "MessageAttributes", "MessageAttributes"),
        (
            "DeliveryPolicy",
            '{"healthyRetryPolicy":{"numRetries":1}}',
            '{"healthyRetryPolicy":{"numRetries":1}}',
        ),
    ],
)
async def test_an_attribute_is_set_and_read_back(ctx: Context, name: str, value: str, kept: str) -> None:
    arn = await subscribe(ctx, ReturnSubscriptionArn=True)

    await call(ctx, "SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

    assert (await subscription_attributes(ctx, arn))[name] == kept


@pytest.mark.parametrize(
    ("protocol", "endpoint", "name", "value", "sentence"),
    [
        ("http", ENDPOINT, "RawMessageDelivery", "yes", "true or false"),
        ("file", "orders", "RawMessageDelivery", "true", "whole message"),
        ("http", ENDPOINT, "FilterPolicy", '{"shop": [{"suffix": "x"}]}', "no operator"),
        ("http", ENDPOINT, "FilterPolicy", '{"shop": ["\\ud800"]}', "no JSON"),
        ("http", ENDPOINT, "FilterPolicy", '{"shop": [NaN]}', "no JSON"),
        ("http", ENDPOINT, "FilterPolicy", f'{{"shop": [{"1" * 400}]}}', "neither a value"),
        ("http", ENDPOINT, "FilterPolicyScope", "MessageBody", "not looked into"),
        ("http", ENDPOINT, "RedrivePolicy", '{"deadLetterTargetArn": "x"}', "no queues"),
        ("http", ENDPOINT, "DeliveryPolicy", "{", "DeliveryPolicy"),
        ("file", "orders", "DeliveryPolicy", '{"guaranteed": false}', "not tried again"),
        ("http", ENDPOINT, "SubscriptionRoleArn", "arn", "not built"),
        ("http", ENDPOINT, "Unknown", "x", "AttributeName"),
    ],
)
async def test_an_attribute_that_cannot_be_is_refused(
    ctx: Context, protocol: str, endpoint: str, name: str, value: str, sentence: str
) -> None:
    arn = await subscribe(ctx, protocol, endpoint, ReturnSubscriptionArn=True)

    with pytest.raises(sns_faults.InvalidParameter, match=sentence):
        await call(ctx, "SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName=name, AttributeValue=value)


@pytest.mark.parametrize(
    ("protocol", "endpoint", "sentence"),
    [
        ("http", "https://orders.example/", "begins with http://"),
        ("https", "http://orders.example/", "begins with https://"),
        ("http", "http://user:password@orders.example/", "user's name"),
        ("http", "", "must be a URL"),
        ("file", "/etc/passwd", "no path"),
        ("file", "../escape", "no path"),
        ("email", "a@example.com", "no mail"),
        ("sms", "+1555", "telephone"),
        ("sqs", "arn:aws:sqs:us-east-1:000000000000:q", "no queues"),
        ("lambda", "arn", "no functions"),
        ("firehose", "arn", "no delivery streams"),
        ("carrier-pigeon", "loft", "does not support this protocol"),
    ],
)
async def test_what_cannot_be_told_cannot_subscribe(ctx: Context, protocol: str, endpoint: str, sentence: str) -> None:
    with pytest.raises(sns_faults.InvalidParameter, match=sentence):
        await subscribe(ctx, protocol, endpoint)


@pytest.mark.parametrize(
    ("arn", "fault"),
    [
        (f"{ARN}:00000000-0000-0000-0000-000000000000", sns_faults.NotFound),
        ("PendingConfirmation", sns_faults.InvalidParameter),
        (f"{ARN}:00000000-0000-0000-0000-000000000000".replace("us-east-1", "eu-west-1"), sns_faults.InvalidParameter),
    ],
)
async def test_a_subscription_that_is_not_there_is_not_found(ctx: Context, arn: str, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        await call(ctx, "GetSubscriptionAttributes", SubscriptionArn=arn)


async def test_a_subscription_is_ended_twice_without_a_fault_as_on_aws(ctx: Context) -> None:
    arn = await subscribe(ctx, "log", "-")

    for _ in range(2):
        await call(ctx, "Unsubscribe", SubscriptionArn=arn)
        await follow(ctx, f"{URL}/", Action="Unsubscribe", SubscriptionArn=arn)

    with pytest.raises(sns_faults.InvalidParameter):
        await call(ctx, "Unsubscribe", SubscriptionArn="PendingConfirmation")
