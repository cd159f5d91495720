"""A request in the making, and the signer of all of them: SigV4 with the product's own canonical forms.

That those are AWS's is tested elsewhere, with botocore's signer; here a signature has to be quick.
"""

import gzip
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import cbor2

from elastane.model.secrets import Secret
from elastane.model.signing_keys import ALGORITHM, TERMINATOR, octets, signing_key
from elastane.wire import canonical

ACCESS_KEY_ID = "AKIAFUZZFUZZFUZZFUZZ"
SECRET = "the-secret-of-the-fuzz-and-of-nobody-else"

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True, kw_only=True)
class Signing:
    """Who signs, for what, when, and how; a mutation changes any of it."""

    access_key_id: str = ACCESS_KEY_ID
    secret: str = SECRET
    service: str
    region: str
    at_text: str
    date_text: str
    signed_headers: list[str] = field(default_factory=lambda: ["host", "x-amz-date"])
    is_presigned: bool = False
    expires_text: str = "60"


@dataclass(slots=True, kw_only=True)
class Draft:
    """`fields` are a form's, `content` is JSON's or CBOR's; a draft has one of them, its body once it is rendered."""

    signing: Signing
    fields: list[tuple[str, str]] = field(default_factory=list)
    content: Any = None
    is_json: bool = False
    is_cbor: bool = False
    is_compressed: bool = False
    is_signed: bool = True
    method: str = "POST"
    path: bytes = b"/"
    query: bytes = b""
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    pieces: list[bytes] | None = None
    """The body as it arrives; None for all of it at once."""
    is_cut_off: bool = False
    """The connection ends before the body does."""
    changes: list[str] = field(default_factory=list)
    """The names of the mutations, for who reads a finding."""


def draft(*, service: str, region: str, now: datetime) -> Draft:
    text = now.strftime("%Y%m%dT%H%M%SZ")
    return Draft(signing=Signing(service=service, region=region, at_text=text, date_text=text[:8]))


def render(made: Draft) -> None:
    """Fields or content become the query or the body, with the headers that belong to them."""
    made.headers.append((b"host", b"127.0.0.1:7379"))
    _render_body(made)
    if made.is_compressed:
        made.body = gzip.compress(made.body)
        made.headers.append((b"content-encoding", b"gzip"))


def _render_body(made: Draft) -> None:
    if made.is_cbor:
        try:
            made.body = cbor2.dumps(made.content)
        except UnicodeEncodeError:  # half a character: there is no such text in CBOR
            made.body = b"\xa1\x61a\x63\xed\xa0\x80"
        return
    if made.is_json:
        made.body = json.dumps(made.content, default=repr).encode("utf-8", "surrogatepass")
        return
    form = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in made.fields).encode("ascii")
    if made.method == "GET":
        made.query = form
    else:
        made.body = form
        made.headers.append((b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"))


def sign(made: Draft) -> None:
    """In the header or in the query, as `signing` says; or not at all."""
    if not made.is_signed:
        return
    signing = made.signing
    scope = f"{signing.date_text}/{signing.region}/{signing.service}/{TERMINATOR}"
    signed = sorted(signing.signed_headers)
    if signing.is_presigned:
        authorization = (
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", f"{signing.access_key_id}/{scope}"),
            ("X-Amz-Date", signing.at_text),
            ("X-Amz-Expires", signing.expires_text),
            ("X-Amz-SignedHeaders", ";".join(name for name in signed if name != "x-amz-date")),
        )
        signed = [name for name in signed if name != "x-amz-date"]
        added = "&".join(f"{name}={_quoted(value)}" for name, value in authorization).encode("ascii")
        made.query = made.query + b"&" + added if made.query else added
    else:
        made.headers.append((b"x-amz-date", signing.at_text.encode("latin-1", "replace")))
    signature = _signature(made, scope, signed)
    if signing.is_presigned:
        made.query += b"&X-Amz-Signature=" + signature.encode()
    else:
        credential = f"{signing.access_key_id}/{scope}"
        authorization_text = (
            f"{ALGORITHM} Credential={credential}, SignedHeaders={';'.join(signed)}, Signature={signature}"
        )
        made.headers.append((b"authorization", authorization_text.encode("utf-8", "surrogatepass")))


def _signature(made: Draft, scope: str, signed: list[str]) -> str:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in made.headers]
    request = canonical.canonical_request(
        method=made.method,
        path=canonical.canonical_path(made.path.decode("latin-1")),
        query=canonical.canonical_query(canonical.query_pairs(made.query.decode("latin-1"))),
        headers=canonical.canonical_headers(headers, signed),
        signed_headers=signed,
        payload_hash=hashlib.sha256(made.body).hexdigest(),
    )
    text = canonical.string_to_sign(signed_at_text=made.signing.at_text, scope=scope, request=request)
    key = signing_key(
        Secret(made.signing.secret),
        date_text=made.signing.date_text,
        region=made.signing.region,
        service=made.signing.service,
    )
    return hmac.digest(key, octets(text), "sha256").hex()


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="~")
