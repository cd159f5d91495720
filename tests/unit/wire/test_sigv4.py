"""Signatures: AWS's published examples, botocore's signers as the peer, every refusal, and tampering."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.secrets import AccessKeyId, Secret
from elastane.wire import sigv4
from elastane.wire.sigv4 import Signature, SignedRequest

# The key pair of AWS's documentation and of its published test suite.
ACCESS_KEY_ID = AccessKeyId("AKIDEXAMPLE")
SECRET = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

URL = "http://127.0.0.1:7379/"
BODY = b"Action=DescribeUsers&Version=2015-02-02"
FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")

many_examples = settings(max_examples=200, deadline=None, database=None)


def find_secret(access_key_id: AccessKeyId) -> Secret | None:
    return SECRET if access_key_id == ACCESS_KEY_ID else None


def signed(
    *,
    method: str = "POST",
    url: str = URL,
    body: bytes = BODY,
    service: str = "elasticache",
    region: str = "us-east-1",
    headers: tuple[tuple[str, str], ...] = (FORM_TYPE,),
    secret: Secret = SECRET,
    token: str | None = None,
) -> SignedRequest:
    """A request that botocore signed just now, in its header."""
    request = AWSRequest(method=method, url=url, data=body)
    for name, value in (("Host", urlsplit(url).netloc), *headers):
        request.headers[name] = value
    SigV4Auth(Credentials(ACCESS_KEY_ID, secret.reveal(), token), service, region).add_auth(request)
    return _as_received(request, url, body)


def presigned(
    *,
    method: str = "GET",
    body: bytes = b"",
    expires_seconds: int = 900,
    secret: Secret = SECRET,
    token: str | None = None,
) -> SignedRequest:
    """A request that botocore signed just now, in its query."""
    url = f"{URL}?Action=Describe%20Users&Version=2015-02-02&Name=a%2Bb%2F%7Ec"
    request = AWSRequest(method=method, url=url, data=body, headers={"Host": urlsplit(url).netloc})
    credentials = Credentials(ACCESS_KEY_ID, secret.reveal(), token)
    SigV4QueryAuth(credentials, "elasticache", "eu-central-1", expires=expires_seconds).add_auth(request)
    return _as_received(request, request.url, body)


def _as_received(request: AWSRequest, url: str, body: bytes) -> SignedRequest:
    parts = urlsplit(url)
    headers = tuple((str(name), str(value)) for name, value in request.headers.items())
    return SignedRequest(method=request.method, path=parts.path, query=parts.query, headers=headers, body=body)


def signing_moment(request: SignedRequest) -> datetime:
    """When botocore signed: it asks the system's clock, so the tests ask its signature."""
    header = dict(request.headers).get("X-Amz-Date")
    text = header or request.query.partition("X-Amz-Date=")[2][:16]
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def verify(request: SignedRequest, *, after: timedelta = timedelta(0)) -> Signature:
    return sigv4.verify(request, find_secret=find_secret, now=signing_moment(request) + after)


def with_header(request: SignedRequest, name: str, value: str | None) -> SignedRequest:
    """The request with one header set, or without it for None."""
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return msgspec.structs.replace(request, headers=kept if value is None else (*kept, (name, value)))


def with_authorization(request: SignedRequest, change: Callable[[str], str]) -> SignedRequest:
    return with_header(request, "Authorization", change(dict(request.headers)["Authorization"]))


# --- AWS's published examples --------------------------------------------------------------------

_VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
_UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "signature"),
    [
        ("GET", "/", "", (), b"", _VANILLA),
        ("GET", "//", "", (), b"", _VANILLA),
        ("GET", "/example/..", "", (), b"", _VANILLA),
        ("GET", "/./", "", (), b"", _VANILLA),
        ("GET", f"/{_UNRESERVED}", "", (), b"", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        ("GET", "/ሴ", "", (), b"", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        ("GET", "/example space/", "", (), b"", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        (
            *("GET", "/", "Param2=value2&Param1=value1", (), b""),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        ("GET", "/", "ሴ=bar", (), b"", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        (
            *("GET", "/", "", (("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")), b""),
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        (
            *("GET", "/", "", (("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')), b""),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        ("POST", "/", "", (), b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            *("POST", "/", "", (("Content-Type", "application/x-www-form-urlencoded"),), b"Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_aws_published_test_suite_is_verified(
    method: str, path: str, query: str, headers: tuple[tuple[str, str], ...], body: bytes, signature: str
) -> None:
    sent = (("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"), *headers)
    names = ";".join(sorted({name.lower() for name, _ in sent}))
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    request = SignedRequest(
        method=method, path=path, query=query, headers=(*sent, ("Authorization", authorization)), body=body
    )

    verified = sigv4.verify(
        request, find_secret=find_secret, now=datetime(2015, 8, 30, 12, 36, tzinfo=UTC), services={"service"}
    )

    assert verified.access_key_id == ACCESS_KEY_ID


def test_the_example_of_aws_documentation_is_verified() -> None:
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
    request = SignedRequest(
        method="GET",
        path="/",
        query="Action=ListUsers&Version=2010-05-08",
        headers=(
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            ("authorization", authorization),
        ),
        body=b"",
    )
    now = datetime(2015, 8, 30, 12, 40, tzinfo=UTC)

    verified = sigv4.verify(request, find_secret=find_secret, now=now, services={"iam"})

    assert verified == Signature(
        access_key_id=ACCESS_KEY_ID,
        region=verified.region,
        service="iam",
        signed_at=datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
    )
    assert verified.region == "us-east-1"


# --- against botocore ----------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["elasticache", "sts"])
def test_a_request_botocore_signed_is_verified(service: str) -> None:
    request = signed(service=service, region="eu-west-3")

    verified = verify(request)

    assert (verified.access_key_id, verified.region, verified.service) == (ACCESS_KEY_ID, "eu-west-3", service)
    assert verified.signed_at == signing_moment(request)


def test_a_request_botocore_presigned_is_verified_until_it_expires() -> None:
    request = presigned(expires_seconds=900)

    verified = verify(request, after=timedelta(seconds=900))

    assert (verified.region, verified.service) == ("eu-central-1", "elasticache")


def test_a_presigned_request_may_carry_a_signed_body() -> None:
    request = presigned(method="POST", body=BODY)

    assert verify(request).access_key_id == ACCESS_KEY_ID


def test_a_request_may_be_dated_as_http_dates_it() -> None:
    request = AWSRequest(method="POST", url=URL, data=BODY)
    request.headers["Host"] = "127.0.0.1:7379"
    request.headers["Date"] = "replaced by the signer"
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET.reveal()), "sts", "us-east-1").add_auth(request)
    received = _as_received(request, URL, BODY)
    date = datetime.strptime(request.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)

    verified = sigv4.verify(received, find_secret=find_secret, now=date)

    assert "X-Amz-Date" not in request.headers
    assert verified.signed_at == date


@many_examples
@given(
    query=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4),
    value=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12),
    body=st.binary(max_size=20),
)
def test_whatever_botocore_signs_is_verified(query: list[tuple[str, str]], value: str, body: bytes) -> None:
    text = urlencode(query).replace("+", "%20").replace("%7E", "~")

    request = signed(url=f"{URL}?{text}", body=body, headers=(("X-Amz-Meta", value),))

    assert verify(request).access_key_id == ACCESS_KEY_ID


# --- tampering -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/elsewhere"},
        {"query": "Action=DeleteUser"},
        {"body": BODY.replace(b"Describe", b"Delete")},
        {"body": b""},
    ],
)
def test_a_signed_request_whose_line_or_body_was_changed_is_refused(change: dict[str, str | bytes]) -> None:
    request = signed()

    with pytest.raises(faults.SignatureDoesNotMatch, match="The request signature we calculated does not match"):
        verify(msgspec.structs.replace(request, **change))


@pytest.mark.parametrize(
    ("name", "value"), [("Host", "elsewhere"), ("Content-Type", "text/plain"), ("X-Amz-Meta", "other")]
)
def test_a_signed_request_whose_header_was_changed_is_refused(name: str, value: str) -> None:
    request = signed(headers=(FORM_TYPE, ("X-Amz-Meta", "one")))

    with pytest.raises(faults.SignatureDoesNotMatch, match="The request signature we calculated does not match"):
        verify(with_header(request, name, value))


def test_a_signed_header_given_again_is_refused() -> None:
    request = signed()

    doubled = msgspec.structs.replace(request, headers=(*request.headers, FORM_TYPE))

    with pytest.raises(faults.SignatureDoesNotMatch):
        verify(doubled)


def test_a_signed_request_moved_in_time_is_refused() -> None:
    request = signed()
    later = (signing_moment(request) + timedelta(seconds=1)).strftime("%Y%m%dT%H%M%SZ")

    with pytest.raises(faults.SignatureDoesNotMatch):
        verify(with_header(request, "X-Amz-Date", later))


@pytest.mark.parametrize(
    ("old", "new"),
    [("/us-east-1/", "/us-west-2/"), ("/elasticache/", "/sts/"), ("SignedHeaders=content-type;", "SignedHeaders=")],
)
def test_a_signed_request_moved_in_scope_is_refused(old: str, new: str) -> None:
    request = signed()

    with pytest.raises(faults.SignatureDoesNotMatch, match="The request signature we calculated does not match"):
        verify(with_authorization(request, lambda text: text.replace(old, new)))


@pytest.mark.parametrize("new", ["0" * 64, "", "é", "0"])
def test_another_signature_is_refused(new: str) -> None:
    request = with_authorization(signed(), lambda text: text[:-64] + new)

    with pytest.raises((faults.SignatureDoesNotMatch, faults.IncompleteSignature)):
        verify(request)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version=2015-02-02", "Version=2014-09-30"),
        ("a%2Bb", "a+b"),
        ("X-Amz-Expires=900", "X-Amz-Expires=901"),
        ("eu-central-1", "eu-central-2"),
        ("&Name=", "&name="),
    ],
)
def test_a_presigned_request_that_was_changed_is_refused(old: str, new: str) -> None:
    request = presigned()

    changed = msgspec.structs.replace(request, query=request.query.replace(old, new))

    assert changed != request
    with pytest.raises(faults.SignatureDoesNotMatch, match="The request signature we calculated does not match"):
        verify(changed)


def test_a_body_put_under_a_presigned_request_is_refused() -> None:
    request = presigned()

    with pytest.raises(faults.SignatureDoesNotMatch):
        verify(msgspec.structs.replace(request, body=BODY))


def test_the_wrong_secret_is_refused() -> None:
    with pytest.raises(faults.SignatureDoesNotMatch):
        verify(signed(secret=Secret("another")))


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_a_signature_holds_for_five_minutes_either_way(minutes: int) -> None:
    assert verify(signed(), after=timedelta(minutes=minutes)).access_key_id == ACCESS_KEY_ID


def test_an_old_signature_is_refused_in_aws_words() -> None:
    request = signed()
    now = signing_moment(request) + timedelta(seconds=301)

    with pytest.raises(faults.SignatureDoesNotMatch) as refusal:
        sigv4.verify(request, find_secret=find_secret, now=now)

    basic = "%Y%m%dT%H%M%SZ"
    assert refusal.value.message == (
        f"Signature expired: {signing_moment(request):{basic}} is now earlier than "
        f"{now - timedelta(minutes=5):{basic}} ({now:{basic}} - 5 min.)"
    )


@pytest.mark.parametrize("make", [signed, presigned])
def test_a_signature_of_the_future_is_refused_in_aws_words(make: Callable[[], SignedRequest]) -> None:
    with pytest.raises(faults.SignatureDoesNotMatch, match=r"^Signature not yet current: .* \+ 5 min\.\)$"):
        verify(make(), after=timedelta(seconds=-301))


def test_an_expired_presigned_request_is_refused() -> None:
    with pytest.raises(faults.RequestExpired, match=r"^Request has expired"):
        verify(presigned(expires_seconds=60), after=timedelta(seconds=61))


@pytest.mark.parametrize("expires_seconds", ["0", "604801", "-1", "1.5", "x", "9" * 5000])
def test_a_presigned_request_lasts_a_second_to_a_week(expires_seconds: str) -> None:
    request = presigned()
    query = request.query.replace("X-Amz-Expires=900", f"X-Amz-Expires={expires_seconds}")

    with pytest.raises(faults.IncompleteSignature, match="from 1 to 604800"):
        verify(msgspec.structs.replace(request, query=query))


# --- keys ----------------------------------------------------------------------------------------


def test_an_unknown_key_is_refused_in_aws_words() -> None:
    request = signed()

    with pytest.raises(faults.InvalidClientTokenId) as refusal:
        sigv4.verify(request, find_secret=lambda access_key_id: None, now=signing_moment(request))

    assert refusal.value.message == "The security token included in the request is invalid."


@pytest.mark.parametrize("make", [signed, presigned])
def test_a_session_token_is_refused(make: Callable[..., SignedRequest]) -> None:
    with pytest.raises(faults.InvalidClientTokenId):
        verify(make(token="a token"))


def test_a_key_of_odd_characters_is_refused_without_being_looked_up() -> None:
    asked: list[AccessKeyId] = []
    request = with_authorization(signed(), lambda text: text.replace(ACCESS_KEY_ID, "AKID\x00É"))

    def find_and_note(access_key_id: AccessKeyId) -> Secret | None:
        asked.append(access_key_id)
        return SECRET

    with pytest.raises(faults.InvalidClientTokenId):
        sigv4.verify(request, find_secret=find_and_note, now=signing_moment(request))
    assert asked == []


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


# --- headers and payload -------------------------------------------------------------------------


def test_the_host_must_be_signed() -> None:
    request = with_authorization(signed(), lambda text: text.replace(";host;", ";"))

    with pytest.raises(faults.SignatureDoesNotMatch, match="'Host' or ':authority' must be a 'SignedHeader'"):
        verify(request)


@pytest.mark.parametrize("make", [signed, presigned])
def test_every_header_that_aws_gives_a_meaning_must_be_signed(make: Callable[[], SignedRequest]) -> None:
    request = with_header(make(), "X-Amz-Target", "somewhere")

    with pytest.raises(faults.SignatureDoesNotMatch, match="were not signed: x-amz-target"):
        verify(request)


def test_a_signed_header_must_be_sent() -> None:
    request = with_header(signed(), "Content-Type", None)

    with pytest.raises(faults.SignatureDoesNotMatch, match="missing from the request: content-type"):
        verify(request)


def test_headers_that_proxies_add_need_no_signature() -> None:
    request = with_header(signed(), "X-Forwarded-For", "192.0.2.1")

    assert verify(request).access_key_id == ACCESS_KEY_ID


def test_a_declared_hash_must_be_the_bodys() -> None:
    right = signed(headers=(("X-Amz-Content-SHA256", hashlib.sha256(BODY).hexdigest()),))
    wrong = signed(headers=(("X-Amz-Content-SHA256", hashlib.sha256(b"other").hexdigest()),))

    assert verify(right).access_key_id == ACCESS_KEY_ID
    with pytest.raises(faults.SignatureDoesNotMatch, match="does not match the SHA-256 hash"):
        verify(wrong)


def test_an_unsigned_payload_is_refused_where_there_is_a_header() -> None:
    # botocore signs whatever this header declares.
    request = signed(headers=(("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),))

    with pytest.raises(faults.SignatureDoesNotMatch, match="does not match the SHA-256 hash"):
        verify(request)


def test_an_unsigned_payload_is_accepted_in_a_presigned_request_without_a_body() -> None:
    url = f"{URL}?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
    request = AWSRequest(method="GET", url=url, headers={"Host": "127.0.0.1:7379"})
    request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    SigV4QueryAuth(Credentials(ACCESS_KEY_ID, SECRET.reveal()), "sts", "us-east-1").add_auth(request)
    received = _as_received(request, request.url, b"")
    in_query = with_header(received, "X-Amz-Content-SHA256", None)

    with pytest.raises(faults.IncompleteSignature, match="X-Amz-Content-Sha256 is given more than once"):
        verify(received)
    with pytest.raises(faults.SignatureDoesNotMatch):
        verify(in_query)


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
