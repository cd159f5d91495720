"""Publishing: the message and its deliveries are written together, for those who want it, and leave nothing behind."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from elastane.model import notifications
from elastane.model.events import Event, SourceType
from elastane.model.ids import AccountId, Arn, Region
from elastane.model.loop_reports import Backlog
from elastane.model.notifications import MessageAttribute
from elastane.model.topics import Subscription, SubscriptionProtocol, Topic
from elastane.store import Store, Transaction, deliveries, tags, topics
from elastane.store.deliveries import Counts, Due
from elastane.store.events import append_events, list_events_to_tell
from tests.kit.deliveries import list_due

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=20)
TOPIC = Topic(region=Region("us-east-1"), account_id=AccountId("000000000000"), name="orders")


def subscription(number: int = 1, *, is_confirmed: bool = True, policy: str | None = None) -> Subscription:
    return Subscription(
        arn=Arn(f"{TOPIC.arn}:00000000-0000-0000-0000-{number:012d}"),
        topic_arn=TOPIC.arn,
        protocol=SubscriptionProtocol.HTTP,
        endpoint=f"http://127.0.0.1:{number}/",
        principal=Arn("arn:aws:iam::000000000000:root"),
        made_at=NOW,
        token="token",
        is_confirmed=is_confirmed,
        attributes={} if policy is None else {"FilterPolicy": policy},
    )


@pytest.fixture
async def topic_store(store: Store) -> Store:
    await store.write(lambda tx: topics.save_topic(tx, TOPIC))
    return store


async def subscribe(store: Store, *subscriptions: Subscription) -> None:
    def save(tx: Transaction) -> None:
        for each in subscriptions:
            topics.save_subscription(tx, each)

    await store.write(save)


async def publish(store: Store, message: str = "news", **said: MessageAttribute) -> str | None:
    return await store.write(
        lambda tx: topics.publish(tx, topic_arn=TOPIC.arn, message=message, now=NOW, attributes=said)
    )


async def due(store: Store, now: datetime = NOW) -> tuple[Due, ...]:
    return await store.read(lambda tx: list_due(tx, now, per_subscription=4))


async def test_a_message_is_due_at_once_for_every_subscription_that_is_confirmed(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1), subscription(2), subscription(3, is_confirmed=False))

    message_id = await publish(topic_store)

    found = await due(topic_store)
    assert [each.subscription_arn for each in found] == [subscription(1).arn, subscription(2).arn]
    assert {each.message.id for each in found} == {message_id}
    assert {each.message.text for each in found} == {"news"}


async def test_a_topic_that_is_not_there_gets_nothing(store: Store) -> None:
    assert await publish(store) is None
    assert await due(store) == ()


async def test_a_subscription_gets_only_what_its_filter_policy_wants(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1, policy='{"shop": ["north"]}'))

    await publish(topic_store, "no", shop=MessageAttribute(data_type="String", value="south"))
    await publish(topic_store, "yes", shop=MessageAttribute(data_type="String", value="north"))

    assert [each.message.text for each in await due(topic_store)] == ["yes"]


async def test_what_was_tried_in_vain_is_due_later_and_counted_as_tried(topic_store: Store) -> None:
    await subscribe(topic_store, subscription())
    await publish(topic_store)
    (first,) = await due(topic_store)

    await topic_store.write(lambda tx: deliveries.postpone(tx, first, LATER))

    assert await due(topic_store) == ()
    assert await topic_store.read(lambda tx: deliveries.find_next_due_at(tx, NOW)) == LATER
    (again,) = await due(topic_store, LATER)
    assert again.tried_count == 1


async def test_what_is_delivered_or_given_up_is_gone_and_counted_once(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1), subscription(2))
    await publish(topic_store)
    first, second = await due(topic_store)

    def settle(tx: Transaction) -> None:
        deliveries.mark_delivered(tx, first)
        deliveries.mark_delivered(tx, first)
        deliveries.give_up(tx, second)

    await topic_store.write(settle)

    assert await due(topic_store, LATER) == ()
    assert await row_counts(topic_store) == (0, 0)
    counted = await topic_store.read(deliveries.counts)
    assert counted == {TOPIC.arn: Counts(delivered_count=1, given_up_count=1)}


async def test_a_topic_takes_along_all_that_was_its(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1), subscription(2))
    await publish(topic_store)
    await topic_store.write(lambda tx: tags.save_tags(tx, TOPIC.arn, {"team": "checkout"}))

    await topic_store.write(lambda tx: topics.remove_topic(tx, TOPIC.arn))

    assert await row_counts(topic_store) == (0, 0)
    assert await topic_store.read(lambda tx: topics.list_subscriptions(tx)) == ()
    assert await topic_store.read(lambda tx: tags.get_tags(tx, TOPIC.arn)) == {}


async def test_a_subscription_that_ends_is_counted_and_gets_nothing_more(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1), subscription(2))
    await publish(topic_store)

    await topic_store.write(lambda tx: topics.remove_subscription(tx, subscription(1).arn))

    assert [each.subscription_arn for each in await due(topic_store)] == [subscription(2).arn]
    stored = await topic_store.read(lambda tx: topics.find_topic(tx, TOPIC.arn))
    assert stored is not None
    assert stored.body.deleted_subscription_count == 1


async def test_a_subscription_that_nobody_confirms_is_forgotten(topic_store: Store) -> None:
    old = replace(subscription(1, is_confirmed=False), made_at=NOW - timedelta(days=4))
    await subscribe(
        topic_store, old, subscription(2, is_confirmed=False), replace(subscription(3), made_at=old.made_at)
    )

    await topic_store.write(lambda tx: topics.remove_unconfirmed(tx, made_before=NOW - timedelta(days=3)))

    left = await topic_store.read(lambda tx: topics.list_subscriptions(tx))
    assert [each.arn for each in left] == [subscription(2).arn, subscription(3).arn]


async def test_one_subscription_s_backlog_hides_nobody_else_s_news(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1), subscription(2))
    for number in range(9):
        await publish(topic_store, f"news {number}")

    found = await due(topic_store)

    of_first = [each.message.text for each in found if each.subscription_arn == subscription(1).arn]
    assert of_first == ["news 0", "news 1", "news 2", "news 3"]
    assert len(found) == 8


async def test_what_waits_for_one_subscription_is_bounded(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1), subscription(2))
    await publish(topic_store, "the first")
    await topic_store.write(fill)

    await publish(topic_store, "one too many")

    waiting = {each.subscription_arn: each.message.text for each in await due(topic_store) if each.tried_count == 0}
    assert waiting[subscription(2).arn] == "one too many"
    assert (await topic_store.read(deliveries.counts))[TOPIC.arn].given_up_count == 1


def fill(tx: Transaction) -> None:
    """Until no more may wait for the first subscription."""
    tx.connection.execute(
        """
        WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
        INSERT INTO deliveries (message_id, subscription_arn, due_at, tried_count)
        SELECT messages.id, ?, '2026-11-23', 0 FROM messages, numbers
        """,
        (deliveries.WAITING_COUNT_MAX, subscription(1).arn),
    )


async def test_who_delivers_is_rung_for_when_there_is_something_to_deliver(topic_store: Store) -> None:
    await subscribe(topic_store, subscription())

    await publish(topic_store)

    async with asyncio.timeout(5):
        await topic_store.bell.next_news()


async def test_events_for_a_topic_are_listed_oldest_first_and_nobody_else_s(store: Store) -> None:
    told = Event(
        region=TOPIC.region,
        source_type=SourceType.CACHE_CLUSTER,
        source_id="orders-001",
        message="Cache cluster created",
        at=NOW,
        topic_arn=TOPIC.arn,
    )

    await store.write(lambda tx: append_events(tx, (told, replace(told, topic_arn=None), told)))

    found = await store.read(lambda tx: list_events_to_tell(tx, after_number=0, limit=10))
    assert [(number, event) for number, event in found] == [(1, told), (3, told)]
    assert await store.read(lambda tx: list_events_to_tell(tx, after_number=3, limit=10)) == ()


async def row_counts(store: Store) -> tuple[int, int]:
    """Of messages and of deliveries."""

    def count(tx: Transaction) -> tuple[int, int]:
        messages, rows = (
            int(tx.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("messages", "deliveries")
        )
        return messages, rows

    return await store.read(count)


async def test_what_a_clock_that_was_set_back_has_put_off_is_due_now(topic_store: Store) -> None:
    await subscribe(topic_store, subscription())
    await publish(topic_store)
    (waiting,) = await due(topic_store, NOW)
    earlier = NOW - timedelta(days=1)

    await topic_store.write(lambda tx: deliveries.bring_forward(tx, NOW - timedelta(minutes=59), seconds_max=3600))
    assert await due(topic_store, earlier) == ()
    await topic_store.write(lambda tx: deliveries.bring_forward(tx, earlier, seconds_max=3600))

    assert await due(topic_store, earlier) == (waiting,)


async def test_of_long_messages_fewer_wait_for_one_subscription(topic_store: Store) -> None:
    await subscribe(topic_store, subscription())
    longest = "x" * notifications.MESSAGE_BYTES_MAX
    fitting = deliveries.WAITING_BYTES // len(longest)

    def publish_all(tx: Transaction) -> None:
        for _ in range(fitting + 5):
            topics.publish(tx, topic_arn=TOPIC.arn, message=longest, now=NOW)
        topics.publish(tx, topic_arn=TOPIC.arn, message="short", now=NOW)

    await topic_store.write(publish_all)

    waiting = await topic_store.read(deliveries.count_waiting)
    given_up = (await topic_store.read(deliveries.counts))[TOPIC.arn].given_up_count
    assert fitting - 1 <= waiting <= fitting + 1
    assert waiting + given_up == fitting + 6


async def test_what_came_of_messages_of_topics_that_are_gone_is_kept_together(topic_store: Store) -> None:
    def deliver_and_end(tx: Transaction) -> None:
        topics.save_subscription(tx, subscription())
        topics.publish(tx, topic_arn=TOPIC.arn, message="news", now=NOW)
        (each,) = list_due(tx, NOW, per_subscription=4)
        deliveries.mark_delivered(tx, each)
        topics.remove_topic(tx, TOPIC.arn)
        topics.save_topic(tx, TOPIC)

    for _ in range(3):
        await topic_store.write(deliver_and_end)

    assert await topic_store.read(deliveries.counts) == {Arn(""): Counts(delivered_count=3)}


async def test_what_waits_in_a_region_is_counted_with_the_moment_of_the_oldest(topic_store: Store) -> None:
    await subscribe(topic_store, subscription(1), subscription(2))
    await publish(topic_store)
    first, _ = await due(topic_store)

    await topic_store.write(lambda tx: deliveries.postpone(tx, first, LATER))

    here, there = await topic_store.read(
        lambda tx: tuple(deliveries.find_backlog(tx, Region(name)) for name in ("us-east-1", "us-east-2"))
    )
    assert here == Backlog(count=2, tried_count=1, oldest_at=NOW)
    assert there is None
