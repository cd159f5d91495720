"""The HTTP server in front of the ASGI application: uvicorn with httptools, bounded in what its parser leaves open.

uvicorn bounds neither the bytes of a heading, nor the time for one, nor how many requests wait behind another on one
connection, nor how long somebody may leave an answer unread; and it takes a trailer for a header. Each of these would
let a caller who has proven nothing fill the memory or hold connections for ever. The bounds are below, with the tests
in tests/unit/test_http_server.py that show each. Nothing here knows what is served.
"""

import asyncio
import contextlib
import functools
import logging
import ssl
from asyncio import TimerHandle
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

SHUTDOWN_SECONDS = 5
CONNECTION_COUNT_MAX = 1000


class HttpBounds(msgspec.Struct, frozen=True, kw_only=True):
    connection_count_max: int = CONNECTION_COUNT_MAX
    """Beyond it a request is answered with a 503, and `REFUSED_COUNT` beyond it a connection is closed at once."""
    heading_bytes_max: int = 64 * 1024
    """The request's line and its headers together: more than AWS's own front ends take."""
    header_count_max: int = 200
    pipelined_count_max: int = 16
    """Requests that wait behind another one on their connection. SDKs send none."""
    heading_seconds: float = 10.0
    """From the connection's beginning, or from the answer before, to the end of a heading."""
    idle_seconds: int = 5
    """Between two requests, when nothing is sent at all."""
    unread_seconds: float = 30.0
    """How long an answer may wait for somebody who does not read it."""


REFUSED_COUNT = 100
HTTP_VERSIONS = ("1.0", "1.1")


def bounds_within(open_file_count_max: int | None) -> HttpBounds:
    """Every connection is a file, and so is every engine that must be reached while callers flood the API: where the
    system allows few, callers get half of them, those included who are only refused."""
    if open_file_count_max is None:
        return HttpBounds()
    most = max(1, open_file_count_max // 2 - REFUSED_COUNT)
    return HttpBounds(connection_count_max=min(CONNECTION_COUNT_MAX, most))


def http_server(application: object, bounds: HttpBounds, context: ssl.SSLContext | None = None) -> "HttpServer":
    """Told where to listen by its `serve(sockets=…)`; ended by `should_exit`. With a context it speaks TLS alone."""
    # It logs a line for each request that is no HTTP or comes when all connections are taken: anybody could fill the
    # disk with them. Errors are heard.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    config = uvicorn.Config(
        application,  # type: ignore[arg-type]  # uvicorn's own ASGI types are stricter than the specification's
        http=functools.partial(_BoundedProtocol, bounds),  # type: ignore[arg-type]  # called as the class would be
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # A proxy's word about who is behind it would be anybody's word: the audit trail names who is connected.
        proxy_headers=False,
        limit_concurrency=bounds.connection_count_max,
        timeout_keep_alive=bounds.idle_seconds,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    config.load()
    config.ssl = context  # it would read files of its own, once, and our certificate is renewed while we serve
    return HttpServer(config)


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handling: it would re-raise the signal before we have cleaned up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Unbounded(Exception):
    """A heading beyond the bounds. httptools makes a parser's error of it, which uvicorn answers with a 400."""


class _OtherVersion(Exception):
    """The parser takes versions 0.9 and 2.0 for 1.1; who stands between us and a caller may not."""


class _BoundedProtocol(HttpToolsProtocol):
    """One connection. The names of its methods are asyncio's and httptools'."""

    def __init__(self, bounds: HttpBounds, **given: Any) -> None:
        super().__init__(**given)
        self._bounds = bounds
        self._is_in_heading = True
        self._heading_count = 0
        self._unparsed_bytes = 0
        self._heading_bytes = 0
        self._unanswered: list[RequestResponseCycle] = []
        self._heading_deadline = _Deadline(self.loop, bounds.heading_seconds, self._give_up)
        self._reading_deadline = _Deadline(self.loop, bounds.unread_seconds, self._give_up)

    # --- the connection --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self._bounds.connection_count_max + REFUSED_COUNT:
            transport.abort()
            return
        self._heading_deadline.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._heading_deadline.end()
        self._reading_deadline.end()
        self.pipeline.clear()
        # uvicorn tells the newest alone that nobody is there any more, and logs a traceback for each of the others.
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_heading, headings_before = self._is_in_heading, self._heading_count
        super().data_received(data)
        if was_in_heading and self._is_in_heading and self._heading_count == headings_before:
            # The parser holds what it has not come to the end of, and says nothing of how much that is.
            self._unparsed_bytes += len(data)
            if self._unparsed_bytes > self._bounds.heading_bytes_max and not self.transport.is_closing():
                self.send_400_response("The heading of the request is too large.")
        else:
            self._unparsed_bytes = 0

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading_deadline.begin()

    def resume_writing(self) -> None:
        self._reading_deadline.end()
        super().resume_writing()

    # --- the parser ------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._is_in_heading, self._heading_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count_heading(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_heading:
            return  # a trailer: uvicorn would put it among the headers, behind the back of whoever filters those
        self._count_heading(len(name) + len(value))
        super().on_header(name, value)
        if len(self.headers) > self._bounds.header_count_max:
            raise _Unbounded

    def on_headers_complete(self) -> None:
        self._is_in_heading = False
        self._heading_count += 1
        self._heading_deadline.end()
        if len(self.pipeline) >= self._bounds.pipelined_count_max:
            raise _Unbounded
        if self.parser.get_http_version() not in HTTP_VERSIONS:
            raise _OtherVersion
        super().on_headers_complete()
        self._unanswered = [cycle for cycle in (*self._unanswered, self.cycle) if not cycle.response_complete]

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_heading = True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._reading_deadline.begin()
        elif not self.pipeline:
            # Slowly sent bytes put off uvicorn's own timer of an idle connection, and not this one.
            self._heading_deadline.begin()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._reading_deadline.begin()

    def send_400_response(self, sentence: str) -> None:
        super().send_400_response(sentence)
        self._reading_deadline.begin()

    def _count_heading(self, byte_count: int) -> None:
        self._heading_bytes += byte_count
        if self._heading_bytes > self._bounds.heading_bytes_max:
            raise _Unbounded

    def _give_up(self) -> None:
        """Without writing to its end what nobody reads: that is what `close` would do first, for ever."""
        self.transport.abort()


class _Deadline:
    """Something that is done unless it is ended in time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, act: Callable[[], None]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._act = act
        self._timer: TimerHandle | None = None

    def begin(self) -> None:
        """Anew, where it has begun already."""
        self.end()
        self._timer = self._loop.call_later(self._seconds, self._act)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
