"""AWS signature version 4, the verifying side: who signed this request, or why we do not believe it.

`api` calls `verify` before it reads anything else of a request. Both forms are understood: the
Authorization header, and the presigned query. Nothing is remembered between requests; a request may be
repeated within its minutes, as on AWS.

The words of the refusals are AWS's where they are known, because people search the web for them.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import msgspec

from elastane.model import faults
from elastane.model.ids import Region
from elastane.model.secrets import AccessKeyId, Secret
from elastane.model.signing_keys import TERMINATOR, octets, signing_key
from elastane.wire import canonical, claims
from elastane.wire.claims import Claim, SignedRequest

__all__ = ["Signature", "SignedRequest", "named_access_key", "verify"]

SERVICES: frozenset[str] = frozenset({"elasticache", "sts"})
SKEW_SECONDS = 300
EXPIRES_SECONDS_MAX = 604_800
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that was verified: who made it, when, and for which region and service."""

    access_key_id: AccessKeyId
    region: Region
    service: str
    signed_at: datetime


def named_access_key(request: SignedRequest, *, services: Collection[str] = SERVICES) -> AccessKeyId:
    """The key that the request says it was signed with, for its secret to be looked up. Nothing is proven by that.

    Raises the faults that `verify` would raise of a claim that cannot be read.
    """
    return _scope(claims.read_claim(request), services).access_key_id


def verify(
    request: SignedRequest,
    *,
    find_secret: Callable[[AccessKeyId], Secret | None],
    now: datetime,
    skew_seconds: int = SKEW_SECONDS,
    services: Collection[str] = SERVICES,
) -> Signature:
    """The signature of a request that is whole, in time and made with a secret we know. Raises faults.

    An unknown access key costs the same work as a wrong signature.
    """
    claim = claims.read_claim(request)
    signature = _scope(claim, services)
    _refuse_bad_moment(claim, signature.signed_at, now, timedelta(seconds=skew_seconds))
    signed_headers = _signed_headers(request, claim)
    expected_request = canonical.canonical_request(
        method=request.method,
        path=canonical.canonical_path(request.path),
        query=canonical.canonical_query(
            pair for pair in canonical.query_pairs(request.query) if pair[0] != b"X-Amz-Signature"
        ),
        headers=canonical.canonical_headers(request.headers, signed_headers),
        signed_headers=signed_headers,
        payload_hash=_payload_hash(request, claim),
    )

    secret = find_secret(signature.access_key_id)
    expected = _signature_of(expected_request, claim, secret or _NOBODYS_SECRET)
    is_equal = hmac.compare_digest(octets(expected), octets(claim.signature))
    if secret is None:
        raise faults.InvalidClientTokenId(_INVALID_TOKEN)
    if not is_equal:
        raise faults.SignatureDoesNotMatch(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        )
    return signature


_INVALID_TOKEN = "The security token included in the request is invalid."
_NOBODYS_SECRET = Secret("0" * 40)  # of the usual length, and never a match: its owner is nobody


def claimed_service(request: SignedRequest, services: Collection[str]) -> str | None:
    """What a request says it is signed for, believed or not: its refusal is told in that service's form."""
    try:
        parts = claims.read_claim(request).credential.split("/")
    except faults.Fault:
        return None
    return parts[3] if len(parts) == 5 and parts[3] in services else None


# --- whether the claim holds ---------------------------------------------------------------------

_REGION = re.compile(r"[a-z0-9-]{1,40}")
_ACCESS_KEY_ID = re.compile(r"[!-~]{1,128}")


def _scope(claim: Claim, services: Collection[str]) -> Signature:
    parts = claim.credential.split("/")
    if len(parts) != 5 or not all(parts):
        raise faults.IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
        )
    access_key_id, date_text, region, service, terminator = parts

    wrong = []
    if _REGION.fullmatch(region) is None:
        wrong.append("Credential should be scoped to a valid region.")
    if service not in services:
        correct = " or ".join(f"'{name}'" for name in sorted(services))
        wrong.append(f"Credential should be scoped to correct service: {correct}.")
    if terminator != TERMINATOR:
        wrong.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}'.")
    if date_text != claim.signed_at_text[:8]:
        wrong.append("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
    if wrong:
        raise faults.SignatureDoesNotMatch(" ".join(wrong))
    if _ACCESS_KEY_ID.fullmatch(access_key_id) is None:
        # Nobody's key is spelled so, and who looks keys up need not be ready for every octet.
        raise faults.InvalidClientTokenId(_INVALID_TOKEN)
    return Signature(
        access_key_id=AccessKeyId(access_key_id),
        region=Region(region),
        service=service,
        signed_at=datetime.strptime(claim.signed_at_text, claims.ISO_BASIC).replace(tzinfo=UTC),
    )


def _refuse_bad_moment(claim: Claim, signed_at: datetime, now: datetime, skew: timedelta) -> None:
    minutes = f"{skew.total_seconds() / 60:g} min."
    if signed_at > now + skew:
        raise faults.SignatureDoesNotMatch(
            f"Signature not yet current: {_basic(signed_at)} is still later than "
            f"{_basic(now + skew)} ({_basic(now)} + {minutes})"
        )
    if claim.expires is not None:
        if re.fullmatch(r"[0-9]{1,6}", claim.expires) is None or not 1 <= int(claim.expires) <= EXPIRES_SECONDS_MAX:
            raise faults.IncompleteSignature(
                f"X-Amz-Expires must be a whole number of seconds from 1 to {EXPIRES_SECONDS_MAX}."
            )
        expires_at = signed_at + timedelta(seconds=int(claim.expires))
        if now > expires_at:
            raise faults.RequestExpired(f"Request has expired: {_basic(expires_at)} is earlier than {_basic(now)}.")
    elif signed_at < now - skew:
        raise faults.SignatureDoesNotMatch(
            f"Signature expired: {_basic(signed_at)} is now earlier than "
            f"{_basic(now - skew)} ({_basic(now)} - {minutes})"
        )


def _basic(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(claims.ISO_BASIC)


def _signed_headers(request: SignedRequest, claim: Claim) -> tuple[str, ...]:
    """The names that were signed, sorted: the host and every header that AWS gives a meaning are among them."""
    signed = tuple(sorted({name.lower() for name in claim.signed_headers.split(";")}))
    sent = {name.lower() for name, _ in request.headers}
    if "x-amz-security-token" in sent or claims.query_values(request, b"X-Amz-Security-Token"):
        # We give out no temporary keys, so no key of ours has a token.
        raise faults.InvalidClientTokenId(_INVALID_TOKEN)
    if "host" not in signed:
        raise faults.SignatureDoesNotMatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    unsigned = sorted(name for name in sent.difference(signed) if name.startswith("x-amz-"))
    if unsigned:
        raise faults.SignatureDoesNotMatch(
            f"There were headers present in the request which were not signed: {', '.join(unsigned)}"
        )
    absent = sorted(set(signed) - sent)
    if absent:
        raise faults.SignatureDoesNotMatch(f"Signed headers are missing from the request: {', '.join(absent)}")
    return signed


def _payload_hash(request: SignedRequest, claim: Claim) -> str:
    """The body's hash, which a signer may declare but not replace.

    UNSIGNED-PAYLOAD stands only in a presigned request without a body: there the query is everything, and
    a body that nobody signed is never read.
    """
    actual = hashlib.sha256(request.body).hexdigest()
    if claim.payload_hash == UNSIGNED_PAYLOAD and claim.is_presigned and not request.body:
        return UNSIGNED_PAYLOAD
    if claim.payload_hash not in (None, actual):
        raise faults.SignatureDoesNotMatch(
            "The value of X-Amz-Content-Sha256 does not match the SHA-256 hash of the request's body."
        )
    return actual


def _signature_of(request_text: str, claim: Claim, secret: Secret) -> str:
    _, date_text, region, service, _ = claim.credential.split("/")
    text = canonical.string_to_sign(
        signed_at_text=claim.signed_at_text, scope=claim.credential.partition("/")[2], request=request_text
    )
    key = signing_key(secret, date_text=date_text, region=region, service=service)
    return hmac.digest(key, octets(text), "sha256").hex()
