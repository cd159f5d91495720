"""The contract of `Engines` in cluster mode, over real processes of both engines."""

from collections.abc import Awaitable, Callable

import pytest

from tests.live.engines.cluster_processes import EngineClusterWorld
from tests.unit.engines.contract_cluster import MEMBERSHIP_CONTRACT, ClusterWorld
from tests.unit.engines.contract_slots import SLOTS_CONTRACT


@pytest.mark.parametrize("clause", MEMBERSHIP_CONTRACT + SLOTS_CONTRACT, ids=lambda clause: clause.__name__)
async def test_real_engines_keep_the_contract_in_cluster_mode(
    cluster_world: EngineClusterWorld, clause: Callable[[ClusterWorld], Awaitable[None]]
) -> None:
    await clause(cluster_world)
