"""The contract of `Engines` in cluster mode, over the fake: as Valkey 9, and as an engine without whole-slot moves."""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from elastane.engines import MemberAddress, NodeAddress
from elastane.engines.cluster_config import ClusterConfig
from elastane.engines.valkey import NodeConfig, render_files
from elastane.model.ids import MemberId
from elastane.model.secrets import Secret
from elastane.model.slots import NO_SLOTS, Slots
from tests.kit.fake_engines import FakeEngines
from tests.unit.engines.contract_cluster import MEMBERSHIP_CONTRACT, ClusterWorld
from tests.unit.engines.contract_slots import SLOTS_CONTRACT


class FakeClusterWorld:
    """The contract's ClusterWorld over engines in memory."""

    def __init__(self, engine_version: str) -> None:
        self.engines = FakeEngines(engine_version=engine_version)
        self.moves_whole_slots = engine_version.startswith("9.")
        self._engine_version = engine_version
        self._numbers = itertools.count(10)

    def member(self) -> MemberAddress:
        number = next(self._numbers)
        at = NodeAddress(address=f"127.88.0.{number}", port=6379, secret=Secret("only-for-tests"))
        return MemberAddress(at=at, id=MemberId(f"{number:040d}"))

    async def boot(
        self,
        member: MemberAddress,
        *,
        others: Sequence[MemberAddress] = (),
        nowhere_slots: Slots = NO_SLOTS,
        current_epoch: int = 0,
    ) -> None:
        config = NodeConfig(
            at=member.at,
            directory=Path("/data") / member.at.address,
            engine_version=self._engine_version,
            memory_bytes=536870912,
            replica_output_buffer_bytes=53687091,
            parameters={"cluster-require-full-coverage": "no"},
            cluster=ClusterConfig(
                own_id=member.id,
                nowhere_id=MemberId("f" + member.id[1:]),
                nowhere_slots=nowhere_slots,
                others=tuple(others),
                current_epoch=current_epoch,
            ),
        )
        self.engines.boot(member.at, render_files(config))

    async def lose(self, at: NodeAddress) -> None:
        self.engines.lose(at)

    async def hang(self, at: NodeAddress) -> None:
        self.engines.hang(at)

    async def resume(self, at: NodeAddress) -> None:
        self.engines.resume(at)

    async def write(self, at: NodeAddress, key: str) -> bool:
        return self.engines.write(at, key)


@pytest.mark.parametrize("engine_version", ["9.1.2", "7.0.15"])
@pytest.mark.parametrize("clause", MEMBERSHIP_CONTRACT + SLOTS_CONTRACT, ids=lambda clause: clause.__name__)
async def test_the_fake_keeps_the_contract_in_cluster_mode(
    clause: Callable[[ClusterWorld], Awaitable[None]], engine_version: str
) -> None:
    await clause(FakeClusterWorld(engine_version))
