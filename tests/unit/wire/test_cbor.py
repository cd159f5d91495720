"""Smithy's CBOR, both ways, with botocore at the other end of the wire; and bytes that nobody should send."""

import math
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from elastane.model import faults
from elastane.wire import cbor, models, protocols
from elastane.wire.claims import SignedRequest
from elastane.wire.models import CLOUDWATCH
from elastane.wire.xml import EncodingError
from tests.unit.wire import published

PATH = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
HEADERS = (("Smithy-Protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor"))
DRAWN = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def request(body: bytes, *, path: str = PATH, method: str = "POST") -> SignedRequest:
    return SignedRequest(method=method, path=path, query="", headers=HEADERS, body=body)


def parameters(body: bytes) -> dict[str, object]:
    return cbor.read_request(CLOUDWATCH, request(body)).parameters()


def datum(**members: object) -> bytes:
    return cbor2.dumps({"Namespace": "n", "MetricData": [{"MetricName": "m"} | members]})


def read_datum(body: bytes) -> dict[str, Any]:
    read: Any = parameters(body)["MetricData"]
    return read[0]  # type: ignore[no-any-return]  # a value off the wire


# --- in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", models.action_names(CLOUDWATCH))
@DRAWN
@given(data=st.data())
def test_what_botocore_sends_is_read_as_it_was_meant(action: str, data: st.DataObject) -> None:
    meant = data.draw(published.parameters(CLOUDWATCH, action))

    asked = cbor.read_request(CLOUDWATCH, published.request_by("smithy-rpc-v2-cbor", CLOUDWATCH, action, meant))

    assert asked.action == action
    assert asked.parameters() == meant


MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        # As JavaScript, Go and Java write it: of lengths said before or not, whole numbers or with a fraction.
        datum(Value=1, Timestamp=cbor2.CBORTag(1, 1795435200)),
        datum(Value=1.0, Timestamp=cbor2.CBORTag(1, 1795435200.0)),
        datum(Value=1.0, Timestamp=cbor2.CBORTag(1, 1795435200), Unit=None, Colour="red"),
        datum(Value=1.0, Timestamp=cbor2.CBORTag(1, 1795435200), Unit=cbor2.undefined),
        b"\xbf\x69Namespace\x61n\x6aMetricData\x9f\xbf\x6aMetricName\x7f\x61m\xff\x65Value\xf9\x3c\x00"
        b"\x69Timestamp\xc1\x1a\x6b\x04\x2a\xc0\xff\xff\xff",
    ],
)
def test_what_other_sdks_send_means_the_same(body: bytes) -> None:
    assert read_datum(body) == {"MetricName": "m", "Value": 1.0, "Timestamp": MOMENT}


def test_an_action_without_parameters_may_be_asked_without_a_body_or_a_type() -> None:
    bare = replace(request(b"", path=PATH.replace("PutMetricData", "ListMetrics")), headers=HEADERS[:1])

    assert cbor.read_request(CLOUDWATCH, bare).parameters() == {}
    assert cbor.read_request(CLOUDWATCH, replace(bare, body=b"\xbf\xff", headers=HEADERS)).parameters() == {}


def test_an_endpoint_s_own_path_may_stand_before() -> None:
    assert cbor.read_request(CLOUDWATCH, request(b"", path=f"/aws//here{PATH}")).action == "PutMetricData"


def test_numbers_that_are_none_are_for_the_action_to_judge() -> None:
    read = read_datum(datum(Values=[math.nan, math.inf]))

    assert math.isnan(read["Values"][0])
    assert read["Values"][1] == math.inf


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"Action=PutMetricData&Version=2010-08-01",
        b"\x01",
        b"\x80",
        b"\xf6",
        b"\xff",
        b"\xa1",
        b"\xbf\x61a",
        b"\xa1\x61a",
        b"\xa1\x61\xff\x01",
        b"\xa0\x00",
        b"\xa0\xa0",
        b"\xa2\x61a\x01\x61a\x02",
        b"\xa1\x61a\xd9\xd9\xf7\x01",
        b"\xa1\x61a\xd8\x23\x64(a+)",
        b"\xa1\x61a\xc2\x41\x01",
        b"\xa1\x61a\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xa1\x61a\xd8\x1c\x81\xd8\x1d\x00",
        b"\xa1\x61a\xd9\x01\x00\x81\x61b",
        b"\xa1\x61a\xd8\x25\x50" + b"0" * 16,
        b"\xa1\x61a\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xa1\x61a\x7b\x00\x00\x00\x7f\xff\xff\xff\xff",
        b"\xa1\x61a\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x81" * 1_000_000,
        b"\xa1\x61a" * 300_000 + b"\x01",
        b"\xc1" * 100_000 + b"\x01",
        b"\x5f" * 100_000,
        b"\xa1\x61a\x1c",
        b"\xa1\x61a\xfc",
    ],
    ids=lambda body: body[:16].hex(),
)
def test_bytes_that_are_no_such_map_are_refused(body: bytes) -> None:
    with pytest.raises(faults.MalformedInput):
        parameters(body)


@pytest.mark.parametrize(
    "members",
    [
        {"Value": "1"},
        {"Value": True},
        {"Value": b"1"},
        {"StorageResolution": 1.0},
        {"StorageResolution": 2**31},
        {"Timestamp": 1795435200},
        {"Timestamp": "2026-11-23T12:00:00Z"},
        {"Timestamp": cbor2.CBORTag(1, math.nan)},
        {"Timestamp": cbor2.CBORTag(1, 1e300)},
        {"Timestamp": cbor2.CBORTag(1, 2**63)},
        {"Timestamp": cbor2.CBORTag(1, True)},
        {"Timestamp": cbor2.CBORTag(1, "1")},
        {"Timestamp": cbor2.CBORTag(1, cbor2.CBORTag(1, 1))},
        {"Unit": 5},
        {"Dimensions": {}},
        {"Dimensions": ["x"]},
        {"StatisticValues": []},
    ],
    ids=repr,
)
def test_a_value_of_another_type_is_refused(members: dict[str, object]) -> None:
    with pytest.raises(faults.MalformedInput):
        parameters(datum(**members))


@pytest.mark.parametrize("key", [1, 1.5, True, None, b"x", (1, 2), cbor2.CBORTag(1, 1)], ids=repr)
def test_a_key_is_a_text(key: object) -> None:
    entity = {"Entity": {"KeyAttributes": {key: "x"}}, "MetricData": [{"MetricName": "m"}]}

    with pytest.raises(faults.MalformedInput):
        parameters(cbor2.dumps({"Namespace": "n", "EntityMetricData": [entity]}))


@pytest.mark.parametrize("body", [b"", cbor2.dumps({"Namespace": ""})])
def test_a_broken_limit_is_told(body: bytes) -> None:
    with pytest.raises(faults.ValidationError, match="namespace"):
        parameters(body)


@given(body=st.binary(max_size=200))
def test_whatever_bytes_come_they_are_read_or_refused(body: bytes) -> None:
    try:
        read: object = parameters(body)
    except (faults.MalformedInput, faults.ValidationError):
        read = None

    assert read is None or isinstance(read, dict)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/service/GraniteServiceVersion20100801/operation/",
        f"{PATH}/",
        f"{PATH}2",
        f"{PATH}/x",
        PATH.replace("Granite", "Gneiss"),
        PATH.replace("/operation/", "/operation//x/"),
        PATH.replace("PutMetricData", "Put%4DetricData"),
    ],
)
def test_a_path_that_names_no_action_is_refused(path: str) -> None:
    with pytest.raises((faults.InvalidAction, faults.MissingAction)):
        cbor.read_request(CLOUDWATCH, request(b"\xa0", path=path))


def test_the_method_the_protocol_and_the_type_are_said_rightly() -> None:
    with pytest.raises(faults.InvalidAction):
        cbor.read_request(CLOUDWATCH, request(b"\xa0", method="GET"))
    with pytest.raises(faults.InvalidAction):
        cbor.read_request(CLOUDWATCH, replace(request(b"\xa0"), headers=(("smithy-protocol", "rpc-v2-xml"),)))
    with pytest.raises(faults.MalformedInput):
        cbor.read_request(CLOUDWATCH, replace(request(b"\xa0"), headers=HEADERS[:1]))


# --- out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", models.action_names(CLOUDWATCH))
@DRAWN
@given(data=st.data())
def test_what_is_answered_is_read_by_botocore_as_it_was_meant(action: str, data: st.DataObject) -> None:
    result = data.draw(published.results(CLOUDWATCH, action))

    answer = cbor.encode_result(CLOUDWATCH, action, result, "id")
    read = published.answer_in("smithy-rpc-v2-cbor", CLOUDWATCH, action, answer)

    read.pop("ResponseMetadata")
    assert read == result


def test_moments_numbers_and_bytes_are_written_in_their_own_types() -> None:
    answer = cbor.encode_result(CLOUDWATCH, "GetMetricData", {"MetricDataResults": [{"Timestamps": [MOMENT]}]}, "id")
    image = cbor.encode_result(CLOUDWATCH, "GetMetricWidgetImage", {"MetricWidgetImage": b"\x00\xff"}, "id")

    assert b"\x6aTimestamps\x81\xc1\xfb" in answer, "tag 1 and a double"
    assert image.endswith(b"\x42\x00\xff")


def test_who_answers_nothing_sends_no_byte_and_an_empty_answer_is_an_empty_map() -> None:
    assert cbor.encode_result(CLOUDWATCH, "PutMetricData", {}, "id") == b""
    assert cbor.encode_result(CLOUDWATCH, "ListMetrics", {"NextToken": None}, "id") == b"\xa0"


@pytest.mark.parametrize(
    "result",
    [{"Nonsense": 1}, {"Metrics": {}}, {"Metrics": [1]}, {"NextToken": 1}, {"Metrics": [{"MetricName": b"m"}]}],
)
def test_a_result_that_does_not_fit_its_shape_is_never_sent(result: dict[str, object]) -> None:
    with pytest.raises(EncodingError):
        cbor.encode_result(CLOUDWATCH, "ListMetrics", result, "id")


def test_every_answer_says_its_protocol() -> None:
    assert protocols.CBOR.headers == (("smithy-protocol", "rpc-v2-cbor"),)
    assert protocols.CBOR.content_type == "application/cbor"
