"""What is published, and what is refused before anything is written."""

import json
from typing import Any

import pytest

from elastane.model import sns_faults
from elastane.model.faults import Fault
from elastane.service.context import Context
from tests.unit.service.sns.test_subscriptions import sent, subscribe
from tests.unit.service.sns.test_topics import ARN, call

NORTH = {"shop": {"DataType": "String", "StringValue": "north"}}


@pytest.fixture(autouse=True)
async def topic(ctx: Context) -> None:
    await call(ctx, "CreateTopic", Name="orders")
    await subscribe(ctx, "file", "orders")


async def publish(ctx: Context, **parameters: Any) -> str:
    return str((await call(ctx, "Publish", **{"TopicArn": ARN, "Message": "news"} | parameters))["MessageId"])


async def test_a_message_is_written_down_as_it_was_said(ctx: Context) -> None:
    message_id = await publish(
        ctx,
        Subject="Look!",
        MessageAttributes=NORTH | {"picture": {"DataType": "Binary", "BinaryValue": b"pixels"}},
    )

    (due,) = await sent(ctx)
    assert (due.message.id, due.message.text, due.message.subject) == (message_id, "news", "Look!")
    assert due.message.attributes["shop"].value == "north"
    assert due.message.attributes["picture"].value == "cGl4ZWxz"


async def test_a_topic_may_be_named_as_a_target(ctx: Context) -> None:
    await call(ctx, "Publish", TargetArn=ARN, Message="news")

    assert len(await sent(ctx)) == 1


async def test_each_protocol_may_be_told_in_its_own_words(ctx: Context) -> None:
    said = json.dumps({"default": "for all", "file": "for files", "sms": "for nobody"})

    await publish(ctx, Message=said, MessageStructure="json")

    (due,) = await sent(ctx)
    assert (due.message.text, due.message.texts["file"]) == ("for all", "for files")


@pytest.mark.parametrize(
    ("parameters", "fault", "sentence"),
    [
        ({"Message": ""}, sns_faults.InvalidParameter, "Empty message"),
        ({"Message": "x" * (256 * 1024 + 1)}, sns_faults.InvalidParameter, "too long"),
        ({"Message": "ü" * (128 * 1024 + 1)}, sns_faults.InvalidParameter, "too long"),
        ({"Subject": "x" * 101}, sns_faults.InvalidParameter, "Subject"),
        ({"Subject": "two\nlines"}, sns_faults.InvalidParameter, "Subject"),
        ({"Subject": "ü"}, sns_faults.InvalidParameter, "Subject"),
        ({"MessageStructure": "xml"}, sns_faults.InvalidParameter, "MessageStructure"),
        ({"MessageStructure": "json", "Message": "{"}, sns_faults.InvalidParameter, "failed to parse"),
        ({"MessageStructure": "json", "Message": "[" * 100_000}, sns_faults.InvalidParameter, "failed to parse"),
        (
            {"MessageStructure": "json", "Message": '{"default": "\\ud800"}'},
            sns_faults.InvalidParameter,
            "failed to parse",
        ),
        ({"MessageStructure": "json", "Message": '{"http": "x"}'}, sns_faults.InvalidParameter, "No default entry"),
        ({"MessageGroupId": "x"}, sns_faults.InvalidParameter, "FIFO"),
        ({"PhoneNumber": "+1555"}, sns_faults.InvalidParameter, "telephone"),
        ({"TopicArn": None}, sns_faults.InvalidParameter, "TopicArn or TargetArn"),
        ({"TopicArn": f"{ARN}-other"}, sns_faults.NotFound, "does not exist"),
        ({"MessageAttributes": {"": NORTH["shop"]}}, sns_faults.InvalidParameter, "no name"),
        (
            {"MessageAttributes": {"a": {"DataType": "Other", "StringValue": "x"}}},
            sns_faults.InvalidParameter,
            "data type",
        ),
        (
            {"MessageAttributes": {"a": {"DataType": "Binary", "StringValue": "x"}}},
            sns_faults.InvalidParameter,
            "data type",
        ),
        (
            {"MessageAttributes": {"a": {"DataType": "Number", "StringValue": "x"}}},
            sns_faults.InvalidParameter,
            "no number",
        ),
        *(
            (
                {"MessageAttributes": {"a": {"DataType": "Number", "StringValue": value}}},
                sns_faults.InvalidParameter,
                "no",
            )
            for value in ("nan", "inf", "1e999", "1_0", "٣")
        ),
        (
            {"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
            sns_faults.InvalidParameter,
            "not empty",
        ),
        *(
            (
                {"MessageAttributes": {"a": {"DataType": "String.Array", "StringValue": value}}},
                sns_faults.InvalidParameter,
                "JSON list",
            )
            for value in ("x", "[NaN]", '["\\ud800"]', f"[{'1' * 400}]")
        ),
    ],
)
async def test_what_cannot_be_published_is_refused_and_leaves_nothing(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        await publish(ctx, **parameters)
    assert await sent(ctx) == ()


async def batch(ctx: Context, *entries: dict[str, Any]) -> dict[str, Any]:
    return await call(ctx, "PublishBatch", TopicArn=ARN, PublishBatchRequestEntries=list(entries))


async def test_of_a_batch_what_can_be_published_is_and_the_rest_is_told_why_not(ctx: Context) -> None:
    answer = await batch(ctx, {"Id": "good", "Message": "news"}, {"Id": "bad", "Message": ""})

    (due,) = await sent(ctx)
    assert answer["Successful"] == [{"Id": "good", "MessageId": due.message.id}]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("bad", "InvalidParameter")]


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([], sns_faults.EmptyBatchRequest),
        ([{"Id": str(number), "Message": "x"} for number in range(11)], sns_faults.TooManyEntriesInBatchRequest),
        ([{"Id": "a", "Message": "x"}] * 2, sns_faults.BatchEntryIdsNotDistinct),
        ([{"Id": "a b", "Message": "x"}], sns_faults.InvalidBatchEntryId),
        ([{"Id": str(number), "Message": "x" * 200_000} for number in range(2)], sns_faults.BatchRequestTooLong),
    ],
)
async def test_a_batch_that_cannot_be_is_refused_as_a_whole(
    ctx: Context, entries: list[dict[str, Any]], fault: type[Fault]
) -> None:
    with pytest.raises(fault):
        await batch(ctx, *entries)
    assert await sent(ctx) == ()
