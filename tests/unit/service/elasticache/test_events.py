"""DescribeEvents: which window, which sources, in which order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.catalog.limits import aws_limits
from elastane.model import faults
from elastane.model.events import Event, SourceType
from elastane.model.ids import Region
from elastane.model.paging import render_marker
from elastane.service.context import Context
from elastane.service.elasticache.events import event_window
from elastane.store.events import append_events
from tests.kit.calls import call
from tests.kit.contexts import NOW, REGION


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def event(
    message: str,
    at: datetime = NOW,
    *,
    source_id: str = "orders",
    source_type: SourceType = SourceType.REPLICATION_GROUP,
    region: Region = REGION,
) -> Event:
    return Event(region=region, source_type=source_type, source_id=source_id, message=message, at=at)


async def append(ctx: Context, *events: Event) -> None:
    await ctx.store.write(lambda tx: append_events(tx, events))


async def messages(ctx: Context, **parameters: Any) -> list[str]:
    return [found["Message"] for found in (await call(ctx, "DescribeEvents", **parameters))["Events"]]


async def test_an_event_has_its_source_its_message_and_its_moment(ctx: Context) -> None:
    await append(ctx, event("Replication group orders created", minutes_ago(1)))

    answer = await call(ctx, "DescribeEvents")

    assert answer == {
        "Events": [
            {
                "SourceIdentifier": "orders",
                "SourceType": "replication-group",
                "Message": "Replication group orders created",
                "Date": minutes_ago(1),
            }
        ]
    }


async def test_the_newest_event_comes_first(ctx: Context) -> None:
    await append(ctx, event("shutdown", minutes_ago(2)), event("restarted", minutes_ago(1)), event("again"))

    assert await messages(ctx) == ["again", "restarted", "shutdown"]


async def test_without_a_window_the_last_hour_is_answered(ctx: Context) -> None:
    await append(ctx, event("old", minutes_ago(60.1)), event("an hour ago", minutes_ago(60)), event("now"))

    assert await messages(ctx) == ["now", "an hour ago"]


async def test_other_regions_have_other_histories(ctx: Context) -> None:
    await append(ctx, event("here"), event("there", region=Region("eu-west-1")))

    assert await messages(ctx) == ["here"]


async def test_sources_are_filtered_by_kind_and_by_name_in_any_case(ctx: Context) -> None:
    await append(
        ctx,
        event("of the group"),
        event("of another", source_id="carts"),
        event("of the cluster", source_type=SourceType.CACHE_CLUSTER),
    )

    assert await messages(ctx, SourceType="cache-cluster") == ["of the cluster"]
    assert await messages(ctx, SourceType="replication-group", SourceIdentifier="Orders") == ["of the group"]
    assert await messages(ctx, SourceType="replication-group", SourceIdentifier="nobody") == []


async def test_a_name_without_its_kind_is_refused(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match="SourceType"):
        await call(ctx, "DescribeEvents", SourceIdentifier="orders")


async def test_an_answer_without_events_still_has_the_list(ctx: Context) -> None:
    assert await call(ctx, "DescribeEvents") == {"Events": []}


# --- pages ---------------------------------------------------------------------------------------


async def test_pages_hold_every_event_once_also_when_new_ones_happen_meanwhile(ctx: Context) -> None:
    await append(ctx, *(event(str(number)) for number in range(250)))

    first = await call(ctx, "DescribeEvents")
    await append(ctx, event("meanwhile"))
    second = await call(ctx, "DescribeEvents", Marker=first["Marker"])
    third = await call(ctx, "DescribeEvents", Marker=second["Marker"])

    assert [len(page["Events"]) for page in (first, second, third)] == [100, 100, 50]
    seen = [found["Message"] for page in (first, second, third) for found in page["Events"]]
    assert seen == [str(number) for number in reversed(range(250))]
    assert "Marker" not in third


async def test_a_page_is_as_long_as_asked_for(ctx: Context) -> None:
    await append(ctx, *(event(str(number)) for number in range(41)))

    first = await call(ctx, "DescribeEvents", MaxRecords=20)
    second = await call(ctx, "DescribeEvents", MaxRecords=21, Marker=first["Marker"])

    assert (len(first["Events"]), len(second["Events"])) == (20, 21)
    assert "Marker" not in second


@pytest.mark.parametrize("marker", ["what", render_marker("orders"), render_marker("9" * 400), render_marker("٣" * 18)])
async def test_a_marker_of_something_else_is_refused(ctx: Context, marker: str) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="Marker"):
        await call(ctx, "DescribeEvents", Marker=marker)


@pytest.mark.parametrize("count", [19, 101, 0, -1, 2**31])
async def test_a_page_of_another_length_is_refused(ctx: Context, count: int) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="MaxRecords"):
        await call(ctx, "DescribeEvents", MaxRecords=count)


# --- windows -------------------------------------------------------------------------------------

LIMITS = aws_limits()
TWO_WEEKS = 14 * 24 * 60


@pytest.mark.parametrize(
    ("start", "end", "duration", "expected"),
    [
        (None, None, None, (60, 0)),
        (None, None, 5, (5, 0)),
        (None, None, TWO_WEEKS, (TWO_WEEKS, 0)),
        (90, None, None, (90, 0)),
        (90, None, 30, (90, 60)),
        (90, 30, None, (90, 30)),
        (30, 30, None, (30, 30)),
        (None, 30, None, (90, 30)),
        (None, 30, 10, (40, 30)),
        (None, TWO_WEEKS - 5, 60, (TWO_WEEKS, TWO_WEEKS - 5)),
        (TWO_WEEKS, None, None, (TWO_WEEKS, 0)),
    ],
)
def test_what_is_not_said_follows_from_what_is(
    start: int | None, end: int | None, duration: int | None, expected: tuple[int, int]
) -> None:
    window = event_window(
        NOW,
        start=None if start is None else minutes_ago(start),
        end=None if end is None else minutes_ago(end),
        duration_minutes=duration,
        limits=LIMITS,
    )

    assert (window.start, window.end) == (minutes_ago(expected[0]), minutes_ago(expected[1]))


@pytest.mark.parametrize(
    ("start", "end", "duration", "fault", "sentence"),
    [
        (TWO_WEEKS + 1, None, None, faults.InvalidParameterValue, "StartTime must be within the last 14 days"),
        (None, TWO_WEEKS + 1, None, faults.InvalidParameterValue, "EndTime must be within the last 14 days"),
        (None, None, TWO_WEEKS + 1, faults.InvalidParameterValue, "between 1 and 20160"),
        (None, None, 0, faults.InvalidParameterValue, "between 1 and 20160"),
        (None, None, -5, faults.InvalidParameterValue, "between 1 and 20160"),
        (None, None, 10**12, faults.InvalidParameterValue, "between 1 and 20160"),
        (30, 60, None, faults.InvalidParameterCombination, "StartTime must be before EndTime"),
        (-5, None, None, faults.InvalidParameterCombination, "StartTime must be before EndTime"),
        (60, 30, 10, faults.InvalidParameterCombination, "cannot be combined"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(
    start: int | None, end: int | None, duration: int | None, fault: type[faults.Fault], sentence: str
) -> None:
    with pytest.raises(fault, match=sentence):
        event_window(
            NOW,
            start=None if start is None else minutes_ago(start),
            end=None if end is None else minutes_ago(end),
            duration_minutes=duration,
            limits=LIMITS,
        )


MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC)) | st.integers(-30_000, 30_000).map(minutes_ago)


@given(start=MOMENTS, end=MOMENTS, duration=st.none() | st.integers(-10, TWO_WEEKS + 10) | st.integers())
def test_any_window_is_a_fault_or_lies_within_what_is_kept(
    start: datetime | None, end: datetime | None, duration: int | None
) -> None:
    try:
        window = event_window(NOW, start=start, end=end, duration_minutes=duration, limits=LIMITS)
    except (faults.InvalidParameterCombination, faults.InvalidParameterValue) as fault:
        assert fault.message.endswith(".")
    else:
        assert minutes_ago(TWO_WEEKS) <= window.start <= window.end
