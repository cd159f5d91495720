"""CloudTrail's LookupEvents with AWS's own clients, and its protocol with a plain HTTP client."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import httpx
import pytest
from botocore.awsrequest import AWSRequest

from tests.conformance.caches import Caches
from tests.conformance.wire import RIGHT, Signer, form, request, send, signed
from tests.kit.elastane import ACCESS_KEY_ID, RunningElastane

TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
JSON_TYPE = "application/x-amz-json-1.1"


@pytest.fixture
def trail(elastane: RunningElastane) -> Any:
    return elastane.client("cloudtrail")


def by(key: str, value: str) -> list[dict[str, str]]:
    return [{"AttributeKey": key, "AttributeValue": value}]


def ask(
    elastane: RunningElastane,
    body: bytes,
    signer: Signer = Signer(service="cloudtrail"),  # noqa: B008  # a frozen value
    *,
    target: str | None = TARGET,
    content_type: str = JSON_TYPE,
) -> tuple[int, str, httpx.Response]:
    """Status and type of the refusal, or nothing."""
    headers = {"Content-Type": content_type} | ({} if target is None else {"X-Amz-Target": target})
    answer = send(signed(AWSRequest(method="POST", url=f"{elastane.url}/", data=body), signer, headers))
    assert answer.headers["x-amzn-requestid"]
    return answer.status_code, json.loads(answer.content).get("__type", ""), answer


# --- what is found -------------------------------------------------------------------------------


def test_a_cache_s_history_is_told_by_its_name_newest_first(trail: Any, caches: Caches) -> None:
    name = caches.make_group()
    caches.client.modify_replication_group(
        ReplicationGroupId=name, ReplicationGroupDescription="changed", ApplyImmediately=True
    )

    events = trail.lookup_events(LookupAttributes=by("ResourceName", name))["Events"]

    names = [event["EventName"] for event in events]
    assert names[0] == "ModifyReplicationGroup"
    assert names[-1] == "CreateReplicationGroup"
    assert "DescribeReplicationGroups" in names, "reading is told as well, as on AWS"


def test_an_event_carries_cloudtrail_s_record(trail: Any, caches: Caches) -> None:
    name = caches.make_group()
    asked_at = datetime.now(UTC)

    (event,) = (
        event
        for event in trail.lookup_events(LookupAttributes=by("ResourceName", name))["Events"]
        if event["EventName"] == "CreateReplicationGroup"
    )

    record = json.loads(event["CloudTrailEvent"])
    assert event["Username"] == "root"
    assert event["AccessKeyId"] == ACCESS_KEY_ID
    assert event["ReadOnly"] == "false"
    assert event["EventSource"] == record["eventSource"] == "elasticache.amazonaws.com"
    assert event["Resources"] == [{"ResourceType": "AWS::ElastiCache::ReplicationGroup", "ResourceName": name}]
    assert abs(event["EventTime"] - asked_at) < timedelta(minutes=1)
    assert record["eventID"] == event["EventId"]
    assert record["requestParameters"]["replicationGroupId"] == name
    assert record["userIdentity"]["arn"] == "arn:aws:iam::000000000000:root"
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert "Botocore" in record["userAgent"]
    assert record["responseElements"] is None


def test_a_refused_call_is_told_with_its_code(trail: Any, caches: Caches) -> None:
    with pytest.raises(botocore.exceptions.ClientError):
        caches.client.delete_replication_group(ReplicationGroupId=caches.name("none"))

    (event,) = trail.lookup_events(LookupAttributes=by("ResourceName", caches.name("none")))["Events"]

    record = json.loads(event["CloudTrailEvent"])
    assert record["errorCode"] == "ReplicationGroupNotFoundFault"
    assert caches.name("none") in record["errorMessage"]


def test_a_lookup_is_an_event_itself(trail: Any) -> None:
    first = trail.lookup_events(LookupAttributes=by("EventSource", "cloudtrail.amazonaws.com"))
    second = trail.lookup_events(LookupAttributes=by("EventSource", "cloudtrail.amazonaws.com"), MaxResults=1)

    (event,) = second["Events"]
    assert event["EventName"] == "LookupEvents"
    assert json.loads(event["CloudTrailEvent"])["requestID"] == first["ResponseMetadata"]["RequestId"]


def test_sdk_pages_go_through_all_of_them_once(elastane: RunningElastane) -> None:
    region = "eu-north-1"
    trail, cache = elastane.client("cloudtrail", region), elastane.client("elasticache", region)
    for _ in range(7):
        cache.describe_events()

    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=by("EventName", "DescribeEvents"), PaginationConfig={"PageSize": 3}
    )
    sizes = [[event["EventId"] for event in page["Events"]] for page in pages]

    assert [len(page) for page in sizes] == [3, 3, 1]
    assert len({event for page in sizes for event in page}) == 7


def test_a_region_has_a_history_of_its_own(elastane: RunningElastane) -> None:
    elastane.client("elasticache", "eu-west-3").describe_cache_subnet_groups()

    here = elastane.client("cloudtrail", "eu-west-3").lookup_events()["Events"]
    elsewhere = elastane.client("cloudtrail", "ca-central-1").lookup_events()["Events"]

    assert [event["EventName"] for event in here] == ["DescribeCacheSubnetGroups"]
    assert elsewhere == []


def test_who_could_not_prove_anything_is_in_no_event(elastane: RunningElastane, trail: Any) -> None:
    stranger = Signer(access_key_id="AKIASOMEBODYELSE0000")
    send(request(elastane.url, form("DescribeEvents"), stranger))

    assert trail.lookup_events(LookupAttributes=by("AccessKeyId", stranger.access_key_id))["Events"] == []


def test_the_aws_cli_looks_up_events(elastane: RunningElastane, caches: Caches) -> None:
    name = caches.make_group()

    finished = elastane.run_aws(
        "cloudtrail", "lookup-events", "--lookup-attributes", f"AttributeKey=ResourceName,AttributeValue={name}",
        "--query", "Events[?ReadOnly=='false'].EventName",
    )  # fmt: skip
    refused = elastane.run_aws(
        "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=ReadOnly,AttributeValue=perhaps"
    )
    not_built = elastane.run_aws("cloudtrail", "describe-trails")

    assert json.loads(finished.stdout) == ["CreateReplicationGroup"], finished.stderr
    assert "(InvalidLookupAttributesException)" in refused.stderr
    assert "(NotImplemented)" in not_built.stderr


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"LookupAttributes": by("EventName", "A") + by("EventName", "B")}, "InvalidLookupAttributesException"),
        ({"StartTime": datetime(2026, 2, 1), "EndTime": datetime(2026, 1, 1)}, "InvalidTimeRangeException"),
        ({"NextToken": "nonsense"}, "InvalidNextTokenException"),
    ],
)
def test_boto3_reads_the_faults_of_the_model(trail: Any, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(getattr(trail.exceptions, code)):
        trail.lookup_events(**parameters)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"MaxResults": 0}', "ValidationException"),
        (b'{"MaxResults": 51}', "ValidationException"),
        (b'{"LookupAttributes": [{"AttributeKey": "Colour", "AttributeValue": "red"}]}', "ValidationException"),
        (b'{"LookupAttributes": [{}]}', "ValidationException"),
        (b'{"EventCategory": "management"}', "ValidationException"),
        (b'{"MaxResults": "many"}', "SerializationException"),
        (b'{"StartTime": "yesterday"}', "SerializationException"),
        (b"[]", "SerializationException"),
        (b"{", "SerializationException"),
        (b"Action=LookupEvents&Version=2013-11-01", "SerializationException"),
    ],
)
def test_a_body_that_the_model_does_not_allow_is_refused(elastane: RunningElastane, body: bytes, code: str) -> None:
    assert ask(elastane, body)[:2] == (400, code)


@pytest.mark.parametrize("target", [None, "", "LookupEvents", f"{TARGET}s", TARGET.lower()])
def test_a_target_that_there_is_not_is_refused(elastane: RunningElastane, target: str | None) -> None:
    assert ask(elastane, b"{}", target=target)[:2] == (400, "UnknownOperationException")


def test_a_form_is_not_the_protocol_of_cloudtrail_nor_json_that_of_elasticache(elastane: RunningElastane) -> None:
    status, code, answer = ask(elastane, b"{}", content_type="text/plain")
    assert (status, code) == (400, "SerializationException")
    assert answer.headers["content-type"] == JSON_TYPE

    query = send(request(elastane.url, b'{"Action":"DescribeEvents"}', RIGHT, content_type=JSON_TYPE))
    assert query.status_code == 400
    assert b"<Code>MalformedInput</Code>" in query.content


@pytest.mark.parametrize(
    ("signer", "code"),
    [
        (Signer(service="cloudtrail", secret="not the secret"), "InvalidSignatureException"),
        (Signer(service="cloudtrail", access_key_id="AKIASOMEBODYELSE0000"), "UnrecognizedClientException"),
        (Signer(service="cloudtrail", at=datetime.now(UTC) - timedelta(hours=1)), "InvalidSignatureException"),
        (Signer(service="s3"), "InvalidSignatureException"),
    ],
)
def test_who_may_not_ask_is_refused_in_json(elastane: RunningElastane, signer: Signer, code: str) -> None:
    assert ask(elastane, b"{}", signer)[:2] == (400, code)
