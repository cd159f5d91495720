"""``GET /metrics``: who may read the exposition, and in which of its formats. Handed to `api` by the server.

Prometheus signs nothing, so this stands beside the AWS endpoint and not in it. Callers on this machine are answered, as
they are by every exporter; whoever connects from elsewhere, or says that somebody does, brings the token that is kept
in the data directory (`store/metrics_token.py`). Nothing here can be changed by anybody.

A text is kept for a second, and made by one caller at a time: however many scrape, it costs what one does.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from elastane.clock import Now
from elastane.metrics.exposition import Exposition, Format, choose_format, render
from elastane.model.secrets import Secret
from elastane.service.unsigned import AnswerUnsigned, UnsignedAnswer, UnsignedRequest

PATH = "/metrics"
KEPT_FOR = timedelta(seconds=1)

REFUSAL = (
    "To read metrics from another machine, send the token of the data directory's file metrics.token: "
    "Authorization: Bearer <token>.\n"
)

FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Who sends one of these is a proxy, and its own address says nothing of who asks."""


def answer_metrics(token: Secret, look: Callable[[], Awaitable[Exposition]], now: Now) -> AnswerUnsigned:
    """`look` answers what is known at this moment. It may raise StoreUnusable, which `api` has an answer for."""
    kept: dict[Format, tuple[datetime, UnsignedAnswer]] = {}
    turn = asyncio.Lock()

    async def fresh(wanted: Format) -> UnsignedAnswer:
        made_at, answer = kept.get(wanted, (None, None))
        if answer is None or made_at is None or not timedelta(0) <= now() - made_at < KEPT_FOR:
            body = await asyncio.to_thread(render, await look(), wanted)
            answer = UnsignedAnswer(content_type=wanted, body=body)
            kept[wanted] = now(), answer
        return answer

    async def answer(request: UnsignedRequest) -> UnsignedAnswer | None:
        if request.path != PATH:
            return None
        if not may_read(request.source_ip, request.headers, token):
            return UnsignedAnswer(status=401, content_type="text/plain; charset=utf-8", body=REFUSAL.encode())
        wanted = choose_format(request.headers.get("accept", ""))
        async with turn:
            return await fresh(wanted)

    return answer


def may_read(source_ip: str | None, headers: Mapping[str, str], token: Secret) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Secret(given.strip()) == token  # also from this machine: who sends a wrong one shall hear of it
    return is_loopback(source_ip) and not any(name in headers for name in FORWARDING_HEADERS)


def is_loopback(source_ip: str | None) -> bool:
    """False for what is no address."""
    try:
        address = ipaddress.ip_address(source_ip or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
