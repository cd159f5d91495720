"""What a request says about its signature when that is missing, malformed or nonsense."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.wire import sigv4
from elastane.wire.sigv4 import SignedRequest
from tests.unit.wire.signing import (
    BODY,
    SECRET,
    find_secret,
    presigned,
    signed,
    signing_moment,
    verify,
    with_authorization,
    with_header,
)

many_examples = settings(max_examples=200, deadline=None, database=None)

# --- what is missing or malformed ----------------------------------------------------------------


def test_a_request_without_a_signature_is_refused() -> None:
    request = SignedRequest(method="POST", path="/", query="Action=X", headers=(("Host", "h"),), body=BODY)

    with pytest.raises(faults.MissingAuthenticationToken, match="Request is missing Authentication Token"):
        sigv4.verify(request, find_secret=find_secret, now=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "Unsupported AWS algorithm"),
        ("AWS4-HMAC-SHA256 ", "Bearer ", "Unsupported AWS algorithm"),
        ("Credential=", "Credentials=", "requires 'Credential' parameter"),
        ("Signature=", "Sig=", "requires 'Signature' parameter"),
        ("SignedHeaders=", "Headers=", "requires 'SignedHeaders' parameter"),
        ("Credential=", "oops, Credential=", "missing equal-sign"),
        ("Credential=", "Signature=x, Credential=", "repeats the parameter 'Signature'"),
        ("/aws4_request", "", "exactly 5 slash-delimited elements"),
        ("/us-east-1/", "//", "exactly 5 slash-delimited elements"),
        ("AKIDEXAMPLE/", "AKID/EXAMPLE/", "exactly 5 slash-delimited elements"),
    ],
)
def test_an_authorization_that_cannot_be_read_is_refused(old: str, new: str, said: str) -> None:
    request = with_authorization(signed(), lambda text: text.replace(old, new))

    with pytest.raises(faults.IncompleteSignature, match=said):
        verify(request)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("/us-east-1/", "/US EAST/", "Credential should be scoped to a valid region."),
        ("/elasticache/", "/s3/", "Credential should be scoped to correct service: 'elasticache' or 'sts'."),
        ("/aws4_request", "/aws5_request", "Credential should be scoped with a valid terminator: 'aws4_request'."),
        ("AKIDEXAMPLE/2", "AKIDEXAMPLE/1", "Date in Credential scope does not match YYYYMMDD"),
    ],
)
def test_a_scope_that_is_not_ours_is_refused(old: str, new: str, said: str) -> None:
    request = with_authorization(signed(), lambda text: text.replace(old, new))

    with pytest.raises(faults.SignatureDoesNotMatch, match=said):
        verify(request)


@pytest.mark.parametrize("date", ["yesterday", "20260230T000000Z", "2026-11-23T00:00:00Z", "00000101T000000Z", "٢٠٢٦"])
def test_a_date_that_cannot_be_read_is_refused(date: str) -> None:
    request = signed()
    now = signing_moment(request)

    with pytest.raises(faults.IncompleteSignature, match="Date must be in ISO-8601 'basic format'"):
        sigv4.verify(with_header(request, "X-Amz-Date", date), find_secret=find_secret, now=now)


def test_a_request_without_a_date_is_refused() -> None:
    request = signed()

    with pytest.raises(faults.IncompleteSignature, match="either a 'X-Amz-Date' or a 'Date' header"):
        sigv4.verify(with_header(request, "X-Amz-Date", None), find_secret=find_secret, now=signing_moment(request))


@pytest.mark.parametrize(
    "name",
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"],
)
def test_a_presigned_request_needs_all_its_parameters_once(name: str) -> None:
    request = presigned()
    pairs = request.query.split("&")
    without = "&".join(pair for pair in pairs if not pair.startswith(f"{name}="))
    doubled = f"{request.query}&{name}=x"

    for query, said in ((without, f"must include '{name}'"), (doubled, f"repeats the parameter '{name}'")):
        with pytest.raises(faults.IncompleteSignature, match=said):
            sigv4.verify(
                msgspec.structs.replace(request, query=query), find_secret=find_secret, now=signing_moment(request)
            )


def test_a_request_signed_twice_is_refused() -> None:
    request = msgspec.structs.replace(signed(), query=presigned().query)

    with pytest.raises(faults.IncompleteSignature, match="only one is possible"):
        verify(request)


def test_a_second_authorization_is_refused() -> None:
    request = signed()
    doubled = msgspec.structs.replace(request, headers=(*request.headers, ("authorization", "AWS4-HMAC-SHA256 x")))

    with pytest.raises(faults.IncompleteSignature, match="more than once"):
        verify(doubled)


# --- nonsense ------------------------------------------------------------------------------------

_latin = st.text(st.characters(max_codepoint=0xFF), max_size=20)
_shreds = st.sampled_from(
    [
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=;, Signature==",
        "20260101T000000Z",
        "host",
        "UNSIGNED-PAYLOAD",
    ]
)
_header_names = st.sampled_from(
    ["Host", "Authorization", "X-Amz-Date", "Date", "X-Amz-Content-Sha256", "X-Amz-Expires"]
)
_query_shreds = st.sampled_from(
    [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Credential=a/20260101/us-east-1/sts/aws4_request",
        "X-Amz-Date=20260101T000000Z",
        "X-Amz-Expires=60",
        "X-Amz-SignedHeaders=host",
        "X-Amz-Signature=%ff",
        "X-Amz-Security-Token=",
        "%",
        "a=b",
    ]
)


@many_examples
@given(
    method=_latin,
    path=_latin | st.text(max_size=10),
    query=st.lists(_query_shreds | st.text(st.characters(), max_size=8), unique=True, max_size=9).map("&".join),
    headers=st.lists(st.tuples(_header_names | _latin, _shreds | _latin), max_size=6).map(tuple),
    body=st.binary(max_size=8),
)
def test_whatever_is_sent_only_faults_come_out(
    method: str, path: str, query: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    request = SignedRequest(method=method, path=path, query=query, headers=headers, body=body)

    with pytest.raises(Fault) as refusal:
        sigv4.verify(request, find_secret=lambda access_key_id: SECRET, now=datetime(2026, 1, 1, tzinfo=UTC))

    assert 400 <= refusal.value.status < 500
