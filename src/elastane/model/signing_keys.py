"""Signature version 4's constants and its key for a day: for whoever checks a signature, and whoever foresees one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from typing import Final

from elastane.model.secrets import Secret

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"


def signing_key(secret: Secret, *, date_text: str, region: str, service: str) -> bytes:
    """The key for one day, region and service: a chain of HMACs that begins with the secret."""
    key = octets(f"AWS4{secret.reveal()}")
    for part in (date_text, region, service, TERMINATOR):
        key = hmac.digest(key, octets(part), "sha256")
    return key


def octets(text: str) -> bytes:
    """UTF-8 for whatever a header can hold; a lone surrogate is a wrong signature and not an error of ours."""
    return text.encode("utf-8", "surrogatepass")
