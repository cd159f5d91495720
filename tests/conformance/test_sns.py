"""SNS as AWS's clients speak it: topics and subscriptions as boto3, the CLI and Terraform make and read them."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.caches import Caches
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.subscribers import Subscriber, fetched, refuse_forged, subscriber

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def sns(elastane: RunningElastane) -> Any:
    return elastane.client("sns")


@pytest.fixture
def topic_arn(sns: Any) -> Iterator[str]:
    """Of a topic of the test's own."""
    arn = sns.create_topic(Name=f"topic-{next(_NUMBERS)}")["TopicArn"]
    yield arn
    sns.delete_topic(TopicArn=arn)


async def subscribed(sns: Any, topic_arn: str, server: Subscriber, **attributes: str) -> str:
    """A subscription that the server has confirmed by its link; answers its ARN."""
    asked = sns.subscribe(
        TopicArn=topic_arn, Protocol="http", Endpoint=server.url, ReturnSubscriptionArn=True, Attributes=attributes
    )
    (confirmation, *_) = await eventually(server.confirmations)
    fetched(confirmation.said["SubscribeURL"])
    return str(asked["SubscriptionArn"])


def texts(server: Subscriber) -> list[str]:
    return [post.said["Message"] for post in server.notifications()]


async def test_an_endpoint_confirms_by_a_link_and_is_told_signed_messages(sns: Any, topic_arn: str) -> None:
    with subscriber() as server:
        await subscribed(sns, topic_arn, server)
        attributes = {"shop": {"DataType": "String", "StringValue": "north"}}
        message_id = sns.publish(TopicArn=topic_arn, Message="hällo", Subject="Look", MessageAttributes=attributes)[
            "MessageId"
        ]

        (post,) = await eventually(server.notifications)

        said = post.said
        certificate_pem = fetched(said["SigningCertURL"])
        refuse_forged(said, certificate_pem)
        refuse_forged(server.confirmations()[0].said, certificate_pem)
        assert (said["MessageId"], said["Message"], said["Subject"]) == (message_id, "hällo", "Look")
        assert said["MessageAttributes"] == {"shop": {"Type": "String", "Value": "north"}}
        assert post.headers["x-amz-sns-message-id"] == message_id
        assert post.headers["user-agent"] == "Amazon Simple Notification Service Agent"


async def test_a_topic_of_signature_version_2_signs_with_sha_256(sns: Any, topic_arn: str) -> None:
    sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="SignatureVersion", AttributeValue="2")
    with subscriber() as server:
        await subscribed(sns, topic_arn, server)

        sns.publish(TopicArn=topic_arn, Message="news")
        (post,) = await eventually(server.notifications)

        assert post.said["SignatureVersion"] == "2"
        refuse_forged(post.said, fetched(post.said["SigningCertURL"]))


async def test_a_subscription_ends_by_the_link_in_its_message(sns: Any, topic_arn: str) -> None:
    with subscriber() as server:
        arn = await subscribed(sns, topic_arn, server)
        sns.publish(TopicArn=topic_arn, Message="news")
        (post,) = await eventually(server.notifications)

        fetched(post.said["UnsubscribeURL"])
        (ended,) = await eventually(lambda: server.of_type("UnsubscribeConfirmation"))
        refuse_forged(ended.said, fetched(ended.said["SigningCertURL"]))

    with pytest.raises(ClientError) as refusal:
        sns.get_subscription_attributes(SubscriptionArn=arn)
    assert refusal.value.response["Error"]["Code"] == "NotFound"
    assert sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"] == []


async def test_a_token_confirms_by_a_signed_call(sns: Any, topic_arn: str) -> None:
    with subscriber() as server:
        waiting = sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=server.url)
        (confirmation,) = await eventually(server.confirmations)

        confirmed = sns.confirm_subscription(TopicArn=topic_arn, Token=confirmation.said["Token"])

    assert waiting["SubscriptionArn"] == "pending confirmation"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
    assert listed["SubscriptionArn"] == confirmed["SubscriptionArn"]


async def test_a_file_gets_every_message_of_a_batch_as_a_line(
    elastane: RunningElastane, sns: Any, topic_arn: str
) -> None:
    sns.subscribe(TopicArn=topic_arn, Protocol="file", Endpoint="batch.jsonl")
    entries = [{"Id": str(number), "Message": f"news {number}"} for number in range(3)]

    answer = sns.publish_batch(TopicArn=topic_arn, PublishBatchRequestEntries=entries)

    path = elastane.data_dir / "notifications" / "batch.jsonl"
    await eventually(lambda: path.exists() and len(path.read_text().splitlines()) == 3)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["MessageId"] for line in lines} == {each["MessageId"] for each in answer["Successful"]}


def test_a_topic_and_a_subscription_are_read_back_as_they_were_made(sns: Any, topic_arn: str) -> None:
    """The calls of Terraform's `aws_sns_topic` and `aws_sns_topic_subscription`."""
    sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="DisplayName", AttributeValue="Shop")
    sns.tag_resource(ResourceArn=topic_arn, Tags=[{"Key": "team", "Value": "checkout"}])
    arn = sns.subscribe(
        TopicArn=topic_arn,
        Protocol="http",
        Endpoint="http://127.0.0.1:1/",
        ReturnSubscriptionArn=True,
        Attributes={"FilterPolicy": '{"shop":["north"]}', "RawMessageDelivery": "true"},
    )["SubscriptionArn"]

    topic = sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]
    subscription = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    assert (topic["TopicArn"], topic["DisplayName"], topic["SubscriptionsPending"]) == (topic_arn, "Shop", "1")
    assert json.loads(topic["Policy"])["Statement"][0]["Resource"] == topic_arn
    assert sns.list_tags_for_resource(ResourceArn=topic_arn)["Tags"] == [{"Key": "team", "Value": "checkout"}]
    assert subscription["FilterPolicy"] == '{"shop":["north"]}'
    assert (subscription["FilterPolicyScope"], subscription["RawMessageDelivery"]) == ("MessageAttributes", "true")
    assert subscription["PendingConfirmation"] == "true"
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="false")
    sns.unsubscribe(SubscriptionArn=arn)
    sns.untag_resource(ResourceArn=topic_arn, TagKeys=["team"])
    assert sns.list_tags_for_resource(ResourceArn=topic_arn)["Tags"] == []


def test_topics_and_subscriptions_are_listed(sns: Any, topic_arn: str) -> None:
    arn = sns.subscribe(TopicArn=topic_arn, Protocol="log", Endpoint="log")["SubscriptionArn"]

    topics = [each["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for each in page["Topics"]]
    subscriptions = [
        each["SubscriptionArn"]
        for page in sns.get_paginator("list_subscriptions").paginate()
        for each in page["Subscriptions"]
    ]

    assert topic_arn in topics
    assert arn in subscriptions


@pytest.mark.parametrize(
    ("action", "parameters", "code", "status"),
    [
        ("publish", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:missing", "Message": "x"}, "NotFound", 404),
        ("publish", {"TopicArn": "missing", "Message": "x"}, "InvalidParameter", 400),
        ("create_topic", {"Name": "not a name"}, "InvalidParameter", 400),
        ("create_topic", {"Name": "orders.fifo", "Attributes": {"FifoTopic": "true"}}, "InvalidParameter", 400),
        ("create_topic", {"Name": "sealed", "Attributes": {"KmsMasterKeyId": "key"}}, "InvalidParameter", 400),
        ("list_topics", {"NextToken": "mine"}, "InvalidParameter", 400),
        (
            "list_tags_for_resource",
            {"ResourceArn": "arn:aws:sns:us-east-1:000000000000:missing"},
            "ResourceNotFound",
            404,
        ),
        ("create_platform_application", {"Name": "x", "Platform": "GCM", "Attributes": {}}, "NotImplemented", 501),
    ],
)
def test_a_refusal_has_sns_s_code(sns: Any, action: str, parameters: dict[str, Any], code: str, status: int) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(sns, action)(**parameters)

    answer = refusal.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


def test_the_cli_makes_a_topic_and_publishes_to_it(elastane: RunningElastane) -> None:
    made = elastane.run_aws("sns", "create-topic", "--name", "typed")
    arn = json.loads(made.stdout)["TopicArn"]
    subscribed = elastane.run_aws(
        "sns", "subscribe", "--topic-arn", arn, "--protocol", "file", "--notification-endpoint", "typed.jsonl"
    )
    published = elastane.run_aws(
        "sns", "publish", "--topic-arn", arn, "--message", "typed", "--subject", "From a shell"
    )
    deleted = elastane.run_aws("sns", "delete-topic", "--topic-arn", arn)

    assert json.loads(subscribed.stdout)["SubscriptionArn"].startswith(f"{arn}:")
    assert json.loads(published.stdout)["MessageId"]
    assert deleted.returncode == 0, deleted.stderr


async def test_a_cache_s_life_is_told_its_topic_to_the_end(caches: Caches, sns: Any, topic_arn: str) -> None:
    with subscriber() as server:
        await subscribed(sns, topic_arn, server)
        group_id = caches.make_group(NotificationTopicArn=topic_arn)
        caches.client.delete_replication_group(ReplicationGroupId=group_id)
        caches.wait("replication_group_deleted", ReplicationGroupId=group_id)

        def are_told() -> list[str]:
            return texts(server) if any("DeleteCacheClusterComplete" in text for text in texts(server)) else []

        told = await eventually(are_told)

    assert f'{{ "ElastiCache:CacheClusterProvisioningComplete" : "{group_id}-001" }}' in told
    assert f'{{ "ElastiCache:CreateReplicationGroupComplete" : "{group_id}" }}' in told
    assert f'{{ "ElastiCache:DeleteCacheClusterComplete" : "{group_id}-001" }}' in told


async def test_an_inactive_topic_is_told_nothing(
    elastane: RunningElastane, caches: Caches, sns: Any, topic_arn: str
) -> None:
    with subscriber() as server:
        await subscribed(sns, topic_arn, server)
        group_id = caches.make_group(NotificationTopicArn=topic_arn)
        caches.client.modify_replication_group(
            ReplicationGroupId=group_id, NotificationTopicStatus="inactive", ApplyImmediately=True
        )
        caches.wait("replication_group_available", ReplicationGroupId=group_id)
        caches.client.reboot_cache_cluster(CacheClusterId=f"{group_id}-001", CacheNodeIdsToReboot=["0001"])

        def is_rebooted() -> bool:
            events = caches.client.describe_events(SourceType="cache-cluster", SourceIdentifier=f"{group_id}-001")
            return any(event["Message"] == "Cache node 0001 restarted" for event in events["Events"])

        await eventually(is_rebooted, timeout_seconds=30)
        # What is published after the event was written arrives after the event would have.
        sns.publish(TopicArn=topic_arn, Message="the last one")
        await eventually(lambda: "the last one" in texts(server))

        assert any("CacheClusterProvisioningComplete" in text for text in texts(server))
        assert not any("CacheNodesRebooted" in text for text in texts(server))
