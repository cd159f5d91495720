"""What roles cost and keep when processes really die, hang and move: beyond the common contract."""

import asyncio
from typing import Any

import pytest
import valkey.exceptions

from elastane.engines import NodeAddress
from elastane.model.observations import Answering, Busy, Refusing, Role
from tests.kit.asserts import eventually
from tests.live.engines.processes import EngineWorld, customer
from tests.unit.engines.contract import SECONDS, look, primary_and_replica, synced


async def test_a_returned_empty_primary_refuses_its_former_replica_again_and_again(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=100)
    await world.lose(primary)
    await world.boot_again(primary)

    # The replica tries once a second; each of its tries ends with these words in its log.
    await eventually(lambda: world.log(replica).count("NOMASTERLINK") >= 2)

    assert (await look(world, replica)).key_count == 100
    assert (await look(world, primary)).key_count == 0


async def test_a_returned_empty_primary_that_is_promoted_wipes_its_replica(world: EngineWorld) -> None:
    """The danger that the guarded boot is for: without this the test above would prove nothing."""
    primary, replica = await primary_and_replica(world, key_count=100)
    await world.lose(primary)
    await world.boot_again(primary)

    await world.engines.promote(primary, SECONDS)

    await synced(world, replica, key_count=0)


async def test_a_restart_finds_no_stale_file_to_load(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=100)

    for at in (primary, replica):
        await world.lose(at)
        await world.boot_again(at)

    assert (await look(world, primary)).key_count == 0
    assert (await look(world, replica)).key_count == 0


async def test_connections_live_on_when_an_endpoints_address_moves_away(world: EngineWorld) -> None:
    former, latter = await world.boot(), await world.boot()
    endpoint = NodeAddress(address=world.spare_address(), port=former.port, secret=former.secret)
    await world.engines.bind(former, (former.address, endpoint.address), SECONDS)
    async with customer(endpoint) as old_client:
        identity = await old_client.client_id()

        await world.engines.bind(former, (former.address,), SECONDS)
        await world.engines.bind(latter, (latter.address, endpoint.address), SECONDS)

        assert await old_client.client_id() == identity
    await world.engines.promote(latter, SECONDS)
    async with customer(endpoint) as new_client:
        assert await new_client.set("key", "value")
    assert (await look(world, latter)).key_count == 1


async def test_an_endpoints_address_is_free_once_its_node_is_dead(world: EngineWorld) -> None:
    former, latter = await world.boot(), await world.boot()
    endpoint = NodeAddress(address=world.spare_address(), port=former.port, secret=former.secret)
    await world.engines.bind(former, (former.address, endpoint.address), SECONDS)

    await world.lose(former)
    refused = await world.engines.observe(endpoint, (), SECONDS)
    await world.engines.bind(latter, (latter.address, endpoint.address), SECONDS)

    assert refused == Refusing()
    assert isinstance(await world.engines.observe(endpoint, (), SECONDS), Answering)


async def test_cutting_clients_closes_customers_and_subscribers_and_not_the_replica(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    async with customer(primary) as client:
        identity = await client.client_id()
        subscriber = client.pubsub()
        await subscriber.subscribe("channel")
        await subscriber.get_message(timeout=1)

        await world.engines.cut_clients(primary, SECONDS)

        with pytest.raises(valkey.exceptions.ConnectionError):
            await asyncio.wait_for(subscriber.connection.read_response(), 5)
        assert await client.client_id() != identity  # valkey-py reconnects once by itself
        await subscriber.aclose()
    assert (await look(world, replica)).is_link_up


async def test_a_script_that_holds_the_engine_makes_it_busy_and_not_down(world: EngineWorld) -> None:
    at = await world.boot({"busy-reply-threshold": "50"})
    async with customer(at) as client, asyncio.TaskGroup() as tasks:
        tasks.create_task(_run_for_ever(client), name="script")

        reason = await eventually(lambda: _busy_reason(world, at))

        async with customer(at) as other:
            await other.script_kill()
    assert "BUSY" in reason


async def _run_for_ever(client: Any) -> None:
    with pytest.raises(valkey.exceptions.ResponseError):
        await client.eval("while true do end", 0)


async def _busy_reason(world: EngineWorld, at: NodeAddress) -> str:
    """Empty until the engine says so itself; before busy-reply-threshold it only gives no answer."""
    seen = await world.engines.observe(at, (), 0.5)
    return seen.reason if isinstance(seen, Busy) and "BUSY" in seen.reason else ""


async def test_observing_a_replica_of_a_hung_primary_still_answers(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=3)
    await world.hang(primary)

    seen = await look(world, replica)

    await world.resume(primary)
    assert (seen.role, seen.key_count) == (Role.REPLICA, 3)
