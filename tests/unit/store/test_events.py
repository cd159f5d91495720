"""The customer's history: its order, its windows, and how it is forgotten."""

from datetime import UTC, datetime, timedelta, timezone

from elastane.model.events import Event, SourceType
from elastane.model.ids import Region
from elastane.store import Store, Transaction
from elastane.store.events import append_events, list_events, prune_events
from tests.kit.groups import REGION

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)


def event(
    message: str,
    *,
    at: datetime = NOON,
    source_id: str = "orders",
    source_type: SourceType = SourceType.REPLICATION_GROUP,
    region: Region = REGION,
) -> Event:
    return Event(region=region, source_type=source_type, source_id=source_id, message=message, at=at)


async def messages(
    store: Store,
    *,
    start: datetime = NOON - A_DAY,
    end: datetime = NOON + A_DAY,
    source_type: SourceType | None = None,
    source_id: str | None = None,
) -> list[str]:
    """In the order they happened."""

    def listed(tx: Transaction) -> list[str]:
        found = list_events(tx, REGION, start=start, end=end, source_type=source_type, source_id=source_id)
        return [each.message for _, each in reversed(found)]

    return await store.read(listed)


async def test_an_event_comes_back_as_it_was_appended(store: Store) -> None:
    appended = event("Cache cluster created", at=NOON + timedelta(microseconds=7))
    await store.write(lambda tx: append_events(tx, [appended]))

    ((_, found),) = await store.read(lambda tx: list_events(tx, REGION, start=NOON, end=NOON + A_DAY))

    assert found == appended


async def test_events_of_one_moment_keep_the_order_they_were_appended_in(store: Store) -> None:
    await store.write(lambda tx: append_events(tx, [event("shutdown"), event("restarted")]))
    await store.write(lambda tx: append_events(tx, [event("recovered")]))

    assert await messages(store) == ["shutdown", "restarted", "recovered"]


async def test_both_ends_of_the_window_belong_to_it(store: Store) -> None:
    step = timedelta(microseconds=1)
    moments = [NOON - step, NOON, NOON + step, NOON + 2 * step]
    await store.write(lambda tx: append_events(tx, [event(str(n), at=at) for n, at in enumerate(moments)]))

    assert await messages(store, start=NOON, end=NOON + step) == ["1", "2"]


async def test_a_window_named_in_another_time_zone_is_the_same_window(store: Store) -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    await store.write(lambda tx: append_events(tx, [event("at noon", at=NOON.astimezone(kolkata))]))

    assert await messages(store, start=NOON, end=NOON) == ["at noon"]
    assert await messages(store, start=NOON.astimezone(kolkata), end=NOON.astimezone(kolkata)) == ["at noon"]


async def test_filters_keep_to_the_region_the_kind_and_the_source(store: Store) -> None:
    appended = [
        event("of the group"),
        event("of the cluster", source_type=SourceType.CACHE_CLUSTER),
        event("of another", source_id="carts"),
        event("of another region", region=Region("eu-west-1")),
    ]
    await store.write(lambda tx: append_events(tx, appended))

    assert await messages(store) == ["of the group", "of the cluster", "of another"]
    assert await messages(store, source_type=SourceType.CACHE_CLUSTER) == ["of the cluster"]
    assert await messages(store, source_id="orders") == ["of the group", "of the cluster"]


async def test_pages_go_on_in_front_of_a_number(store: Store) -> None:
    await store.write(lambda tx: append_events(tx, [event(str(number)) for number in range(5)]))

    def look(tx: Transaction) -> tuple[list[str], list[str]]:
        start, end = NOON, NOON + A_DAY
        newest = list_events(tx, REGION, start=start, end=end, limit=2)
        before = list_events(tx, REGION, start=start, end=end, before_number=newest[-1][0], limit=2)
        return [each.message for _, each in newest], [each.message for _, each in before]

    assert await store.read(look) == (["4", "3"], ["2", "1"])


async def test_pruning_forgets_only_what_is_older(store: Store) -> None:
    appended = [event("old", at=NOON - timedelta(microseconds=1)), event("at the edge"), event("new", at=NOON + A_DAY)]
    await store.write(lambda tx: append_events(tx, appended))

    await store.write(lambda tx: prune_events(tx, before=NOON))

    assert await messages(store) == ["at the edge", "new"]


async def test_a_number_is_never_given_twice_even_after_pruning(store: Store) -> None:
    def numbers(tx: Transaction) -> list[int]:
        return [number for number, _ in list_events(tx, REGION, start=NOON - A_DAY, end=NOON + A_DAY)]

    await store.write(lambda tx: append_events(tx, [event("first")]))
    before = await store.read(numbers)
    await store.write(lambda tx: prune_events(tx, before=NOON + A_DAY))
    await store.write(lambda tx: append_events(tx, [event("second")]))

    assert min(await store.read(numbers)) > max(before)
