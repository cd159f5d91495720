"""Real memcached processes and configuration endpoints, asked and told over the network, in their text protocol.

`MemcachedEngines` and `MemcachedMeter` in one; who measures has one of their own, so that nobody waits for the other.
As in `client` one connection is kept for each address, a late answer stays owed, and nothing is sent while one is. All
is asked at every look, what a node runs with too, although only customers' commands (``cache_memlimit``, ``slabs
automove``, …) change it while it runs: memcached answers that in some twenty microseconds, without a lock, and a reply
that says the same as the last one is not taken apart again.
"""

import asyncio
import ssl
from collections import deque
from typing import cast

import libvalkey

from elastane.engines import ConnectionLost, EngineError, NoAnswer, NothingListens, Refused, TooManyConnections
from elastane.engines.connection import UNFINISHED, Command, Connection, as_unreachable, open_connection
from elastane.engines.line import Context
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.engines.memcached_replies import (
    Lines,
    parse_endpoint_measurements,
    parse_measurements,
    parse_stats,
    parse_version,
)
from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements
from elastane.model.memcached_observations import (
    AnsweringEndpoint,
    AnsweringNode,
    CrowdedNode,
    EndpointEngine,
    NodeEngine,
)
from elastane.model.observations import Busy, Refusing, ServedCertificate, Unknown

_VERSION: Command = ("version",)
_SETTINGS: Command = ("stats", "settings")
_COUNTERS: Command = ("stats",)
_ENDPOINT_COUNTERS: Command = ("config", "stats")
_REFRESH: Command = ("refresh_certs",)

_ERRORS = (b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR")

_NO_ROOM = "ERROR Too many open connections"
"""Said to a new connection, whatever it asks, before it is hung up on (`maxconns_fast`). Plainly, also by a node with
encryption in transit: there it is no handshake, and so not understood."""


def _no_context() -> ssl.SSLContext:
    raise AssertionError("clusters with encryption in transit are for whoever gives a context")


class LiveMemcached:
    """Real processes. One event loop; any number of tasks at once.

    A connection that owes an answer for longer than `owed_seconds_max` is replaced, as by `client.LiveEngines`.
    """

    def __init__(
        self,
        *,
        owed_seconds_max: float = 10.0,
        context: Context = _no_context,
        source_address: str | None = None,
    ) -> None:
        """`context`: how TLS is spoken with those that want it. `source_address`: security groups let it in."""
        self._owed_seconds_max = owed_seconds_max
        self._context = context
        self._source_address = source_address
        self._lines: dict[MemcachedAddress, _Line] = {}

    async def observe(self, at: MemcachedAddress, timeout_seconds: float) -> NodeEngine:
        try:
            version, settings = await self._ask(at, (_VERSION, _SETTINGS), timeout_seconds)
            line = self._line(at)
            return AnsweringNode(
                engine_version=parse_version(version),
                settings=line.parse_settings(settings),
                certificate=line.certificate,
            )
        except TooManyConnections:
            return CrowdedNode()
        except (EngineError, ValueError) as error:
            return _as_seen(at, error)

    async def observe_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointEngine:
        try:
            measured = await self._measure_endpoint(at, timeout_seconds)
        except (EngineError, ValueError) as error:
            return _as_seen(at, error)
        return AnsweringEndpoint(version=measured.version, certificate=self._line(at).certificate)

    async def refresh_certificates(self, at: MemcachedAddress, timeout_seconds: float) -> None:
        (reply,) = await self._ask(at, (_REFRESH,), timeout_seconds)
        if reply != [b"OK"]:
            raise Refused(f"The engine at {at} refused refresh_certs.", reply=reply[-1][:200].decode(errors="replace"))
        self._line(at).close()  # the next look is by a connection that shows what is served now

    async def measure(self, at: MemcachedAddress, timeout_seconds: float) -> MemcachedMeasurements:
        (reply,) = await self._ask(at, (_COUNTERS,), timeout_seconds)
        try:
            return parse_measurements(reply)
        except ValueError as error:
            raise EngineError(f"The engine at {at} counts in a way that is not known: {error}") from error

    async def measure_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointMeasurements:
        try:
            return await self._measure_endpoint(at, timeout_seconds)
        except ValueError as error:
            raise EngineError(f"What answers at {at} is no configuration endpoint: {error}") from error

    async def _measure_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointMeasurements:
        """Raises ValueError, EngineError."""
        (reply,) = await self._ask(at, (_ENDPOINT_COUNTERS,), timeout_seconds)
        return parse_endpoint_measurements(reply)

    def forget(self, at: MemcachedAddress) -> None:
        line = self._lines.pop(at, None)
        if line is not None:
            line.close()

    async def aclose(self) -> None:
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    def _line(self, at: MemcachedAddress) -> "_Line":
        line = self._lines.get(at)
        if line is None:
            line = self._lines[at] = _Line(self._owed_seconds_max, self._context, self._source_address)
        return line

    async def _ask(self, at: MemcachedAddress, commands: tuple[Command, ...], timeout_seconds: float) -> list[Lines]:
        """All in one write, their replies in order. Raises Unreachable (TooManyConnections among them), Refused."""
        loop = asyncio.get_running_loop()
        ends_at_seconds = loop.time() + timeout_seconds
        try:
            return await self._exchange(at, commands, timeout_seconds)
        except ConnectionLost:
            # The process of last time is gone and its end was not yet read, or an idle one was hung up on by it.
            return await self._exchange(at, commands, max(0.0, round(ends_at_seconds - loop.time(), 3)))

    async def _exchange(
        self, at: MemcachedAddress, commands: tuple[Command, ...], timeout_seconds: float
    ) -> list[Lines]:
        line = self._line(at)
        try:
            with as_unreachable(at, timeout_seconds, lambda: line.is_reached):
                async with asyncio.timeout(timeout_seconds):
                    connection = await line.connect(at)
                    await connection.wait_until_idle()
                    replies = await connection.send(*commands)
        except ConnectionLost as error:
            if _NO_ROOM in str(error):
                raise _no_room(at) from error
            raise
        for command, reply in zip(commands, replies, strict=True):
            if isinstance(reply, libvalkey.ReplyError):
                if str(reply) == _NO_ROOM:
                    raise _no_room(at)
                raise Refused(f"The engine at {at} refused {' '.join(map(str, command))}.", reply=str(reply)[:200])
        return cast("list[Lines]", replies)  # by what LineFraming answers


class _Line:
    """An address's connection, opened when first needed and again after it broke."""

    def __init__(self, owed_seconds_max: float, context: Context, source_address: str | None) -> None:
        self.is_reached = False
        """Whether the kernel has connected us, so that it is the process that lets us wait."""
        self._owed_seconds_max = owed_seconds_max
        self._context = context
        self._source_address = source_address
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None
        self._said: Lines = []
        self._settings: dict[str, str] = {}

    @property
    def certificate(self) -> ServedCertificate | None:
        return None if self._connection is None else self._connection.certificate

    async def connect(self, at: MemcachedAddress) -> Connection:
        async with self._lock:
            connection = self._connection
            if connection is not None:
                if connection.is_open and connection.owed_seconds() < self._owed_seconds_max:
                    return connection
                connection.close()
            self.is_reached = False
            self._connection = connection = await open_connection(
                at.address,
                at.port,
                context=self._context() if at.is_encrypted else None,
                on_reached=self._reached,
                source_address=self._source_address,
                framing=LineFraming,
            )
            return connection

    def _reached(self) -> None:
        self.is_reached = True

    def parse_settings(self, reply: Lines) -> dict[str, str]:
        """Raises ValueError."""
        if reply != self._said:
            self._settings = parse_stats(reply)
            self._said = reply
        return self._settings

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class LineFraming:
    """The text protocol's, as far as it is spoken here: see `connection.Framing`.

    All that is asked is answered by any number of lines that begin with ``STAT``, and then one that does not: ``END``,
    ``VERSION 1.6.38``, ``OK``, or an error, which is then all of the reply.
    """

    def __init__(self) -> None:
        self._unread: deque[bytes] = deque()
        self._rest = b""
        """Of a line that has no end yet."""
        self._lines: Lines = []
        """Of a reply that has no end yet."""

    def pack(self, command: Command) -> bytes:
        return b" ".join(str(word).encode() for word in command) + b"\r\n"

    def feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._unread.extend(lines)

    def gets(self) -> object:
        while self._unread:
            line = self._unread.popleft().removesuffix(b"\r")
            self._lines.append(line)
            if not line.startswith(b"STAT "):
                reply, self._lines = self._lines, []
                return libvalkey.ReplyError(line.decode(errors="replace")) if line.startswith(_ERRORS) else reply
        return UNFINISHED


def _no_room(at: MemcachedAddress) -> TooManyConnections:
    return TooManyConnections(f"The engine at {at} has as many connections as it may have.")


def _as_seen(at: MemcachedAddress, error: EngineError | ValueError) -> Refusing | Busy | Unknown:
    match error:
        case NothingListens():
            return Refusing()
        case NoAnswer():
            return Busy(reason=str(error))
        case EngineError():
            return Unknown(reason=str(error))
        case _:
            return Unknown(reason=f"What answers at {at} is not what it should be: {error}")
