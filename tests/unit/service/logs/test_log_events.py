"""Log events: taken in, read along a stream, searched for."""

from typing import Any

import pytest

from elastane.model import log_faults
from elastane.service.context import Context
from elastane.service.logs.log_events import SEARCHED_COUNT_MAX
from tests.kit.contexts import StandingClock
from tests.unit.service.logs.calls import NOW_MILLISECONDS, call, make_stream, put, texts

HOUR = 3_600_000
DAY = 24 * HOUR


async def get(ctx: Context, **parameters: Any) -> dict[str, Any]:
    return await call(ctx, "GetLogEvents", logGroupName="/caches", logStreamName="one", **parameters)


async def filtered(ctx: Context, **parameters: Any) -> dict[str, Any]:
    return await call(ctx, "FilterLogEvents", logGroupName="/caches", **parameters)


# --- taken in ------------------------------------------------------------------------------------


async def test_an_event_reads_back_with_its_moments(ctx: Context, clock: StandingClock) -> None:
    await make_stream(ctx)
    clock.advance(seconds=2)
    await put(ctx, "hello")

    assert (await get(ctx))["events"] == [
        {"timestamp": NOW_MILLISECONDS, "message": "hello", "ingestionTime": NOW_MILLISECONDS + 2000}
    ]


async def test_events_that_are_too_old_or_too_new_are_rejected_and_the_others_taken(ctx: Context) -> None:
    await make_stream(ctx)

    old = await put(ctx, "a", "b", "c", at=NOW_MILLISECONDS - 14 * DAY - 1)
    new = await put(ctx, "d", "e", at=NOW_MILLISECONDS + 2 * HOUR)
    fine = await put(ctx, "f")

    assert old["rejectedLogEventsInfo"]["tooOldLogEventEndIndex"] == 1
    assert old["rejectedLogEventsInfo"]["tooNewLogEventStartIndex"] is None
    assert new["rejectedLogEventsInfo"]["tooNewLogEventStartIndex"] == 1
    assert fine["rejectedLogEventsInfo"] is None
    assert texts(await get(ctx)) == ["b", "c", "f", "d"]


async def test_events_beyond_the_group_s_retention_are_rejected_as_expired(ctx: Context) -> None:
    await make_stream(ctx)
    await call(ctx, "PutRetentionPolicy", logGroupName="/caches", retentionInDays=3)

    answer = await put(ctx, "a", "b", at=NOW_MILLISECONDS - 3 * DAY - 1)

    assert answer["rejectedLogEventsInfo"]["expiredLogEventEndIndex"] == 1
    assert texts(await get(ctx)) == ["b"]


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([(2, "b"), (1, "a")], "chronological order"),
        ([(0, "a"), (DAY + 1, "b")], "24 hours"),
        ([(0, "x" * 1_048_576)], "Upload too large"),
    ],
)
async def test_an_unusual_batch_is_refused_whole(ctx: Context, events: list[tuple[int, str]], sentence: str) -> None:
    await make_stream(ctx)
    asked = [{"timestamp": NOW_MILLISECONDS - DAY + at, "message": message} for at, message in events]

    with pytest.raises(log_faults.InvalidParameter, match=sentence):
        await call(ctx, "PutLogEvents", logGroupName="/caches", logStreamName="one", logEvents=asked)

    assert texts(await get(ctx)) == []


# --- along a stream ------------------------------------------------------------------------------


async def test_a_stream_is_read_from_its_newest_events_or_from_its_head(ctx: Context) -> None:
    await make_stream(ctx)
    await put(ctx, *"abcde")

    assert texts(await get(ctx, limit=2)) == ["d", "e"]
    assert texts(await get(ctx, limit=2, startFromHead=True)) == ["a", "b"]
    assert texts(await get(ctx, startTime=NOW_MILLISECONDS + 1, endTime=NOW_MILLISECONDS + 3)) == ["b", "c"]


async def test_tokens_lead_forward_and_stay_the_same_at_the_end(ctx: Context) -> None:
    await make_stream(ctx)
    await put(ctx, *"abc")

    first = await get(ctx, limit=2, startFromHead=True)
    second = await get(ctx, limit=2, nextToken=first["nextForwardToken"])
    end = await get(ctx, limit=2, nextToken=second["nextForwardToken"])
    await put(ctx, "d", at=NOW_MILLISECONDS + 10)
    later = await get(ctx, limit=2, nextToken=end["nextForwardToken"])

    assert [texts(page) for page in (first, second, end, later)] == [["a", "b"], ["c"], [], ["d"]]
    assert end["nextForwardToken"] == second["nextForwardToken"]


async def test_tokens_lead_backward_and_stay_the_same_at_the_beginning(ctx: Context) -> None:
    await make_stream(ctx)
    await put(ctx, *"abc")

    first = await get(ctx, limit=2)
    second = await get(ctx, limit=2, nextToken=first["nextBackwardToken"])
    end = await get(ctx, limit=2, nextToken=second["nextBackwardToken"])

    assert [texts(page) for page in (first, second, end)] == [["b", "c"], ["a"], []]
    assert end["nextBackwardToken"] == second["nextBackwardToken"]


async def test_who_turns_round_at_either_end_finds_what_was_there(ctx: Context) -> None:
    await make_stream(ctx)
    await put(ctx, *"abc")
    newest = await get(ctx)
    end = await get(ctx, nextToken=newest["nextForwardToken"])
    beginning = await get(ctx, nextToken=newest["nextBackwardToken"])

    assert texts(await get(ctx, nextToken=end["nextBackwardToken"])) == ["a", "b", "c"]
    assert texts(await get(ctx, nextToken=beginning["nextForwardToken"])) == ["a", "b", "c"]


async def test_who_waits_at_an_empty_stream_finds_its_first_event(ctx: Context) -> None:
    await make_stream(ctx)
    empty = await get(ctx, startFromHead=True)
    await put(ctx, "a")

    assert texts(await get(ctx, nextToken=empty["nextForwardToken"])) == ["a"]


async def test_a_page_is_no_larger_than_a_megabyte(ctx: Context) -> None:
    await make_stream(ctx)
    for letter in "abc":
        await put(ctx, letter * 400_000)

    newest = await get(ctx)
    older = await get(ctx, nextToken=newest["nextBackwardToken"])

    assert [[text[0] for text in texts(page)] for page in (newest, older)] == [["b", "c"], ["a"]]


@pytest.mark.parametrize("token", ["", "f/1/s", "x/" + "0" * 56 + "/s", "f/" + "9" * 56 + "/s", "f/" + "a" * 56 + "/s"])
async def test_a_token_of_nobody_s_is_refused(ctx: Context, token: str) -> None:
    await make_stream(ctx)

    with pytest.raises(log_faults.InvalidParameter, match="nextToken"):
        await get(ctx, nextToken=token)


@pytest.mark.parametrize("named", [{}, {"logGroupName": "/caches", "logGroupIdentifier": "/caches"}])
async def test_a_group_is_named_in_one_way(ctx: Context, named: dict[str, str]) -> None:
    await make_stream(ctx)

    with pytest.raises(log_faults.InvalidParameter, match="Exactly one"):
        await call(ctx, "GetLogEvents", logStreamName="one", **named)
    with pytest.raises(log_faults.InvalidParameter, match="Exactly one"):
        await call(ctx, "FilterLogEvents", **named)


# --- in a whole group ----------------------------------------------------------------------------


async def make_two_streams(ctx: Context) -> None:
    for stream, messages in (("a/one", "ac"), ("b/two", "bd")):
        await make_stream(ctx, stream=stream)
        for number, message in enumerate(messages):
            await put(ctx, message, at=NOW_MILLISECONDS + 2 * number + (stream == "b/two"), stream=stream)


async def test_events_of_all_streams_come_by_their_moments(ctx: Context) -> None:
    await make_two_streams(ctx)

    found = await filtered(ctx)

    assert texts(found) == ["a", "b", "c", "d"]
    assert [event["logStreamName"] for event in found["events"]] == ["a/one", "b/two", "a/one", "b/two"]
    assert len({event["eventId"] for event in found["events"]}) == 4
    assert (found["nextToken"], found["searchedLogStreams"]) == (None, [])


async def test_a_search_is_narrowed_by_streams_prefix_time_and_pattern(ctx: Context) -> None:
    await make_two_streams(ctx)

    assert texts(await filtered(ctx, logStreamNames=["b/two"])) == ["b", "d"]
    assert texts(await filtered(ctx, logStreamNamePrefix="a/")) == ["a", "c"]
    # Here the end belongs to it, as on AWS.
    assert texts(await filtered(ctx, startTime=NOW_MILLISECONDS + 1, endTime=NOW_MILLISECONDS + 2)) == ["b", "c"]
    assert texts(await filtered(ctx, filterPattern="?a ?d")) == ["a", "d"]
    assert texts(await filtered(ctx, startFromHead=False)) == ["d", "c", "b", "a"]
    with pytest.raises(log_faults.InvalidParameter, match="mutually exclusive"):
        await filtered(ctx, logStreamNames=["b/two"], logStreamNamePrefix="a/")
    with pytest.raises(log_faults.ResourceNotFound, match="log stream"):
        await filtered(ctx, logStreamNames=["absent"])
    with pytest.raises(log_faults.InvalidParameter, match="filter pattern"):
        await filtered(ctx, filterPattern="[a, b]")


@pytest.mark.parametrize("is_forward", [True, False])
async def test_pages_of_a_search_go_on_where_the_last_one_ended(ctx: Context, is_forward: bool) -> None:
    await make_two_streams(ctx)

    found: list[str] = []
    token: dict[str, Any] = {"startFromHead": is_forward}
    while token:
        page = await filtered(ctx, filterPattern="-c", limit=2, **token)
        found += texts(page)
        token = {"nextToken": page["nextToken"]} if page["nextToken"] else {}

    assert found == (["a", "b", "d"] if is_forward else ["d", "b", "a"])


async def test_a_token_belongs_to_the_search_it_was_given_for(ctx: Context) -> None:
    await make_two_streams(ctx)
    token = (await filtered(ctx, limit=2))["nextToken"]

    assert texts(await filtered(ctx, limit=1, nextToken=token)) == ["c"]
    with pytest.raises(log_faults.InvalidParameter, match="another request"):
        await filtered(ctx, filterPattern="c", nextToken=token)
    with pytest.raises(log_faults.InvalidParameter, match="nextToken"):
        await filtered(ctx, nextToken="made up")


@pytest.mark.parametrize("is_forward", [True, False])
async def test_a_search_passes_over_large_events(ctx: Context, *, is_forward: bool) -> None:
    await make_stream(ctx)
    for number in range(6):
        await put(ctx, "x" * 1_000_000, at=NOW_MILLISECONDS + number)
    await put(ctx, "wanted", at=NOW_MILLISECONDS + (10 if is_forward else -10))

    assert texts(await filtered(ctx, filterPattern="wanted", startFromHead=is_forward)) == ["wanted"]


async def test_a_long_search_comes_in_pages_that_may_be_empty(ctx: Context) -> None:
    await make_stream(ctx)
    for _ in range(SEARCHED_COUNT_MAX // 10_000):
        await put(ctx, *["no"] * 10_000)
    await put(ctx, "yes", at=NOW_MILLISECONDS + HOUR)

    first = await filtered(ctx, filterPattern="yes")
    second = await filtered(ctx, filterPattern="yes", nextToken=first["nextToken"])

    assert (texts(first), texts(second), second["nextToken"]) == ([], ["yes"], None)
