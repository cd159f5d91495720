"""Canonical forms: the requests that AWS publishes with their signatures, each for one rule of spelling."""

from datetime import UTC, datetime

import pytest

from elastane.wire import sigv4
from elastane.wire.sigv4 import Signature, SignedRequest
from tests.unit.wire.signing import ACCESS_KEY_ID, find_secret

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
