"""What the client makes of peers that are no memcached, or a sick one: a scripted server on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from elastane.engines import ConnectionLost, EngineError, NoAnswer, TooManyConnections
from elastane.engines.connection import REPLY_BYTES_MAX
from elastane.engines.memcached_client import LiveMemcached
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.model.memcached_observations import AnsweringEndpoint, AnsweringNode, CrowdedNode
from elastane.model.observations import Busy, Unknown
from tests.kit.asserts import eventually
from tests.unit.engines.peer import MEMCACHED_HANGS_UP, Peer

SHORT_SECONDS = 0.5
"""Long enough to be connected in on a busy machine, and no answer comes."""

VERSION = b"VERSION 1.6.38\r\n"
SETTINGS = b"STAT maxbytes 1024\r\nSTAT inter 127.0.0.1\r\nSTAT ssl_key (null)\r\nEND\r\n"
COUNTERS = b"STAT pid 7\r\nSTAT uptime 9\r\nSTAT version 1.6.38\r\nSTAT rusage_user 0.25\r\nEND\r\n"
ENDPOINT_COUNTERS = (
    b"STAT configuration_version 3\r\nSTAT configuration_changes 2\r\nSTAT curr_connections 1\r\n"
    b"STAT cmd_config_get:0001 5\r\nEND\r\n"
)


@contextlib.asynccontextmanager
async def talking_to(
    peer: Peer, *, owed_seconds_max: float = 60.0
) -> AsyncIterator[tuple[LiveMemcached, MemcachedAddress]]:
    memcached = LiveMemcached(owed_seconds_max=owed_seconds_max)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    try:
        yield memcached, MemcachedAddress(address="127.0.0.1", port=server.sockets[0].getsockname()[1])
    finally:
        await memcached.aclose()
        server.close()
        await server.wait_closed()


async def test_all_looks_go_over_one_connection() -> None:
    peer = Peer(*[VERSION + SETTINGS] * 3)
    async with talking_to(peer) as (memcached, at):
        seen = [await memcached.observe(at, 5.0) for _ in range(3)]

    settings = {"maxbytes": "1024", "inter": "127.0.0.1", "ssl_key": "(null)"}
    assert seen == [AnsweringNode(engine_version="1.6.38", settings=settings)] * 3
    assert peer.connection_count == 1
    assert peer.received == [b"version\r\nstats settings\r\n"] * 3


async def test_other_settings_of_the_same_process_are_seen() -> None:
    changed = SETTINGS.replace(b"1024", b"2048")  # a customer said cache_memlimit
    async with talking_to(Peer(VERSION + SETTINGS, VERSION + changed)) as (memcached, at):
        seen = [await memcached.observe(at, 5.0) for _ in range(2)]

    assert [one.settings["maxbytes"] for one in seen if isinstance(one, AnsweringNode)] == ["1024", "2048"]


async def test_a_silent_peer_is_busy_and_is_not_asked_again_until_it_answers() -> None:
    peer = Peer()
    async with talking_to(peer) as (memcached, at):
        seen = [await memcached.observe(at, SHORT_SECONDS) for _ in range(3)]

    assert seen == [Busy(reason=f"{at} accepts connections and gave no answer in {SHORT_SECONDS} s.")] * 3
    assert peer.connection_count == 1
    assert len(peer.received) == 1


async def test_a_late_answer_is_not_taken_for_a_later_one() -> None:
    peer = Peer(b"", COUNTERS)
    async with talking_to(peer) as (memcached, at):
        late = await memcached.observe(at, SHORT_SECONDS)
        peer.say(VERSION + SETTINGS)
        measured = await memcached.measure(at, 5.0)

    assert isinstance(late, Busy)
    assert (measured.process_id, measured.uptime_seconds) == (7, 9)
    assert measured.counters == {"pid": 7, "uptime": 9}


async def test_a_connection_that_owes_an_answer_for_too_long_is_replaced() -> None:
    peer = Peer()
    async with talking_to(peer, owed_seconds_max=0.01) as (memcached, at):
        for _ in range(3):
            await memcached.observe(at, SHORT_SECONDS)

    assert peer.connection_count == 3


async def test_who_hangs_up_on_an_idle_connection_is_asked_over_a_new_one() -> None:
    peer = Peer(VERSION + SETTINGS, None)
    async with talking_to(peer) as (memcached, at):
        seen = [await memcached.observe(at, 5.0) for _ in range(2)]

    assert all(isinstance(one, AnsweringNode) for one in seen)
    assert peer.connection_count == 2


async def test_a_node_with_too_many_connections_is_crowded() -> None:
    async with talking_to(Peer(MEMCACHED_HANGS_UP + b"\r\n")) as (memcached, at):
        seen = await memcached.observe(at, 5.0)
        with pytest.raises(TooManyConnections, match=str(at)):
            await memcached.measure(at, 5.0)

    assert seen == CrowdedNode()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"VERSION unknown\r\n" + SETTINGS,
        VERSION + b"ERROR\r\n",
        b"ERROR\r\nERROR\r\n",
        VERSION + SETTINGS + b"and more\r\n",
    ],
)
async def test_what_makes_no_sense_is_unknown_or_left_unread(reply: bytes) -> None:
    async with talking_to(Peer(reply, None)) as (memcached, at):
        seen = [await memcached.observe(at, 5.0) for _ in range(2)]

    assert all(isinstance(one, Unknown | AnsweringNode) for one in seen)
    assert any(isinstance(one, Unknown) for one in seen) or reply.endswith(b"more\r\n")


async def test_a_reply_without_end_is_not_kept() -> None:
    peer = Peer(b"STAT " + b"x" * (REPLY_BYTES_MAX + 1))
    async with talking_to(peer) as (memcached, at):
        with pytest.raises(ConnectionLost):
            await memcached.measure(at, 5.0)


async def test_what_answers_in_pieces_is_understood() -> None:
    peer = Peer(VERSION + SETTINGS[:20])
    async with talking_to(peer) as (memcached, at), asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(memcached.observe(at, 5.0))
        await eventually(lambda: bool(peer.received))
        peer.say(SETTINGS[20:40])
        peer.say(SETTINGS[40:])

    assert isinstance(looking.result(), AnsweringNode)


async def test_an_endpoint_tells_what_it_counts() -> None:
    peer = Peer(ENDPOINT_COUNTERS, ENDPOINT_COUNTERS)
    async with talking_to(peer) as (memcached, at):
        seen = await memcached.observe_endpoint(at, 5.0)
        measured = await memcached.measure_endpoint(at, 5.0)

    assert seen == AnsweringEndpoint(version=3)
    assert (measured.change_count, measured.connection_count, measured.config_gets) == (2, 1, {"0001": 5})
    assert peer.received == [b"config stats\r\n"] * 2


async def test_a_memcached_where_an_endpoint_should_be_is_unknown() -> None:
    async with talking_to(Peer(b"ERROR\r\n", COUNTERS, COUNTERS)) as (memcached, at):
        seen = [await memcached.observe_endpoint(at, 5.0) for _ in range(2)]
        with pytest.raises(EngineError, match="no configuration endpoint"):
            await memcached.measure_endpoint(at, 5.0)

    assert all(isinstance(one, Unknown) for one in seen)


async def test_an_endpoint_where_a_memcached_should_be_cannot_be_measured() -> None:
    async with talking_to(Peer(ENDPOINT_COUNTERS)) as (memcached, at):
        with pytest.raises(EngineError, match="counts in a way that is not known"):
            await memcached.measure(at, 5.0)


async def test_who_gives_up_waiting_is_told_why() -> None:
    async with talking_to(Peer()) as (memcached, at):
        with pytest.raises(NoAnswer, match=f"no answer in {SHORT_SECONDS} s"):
            await memcached.measure(at, SHORT_SECONDS)
