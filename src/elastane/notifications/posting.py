"""Posting a message to a subscriber's server: one request, no redirects, a deadline, and nothing read but the status.

Whom to post to was chosen by somebody who may subscribe; addresses of this machine and of its networks are allowed, on
purpose: that is where the subscribers of an installation like this one are. SECURITY.md says what follows.

The library blocks, so each request has a thread of its own, which no end of the process waits for. A thread whose
server keeps it beyond the deadline counts until it ends: `THREADS_PER_SERVER_MAX` of them, and nothing more is sent to
that server meanwhile.
"""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import urllib3

from elastane.notifications.outcomes import Delivered, Failed, Outcome, Refused

DEADLINE_SECONDS: Final = 15.0
"""SNS's own, for an answer."""
CONNECT_TIMEOUT_SECONDS: Final = 5.0
THREADS_PER_SERVER_MAX: Final = 4
THREAD_COUNT_MAX: Final = 32

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

        def send() -> Outcome:
            return self._send(url, headers, body())

        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await in_thread_of_its_own(send, lambda: self._finish(server))
        except TimeoutError:
            return Failed(f"no answer within {self._deadline_seconds:g} seconds")

    def _finish(self, server: str) -> None:
        self._busy[server] -= 1

    def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        # A pool for this request alone: connections are not kept, because a message now and then is not worth what a
        # kept one that has died costs; and one that all threads shared would close some while they are used.
        pool = urllib3.PoolManager(num_pools=1, timeout=self._timeout, ssl_context=self._trust)
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
