"""The contract of `Engines`, over the fake."""

import itertools
from collections.abc import Awaitable, Callable

import pytest

from elastane.engines import NodeAddress
from elastane.model.secrets import Secret
from tests.kit.fake_engines import FakeEngines
from tests.unit.engines.contract import CONTRACT, World


class FakeWorld:
    """The contract's World over engines in memory."""

    def __init__(self) -> None:
        self.engines = FakeEngines()
        self._addresses = (f"127.88.0.{number}" for number in itertools.count(10))

    def spare_address(self) -> str:
        return next(self._addresses)

    async def boot(self) -> NodeAddress:
        at = NodeAddress(address=next(self._addresses), port=6379, secret=Secret("only-for-tests"))
        self.engines.boot(at)
        return at

    async def boot_again(self, at: NodeAddress) -> None:
        self.engines.boot(at)

    async def lose(self, at: NodeAddress) -> None:
        self.engines.lose(at)

    async def hang(self, at: NodeAddress) -> None:
        self.engines.hang(at)

    async def resume(self, at: NodeAddress) -> None:
        self.engines.resume(at)

    async def write(self, at: NodeAddress, key: str) -> bool:
        return self.engines.write(at, key)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
async def test_the_fake_keeps_the_contract(clause: Callable[[World], Awaitable[None]]) -> None:
    await clause(FakeWorld())


async def test_a_replica_of_a_primary_that_returned_empty_and_was_promoted_loses_its_keys() -> None:
    world = FakeWorld()
    primary, replica = await world.boot(), await world.boot()
    await world.engines.promote(primary, 1.0)
    world.engines.write(primary, "key")
    await world.engines.follow(replica, primary, 1.0)
    for _ in range(2):
        await world.engines.observe(replica, (), 1.0)
    assert world.engines.nodes[replica.address, replica.port].keys == {"key"}

    world.engines.lose(primary)
    world.engines.boot(primary)
    await world.engines.promote(primary, 1.0)
    for _ in range(2):
        await world.engines.observe(replica, (), 1.0)

    assert world.engines.nodes[replica.address, replica.port].keys == set()
