"""A replica that was asked for its acknowledgement is fed: what is written has a second copy at once."""

from elastane.engines import NodeAddress
from tests.kit.asserts import eventually
from tests.live.engines.processes import EngineWorld, customer
from tests.unit.engines.contract import SECONDS, look

KEYS = ("first", "second", "third")
"""One for each of several new replicas: one in six is fed at once by chance, its first acknowledgement late enough."""

ROUNDS_MAX = 20
"""Some milliseconds. Three are enough by cause and effect; a replica's own next acknowledgement is hundreds away."""


async def test_what_is_written_after_the_acknowledgement_was_asked_for_is_at_the_replica(world: EngineWorld) -> None:
    primary = await world.boot()
    await world.engines.promote(primary, SECONDS)
    for key in KEYS:
        replica = await world.boot()
        await _until_it_has_just_acknowledged(world, replica)
        await world.engines.follow(replica, primary, SECONDS)
        await _until_online(world, primary, replica)

        await world.engines.ask_acknowledgement(replica, SECONDS)
        assert await world.write(primary, key)

        assert await _arrives_at_once(primary, replica, key), "the stream is withheld from a replica called online"


async def _arrives_at_once(primary: NodeAddress, replica: NodeAddress, key: str) -> bool:
    """A round leads through the event loops of both: what one has sent to the other is read by then.

    Rounds and not time: a machine that stalls stalls all three of us.
    """
    async with customer(primary) as asking_primary, customer(replica) as asking_replica:
        for _ in range(ROUNDS_MAX):
            await asking_primary.ping()
            if await asking_replica.exists(key):
                return True
    return False


async def _until_it_has_just_acknowledged(world: EngineWorld, at: NodeAddress) -> None:
    """What a replica does once a second it does all at one moment: acknowledge, or try to reach nowhere, and say so.

    Without this the next acknowledgement would come at a random moment, and the test would prove nothing.
    """
    count = _tries(world, at)
    await eventually(lambda: _tries(world, at) > count, interval_seconds=0.005)


def _tries(world: EngineWorld, at: NodeAddress) -> int:
    return world.log(at).count("Connecting to ")


async def _until_online(world: EngineWorld, primary: NodeAddress, replica: NodeAddress) -> None:
    async def check() -> bool:
        is_link_up = (await look(world, replica)).is_link_up
        return is_link_up and replica.address in (await look(world, primary)).online_replicas

    await eventually(check, interval_seconds=0.005)
