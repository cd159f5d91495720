"""Requests that no SDK would send: built by hand, signed or not, sent with a plain HTTP client."""

import contextlib
import re
import socket
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.kit.elastane import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY

VERSION = "2015-02-02"
FORM_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs, for what and when; what a test does not say is right."""

    access_key_id: str = ACCESS_KEY_ID
    secret: str = SECRET_ACCESS_KEY
    service: str = "elasticache"
    region: str = REGION
    at: datetime | None = None


RIGHT = Signer()


def form(action: str, **fields: str) -> bytes:
    return urlencode({"Action": action, "Version": VERSION} | fields).encode()


def request(
    url: str, body: bytes, signer: Signer = RIGHT, *, method: str = "POST", content_type: str = FORM_TYPE
) -> httpx.Request:
    """The usual form, signed in its header."""
    return signed(AWSRequest(method=method, url=f"{url}/", data=body), signer, {"Content-Type": content_type})


def get_request(url: str, query: bytes, signer: Signer = RIGHT) -> httpx.Request:
    """The GET form, signed in its header."""
    return signed(AWSRequest(method="GET", url=f"{url}/?{query.decode()}"), signer, {})


def presigned_url(url: str, query: bytes, signer: Signer = RIGHT, *, expires_seconds: int = 60) -> str:
    """The GET form, signed in its query."""
    timestamp = _timestamp(signer)
    signing = _signing(signer)
    unsigned = AWSRequest(method="GET", url=f"{url}/", headers={"Host": urlsplit(url).netloc})
    unsigned.context["timestamp"] = timestamp
    authorization = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": signing.scope(unsigned),
        "X-Amz-Date": timestamp,
        "X-Amz-Expires": str(expires_seconds),
        "X-Amz-SignedHeaders": "host",
    }
    unsigned.url = f"{url}/?{query.decode()}&{urlencode(authorization)}"
    return f"{unsigned.url}&X-Amz-Signature={_signature(signing, unsigned)}"


def send(asked: httpx.Request) -> httpx.Response:
    # No proxy of this machine's, no certificates to read, and a new connection each time: a request may have broken
    # the last one.
    with httpx.Client(trust_env=False, verify=False, timeout=30) as http:
        return http.send(asked)


def fault_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; fails unless the answer is AWS's error document, whole and true to itself."""
    document = ElementTree.fromstring(answer.content)
    error = document.find("Error", _namespaces(document))
    assert error is not None, answer.text
    parts = {child.tag.rpartition("}")[2]: child.text for child in error}
    assert answer.headers["content-type"] == "text/xml"
    assert parts["Type"] == ("Sender" if answer.status_code < 500 else "Receiver")
    assert parts["Message"]
    assert document.findtext("RequestId", namespaces=_namespaces(document)) == answer.headers["x-amzn-requestid"]
    code = parts["Code"]
    assert code is not None
    return answer.status_code, code


def _namespaces(document: ElementTree.Element) -> dict[str, str]:
    return {"": document.tag[1:].partition("}")[0]}


def signed(unsigned: AWSRequest, signer: Signer, headers: Mapping[str, str]) -> httpx.Request:
    """Signed in its header, with these headers among what is signed."""
    timestamp = _timestamp(signer)
    for name, value in ({"Host": urlsplit(unsigned.url).netloc, "X-Amz-Date": timestamp} | dict(headers)).items():
        unsigned.headers[name] = value
    unsigned.context["timestamp"] = timestamp
    signing = _signing(signer)
    names = signing.signed_headers(signing.headers_to_sign(unsigned))
    unsigned.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signing.scope(unsigned)}, SignedHeaders={names}, "
        f"Signature={_signature(signing, unsigned)}"
    )
    return httpx.Request(unsigned.method, unsigned.url, headers=dict(unsigned.headers.items()), content=unsigned.data)


def _signing(signer: Signer) -> SigV4Auth:
    return SigV4Auth(Credentials(signer.access_key_id, signer.secret), signer.service, signer.region)


def _signature(signing: SigV4Auth, unsigned: AWSRequest) -> str:
    signature: str = signing.signature(signing.string_to_sign(unsigned, signing.canonical_request(unsigned)), unsigned)
    return signature


def _timestamp(signer: Signer) -> str:
    return (signer.at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")


def send_bytes(url: str, *pieces: bytes, timeout_seconds: float = 20) -> bytes:
    """Raw bytes on a connection of their own; all that comes back until the other side closes it.

    Say `Connection: close` where an answer is expected, or this waits as long as an idle connection is kept.
    """
    address = urlsplit(url)
    answer = b""
    with socket.create_connection((address.hostname, address.port), timeout=timeout_seconds) as connection:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
            while received := connection.recv(65536):
                answer += received
    return answer


def raw(asked: httpx.Request, *, line: bytes | None = None, headers: bytes = b"") -> bytes:
    """A request as bytes, so that its parts can be put together wrongly. It asks for the connection to be closed."""
    sent = b"".join(b"%b: %b\r\n" % pair for pair in asked.headers.raw if pair[0].lower() != b"connection")
    first = line or asked.method.encode() + b" " + asked.url.raw_path + b" HTTP/1.1"
    return first + b"\r\n" + sent + headers + b"Connection: close\r\n\r\n" + asked.content


def statuses(answer: bytes) -> list[int]:
    """Of every answer on a connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]
