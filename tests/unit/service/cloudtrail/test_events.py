"""LookupEvents: which calls are events, a page at a time, and what it refuses."""

import json
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.audit_trail import Caller
from elastane.model.ids import Arn
from elastane.service.cloudtrail import ACTIONS
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from elastane.store import AuditTrail
from elastane.wire import models
from tests.kit.call_records import NOBODY, record
from tests.kit.contexts import NOW, context

ADA = Caller(arn=Arn("arn:aws:iam::000000000000:user/team/ada"), access_key_id="AKIAADA0000000000000", is_proven=True)


@pytest.fixture
async def ctx(tmp_path: Path) -> AsyncIterator[Context]:
    """Five calls in us-east-1, a minute apart, the last one now; one nobody has proven, and one elsewhere."""
    ago = [NOW - timedelta(minutes=minutes) for minutes in range(5)]
    with context(tmp_path) as without_trail, closing(AuditTrail.open(tmp_path)) as trail:
        for made in (
            record("CreateReplicationGroup", number=1, at=ago[4], groups=("orders",)),
            record("DescribeEvents", number=2, at=ago[3]),
            record("ModifyReplicationGroup", number=3, at=ago[2], groups=("orders", "users"), caller=ADA),
            record("GetCallerIdentity", number=4, at=ago[1], service="sts"),
            record("DeleteReplicationGroup", number=5, at=ago[0], groups=("users",), code="InvalidParameterValue"),
            record(None, number=6, at=ago[0], caller=NOBODY, code="SignatureDoesNotMatch"),
            record("CreateReplicationGroup", number=7, at=ago[0], region="eu-west-1"),
        ):
            trail.note(made)
        yield replace(without_trail, search_calls=trail.search)


async def look_up(ctx: Context, **parameters: Any) -> dict[str, Any]:
    return dict(await ACTIONS["LookupEvents"](ctx, Parameters(parameters)))


async def numbers(ctx: Context, **parameters: Any) -> list[int]:
    return [int(event["EventId"].removeprefix("event-")) for event in (await look_up(ctx, **parameters))["Events"]]


def by(key: str, value: str) -> list[dict[str, str]]:
    return [{"AttributeKey": key, "AttributeValue": value}]


def test_every_action_is_one_of_the_published_model() -> None:
    assert set(ACTIONS) <= set(models.action_names(models.CLOUDTRAIL))


async def test_events_are_the_proven_calls_of_the_region_newest_first(ctx: Context) -> None:
    assert await numbers(ctx) == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("EventId", "event-3", [3]),
        ("EventName", "CreateReplicationGroup", [1]),
        ("ReadOnly", "false", [5, 4, 3, 1]),
        ("ReadOnly", "true", [2]),
        ("Username", "root", [5, 4, 2, 1]),
        ("Username", "ada", [3]),
        ("ResourceType", "AWS::ElastiCache::ReplicationGroup", [5, 3, 1]),
        ("ResourceName", "orders", [3, 1]),
        ("EventSource", "sts.amazonaws.com", [4]),
        ("EventSource", "sts", []),
        ("EventSource", "s3.amazonaws.com", []),
        ("AccessKeyId", "AKIAADA0000000000000", [3]),
        ("ResourceName", "nobody", []),
    ],
)
async def test_one_attribute_narrows_them(ctx: Context, key: str, value: str, found: list[int]) -> None:
    assert await numbers(ctx, LookupAttributes=by(key, value)) == found


def test_every_attribute_of_the_model_is_tried() -> None:
    (case,) = (mark for mark in test_one_attribute_narrows_them.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]  # pytest's own
    keys = models.shape(models.CLOUDTRAIL, "LookupAttributeKey")

    assert isinstance(keys, models.Scalar)
    assert {key for key, _, _ in case.args[1]} == set(keys.enum)


async def test_both_ends_of_the_time_belong_to_it_to_the_second(ctx: Context) -> None:
    start, end = NOW - timedelta(minutes=3), NOW - timedelta(minutes=1)

    assert await numbers(ctx, StartTime=start, EndTime=end) == [4, 3, 2]
    assert await numbers(ctx, EndTime=end) == [4, 3, 2, 1]
    assert await numbers(ctx, StartTime=start) == [5, 4, 3, 2]


async def test_the_history_ends_after_ninety_days_however_long_the_trail_is(ctx: Context) -> None:
    later = replace(ctx, now=lambda: NOW + timedelta(days=90, minutes=-2, seconds=-30))

    assert await numbers(later, StartTime=NOW - timedelta(days=1)) == [5, 4, 3]


async def test_a_page_goes_on_where_the_one_before_ended(ctx: Context) -> None:
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(3):
        page = await look_up(ctx, MaxResults=2, **token)
        seen += [event["EventId"] for event in page["Events"]]
        token = {"NextToken": page["NextToken"]}

    assert seen == ["event-5", "event-4", "event-3", "event-2", "event-1"]
    assert token == {"NextToken": None}


async def test_a_token_is_good_for_the_parameters_that_it_was_given_for(ctx: Context) -> None:
    token = (await look_up(ctx, MaxResults=2))["NextToken"]

    for parameters in (
        {"LookupAttributes": by("EventName", "DescribeEvents"), "NextToken": token},
        {"StartTime": NOW, "NextToken": token},
        {"NextToken": token[:-2]},
        {"NextToken": "nonsense"},
    ):
        with pytest.raises(faults.InvalidNextToken):
            await look_up(ctx, **parameters)


async def test_what_cannot_be_looked_up_is_refused(ctx: Context) -> None:
    with pytest.raises(faults.InvalidLookupAttributes):
        await look_up(ctx, LookupAttributes=by("EventName", "A") + by("EventName", "B"))
    with pytest.raises(faults.InvalidLookupAttributes):
        await look_up(ctx, LookupAttributes=by("ReadOnly", "perhaps"))
    with pytest.raises(faults.InvalidTimeRange):
        await look_up(ctx, StartTime=NOW, EndTime=NOW - timedelta(seconds=1))


async def test_there_are_no_insights(ctx: Context) -> None:
    assert await numbers(ctx, EventCategory="insight") == []


async def test_an_event_says_what_the_call_was(ctx: Context) -> None:
    (event,) = (await look_up(ctx, LookupAttributes=by("EventId", "event-3")))["Events"]

    assert {name: event[name] for name in ("EventName", "ReadOnly", "AccessKeyId", "Username", "EventSource")} == {
        "EventName": "ModifyReplicationGroup",
        "ReadOnly": "false",
        "AccessKeyId": "AKIAADA0000000000000",
        "Username": "ada",
        "EventSource": "elasticache.amazonaws.com",
    }
    assert [resource["ResourceName"] for resource in event["Resources"]] == ["orders", "users"]
    assert json.loads(event["CloudTrailEvent"])["eventID"] == "event-3"
