"""Real engines in cluster mode for tests: members with addresses and names of their own."""

from collections.abc import Sequence
from pathlib import Path

import valkey.exceptions

from elastane.engines import MemberAddress, NodeAddress
from elastane.engines.client import LiveEngines
from elastane.engines.cluster_config import ClusterConfig
from elastane.engines.discovery import EngineBinary
from elastane.engines.valkey import NodeConfig, render_files
from elastane.model.ids import MemberId
from elastane.model.slots import NO_SLOTS, Slots
from tests.live.engines.processes import PORT, SECRET, EngineWorld, customer

MEMORY_BYTES = 536870912


class EngineClusterWorld:
    """The contract's ClusterWorld over real processes of one engine.

    `memory_bytes` are those of nodes that are booted from then on.
    """

    def __init__(self, binary: EngineBinary, directory: Path, *, engines: LiveEngines | None = None) -> None:
        self.memory_bytes = MEMORY_BYTES
        self.processes = EngineWorld(binary, directory)
        self.engines = engines or self.processes.engines
        self.moves_whole_slots = binary.engine == "valkey"
        self._directory = directory

    def member(self) -> MemberAddress:
        address = self.processes.spare_address()
        name = address.replace(".", "").rjust(40, "0")
        return MemberAddress(at=NodeAddress(address=address, port=PORT, secret=SECRET), id=MemberId(name))

    async def boot(
        self,
        member: MemberAddress,
        *,
        others: Sequence[MemberAddress] = (),
        nowhere_slots: Slots = NO_SLOTS,
        current_epoch: int = 0,
    ) -> None:
        directory = self._directory / member.at.address
        directory.mkdir(exist_ok=True)
        config = NodeConfig(
            at=member.at,
            directory=directory,
            engine_version=self.processes.binary.version,
            memory_bytes=self.memory_bytes,
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
        for name, text in render_files(config).items():
            (directory / name).write_text(text)
        await self.processes.boot_again(member.at)

    async def lose(self, at: NodeAddress) -> None:
        await self.processes.lose(at)

    async def hang(self, at: NodeAddress) -> None:
        await self.processes.hang(at)

    async def resume(self, at: NodeAddress) -> None:
        await self.processes.resume(at)

    async def write(self, at: NodeAddress, key: str) -> bool:
        async with customer(at) as client:
            try:
                await client.set(key, "value")
            except valkey.exceptions.ReadOnlyError:
                return False
            except valkey.exceptions.ResponseError as error:
                if str(error).startswith(("MOVED ", "ASK ", "CLUSTERDOWN ")):
                    return False
                raise
            return True

    async def aclose(self) -> None:
        await self.engines.aclose()
        await self.processes.aclose()
