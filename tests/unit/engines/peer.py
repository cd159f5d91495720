"""A scripted server on loopback, in the place of an engine: for what clients make of peers that are none, or sick."""

import asyncio

HANGS_UP = b"-ERR max number of clients reached"
MEMCACHED_HANGS_UP = b"ERROR Too many open connections"


class Peer:
    """Answers each bunch of bytes it receives with the next of its replies; then it is silent."""

    def __init__(self, *replies: bytes | None) -> None:
        self.received: list[bytes] = []
        self.connection_count = 0
        self._replies = replies
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection_count += 1
        self._writers.append(writer)
        replies = iter(self._replies)
        try:
            while received := await reader.read(65536):
                self.received.append(received)
                reply = next(replies, b"")
                if reply is None:
                    break
                writer.write(reply)
                if reply.startswith((HANGS_UP, MEMCACHED_HANGS_UP)):
                    break
        except ConnectionError:
            pass  # the client aborts rather than closes
        finally:
            writer.close()

    def say(self, data: bytes) -> None:
        """To the newest connection, unasked."""
        self._writers[-1].write(data)
