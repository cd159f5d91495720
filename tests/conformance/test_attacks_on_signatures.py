"""Attacks by somebody who has no key, or has recorded who has one. docs/explanation/attacks-tried.md lists them all."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.conformance.wire import (
    FORM_TYPE,
    Signer,
    fault_of,
    form,
    get_request,
    presigned_url,
    raw,
    request,
    send,
    send_bytes,
    statuses,
)
from tests.kit.elastane import ACCESS_KEY_ID, RunningElastane

ASK = form("DescribeCacheSubnetGroups")


def changed(asked: httpx.Request, **headers: str | None) -> httpx.Request:
    """The same request with other headers; None takes one away. Underscores are hyphens."""
    wanted = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in asked.headers.items() if name not in wanted}
    others = {name: value for name, value in wanted.items() if value is not None}
    return httpx.Request(asked.method, asked.url, headers=kept | others, content=asked.content)


def authorization(asked: httpx.Request, change: Callable[[str], str]) -> httpx.Request:
    return changed(asked, authorization=change(asked.headers["Authorization"]))


# --- replay ---------------------------------------------------------------------------------------


def test_a_recorded_request_is_answered_again_within_its_minutes_as_on_aws(elastane: RunningElastane) -> None:
    asked = request(elastane.url, ASK)

    assert [send(asked).status_code, send(asked).status_code] == [200, 200]


def test_a_recorded_request_is_refused_when_its_minutes_are_over(elastane: RunningElastane) -> None:
    recorded = request(elastane.url, ASK, Signer(at=datetime.now(UTC) - timedelta(minutes=6)))
    fresh = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")

    assert fault_of(send(recorded)) == (403, "SignatureDoesNotMatch")
    # With a new date it is another request, which nobody signed.
    assert fault_of(send(changed(recorded, x_amz_date=fresh))) == (403, "SignatureDoesNotMatch")
    assert fault_of(send(changed(recorded, x_amz_date=None, date=fresh)))[0] in (400, 403)


# --- somebody else's signature --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("us-east-1", "eu-west-1"),
        ("elasticache", "sts"),
        (ACCESS_KEY_ID, "AKIASOMEBODYELSE0000"),
        (ACCESS_KEY_ID, ACCESS_KEY_ID.lower()),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        ("AWS4-HMAC-SHA256", "none"),
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        ("aws4_request", "aws4_other"),
        ("host;", ""),
        ("x-amz-date", "x-amz-other"),
    ],
)
def test_a_signature_holds_for_nothing_but_what_was_signed(elastane: RunningElastane, old: str, new: str) -> None:
    asked = authorization(request(elastane.url, ASK), lambda text: text.replace(old, new, 1))

    status, code = fault_of(send(asked))

    assert (status, code) in [
        (403, "SignatureDoesNotMatch"),
        (403, "InvalidClientTokenId"),
        (400, "IncompleteSignature"),
    ]


@pytest.mark.parametrize(
    "forge",
    [
        lambda signature: "",
        lambda signature: signature[:-1],
        lambda signature: signature[:32],
        lambda signature: signature.upper(),
        lambda signature: "0" * 64,
        lambda signature: signature + "00",
        lambda signature: signature + "\x00",
        lambda signature: signature[::-1],
    ],
)
def test_nearly_the_right_signature_is_a_wrong_one(elastane: RunningElastane, forge: Callable[[str], str]) -> None:
    def forged(text: str) -> str:
        before, _, signature = text.rpartition("Signature=")
        return f"{before}Signature={forge(signature)}"

    answer = send_bytes(elastane.url, raw(authorization(request(elastane.url, ASK), forged)))

    assert statuses(answer)[0] in (400, 403)


def test_a_request_for_another_region_is_signed_for_it(elastane: RunningElastane) -> None:
    there = send(request(elastane.url, ASK, Signer(region="eu-west-1")))

    assert there.status_code == 200
    assert b":eu-west-1:" in there.content and b":us-east-1:" not in there.content


def test_one_service_s_signature_opens_no_other_service(elastane: RunningElastane) -> None:
    for service in ("sts", "cloudtrail", "s3", "iam"):
        answer = send(request(elastane.url, ASK, Signer(service=service)))
        assert answer.status_code in (400, 403)
        assert b"<CacheSubnetGroup" not in answer.content


def test_a_session_token_that_we_never_gave_is_refused(elastane: RunningElastane) -> None:
    asked = changed(request(elastane.url, ASK), x_amz_security_token="token")

    assert fault_of(send(asked)) == (403, "InvalidClientTokenId")


# --- what a signature does not cover --------------------------------------------------------------


def test_what_aws_gives_a_meaning_cannot_be_added_on_the_way(elastane: RunningElastane) -> None:
    for header in ("x-amz-target", "x-amz-expires", "x-amz-anything"):
        answer = send(changed(request(elastane.url, ASK), **{header.replace("-", "_"): "CloudTrail.LookupEvents"}))
        assert answer.status_code in (400, 403)
        assert answer.status_code == 403 or header == "x-amz-target"


def test_what_says_nothing_to_us_can_be_added_on_the_way_and_changes_nothing(elastane: RunningElastane) -> None:
    plain = send(request(elastane.url, ASK))
    asked = changed(
        request(elastane.url, ASK),
        x_http_method_override="DELETE",
        x_method_override="PUT",
        x_original_url="/?Action=DeleteReplicationGroup",
        x_rewrite_url="/admin",
        x_forwarded_for="127.0.0.1",
        x_forwarded_host="evil.example",
        cookie="admin=true",
        content_encoding="gzip",
    )

    answer = send(asked)

    assert answer.status_code == 200
    assert without_ids(answer.text) == without_ids(plain.text)


def test_a_request_may_be_signed_in_one_place_only(elastane: RunningElastane) -> None:
    presigned = httpx.Request("GET", presigned_url(elastane.url, ASK))
    both = changed(presigned, authorization=request(elastane.url, ASK).headers["Authorization"])
    twice = raw(request(elastane.url, ASK), headers=b"Authorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e\r\n")
    dates = raw(request(elastane.url, ASK), headers=b"X-Amz-Date: 20200101T000000Z\r\n")

    assert fault_of(send(both)) == (400, "IncompleteSignature")
    assert statuses(send_bytes(elastane.url, twice)) == [400]
    assert statuses(send_bytes(elastane.url, dates))[0] in (400, 403)


def test_a_body_under_a_presigned_url_is_not_read(elastane: RunningElastane) -> None:
    url = presigned_url(elastane.url, ASK)
    body = form("DeleteReplicationGroup", ReplicationGroupId="orders")

    for method in ("GET", "POST"):
        asked = httpx.Request(method, url, content=body, headers={"Content-Type": FORM_TYPE})
        assert fault_of(send(asked)) == (403, "SignatureDoesNotMatch")


def test_a_plus_that_was_signed_as_a_plus_cannot_become_a_blank(elastane: RunningElastane) -> None:
    signed = form("DescribeCacheSubnetGroups", CacheSubnetGroupName="a+b")
    asked = get_request(elastane.url, signed)
    assert b"a%2Bb" in asked.url.raw_path

    tampered = httpx.Request("GET", str(asked.url).replace("a%2Bb", "a+b"), headers=asked.headers)

    assert fault_of(send(asked)) == (400, "CacheSubnetGroupNotFoundFault")
    assert fault_of(send(tampered)) == (403, "SignatureDoesNotMatch")


# --- who is told what -----------------------------------------------------------------------------


def test_a_stranger_learns_nothing_of_what_there_is(elastane: RunningElastane) -> None:
    """Unsigned, every action and every cache looks the same, whether or not it is there."""
    answers = {
        without_ids(send(httpx.Request("POST", elastane.url, content=body, headers={"Content-Type": FORM_TYPE})).text)
        for body in (
            ASK,
            form("DescribeReplicationGroups", ReplicationGroupId="nobody"),
            form("MakeCoffee"),
            b"",
            b"\xff" * 100,
        )
    }

    assert len(answers) == 1
    assert "MissingAuthenticationToken" in answers.pop()


def test_no_page_of_another_origin_may_read_answers(elastane: RunningElastane) -> None:
    asked = changed(request(elastane.url, ASK), origin="https://evil.example")
    preflight = httpx.Request("OPTIONS", elastane.url, headers={"Origin": "https://evil.example"})

    for answer in (send(asked), send(preflight)):
        assert [name for name in answer.headers if name.startswith("access-control")] == []


def without_ids(text: str) -> str:
    return re.sub(r"<RequestId>[^<]*</RequestId>", "", text)
