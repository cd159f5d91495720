"""The contract of the Memcached protocols, over the fake."""

import itertools
from collections.abc import Awaitable, Callable

import pytest

from elastane.clock import utc_now
from elastane.engines.memcached_engines import MemcachedAddress
from tests.kit import fake_binaries
from tests.kit.fake_host import FakeHost
from tests.kit.fake_memcached import FakeMemcached
from tests.kit.fake_pki import FakePki
from tests.unit.engines.memcached_contract import CONTRACT, World


class FakeSurroundings:
    """Processes of a host in memory."""

    def __init__(self) -> None:
        self.host = FakeHost()
        self.memcached = FakeMemcached(self.host)
        self.authority = FakePki(utc_now)
        self.binary = fake_binaries.MEMCACHED
        self._addresses = (f"127.88.0.{number}" for number in itertools.count(10))

    def spare_address(self) -> str:
        return next(self._addresses)

    async def hang(self, node_key: str) -> None:
        self.host.hold(node_key)

    async def resume(self, node_key: str) -> None:
        self.host.let_go(node_key)

    async def crowd(self, at: MemcachedAddress) -> None:
        self.memcached.crowded.add(at.address)


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
async def test_the_fake_keeps_the_contract(clause: Callable[[World], Awaitable[None]]) -> None:
    await clause(World(FakeSurroundings()))
