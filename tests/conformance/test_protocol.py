"""The Query protocol itself: what every action's request and answer have in common, told to a plain HTTP client."""

import http.client
import re
import socket
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import urlsplit

import botocore.serialize
import httpx
import pytest

from elastane.service import elasticache
from tests.conformance.caches import Caches
from tests.conformance.plausible import published
from tests.conformance.wire import (
    VERSION,
    Signer,
    fault_of,
    form,
    request,
    send,
)
from tests.kit.elastane import RunningElastane

NAMESPACE = "{http://elasticache.amazonaws.com/doc/2015-02-02/}"
ASK = form("DescribeCacheSubnetGroups")

NOT_BUILT = tuple(name for name in published().operation_names if name not in elasticache.ACTIONS)


def least(shape: Any) -> Any:
    """A small value that the model allows."""
    match shape.type_name:
        case "structure":
            # An empty structure leaves no trace in a form.
            names = shape.required_members or list(shape.members)
            return {name: least(shape.members[name]) for name in names}
        case "list":
            return [least(shape.member)] * shape.metadata.get("min", 1)
        case "integer":
            return shape.metadata.get("min", 1)
        case "boolean":
            return True
        case "timestamp":
            return "2026-11-23T12:00:00Z"
    limits = shape.metadata
    texts = [*limits.get("enum", ()), *(letter * max(1, limits.get("min", 1)) for letter in "a1")]
    return next(text for text in texts if re.fullmatch(limits.get("pattern", ".*"), text))


# --- answers -------------------------------------------------------------------------------------


def test_an_answer_is_xml_in_aws_s_namespace_and_says_its_request_id(elastane: RunningElastane) -> None:
    answer = send(request(elastane.url, ASK))

    document = ElementTree.fromstring(answer.content)
    assert answer.headers["content-type"] == "text/xml"
    assert document.tag == f"{NAMESPACE}DescribeCacheSubnetGroupsResponse"
    assert [child.tag for child in document] == [
        f"{NAMESPACE}DescribeCacheSubnetGroupsResult",
        f"{NAMESPACE}ResponseMetadata",
    ]
    said = document.findtext(f"{NAMESPACE}ResponseMetadata/{NAMESPACE}RequestId")
    assert said == answer.headers["x-amzn-requestid"]
    assert said != send(request(elastane.url, ASK)).headers["x-amzn-requestid"]


def test_an_action_that_answers_nothing_has_no_result_element(elastane: RunningElastane, caches: Caches) -> None:
    (built_in,) = caches.client.describe_cache_subnet_groups(CacheSubnetGroupName="default")["CacheSubnetGroups"]
    caches.client.create_cache_subnet_group(
        CacheSubnetGroupName=caches.name(),
        CacheSubnetGroupDescription="short-lived",
        SubnetIds=[built_in["Subnets"][0]["SubnetIdentifier"]],
    )

    answer = send(request(elastane.url, form("DeleteCacheSubnetGroup", CacheSubnetGroupName=caches.name())))

    assert [child.tag for child in ElementTree.fromstring(answer.content)] == [f"{NAMESPACE}ResponseMetadata"]


def test_text_that_means_something_in_xml_comes_back_as_it_was(caches: Caches) -> None:
    text = "<b>&amp;</b> \"quoted\" 'é' \U0001f600"

    group = caches.group(caches.make_group(ReplicationGroupDescription=text))

    assert group["Description"] == text


# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "MissingAction"),
        (b"Version=2015-02-02", 400, "MissingAction"),
        (form("MakeCoffee"), 400, "InvalidAction"),
        (form("describecachesubnetgroups"), 400, "InvalidAction"),
        (form("GetCallerIdentity"), 400, "InvalidAction"),
        (b"Action=DescribeEvents", 400, "InvalidAction"),
        (b"Action=DescribeEvents&Version=2014-09-30", 400, "InvalidAction"),
        (form("DescribeEvents", MaxRecords="many"), 400, "MalformedInput"),
        (form("DescribeEvents", MaxRecords="99999999999"), 400, "MalformedInput"),
        (form("DescribeEvents", StartTime="yesterday"), 400, "MalformedInput"),
        (form("DescribeCacheClusters", ShowCacheNodeInfo="perhaps"), 400, "MalformedInput"),
        (form("DescribeEvents") + b"&MaxRecords=20&MaxRecords=21", 400, "MalformedInput"),
        (form("DescribeEvents") + b"&SourceIdentifier=%ff", 400, "MalformedInput"),
        (form("DescribeEvents") + b"&SourceIdentifier=%00", 400, "MalformedInput"),
        (form("ListTagsForResource", ResourceName="a", **{"ResourceName.1": "b"}), 400, "MalformedInput"),
        (form("CreateReplicationGroup"), 400, "MissingParameter"),
        (form("DescribeEvents", SourceType="teapot"), 400, "ValidationError"),
        (
            form("RemoveTagsFromResource", ResourceName="a", **{"TagKeys.member.0": "b"}),
            400,
            "MalformedInput",
        ),
    ],
)
def test_a_request_that_says_nothing_sensible_is_refused(
    elastane: RunningElastane, body: bytes, status: int, code: str
) -> None:
    assert fault_of(send(request(elastane.url, body))) == (status, code)


def test_a_parameter_that_aws_does_not_have_is_ignored(elastane: RunningElastane) -> None:
    answer = send(request(elastane.url, form("DescribeCacheSubnetGroups", FlavourOfTheMonth="vanilla")))

    assert answer.status_code == 200


def test_lists_may_be_written_with_aws_s_element_names_and_with_member(elastane: RunningElastane) -> None:
    resource = "arn:aws:elasticache:us-east-1:000000000000:subnetgroup:default"

    for element in ("Tag", "member"):
        fields = {f"Tags.{element}.1.Key": "written", f"Tags.{element}.1.Value": element}
        added = send(request(elastane.url, form("AddTagsToResource", ResourceName=resource, **fields)))
        removed = send(
            request(
                elastane.url, form("RemoveTagsFromResource", ResourceName=resource, **{"TagKeys.member.1": "written"})
            )
        )

        assert f"<Value>{element}</Value>" in added.text
        assert removed.status_code == 200


def test_only_a_form_is_understood(elastane: RunningElastane) -> None:
    answer = send(request(elastane.url, b'{"Action": "DescribeEvents"}', content_type="application/json"))

    assert fault_of(answer) == (400, "MalformedInput")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(elastane: RunningElastane, method: str) -> None:
    assert fault_of(send(request(elastane.url, ASK, method=method))) == (400, "InvalidAction")


def test_another_service_s_actions_are_reached_by_its_own_signature(elastane: RunningElastane) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"

    answer = send(request(elastane.url, body, Signer(service="sts")))

    assert answer.status_code == 200
    assert ElementTree.fromstring(answer.content).tag == (
        "{https://sts.amazonaws.com/doc/2011-06-15/}GetCallerIdentityResponse"
    )


def test_whether_it_lives_can_be_asked_by_anybody(elastane: RunningElastane) -> None:
    answer = send(httpx.Request("GET", f"{elastane.url}/_elastane/health"))

    assert (answer.status_code, answer.text) == (200, "ok\n")


# --- connections ---------------------------------------------------------------------------------


def test_one_connection_serves_many_requests(elastane: RunningElastane) -> None:
    asked = request(elastane.url, ASK)
    connection = http.client.HTTPConnection(urlsplit(elastane.url).netloc, timeout=10)

    statuses = []
    for _ in range(3):
        connection.request("POST", "/", body=ASK, headers=dict(asked.headers))
        with connection.getresponse() as answer:
            statuses.append((answer.status, answer.will_close))
            answer.read()
    connection.close()

    assert statuses == [(200, False)] * 3


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"*1\r\n$4\r\nPING\r\n",
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nAction=",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_a_connection_that_speaks_nonsense_or_breaks_off_disturbs_nobody(
    elastane: RunningElastane, sent: bytes
) -> None:
    address = urlsplit(elastane.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(sent)

    assert send(request(elastane.url, ASK)).status_code == 200
    assert "Traceback" not in elastane.log()


# --- what is not built ---------------------------------------------------------------------------


@pytest.mark.parametrize("action", NOT_BUILT)
def test_an_action_that_is_not_built_says_so(elastane: RunningElastane, action: str) -> None:
    operation = published().operation_model(action)
    parameters = {} if operation.input_shape is None else least(operation.input_shape)
    serializer = botocore.serialize.create_serializer("query", include_validation=False)
    fields = serializer.serialize_to_request(parameters, operation)["body"]
    named = {name: str(value) for name, value in fields.items() if name not in ("Action", "Version")}

    answer = send(request(elastane.url, form(action, **named)))
    answer_to_nothing = send(request(elastane.url, form(action)))

    assert fault_of(answer) == (501, "NotImplemented")
    assert fault_of(answer_to_nothing) == (501, "NotImplemented"), "said before anything is judged"
    assert action in answer.text


def test_the_published_version_is_the_one_that_these_tests_ask_for() -> None:
    assert published().api_version == VERSION
