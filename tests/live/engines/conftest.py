"""A world of real processes for each of both engines; every test of this folder runs over both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.engines.cluster_processes import EngineClusterWorld
from tests.live.engines.processes import EngineWorld, customer, require_engine
from tests.unit.engines.contract import SECONDS

SAY = """#!lua name=customers
redis.register_function('say', function(keys, arguments) return redis.call(unpack(arguments)) end)
"""


@pytest.fixture(params=["valkey", "redis"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EngineWorld]:
    world = EngineWorld(require_engine(request.param), tmp_path)
    try:
        yield world
    finally:
        await world.aclose()


@pytest.fixture(params=["valkey", "redis"])
async def cluster_world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EngineClusterWorld]:
    world = EngineClusterWorld(require_engine(request.param), tmp_path)
    try:
        yield world
    finally:
        await world.aclose()


@pytest.fixture
async def primary(world: EngineWorld) -> EngineWorld:
    """A world with one node, a primary, and a function that customers may call to say any command."""
    at = await world.boot()
    await world.engines.promote(at, SECONDS)
    async with customer(at) as client:
        await client.function_load(SAY)
    return world
