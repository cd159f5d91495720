"""The planned switchover: under load, and interrupted at every place where an interruption hurts."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
import valkey.exceptions

from elastane.engines import NodeAddress, SwitchoverFailed
from elastane.engines.connection import Command, Reply
from elastane.engines.switchover import switch_over
from elastane.model.observations import Role
from tests.kit.asserts import eventually
from tests.live.engines.processes import EngineWorld, customer
from tests.unit.engines.contract import SECONDS, look, primary_and_replica, synced


class Writer:
    """Counts up keys on whoever is primary, and remembers which were acknowledged."""

    def __init__(self, addresses: tuple[NodeAddress, ...]) -> None:
        self.acknowledged: list[str] = []
        self.is_stopped = False
        self._addresses = addresses

    async def run(self, name: str) -> None:
        number, turn = 0, 0
        while not self.is_stopped:
            async with customer(self._addresses[turn % len(self._addresses)]) as client:
                try:
                    while not self.is_stopped:
                        await client.set(f"{name}-{number}", "value")
                        self.acknowledged.append(f"{name}-{number}")
                        number += 1
                except (valkey.exceptions.ReadOnlyError, valkey.exceptions.ConnectionError):
                    turn += 1


async def test_a_switchover_under_four_writers_loses_nothing_they_were_told_is_written(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    writer = Writer((primary, replica))
    async with asyncio.TaskGroup() as tasks:
        for number in range(4):
            tasks.create_task(writer.run(f"writer-{number}"), name=f"writer {number}")
        await eventually(lambda: len(writer.acknowledged) > 500)
        started = time.monotonic()

        await world.engines.switch_over(primary, replica, SECONDS)

        seconds = time.monotonic() - started
        count = len(writer.acknowledged)
        await eventually(lambda: len(writer.acknowledged) > count + 500)
        writer.is_stopped = True
    async with customer(replica) as client:
        missing = [key for key in writer.acknowledged if not await client.exists(key)]
    assert missing == [], f"{len(missing)} of {len(writer.acknowledged)} lost in {seconds:.3f} s"


# --- interrupted ---------------------------------------------------------------------------------


class Asking:
    """The engines' `ask`, with something done to the world before or after one of the commands."""

    def __init__(
        self,
        world: EngineWorld,
        *,
        command: str,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.asked: list[str] = []
        self.is_reached = False
        self._world = world
        self._command = command
        self._before, self._after = before, after

    async def __call__(self, at: NodeAddress, commands: tuple[Command, ...], seconds: float) -> list[Reply]:
        said = " ".join(str(word) for word in commands[0])
        self.asked.append(said)
        is_the_one = said.startswith(self._command)
        if is_the_one and self._before:
            await self._before()
        replies = await self._world.engines.ask(at, commands, seconds)
        if is_the_one and self._after:
            await self._after()
        self.is_reached = self.is_reached or is_the_one
        return replies


async def test_a_switchover_that_is_cancelled_leaves_no_pause_behind(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    ask = Asking(world, command="CLIENT PAUSE", after=lambda: world.hang(replica))

    async with asyncio.TaskGroup() as tasks:
        switchover = tasks.create_task(switch_over(ask, primary, replica, 60.0), name="switchover")
        await eventually(lambda: ask.is_reached)
        switchover.cancel()

    # The pause was ordered for a minute: only the unpause lets this write through.
    assert await asyncio.wait_for(world.write(primary, "key"), 10)
    await world.resume(replica)


async def test_a_switchover_past_its_deadline_unpauses_and_says_what_it_waited_for(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    ask = Asking(world, command="CLIENT PAUSE", after=lambda: world.hang(replica))

    with pytest.raises(SwitchoverFailed, match="waiting for the replica to catch up"):
        await switch_over(ask, primary, replica, 0.3)

    assert ask.asked[-1] == "CLIENT UNPAUSE"
    assert await world.write(primary, "key")
    await world.resume(replica)


async def test_a_switchover_whose_target_dies_after_the_order_gives_the_role_back(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    ask = Asking(world, command="FAILOVER TO", before=lambda: world.hang(replica), after=lambda: world.lose(replica))

    with pytest.raises(SwitchoverFailed, match="took its role back"):
        await switch_over(ask, primary, replica, 0.5)

    assert await world.write(primary, "key")
    assert (await look(world, primary)).role is Role.PRIMARY


async def test_a_switchover_whose_target_hangs_after_the_order_makes_no_second_primary(world: EngineWorld) -> None:
    primary, replica = await primary_and_replica(world, key_count=1)
    ask = Asking(world, command="FAILOVER TO", before=lambda: world.hang(replica))

    with pytest.raises(SwitchoverFailed, match="accepts no writes until"):
        await switch_over(ask, primary, replica, 0.5)
    while_hung = await look(world, primary)
    await world.resume(replica)

    # It resumes, finds the role offered and takes it: one primary at every moment.
    await eventually(lambda: _is_primary(world, replica))
    assert while_hung.role is Role.REPLICA
    await synced(world, primary, key_count=1)


async def test_a_primary_caught_in_a_switchover_can_be_promoted_once_its_target_is_fenced(world: EngineWorld) -> None:
    primary = await _caught_in_a_switchover(world)

    await world.engines.promote(primary, SECONDS)

    assert await world.write(primary, "key")


async def test_a_primary_caught_in_a_switchover_can_be_made_to_follow_another(world: EngineWorld) -> None:
    primary, other = await _caught_in_a_switchover(world), await world.boot()
    await world.engines.promote(other, SECONDS)

    await world.engines.follow(primary, other, SECONDS)

    seen = await synced(world, primary, key_count=0)
    assert seen.primary_address == other.address


async def _caught_in_a_switchover(world: EngineWorld) -> NodeAddress:
    """A former primary that waits for a target which hung, and was fenced only after we gave up."""
    primary, replica = await primary_and_replica(world, key_count=1)
    ask = Asking(world, command="FAILOVER TO", before=lambda: world.hang(replica))
    with pytest.raises(SwitchoverFailed):
        await switch_over(ask, primary, replica, 0.5)
    await world.lose(replica)
    return primary


async def _is_primary(world: EngineWorld, at: NodeAddress) -> bool:
    return (await look(world, at)).role is Role.PRIMARY
