"""What the client makes of peers that are no engine, or a sick one: a scripted server on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from elastane.engines import AddressInUse, ConnectionLost, EngineError, NoAnswer, NodeAddress, Refused, rights
from elastane.engines.client import BIND_TRIES, LiveEngines
from elastane.engines.connection import REPLY_BYTES_MAX
from elastane.model.observations import Answering, Busy, Refusing, Unknown
from elastane.model.secrets import Secret
from tests.kit.asserts import eventually
from tests.unit.engines.peer import HANGS_UP, Peer

GREETED = b"+OK\r\n+OK\r\n+OK\r\n"
SIGNED_IN = GREETED + b"+OK\r\n" * len(rights.NEEDED)
OBSERVED = (Path(__file__).parents[2] / "golden/engines/valkey-9.1.2/primary.txt").read_bytes()
OBSERVED = b"$%d\r\n%s\r\n*2\r\n$4\r\nbind\r\n$9\r\n127.0.0.1\r\n" % (len(OBSERVED), OBSERVED)
OBSERVED += b"*2\r\n$8\r\nelastane\r\n$7\r\ndefault\r\n"
VIEW = b"a" * 40 + b" 127.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-1"
STATE = b"$16\r\ncluster_state:ok\r\n"


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

    assert seen == [Busy(reason=f"{at} accepts connections and gave no answer in 0.02 s.")] * 5
    assert peer.connection_count == 1
    assert len(peer.received) == 1


async def test_an_engine_that_knows_nothing_of_moves_is_asked_for_them_once_a_connection() -> None:
    unknown = b"-ERR unknown subcommand 'GETSLOTMIGRATIONS'. Try CLUSTER HELP.\r\n"
    told, moves = OBSERVED + _bulk(VIEW) + STATE, b"GETSLOTMIGRATIONS"
    peer = Peer(SIGNED_IN, told + unknown, told, told)
    async with talking_to(peer) as (engines, at):
        seen = [await engines.observe(at, (), 5.0, is_cluster=True) for _ in range(3)]

    _, *questions = peer.received
    assert [moves in question for question in questions] == [True, False, False]
    assert all(isinstance(one, Answering) and one.cluster is not None and one.cluster.is_serving for one in seen)


async def test_a_newer_engine_in_the_place_of_one_that_knew_nothing_of_moves_is_asked_for_them_again() -> None:
    unknown = b"-ERR unknown subcommand 'GETSLOTMIGRATIONS'. Try CLUSTER HELP.\r\n"
    told = OBSERVED + _bulk(VIEW) + STATE
    peer = Peer(SIGNED_IN, told + unknown, None)
    async with talking_to(peer) as (engines, at):
        await engines.observe(at, (), 5.0, is_cluster=True)
        with contextlib.suppress(EngineError):
            await engines.ask(at, (("PING",),), 5.0)  # upon which the old one hangs up
        for _ in range(2):
            await engines.observe(at, (), 0.2, is_cluster=True)

    assert [b"GETSLOTMIGRATIONS" in question for question in peer.received if b"INFO" in question][-1]


async def test_an_engine_without_cluster_mode_has_no_view_and_tells_the_rest() -> None:
    disabled = b"-ERR This instance has cluster support disabled\r\n"
    peer = Peer(SIGNED_IN, OBSERVED + disabled * 3)
    async with talking_to(peer) as (engines, at):
        seen = await engines.observe(at, (), 5.0, is_cluster=True)

    assert isinstance(seen, Answering)
    assert seen.cluster is None


async def test_a_view_that_cannot_be_read_makes_the_node_unknown() -> None:
    peer = Peer(SIGNED_IN, OBSERVED + b"$7\r\nnothing\r\n" + STATE + b"*0\r\n")
    async with talking_to(peer) as (engines, at):
        seen = await engines.observe(at, (), 5.0, is_cluster=True)

    assert isinstance(seen, Unknown)


async def test_a_command_that_only_newer_engines_have_is_no_right_that_is_missing() -> None:
    answers = [
        b"-ERR Command 'CLUSTER' not found\r\n" if name in rights.NEWER or name == "cluster|nodes" else b"+OK\r\n"
        for name in rights.NEEDED
    ]
    peer = Peer(GREETED + b"".join(answers), OBSERVED)
    async with talking_to(peer) as (engines, at):
        seen = await engines.observe(at, (), 5.0)

    assert isinstance(seen, Answering)
    assert seen.missing_rights == ("cluster|nodes",)


def _bulk(text: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text)


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

    greeting, *orders = peer.received
    assert b"AUTH" in greeting
    assert [b"REPLICAOF" in order for order in orders] == [True]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (SIGNED_IN.replace(b"+OK", b"-WRONGPASS invalid", 1), "did not let the control user sign in"),
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
    async with talking_to(Peer(SIGNED_IN, busy * 3)) as (engines, at):
        seen = await engines.observe(at, (), 5.0)

    assert isinstance(seen, Busy)
    assert seen.is_script
    assert "busy running a script" in seen.reason


@pytest.mark.parametrize(
    "reply",
    [
        b":1\r\n:1\r\n*0\r\n",
        b"$4\r\nrole\r\n*0\r\n*0\r\n",
        b"$5\r\nrole:\r\n*1\r\n$4\r\nbind\r\n*0\r\n",
        b"-ERR what\r\n*0\r\n*0\r\n",
    ],
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


# --- cutting clients -----------------------------------------------------------------------------


async def test_binding_and_cutting_clients_is_one_message() -> None:
    peer = Peer(SIGNED_IN, b"+OK\r\n:3\r\n:0\r\n")
    async with talking_to(peer) as (engines, at):
        await engines.bind(at, ("127.0.0.1",), 1.0, cuts_clients=True)

    order = peer.received[1]
    assert len(peer.received) == 2
    assert 0 < order.index(b"bind") < order.index(b"KILL") < order.index(b"pubsub")


async def test_clients_are_cut_again_by_the_try_that_succeeds() -> None:
    refusal = b"-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind\r\n:1\r\n:0\r\n"
    peer = Peer(SIGNED_IN, refusal, b"+OK\r\n:1\r\n:0\r\n")
    async with talking_to(peer) as (engines, at):
        await engines.bind(at, ("127.0.0.1", "127.0.0.9"), 1.0, cuts_clients=True)

    assert [b"KILL" in order for order in peer.received[1:]] == [True, True]


# --- scripts and dumps ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "replies",
    [
        b"+OK\r\n-NOTBUSY No scripts in execution right now.\r\n",
        b"+OK\r\n-BUSY You can only call SCRIPT KILL.\r\n",
        b"-BUSY You can only call FUNCTION KILL.\r\n+OK\r\n",
        b"-NOTBUSY No scripts in execution right now.\r\n" * 2,
    ],
    ids=["script, already ended", "script", "function", "nothing runs"],
)
async def test_stopping_a_script_succeeds_when_none_is_left(replies: bytes) -> None:
    peer = Peer(SIGNED_IN, replies)
    async with talking_to(peer) as (engines, at):
        await engines.stop_script(at, 5.0)

    assert b"SCRIPT" in peer.received[1] and b"FUNCTION" in peer.received[1]


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        (b"-UNKILLABLE Sorry\r\n-UNKILLABLE Sorry\r\n", "refused SCRIPT KILL.*UNKILLABLE"),
        (b"-BUSY You can only call FUNCTION KILL.\r\n-UNKILLABLE Sorry\r\n", "BUSY"),
        (b"-NOPERM no\r\n-NOTBUSY No scripts\r\n", "NOPERM"),
    ],
)
async def test_a_script_that_cannot_be_stopped_is_refused(replies: bytes, words: str) -> None:
    async with talking_to(Peer(SIGNED_IN, replies)) as (engines, at):
        with pytest.raises(Refused, match=words):
            await engines.stop_script(at, 5.0)


async def test_a_dump_is_named_by_the_engine_and_a_refused_one_raises() -> None:
    named = b"*2\r\n$10\r\ndbfilename\r\n$8\r\ndump.rdb\r\n"
    async with talking_to(Peer(SIGNED_IN, b"+OK\r\n" + named, b"-ERR Background save\r\n" + named)) as (engines, at):
        name = await engines.save_dump(at, 5.0)
        with pytest.raises(EngineError, match="refused SAVE"):
            await engines.save_dump(at, 5.0)

    assert name == "dump.rdb"


# --- the heartbeat -------------------------------------------------------------------------------


async def test_a_heartbeat_is_one_ping_until_it_is_answered() -> None:
    peer = Peer(SIGNED_IN, b"+OK\r\n")
    async with talking_to(peer) as (engines, at):
        await engines.promote(at, 5.0)
        first = engines.is_quiet(at, 0.0)
        await eventually(lambda: engines.is_quiet(at, 0.01))
        is_quiet_for_long = engines.is_quiet(at, 60.0)
        pings = peer.received[2:]
        peer.say(b"+PONG\r\n")
        await eventually(lambda: not engines.is_quiet(at, 0.01))

    assert (first, is_quiet_for_long) == (False, False)
    assert [one.count(b"PING") for one in pings] == [1]


async def test_a_heartbeats_answer_is_nobody_elses() -> None:
    peer = Peer(SIGNED_IN, b"+OK\r\n", b"-BUSY a script\r\n", b":2\r\n")
    async with talking_to(peer) as (engines, at):
        await engines.promote(at, 5.0)
        engines.is_quiet(at, 1.0)

        replies = await engines.ask(at, (("INFO",),), 5.0)

    assert replies == [2]


async def test_without_a_signed_in_connection_nobody_is_quiet_and_nothing_is_sent() -> None:
    peer = Peer()
    async with talking_to(peer) as (engines, at):
        before = engines.is_quiet(at, 0.0)
        await engines.observe(at, (), 0.02)

        assert (before, engines.is_quiet(at, 0.0)) == (False, False)
    assert peer.connection_count == len(peer.received) == 1
    assert not engines.is_quiet(at, 0.0)


# --- rights --------------------------------------------------------------------------------------


async def test_what_the_control_user_may_not_do_is_asked_with_the_greeting_and_told_with_each_answer() -> None:
    said = [b"+OK\r\n"] * len(rights.NEEDED)
    said[list(rights.NEEDED).index("client|pause")] = b"$9\r\nUser may \r\n"
    peer = Peer(GREETED + b"".join(said), OBSERVED, OBSERVED)
    async with talking_to(peer) as (engines, at):
        seen = [await engines.observe(at, (), 5.0) for _ in range(2)]

    assert [one.missing_rights for one in seen if isinstance(one, Answering)] == [("client|pause",)] * 2
    assert [one.count(b"DRYRUN") > 0 for one in peer.received] == [True, False, False]


async def test_a_user_that_may_not_even_ask_lacks_that_right() -> None:
    refusals = b"-NOPERM this user has no permissions to run the 'acl|dryrun' command\r\n" * len(rights.NEEDED)
    async with talking_to(Peer(GREETED + refusals, OBSERVED)) as (engines, at):
        seen = await engines.observe(at, (), 5.0)

    assert isinstance(seen, Answering)
    assert seen.missing_rights == ("acl|dryrun",)


async def test_an_engine_that_a_script_held_is_greeted_until_it_listens() -> None:
    busy = b"-BUSY Valkey is busy running a script.\r\n"
    held = b"+OK\r\n" + busy * (2 + len(rights.NEEDED))
    peer = Peer(held, held, busy * 3, SIGNED_IN.replace(b"+OK", b"$2\r\nno", 4), OBSERVED, OBSERVED)
    async with talking_to(peer) as (engines, at):
        held_look = await engines.observe(at, (), 5.0)
        later_looks = [await engines.observe(at, (), 5.0) for _ in range(2)]

    assert isinstance(held_look, Busy) and held_look.is_script
    assert [one.missing_rights for one in later_looks if isinstance(one, Answering)] == [("acl|deluser",)] * 2
    assert [b"AUTH" in one for one in peer.received] == [True, True, False, True, False, False]


def test_a_command_that_is_not_listed_is_never_sent() -> None:
    assert rights.are_listed((("config", "GET", "bind"), ("EXEC",), ("CLIENT", "KILL", "ID", 3)))
    assert not rights.are_listed((("PING",), ("FLUSHALL",)))
    assert not rights.are_listed((("CLIENT", "LIST"),))


async def test_asking_what_is_not_listed_is_our_mistake() -> None:
    async with talking_to(Peer(SIGNED_IN)) as (engines, at):
        with pytest.raises(AssertionError, match="every command"):
            await engines.ask(at, (("FLUSHALL",),), 5.0)
