"""Requests that botocore has signed, for the tests of everything that reads signatures."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from elastane.model.secrets import AccessKeyId, Secret
from elastane.wire import sigv4
from elastane.wire.sigv4 import Signature, SignedRequest

# The key pair of AWS's documentation and of its published test suite.
ACCESS_KEY_ID = AccessKeyId("AKIDEXAMPLE")
SECRET = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

URL = "http://127.0.0.1:7379/"
BODY = b"Action=DescribeUsers&Version=2015-02-02"
FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")


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
    return as_received(request, url, body)


def presigned(
    *, expires_seconds: int = 900, headers: tuple[tuple[str, str], ...] = (), token: str | None = None
) -> SignedRequest:
    """A request that botocore signed just now, in its query."""
    url = f"{URL}?Action=Describe%20Users&Version=2015-02-02&Name=a%2Bb%2F%7Ec"
    request = AWSRequest(method="GET", url=url, headers={"Host": urlsplit(url).netloc, **dict(headers)})
    credentials = Credentials(ACCESS_KEY_ID, SECRET.reveal(), token)
    SigV4QueryAuth(credentials, "elasticache", "eu-central-1", expires=expires_seconds).add_auth(request)
    return as_received(request, request.url, b"")


def presigned_by_hand(*, body: bytes) -> SignedRequest:
    """A presigned POST, which botocore has no way to make: its parts put together."""
    parameters = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{ACCESS_KEY_ID}/20261123/us-east-1/sts/aws4_request",
        "X-Amz-Date": "20261123T140000Z",
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host",
    }
    url = f"{URL}?{urlencode(parameters)}"
    request = AWSRequest(method="POST", url=url, data=body, headers={"Host": urlsplit(url).netloc})
    request.context["timestamp"] = "20261123T140000Z"
    signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET.reveal()), "sts", "us-east-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return as_received(request, f"{url}&X-Amz-Signature={signature}", body)


def as_received(request: AWSRequest, url: str, body: bytes) -> SignedRequest:
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
