"""Topics: made once, told about themselves, refused what cannot be."""

import json
from typing import Any

import pytest

from elastane.model import faults, sns_faults
from elastane.model.faults import Fault
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from elastane.service.sns import ACTIONS

ARN = "arn:aws:sns:us-east-1:000000000000:orders"


async def call(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    return dict(await ACTIONS[action](ctx, Parameters(parameters)))


async def attributes(ctx: Context) -> dict[str, str]:
    answer = await call(ctx, "GetTopicAttributes", TopicArn=ARN)
    return dict(answer["Attributes"])


async def test_a_topic_is_made_once_and_told_with_aws_s_defaults(ctx: Context) -> None:
    first = await call(ctx, "CreateTopic", Name="orders")
    second = await call(ctx, "CreateTopic", Name="orders")

    assert first == second == {"TopicArn": ARN}
    told = await attributes(ctx)
    assert (told["Owner"], told["DisplayName"]) == ("000000000000", "")
    assert (told["SubscriptionsConfirmed"], told["SubscriptionsPending"], told["SubscriptionsDeleted"]) == ("0",) * 3
    assert json.loads(told["Policy"])["Statement"][0]["Resource"] == ARN
    assert json.loads(told["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3


async def test_the_same_topic_with_other_attributes_or_tags_is_refused(ctx: Context) -> None:
    await call(ctx, "CreateTopic", Name="orders", Attributes={"DisplayName": "Shop"}, Tags=[{"Key": "a", "Value": "b"}])

    await call(ctx, "CreateTopic", Name="orders")
    await call(ctx, "CreateTopic", Name="orders", Attributes={"DisplayName": "Shop"})
    with pytest.raises(sns_faults.InvalidParameter, match="different attributes"):
        await call(ctx, "CreateTopic", Name="orders", Attributes={"DisplayName": "Other"})
    with pytest.raises(sns_faults.InvalidParameter, match="different tags"):
        await call(ctx, "CreateTopic", Name="orders", Tags=[{"Key": "a", "Value": "c"}])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DisplayName", "Shop"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "PassThrough"),
        ("Policy", '{"Version": "2012-10-17", "Statement": []}'),
        ("DeliveryPolicy", '{"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}'),
    ],
)
async def test_an_attribute_is_set_read_back_and_taken_away(ctx: Context, name: str, value: str) -> None:
    await call(ctx, "CreateTopic", Name="orders")
    before = await attributes(ctx)

    await call(ctx, "SetTopicAttributes", TopicArn=ARN, AttributeName=name, AttributeValue=value)
    changed = await attributes(ctx)
    await call(ctx, "SetTopicAttributes", TopicArn=ARN, AttributeName=name, AttributeValue="")

    assert changed[name] == value
    assert await attributes(ctx) == before


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("KmsMasterKeyId", "alias/aws/sns", "inactive"),
        ("FifoTopic", "true", "only false"),
        ("TracingConfig", "Active", "only PassThrough"),
        ("SignatureVersion", "3", "1 or 2"),
        ("DisplayName", "x" * 101, "100 characters"),
        ("Policy", "nothing", "no JSON"),
        ("Policy", "[]", "must be a policy"),
        ("Policy", "[" * 100_000, "no JSON"),
        ("DeliveryPolicy", '{"http": ' * 100_000, "DeliveryPolicy"),
        ("DeliveryPolicy", '{"http": {"other": 1}}', "DeliveryPolicy"),
        ("HTTPSuccessFeedbackRoleArn", "arn:aws:iam::000000000000:role/x", "own log"),
        ("ArchivePolicy", "{}", "replayed"),
        ("Unknown", "x", "AttributeName"),
        ("Unknown", "", "AttributeName"),
    ],
)
async def test_an_attribute_that_cannot_be_is_refused(ctx: Context, name: str, value: str, sentence: str) -> None:
    await call(ctx, "CreateTopic", Name="orders")

    with pytest.raises(sns_faults.InvalidParameter, match=sentence):
        await call(ctx, "SetTopicAttributes", TopicArn=ARN, AttributeName=name, AttributeValue=value)


@pytest.mark.parametrize("name", ["", "or ders", "x" * 257, "orders.fifo", "orders/other"])
async def test_a_name_that_cannot_be_is_refused(ctx: Context, name: str) -> None:
    with pytest.raises(sns_faults.InvalidParameter, match="Topic Name"):
        await call(ctx, "CreateTopic", Name=name)


@pytest.mark.parametrize(
    ("arn", "fault"),
    [
        (ARN, sns_faults.NotFound),
        (ARN.replace("000000000000", "111111111111"), sns_faults.NotFound),
        (ARN.replace("us-east-1", "eu-west-1"), sns_faults.InvalidParameter),
        ("orders", sns_faults.InvalidParameter),
    ],
)
@pytest.mark.parametrize("action", ["GetTopicAttributes", "ListSubscriptionsByTopic"])
async def test_a_topic_that_is_not_there_is_not_found(ctx: Context, action: str, arn: str, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        await call(ctx, action, TopicArn=arn)


async def test_topics_are_listed_a_hundred_at_a_time_and_a_deleted_one_no_more(ctx: Context) -> None:
    for number in range(101):
        await call(ctx, "CreateTopic", Name=f"orders-{number:03d}")
    await call(ctx, "DeleteTopic", TopicArn=f"{ARN}-000")
    await call(ctx, "DeleteTopic", TopicArn=f"{ARN}-000")
    await call(ctx, "CreateTopic", Name="payments")

    first = await call(ctx, "ListTopics")
    second = await call(ctx, "ListTopics", NextToken=first["NextToken"])

    assert len(first["Topics"]) == 100
    assert second == {"Topics": [{"TopicArn": ARN.replace("orders", "payments")}], "NextToken": None}
    with pytest.raises(sns_faults.InvalidParameter, match="NextToken"):
        await call(ctx, "ListTopics", NextToken="mine")


async def test_tags_are_added_replaced_and_removed_and_go_with_the_topic(ctx: Context) -> None:
    await call(ctx, "CreateTopic", Name="orders", Tags=[{"Key": "a", "Value": "1"}])

    await call(ctx, "TagResource", ResourceArn=ARN, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    both = await call(ctx, "ListTagsForResource", ResourceArn=ARN)
    await call(ctx, "UntagResource", ResourceArn=ARN, TagKeys=["a", "missing"])
    left = await call(ctx, "ListTagsForResource", ResourceArn=ARN)

    assert both["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    assert left["Tags"] == [{"Key": "b", "Value": ""}]
    await call(ctx, "DeleteTopic", TopicArn=ARN)
    with pytest.raises(sns_faults.ResourceNotFound):
        await call(ctx, "ListTagsForResource", ResourceArn=ARN)


@pytest.mark.parametrize(
    ("tags", "fault"),
    [
        ([{"Key": "", "Value": ""}], sns_faults.InvalidParameter),
        ([{"Key": "aws:x", "Value": ""}], sns_faults.InvalidParameter),
        ([{"Key": "a", "Value": "x" * 257}], sns_faults.InvalidParameter),
        ([{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}], sns_faults.InvalidParameter),
        ([{"Key": str(number), "Value": ""} for number in range(51)], faults.TagLimitExceeded),
    ],
)
async def test_tags_beyond_aws_s_limits_are_refused(ctx: Context, tags: list[Any], fault: type[Fault]) -> None:
    with pytest.raises(fault):
        await call(ctx, "CreateTopic", Name="orders", Tags=tags)
