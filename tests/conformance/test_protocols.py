"""CloudWatch in its three protocols, and the services beside it, told by AWS's clients and by a plain HTTP client."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import cbor2
import httpx
import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from elastane.wire.models import CLOUDWATCH
from tests.conformance.wire import Signer, send, signed
from tests.kit.elastane import REGION, RunningElastane
from tests.unit.wire import published

SIGNER = Signer(service="monitoring")
PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")
TYPES = {
    "smithy-rpc-v2-cbor": "application/cbor",
    "json": "application/x-amz-json-1.0",
    "query": "text/xml",
}
FORM_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


def asked(
    elastane: RunningElastane,
    protocol: str,
    action: str,
    parameters: dict[str, Any],
    *,
    signer: Signer = SIGNER,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """As botocore would write it in that protocol."""
    sent = published.request_by(protocol, CLOUDWATCH, action, parameters)
    named = {"Content-Type": FORM_TYPE} if protocol == "query" else {}
    unsigned = AWSRequest(method="POST", url=f"{elastane.url}{sent.path}", data=sent.body if body is None else body)
    return send(signed(unsigned, signer, dict(sent.headers) | named | (headers or {})))


def fault_in(answer: httpx.Response, protocol: str) -> str:
    """The code or the shape's name, as the body alone has it."""
    assert answer.headers["content-type"] == TYPES[protocol]
    match protocol:
        case "query":
            code = ElementTree.fromstring(answer.content).findtext("{*}Error/{*}Code")
            assert code is not None
            return code
        case "json":
            return str(json.loads(answer.content)["__type"])
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    return str(cbor2.loads(answer.content)["__type"])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_question_is_answered_in_the_protocol_it_was_asked_in(elastane: RunningElastane, protocol: str) -> None:
    answer = asked(elastane, protocol, "ListMetrics", {"Namespace": "Own/Nothing"})

    read = published.answer_in(protocol, CLOUDWATCH, "ListMetrics", answer.content, headers=dict(answer.headers))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == TYPES[protocol]
    assert answer.headers["x-amzn-requestid"]
    assert answer.headers.get("smithy-protocol") == ("rpc-v2-cbor" if protocol == PROTOCOLS[0] else None)
    assert read["Metrics"] == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_was_put_in_one_protocol_is_listed_in_every_other(elastane: RunningElastane, protocol: str) -> None:
    namespace = f"Own/{protocol}"
    datum = {
        "MetricName": "m",
        "Value": 1.5,
        "Timestamp": datetime.now(UTC).replace(microsecond=0),
        "Dimensions": [{"Name": "n", "Value": "v"}],
    }

    put = asked(elastane, protocol, "PutMetricData", {"Namespace": namespace, "MetricData": [datum]})

    assert put.status_code == 200
    for other in PROTOCOLS:
        answer = asked(elastane, other, "ListMetrics", {"Namespace": namespace})
        read = published.answer_in(other, CLOUDWATCH, "ListMetrics", answer.content)
        assert read["Metrics"] == [
            {"Namespace": namespace, "MetricName": "m", "Dimensions": [{"Name": "n", "Value": "v"}]}
        ]


def test_an_action_that_answers_nothing_answers_no_byte_of_cbor(elastane: RunningElastane) -> None:
    parameters = {"Namespace": "Own/Silent", "MetricData": [{"MetricName": "m", "Value": 1.0}]}

    answer = asked(elastane, "smithy-rpc-v2-cbor", "PutMetricData", parameters)

    assert (answer.status_code, answer.content) == (200, b"")
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_refusal_is_told_in_the_request_s_protocol(elastane: RunningElastane, protocol: str) -> None:
    broken = asked(elastane, protocol, "ListMetrics", {"Namespace": ""})
    unbuilt = asked(elastane, protocol, "PutInsightRule", {"RuleName": "r", "RuleDefinition": "{}"})
    stranger = asked(elastane, protocol, "ListMetrics", {}, signer=Signer(service="monitoring", secret="wrong"))

    is_query = protocol == "query"
    assert (broken.status_code, unbuilt.status_code, stranger.status_code) == (400, 501, 403)
    assert fault_in(broken, protocol) == ("ValidationError" if is_query else "ValidationException")
    assert fault_in(unbuilt, protocol) == "NotImplemented"
    assert fault_in(stranger, protocol) == ("SignatureDoesNotMatch" if is_query else "InvalidSignatureException")
    assert broken.headers.get("x-amzn-query-error") == (None if is_query else "ValidationError;Sender")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_who_has_not_signed_is_refused_in_the_language_of_its_headers(elastane: RunningElastane, protocol: str) -> None:
    sent = published.request_by(protocol, CLOUDWATCH, "ListMetrics", {})

    answer = send(httpx.Request("POST", elastane.url + sent.path, headers=dict(sent.headers), content=sent.body))

    name = "MissingAuthenticationToken" + ("" if protocol == "query" else "Exception")
    assert fault_in(answer, protocol) == name


@pytest.mark.parametrize(
    "body", [b"\xff", b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", b"\x81" * 100_000, b"\xa0\xa0", b"{}"]
)
def test_what_is_no_cbor_is_a_serialization_exception(elastane: RunningElastane, body: bytes) -> None:
    answer = asked(elastane, "smithy-rpc-v2-cbor", "ListMetrics", {}, body=body)

    assert (answer.status_code, fault_in(answer, "smithy-rpc-v2-cbor")) == (400, "SerializationException")
    assert "Traceback" not in elastane.log()


def test_boto3_puts_a_large_body_compressed_and_it_is_understood(elastane: RunningElastane) -> None:
    client = elastane.client("cloudwatch")
    sent: list[tuple[str, int]] = []
    client.meta.events.register(
        "before-send.cloudwatch.PutMetricData",
        lambda request, **_: sent.append((str(request.headers.get("Content-Encoding")), len(request.body))),
    )

    client.put_metric_data(
        Namespace="Own/Large", MetricData=[{"MetricName": f"m{number:04}", "Value": 1.0} for number in range(400)]
    )

    ((encoding, byte_count),) = sent
    assert "gzip" in encoding
    assert byte_count < 10 * 1024
    assert len(client.list_metrics(Namespace="Own/Large", MetricName="m0399")["Metrics"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (gzip.compress(bytes(64 * 1024 * 1024)), 413, "RequestEntityTooLarge"),
        (gzip.compress(b"\xa0")[:-3], 400, "SerializationException"),
        (b"\xa0", 400, "SerializationException"),
    ],
    ids=("bomb", "half", "none"),
)
def test_a_compressed_body_is_bounded_and_has_to_be_whole(
    elastane: RunningElastane, body: bytes, status: int, name: str
) -> None:
    answer = asked(elastane, "smithy-rpc-v2-cbor", "ListMetrics", {}, body=body, headers={"Content-Encoding": "gzip"})

    assert (answer.status_code, fault_in(answer, "smithy-rpc-v2-cbor")) == (status, name)


def test_boto3_raises_its_own_exceptions(elastane: RunningElastane) -> None:
    client = elastane.client("cloudwatch")

    with pytest.raises(client.exceptions.ValidationException) as refusal:
        client.list_metrics(Namespace="x" * 256)

    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.put_metric_data(Namespace="Own/None", MetricData=[{"MetricName": "m", "Value": float("nan")}])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_tags_for_resource(ResourceARN=f"arn:aws:cloudwatch:{REGION}:000000000000:alarm:nobody")
    assert refusal.value.response["Error"]["Code"] == "ValidationError"
    assert refusal.value.response["Error"]["QueryErrorCode"] == "ValidationException"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_service_is_signed_for_by_its_signing_name_alone(elastane: RunningElastane) -> None:
    wrong = asked(elastane, "query", "ListMetrics", {}, signer=Signer(service="cloudwatch"))

    assert fault_in(wrong, "query") == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("service", "arguments", "member"),
    [
        ("cloudwatch", ("list-metrics", "--namespace", "Own/Nothing"), "Metrics"),
        ("sns", ("list-topics",), "Topics"),
        ("logs", ("describe-log-groups", "--log-group-name-prefix", "nothing"), "logGroups"),
    ],
)
def test_the_aws_cli_speaks_to_each_service(
    elastane: RunningElastane, service: str, arguments: tuple[str, ...], member: str
) -> None:
    done = elastane.run_aws(service, *arguments)

    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout)[member], list)


@pytest.mark.parametrize(("service", "action"), [("sns", "get_sms_attributes"), ("logs", "describe_destinations")])
def test_what_is_not_built_of_the_other_services_says_so(elastane: RunningElastane, service: str, action: str) -> None:
    with pytest.raises(ClientError, match="NotImplemented") as refusal:
        getattr(elastane.client(service), action)()

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
