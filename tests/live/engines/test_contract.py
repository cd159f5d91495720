"""The contract of `Engines`, over real processes of both engines."""

from collections.abc import Awaitable, Callable

import pytest

from tests.live.engines.processes import EngineWorld
from tests.unit.engines.contract import CONTRACT, World


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
async def test_real_engines_keep_the_contract(world: EngineWorld, clause: Callable[[World], Awaitable[None]]) -> None:
    await clause(world)
