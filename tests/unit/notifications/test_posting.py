"""Posting: what each answer means, and what a server that does not answer costs."""

import asyncio
import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from elastane.clock import utc_now
from elastane.notifications.outcomes import Delivered, Failed, Refused
from elastane.notifications.posting import THREADS_PER_SERVER_MAX, Poster, outcome_of_status
from elastane.pki.authorities import open_pki
from tests.kit.asserts import eventually
from tests.kit.subscribers import subscriber

HEADERS = {"x-amz-sns-message-type": "Notification", "Content-Type": "text/plain; charset=UTF-8"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Delivered),
        (204, Delivered),
        (301, Failed),
        (400, Refused),
        (404, Refused),
        (429, Failed),
        (500, Failed),
        (503, Failed),
    ],
)
def test_what_is_the_sender_s_fault_is_not_sent_again(status: int, kind: type) -> None:
    assert isinstance(outcome_of_status(status), kind)


async def test_a_message_is_posted_with_its_headers_and_its_body() -> None:
    with subscriber() as server:
        outcome = await Poster().post("server", server.url, HEADERS, lambda: "hällo".encode())

        (post,) = server.posts
    assert outcome == Delivered()
    assert (post.path, post.body) == ("/told", "hällo".encode())
    assert post.headers["content-type"] == "text/plain; charset=UTF-8"


async def test_nobody_who_listens_is_a_failure_and_no_error() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))

        outcome = await Poster().post("server", f"http://127.0.0.1:{unheard.getsockname()[1]}/", HEADERS, lambda: b"")

    assert isinstance(outcome, Failed)


async def test_a_redirect_is_not_followed() -> None:
    with subscriber() as server:
        server.statuses = [302]

        outcome = await Poster().post("server", server.url, HEADERS, lambda: b"")

        assert isinstance(outcome, Failed)
        assert len(server.posts) == 1


async def test_a_server_that_hangs_is_not_waited_for_and_keeps_a_bounded_number_of_threads() -> None:
    poster = Poster(deadline_seconds=0.2)
    with subscriber() as server:
        server.holding.clear()
        posting = [poster.post("hanging", server.url, HEADERS, lambda: b"") for _ in range(THREADS_PER_SERVER_MAX + 1)]

        outcomes = await asyncio.gather(*posting)

        assert all(isinstance(outcome, Failed) for outcome in outcomes)
        assert len(server.posts) <= THREADS_PER_SERVER_MAX
        server.holding.set()

        async def is_delivered_again() -> bool:
            return await poster.post("hanging", server.url, HEADERS, lambda: b"") == Delivered()

        await eventually(is_delivered_again, message="the threads have ended")


async def test_a_body_that_cannot_be_rendered_is_told_to_whoever_asked() -> None:
    def broken() -> bytes:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        await Poster().post("server", "http://127.0.0.1:1/", HEADERS, broken)


async def test_a_server_whose_certificate_nobody_trusts_is_told_nothing(tmp_path: Path) -> None:
    pki = open_pki(tmp_path, utc_now, timedelta(days=90))
    trust = ssl.create_default_context(cadata=pki.bundle())
    with subscriber(tls=pki.api_context(["127.0.0.1"])) as server:
        believed = await Poster(trust=trust).post("server", server.url, HEADERS, lambda: b"news")
        unknown = await Poster().post("server", server.url, HEADERS, lambda: b"news")

    assert believed == Delivered()
    assert unknown == Failed("its certificate is not trusted, or it speaks no TLS")
    assert len(server.posts) == 1
