"""One connection to one engine: commands in, replies out, in order.

Called by `client` alone. It knows the protocol's framing and nothing of what commands mean.

Why not valkey-py, which the Valkey project keeps as it keeps libvalkey's parser and encoder used here.
Its connection closes itself when a caller gives up waiting. Here a late answer stays owed: a hung
engine is asked once and not once a second until its accept queue is full, a late reply is never taken
for a later one, and a batch is written in one piece. Its pipelines also cost more than twice as much:
50 nodes observed once a second took 1.8 % of a core with them and 0.7 % so (its bare connections, which
no document promises to keep, 0.85 %).
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
        self._last_words = ""
        self.is_open = False

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
        self._transport.write(b"".join(libvalkey.pack_command(command) for command in (*unanswered, *commands)))
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


_UNFINISHED = object()


async def open_connection(address: str, port: int, source_address: str | None = None) -> Connection:
    """From the source address, where one is given: security groups let it in. Raises OSError. The caller keeps the
    deadline."""
    local = None if source_address is None else (source_address, 0)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, address, port, local_addr=local)
    return connection
