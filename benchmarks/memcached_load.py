"""Load for one memcached, from a process of its own: plain sockets that write batches and count what comes back.

Called by `memcached`. Most machines have no load generator for this protocol, and a client that parses replies would be
slower than the engine and hide the difference that is looked for.
"""

import multiprocessing
import selectors
import socket
from time import perf_counter

from benchmarks.load import Kind

CONNECTION_COUNT = 20
KEYS_A_BATCH = 50
KEY_COUNT = 10_000
VALUE = b"x" * 100
TIMEOUT_SECONDS = 300.0
READ_BYTES_MAX = 1 << 16


def requests_per_second(address: str, port: int, kind: Kind, *, request_count: int) -> float:
    """The throughput of one load. Keys must be there before GET: run SET first."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(_load, (address, port, kind, request_count))


def _load(address: str, port: int, kind: Kind, request_count: int) -> float:
    """What runs in the process beside. Each connection has one batch under way, and writes the next one after it."""
    batches = [_batch(kind, first) for first in range(0, KEY_COUNT, KEYS_A_BATCH)]
    replies = [_replies(kind, first) for first in range(0, KEY_COUNT, KEYS_A_BATCH)]
    left = max(CONNECTION_COUNT, request_count // KEYS_A_BATCH)
    total = left
    with selectors.DefaultSelector() as selector:
        sockets = [socket.create_connection((address, port), timeout=TIMEOUT_SECONDS) for _ in range(CONNECTION_COUNT)]
        awaited: dict[socket.socket, tuple[bytearray, bytes]] = {}
        began_at = perf_counter()
        for connection in sockets:
            selector.register(connection, selectors.EVENT_READ)
            left = _write(connection, batches, replies, awaited, left)
        while awaited:
            for key, _ in selector.select(TIMEOUT_SECONDS):
                assert isinstance(key.fileobj, socket.socket)
                if _read(key.fileobj, awaited):
                    del awaited[key.fileobj]
                    left = _write(key.fileobj, batches, replies, awaited, left)
        seconds = perf_counter() - began_at
        for connection in sockets:
            connection.close()
    return total * KEYS_A_BATCH / seconds


def _write(
    connection: socket.socket,
    batches: list[bytes],
    replies: list[bytes],
    awaited: dict[socket.socket, tuple[bytearray, bytes]],
    left: int,
) -> int:
    """How many batches are left after this one; nothing is written when there were none."""
    if left == 0:
        return 0
    number = left % len(batches)
    connection.sendall(batches[number])
    awaited[connection] = (bytearray(), replies[number])
    return left - 1


def _read(connection: socket.socket, awaited: dict[socket.socket, tuple[bytearray, bytes]]) -> bool:
    """Whether all of the batch's replies are there."""
    received, expected = awaited[connection]
    part = connection.recv(READ_BYTES_MAX)
    assert part, "the engine closed the connection"
    received += part
    if len(received) < len(expected):
        return False
    assert received == expected, f"unexpected reply {bytes(received[:100])!r}"
    return True


def _batch(kind: Kind, first: int) -> bytes:
    return b"".join(_command(kind, _key(number)) for number in range(first, first + KEYS_A_BATCH))


def _command(kind: Kind, key: bytes) -> bytes:
    return b"set %b 0 0 %d\r\n%b\r\n" % (key, len(VALUE), VALUE) if kind is Kind.SET else b"get %b\r\n" % key


def _replies(kind: Kind, first: int) -> bytes:
    if kind is Kind.SET:
        return b"STORED\r\n" * KEYS_A_BATCH
    value = b"VALUE %b 0 %d\r\n%b\r\nEND\r\n"
    return b"".join(value % (_key(number), len(VALUE), VALUE) for number in range(first, first + KEYS_A_BATCH))


def _key(number: int) -> bytes:
    return b"key:%012d" % number
