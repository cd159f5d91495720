"""The JSON protocol, both ways, with botocore at the other end of the wire."""

import math
from datetime import UTC, datetime
from typing import Any

import botocore.parsers
import botocore.serialize
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model import faults
from elastane.wire import json, models, protocols
from elastane.wire.claims import SignedRequest
from elastane.wire.models import CLOUDTRAIL, CLOUDWATCH
from elastane.wire.xml import EncodingError
from tests.unit.wire import published

TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"


def request(body: bytes, *, target: str = TARGET, method: str = "POST") -> SignedRequest:
    headers = (("X-Amz-Target", target), ("Content-Type", json.CONTENT_TYPE))
    return SignedRequest(method=method, path="/", query="", headers=headers, body=body)


def parameters(body: bytes) -> dict[str, object]:
    return json.read_request(CLOUDTRAIL, request(body)).parameters()


def sent_by_botocore(action: str, given_parameters: dict[str, Any]) -> SignedRequest:
    operation = published.service_model(CLOUDTRAIL).operation_model(action)
    serializer = botocore.serialize.create_serializer("json", include_validation=False)
    sent = serializer.serialize_to_request(given_parameters, operation)
    headers = tuple((str(name), str(value)) for name, value in sent["headers"].items())
    return SignedRequest(method="POST", path="/", query="", headers=headers, body=sent["body"])


# --- in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", models.action_names(CLOUDTRAIL))
@given(data=st.data())
def test_what_botocore_sends_is_read_as_it_was_meant(action: str, data: st.DataObject) -> None:
    meant = data.draw(published.parameters(CLOUDTRAIL, action))

    asked = json.read_request(CLOUDTRAIL, sent_by_botocore(action, meant))

    assert asked.action == action
    assert in_milliseconds(asked.parameters()) == in_milliseconds(meant)


def in_milliseconds(value: object) -> object:
    """A moment crosses the wire as a number with a fraction, which keeps no more."""
    match value:
        case datetime():
            return round(value.timestamp() * 1000)
        case dict():
            return {name: in_milliseconds(held) for name, held in value.items()}
        case list():
            return [in_milliseconds(held) for held in value]
    return value


def test_null_is_absent_and_an_unknown_member_is_ignored() -> None:
    assert parameters(b'{"MaxResults": null, "Colour": "red", "NextToken": "t"}') == {"NextToken": "t"}
    assert parameters(b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"{",
        b"\xff",
        b"Action=LookupEvents",
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"MaxResults": "10"}',
        b'{"MaxResults": 1.5}',
        b'{"MaxResults": true}',
        b'{"MaxResults": 2147483648}',
        b'{"MaxResults": 1' + b"0" * 1_000 + b"}",
        b'{"StartTime": "2026-11-23T12:00:00Z"}',
        b'{"StartTime": 1e300}',
        b'{"NextToken": "\\ud800"}',
        b'{"LookupAttributes": {}}',
        b'{"LookupAttributes": ["x"]}',
    ],
)
def test_what_is_no_such_object_is_refused(body: bytes) -> None:
    with pytest.raises(faults.MalformedInput):
        parameters(body)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            b'{"MaxResults": 51}',
            "1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 50",
        ),
        (
            b'{"LookupAttributes": [{"AttributeKey": "EventName"}]}',
            "1 validation error detected: Value null at 'lookupAttributes.1.member.attributeValue' failed to satisfy "
            "constraint: Member must not be null",
        ),
    ],
)
def test_a_broken_limit_is_told_in_aws_s_words(body: bytes, sentence: str) -> None:
    with pytest.raises(faults.ValidationError) as refusal:
        parameters(body)

    assert refusal.value.message == sentence


@pytest.mark.parametrize(
    "target",
    ["", "LookupEvents", "CloudTrail_20131101.LookupEvents", f"{TARGET}2", f"{TARGET}.LookupEvents", "\n", "." * 9],
)
def test_a_target_that_there_is_not_is_refused(target: str) -> None:
    with pytest.raises(faults.InvalidAction):
        json.read_request(CLOUDTRAIL, request(b"{}", target=target))


def test_a_request_has_one_target_and_is_posted() -> None:
    twice = msgspec.structs.replace(request(b"{}"), headers=(("X-Amz-Target", TARGET), ("x-amz-target", TARGET)))

    with pytest.raises(faults.MissingAction):
        json.read_request(CLOUDTRAIL, twice)
    with pytest.raises(faults.InvalidAction):
        json.read_request(CLOUDTRAIL, request(b"{}", method="GET"))


# --- out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", models.action_names(CLOUDTRAIL))
@given(data=st.data())
def test_what_is_answered_is_read_by_botocore_as_it_was_meant(action: str, data: st.DataObject) -> None:
    result = data.draw(published.results(CLOUDTRAIL, action))
    answer = json.encode_result(CLOUDTRAIL, action, result, "id")

    shape = published.service_model(CLOUDTRAIL).operation_model(action).output_shape
    response = {"status_code": 200, "headers": {}, "body": answer}
    read = botocore.parsers.create_parser("json").parse(response, shape)

    read.pop("ResponseMetadata")
    assert in_milliseconds(read) == in_milliseconds(result)


@pytest.mark.parametrize(
    "result",
    [
        {"Nonsense": 1},
        {"Events": {}},
        {"Events": [{"EventTime": "now"}]},
        {"Events": [{"EventId": 1}]},
        {"Events": [1]},
    ],
)
def test_a_result_that_does_not_fit_its_shape_is_never_sent(result: dict[str, object]) -> None:
    with pytest.raises(EncodingError):
        json.encode_result(CLOUDTRAIL, "LookupEvents", result, "id")


def test_a_moment_is_a_number_of_seconds() -> None:
    result = {"Events": [{"EventTime": datetime(2026, 11, 23, 12, 0, tzinfo=UTC)}]}

    assert json.encode_result(CLOUDTRAIL, "LookupEvents", result, "id") == b'{"Events":[{"EventTime":1795435200.0}]}'


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (faults.SignatureDoesNotMatch("no"), "InvalidSignatureException", 400),
        (faults.InvalidClientTokenId("no"), "UnrecognizedClientException", 400),
        (faults.InvalidNextToken("no"), "InvalidNextTokenException", 400),
        (faults.ServiceUnavailable("no"), "ServiceUnavailable", 503),
        (faults.NotImplementedByThisVersion("no"), "NotImplemented", 501),
    ],
)
def test_a_fault_has_the_names_that_json_services_use(fault: faults.Fault, code: str, status: int) -> None:
    response = {"status_code": status, "headers": {}, "body": json.encode_fault(fault, "id", CLOUDTRAIL)}
    read = botocore.parsers.create_parser("json").parse(response, None)

    assert (protocols.JSON.fault_code(fault, CLOUDTRAIL), protocols.JSON.fault_status(fault, CLOUDTRAIL)) == (
        code,
        status,
    )
    assert (read["Error"]["Code"], read["Error"]["Message"]) == (code, "no")


def test_a_number_that_is_none_or_has_no_end_is_a_text_both_ways() -> None:
    body = b'{"Namespace": "n", "MetricData": [{"MetricName": "m", "Values": ["NaN", "Infinity", "-Infinity", 1]}]}'
    target = "GraniteServiceVersion20100801.PutMetricData"
    headers = (("X-Amz-Target", target), ("Content-Type", json.CONTENT_TYPE_1_0))
    sent = SignedRequest(method="POST", path="/", query="", headers=headers, body=body)

    read = json.read_request(CLOUDWATCH, sent).parameters()
    result = {"MetricDataResults": [{"Values": [math.nan, math.inf, -math.inf, 1.0]}]}
    answer = json.encode_result(CLOUDWATCH, "GetMetricData", result, "id")

    assert repr(read["MetricData"]) == "[{'MetricName': 'm', 'Values': [nan, inf, -inf, 1.0]}]"
    assert answer == b'{"MetricDataResults":[{"Values":["NaN","Infinity","-Infinity",1.0]}]}'
