"""Which protocol a request is read and answered in, and how each says a fault, with botocore at the other end."""

from typing import Any

import botocore.session
import pytest

from elastane.model import faults, sns_faults
from elastane.model.faults import Fault
from elastane.wire import models, protocols
from elastane.wire.claims import SignedRequest
from elastane.wire.models import CLOUDTRAIL, CLOUDWATCH, ELASTICACHE, LOGS, SNS
from tests.unit.wire import published

SPOKEN = {"smithy-rpc-v2-cbor": protocols.CBOR, "json": protocols.JSON_1_0, "query": protocols.QUERY}

FORM = SignedRequest(method="POST", path="/", query="", headers=(), body=b"")
TARGETED = SignedRequest(method="POST", path="/", query="", headers=(("x-amz-target", "A.B"),), body=b"")
SMITHY = SignedRequest(method="POST", path="/", query="", headers=(("Smithy-Protocol", "rpc-v2-cbor"),), body=b"")


@pytest.mark.parametrize("name", SPOKEN)
def test_cloudwatch_is_read_and_answered_in_each_of_its_three_protocols(name: str) -> None:
    sent = published.request_by(name, CLOUDWATCH, "ListMetrics", {"Namespace": "AWS/ElastiCache"})
    protocol = protocols.protocol_of(CLOUDWATCH, sent)

    asked = protocol.read_request(CLOUDWATCH, sent)
    answer = protocol.encode_result(CLOUDWATCH, "ListMetrics", {"Metrics": [{"MetricName": "m"}]}, "id")

    assert protocol is SPOKEN[name]
    assert (asked.action, asked.parameters()) == ("ListMetrics", {"Namespace": "AWS/ElastiCache"})
    assert published.answer_in(name, CLOUDWATCH, "ListMetrics", answer)["Metrics"] == [{"MetricName": "m"}]


@pytest.mark.parametrize(
    ("service", "request_", "protocol"),
    [
        (ELASTICACHE, FORM, protocols.QUERY),
        (ELASTICACHE, TARGETED, protocols.QUERY),
        (ELASTICACHE, SMITHY, protocols.QUERY),
        (SNS, SMITHY, protocols.QUERY),
        (models.EC2, TARGETED, protocols.QUERY),
        (CLOUDTRAIL, FORM, protocols.JSON),
        (CLOUDTRAIL, SMITHY, protocols.JSON),
        (LOGS, TARGETED, protocols.JSON),
        (CLOUDWATCH, FORM, protocols.QUERY),
        (CLOUDWATCH, TARGETED, protocols.JSON_1_0),
        (CLOUDWATCH, SMITHY, protocols.CBOR),
    ],
)
def test_a_service_is_spoken_to_in_its_own_protocols_whatever_a_request_looks_like(
    service: models.Service, request_: SignedRequest, protocol: protocols.Protocol
) -> None:
    assert protocols.protocol_of(service, request_) is protocol


@pytest.mark.parametrize("name", SPOKEN)
def test_who_has_proven_nothing_is_refused_in_the_language_it_seems_to_speak(name: str) -> None:
    assert protocols.likely_protocol(published.request_by(name, CLOUDWATCH, "ListMetrics", {})) is SPOKEN[name]


def test_json_s_two_versions_are_told_apart_by_the_content_type() -> None:
    assert protocols.likely_protocol(published.request_by("json", LOGS, "DescribeLogGroups", {})) is protocols.JSON
    assert protocols.likely_protocol(TARGETED) is protocols.JSON


def refused(protocol: protocols.Protocol, name: str, fault: Fault, service: models.Service) -> dict[str, Any]:
    """As botocore reads the refusal."""
    return published.answer_in(
        name,
        service,
        "ListMetrics" if service == CLOUDWATCH else "DescribeLogGroups",
        protocol.encode_fault(fault, "id", service),
        status=protocol.fault_status(fault, service),
        headers=dict(protocol.fault_headers(fault, service)),
    )


@pytest.mark.parametrize("name", SPOKEN)
@pytest.mark.parametrize(
    ("fault", "code", "exception", "status"),
    [
        (faults.InvalidParameterValue("no"), "InvalidParameterValue", "InvalidParameterValueException", 400),
        (faults.InvalidParameterCombination("no"), "InvalidParameterCombination", None, 400),
        (faults.MissingParameter("no"), "MissingParameter", "MissingRequiredParameterException", 400),
        (sns_faults.ResourceNotFound("no"), "ResourceNotFound", "ResourceNotFound", 404),
        (faults.ValidationError("no"), "ValidationError", "ValidationException", 400),
    ],
)
def test_cloudwatch_s_faults_are_the_exceptions_of_boto3_in_every_protocol(
    name: str, fault: Fault, code: str, exception: str | None, status: int
) -> None:
    exceptions = (
        botocore.session.Session()
        .create_client("cloudwatch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        .exceptions
    )

    read = refused(SPOKEN[name], name, fault, CLOUDWATCH)

    assert (read["Error"]["Code"], read["Error"]["Message"]) == (code, "no")
    assert read["ResponseMetadata"]["HTTPStatusCode"] == status
    assert exceptions.from_code(code) is getattr(exceptions, exception or f"{code}Exception")


@pytest.mark.parametrize(
    ("fault", "shape", "header"),
    [
        (faults.InvalidParameterValue("no"), "InvalidParameterValueException", "InvalidParameterValue;Sender"),
        (faults.MalformedInput("no"), "SerializationException", "MalformedInput;Sender"),
        (faults.InvalidAction("no"), "UnknownOperationException", "InvalidAction;Sender"),
        (faults.InvalidClientTokenId("no"), "UnrecognizedClientException", "InvalidClientTokenId;Sender"),
        (faults.AccessDenied("no"), "AccessDenied", "AccessDenied;Sender"),
        (faults.ServiceUnavailable("no"), "ServiceUnavailable", "ServiceUnavailable;Receiver"),
    ],
)
@pytest.mark.parametrize("name", ["smithy-rpc-v2-cbor", "json"])
def test_other_sdks_read_the_shape_s_name_and_query_s_code_in_a_header(
    name: str, fault: Fault, shape: str, header: str
) -> None:
    protocol = SPOKEN[name]

    headers = dict(protocol.fault_headers(fault, CLOUDWATCH))

    assert headers == {"x-amzn-query-error": header}
    assert shape.encode() in protocol.encode_fault(fault, "id", CLOUDWATCH)
    assert refused(protocol, name, fault, CLOUDWATCH)["Error"]["QueryErrorCode"] == shape


def test_a_service_that_always_spoke_json_has_no_such_header() -> None:
    fault = faults.ValidationError("1 validation error detected")

    read = refused(protocols.JSON, "json", fault, LOGS)

    assert protocols.JSON.fault_headers(fault, LOGS) == ()
    assert read["Error"]["Code"] == "InvalidParameterException", "as CloudWatch Logs calls it"
    assert protocols.JSON.fault_code(faults.MalformedInput("no"), LOGS) == "SerializationException"


@pytest.mark.parametrize("service", [CLOUDWATCH, LOGS, CLOUDTRAIL])
def test_every_fault_that_a_service_declares_is_called_by_its_shape_with_its_status(service: models.Service) -> None:
    for name, declared in models.declared_faults(service).items():
        fault = Fault("no")
        fault.code = declared.code

        found = models.find_fault_shape(service, declared.code)
        status = protocols.CBOR.fault_status(fault, service)

        assert found is not None
        assert models.declared_faults(service)[found].code == declared.code
        assert found == name or declared.code == "ResourceNotFound", "which CloudWatch declares twice"
        assert status == declared.status


def test_every_service_is_found_by_the_name_that_its_requests_are_signed_for() -> None:
    for signing_name, service in models.SIGNING_NAMES.items():
        metadata = published.service_model(service).metadata
        assert metadata.get("signingName", metadata["endpointPrefix"]) == signing_name
