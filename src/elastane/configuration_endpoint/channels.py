"""Sockets that nobody waits for: what is still to be sent on each, and what the kernel shall tell of it.

`Watch` is the kernel's list (epoll); a `Channel` is one connection on it, of a customer or to a node, with or without
encryption. Everything raises OSError for what the other side does, and BlockingIOError never leaves this file.
"""

import os
import select
import socket
from collections.abc import Callable
from typing import Protocol

BUFFER_BYTES = 64 * 1024
"""At most so much is read at once, and nothing is read for a channel that has something unsent."""

READABLE, WRITABLE = select.EPOLLIN, select.EPOLLOUT
BROKEN = select.EPOLLERR | select.EPOLLHUP
"""Told whether one asks for it or not."""


class Connection(Protocol):
    """A socket, or one with encryption. `recv` and `send` raise BlockingIOError where one had to wait."""

    def fileno(self) -> int: ...
    def recv(self, bytes_max: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...
    def shutdown(self, how: int, /) -> None: ...
    def close(self) -> None: ...


class EncryptedConnection(Connection, Protocol):
    def shake_hands(self) -> None:
        """What `recv` and `send` would do, too. Raises BlockingIOError where it has to wait."""
        ...


class TakesReading(BlockingIOError):
    """Nothing can be sent before something is received: amid a handshake."""


class TakesWriting(BlockingIOError):
    """And the other way round."""


class Watch:
    """Who is told when something may be done with a socket."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._told: dict[int, Callable[[int], None]] = {}
        self._left: list[Connection] = []
        """Closed after the round in which they were left: until then nothing else gets their numbers, and what the
        kernel told of one of them in this round is told nobody."""

    def add(self, number: int, events: int, tell: Callable[[int], None]) -> None:
        self._epoll.register(number, events)
        self._told[number] = tell

    def change(self, number: int, events: int) -> None:
        self._epoll.modify(number, events)

    def remove(self, number: int) -> None:
        if self._told.pop(number, None) is not None:
            self._epoll.unregister(number)

    def leave(self, number: int, connection: Connection) -> None:
        self.remove(number)
        self._left.append(connection)

    def tell(self, timeout_seconds: float | None) -> None:
        """One round: what has come until now, or the first that comes within the time."""
        for number, events in self._epoll.poll(timeout_seconds):
            told = self._told.get(number)
            if told is not None:
                told(events)
        for connection in self._left:
            connection.close()
        self._left.clear()


class Channel:
    """One connection. `tell` is called whenever something may be done; then `receive` and `flush` are worth a try."""

    def __init__(self, watch: Watch, connection: Connection, tell: Callable[[], None]) -> None:
        self._watch = watch
        self._connection = connection
        self._number = connection.fileno()
        self._tell = tell
        self._events = 0
        self._reading, self._writing, self._connecting = READABLE, WRITABLE, WRITABLE
        """What has to be so before one can go on reading, and so on."""
        self._shake_hands: Callable[[], None] | None = None
        self._is_broken = False
        self.is_told = False
        """Something came since the last `receive`: another one is worth a try."""
        self.unsent = b""
        watch.add(self._number, 0, self._hear)

    def connect(self, encrypt: Callable[[socket.socket], EncryptedConnection] | None) -> bool:
        """Of a socket that was told to connect: whether it did, and shook hands where there is encryption.

        Raises OSError when it cannot.
        """
        self.is_told = self._is_broken
        connected = self._connection
        if self._shake_hands is None:
            assert isinstance(connected, socket.socket), "it is connected once"
            error_number = connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error_number:
                raise OSError(error_number, os.strerror(error_number))
            if encrypt is None:
                return True
            encrypted = encrypt(connected)
            self._connection, self._shake_hands = encrypted, encrypted.shake_hands
        try:
            self._shake_hands()
        except BlockingIOError as error:
            self._connecting = WRITABLE if isinstance(error, TakesWriting) else READABLE
            return False
        return True

    def receive(self) -> bytes | None:
        """Empty: the other side has no more to say. None: nothing has come.

        Of a broken one nothing is told any more. It is read to its end.
        """
        self.is_told = self._is_broken
        self._reading = READABLE
        try:
            return self._connection.recv(BUFFER_BYTES)
        except BlockingIOError as error:
            if self._is_broken:
                raise ConnectionAbortedError from None
            if isinstance(error, TakesWriting):
                self._reading = WRITABLE
            return None

    def send(self, data: bytes) -> None:
        """As much as goes. The rest stays in `unsent`."""
        self.unsent += data
        self.flush()

    def flush(self) -> bool:
        """Whether nothing is left to be sent."""
        self._writing = WRITABLE
        while self.unsent:
            try:
                sent = self._connection.send(self.unsent)
            except BlockingIOError as error:
                if isinstance(error, TakesReading):
                    self._writing = READABLE
                return False
            self.unsent = self.unsent[sent:]
        return True

    def end_sending(self) -> None:
        self._connection.shutdown(socket.SHUT_WR)

    def wait_for_connection(self) -> None:
        self._wait(self._connecting)

    def wait(self, *, is_read: bool, is_written: bool) -> None:
        """What it is to be told of from now on."""
        self._wait((self._reading if is_read else 0) | (self._writing if is_written else 0))

    def close(self) -> None:
        self._watch.leave(self._number, self._connection)

    def _wait(self, events: int) -> None:
        if events != self._events and not self._is_broken:
            self._watch.change(self._number, events)
            self._events = events

    def _hear(self, events: int) -> None:
        self.is_told = True
        if events & BROKEN:  # the kernel would say so again and again
            self._is_broken = True
            self._watch.remove(self._number)
        self._tell()
