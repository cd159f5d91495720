"""The delivering loop: what it does with each outcome, and that it goes on after whatever happened before."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.model.events import Event, SourceType
from elastane.model.ids import AccountId, Arn, Region
from elastane.model.notifications import Signing
from elastane.model.topics import Subscription, SubscriptionProtocol, Topic
from elastane.notifications.deliver import Deliverer
from elastane.notifications.files import DIRECTORY, Files
from elastane.notifications.posting import DEADLINE_SECONDS, Poster
from elastane.pki.message_signing import open_message_signer
from elastane.store import Store, Transaction, deliveries, settings, topics
from elastane.store.deliveries import Counts
from elastane.store.events import append_events
from tests.kit.asserts import eventually
from tests.kit.deliveries import list_due
from tests.kit.subscribers import Subscriber, refuse_forged, subscriber

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOPIC = Topic(region=Region("us-east-1"), account_id=AccountId("000000000000"), name="orders")
SOON = '{"healthyRetryPolicy": {"numRetries": 2, "minDelayTarget": 1, "maxDelayTarget": 1}}'


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path)
    await opened.write(lambda tx: topics.save_topic(tx, TOPIC))
    yield opened
    opened.close()


def subscription(protocol: SubscriptionProtocol, endpoint: str, **attributes: str) -> Subscription:
    return Subscription(
        arn=Arn(f"{TOPIC.arn}:00000000-0000-0000-0000-000000000001"),
        topic_arn=TOPIC.arn,
        protocol=protocol,
        endpoint=endpoint,
        principal=Arn("arn:aws:iam::000000000000:root"),
        made_at=NOW,
        token="token",
        is_confirmed=True,
        attributes=attributes,
    )


def posted(server: Subscriber, **attributes: str) -> Subscription:
    return subscription(SubscriptionProtocol.HTTP, server.url, **attributes)


async def save(store: Store, *subscriptions: Subscription) -> None:
    def save_all(tx: Transaction) -> None:
        for each in subscriptions:
            topics.save_subscription(tx, each)

    await store.write(save_all)


async def publish(store: Store, text: str = "news") -> None:
    assert await store.write(lambda tx: topics.publish(tx, topic_arn=TOPIC.arn, message=text, now=NOW))


async def counted(store: Store) -> Counts:
    return (await store.read(deliveries.counts)).get(TOPIC.arn, Counts())


@asynccontextmanager
async def delivering(
    store: Store, clock: Clock, directory: Path, *, deadline_seconds: float = DEADLINE_SECONDS
) -> AsyncIterator[str]:
    """While the loop runs; answers the certificate."""
    signer = open_message_signer(directory, NOW)
    signing = Signing(sign=signer.sign, endpoint_url="http://127.0.0.1:4510", certificate_name=signer.certificate_name)
    deliverer = Deliverer(store, clock, signing, Files(directory), Poster(deadline_seconds=deadline_seconds))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(deliverer.run())
        yield signer.certificate_pem
        running.cancel()


async def test_a_message_is_posted_signed_and_counted(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as server:
        await save(store, posted(server))
        async with delivering(store, clock, tmp_path) as certificate_pem:
            await publish(store, "hällo")

            await eventually(lambda: counted_once(store))

    (post,) = server.notifications()
    assert post.said["Message"] == "hällo"
    refuse_forged(post.said, certificate_pem.encode())


async def counted_once(store: Store) -> bool:
    return await counted(store) == Counts(delivered_count=1)


async def test_a_raw_message_is_nothing_but_its_text(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as server:
        await save(store, posted(server, RawMessageDelivery="true"))
        async with delivering(store, clock, tmp_path):
            await publish(store, "hällo")

            await eventually(server.notifications)

    (post,) = server.notifications()
    assert post.body == "hällo".encode()
    assert post.headers["x-amz-sns-rawdelivery"] == "true"


async def test_a_failure_is_tried_again_when_its_policy_says(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as server:
        server.statuses = [503, 500]
        await save(store, posted(server, DeliveryPolicy=SOON))
        async with delivering(store, clock, tmp_path):
            await publish(store)
            for tries in (1, 2, 3):
                await until_tried(store, server, tries)
                clock.at += timedelta(seconds=1)
                store.bell.ring_notifications()

            await eventually(lambda: counted_once(store))

    assert len({post.said["MessageId"] for post in server.notifications()}) == 1


async def until_tried(store: Store, server: Subscriber, tries: int) -> None:
    """So often, and that is written down; or it is gone."""
    later = NOW + timedelta(days=1)

    async def is_written_down() -> bool:
        waiting = await store.read(lambda tx: list_due(tx, later, per_subscription=1))
        return len(server.posts) == tries and (not waiting or waiting[0].tried_count == tries)

    await eventually(is_written_down, message=f"try {tries} is written down")


async def test_a_message_that_was_tried_often_enough_is_given_up_and_told_once(
    store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with subscriber() as server, caplog.at_level(logging.WARNING, "elastane.notifications"):
        server.statuses = [503] * 9
        await save(store, posted(server, DeliveryPolicy='{"healthyRetryPolicy": {"numRetries": 0}}'))
        async with delivering(store, clock, tmp_path):
            await publish(store)

            async def is_given_up() -> bool:
                return await counted(store) == Counts(given_up_count=1)

            await eventually(is_given_up)

    assert len(server.posts) == 1
    (told,) = (record.getMessage() for record in caplog.records)
    assert "notification given up" in told
    assert "tries=1 reason=it was answered with status 503" in told


async def test_a_refusal_is_final(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as server:
        server.statuses = [404]
        await save(store, posted(server))
        async with delivering(store, clock, tmp_path):
            await publish(store)

            async def is_given_up() -> bool:
                return await counted(store) == Counts(given_up_count=1)

            await eventually(is_given_up)

    assert len(server.posts) == 1


async def test_what_was_published_before_the_loop_ran_is_delivered(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as server:
        await save(store, posted(server))
        await publish(store)

        async with delivering(store, clock, tmp_path):
            await eventually(server.notifications)


async def test_a_server_that_hangs_keeps_nobody_else_waiting(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as hanging, subscriber() as other:
        hanging.holding.clear()
        quick = replace(posted(other), arn=Arn(f"{TOPIC.arn}:00000000-0000-0000-0000-000000000002"))
        await save(store, posted(hanging), quick)
        async with delivering(store, clock, tmp_path):
            for number in range(20):
                await publish(store, f"news {number}")

            await eventually(lambda: len(other.notifications()) == 20)

            assert len(hanging.posts) <= 4
            hanging.holding.set()


async def test_many_servers_that_hang_keep_nobody_else_waiting(store: Store, clock: Clock, tmp_path: Path) -> None:
    with ExitStack() as servers, subscriber() as other:
        for number in range(40):
            hanging = servers.enter_context(subscriber())
            hanging.holding.clear()
            await save(
                store, replace(posted(hanging), arn=Arn(f"{TOPIC.arn}:00000000-0000-0000-0000-0000000000{number + 10}"))
            )
        quick = replace(posted(other), arn=Arn(f"{TOPIC.arn}:00000000-0000-0000-0000-000000000002"))
        await save(store, quick)
        async with delivering(store, clock, tmp_path, deadline_seconds=1):
            for number in range(20):
                await publish(store, f"news {number}")

            await eventually(lambda: len(other.notifications()) == 20)


async def test_a_clock_that_is_set_back_puts_nothing_off(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as server:
        await save(store, posted(server))
        await publish(store)
        clock.at -= timedelta(days=1)

        async with delivering(store, clock, tmp_path):
            await eventually(server.notifications)


async def test_a_file_has_each_message_as_a_line(store: Store, clock: Clock, tmp_path: Path) -> None:
    await save(store, subscription(SubscriptionProtocol.FILE, "orders"))
    async with delivering(store, clock, tmp_path):
        await publish(store, "first")
        await publish(store, "second")

        path = tmp_path / DIRECTORY / "orders"
        await eventually(lambda: path.exists() and len(path.read_text().splitlines()) == 2)

    assert '"Message": "first"' in path.read_text().splitlines()[0]


async def test_the_log_has_each_message(
    store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await save(store, subscription(SubscriptionProtocol.LOG, "log"))
    with caplog.at_level(logging.INFO, "elastane.notifications"):
        async with delivering(store, clock, tmp_path):
            await publish(store, "two\nlines")

            await eventually(lambda: counted_once(store))

    (told,) = (record.getMessage() for record in caplog.records)
    assert told.startswith(f'notification topic={TOPIC.arn} {{"Type": "Notification"')
    assert "\n" not in told


async def test_events_become_messages_of_their_topic_each_once(store: Store, clock: Clock, tmp_path: Path) -> None:
    with subscriber() as server:
        await save(store, posted(server))
        async with delivering(store, clock, tmp_path):
            await store.write(lambda tx: append_events(tx, (event("Cache cluster deleted"), event("Attention: look"))))
            await eventually(lambda: counted_once(store))
        async with delivering(store, clock, tmp_path):
            await store.write(lambda tx: append_events(tx, (event("Cache cluster created"),)))
            await eventually(lambda: len(server.notifications()) == 2)

    assert [post.said["Message"] for post in server.notifications()] == [
        '{ "ElastiCache:DeleteCacheClusterComplete" : "orders-001" }',
        '{ "ElastiCache:CacheClusterProvisioningComplete" : "orders-001" }',
    ]


async def test_a_topic_that_is_not_there_is_told_once_in_the_log(
    store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    missing = f"{TOPIC.arn}-of-another-endpoint"
    lines = tuple(replace(event("Cache cluster created"), topic_arn=missing) for _ in range(3))

    async def are_told() -> bool:
        return await store.read(lambda tx: settings.find_setting(tx, "told_event")) == "3"

    with caplog.at_level(logging.WARNING, "elastane.notifications"):
        async with delivering(store, clock, tmp_path):
            await store.write(lambda tx: append_events(tx, lines))
            await eventually(are_told)

    assert [record.getMessage() for record in caplog.records] == [
        f"events for a topic that does not exist here topic={missing}"
    ]


def event(message: str) -> Event:
    return Event(
        region=TOPIC.region,
        source_type=SourceType.CACHE_CLUSTER,
        source_id="orders-001",
        message=message,
        at=NOW,
        topic_arn=TOPIC.arn,
    )
