"""What is answered to somebody who signs nothing: a GET whose address alone says enough.

A subscriber of SNS follows the link of its confirmation, a verifier of messages fetches a certificate, a Prometheus
scrapes, a browser fetches the console. The server hands `api` one function that knows them all. Whoever answers has
only what stands in the address to go by, and the address that it comes from: it decides whether that is enough.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from elastane.model.ids import Region

UNSIGNED_ACTIONS: Final = ("ConfirmSubscription", "Unsubscribe")
"""SNS's, which the links in its messages call: they change something, so that there must be an audit trail."""


class UnsignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    """Still encoded, as it was sent."""
    parameters: Mapping[str, str]
    """Of the query, decoded; no name is there twice."""
    source_ip: str | None
    """Of whoever connected to us: a proxy's, where there is one. None where the transport has no addresses."""
    headers: Mapping[str, str]
    """By their names in lower case; of what was sent several times, the last."""


class UnsignedCall(msgspec.Struct, frozen=True, kw_only=True):
    """The action that was done for it, as the audit trail has to know it."""

    service: str
    """As the published model is called: ``sns``."""
    action: str
    region: Region | None


class UnsignedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    status: int = 200
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    call: UnsignedCall | None = None
    """None for what only shows something; a call is written into the audit trail before it is answered."""


AnswerUnsigned = Callable[[UnsignedRequest], Awaitable[UnsignedAnswer | None]]
"""None where a signature is needed. Raises faults, which are answered as the Query protocol has them."""


async def answer_nobody(request: UnsignedRequest) -> UnsignedAnswer | None:
    return None
