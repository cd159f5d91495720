"""One connection to one engine: commands in, replies out, in order.

Called by `client` alone. It knows the protocol's framing and nothing of what commands mean.

Why not valkey-py, which Elastane depends on anyway: polling is most of what this room does, and 50
nodes observed once a second cost four times as much through valkey-py's asyncio connection (2.6 %
of a core against 0.6 %, same C parser, same commands). It also closes a connection whose caller gave
up, while here a late answer is still owed: a hung engine is asked once, not once a second until its
accept queue is full. The parser and the encoder, where the protocol's difficulty is, are libvalkey's,
kept by the Valkey project itself.
"""

import asyncio
from collections import deque
from typing import TypeAlias, cast

import libvalkey

from elastane.engines import ConnectionLost

Argument: TypeAlias = str | int | bytes
Command: TypeAlias = tuple[Argument, ...]
Reply: TypeAlias = "bytes | int | float | libvalkey.ReplyError | list[Reply] | None"

REPLY_BYTES_MAX = 4 * 1024 * 1024
"""More than this without a complete reply is no engine that we know. INFO is some 5 KiB."""


class Connection(asyncio.Protocol):
    """Replies are matched to commands by order, also those whose caller no longer waits."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = libvalkey.Reader(notEnoughData=_UNFINISHED)
        self._owed: deque[_Batch] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._transport: asyncio.Transport | None = None
        self._unparsed_bytes = 0
        self.is_open = False

    def send(self, *commands: Command) -> "asyncio.Future[list[Reply]]":
        """Writes the commands in one piece, at once, and answers what will hold their replies."""
        future: asyncio.Future[list[Reply]] = self._loop.create_future()
        if not self.is_open or self._transport is None:
            future.set_exception(ConnectionLost("The connection is closed."))
            return future
        self._owed.append(_Batch(len(commands), future, self._loop.time()))
        self._idle.clear()
        self._transport.write(b"".join(libvalkey.pack_command(command) for command in commands))
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

    def data_received(self, data: bytes) -> None:
        self._unparsed_bytes += len(data)
        self._reader.feed(data)
        try:
            while (reply := cast(Reply, self._reader.gets())) is not _UNFINISHED:
                self._unparsed_bytes = 0
                self._accept(reply)
        except libvalkey.ProtocolError:
            self.close()
        if self._unparsed_bytes > REPLY_BYTES_MAX:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        reason = f"The connection broke: {error}." if error else "The engine closed the connection."
        while self._owed:
            future = self._owed.popleft().future
            if not future.done():
                future.set_exception(ConnectionLost(reason))
                # Marked as seen: a caller that waits still gets it, and one that left is no news.
                future.exception()
        self._idle.set()

    def _accept(self, reply: Reply) -> None:
        if not self._owed:
            # Said unasked, as "max number of clients reached" is before the engine hangs up.
            self.close()
            return
        batch = self._owed[0]
        batch.replies.append(reply)
        if len(batch.replies) == batch.count:
            self._owed.popleft()
            if not batch.future.done():
                batch.future.set_result(batch.replies)
            if not self._owed:
                self._idle.set()


class _Batch:
    def __init__(self, count: int, future: "asyncio.Future[list[Reply]]", sent_at_seconds: float) -> None:
        self.count = count
        self.replies: list[Reply] = []
        self.future = future
        self.sent_at_seconds = sent_at_seconds


_UNFINISHED = object()


async def open_connection(address: str, port: int) -> Connection:
    """Raises OSError. The caller keeps the deadline."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, address, port)
    return connection
