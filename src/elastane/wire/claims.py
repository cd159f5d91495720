"""What a request says about its own signature, read out of its headers or its query and not yet believed.

`sigv4` calls this; `api` asks it who a request says it is, before anybody knows. It refuses what cannot be read;
whether the claim holds is decided by `sigv4`.
"""

import re
from datetime import datetime

import msgspec

from elastane.model import faults
from elastane.model.signing_keys import ALGORITHM
from elastane.wire import canonical


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived, still encoded: a signature covers the spelling."""

    method: str
    path: str
    query: str
    """What follows the question mark, or nothing."""
    headers: tuple[tuple[str, str], ...]
    """In the order sent, repeated ones repeated; octets read as Latin-1, as HTTP has it."""
    body: bytes


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    credential: str
    signed_headers: str
    signature: str
    signed_at_text: str
    expires: str | None
    payload_hash: str | None
    """As the signer declares it; the Query services' SDKs leave it out."""

    @property
    def is_presigned(self) -> bool:
        return self.expires is not None


def read_claim(request: SignedRequest) -> Claim:
    """Raises MissingAuthenticationToken where nothing is claimed, IncompleteSignature where it cannot be read."""
    return _presigned_claim(request) if _is_presigned(request) else _header_claim(request)


_CLAIMED_KEY = re.compile(r"(?:\A|[\s,])Credential=([A-Z0-9]{16,128})/")
_ACCESS_KEY_ID = re.compile(r"[A-Z0-9]{16,128}")


def find_access_key_id(request: SignedRequest) -> str | None:
    """The access key that a request claims, for the audit trail; None where it names none. Raises nothing.

    Only what is spelled as AWS spells access keys' ids: who swaps id and secret must not find the secret written down.
    """
    for authorization in _header_values(request, "authorization"):
        if (found := _CLAIMED_KEY.search(authorization)) is not None:
            return found[1]
    for credential in query_values(request, b"X-Amz-Credential"):
        key = credential.partition("/")[0]
        if _ACCESS_KEY_ID.fullmatch(key) is not None:
            return key
    return None


def is_claimed(request: SignedRequest) -> bool:
    """Whether a request says anything about a signature, well or badly; a bearer's token is none. Raises nothing."""
    in_query = any(name in _QUERY_PARAMETERS for name, _ in canonical.query_pairs(request.query))
    is_bearer = (value.lower().startswith("bearer ") for value in _header_values(request, "authorization"))
    return in_query or not all(is_bearer)


def _is_presigned(request: SignedRequest) -> bool:
    has_header = bool(_header_values(request, "authorization"))
    has_query = any(name in _QUERY_PARAMETERS for name, _ in canonical.query_pairs(request.query))
    if has_header and has_query:
        raise faults.IncompleteSignature(
            "The request is signed both in the Authorization header and in the query string; only one is possible."
        )
    if not has_header and not has_query:
        raise faults.MissingAuthenticationToken("Request is missing Authentication Token")
    return has_query


def _header_claim(request: SignedRequest) -> Claim:
    authorization = _only(_header_values(request, "authorization"), "Authorization header")
    algorithm, _, rest = authorization.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise faults.IncompleteSignature(f"Unsupported AWS algorithm: only {ALGORITHM} is supported.")

    parameters: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise faults.IncompleteSignature(
                "A part of the Authorization header is not a valid key=value pair (missing equal-sign)."
            )
        if name in parameters:
            raise faults.IncompleteSignature(f"The Authorization header repeats the parameter '{name}'.")
        parameters[name] = value

    dates = _header_values(request, "x-amz-date") or _header_values(request, "date")
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parameters.get(name)
    ]
    if not dates:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        raise faults.IncompleteSignature(" ".join(missing))
    payload_hashes = _header_values(request, "x-amz-content-sha256")
    return Claim(
        credential=parameters["Credential"],
        signed_headers=parameters["SignedHeaders"],
        signature=parameters["Signature"],
        signed_at_text=_basic_date(_only(dates, "date header")),
        expires=None,
        payload_hash=_only(payload_hashes, "X-Amz-Content-Sha256 header") if payload_hashes else None,
    )


_QUERY_PARAMETERS = {
    name.encode(): name
    for name in (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    )
}


def _presigned_claim(request: SignedRequest) -> Claim:
    parameters: dict[str, str] = {}
    for name, value in canonical.query_pairs(request.query):
        known = _QUERY_PARAMETERS.get(name)
        if known is None:
            continue
        if known in parameters:
            raise faults.IncompleteSignature(f"The query string repeats the parameter '{known}'.")
        parameters[known] = value.decode("utf-8", "surrogateescape")

    missing = [name for name in _QUERY_PARAMETERS.values() if not parameters.get(name)]
    if missing:
        sentences = " ".join(f"AWS query-string parameters must include '{name}'." for name in missing)
        raise faults.IncompleteSignature(f"{sentences} Re-examine the query-string parameters.")
    if parameters["X-Amz-Algorithm"] != ALGORITHM:
        raise faults.IncompleteSignature(f"Unsupported AWS algorithm: only {ALGORITHM} is supported.")
    payload_hashes = query_values(request, b"X-Amz-Content-Sha256") + _header_values(request, "x-amz-content-sha256")
    return Claim(
        credential=parameters["X-Amz-Credential"],
        signed_headers=parameters["X-Amz-SignedHeaders"],
        signature=parameters["X-Amz-Signature"],
        signed_at_text=_basic_date(parameters["X-Amz-Date"]),
        expires=parameters["X-Amz-Expires"],
        payload_hash=_only(payload_hashes, "X-Amz-Content-Sha256") if payload_hashes else None,
    )


def _header_values(request: SignedRequest, name: str) -> tuple[str, ...]:
    return tuple(value.strip(" \t") for sent, value in request.headers if sent.lower() == name)


def query_values(request: SignedRequest, name: bytes) -> tuple[str, ...]:
    pairs = canonical.query_pairs(request.query)
    return tuple(value.decode("utf-8", "surrogateescape") for sent, value in pairs if sent == name)


def _only(values: tuple[str, ...], what: str) -> str:
    if len(values) != 1:
        raise faults.IncompleteSignature(f"The {what} is given more than once.")
    return values[0]


# --- dates ---------------------------------------------------------------------------------------

ISO_BASIC = "%Y%m%dT%H%M%SZ"
_ISO_BASIC_TEXT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"
_UTC_SPELLINGS = re.compile(r"[+-]0000\Z")


def _basic_date(text: str) -> str:
    """The date in the form that is signed. A `Date` header is written as HTTP writes it, or with botocore's -0000."""
    try:
        if _ISO_BASIC_TEXT.fullmatch(text):
            datetime.strptime(text, ISO_BASIC)
            return text
        return datetime.strptime(_UTC_SPELLINGS.sub("GMT", text), _HTTP_DATE).strftime(ISO_BASIC)
    except ValueError:
        raise faults.IncompleteSignature(
            "Date must be in ISO-8601 'basic format', like 20150830T123600Z. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
