"""CloudWatch Logs, asked by boto3 and the AWS CLI: groups and streams, events, and the logs of caches in them."""

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.conformance.caches import Caches, connected, refused
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def logs(elastane: RunningElastane) -> Any:
    return elastane.client("logs")


@pytest.fixture
def group(logs: Any) -> Iterator[str]:
    """The name of a log group of the test's own, with one stream, `one`."""
    name = f"/conformance/{next(_NUMBERS)}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    yield name
    logs.delete_log_group(logGroupName=name)


def now_milliseconds() -> int:
    return int(time.time() * 1000)


def put(logs: Any, group: str, *messages: str, stream: str = "one") -> Any:
    at = now_milliseconds()
    events = [{"timestamp": at + number, "message": message} for number, message in enumerate(messages)]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def texts(answer: Any) -> list[str]:
    return [event["message"] for event in answer["events"]]


def find_group(logs: Any, name: str) -> Any:
    (found,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return found


# --- groups and streams --------------------------------------------------------------------------


def test_a_group_is_made_found_and_deleted_as_terraform_does(elastane: RunningElastane, logs: Any) -> None:
    logs.create_log_group(logGroupName="/terraform", tags={"made": "by-terraform"}, logGroupClass="STANDARD")
    logs.put_retention_policy(logGroupName="/terraform", retentionInDays=14)
    found = find_group(logs, "/terraform")
    arn = found["arn"].removesuffix(":*")
    tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
    logs.tag_resource(resourceArn=arn, tags={"more": ""})
    logs.untag_resource(resourceArn=arn, tagKeys=["made"])
    changed = logs.list_tags_for_resource(resourceArn=arn)["tags"]
    logs.delete_retention_policy(logGroupName="/terraform")
    without = find_group(logs, "/terraform")
    logs.delete_log_group(logGroupName="/terraform")

    assert found["logGroupArn"] == arn == "arn:aws:logs:us-east-1:000000000000:log-group:/terraform"
    assert (found["retentionInDays"], found["logGroupClass"], found["metricFilterCount"]) == (14, "STANDARD", 0)
    assert abs(found["creationTime"] - now_milliseconds()) < 60_000
    assert (tags, changed) == ({"made": "by-terraform"}, {"more": ""})
    assert "retentionInDays" not in without
    assert logs.describe_log_groups(logGroupNamePrefix="/terraform")["logGroups"] == []


def test_older_clients_tag_groups_by_name(logs: Any, group: str) -> None:
    logs.tag_log_group(logGroupName=group, tags={"a": "1", "b": "2"})
    logs.untag_log_group(logGroupName=group, tags=["a"])

    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"b": "2"}


def test_groups_belong_to_their_region(elastane: RunningElastane, group: str) -> None:
    elsewhere = elastane.client("logs", "eu-west-1")

    assert elsewhere.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
    with refused("ResourceNotFoundException"):
        elsewhere.describe_log_streams(logGroupName=group)


def test_sdk_pages_go_through_all_groups_and_streams_once(logs: Any, group: str) -> None:
    names = [f"{group}/{number:02d}" for number in range(5)]
    for name in names:
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=group, logStreamName=name.rpartition("/")[2])

    pages = logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=f"{group}/", PaginationConfig={"PageSize": 2}
    )
    found = [one["logGroupName"] for page in pages for one in page["logGroups"]]
    streams = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, orderBy="LastEventTime", descending=True, PaginationConfig={"PageSize": 2}
    )
    stream_names = [one["logStreamName"] for page in streams for one in page["logStreams"]]
    for name in names:
        logs.delete_log_group(logGroupName=name)

    assert found == names
    assert sorted(stream_names) == ["00", "01", "02", "03", "04", "one"]


def test_boto3_reads_the_faults_of_the_model(logs: Any, group: str) -> None:
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName="one")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_stream(logGroupName=group, logStreamName="absent")
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_retention_policy(logGroupName=group, retentionInDays=2)
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.filter_log_events(logGroupName=group, filterPattern="{ broken")


# --- events --------------------------------------------------------------------------------------


def test_a_stream_is_followed_with_its_forward_token(logs: Any, group: str) -> None:
    put(logs, group, "a", "b", "c")

    first = logs.get_log_events(logGroupName=group, logStreamName="one", startFromHead=True, limit=2)
    rest = logs.get_log_events(logGroupName=group, logStreamName="one", nextToken=first["nextForwardToken"])
    end = logs.get_log_events(logGroupName=group, logStreamName="one", nextToken=rest["nextForwardToken"])

    assert [texts(page) for page in (first, rest, end)] == [["a", "b"], ["c"], []]
    assert end["nextForwardToken"] == rest["nextForwardToken"]


def test_a_search_through_sdk_pages_finds_each_event_once(logs: Any, group: str) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="two")
    for number in range(6):
        put(logs, group, json.dumps({"n": number}), stream=("one", "two")[number % 2])

    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        filterPattern="{ $.n > 0 && $.n != 3 }",
        interleaved=True,
        startTime=0,
        PaginationConfig={"PageSize": 2},
    )
    found = [(json.loads(event["message"])["n"], event["logStreamName"]) for page in pages for event in page["events"]]

    assert sorted(found) == [(1, "two"), (2, "one"), (4, "one"), (5, "two")]


def test_events_out_of_time_are_rejected_one_by_one(logs: Any, group: str) -> None:
    events = [{"timestamp": now_milliseconds() - 15 * 86_400_000, "message": "old"}]

    answer = logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)

    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert texts(logs.get_log_events(logGroupName=group, logStreamName="one")) == []


def test_what_was_put_is_not_in_the_history_of_calls(elastane: RunningElastane, logs: Any, group: str) -> None:
    put(logs, group, "a-secret-of-somebody-s")

    found = elastane.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutLogEvents"}]
    )["Events"]

    assert found
    assert "a-secret-of-somebody-s" not in json.dumps(found, default=str)


def test_the_aws_cli_reads_events(elastane: RunningElastane, logs: Any, group: str) -> None:
    put(logs, group, "hello", "world")

    searched = elastane.run_aws("logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", "world")
    read = elastane.run_aws(
        "logs", "get-log-events", "--log-group-name", group, "--log-stream-name", "one", "--output", "text",
        "--query", "events[].message",
    )  # fmt: skip
    listed = elastane.run_aws("logs", "describe-log-groups", "--log-group-name-prefix", group)

    assert [event["message"] for event in json.loads(searched.stdout)["events"]] == ["world"], searched.stderr
    assert read.stdout.split() == ["hello", "world"]
    assert [found["logGroupName"] for found in json.loads(listed.stdout)["logGroups"]] == [group]


# --- logs of caches ------------------------------------------------------------------------------


async def test_the_logs_of_a_cache_come_to_its_log_groups(caches: Caches, logs: Any, group: str) -> None:
    caches.client.create_cache_parameter_group(
        CacheParameterGroupName="all-is-slow", CacheParameterGroupFamily="valkey9", Description="all is slow"
    )
    caches.client.modify_cache_parameter_group(
        CacheParameterGroupName="all-is-slow",
        ParameterNameValues=[{"ParameterName": "slowlog-log-slower-than", "ParameterValue": "0"}],
    )
    details = {"CloudWatchLogsDetails": {"LogGroup": group}}
    group_id = caches.make_group(
        CacheParameterGroupName="all-is-slow",
        LogDeliveryConfigurations=[
            {"LogType": kind, "DestinationType": "cloudwatch-logs", "DestinationDetails": details, "LogFormat": form}
            for kind, form in (("slow-log", "json"), ("engine-log", "text"))
        ],
    )
    endpoint = caches.group(group_id)["NodeGroups"][0]["PrimaryEndpoint"]
    with connected(endpoint) as engine:
        engine.set("a-key-of-somebody-s", "a-value")

    def slow_commands() -> list[Any]:
        found = logs.filter_log_events(logGroupName=group, filterPattern='{ $.Command = "SET*" }')["events"]
        return [json.loads(event["message"]) for event in found]

    (slow,) = await eventually(slow_commands)

    def all_active() -> bool:
        shown = caches.group(group_id)["LogDeliveryConfigurations"]
        return [one["Status"] for one in shown] == ["active", "active"]

    await eventually(all_active)
    ready = logs.filter_log_events(logGroupName=group, filterPattern='"Ready to accept connections"')["events"]
    streams = [one["logStreamName"] for one in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    caches.change_group(group_id, CacheParameterGroupName="default.valkey9")
    caches.client.delete_cache_parameter_group(CacheParameterGroupName="all-is-slow")

    member = f"{group_id}-001"
    assert list(slow) == [
        "CacheClusterId", "CacheNodeId", "Id", "Timestamp", "Duration (us)", "Command", "ClientAddress", "ClientName",
    ]  # fmt: skip
    assert (slow["CacheClusterId"], slow["Command"]) == (member, "SET ... (2 more arguments)")
    assert [event["message"].partition(":")[0] for event in ready] == [f"{member}/0001"]
    assert f"elasticache/valkey/{member}/0001/slow-log" in streams
    assert f"elasticache/valkey/{member}/0001/engine-log" in streams
