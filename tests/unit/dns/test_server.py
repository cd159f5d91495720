"""The DNS server over real sockets on loopback."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import dnslib
import pytest

from elastane.dns import server
from elastane.dns.server import Bounds, Listening

HOST = "127.0.0.1"
READER = "orders-ro.abc123.ng.0001.use1.cache.elastane.test"
LARGE = "large.abc123.clustercfg.use1.cache.elastane.test"
NAMES = {
    READER: ("127.88.0.10", "127.88.16.10"),
    LARGE: tuple(f"127.88.0.{fourth}" for fourth in range(10, 200)),
}
DEADLINE_SECONDS = 10


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    async with server.serve(HOST, 0, NAMES.get) as started:
        yield started


@asynccontextmanager
async def connected(listening: Listening) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A TCP connection that is gone afterwards, whatever either side did to it."""
    reader, writer = await asyncio.open_connection(HOST, listening.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def ask(listening: Listening, name: str, *, is_tcp: bool = False) -> dnslib.DNSRecord:
    """Asks with dnslib's own client, which blocks, hence the thread."""
    query = dnslib.DNSRecord.question(name)
    packet = await asyncio.to_thread(query.send, HOST, listening.port, tcp=is_tcp, timeout=DEADLINE_SECONDS)
    return dnslib.DNSRecord.parse(packet)


def first_address(reply: dnslib.DNSRecord) -> str:
    return str(reply.rr[0].rdata)


async def test_a_name_is_answered_over_udp_and_tcp_on_one_port(listening: Listening) -> None:
    over_udp = await ask(listening, READER)
    over_tcp = await ask(listening, READER, is_tcp=True)

    assert len(over_udp.rr) == len(over_tcp.rr) == 2


async def test_clients_are_spread_over_the_replicas(listening: Listening) -> None:
    firsts = [first_address(await ask(listening, READER)) for _ in range(4)]

    assert firsts == [firsts[0], firsts[1]] * 2
    assert set(firsts) == {"127.88.0.10", "127.88.16.10"}


async def test_a_large_answer_is_fetched_over_tcp(listening: Listening) -> None:
    datagram = await ask(listening, LARGE)
    stream = await ask(listening, LARGE, is_tcp=True)

    assert datagram.header.tc == 1
    assert len(stream.rr) == 190


async def test_a_failover_is_seen_by_the_next_question() -> None:
    names = {READER: ("127.88.0.10",)}
    async with server.serve(HOST, 0, names.get) as listening:
        before = first_address(await ask(listening, READER))
        names[READER] = ("127.88.16.10",)

        after = first_address(await ask(listening, READER))

    assert (before, after) == ("127.88.0.10", "127.88.16.10")


async def test_the_server_goes_on_after_garbage(listening: Listening) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for garbage in (b"", b"\x00", b"\xff" * 600, b"\x00" * 4000):
            sender.sendto(garbage, (HOST, listening.port))

    reply = await ask(listening, READER)

    assert len(reply.rr) == 2


async def test_several_questions_on_one_connection_are_answered_in_order(listening: Listening) -> None:
    queries = [dnslib.DNSRecord.question(READER), dnslib.DNSRecord.question(f"nobody.{READER}")]

    async with connected(listening) as (reader, writer):
        for byte in b"".join(framed(query) for query in queries):
            writer.write(bytes([byte]))  # in the smallest pieces: a question may arrive in parts
        replies = [await read_reply(reader) for _ in queries]

    assert [reply.header.id for reply in replies] == [query.header.id for query in queries]
    assert [reply.header.rcode for reply in replies] == [dnslib.RCODE.NOERROR, dnslib.RCODE.NXDOMAIN]


async def test_a_question_larger_than_any_real_one_ends_the_connection(listening: Listening) -> None:
    async with connected(listening) as (reader, writer):
        writer.write(struct.pack("!H", 60000))

        assert await ended(reader)


async def test_a_connection_that_asks_nothing_ends_at_its_deadline() -> None:
    bounds = Bounds(connection_seconds=0.05)
    async with server.serve(HOST, 0, NAMES.get, bounds=bounds) as listening, connected(listening) as (reader, _):
        assert await ended(reader)


async def test_connections_beyond_the_bound_are_closed_and_the_others_stay() -> None:
    query = dnslib.DNSRecord.question(READER)
    bounds = Bounds(connection_count=1)
    async with server.serve(HOST, 0, NAMES.get, bounds=bounds) as listening, connected(listening) as (reader, writer):
        writer.write(framed(query))
        before = await read_reply(reader)

        async with connected(listening) as (second_reader, _):
            assert await ended(second_reader)

        writer.write(framed(query))
        after = await read_reply(reader)
    assert before.header.id == after.header.id == query.header.id


async def test_a_connection_ends_after_its_share_of_questions_are_answered() -> None:
    bounds = Bounds(connection_query_count=3)
    async with server.serve(HOST, 0, NAMES.get, bounds=bounds) as listening, connected(listening) as (reader, writer):
        writer.write(framed(dnslib.DNSRecord.question(READER)) * 10)

        replies = [await read_reply(reader) for _ in range(3)]

        assert [len(reply.rr) for reply in replies] == [2, 2, 2]
        assert await ended(reader)


async def test_nothing_listens_and_nothing_stays_open_after_the_context() -> None:
    async with server.serve(HOST, 0, NAMES.get) as listening:
        reader, writer = await asyncio.open_connection(HOST, listening.port)
        writer.write(framed(dnslib.DNSRecord.question(READER)))
        await read_reply(reader)

    assert await ended(reader)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, listening.port)
    writer.close()


async def test_a_taken_port_is_an_error_and_leaves_no_socket_behind() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match="in use"):
            async with server.serve(HOST, port, NAMES.get):
                raise AssertionError("it must not start")

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, port)


def framed(query: dnslib.DNSRecord) -> bytes:
    packet = bytes(query.pack())
    return struct.pack("!H", len(packet)) + packet


async def read_reply(reader: asyncio.StreamReader) -> dnslib.DNSRecord:
    async with asyncio.timeout(DEADLINE_SECONDS):
        (size,) = struct.unpack("!H", await reader.readexactly(2))
        return dnslib.DNSRecord.parse(await reader.readexactly(size))


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server closed the connection, with or without saying goodbye."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        try:
            return await reader.read() == b""
        except ConnectionError:
            return True
