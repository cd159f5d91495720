"""What the client makes of peers that are no engine, or a sick one: a scripted server on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from elastane.engines import AddressInUse, ConnectionLost, NoAnswer, NodeAddress, Refused
from elastane.engines.client import BIND_TRIES, LiveEngines
from elastane.engines.connection import REPLY_BYTES_MAX
from elastane.model.observations import Busy, Refusing, Unknown
from elastane.model.secrets import Secret

HANGS_UP = b"-ERR max number of clients reached"
SIGNED_IN = b"+OK\r\n+OK\r\n+OK\r\n"


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
                if reply.startswith(HANGS_UP):
                    break
        except ConnectionError:
            pass  # the client aborts rather than closes
        finally:
            writer.close()

    def say(self, data: bytes) -> None:
        """To the newest connection, unasked."""
        self._writers[-1].write(data)


@contextlib.asynccontextmanager
async def talking_to(peer: Peer, *, owed_seconds_max: float = 60.0) -> AsyncIterator[tuple[LiveEngines, NodeAddress]]:
    engines = LiveEngines(owed_seconds_max=owed_seconds_max)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield engines, NodeAddress(address="127.0.0.1", port=port, secret=Secret("password"))
    finally:
        await engines.aclose()
        server.close()
        await server.wait_closed()


async def test_a_silent_peer_is_busy_and_is_not_asked_again_until_it_answers() -> None:
    peer = Peer()
    async with talking_to(peer) as (engines, at):
        seen = [await engines.observe(at, (), 0.02) for _ in range(5)]

    assert [type(one) for one in seen] == [Busy] * 5
    assert peer.connection_count == 1
    assert len(peer.received) == 1


async def test_a_connection_that_owes_an_answer_for_too_long_is_replaced() -> None:
    peer = Peer()
    async with talking_to(peer, owed_seconds_max=0.0) as (engines, at):
        seen = [await engines.observe(at, (), 0.02) for _ in range(3)]

    assert [type(one) for one in seen] == [Busy] * 3
    assert peer.connection_count == 3


async def test_an_answer_that_comes_late_is_not_taken_for_that_of_a_later_question() -> None:
    peer = Peer(SIGNED_IN, b"", b":2\r\n")
    async with talking_to(peer) as (engines, at):
        with pytest.raises(NoAnswer):
            await engines.ask(at, (("PING",),), 0.05)
        peer.say(b":1\r\n")

        replies = await engines.ask(at, (("PING",),), 5.0)

    assert replies == [2]


async def test_nothing_is_queued_behind_an_answer_that_is_owed() -> None:
    peer = Peer(SIGNED_IN)
    async with talking_to(peer) as (engines, at):
        for _ in range(3):
            with pytest.raises(NoAnswer):
                await engines.promote(at, 0.02)

    assert len([one for one in peer.received if b"REPLICAOF" in one]) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"-WRONGPASS invalid\r\n+OK\r\n+OK\r\n", "did not let the control user sign in"),
        (HANGS_UP + b"\r\n", "max number of clients reached"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "The connection was closed"),
        (b"$99999999\r\n" + b"x" * (REPLY_BYTES_MAX + 1), "The connection was closed"),
        (SIGNED_IN + b"+unasked\r\n", "something unasked"),
        (None, "The connection was closed"),
    ],
    ids=["wrong password", "too many clients", "another protocol", "endless reply", "unasked reply", "hangs up"],
)
async def test_a_peer_that_is_not_our_engine_is_unknown_and_never_down(reply: bytes | None, words: str) -> None:
    async with talking_to(Peer(reply)) as (engines, at):
        seen = await engines.observe(at, (), 5.0)

    assert isinstance(seen, Unknown)
    assert words in seen.reason
    assert "password" not in seen.reason


async def test_a_busy_engine_says_so_itself() -> None:
    busy = b"-BUSY Valkey is busy running a script.\r\n"
    async with talking_to(Peer(SIGNED_IN, busy + busy)) as (engines, at):
        seen = await engines.observe(at, (), 5.0)

    assert isinstance(seen, Busy)
    assert "busy running a script" in seen.reason


@pytest.mark.parametrize(
    "reply", [b":1\r\n:1\r\n", b"$4\r\nrole\r\n*0\r\n", b"$5\r\nrole:\r\n*1\r\n$4\r\nbind\r\n", b"-ERR what\r\n*0\r\n"]
)
async def test_an_answer_that_makes_no_sense_is_unknown(reply: bytes) -> None:
    async with talking_to(Peer(SIGNED_IN, reply)) as (engines, at):
        seen = await engines.observe(at, (), 5.0)

    assert isinstance(seen, Unknown)


async def test_observing_opens_a_new_connection_after_the_former_broke() -> None:
    peer = Peer(SIGNED_IN, b"+OK\r\n", None)
    async with talking_to(peer) as (engines, at):
        await engines.promote(at, 5.0)

        await engines.observe(at, (), 0.2)

    assert peer.connection_count == 2


async def test_an_order_is_never_repeated_by_itself() -> None:
    peer = Peer(SIGNED_IN, None)
    async with talking_to(peer) as (engines, at):
        with pytest.raises(ConnectionLost):
            await engines.promote(at, 5.0)

    assert peer.connection_count == 1


async def test_binding_is_ordered_again_while_a_forked_child_still_holds_the_sockets() -> None:
    refusal = b"-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind\r\n"
    peer = Peer(SIGNED_IN, refusal, refusal, b"+OK\r\n")
    async with talking_to(peer) as (engines, at):
        await engines.bind(at, ("127.0.0.1", "127.0.0.9"), 1.0)

    assert len(peer.received) == 4


async def test_an_address_that_stays_taken_is_told_after_a_few_tries() -> None:
    refusal = b"-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind\r\n"
    peer = Peer(SIGNED_IN, *[refusal] * BIND_TRIES)
    async with talking_to(peer) as (engines, at):
        with pytest.raises(AddressInUse):
            await engines.bind(at, ("127.0.0.1", "127.0.0.9"), 1.0)


async def test_a_refusal_quotes_the_reply_and_only_the_first_words_of_the_order() -> None:
    async with talking_to(Peer(SIGNED_IN, b"-ERR no such thing\r\n")) as (engines, at):
        with pytest.raises(Refused, match=r"refused CONFIG SET\. The engine says: ERR no such thing") as caught:
            await engines.set_parameters(at, {"masterauth": "something secret"}, 5.0)

    assert "something secret" not in str(caught.value)


async def test_nothing_to_set_asks_nobody() -> None:
    peer = Peer()
    async with talking_to(peer) as (engines, at):
        await engines.set_parameters(at, {}, 0.1)

    assert peer.connection_count == 0


async def test_a_command_that_gets_no_reply_is_owed_none() -> None:
    peer = Peer(SIGNED_IN, b"+PONG\r\n", b":2\r\n")
    async with talking_to(peer) as (engines, at):
        await engines.ask_acknowledgement(at, 5.0)

        replies = await engines.ask(at, (("PING",),), 5.0)

    assert replies == [2]
    assert b"GETACK" in peer.received[1] and peer.received[1].endswith(b"PING\r\n")


async def test_a_reply_to_a_command_that_gets_none_is_an_error_and_never_taken_for_a_later_ones() -> None:
    peer = Peer(SIGNED_IN, b"-ERR unknown command\r\n+PONG\r\n")
    async with talking_to(peer) as (engines, at):
        with pytest.raises(Refused, match="unknown command"):
            await engines.ask_acknowledgement(at, 5.0)

        await engines.observe(at, (), 0.1)

    assert peer.connection_count == 2


async def test_an_address_where_nobody_listens_refuses() -> None:
    engines = LiveEngines()

    seen = await engines.observe(NodeAddress(address="127.0.0.1", port=1, secret=Secret("x")), (), 5.0)

    assert seen == Refusing()
