"""What every implementation of the Engines protocol does with slots that move, whether its engines are real or not.

The second half of `contract_cluster`, from where its clauses take a cluster of three shards.
"""

from collections.abc import Awaitable, Callable

import pytest

from elastane.engines import MemberAddress, Refused
from elastane.model.cluster_views import MoveState
from elastane.model.slots import SlotRange, Slots, difference, intersection, union
from tests.kit.asserts import eventually
from tests.kit.fake_views import is_in, slot_of
from tests.unit.engines.contract_cluster import (
    SECONDS,
    SHARDS,
    Cluster,
    ClusterWorld,
    all_say,
    form,
    is_primary_of,
    look,
    view_of,
)

# --- whole slots ---------------------------------------------------------------------------------

MOVED = (SlotRange(100, 199), SlotRange(1000, 1999))


async def whole_slots_move_with_their_keys(world: ClusterWorld) -> None:
    cluster = await form(world)
    source, target = cluster.primaries[:2]
    keys = await cluster.write_keys(0, 200)
    moving = [key for key in keys if is_in(slot_of(key), MOVED)]
    if not world.moves_whole_slots:
        with pytest.raises(Refused):
            await world.engines.begin_move(source.at, target.id, MOVED, SECONDS)
        return

    await world.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    await eventually(lambda: _newest_move_is(world, source, MoveState.SUCCEEDED))

    move, mirrored = [(await view_of(world, side)).moves[0] for side in (source, target)]
    assert (move.slots, move.source_id, move.target_id, move.is_export) == (MOVED, source.id, target.id, True)
    assert (mirrored.id, mirrored.state, mirrored.is_export) == (move.id, MoveState.SUCCEEDED, False)
    await eventually(lambda: all_say(cluster, source, difference(SHARDS[0], MOVED)))
    await eventually(lambda: all_say(cluster, target, union(SHARDS[1], MOVED)))
    assert (await look(world, source)).key_count == len(keys) - len(moving)
    assert (await look(world, target)).key_count == len(moving)
    assert await world.write(target.at, moving[0])
    assert not await world.write(source.at, moving[0])


async def _newest_move_is(world: ClusterWorld, member: MemberAddress, state: MoveState) -> bool:
    moves = (await view_of(world, member)).moves
    return bool(moves) and moves[0].state is state


async def slots_of_others_and_slots_that_move_already_are_refused(world: ClusterWorld) -> None:
    cluster = await form(world)
    source, target = cluster.primaries[:2]
    if not world.moves_whole_slots:
        return
    await world.hang(target.at)

    await world.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    with pytest.raises(Refused):
        await world.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    with pytest.raises(Refused):
        await world.engines.begin_move(source.at, target.id, SHARDS[2], SECONDS)


async def cancelled_moves_leave_every_slot_where_it_was(world: ClusterWorld) -> None:
    cluster = await form(world)
    source, target = cluster.primaries[:2]
    if world.moves_whole_slots:
        await world.engines.begin_move(source.at, target.id, MOVED, SECONDS)
        await eventually(lambda: _newest_move_is(world, target, MoveState.RUNNING), interval_seconds=0.002)
        await world.hang(source.at)  # so that it does not end before

    for _ in range(2):
        await world.engines.cancel_moves(target.at, SECONDS)
    await world.resume(source.at)

    if world.moves_whole_slots:
        await eventually(lambda: _has_given_up(world, source))
    assert await is_primary_of(world, source, SHARDS[0])
    assert await is_primary_of(world, target, SHARDS[1])


async def _has_given_up(world: ClusterWorld, member: MemberAddress) -> bool:
    return (await view_of(world, member)).moves[0].state in (MoveState.FAILED, MoveState.CANCELLED)


async def a_move_fails_with_its_target_and_leaves_every_slot_where_it_was(world: ClusterWorld) -> None:
    cluster = await form(world)
    source, target = cluster.primaries[:2]
    if not world.moves_whole_slots:
        return
    await world.hang(target.at)

    await world.engines.begin_move(source.at, target.id, MOVED, SECONDS)
    await world.lose(target.at)

    await eventually(lambda: _newest_move_is(world, source, MoveState.FAILED))
    assert (await view_of(world, source)).moves[0].message
    assert await is_primary_of(world, source, SHARDS[0])


# --- slots key by key ----------------------------------------------------------------------------

CARRIED = (SlotRange(100, 149), SlotRange(1000, 1099))


async def carry(world: ClusterWorld, cluster: Cluster, slots: Slots, *, seconds_max: float = SECONDS) -> None:
    source, target, *others = cluster.primaries
    await world.engines.carry_slots(
        source, target, slots, told=[other.at for other in others], seconds_max=seconds_max, timeout_seconds=SECONDS
    )


async def carried_slots_take_their_keys_along(world: ClusterWorld) -> None:
    cluster = await form(world)
    source, target, told = cluster.primaries
    keys = await cluster.write_keys(0, 200)
    carried = [key for key in keys if is_in(slot_of(key), CARRIED)]

    for _ in range(2):
        await carry(world, cluster, CARRIED)

    assert await is_primary_of(world, source, difference(SHARDS[0], CARRIED))
    assert await is_primary_of(world, target, union(CARRIED, SHARDS[1]))
    await eventually(lambda: all_say(cluster, target, union(CARRIED, SHARDS[1])))
    assert [(await look(world, side)).key_count for side in (source, target, told)] == [
        len(keys) - len(carried),
        len(carried),
        0,
    ]
    assert await world.write(target.at, carried[0])
    assert not await world.write(source.at, carried[0])


async def slots_are_carried_a_part_at_a_time_until_all_are_moved(world: ClusterWorld) -> None:
    cluster = await form(world)
    source, target = cluster.primaries[:2]
    keys = await cluster.write_keys(0, 200)

    async def is_done() -> bool:
        left = intersection((await view_of(world, source)).own.slots, CARRIED)
        await carry(world, cluster, left, seconds_max=0.0)
        return not left

    await eventually(is_done)

    assert await is_primary_of(world, target, union(CARRIED, SHARDS[1]))
    assert sum([(await look(world, side)).key_count for side in (source, target)]) == len(keys)


async def slots_are_not_open_any_more_once_they_are_carried_or_closed(world: ClusterWorld) -> None:
    cluster = await form(world)
    source, target = cluster.primaries[:2]

    await carry(world, cluster, CARRIED)
    for side in (source, target):
        await world.engines.close_slots(side.at, CARRIED, SECONDS)

    for side in (source, target):
        view = await view_of(world, side)
        assert (view.leaving_slots, view.arriving_slots) == ((), ())


SLOTS_CONTRACT: tuple[Callable[[ClusterWorld], Awaitable[None]], ...] = (
    whole_slots_move_with_their_keys,
    slots_of_others_and_slots_that_move_already_are_refused,
    cancelled_moves_leave_every_slot_where_it_was,
    a_move_fails_with_its_target_and_leaves_every_slot_where_it_was,
    carried_slots_take_their_keys_along,
    slots_are_carried_a_part_at_a_time_until_all_are_moved,
    slots_are_not_open_any_more_once_they_are_carried_or_closed,
)
