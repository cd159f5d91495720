"""What a cluster asks of engines beyond the contract: large keys, full targets, late orders, customers at work."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import valkey.exceptions
from valkey.asyncio.cluster import ValkeyCluster

from elastane.engines import CONTROL_USER, KeyTooLarge, MemberAddress, NodeAddress, Refused
from elastane.engines.client import LiveEngines
from elastane.engines.cluster_switchover import TAKEOVER_BY
from elastane.model.cluster_views import MoveState, OpenSlot
from elastane.model.observations import Role
from elastane.model.slots import Slots, from_numbers, numbers, union
from tests.kit.asserts import eventually
from tests.kit.fake_views import slot_of
from tests.live.engines.cluster_processes import EngineClusterWorld
from tests.live.engines.processes import customer
from tests.unit.engines.contract_cluster import (
    SECONDS,
    SHARDS,
    Cluster,
    all_say,
    form,
    is_primary_of,
    keys_in,
    look,
    view_of,
)
from tests.unit.engines.contract_slots import CARRIED, carry

LARGE_BYTES = 64 * 1024


def slots_of(*keys: str) -> Slots:
    return from_numbers(slot_of(key) for key in keys)


@contextlib.asynccontextmanager
async def writing(cluster: Cluster, keys: list[str]) -> AsyncIterator[dict[str, int]]:
    """A cluster client that writes one key after the other, again and again; what it was last told to be written."""
    written: dict[str, int] = {}
    client = ValkeyCluster(host=cluster.primaries[2].at.address, port=cluster.primaries[2].at.port)
    is_over = False

    async def write() -> None:
        number = 0
        while not is_over:
            for key in keys:
                number += 1
                await client.set(key, number)
                written[key] = number

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write(), name="customer")
        try:
            await eventually(lambda: len(written) == len(keys))
            yield written
        finally:
            is_over = True
    found = {key: int(await client.get(key)) for key in keys}
    await client.aclose()
    assert found == written


# --- a customer at work --------------------------------------------------------------------------


async def test_a_hand_over_loses_nothing_that_is_written_meanwhile(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    one, other = cluster.primaries[0], cluster.replicas[0]
    keys = await cluster.write_keys(0, 20)

    async with writing(cluster, keys):
        for at, to in ((one, other), (other, one)):
            await eventually(partial(_is_link_up, cluster_world, to))
            await cluster_world.engines.hand_over(at.at, to.at, SECONDS)

    assert await is_primary_of(cluster_world, one, SHARDS[0])


async def test_a_hand_over_needs_no_majority(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    for lost in cluster.primaries[1:]:
        await cluster_world.lose(lost.at)

    await cluster_world.engines.hand_over(cluster.primaries[0].at, cluster.replicas[0].at, SECONDS)

    assert await is_primary_of(cluster_world, cluster.replicas[0], SHARDS[0])


async def test_slots_are_carried_while_their_keys_are_written(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    keys = await cluster.write_keys(0, 30)

    async with writing(cluster, keys):
        await carry(cluster_world, cluster, slots_of(*keys))

    assert await is_primary_of(cluster_world, cluster.primaries[1], union(SHARDS[1], slots_of(*keys)))


async def test_whole_slots_move_while_their_keys_are_written(cluster_world: EngineClusterWorld) -> None:
    if not cluster_world.moves_whole_slots:
        pytest.skip("this engine moves no whole slots")
    cluster = await form(cluster_world)
    source, target = cluster.primaries[:2]
    keys = await cluster.write_keys(0, 30)

    async with writing(cluster, keys):
        await cluster_world.engines.begin_move(source.at, target.id, slots_of(*keys), SECONDS)
        await eventually(lambda: _has_moved(cluster_world, source))

    assert await is_primary_of(cluster_world, target, union(SHARDS[1], slots_of(*keys)))


async def _is_link_up(world: EngineClusterWorld, member: MemberAddress) -> bool:
    return (await look(world, member)).is_link_up


async def _has_moved(world: EngineClusterWorld, member: MemberAddress) -> bool:
    return (await view_of(world, member)).moves[0].state is MoveState.SUCCEEDED


# --- roles ---------------------------------------------------------------------------------------


async def test_an_order_to_take_the_role_that_comes_late_is_not_obeyed(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    replica = cluster.replicas[0]

    with pytest.raises(Refused, match="LATE"):
        await cluster_world.engines.ask(replica.at, (("EVAL", TAKEOVER_BY, 0, str(time.time() - 1)),), SECONDS)

    assert (await look(cluster_world, replica)).role is Role.REPLICA


async def test_a_replica_stays_with_its_shard_when_its_primary_gives_its_last_slot(
    cluster_world: EngineClusterWorld,
) -> None:
    cluster = await form(cluster_world)
    source, target = cluster.primaries[:2]
    few = slots_of(*await cluster.write_keys(0, 3))
    rest = from_numbers(set(range(5461)) - {part.first for part in few})
    await _give_without_asking(cluster_world, cluster, rest)

    await carry(cluster_world, cluster, few)

    await eventually(lambda: all_say(cluster, target, union(SHARDS[0], SHARDS[1])))
    assert await is_primary_of(cluster_world, source, ())
    assert (await view_of(cluster_world, cluster.replicas[0])).own.primary_id == source.id


async def _give_without_asking(world: EngineClusterWorld, cluster: Cluster, slots: Slots) -> None:
    """The way of whole slots where there is one: SETSLOT waits for replicas on some engines, ten milliseconds each."""
    source, target = cluster.primaries[:2]
    if not world.moves_whole_slots:
        await carry(world, cluster, slots, seconds_max=60.0)
        return
    await world.engines.begin_move(source.at, target.id, slots, SECONDS)
    await eventually(lambda: _has_moved(world, source))


# --- slots key by key ----------------------------------------------------------------------------


async def test_a_key_that_is_too_large_is_left_with_its_slot_and_the_others_go(
    cluster_world: EngineClusterWorld,
) -> None:
    cluster_world.engines = LiveEngines(key_bytes_max=LARGE_BYTES)
    cluster = await form(cluster_world)
    source, target = cluster.primaries[:2]
    small, large, *_ = sorted(await cluster.write_keys(0, 10), key=slot_of)
    async with customer(source.at) as client:
        await client.set(large, "x" * LARGE_BYTES)

    with pytest.raises(KeyTooLarge, match=large) as raised:
        await carry(cluster_world, cluster, slots_of(small, large))

    assert raised.value.slot == slot_of(large)
    assert await is_primary_of(cluster_world, target, union(SHARDS[1], slots_of(small)))
    for side in (source, target):
        view = await view_of(cluster_world, side)
        assert (view.leaving_slots, view.arriving_slots) == ((), ())
    assert await cluster_world.write(source.at, large)


async def test_all_primaries_hear_soon_of_another_ones_new_epoch(cluster_world: EngineClusterWorld) -> None:
    """What moves of slots wait for."""
    cluster = await form(cluster_world)
    first = cluster.primaries[0]

    for primary in cluster.primaries:  # one of them has the highest already, and keeps it
        async with customer(primary.at, CONTROL_USER) as client:
            await client.execute_command("CLUSTER", "BUMPEPOCH")
        epoch = (await view_of(cluster_world, primary)).config_epoch
        for other in cluster.primaries:
            await eventually(partial(_has_heard_of, cluster_world, other, epoch), timeout_seconds=30)

    epochs = [(await view_of(cluster_world, primary)).config_epoch for primary in cluster.primaries]
    assert len(set(epochs)) == len(epochs)
    assert (await view_of(cluster_world, first)).current_epoch == max(epochs)


async def _has_heard_of(world: EngineClusterWorld, member: MemberAddress, epoch: int) -> bool:
    return (await view_of(world, member)).current_epoch >= epoch


async def test_a_full_target_ends_the_work_and_what_it_has_not_got_stays(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    source, target = cluster.primaries[:2]
    keys = await cluster.write_keys(0, 10)
    full = {"maxmemory": "1", "maxmemory-policy": "noeviction"}
    await cluster_world.engines.set_parameters(target.at, full, SECONDS)

    with pytest.raises(Refused, match="OOM"):
        await carry(cluster_world, cluster, slots_of(*keys))
    open_slots = (await view_of(cluster_world, source)).leaving_slots
    await cluster_world.engines.set_parameters(target.at, {"maxmemory": "500mb"}, SECONDS)
    await carry(cluster_world, cluster, slots_of(*keys))

    assert open_slots == tuple(OpenSlot(part.first, target.id) for part in slots_of(*keys))
    assert [(await look(cluster_world, side)).key_count for side in (source, target)] == [0, 10]
    assert (await view_of(cluster_world, source)).leaving_slots == ()


async def test_slots_that_are_open_on_either_side_or_half_given_are_carried_on(
    cluster_world: EngineClusterWorld,
) -> None:
    cluster = await form(cluster_world)
    source, target = cluster.primaries[:2]
    keys = await cluster.write_keys(0, 4)
    expected, leaving, given, half = (slot_of(key) for key in keys)
    ask = cluster_world.engines.ask
    for slot in (expected, given, half):
        await ask(target.at, (("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id),), SECONDS)
    for slot in (leaving, given, half):
        await ask(source.at, (("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id),), SECONDS)
    async with customer(source.at) as client:
        await client.delete(keys[2])
    await ask(target.at, (("CLUSTER", "SETSLOT", given, "NODE", target.id),), SECONDS)

    await carry(cluster_world, cluster, slots_of(*keys))

    assert [(await look(cluster_world, side)).key_count for side in (source, target)] == [0, 3]
    assert await is_primary_of(cluster_world, target, union(SHARDS[1], slots_of(*keys)))
    for side in (source, target):
        view = await view_of(cluster_world, side)
        assert (view.leaving_slots, view.arriving_slots) == ((), ())


async def test_slots_that_a_target_expected_from_a_former_primary_come_from_its_heir(
    cluster_world: EngineClusterWorld,
) -> None:
    """Who expects a slot heeds no claim to it: when the primary it knew is a replica, it is nobody's to it."""
    cluster = await form(cluster_world)
    keys = await cluster.write_keys(0, 30)
    slots = slots_of(*keys)
    (source, target, third), heir = cluster.primaries, cluster.replicas[0]
    expect = tuple(("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id) for slot in numbers(slots))
    await cluster_world.engines.ask(target.at, expect, SECONDS)
    await eventually(partial(_is_link_up, cluster_world, heir))
    await cluster_world.engines.hand_over(source.at, heir.at, SECONDS)
    await eventually(lambda: _is_replica_to(cluster_world, target, source))

    await cluster_world.engines.carry_slots(
        heir, target, slots, told=[third.at], seconds_max=SECONDS, timeout_seconds=SECONDS
    )

    assert await is_primary_of(cluster_world, target, union(SHARDS[1], slots))
    assert (await look(cluster_world, target)).key_count == len(keys)


async def _is_replica_to(world: EngineClusterWorld, member: MemberAddress, other: MemberAddress) -> bool:
    known = (await view_of(world, member)).find(other.id)
    return known is not None and not known.is_primary


async def test_slots_of_a_third_node_are_not_taken_from_it(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    target, third = cluster.primaries[1:]

    with pytest.raises(Refused, match="not the owner"):
        await carry(cluster_world, cluster, SHARDS[2][:1])

    assert await is_primary_of(cluster_world, third, SHARDS[2])
    assert (await view_of(cluster_world, target)).arriving_slots == ()


async def test_keys_that_expire_on_the_way_and_many_keys_in_one_slot_are_no_hindrance(
    cluster_world: EngineClusterWorld,
) -> None:
    cluster = await form(cluster_world)
    source, target = cluster.primaries[:2]
    tag = next(iter(keys_in(SHARDS[0])))
    async with customer(source.at) as client:
        for number in range(1000):
            await client.set(f"{{{tag}}}:{number}", "x" * 100)
        for number in range(1000, 1500):
            await client.set(f"{{{tag}}}:{number}", "x", px=1 + number % 50)

    await carry(cluster_world, cluster, slots_of(tag))

    assert await is_primary_of(cluster_world, target, union(SHARDS[1], slots_of(tag)))
    await eventually(lambda: _has_keys(cluster_world, target, 1000))
    assert (await look(cluster_world, source)).key_count == 0


async def test_a_hung_third_node_does_not_hold_up_the_work(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    await cluster_world.hang(cluster.primaries[2].at)

    await carry(cluster_world, cluster, CARRIED[:1])

    assert await is_primary_of(cluster_world, cluster.primaries[1], union(SHARDS[1], CARRIED[:1]))


async def test_replicas_of_both_sides_have_what_their_primaries_have(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    keys = await cluster.write_keys(0, 40)

    await carry(cluster_world, cluster, slots_of(*keys))

    await eventually(lambda: _has_keys(cluster_world, cluster.replicas[0], 0))
    await eventually(lambda: _has_keys(cluster_world, cluster.replicas[1], 40))


async def test_keys_live_as_long_as_they_would_have_lived(cluster_world: EngineClusterWorld) -> None:
    cluster = await form(cluster_world)
    source, target = cluster.primaries[:2]
    mortal, immortal = await cluster.write_keys(0, 2)
    async with customer(source.at) as client:
        await client.pexpire(mortal, 100_000)

    await carry(cluster_world, cluster, slots_of(mortal, immortal))

    async with customer(target.at) as client:
        assert 90_000 < await client.pttl(mortal) <= 100_000
        assert await client.pttl(immortal) == -1


async def _has_keys(world: EngineClusterWorld, member: MemberAddress, count: int) -> bool:
    return (await look(world, member)).key_count == count


# --- rights --------------------------------------------------------------------------------------

FORBIDDEN = (
    "CLUSTER MIGRATESLOTS SLOTSRANGE 0 1 NODE 0000000000000000000000000000000000000000",
    "CLUSTER CANCELSLOTMIGRATIONS",
    "CLUSTER SYNCSLOTS FINISH STATE failed",
    "CLUSTER SETSLOT 1 STABLE",
    "CLUSTER REPLICATE 0000000000000000000000000000000000000000",
    "CLUSTER RESET",
    "CLUSTER FAILOVER TAKEOVER",
    "MIGRATE 127.0.0.1 6379 key 0 1000",
)
ALLOWED = (
    "CLUSTER SLOTS",
    "CLUSTER SHARDS",
    "CLUSTER NODES",
    "CLUSTER INFO",
    "CLUSTER MYID",
    "CLUSTER KEYSLOT key",
    "CLUSTER COUNTKEYSINSLOT 0",
    "CLUSTER GETKEYSINSLOT 0 1",
    "READONLY",
    "READWRITE",
    "ASKING",
)


async def test_customers_read_the_map_and_move_nothing(cluster_world: EngineClusterWorld) -> None:
    member = cluster_world.member()
    await cluster_world.boot(member, nowhere_slots=SHARDS[0])

    answers = {command: await _say(member.at, command) for command in (*FORBIDDEN, *ALLOWED)}

    refused = {command for command, answer in answers.items() if "has no permissions" in answer or "unknown" in answer}
    assert refused == set(FORBIDDEN)


async def test_the_control_user_may_do_all_that_a_cluster_asks_for(cluster_world: EngineClusterWorld) -> None:
    member = cluster_world.member()
    await cluster_world.boot(member)

    assert (await look(cluster_world, member)).missing_rights == ()


async def _say(at: NodeAddress, command: str) -> str:
    async with customer(at) as client:
        try:
            answer: Any = await client.execute_command(*command.split())
        except valkey.exceptions.ResponseError as error:
            return str(error)
        return str(answer)
