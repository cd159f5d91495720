"""What a failover asks of an engine and orders it, over both: scripts, dumps, cut clients, heartbeats, rights."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
import valkey.exceptions

from elastane.engines import CONTROL_USER, NodeAddress, Refused
from elastane.engines.client import LiveEngines
from elastane.model.observations import Answering, Busy, Role
from tests.kit.asserts import eventually
from tests.live.engines.processes import SECRET, EngineWorld, customer
from tests.unit.engines.contract import SECONDS, look, primary_and_replica, synced

SOON_BUSY = {"busy-reply-threshold": "50"}

ENDLESS_FUNCTION = """#!lua name=endless
redis.register_function('endless', function() while true do end end)
"""

# --- scripts -------------------------------------------------------------------------------------


async def test_an_endless_script_is_stopped_by_whoever_was_told_that_one_runs(world: EngineWorld) -> None:
    at = await world.boot(SOON_BUSY)
    async with customer(at) as client, asyncio.TaskGroup() as tasks:
        tasks.create_task(_fails(client.eval("while true do end", 0)), name="script")
        await eventually(lambda: _is_held(world, at))

        await world.engines.stop_script(at, SECONDS)

    await eventually(lambda: look(world, at))


async def test_an_endless_function_is_stopped_too(world: EngineWorld) -> None:
    at = await world.boot(SOON_BUSY)
    await world.engines.promote(at, SECONDS)
    async with customer(at) as client, asyncio.TaskGroup() as tasks:
        await client.function_load(ENDLESS_FUNCTION)
        tasks.create_task(_fails(client.fcall("endless", 0)), name="function")
        await eventually(lambda: _is_held(world, at))

        await world.engines.stop_script(at, SECONDS)

    await eventually(lambda: look(world, at))


async def test_a_script_that_has_written_cannot_be_stopped(world: EngineWorld) -> None:
    at = await world.boot(SOON_BUSY)
    await world.engines.promote(at, SECONDS)
    async with customer(at) as client, asyncio.TaskGroup() as tasks:
        script = "redis.call('set', 'key', 'value') while true do end"
        tasks.create_task(_fails(client.eval(script, 0)), name="script")
        await eventually(lambda: _is_held(world, at))

        with pytest.raises(Refused, match="UNKILLABLE"):
            await world.engines.stop_script(at, SECONDS)

        await world.lose(at)


async def test_a_control_plane_that_comes_while_a_script_runs_learns_its_rights_after_it(world: EngineWorld) -> None:
    at = await world.boot(SOON_BUSY)
    await _forbid(world, at, "-failover")
    async with customer(at) as client, asyncio.TaskGroup() as tasks:
        tasks.create_task(_fails(client.eval("while true do end", 0)), name="script")
        await eventually(lambda: _is_held(world, at))
        world.engines.forget(at)

        await eventually(lambda: _is_held(world, at))
        await world.engines.stop_script(at, SECONDS)

    assert (await eventually(lambda: look(world, at))).missing_rights == ("failover",)


async def _fails(running: Any) -> None:
    with contextlib.suppress(valkey.exceptions.ValkeyError):
        await running


async def _is_held(world: EngineWorld, at: NodeAddress) -> bool:
    """False before busy-reply-threshold, when there is no answer at all."""
    seen = await world.engines.observe(at, (), 0.5)
    return isinstance(seen, Busy) and seen.is_script


# --- dumps ---------------------------------------------------------------------------------------


async def test_a_dump_lies_in_the_nodes_directory_and_holds_all_that_a_primary_acknowledged(
    world: EngineWorld, tmp_path: Path
) -> None:
    at = await world.boot()
    await world.engines.promote(at, SECONDS)
    assert await world.write(at, "key")

    name = await world.engines.save_dump(at, SECONDS)
    await world.lose(at)
    await world.boot_again(at)

    assert (tmp_path / at.address / name).stat().st_size > 0
    await eventually(lambda: _holds_one_key(world, at))


async def test_what_a_node_missed_since_its_dump_is_all_that_it_is_sent(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    assert await world.write(primary, "by-its-stream")
    await synced(world, replica, key_count=2)
    await world.engines.save_dump(replica, SECONDS)
    await world.lose(replica)
    assert await world.write(primary, "missed")

    await world.boot_again(replica)
    await world.engines.follow(replica, primary, SECONDS)
    await synced(world, replica, key_count=3)

    said_since_it_booted = world.log(replica).split("DB loaded from disk")[-1]
    assert "Successful partial resynchronization" in said_since_it_booted


async def _holds_one_key(world: EngineWorld, at: NodeAddress) -> bool:
    seen = await look(world, at)
    return (seen.role, seen.is_loading, seen.key_count) == (Role.REPLICA, False, 1)


# --- addresses and clients -----------------------------------------------------------------------


async def test_nobody_stays_or_slips_in_by_an_address_that_is_let_go_of(world: EngineWorld) -> None:
    at = await world.boot()
    endpoint = NodeAddress(address=world.spare_address(), port=at.port, secret=at.secret)
    await world.engines.bind(at, (at.address, endpoint.address), SECONDS)
    crowd = Crowd(endpoint)
    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(crowd.knock(), name=f"client {number}")
        await eventually(lambda: crowd.answer_count > 2000)

        await world.engines.bind(at, (at.address,), SECONDS, cuts_clients=True)
        inside = await _clients_at(at, endpoint.address)
        await eventually(lambda: crowd.refusal_count > 200)
        crowd.is_over = True

    assert inside == []
    assert await _clients_at(at, endpoint.address) == []


class Crowd:
    """Clients that come, ask a few times, go, and come again: some are in every state there is."""

    def __init__(self, at: NodeAddress) -> None:
        self._at = at
        self.answer_count = 0
        self.refusal_count = 0
        self.is_over = False

    async def knock(self) -> None:
        while not self.is_over:
            try:
                await self._visit()
            except ConnectionRefusedError:
                self.refusal_count += 1
            except (OSError, EOFError):
                continue  # cut

    async def _visit(self) -> None:
        reader, writer = await asyncio.open_connection(self._at.address, self._at.port)
        try:
            for _ in range(5):
                writer.write(b"PING\r\n")
                await reader.readuntil(b"\r\n")
                self.answer_count += 1
        finally:
            writer.close()


async def _clients_at(at: NodeAddress, address: str) -> list[str]:
    """Those that came in by the address."""
    async with customer(at) as client:
        return [one["addr"] for one in await client.client_list() if one["laddr"].startswith(f"{address}:")]


# --- who is silent, and for how long -------------------------------------------------------------


async def test_a_replica_tells_how_long_its_hung_primary_has_been_silent(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    at_first = await look(world, replica)

    await world.hang(primary)
    seen = await eventually(lambda: _hears_nothing(world, replica))
    await world.lose(primary)
    await eventually(lambda: _has_no_link(world, replica))

    assert at_first.link_silent_seconds in (0, 1)
    assert seen.is_link_up


async def _hears_nothing(world: EngineWorld, at: NodeAddress) -> Answering:
    seen = await look(world, at)
    assert (seen.link_silent_seconds or 0) >= 2
    return seen


async def _has_no_link(world: EngineWorld, at: NodeAddress) -> bool:
    seen = await look(world, at)
    return (seen.is_link_up, seen.link_silent_seconds) == (False, None)


# --- rights --------------------------------------------------------------------------------------


async def test_the_control_user_lacks_no_right_at_a_node_of_ours(world: EngineWorld) -> None:
    at = await world.boot()

    assert (await look(world, at)).missing_rights == ()


async def test_a_right_that_was_taken_away_is_missed_by_the_next_connection(world: EngineWorld) -> None:
    at = await world.boot()
    await _forbid(world, at, "-client|pause")

    on_the_old_connection = await look(world, at)
    world.engines.forget(at)
    on_a_new_one = await look(world, at)
    newcomer = LiveEngines()
    seen_by_newcomer = await newcomer.observe(at, (), SECONDS)
    await newcomer.aclose()

    assert on_the_old_connection.missing_rights == ()
    assert on_a_new_one.missing_rights == ("client|pause",)
    assert isinstance(seen_by_newcomer, Answering)
    assert seen_by_newcomer.missing_rights == ("client|pause",)


async def test_a_control_user_that_may_not_ask_for_its_rights_misses_that_one(world: EngineWorld) -> None:
    at = await world.boot()
    await _forbid(world, at, "-acl|dryrun")

    world.engines.forget(at)

    assert (await look(world, at)).missing_rights == ("acl|dryrun",)


async def _forbid(world: EngineWorld, at: NodeAddress, rule: str) -> None:
    assert at.secret == SECRET
    async with customer(at, CONTROL_USER) as administrator:
        await administrator.execute_command("ACL", "SETUSER", CONTROL_USER, rule)
