"""The tokens that users of IAM sign in with, foreseen: every one that may be presented around now.

A token is a SigV4-presigned GET that is never sent: its URL without the scheme is the password. Nothing in it is
random. So whoever knows the access keys' secrets knows, for each key, user and second, the only token there is, and an
engine that is given their digests as the user's passwords checks them like any password: no module, no proxy.

    reference      https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html, and AWS's own generator
                   (PyPI developer-toolkit-elasticache 1.1.0, token_generator.py)
    signed         GET / of the replication group's id as host, with the query Action=connect&User=<user id>, for the
                   service elasticache and the group's region, X-Amz-Expires=900, signed header host, no body
    the password   `<replication group id>/?<query>`; the query's order is up to the SDK, and so there are some
                   spellings of each token (`_SPELLINGS`)

Pure: time is a parameter, and what comes out are digests. Tokens leave this module for tests only.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import msgspec

from elastane.model.acls import TOKENS_MARK_PREFIX
from elastane.model.ids import Region, ReplicationGroupId
from elastane.model.secrets import AccessKeyId, Secret
from elastane.model.signing_keys import ALGORITHM, TERMINATOR, signing_key

EXPIRES_SECONDS: Final = 900
"""AWS: a token is good for fifteen minutes."""

MINUTES_BEHIND: Final = EXPIRES_SECONDS // 60
MINUTES_AHEAD: Final = 10
"""For how long clients can go on signing in while no control plane runs. Each minute more costs an engine some 25 KiB
for each user and key, and each sign-in that fails another microsecond: docs/decisions/0034."""

DIGEST_BYTES: Final = 32

SIGNERS_MAX: Final = 32
"""Pairs of a user and a key that an engine is given tokens of: some 22 MiB of its memory."""
SIGNERS_PER_USER_MAX: Final = 4
"""Engines look passwords up one by one, so it is the count of one user's that makes giving and checking them slow."""

_SERVICE: Final = "elasticache"
_EMPTY_DIGEST: Final = hashlib.sha256(b"").hexdigest()

_SPELLINGS: Final = (
    # botocore and AWS's generator, and the SDK for Go: sorted, with the signature put behind.
    "Action=connect&User={user}&X-Amz-Algorithm={algorithm}&X-Amz-Credential={credential}&X-Amz-Date={date}"
    "&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}",
    # The SDK for JavaScript: sorted as a whole (@smithy/querystring-builder).
    "Action=connect&User={user}&X-Amz-Algorithm={algorithm}&X-Amz-Credential={credential}&X-Amz-Date={date}"
    "&X-Amz-Expires={expires}&X-Amz-Signature={signature}&X-Amz-SignedHeaders=host",
    # The SDKs for Java, in the order of their calls: AWS4Signer of version 1, Aws4Signer of version 2.
    "Action=connect&User={user}&X-Amz-Algorithm={algorithm}&X-Amz-Date={date}&X-Amz-SignedHeaders=host"
    "&X-Amz-Expires={expires}&X-Amz-Credential={credential}&X-Amz-Signature={signature}",
    # AwsV4HttpSigner, which came with 2.21 (V4RequestSigner.presigned).
    "Action=connect&User={user}&X-Amz-Algorithm={algorithm}&X-Amz-Date={date}&X-Amz-SignedHeaders=host"
    "&X-Amz-Credential={credential}&X-Amz-Expires={expires}&X-Amz-Signature={signature}",
)


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """An access key that may sign in as a user."""

    user_name: str
    """Which is the user's id too, as AWS demands of users of IAM."""
    access_key_id: AccessKeyId
    secret: Secret


class Cache(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is for."""

    id: ReplicationGroupId
    region: Region


class WantedTokens(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tokens an engine shall know at the moment. Their digests are computed only when it does not yet."""

    cache: Cache
    user_names: tuple[str, ...]
    """The users of IAM, also those for whom nobody may sign in: who is not in `signers` has no token."""
    signers: tuple[Signer, ...]
    minute: int
    """Since 1970."""
    mark: str
    """A user's name, as that of `acls.mark_name`: an engine that has it has the tokens of this minute, of these."""


def wanted_tokens(
    cache: Cache, user_names: Iterable[str], signers: tuple[Signer, ...], now: datetime, key: Secret
) -> WantedTokens:
    """`key`, the control user's secret, keeps it from customers, who see the mark, whose access keys may sign in."""
    names = tuple(sorted(user_names))
    minute = int(now.timestamp()) // 60
    lines = (*names, *sorted(f"{signer.user_name}\0{signer.access_key_id}" for signer in signers))
    digest = hmac.new(key.reveal().encode(), "\n".join(lines).encode(), "sha256").hexdigest()[:16]
    return WantedTokens(
        cache=cache,
        user_names=names,
        signers=signers,
        minute=minute,
        mark=f"{TOKENS_MARK_PREFIX}{minute}:{digest}",
    )


def minutes_of(minute: int) -> tuple[int, ...]:
    """Those whose tokens are good during this one, the likeliest first: engines are given them in this order.

    A token lives for some of the minute in which it ends, so that one is among them.
    """
    behind = (minute - back for back in range(MINUTES_BEHIND + 1))
    ahead = (minute + forward for forward in range(1, MINUTES_AHEAD + 1))
    return (*behind, *ahead)


def allotted(signers: Mapping[str, tuple[Signer, ...]]) -> tuple[Signer, ...]:
    """By user, of each as many as an engine can bear of all of them: the first ones."""
    count = max(1, min(SIGNERS_PER_USER_MAX, SIGNERS_MAX // max(1, len(signers))))
    return tuple(signer for name in sorted(signers) for signer in signers[name][:count])


def minute_digests(signer: Signer, cache: Cache, minute: int) -> bytes:
    """SHA-256 of every token that one access key can make for one user in one minute, one behind the other."""
    begin = datetime.fromtimestamp(60 * minute, UTC)
    key = _key(signer, cache, begin)
    return b"".join(
        hashlib.sha256(token.encode()).digest()
        for second in range(60)
        for token in _tokens(key, signer, cache, begin + timedelta(seconds=second))
    )


def tokens(signer: Signer, cache: Cache, at: datetime) -> tuple[str, ...]:
    """The token of one second, in every spelling; for tests."""
    return _tokens(_key(signer, cache, at), signer, cache, at.astimezone(UTC))


def _key(signer: Signer, cache: Cache, at: datetime) -> bytes:
    date_text = at.astimezone(UTC).strftime("%Y%m%d")
    return signing_key(signer.secret, date_text=date_text, region=cache.region, service=_SERVICE)


def _tokens(key: bytes, signer: Signer, cache: Cache, at: datetime) -> tuple[str, ...]:
    date = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{cache.region}/{_SERVICE}/{TERMINATOR}"
    user, credential = quote(signer.user_name, safe="~"), quote(f"{signer.access_key_id}/{scope}", safe="~")
    query = (
        f"Action=connect&User={user}&X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={date}"
        f"&X-Amz-Expires={EXPIRES_SECONDS}&X-Amz-SignedHeaders=host"
    )
    request = f"GET\n/\n{query}\nhost:{cache.id}\n\nhost\n{_EMPTY_DIGEST}"
    to_sign = f"{ALGORITHM}\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return tuple(
        f"{cache.id}/?"
        + spelling.format(
            user=user,
            algorithm=ALGORITHM,
            credential=credential,
            date=date,
            expires=EXPIRES_SECONDS,
            signature=signature,
        )
        for spelling in _SPELLINGS
    )
