"""Signatures: botocore's signers as the peer, tampering with every signed part, time, keys and payloads."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from elastane.model import faults
from elastane.model.secrets import AccessKeyId, Secret
from elastane.wire import sigv4
from elastane.wire.sigv4 import SignedRequest
from tests.unit.wire.signing import (
    ACCESS_KEY_ID,
    BODY,
    FORM_TYPE,
    SECRET,
    URL,
    as_received,
    find_secret,
    presigned,
    presigned_by_hand,
    signed,
    signing_moment,
    verify,
    with_authorization,
    with_header,
)

many_examples = settings(max_examples=200, deadline=None, database=None)

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


def test_a_presigned_request_may_carry_a_signed_body_and_no_other() -> None:
    request = presigned_by_hand(body=BODY)

    assert verify(request).access_key_id == ACCESS_KEY_ID
    with pytest.raises(faults.SignatureDoesNotMatch):
        verify(msgspec.structs.replace(request, body=b"other"))


def test_a_request_may_be_dated_as_http_dates_it() -> None:
    request = AWSRequest(method="POST", url=URL, data=BODY)
    request.headers["Host"] = "127.0.0.1:7379"
    request.headers["Date"] = "replaced by the signer"
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET.reveal()), "sts", "us-east-1").add_auth(request)
    received = as_received(request, URL, BODY)
    date = datetime.strptime(request.headers["Date"], "%a, %d %b %Y %H:%M:%S -0000").replace(tzinfo=UTC)
    as_documented = with_header(received, "Date", request.headers["Date"].replace("-0000", "GMT"))

    verified = sigv4.verify(received, find_secret=find_secret, now=date)

    assert "X-Amz-Date" not in request.headers
    assert verified.signed_at == date
    with pytest.raises(faults.SignatureDoesNotMatch, match="calculated"):  # read as well, though not what was signed
        sigv4.verify(as_documented, find_secret=find_secret, now=date)


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


def test_blanks_around_a_header_mean_nothing() -> None:
    request = signed(headers=(("X-Amz-Content-SHA256", hashlib.sha256(BODY).hexdigest()),))
    headers = tuple((name, f" \t{value} ") for name, value in request.headers)

    padded = msgspec.structs.replace(request, headers=headers)

    assert sigv4.verify(padded, find_secret=find_secret, now=signing_moment(request)) == verify(request)


def test_a_declared_hash_must_be_the_bodys() -> None:
    right = signed(headers=(("X-Amz-Content-SHA256", hashlib.sha256(BODY).hexdigest()),))
    wrong = signed(headers=(("X-Amz-Content-SHA256", hashlib.sha256(b"other").hexdigest()),))

    assert verify(right).access_key_id == ACCESS_KEY_ID
    with pytest.raises(faults.SignatureDoesNotMatch, match="does not match the SHA-256 hash"):
        verify(wrong)


@pytest.mark.parametrize("body", [BODY, b""])
def test_an_unsigned_payload_is_refused_where_the_signature_is_in_a_header(body: bytes) -> None:
    # botocore signs whatever this header declares.
    request = signed(body=body, headers=(("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),))

    with pytest.raises(faults.SignatureDoesNotMatch, match="does not match the SHA-256 hash"):
        verify(request)


def test_an_unsigned_payload_is_accepted_in_a_presigned_request_without_a_body() -> None:
    request = presigned(headers=(("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),))

    assert verify(request).access_key_id == ACCESS_KEY_ID
    with pytest.raises(faults.SignatureDoesNotMatch, match="does not match the SHA-256 hash"):
        verify(msgspec.structs.replace(request, body=BODY))
