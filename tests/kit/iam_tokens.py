"""Tokens of users of IAM as AWS's own tools make them: now by its generator, at any moment by botocore's presigner.

`token` is what `developer_toolkit_elasticache` does, step by step, but for the moment, which botocore reads itself.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SIGV4_TIMESTAMP, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from developer_toolkit_elasticache import generate_iam_auth_token

REGION = "us-east-1"


def generated(cache: str, user: str, key: tuple[str, str], region: str = REGION) -> str:
    """By AWS's generator, of this moment. `key`: an access key's id and its secret."""
    found: Any = generate_iam_auth_token(
        user_id=user, region=region, replication_group_id=cache, credentials=Credentials(*key)
    )
    return str(found)


def token(cache: str, user: str, key: tuple[str, str], *, at: datetime, region: str = REGION) -> str:
    request = AWSRequest(
        method="GET", url=f"https://{cache.lower()}/?{urlencode({'Action': 'connect', 'User': user.lower()})}"
    )
    signer: Any = SigV4QueryAuth(Credentials(*key), "elasticache", region, expires=900)
    request.context["timestamp"] = at.astimezone(UTC).strftime(SIGV4_TIMESTAMP)
    signer._modify_request_before_signing(request)
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    signer._inject_signature_to_request(request, signature)
    return str(request.url).removeprefix("https://")
