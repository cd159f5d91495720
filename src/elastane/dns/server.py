"""The DNS server's sockets: UDP and TCP on one port.

Started by `server`. Everything is bounded, since anyone on the network may write to it: a query
larger than any real one is dropped, connections beyond a number are closed at once, and each has
one deadline for its whole life and a share of questions, so that a client which asks and never
reads fills no memory and holds up nobody.

Protocols with callbacks instead of streams: a query is answered inside the callback that brought
it, so there is no task to name, to bound or to lose.
"""

import asyncio
import itertools
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import cast

import msgspec

from elastane.catalog.endpoint_names import DEFAULT_SUFFIX
from elastane.dns.answers import TTL_SECONDS, Lookup, answer

_PORT_TRIES = 16


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What one server takes at most."""

    query_size_bytes: int = 1232
    """A question for one name of 255 bytes with EDNS options stays far below it."""
    connection_count: int = 64
    connection_seconds: float = 10.0
    connection_query_count: int = 32


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Where a started server answers, over UDP and TCP alike."""

    host: str
    port: int


@asynccontextmanager
async def serve(
    listen_host: str,
    port: int,
    lookup: Lookup,
    *,
    suffix: str = DEFAULT_SUFFIX,
    ttl_seconds: int = TTL_SECONDS,
    bounds: Bounds | None = None,
) -> AsyncIterator[Listening]:
    """Answers for `suffix` while the context is open; with port 0 the system chooses one that is free for both.

    Raises OSError when the address cannot be had. `lookup` is called on the event loop: it must be quick
    and must not raise.
    """
    answering = _Answering(lookup, suffix=suffix, ttl_seconds=ttl_seconds, bounds=bounds or Bounds())
    connections: set[_Connection] = set()
    tcp, udp = await _bind(listen_host, port, answering, connections)
    try:
        yield Listening(host=listen_host, port=tcp.sockets[0].getsockname()[1])
    finally:
        udp.close()
        tcp.close()
        for connection in tuple(connections):
            connection.cut()
        await tcp.wait_closed()


async def _bind(
    host: str, port: int, answering: "_Answering", connections: "set[_Connection]"
) -> tuple[asyncio.Server, asyncio.DatagramTransport]:
    """Both sockets on one port. A port the system found free for TCP may be taken for UDP, hence the tries."""
    loop = asyncio.get_running_loop()
    for remaining in reversed(range(_PORT_TRIES)):
        tcp = await loop.create_server(lambda: _Connection(answering, connections), host, port)
        try:
            udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(answering), local_addr=(host, tcp.sockets[0].getsockname()[1])
            )
        except BaseException as error:
            tcp.close()
            if port == 0 and remaining and isinstance(error, OSError):
                continue
            raise
        return tcp, udp
    raise AssertionError("the last try returns or raises")


class _Answering:
    """What both sockets share: how to answer, and whose turn it is among several addresses."""

    def __init__(self, lookup: Lookup, *, suffix: str, ttl_seconds: int, bounds: Bounds) -> None:
        self.bounds = bounds
        self._lookup = lookup
        self._suffix = suffix
        self._ttl_seconds = ttl_seconds
        self._turns: Iterator[int] = itertools.count()

    def reply(self, query: bytes, *, is_stream: bool) -> bytes | None:
        return answer(
            query,
            self._lookup,
            self._ttl_seconds,
            suffix=self._suffix,
            rotation=next(self._turns),
            is_stream=is_stream,
        )


class _Datagrams(asyncio.DatagramProtocol):
    """One packet, one answer. While the socket's buffer is full answers are dropped, as UDP may."""

    def __init__(self, answering: _Answering) -> None:
        self._answering = answering
        self._transport: asyncio.DatagramTransport | None = None
        self._is_writable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Neither asyncio's nor uvloop's datagram transports say by their class that they are one.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._is_writable or len(data) > self._answering.bounds.query_size_bytes:
            return
        reply = self._answering.reply(data, is_stream=False)
        if reply is not None:
            assert self._transport is not None
            self._transport.sendto(reply, addr)

    def pause_writing(self) -> None:
        self._is_writable = False

    def resume_writing(self) -> None:
        self._is_writable = True


class _Connection(asyncio.Protocol):
    """One TCP connection: messages with a length of two bytes in front, until its share or its deadline ends."""

    def __init__(self, answering: _Answering, connections: "set[_Connection]") -> None:
        self._answering = answering
        self._connections = connections
        self._received = bytearray()
        self._answered_count = 0
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        bounds = self._answering.bounds
        if len(self._connections) >= bounds.connection_count:
            self.cut()
            return
        self._connections.add(self)
        self._deadline = asyncio.get_running_loop().call_later(bounds.connection_seconds, self.cut)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._received += data
        while len(self._received) >= 2 and not self._transport.is_closing():
            (size,) = struct.unpack_from("!H", self._received)
            if size > self._answering.bounds.query_size_bytes:
                self.cut()
                return
            if len(self._received) < 2 + size:
                return
            query = bytes(self._received[2 : 2 + size])
            del self._received[: 2 + size]
            reply = self._answering.reply(query, is_stream=True)
            if reply is None:
                self.cut()
                return
            self._transport.write(struct.pack("!H", len(reply)) + reply)
            self._answered_count += 1
            if self._answered_count == self._answering.bounds.connection_query_count:
                self._transport.close()  # what is written still goes out, until the deadline

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()
