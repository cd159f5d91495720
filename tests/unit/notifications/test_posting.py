"""Posting: what each answer means, and what a server that does not answer costs."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 200 OK\r\n"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_server_that_goes_on_saying_a_little_is_cut_off(scheme: str, greeting: bytes) -> None:
    poster = Poster(deadline_seconds=0.5)
    with dripping(greeting) as (port, is_cut):
        outcome = await poster.post("server", f"{scheme}://127.0.0.1:{port}/", HEADERS, lambda: b"")

        assert isinstance(outcome, Failed)
        await eventually(is_cut.is_set, message="the connection has ended, and the thread with it")


@contextmanager
def dripping(greeting: bytes) -> Iterator[tuple[int, threading.Event]]:
    """A server that never ends what it says, and whether it was left."""
    is_cut = threading.Event()

    def drip(listening: socket.socket) -> None:
        taken, _ = listening.accept()
        with taken:
            try:
                taken.sendall(greeting)
                while not is_cut.wait(timeout=0.05):
                    taken.sendall(b"x")
            except OSError:
                is_cut.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1], is_cut
        is_cut.set()
        thread.join()


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
