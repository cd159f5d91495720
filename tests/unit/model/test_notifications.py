"""Messages as SNS writes them down: keys, what is signed, headers."""

import json
from datetime import UTC, datetime

from msgspec.structs import replace

from elastane.model.ids import Arn
from elastane.model.notifications import (
    Message,
    MessageAttribute,
    Signing,
    canonical_text,
    confirmation,
    document,
    headers,
    render_document,
    render_line,
    size_bytes,
)
from elastane.model.topics import SubscriptionProtocol
from tests.unit.model.test_topics import ARN, subscription

AT = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
MESSAGE = Message(
    id="22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", topic_arn=Arn(ARN), at=AT, text="Hällo\nworld!", subject="A subject"
)
SUBSCRIPTION = replace(subscription(SubscriptionProtocol.HTTP, "http://127.0.0.1:1/"), is_confirmed=True)


def signing(signed: list[tuple[str, str]]) -> Signing:
    def sign(text: str, version: str) -> str:
        signed.append((text, version))
        return "c2lnbmVk"

    return Signing(sign=sign, endpoint_url="http://127.0.0.1:4510", certificate_name="Simple.pem")


def test_a_notification_has_aws_s_keys_in_aws_s_order() -> None:
    said = document(MESSAGE, SUBSCRIPTION, signing([]), "1")

    assert list(said) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
    ]
    assert said["Timestamp"] == "2026-11-23T12:00:00.123Z"
    assert said["SigningCertURL"] == "http://127.0.0.1:4510/_elastane/sns/Simple.pem"
    assert said["UnsubscribeURL"] == f"http://127.0.0.1:4510/?Action=Unsubscribe&SubscriptionArn={SUBSCRIPTION.arn}"


def test_what_is_signed_of_a_notification_is_aws_s_canonical_text() -> None:
    signed: list[tuple[str, str]] = []

    document(MESSAGE, SUBSCRIPTION, signing(signed), "2")

    assert signed == [
        (
            "Message\nHällo\nworld!\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\nSubject\nA subject\n"
            f"Timestamp\n2026-11-23T12:00:00.123Z\nTopicArn\n{ARN}\nType\nNotification\n",
            "2",
        )
    ]


def test_a_subject_that_there_is_not_is_neither_said_nor_signed() -> None:
    said = document(replace(MESSAGE, subject=None), SUBSCRIPTION, signing([]), "1")

    assert "Subject" not in said
    assert "Subject" not in canonical_text(said)


def test_what_is_signed_of_a_confirmation_has_its_token_and_its_link() -> None:
    message = confirmation(message_id=MESSAGE.id, topic_arn=Arn(ARN), token="2336412f37", at=AT)

    said = document(message, SUBSCRIPTION, signing([]), "1")

    link = f"http://127.0.0.1:4510/?Action=ConfirmSubscription&TopicArn={ARN}&Token=2336412f37"
    assert said["SubscribeURL"] == link
    assert canonical_text(said) == (
        f"Message\n{message.text}\nMessageId\n{MESSAGE.id}\nSubscribeURL\n{link}\n"
        f"Timestamp\n2026-11-23T12:00:00.123Z\nToken\n2336412f37\nTopicArn\n{ARN}\nType\nSubscriptionConfirmation\n"
    )
    assert "UnsubscribeURL" not in said


def test_each_protocol_reads_its_own_text() -> None:
    message = replace(MESSAGE, texts={"http": "for servers"})

    assert document(message, SUBSCRIPTION, signing([]), "1")["Message"] == "for servers"
    assert message.text_for(SubscriptionProtocol.FILE) == "Hällo\nworld!"


def test_attributes_are_told_with_their_types() -> None:
    attributes = {"shop": MessageAttribute(data_type="String", value="north")}

    said = document(replace(MESSAGE, attributes=attributes), SUBSCRIPTION, signing([]), "1")

    assert said["MessageAttributes"] == {"shop": {"Type": "String", "Value": "north"}}


def test_a_document_is_spelled_as_aws_spells_it_and_a_line_is_one_line() -> None:
    said = document(MESSAGE, SUBSCRIPTION, signing([]), "1")

    assert render_document(said).decode().startswith('{\n  "Type" : "Notification",\n  "MessageId" : "22b80b92')
    assert b"\n" not in render_line(said)
    assert json.loads(render_document(said)) == json.loads(render_line(said)) == said


def test_the_headers_say_what_it_is_and_whether_it_is_raw() -> None:
    raw = replace(SUBSCRIPTION, attributes={"RawMessageDelivery": "true"})

    assert headers(MESSAGE, SUBSCRIPTION) == {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": MESSAGE.id,
        "x-amz-sns-topic-arn": ARN,
        "x-amz-sns-subscription-arn": SUBSCRIPTION.arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    assert headers(MESSAGE, raw)["x-amz-sns-rawdelivery"] == "true"


def test_a_message_is_as_long_as_its_bytes_and_those_of_its_attributes() -> None:
    attributes = {"shop": MessageAttribute(data_type="String", value="north")}

    assert size_bytes(MESSAGE) == 13
    assert size_bytes(replace(MESSAGE, attributes=attributes)) == 13 + 4 + 6 + 5
