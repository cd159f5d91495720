"""Real failovers told to a real subscriber: signed, tried again, and delivered by the next process if need be."""

import json
from typing import Any

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.subscribers import Post, Subscriber, fetched, refuse_forged, subscriber
from tests.live.live_groups import make_group

HEALING_SECONDS = 40
RETRY_SOON = json.dumps(
    {"healthyRetryPolicy": {"numRetries": 20, "minDelayTarget": 1, "maxDelayTarget": 1, "backoffFunction": "linear"}}
)


async def make_topic(elastane: RunningElastane, server: Subscriber, **attributes: str) -> str:
    """With the server subscribed, and confirmed by the link that it was sent."""
    sns = elastane.client("sns")
    topic_arn = str(sns.create_topic(Name="caches")["TopicArn"])
    sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=server.url, Attributes=attributes)
    (confirmation, *_) = await eventually(server.confirmations)
    fetched(confirmation.said["SubscribeURL"])
    return topic_arn


def told(server: Subscriber, event_name: str) -> list[Post]:
    return [post for post in server.notifications() if f"ElastiCache:{event_name}" in post.said["Message"]]


async def test_a_failover_is_told_signed_and_in_aws_s_words(elastane: RunningElastane) -> None:
    with subscriber() as server:
        topic_arn = await make_topic(elastane, server)
        group = await make_group(elastane, "told", NotificationTopicArn=topic_arn)
        elastane.client().test_failover(ReplicationGroupId=group.id, NodeGroupId="0001")

        posts = await eventually(
            lambda: [post for post in told(server, "FailoverComplete") if f'"{group.id}"' in post.said["Message"]],
            timeout_seconds=HEALING_SECONDS,
        )

        certificate_pem = fetched(posts[0].said["SigningCertURL"])
        for post in server.notifications():
            refuse_forged(post.said, certificate_pem)
        assert json.loads(posts[0].said["Message"]) == {"ElastiCache:FailoverComplete": group.id}
        assert posts[0].said["TopicArn"] == topic_arn
        await eventually(lambda: told(server, "CacheNodeReplaceComplete"), timeout_seconds=HEALING_SECONDS)


async def test_a_subscriber_that_fails_twice_is_told_the_third_time(elastane: RunningElastane) -> None:
    with subscriber() as server:
        topic_arn = await make_topic(elastane, server, DeliveryPolicy=RETRY_SOON)
        server.statuses = [500, 503]
        message_id = publish(elastane, topic_arn, "an alarm went off")

        posts = await eventually(lambda: server.notifications() if len(server.notifications()) == 3 else [])

        assert {post.said["MessageId"] for post in posts} == {message_id}
        assert len({post.body for post in posts}) == 1


async def test_what_was_published_before_a_crash_is_delivered_after_it(elastane: RunningElastane) -> None:
    with subscriber() as server:
        topic_arn = await make_topic(elastane, server, DeliveryPolicy=RETRY_SOON)
        server.statuses = [503] * 1000
        message_id = publish(elastane, topic_arn, "an alarm went off")
        await eventually(server.notifications)

        elastane.kill()
        server.statuses = []
        tried_count = len(server.notifications())
        elastane.start()

        posts = await eventually(lambda: server.notifications()[tried_count:])
        assert [post.said["MessageId"] for post in posts] == [message_id]
        refuse_forged(posts[0].said, fetched(posts[0].said["SigningCertURL"]))


async def test_a_file_has_each_message_once_whatever_is_killed(elastane: RunningElastane) -> None:
    sns = elastane.client("sns")
    topic_arn = sns.create_topic(Name="caches")["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol="file", Endpoint="caches.jsonl")
    path = elastane.data_dir / "notifications" / "caches.jsonl"

    published = []
    for _ in range(3):
        published += [publish(elastane, topic_arn, f"news {number}") for number in range(20)]
        elastane.kill()
        elastane.start()

    def lines() -> list[Any]:
        return [json.loads(line)["MessageId"] for line in path.read_text().splitlines()]

    await eventually(lambda: set(lines()) == set(published))
    assert sorted(lines()) == sorted(published)


def publish(elastane: RunningElastane, topic_arn: str, text: str) -> str:
    return str(elastane.client("sns").publish(TopicArn=topic_arn, Message=text)["MessageId"])
