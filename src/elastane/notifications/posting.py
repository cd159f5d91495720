"""Posting a message to a subscriber's server: one request, no redirects, a deadline, and nothing read but the status.

Whom to post to was chosen by somebody who may subscribe; addresses of this machine and of its networks are allowed, on
purpose: that is where the subscribers of an installation like this one are. SECURITY.md says what follows.

The library blocks, so each request has a thread of its own, which no end of the process waits for. At the deadline the
connection is cut, which ends the thread, also that of a server that goes on to say a little now and then. What cannot
be cut, because a name is still being looked up, counts until it ends: `THREADS_PER_SERVER_MAX` of them, and nothing
more is sent to that server meanwhile.
"""

import asyncio
import os
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, TypeVar

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from elastane.notifications.outcomes import Delivered, Failed, Outcome, Refused

DEADLINE_SECONDS: Final = 15.0
"""SNS's own, for an answer."""
CONNECT_TIMEOUT_SECONDS: Final = 5.0
THREADS_PER_SERVER_MAX: Final = 4
THREAD_COUNT_MAX: Final = 64
"""Of all servers; more than are ever on their way, so that only names that are looked up in vain use them up."""

Result = TypeVar("Result")


class Poster:
    """Open for the life of the process."""

    def __init__(self, *, deadline_seconds: float = DEADLINE_SECONDS, trust: ssl.SSLContext | None = None) -> None:
        """Without `trust`, servers of HTTPS are believed whom this machine believes."""
        self._deadline_seconds = deadline_seconds
        self._busy: Counter[str] = Counter()
        self._timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_SECONDS, deadline_seconds), total=deadline_seconds)
        self._trust = trust or ssl.create_default_context()

    async def post(self, server: str, url: str, headers: Mapping[str, str], body: Callable[[], bytes]) -> Outcome:
        """`server` is who is asked, whatever the path; the body is rendered in the request's thread. Never raises for
        what servers do."""
        if self._busy[server] >= THREADS_PER_SERVER_MAX or self._busy.total() >= THREAD_COUNT_MAX:
            return Failed("earlier requests are still hanging")
        self._busy[server] += 1
        line = _Line()

        def send() -> Outcome:
            with line:
                return self._send(url, headers, body())

        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await in_thread_of_its_own(send, lambda: self._finish(server))
        except TimeoutError:
            line.cut()
            return Failed(f"no answer within {self._deadline_seconds:g} seconds")

    def _finish(self, server: str) -> None:
        self._busy[server] -= 1

    def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        # A pool for this request alone: connections are not kept, because a message now and then is not worth what a
        # kept one that has died costs; and one that all threads shared would close some while they are used.
        pool = urllib3.PoolManager(num_pools=1, timeout=self._timeout, ssl_context=self._trust)
        pool.pool_classes_by_scheme = {"http": _Connections, "https": _SecureConnections}
        try:
            response = pool.request(
                "POST",
                url,
                body=body,
                headers={**headers, "Connection": "close"},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            status = response.status
            response.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return Failed(_sentence(error))
        finally:
            pool.clear()
        return outcome_of_status(status)


class _Line:
    """The connection of one request, for who ends it from another thread. Entered by the thread of the request."""

    _own = threading.local()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cut = False
        self._connected: socket.socket | None = None

    def __enter__(self) -> None:
        _Line._own.line = self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._connected is not None:
                self._connected.close()
            self._connected = None

    @staticmethod
    def hold(connected: socket.socket) -> None:
        """With a handle of its own, for the line of this thread: the request's is closed whenever that is over."""
        line: _Line = _Line._own.line
        with line._lock:
            line._connected = socket.socket(fileno=os.dup(connected.fileno()))
            line._shut_down_if_cut()

    def cut(self) -> None:
        """Ends whatever is waited for at it, now and from now on."""
        with self._lock:
            self._is_cut = True
            self._shut_down_if_cut()

    def _shut_down_if_cut(self) -> None:
        if not self._is_cut or self._connected is None:
            return
        with suppress(OSError):  # the server was quicker
            self._connected.shutdown(socket.SHUT_RDWR)


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _Line.hold(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()  # its handshake has one deadline for all of it, however little is said at a time
        _Line.hold(self.sock)


class _Connections(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecureConnections(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def outcome_of_status(status: int) -> Outcome:
    """SNS's rule: what a server calls the sender's fault is not sent again, but for "too many requests"."""
    if 200 <= status < 300:
        return Delivered()
    if 400 <= status < 500 and status != 429:
        return Refused(f"it was answered with status {status}")
    return Failed(f"it was answered with status {status}")


async def in_thread_of_its_own(work: Callable[[], Result], finish: Callable[[], None] = lambda: None) -> Result:
    """What the work answers, or raises. Whoever stops waiting does not stop the thread: `finish` is called in the loop
    when it has really ended, if the loop still runs. A thread is a daemon: the end of the process waits for none."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        finish()
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # told to whoever waits
            error = raised
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    threading.Thread(target=run, name="notification", daemon=True).start()
    return await future


def _sentence(error: Exception) -> str:
    match error:
        case urllib3.exceptions.NewConnectionError():
            return "nobody could be connected to"
        case urllib3.exceptions.TimeoutError():
            return "it did not answer in time"
        case urllib3.exceptions.SSLError():
            return "its certificate is not trusted, or it speaks no TLS"
    return f"the request failed ({type(error).__name__})"
