"""Log groups, their streams and tags."""

from typing import Any

import pytest

from elastane.model import log_faults
from elastane.model.faults import Fault
from elastane.service.context import Context
from tests.kit.contexts import ACCOUNT_ID
from tests.unit.service.logs.calls import NOW_MILLISECONDS, call, make_stream, put

ARN = f"arn:aws:logs:us-east-1:{ACCOUNT_ID}:log-group:/caches"


async def names(ctx: Context, **parameters: Any) -> list[str]:
    answer = await call(ctx, "DescribeLogGroups", **parameters)
    return [group["logGroupName"] for group in answer["logGroups"]]


async def stream_names(ctx: Context, **parameters: Any) -> list[str]:
    answer = await call(ctx, "DescribeLogStreams", logGroupName="/caches", **parameters)
    return [stream["logStreamName"] for stream in answer["logStreams"]]


async def test_a_group_reads_back_with_both_of_its_arns(ctx: Context) -> None:
    await call(ctx, "CreateLogGroup", logGroupName="/caches", logGroupClass="INFREQUENT_ACCESS")

    (group,) = (await call(ctx, "DescribeLogGroups"))["logGroups"]

    assert group == {
        "logGroupName": "/caches",
        "creationTime": NOW_MILLISECONDS,
        "retentionInDays": None,
        "metricFilterCount": 0,
        "arn": f"{ARN}:*",
        "logGroupArn": ARN,
        "storedBytes": 0,
        "logGroupClass": "INFREQUENT_ACCESS",
        "deletionProtectionEnabled": False,
    }


async def test_a_name_is_taken_once(ctx: Context) -> None:
    await make_stream(ctx)

    with pytest.raises(log_faults.ResourceAlreadyExists):
        await call(ctx, "CreateLogGroup", logGroupName="/caches")
    with pytest.raises(log_faults.ResourceAlreadyExists):
        await call(ctx, "CreateLogStream", logGroupName="/caches", logStreamName="one")


async def test_groups_are_found_by_prefix_pattern_class_identifier_and_account(ctx: Context) -> None:
    for name, kind in (("/aws/one", "STANDARD"), ("/aws/Two", "INFREQUENT_ACCESS"), ("/own/two", "STANDARD")):
        await call(ctx, "CreateLogGroup", logGroupName=name, logGroupClass=kind)

    assert await names(ctx, logGroupNamePrefix="/aws") == ["/aws/Two", "/aws/one"]
    assert await names(ctx, logGroupNamePattern="TWO") == ["/aws/Two", "/own/two"]
    assert await names(ctx, logGroupClass="STANDARD") == ["/aws/one", "/own/two"]
    assert await names(ctx, logGroupIdentifiers=["/aws/one", "/absent"]) == ["/aws/one"]
    assert await names(ctx, accountIdentifiers=["123456789012"]) == []
    with pytest.raises(log_faults.InvalidParameter, match="mutually exclusive"):
        await names(ctx, logGroupNamePrefix="/aws", logGroupNamePattern="two")


async def test_groups_come_in_pages(ctx: Context) -> None:
    for number in range(5):
        await call(ctx, "CreateLogGroup", logGroupName=f"g{number}")

    first = await call(ctx, "DescribeLogGroups", limit=3)
    await call(ctx, "DeleteLogGroup", logGroupName="g2")
    second = await call(ctx, "DescribeLogGroups", limit=3, nextToken=first["nextToken"])

    found = [group["logGroupName"] for group in (*first["logGroups"], *second["logGroups"])]
    assert (found, second["nextToken"]) == (["g0", "g1", "g2", "g3", "g4"], None)
    with pytest.raises(log_faults.InvalidParameter, match="nextToken"):
        await call(ctx, "DescribeLogGroups", nextToken="made up")


async def test_retention_is_one_of_aws_s_and_can_be_taken_back(ctx: Context) -> None:
    await make_stream(ctx)

    await call(ctx, "PutRetentionPolicy", logGroupName="/caches", retentionInDays=14)
    (kept,) = (await call(ctx, "DescribeLogGroups"))["logGroups"]
    await call(ctx, "DeleteRetentionPolicy", logGroupName="/caches")
    (without,) = (await call(ctx, "DescribeLogGroups"))["logGroups"]

    assert (kept["retentionInDays"], without["retentionInDays"]) == (14, None)
    with pytest.raises(log_faults.InvalidParameter, match="retentionInDays 15"):
        await call(ctx, "PutRetentionPolicy", logGroupName="/caches", retentionInDays=15)


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("DeleteLogGroup", {}),
        ("PutRetentionPolicy", {"retentionInDays": 1}),
        ("DeleteRetentionPolicy", {}),
        ("CreateLogStream", {"logStreamName": "one"}),
        ("DeleteLogStream", {"logStreamName": "one"}),
        ("DescribeLogStreams", {}),
        ("PutLogEvents", {"logStreamName": "one", "logEvents": [{"timestamp": 1, "message": "x"}]}),
        ("GetLogEvents", {"logStreamName": "one"}),
        ("FilterLogEvents", {}),
        ("TagLogGroup", {"tags": {"a": "b"}}),
        ("UntagLogGroup", {"tags": ["a"]}),
        ("ListTagsLogGroup", {}),
    ],
)
async def test_what_is_asked_of_a_group_that_is_not_there_is_refused(
    ctx: Context, action: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(log_faults.ResourceNotFound, match="log group does not exist"):
        await call(ctx, action, logGroupName="/absent", **parameters)


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("DeleteLogStream", {}),
        ("PutLogEvents", {"logEvents": [{"timestamp": 1, "message": "x"}]}),
        ("GetLogEvents", {}),
    ],
)
async def test_what_is_asked_of_a_stream_that_is_not_there_is_refused(
    ctx: Context, action: str, parameters: dict[str, Any]
) -> None:
    await make_stream(ctx)

    with pytest.raises(log_faults.ResourceNotFound, match="log stream does not exist"):
        await call(ctx, action, logGroupName="/caches", logStreamName="absent", **parameters)


@pytest.mark.parametrize(
    "parameters", [{"kmsKeyId": "arn:aws:kms:us-east-1:1:key/x"}, {"deletionProtectionEnabled": True}]
)
async def test_what_is_not_built_is_refused_and_makes_nothing(ctx: Context, parameters: dict[str, Any]) -> None:
    with pytest.raises(log_faults.InvalidParameter, match="not supported by this version"):
        await call(ctx, "CreateLogGroup", logGroupName="/caches", **parameters)

    assert await names(ctx) == []


# --- streams -------------------------------------------------------------------------------------


async def test_streams_are_found_by_name_and_by_their_newest_event(ctx: Context) -> None:
    for number, name in enumerate(("b/old", "a/empty", "b/new")):
        await make_stream(ctx, stream=name)
        if name != "a/empty":
            await put(ctx, "x", at=NOW_MILLISECONDS + number, stream=name)

    assert await stream_names(ctx) == ["a/empty", "b/new", "b/old"]
    assert await stream_names(ctx, descending=True) == ["b/old", "b/new", "a/empty"]
    assert await stream_names(ctx, logStreamNamePrefix="b/") == ["b/new", "b/old"]
    assert await stream_names(ctx, orderBy="LastEventTime", descending=True) == ["b/new", "b/old", "a/empty"]
    with pytest.raises(log_faults.InvalidParameter, match="LastEventTime"):
        await stream_names(ctx, orderBy="LastEventTime", logStreamNamePrefix="b/")


async def test_streams_come_in_pages_in_either_direction(ctx: Context) -> None:
    for name in "abc":
        await make_stream(ctx, stream=name)

    for is_descending, expected in ((False, ["a", "b", "c"]), (True, ["c", "b", "a"])):
        first = await call(ctx, "DescribeLogStreams", logGroupName="/caches", limit=2, descending=is_descending)
        token = first["nextToken"]
        rest = await stream_names(ctx, limit=2, descending=is_descending, nextToken=token)
        assert [stream["logStreamName"] for stream in first["logStreams"]] + rest == expected


async def test_a_stream_tells_of_its_events(ctx: Context) -> None:
    await make_stream(ctx)
    await put(ctx, "x", "y")

    (stream,) = (await call(ctx, "DescribeLogStreams", logGroupIdentifier=ARN))["logStreams"]

    assert stream["arn"] == f"{ARN}:log-stream:one"
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (NOW_MILLISECONDS, NOW_MILLISECONDS + 1)
    assert stream["lastIngestionTime"] == stream["creationTime"] == NOW_MILLISECONDS


async def test_a_stream_that_is_deleted_is_gone(ctx: Context) -> None:
    await make_stream(ctx)

    await call(ctx, "DeleteLogStream", logGroupName="/caches", logStreamName="one")

    assert await stream_names(ctx) == []


# --- tags ----------------------------------------------------------------------------------------


async def test_tags_are_given_added_replaced_and_removed(ctx: Context) -> None:
    await call(ctx, "CreateLogGroup", logGroupName="/caches", tags={"a": "1", "b": ""})
    await call(ctx, "TagResource", resourceArn=ARN, tags={"b": "2", "c": "3"})
    await call(ctx, "UntagResource", resourceArn=f"{ARN}:*", tagKeys=["a", "absent"])

    assert (await call(ctx, "ListTagsForResource", resourceArn=ARN))["tags"] == {"b": "2", "c": "3"}


async def test_older_clients_ask_for_tags_by_name(ctx: Context) -> None:
    await call(ctx, "CreateLogGroup", logGroupName="/caches")
    await call(ctx, "TagLogGroup", logGroupName="/caches", tags={"a": "1", "b": "2"})
    await call(ctx, "UntagLogGroup", logGroupName="/caches", tags=["a"])

    assert (await call(ctx, "ListTagsLogGroup", logGroupName="/caches"))["tags"] == {"b": "2"}


@pytest.mark.parametrize(
    ("tags", "fault"),
    [
        ({"aws:own": "x"}, log_faults.InvalidParameter),
        ({str(number): "x" for number in range(50)}, log_faults.TooManyTags),
    ],
)
async def test_tags_beyond_aws_s_limits_are_refused(ctx: Context, tags: dict[str, str], fault: type[Fault]) -> None:
    await call(ctx, "CreateLogGroup", logGroupName="/caches", tags={"a": "b"})

    with pytest.raises(fault):
        await call(ctx, "TagResource", resourceArn=ARN, tags=tags)

    assert (await call(ctx, "ListTagsForResource", resourceArn=ARN))["tags"] == {"a": "b"}


@pytest.mark.parametrize(
    ("arn", "fault"),
    [
        ("arn:aws:logs:eu-west-1:000000000000:log-group:/caches", log_faults.ResourceNotFound),
        ("arn:aws:logs:us-east-1:000000000001:log-group:/caches", log_faults.ResourceNotFound),
        ("arn:aws:logs:us-east-1:000000000000:destination:x", log_faults.InvalidParameter),
        ("/caches", log_faults.InvalidParameter),
    ],
)
async def test_another_resource_s_tags_are_not_here(ctx: Context, arn: str, fault: type[Fault]) -> None:
    await make_stream(ctx)

    with pytest.raises(fault):
        await call(ctx, "ListTagsForResource", resourceArn=arn)
