"""One connection to one engine: commands in, replies out, in order.

Called by `client` and `memcached_client` alone. It knows the protocol's framing, which is that of Valkey and Redis OSS
unless it is given another one, and nothing of what commands mean.

Why not valkey-py, which the Valkey project keeps as it keeps libvalkey's parser and encoder used here.
Its connection closes itself when a caller gives up waiting. Here a late answer stays owed: a hung
engine is asked once and not once a second until its accept queue is full, a late reply is never taken
for a later one, and a batch is written in one piece. Its pipelines also cost more than twice as much:
50 nodes observed once a second took 1.8 % of a core with them and 0.7 % so (its bare connections, which
no document promises to keep, 0.85 %).
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol, TypeAlias, cast

import libvalkey

from elastane.engines import ConnectionLost, NoAnswer, NodeAddress, NothingListens, Unreachable
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.model.observations import ServedCertificate

Argument: TypeAlias = str | int | bytes
Command: TypeAlias = tuple[Argument, ...]
Reply: TypeAlias = "bytes | int | float | libvalkey.ReplyError | list[Reply] | None"

REPLY_BYTES_MAX = 4 * 1024 * 1024
"""More than this without a complete reply is no engine that we know. INFO is some 5 KiB."""


UNFINISHED = object()
"""What a reader answers where there is no whole reply."""


class Framing(Protocol):
    """How commands are written and replies are read."""

    def pack(self, command: Command) -> bytes: ...

    def feed(self, data: bytes) -> None: ...

    def gets(self) -> object:
        """The next whole reply, or UNFINISHED. Raises libvalkey.ProtocolError for what can be no reply."""


class ValkeyFraming:
    """That of Valkey and Redis OSS, by libvalkey."""

    def __init__(self) -> None:
        reader = libvalkey.Reader(notEnoughData=UNFINISHED)
        self.pack, self.feed, self.gets = libvalkey.pack_command, reader.feed, reader.gets


class Connection(asyncio.Protocol):
    """Replies are matched to commands by order, also those whose caller no longer waits."""

    def __init__(self, framing: Framing) -> None:
        self._loop = asyncio.get_running_loop()
        self._framing = framing
        self._owed: deque[_Batch] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._transport: asyncio.Transport | None = None
        self._unparsed_bytes = 0
        self._last_words = ""
        self.is_open = False
        self.certificate: ServedCertificate | None = None
        """What the engine has proved itself with; None on a plain connection."""

    def send(self, *commands: Command, unanswered: tuple[Command, ...] = ()) -> "asyncio.Future[list[Reply]]":
        """Writes the commands in one piece, at once, and answers what will hold their replies.

        Those that get no reply go first and are not counted. Should one get a reply after all, an error,
        that one more reply than is owed ends the connection, and nothing is taken for what it is not.
        """
        future: asyncio.Future[list[Reply]] = self._loop.create_future()
        if not self.is_open or self._transport is None:
            _fail(future, self._last_words)
            return future
        self._owed.append(_Batch(len(commands), future, self._loop.time()))
        self._idle.clear()
        self._transport.write(b"".join(map(self._framing.pack, (*unanswered, *commands))))
        return future

    async def wait_until_idle(self) -> None:
        """Returns when no answer is owed, or the connection is lost."""
        await self._idle.wait()

    def owed_seconds(self) -> float:
        """For how long the oldest unanswered command has been waiting; 0 when none is."""
        return self._loop.time() - self._owed[0].sent_at_seconds if self._owed else 0.0

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # --- called by the event loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True
        peer = transport.get_extra_info("peercert")
        self.certificate = parse_certificate(peer) if peer else None

    def data_received(self, data: bytes) -> None:
        self._unparsed_bytes += len(data)
        self._framing.feed(data)
        try:
            while (reply := cast(Reply, self._framing.gets())) is not UNFINISHED:
                self._unparsed_bytes = 0
                self._accept(reply)
        except libvalkey.ProtocolError:
            self.close()
        if self._unparsed_bytes > REPLY_BYTES_MAX:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        reason = f"The connection broke: {error}." if error else "The connection was closed."
        said = [str(reply) for batch in self._owed for reply in batch.replies if isinstance(reply, Exception)]
        # "max number of clients reached" is said once, and then the engine hangs up.
        self._last_words = self._last_words or (f"{reason} It had said: {said[0]}" if said else reason)
        while self._owed:
            future = self._owed.popleft().future
            if not future.done():
                _fail(future, self._last_words)
        self._idle.set()

    def _accept(self, reply: Reply) -> None:
        if not self._owed:
            self.close()
            self._last_words = f"The engine said something unasked: {str(reply)[:200]}"
            return
        batch = self._owed[0]
        batch.replies.append(reply)
        if len(batch.replies) == batch.count:
            self._owed.popleft()
            if not batch.future.done():
                batch.future.set_result(batch.replies)
            if not self._owed:
                self._idle.set()


def _fail(future: "asyncio.Future[list[Reply]]", reason: str) -> None:
    future.set_exception(ConnectionLost(reason))
    # Marked as seen: a caller that waits still gets it, and one that left needs no word in the log.
    future.exception()


class _Batch:
    def __init__(self, count: int, future: "asyncio.Future[list[Reply]]", sent_at_seconds: float) -> None:
        self.count = count
        self.replies: list[Reply] = []
        self.future = future
        self.sent_at_seconds = sent_at_seconds


@contextmanager
def as_unreachable(
    at: NodeAddress | MemcachedAddress, timeout_seconds: float, is_reached: Callable[[], bool]
) -> Iterator[None]:
    """Turns what the network does to an exchange, its deadline among it, into an Unreachable.

    `is_reached`: whether the kernel has connected us, so that it is the process that lets us wait.
    """
    try:
        yield
    except TimeoutError as error:
        if is_reached():
            raise NoAnswer(f"{at} accepts connections and gave no answer in {timeout_seconds:g} s.") from error
        raise Unreachable(f"No connection to {at} within {timeout_seconds:g} s.") from error
    except ConnectionRefusedError as error:
        raise NothingListens(f"Nothing listens at {at}.") from error
    except OSError as error:
        raise Unreachable(f"No connection to {at}: {error.strerror or error}.") from error


async def open_connection(
    address: str,
    port: int,
    *,
    context: ssl.SSLContext | None,
    on_reached: Callable[[], None] = lambda: None,
    source_address: str | None = None,
    framing: Callable[[], Framing] = ValkeyFraming,
) -> Connection:
    """By TLS where a context is given, which checks that the engine's certificate is good for its address.

    From the source address, where one is given: security groups let it in. `on_reached` is called as soon as the kernel
    has connected: from then on it is the engine that lets us wait. Raises OSError, ssl.SSLError among them. The caller
    keeps the deadline.
    """
    loop = asyncio.get_running_loop()
    connected = await _connect(address, port, source_address)
    on_reached()
    try:
        _, connection = await loop.create_connection(
            lambda: Connection(framing()),
            sock=connected,
            ssl=context,
            server_hostname=address if context is not None else None,
        )
    except BaseException:
        connected.close()
        raise
    return connection


async def read_certificate(
    address: str, port: int, context: ssl.SSLContext, source_address: str | None = None
) -> ServedCertificate | None:
    """What is served there, by a handshake and nothing else; None where there is none. Raises OSError."""
    connection = await open_connection(address, port, context=context, source_address=source_address)
    try:
        return connection.certificate
    finally:
        connection.close()


async def speaks_plainly(address: str, port: int, source_address: str | None = None) -> bool:
    """Whether an engine takes plain connections there: one that wants TLS hangs up. Raises OSError.

    No secret is sent.
    """
    connected = await _connect(address, port, source_address)
    reader, writer = await asyncio.open_connection(sock=connected)
    try:
        writer.write(b"PING\r\n")
        return (await reader.read(1)) in (b"+", b"-")
    except ConnectionError:
        return False
    finally:
        writer.transport.abort()


async def _connect(address: str, port: int, source_address: str | None) -> socket.socket:
    connecting = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connecting.setblocking(False)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source_address is not None:
            connecting.bind((source_address, 0))
        await asyncio.get_running_loop().sock_connect(connecting, (address, port))
    except BaseException:
        connecting.close()
        raise
    return connecting


def parse_certificate(peer: Mapping[str, object]) -> ServedCertificate:
    """From what the ssl module makes of a certificate that it has verified."""
    alternatives = cast("tuple[tuple[str, str], ...]", peer.get("subjectAltName", ()))
    issuer = cast("tuple[tuple[tuple[str, str], ...], ...]", peer["issuer"])
    return ServedCertificate(
        serial_number=str(peer["serialNumber"]),
        not_before=_moment(str(peer["notBefore"])),
        not_after=_moment(str(peer["notAfter"])),
        names=frozenset(name for _, name in alternatives),
        issuer=", ".join(value for part in issuer for _, value in part),
    )


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
