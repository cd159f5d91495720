"""The bounds of the HTTP server, each tried over a real socket, with deadlines short enough to wait for."""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
from msgspec.structs import replace

from elastane.http_server import REFUSED_COUNT, HttpBounds, HttpServer, bounds_within, http_server
from tests.kit.asserts import eventually

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENT = HttpBounds(heading_seconds=60, unread_seconds=60)
HASTY = HttpBounds(heading_seconds=0.2, unread_seconds=0.2, idle_seconds=60)
LARGE = 8 * 1024 * 1024
"""More than the sockets of both sides hold."""


class Application:
    """Answers every request with as many bytes as its path names, and keeps what it was sent."""

    def __init__(self) -> None:
        self.scopes: list[Mapping[str, Any]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, scope: Mapping[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        self.scopes.append(scope)
        while (await receive()).get("more_body"):
            pass
        await self.go_on.wait()
        body = b"x" * int(scope["path"].strip("/") or 2)
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(application: Application, bounds: HttpBounds) -> AsyncIterator[tuple[HttpServer, tuple[str, int]]]:
    server = http_server(application, bounds)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listening]), name="http")
            await eventually(lambda: server.started, message="it serves")
            try:
                yield server, listening.getsockname()
            finally:
                application.go_on.set()
                server.should_exit = True


@asynccontextmanager
async def served(application: Application, bounds: HttpBounds) -> AsyncIterator[tuple[str, int]]:
    async with serving(application, bounds) as (_, address):
        yield address


@asynccontextmanager
async def connected(address: tuple[str, int]) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def answer_to(address: tuple[str, int], *pieces: bytes) -> bytes:
    """All that comes back until the server closes; a broken connection is an end like any other."""
    async with connected(address) as (reader, writer):
        answer = b""
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            async with asyncio.timeout(20):
                while received := await reader.read(65536):
                    answer += received
        return answer


async def drip(address: tuple[str, int], beginning: bytes, drop: bytes = b"a") -> None:
    """Sends a beginning, and then a drop again and again until the server has had enough, without a word."""
    async with connected(address) as (reader, writer):
        writer.write(beginning)

        async def has_ended() -> bool:
            writer.write(drop)
            await writer.drain()
            return reader.at_eof()

        with contextlib.suppress(ConnectionError):
            await eventually(has_ended, timeout_seconds=20, message="the server ends a connection that drips")
        with contextlib.suppress(ConnectionError):
            assert b" 400 " not in await reader.read(), "it was given up for what was sent, and not for how slowly"


async def test_a_request_is_answered() -> None:
    async with served(Application(), PATIENT) as address:
        answer = await answer_to(address, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nxx")


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"", b"\r\n"),
        (b"GET /", b"a"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a"),
        (GET + b"GET / HTTP/1.1\r\nX-Slow: ", b"a"),
    ],
    ids=["nothing", "a line", "a header", "a second request"],
)
async def test_a_heading_that_drips_is_given_up(beginning: bytes, drop: bytes) -> None:
    async with served(Application(), HASTY) as address:
        await drip(address, beginning, drop)


async def test_a_connection_on_which_nothing_is_sent_is_given_up() -> None:
    async with served(Application(), HASTY) as address:
        assert await answer_to(address) == b""


async def test_a_body_that_drips_on_after_its_answer_is_given_up() -> None:
    class Impatient(Application):
        async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Callable[[Any], Any]) -> None:
            await send({"type": "http.response.start", "status": 408, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

    async with served(Impatient(), HASTY) as address:
        await drip(address, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")


@pytest.mark.parametrize(
    "heading",
    [
        b"GET /1?" + b"a" * 70_000 + b" HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 70_000 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 500) for number in range(150)),
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(201)),
    ],
    ids=["line", "header", "headers", "many headers"],
)
async def test_a_heading_beyond_the_bounds_is_refused(heading: bytes) -> None:
    application = Application()
    async with served(application, PATIENT) as address:
        whole = await answer_to(address, heading + b"Connection: close\r\n\r\n")

    assert whole.startswith(b"HTTP/1.1 400 ") or whole == b""
    assert application.scopes == []


async def test_a_heading_that_never_ends_is_refused_before_it_fills_the_memory() -> None:
    application = Application()
    async with served(application, PATIENT) as address:
        endless = (b"a" * 65536 for _ in range(1_000))
        answer = await answer_to(address, b"GET / HTTP/1.1\r\nX-Endless: ", *endless)

    assert answer.startswith(b"HTTP/1.1 400 ") or answer == b""
    assert application.scopes == []


async def test_as_many_headers_as_the_bounds_allow_are_taken() -> None:
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 250) for number in range(198))
    async with served(Application(), PATIENT) as address:
        answer = await answer_to(address, b"GET / HTTP/1.1\r\nConnection: close\r\nHost: x\r\n" + headers + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_requests_that_wait_behind_one_another_are_bounded() -> None:
    application = Application()
    application.go_on.clear()
    async with served(application, PATIENT) as address:
        await answer_to(address, GET * 10_000)
        application.go_on.set()

    assert len(application.scopes) == 1, "the others were never begun"


async def test_some_requests_behind_one_another_are_answered_in_their_order() -> None:
    requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(3, 10)]
    last = b"GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with served(Application(), PATIENT) as address:
        answer = await answer_to(address, b"".join(requests) + last)

    assert [len(part.partition(b"\r\n\r\n")[2]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [*range(3, 10), 1]


@pytest.mark.parametrize("connection", [b"", b"Connection: close\r\n"], ids=["kept alive", "to be closed"])
async def test_an_answer_that_nobody_reads_is_given_up(connection: bytes) -> None:
    application = Application()
    request = b"GET /%d HTTP/1.1\r\nHost: x\r\n%s\r\n" % (LARGE, connection)
    async with serving(application, replace(HASTY, heading_seconds=60)) as (server, address):
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with plain:
            plain.connect(address)
            plain.sendall(request)

            def is_given_up() -> bool:
                return bool(application.scopes) and not server.server_state.connections

            await eventually(is_given_up, timeout_seconds=20, message="the server gives up")


async def test_a_trailer_is_no_header() -> None:
    application = Application()
    body = b"5\r\nhello\r\n0\r\nAuthorization: mine\r\nX-Amz-Date: now\r\n\r\n"
    async with served(application, PATIENT) as address:
        await answer_to(
            address,
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
        )

    assert [name for name, _ in application.scopes[0]["headers"]] == [b"host", b"connection", b"transfer-encoding"]


@pytest.mark.parametrize("version", [b" HTTP/0.9", b" HTTP/2.0", b""])
async def test_another_version_of_http_is_refused(version: bytes) -> None:
    application = Application()
    async with served(application, PATIENT) as address:
        answer = await answer_to(address, b"GET /" + version + b"\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert application.scopes == []


async def test_connections_beyond_the_bound_are_refused_and_later_ones_served() -> None:
    bounds = replace(PATIENT, connection_count_max=5)
    close = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with served(Application(), bounds) as address:
        async with contextlib.AsyncExitStack() as crowd:
            for _ in range(5):
                await crowd.enter_async_context(connected(address))
            refused = await answer_to(address, close)
            for _ in range(REFUSED_COUNT):
                await crowd.enter_async_context(connected(address))
            closed = await answer_to(address, close)

        async def answer() -> bool:
            return (await answer_to(address, close)).startswith(b"HTTP/1.1 200 ")

        await eventually(answer, message="those who left make room")

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert closed == b""


def test_who_leaves_with_requests_in_a_row_leaves_nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Found by the fuzz: uvicorn tells the last of them alone that nobody is there any more, and logged a traceback for
    each of the others. uvloop refuses to write to a closed connection, asyncio does not."""

    async def leave() -> None:
        application = Application()
        application.go_on.clear()
        async with serving(application, PATIENT) as (server, address):
            with socket.create_connection(address) as plain:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves by a reset
                plain.sendall(GET * 3)
                await eventually(lambda: application.scopes, message="the first one is begun")
            await eventually(lambda: not server.server_state.connections, message="it has left")
            application.go_on.set()
            await eventually(lambda: not server.server_state.tasks, message="nothing is being answered")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(leave())

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    ("open_file_count_max", "connection_count_max"), [(None, 1000), (1_048_576, 1000), (1024, 412), (256, 28), (64, 1)]
)
def test_callers_get_half_of_the_files_at_most(open_file_count_max: int | None, connection_count_max: int) -> None:
    assert bounds_within(open_file_count_max).connection_count_max == connection_count_max
