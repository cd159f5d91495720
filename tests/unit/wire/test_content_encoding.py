"""Bodies that were sent compressed, and those that would be far larger than they look."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model import faults
from elastane.wire import content_encoding
from elastane.wire.claims import SignedRequest
from elastane.wire.models import CLOUDTRAIL, CLOUDWATCH, ELASTICACHE, LOGS, SNS, Service

MIB = 1024 * 1024


def sent(body: bytes, *encodings: str) -> SignedRequest:
    headers = tuple(("Content-Encoding", encoding) for encoding in encodings)
    return SignedRequest(method="POST", path="/", query="", headers=headers, body=body)


@given(body=st.binary(max_size=2_000))
def test_a_body_comes_out_as_it_went_in(body: bytes) -> None:
    assert content_encoding.decoded(CLOUDWATCH, sent(gzip.compress(body), "gzip"), 2_000).body == body


@pytest.mark.parametrize("encodings", [(), ("identity",), ("",)])
def test_what_is_not_compressed_is_left_alone(encodings: tuple[str, ...]) -> None:
    request = sent(b"\x1f\x8b", *encodings)

    assert content_encoding.decoded(CLOUDWATCH, request, 1) is request


@pytest.mark.parametrize("byte_count", [MIB + 1, 200 * MIB])
def test_no_more_than_the_bound_comes_into_being(byte_count: int) -> None:
    bomb = sent(gzip.compress(bytes(byte_count)), "GZIP")

    tracemalloc.start()
    with pytest.raises(faults.RequestEntityTooLarge):
        content_encoding.decoded(CLOUDWATCH, bomb, MIB)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 4 * MIB


@pytest.mark.parametrize("service", [CLOUDTRAIL, ELASTICACHE, LOGS, SNS])
def test_a_service_whose_sdks_never_compress_takes_a_body_as_it_is(service: Service) -> None:
    request = sent(gzip.compress(bytes(MIB)), "gzip")

    assert content_encoding.decoded(service, request, 1) is request


def test_as_much_as_the_bound_is_taken() -> None:
    assert len(content_encoding.decoded(CLOUDWATCH, sent(gzip.compress(bytes(MIB)), "gzip"), MIB).body) == MIB


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        gzip.compress(b"text")[:-1],
        gzip.compress(b"text") + b"x",
        gzip.compress(b"text") * 2,
        gzip.compress(b"text")[:-8] + bytes(8),
        zlib.compress(b"text"),
    ],
    ids=("nothing", "text", "cut off", "trailing", "twice", "wrong checksum", "zlib"),
)
def test_what_is_no_gzip_or_not_all_of_it_is_refused(body: bytes) -> None:
    with pytest.raises(faults.MalformedInput):
        content_encoding.decoded(CLOUDWATCH, sent(body, "gzip"), MIB)


@pytest.mark.parametrize("encodings", [("br",), ("deflate",), ("gzip, gzip",), ("gzip", "gzip"), ("identity", "gzip")])
def test_other_encodings_are_refused(encodings: tuple[str, ...]) -> None:
    with pytest.raises(faults.MalformedInput):
        content_encoding.decoded(CLOUDWATCH, sent(gzip.compress(gzip.compress(b"text")), *encodings), MIB)
