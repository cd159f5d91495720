"""The file of log groups and events: what is kept, found, given up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elastane.model.ids import Region
from elastane.model.log_groups import BEGINNING, EVENT_OVERHEAD_BYTES, LogGroup, LogStream, NewEvent, Place, place_of
from elastane.store import LogEvents, StoreUnusable, log_rows
from elastane.store.log_events import FILE_NAME, Bounds, LogRows

REGION = Region("us-east-1")
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
NOW_MILLISECONDS = int(NOW.timestamp() * 1000)
DAY = 86_400_000
MESSAGE_COUNT_MAX = 20


@pytest.fixture
async def log_events(tmp_path: Path) -> AsyncIterator[LogEvents]:
    bounds = Bounds(bytes_max=MESSAGE_COUNT_MAX * (10 + EVENT_OVERHEAD_BYTES))
    with closing(LogEvents.open(tmp_path, bounds)) as opened:
        yield opened


async def make(log_events: LogEvents, name: str = "/caches", stream: str = "one") -> tuple[LogGroup, LogStream]:
    def work(rows: LogRows) -> tuple[LogGroup, LogStream]:
        group = log_rows.find_group(rows, REGION, name) or log_rows.create_group(
            rows, REGION, name, at_milliseconds=NOW_MILLISECONDS
        )
        assert group is not None
        made = log_rows.create_stream(rows, group, stream, at_milliseconds=NOW_MILLISECONDS)
        assert made is not None
        return group, made

    return await log_events.write(work)


async def put(log_events: LogEvents, at: tuple[LogGroup, LogStream], *events: tuple[int, str]) -> None:
    new = [NewEvent(at_milliseconds=moment, message=message) for moment, message in events]
    await log_events.write(lambda rows: log_rows.append_events(rows, *at, new, at_milliseconds=NOW_MILLISECONDS))


async def messages(
    log_events: LogEvents,
    group: LogGroup,
    streams: Sequence[LogStream] | None = None,
    *,
    beside: Place | None = None,
    is_forward: bool = True,
    start: int | None = None,
    end: int | None = None,
    limit: int = 1000,
) -> list[str]:
    found = await log_events.read(
        lambda rows: log_rows.read_group(
            rows, group, streams, beside=beside, start=start, end=end, is_forward=is_forward, limit=limit
        )
    )
    return [event.message for event in found]


async def stored_bytes(log_events: LogEvents) -> int:
    return await log_events.read(log_rows.stored_bytes)


async def test_events_are_in_the_order_of_their_moments_and_of_their_coming(log_events: LogEvents) -> None:
    one = await make(log_events)
    two = await make(log_events, stream="two")
    await put(log_events, one, (2, "b"), (2, "c"), (9, "e"))
    await put(log_events, two, (1, "a"), (2, "d"))

    assert await messages(log_events, one[0]) == ["a", "b", "c", "d", "e"]
    assert await messages(log_events, one[0], [one[1]]) == ["b", "c", "e"]
    assert await messages(log_events, one[0], []) == []
    assert await messages(log_events, one[0], start=2, end=9) == ["b", "c", "d"]


async def test_pages_go_on_beside_a_place_in_both_directions(log_events: LogEvents) -> None:
    at = await make(log_events)
    await put(log_events, at, *((number // 2, str(number)) for number in range(10)))

    events = await log_events.read(
        lambda rows: log_rows.read_stream(rows, at[1], beside=BEGINNING, start=None, end=None, is_forward=True, limit=4)
    )
    last, first = place_of(events[-1]), place_of(events[0])

    assert [event.message for event in events] == ["0", "1", "2", "3"]
    assert await messages(log_events, at[0], beside=last, limit=2) == ["4", "5"]
    assert await messages(log_events, at[0], beside=last, is_forward=False, limit=2) == ["1", "2"]
    assert await messages(log_events, at[0], beside=first, is_forward=False) == []


@pytest.mark.parametrize("is_forward", [True, False])
async def test_large_events_are_read_a_few_at_a_time(log_events: LogEvents, *, is_forward: bool) -> None:
    at = await make(log_events)
    large = "x" * (log_rows.READ_BYTES_MAX // 2)
    await put(log_events, at, (1, f"a{large}"), (2, f"b{large}"), (3, f"c{large}"))

    found = await messages(log_events, at[0], is_forward=is_forward)

    assert [message[0] for message in found] == (["a", "b"] if is_forward else ["b", "c"])


async def test_a_stream_knows_its_first_and_its_last_event(log_events: LogEvents) -> None:
    at = await make(log_events)
    await put(log_events, at, (5, "b"), (9, "c"))
    await put(log_events, at, (3, "a"))

    stream = await log_events.read(lambda rows: log_rows.find_stream(rows, at[0], "one"))

    assert stream is not None
    assert (stream.first_event_milliseconds, stream.last_event_milliseconds) == (3, 9)
    assert stream.ingested_at_milliseconds == NOW_MILLISECONDS


async def test_what_is_deleted_takes_its_events_and_its_bytes_along(log_events: LogEvents) -> None:
    one = await make(log_events)
    two = await make(log_events, stream="two")
    other = await make(log_events, name="/other")
    for at in (one, two, other):
        await put(log_events, at, (1, "x" * 10))
    size_bytes = 10 + EVENT_OVERHEAD_BYTES

    await log_events.write(lambda rows: log_rows.delete_stream(rows, *two))
    assert (await messages(log_events, one[0]), await stored_bytes(log_events)) == (["x" * 10], 2 * size_bytes)

    await log_events.write(lambda rows: log_rows.delete_group(rows, one[0]))
    assert await messages(log_events, one[0]) == []
    assert await messages(log_events, other[0]) == ["x" * 10]
    assert await stored_bytes(log_events) == size_bytes


async def test_a_group_and_a_stream_are_emptied_some_at_a_time(log_events: LogEvents) -> None:
    one = await make(log_events)
    two = await make(log_events, stream="two")
    for at in (one, two):
        await put(log_events, at, (1, "a"), (2, "b"), (3, "c"))

    has_more = [await log_events.write(lambda rows: log_rows.empty_stream(rows, one[1], count_max=2)) for _ in "12"]
    after_stream = await messages(log_events, one[0])
    has_more += [await log_events.write(lambda rows: log_rows.empty_group(rows, one[0], count_max=2)) for _ in "12"]

    assert has_more == [True, False, True, False]
    assert after_stream == ["a", "b", "c"]
    assert await messages(log_events, one[0]) == []
    assert await stored_bytes(log_events) == 0


async def test_a_group_made_again_under_its_name_is_empty(log_events: LogEvents) -> None:
    one = await make(log_events)
    await put(log_events, one, (1, "x"))
    await log_events.write(lambda rows: log_rows.save_tags(rows, one[0], {"a": "b"}))
    await log_events.write(lambda rows: log_rows.delete_group(rows, one[0]))

    again = await make(log_events)

    assert again[0].number != one[0].number
    assert await messages(log_events, again[0]) == []
    assert await log_events.read(lambda rows: log_rows.get_tags(rows, again[0])) == {}


async def test_events_go_when_their_group_keeps_them_no_longer(log_events: LogEvents) -> None:
    kept, ended = await make(log_events, name="/kept"), await make(log_events, name="/ended")
    await log_events.write(lambda rows: log_rows.save_retention(rows, ended[0], 3))
    for at in (kept, ended):
        await put(log_events, at, (NOW_MILLISECONDS - 4 * DAY, "old"), (NOW_MILLISECONDS - 2 * DAY, "new"))

    await log_events.prune(NOW)
    soon = await messages(log_events, ended[0])
    await log_events.prune(NOW + timedelta(days=2))

    assert soon == ["new"]
    assert await messages(log_events, ended[0]) == []
    assert await messages(log_events, kept[0]) == ["old", "new"]


async def test_so_many_go_at_once_however_many_groups_have_some(log_events: LogEvents) -> None:
    for name in ("/one", "/two", "/three"):
        at = await make(log_events, name)
        await log_events.write(lambda rows, group=at[0]: log_rows.save_retention(rows, group, 1))  # type: ignore[misc]  # the group of this turn
        await put(log_events, at, (0, "a"), (1, "b"))

    counts = []
    for _ in range(4):
        has_more = await log_events.write(lambda rows: log_rows.prune(rows, NOW_MILLISECONDS, 10**9, count_max=2))
        left_count = await log_events.read(lambda rows: rows.execute("SELECT count(*) FROM log_events").fetchone()[0])
        counts.append((has_more, left_count))

    assert counts == [(True, 4), (True, 2), (True, 0), (False, 0)]


async def test_the_oldest_go_when_there_is_too_much(log_events: LogEvents) -> None:
    one, two = await make(log_events), await make(log_events, name="/two")
    for number in range(MESSAGE_COUNT_MAX):
        await put(log_events, one, (number, f"one {number:06d}"))
        await put(log_events, two, (number, f"two {number:06d}"))

    await log_events.prune(NOW)

    half = MESSAGE_COUNT_MAX // 2
    assert await messages(log_events, one[0]) == [f"one {number:06d}" for number in range(half, MESSAGE_COUNT_MAX)]
    assert await messages(log_events, two[0]) == [f"two {number:06d}" for number in range(half, MESSAGE_COUNT_MAX)]
    assert await stored_bytes(log_events) == MESSAGE_COUNT_MAX * (10 + EVENT_OVERHEAD_BYTES)


async def test_a_file_that_lost_events_gives_its_pages_back(tmp_path: Path) -> None:
    with closing(LogEvents.open(tmp_path)) as opened:
        at = await make(opened)
        await put(opened, at, *((number, "x" * 2000) for number in range(10_000)))
        await opened.write(lambda rows: log_rows.delete_group(rows, at[0]))
        await opened.prune(NOW)

    assert (tmp_path / FILE_NAME).stat().st_size < 1_000_000


async def test_what_a_function_raises_takes_back_what_it_wrote(log_events: LogEvents) -> None:
    def work(rows: LogRows) -> None:
        log_rows.create_group(rows, REGION, "/half", at_milliseconds=1)
        log_rows.save_positions(rows, [("key", b"1")])
        raise LookupError

    with pytest.raises(LookupError):
        await log_events.write(work)

    assert await log_events.read(lambda rows: log_rows.list_groups(rows, REGION)) == ()
    assert await log_events.read(log_rows.load_positions) == {}


async def test_positions_are_kept_replaced_and_removed(log_events: LogEvents) -> None:
    await log_events.write(lambda rows: log_rows.save_positions(rows, [("a", b"1"), ("b", b"2")]))
    await log_events.write(lambda rows: log_rows.save_positions(rows, [("a", b"3")]))
    await log_events.write(lambda rows: log_rows.remove_positions(rows, ["b", "absent"]))

    assert await log_events.read(log_rows.load_positions) == {"a": b"3"}


async def test_a_file_that_is_opened_again_has_what_was_written(tmp_path: Path) -> None:
    with closing(LogEvents.open(tmp_path)) as log_events:
        at = await make(log_events)
        await put(log_events, at, (1, "kept"))

    with closing(LogEvents.open(tmp_path)) as log_events:
        assert await messages(log_events, at[0]) == ["kept"]


def test_a_file_that_is_none_of_ours_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("this is no database, and long enough for SQLite to see that" * 100)

    with pytest.raises(StoreUnusable, match="move it away"):
        LogEvents.open(tmp_path)
