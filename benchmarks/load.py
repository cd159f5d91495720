"""Load for one engine, from a process of its own: `valkey-benchmark` or `redis-benchmark` if there is one, else ours.

Called by `throughput`. Ours is a plain socket: it writes batches made beforehand and counts the bytes that come back,
because a client that parses replies would be slower than any engine and hide the difference that is looked for.
"""

import csv
import io
import multiprocessing
import shutil
import socket
import ssl
import subprocess
from enum import StrEnum
from functools import cache
from pathlib import Path
from time import perf_counter

CONNECTION_COUNT = 50
PIPELINE = 16
"""Commands in one write. Without it, two cores measure the kernel's sockets more than the engine."""
VALUE = b"x" * 100
KEY_COUNT = 10_000
TIMEOUT_SECONDS = 300


class Kind(StrEnum):
    """The commands of a load."""

    SET = "SET"
    GET = "GET"


def generator_name() -> str:
    tool = _find_tool()
    return "our own generator" if tool is None else tool.rpartition("/")[2]


def requests_per_second(
    address: str, port: int, kind: Kind, *, request_count: int, ca_file: Path | None = None
) -> float:
    """The throughput of one load, by TLS where an authority is given. Keys must be there before GET: run SET first."""
    tool = _find_tool()
    if tool is not None and (ca_file is None or _knows_tls(tool)):
        return _by_tool(tool, address, port, kind, request_count, ca_file)
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(own_load, (address, port, kind, request_count, ca_file))


def _find_tool() -> str | None:
    return shutil.which("valkey-benchmark") or shutil.which("redis-benchmark")


@cache
def _knows_tls(tool: str) -> bool:
    return "--tls" in subprocess.run([tool, "--help"], capture_output=True, text=True, check=False).stdout


def _by_tool(tool: str, address: str, port: int, kind: Kind, request_count: int, ca_file: Path | None) -> float:
    command = [tool, "-h", address, "-p", str(port), "-t", kind.lower(), "-n", str(request_count), "--csv"]
    command += ["-c", str(CONNECTION_COUNT), "-P", str(PIPELINE), "-r", str(KEY_COUNT), "-d", str(len(VALUE))]
    command += [] if ca_file is None else ["--tls", "--cacert", str(ca_file)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_SECONDS)
    row = next(row for row in csv.DictReader(io.StringIO(run.stdout)) if row["test"] == kind)
    return float(row["rps"])


def own_load(address: str, port: int, kind: Kind, request_count: int, ca_file: Path | None = None) -> float:
    """What runs in the process beside: as many keys a batch as fill a socket's buffer, one batch after the other."""
    batch_count, keys_a_batch = max(1, request_count // 500), 500
    batches = [_batch(kind, first % KEY_COUNT, keys_a_batch) for first in range(0, KEY_COUNT, keys_a_batch)]
    reply = b"+OK\r\n" if kind is Kind.SET else b"$%d\r\n%s\r\n" % (len(VALUE), VALUE)
    expected_bytes = len(reply) * keys_a_batch
    with socket.create_connection((address, port), timeout=TIMEOUT_SECONDS) as plain:
        context = None if ca_file is None else ssl.create_default_context(cafile=ca_file)
        connection = plain if context is None else context.wrap_socket(plain, server_hostname=address)
        began_at = perf_counter()
        for number in range(batch_count):
            connection.sendall(batches[number % len(batches)])
            _receive(connection, expected_bytes, reply)
        return batch_count * keys_a_batch / (perf_counter() - began_at)


def _batch(kind: Kind, first: int, count: int) -> bytes:
    return b"".join(_command(kind, b"key:%012d" % number) for number in range(first, first + count))


def _command(kind: Kind, key: bytes) -> bytes:
    words = (b"SET", key, VALUE) if kind is Kind.SET else (b"GET", key)
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def _receive(connection: socket.socket, expected_bytes: int, reply: bytes) -> None:
    received = bytearray()
    while len(received) < expected_bytes:
        part = connection.recv(1 << 20)
        assert part, "the engine closed the connection"
        received += part
        assert received.startswith(reply[: len(received)]), f"unexpected reply {bytes(received[:100])!r}"
