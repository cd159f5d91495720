"""Who may ask: requests that are signed wrongly, too late, for somebody else, or not at all."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.conformance.wire import FORM_TYPE, Signer, fault_of, form, get_request, presigned_url, request, send
from tests.kit.elastane import ACCESS_KEY_ID, RunningElastane

ASK = form("DescribeCacheSubnetGroups")


def test_a_request_that_nobody_signed_is_refused(elastane: RunningElastane) -> None:
    answer = send(httpx.Request("POST", elastane.url, content=ASK, headers={"Content-Type": FORM_TYPE}))

    assert fault_of(answer) == (403, "MissingAuthenticationToken")


@pytest.mark.parametrize(
    ("signer", "status", "code"),
    [
        (Signer(access_key_id="AKIASOMEBODYELSE0000"), 403, "InvalidClientTokenId"),
        (Signer(secret="not the secret"), 403, "SignatureDoesNotMatch"),
        (Signer(service="s3"), 403, "SignatureDoesNotMatch"),
        (Signer(service="sts"), 400, "InvalidAction"),
        (Signer(region="mars"), 403, "SignatureDoesNotMatch"),
        (Signer(region="us east"), 403, "SignatureDoesNotMatch"),
        (Signer(region="../../etc"), 400, "IncompleteSignature"),
    ],
)
def test_a_request_signed_by_somebody_else_or_for_something_else_is_refused(
    elastane: RunningElastane, signer: Signer, status: int, code: str
) -> None:
    assert fault_of(send(request(elastane.url, ASK, signer))) == (status, code)


def test_an_access_key_that_is_no_ascii_is_nobody_s(elastane: RunningElastane) -> None:
    asked = request(elastane.url, ASK)
    authorization = asked.headers["Authorization"].replace(ACCESS_KEY_ID, "ключ").encode()
    others = [(name, value) for name, value in asked.headers.raw if name.lower() != b"authorization"]

    answer = send(httpx.Request("POST", asked.url, content=ASK, headers=[*others, (b"Authorization", authorization)]))

    assert fault_of(answer) == (403, "InvalidClientTokenId")


def test_the_clocks_may_differ_by_four_minutes_and_not_by_six(elastane: RunningElastane) -> None:
    def asked_at(minutes: int) -> httpx.Response:
        return send(request(elastane.url, ASK, Signer(at=datetime.now(UTC) + timedelta(minutes=minutes))))

    assert asked_at(-4).status_code == asked_at(4).status_code == 200
    assert fault_of(asked_at(-6)) == fault_of(asked_at(6)) == (403, "SignatureDoesNotMatch")
    assert "Signature expired" in asked_at(-6).text
    assert "not yet current" in asked_at(6).text


def test_a_body_changed_on_its_way_is_refused(elastane: RunningElastane) -> None:
    asked = request(elastane.url, form("DeleteCacheSubnetGroup", CacheSubnetGroupName="mine"))

    tampered = httpx.Request(
        "POST",
        asked.url,
        headers={name: value for name, value in asked.headers.items() if name != "content-length"},
        content=form("DeleteCacheSubnetGroup", CacheSubnetGroupName="yours"),
    )

    assert fault_of(send(tampered)) == (403, "SignatureDoesNotMatch")


def test_the_query_form_answers_as_the_body_form_does(elastane: RunningElastane) -> None:
    posted, got = send(request(elastane.url, ASK)), send(get_request(elastane.url, ASK))

    assert posted.status_code == got.status_code == 200
    assert _without_request_id(posted.text) == _without_request_id(got.text)


def test_a_presigned_url_answers_until_it_expires(elastane: RunningElastane) -> None:
    fresh = presigned_url(elastane.url, ASK)
    old = presigned_url(elastane.url, ASK, Signer(at=datetime.now(UTC) - timedelta(minutes=2)), expires_seconds=60)
    long_lived = presigned_url(
        elastane.url, ASK, Signer(at=datetime.now(UTC) - timedelta(minutes=30)), expires_seconds=3600
    )

    assert send(httpx.Request("GET", fresh)).status_code == 200
    assert send(httpx.Request("GET", long_lived)).status_code == 200
    assert fault_of(send(httpx.Request("GET", old))) == (400, "RequestExpired")


def test_a_presigned_url_grants_what_it_says_and_nothing_else(elastane: RunningElastane) -> None:
    presigned = presigned_url(elastane.url, ASK)

    for changed in (
        presigned.replace("DescribeCacheSubnetGroups", "DescribeReplicationGroups"),
        f"{presigned}&CacheSubnetGroupName=default",
        presigned.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
    ):
        assert fault_of(send(httpx.Request("GET", changed))) == (403, "SignatureDoesNotMatch")
    unbounded = presigned_url(elastane.url, ASK, expires_seconds=604_801)
    assert fault_of(send(httpx.Request("GET", unbounded))) == (400, "IncompleteSignature")


@pytest.mark.parametrize(
    "authorization",
    [
        b"",
        b"Basic dXNlcjpwYXNz",
        b"Bearer token",
        b"AWS4-HMAC-SHA256",
        b"AWS4-HMAC-SHA256 Credential=",
        b"AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        b"AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=0",
        b"AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;;, Signature=" + b"f" * 64,
        b"AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/elasticache/aws4_request, SignedHeaders=, Signature=",
        b"AWS4-HMAC-SHA256 " + b"x=y," * 500,
        b"AWS4-HMAC-SHA256 \xff\xfe Credential=\xc3\xa9",
        b"AWS4-ECDSA-P256-SHA256 Credential=AKIA/20261123/elasticache/aws4_request, SignedHeaders=host, Signature=0",
    ],
)
def test_a_header_that_is_no_signature_is_refused_and_explained(
    elastane: RunningElastane, authorization: bytes
) -> None:
    asked = httpx.Request(
        "POST",
        elastane.url,
        content=ASK,
        headers={b"Content-Type": FORM_TYPE.encode(), b"Authorization": authorization},
    )

    status, code = fault_of(send(asked))

    assert status in (400, 403)
    assert code in ("IncompleteSignature", "SignatureDoesNotMatch", "InvalidClientTokenId")


def test_a_body_beyond_the_limit_is_refused_and_the_server_goes_on(elastane: RunningElastane) -> None:
    answer = send(request(elastane.url, b"Action=" + b"x" * (1024 * 1024)))

    assert fault_of(answer) == (413, "RequestEntityTooLarge")
    assert send(request(elastane.url, ASK)).status_code == 200


def test_no_answer_and_no_log_line_shows_the_secret(elastane: RunningElastane) -> None:
    answers = [
        send(request(elastane.url, ASK, Signer(secret="not the secret"))),
        send(request(elastane.url, ASK)),
    ]

    secret = Signer().secret
    assert all(secret not in answer.text for answer in answers)
    assert secret not in elastane.log()


def _without_request_id(text: str) -> str:
    return re.sub(r"<RequestId>[^<]*</RequestId>", "", text)
