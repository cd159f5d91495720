"""A small world for the reconciler's own tests: fake processes and fake engines that live and die together.

The store in it is a real one. Nothing in it takes time, loses a message or crashes: that is the simulation's business.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from elastane.clock import utc_now
from elastane.engines import NodeAddress
from elastane.engines.discovery import EngineBinary
from elastane.hosts import HostError, NodeOrder
from elastane.model.acls import Acl
from elastane.model.ids import AccountId, Zone
from elastane.model.observations import Activity, Process, Running
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile.loop import Reconciler
from elastane.reconcile.world import NO_SUPPLY, Supply, World
from elastane.store import Store, Transaction, credentials, replication_groups
from elastane.store.events import list_events
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.fake_binaries import binary_of
from tests.kit.fake_engines import DUMP_FILE, FakeEngines, FakeNode
from tests.kit.fake_host import FakeHost
from tests.kit.fake_memcached import FakeMemcached, is_configuration_endpoint, is_memcached
from tests.kit.fake_pki import FakePki

SECRET = Secret("the control user's")
PORT = 6379
BINARY = EngineBinary(
    engine="valkey", version="9.1.2", path=Path("/engines/valkey-server"), source="path", has_tls=False
)


class ListeningEngines(FakeEngines):
    """Fake engines that remember whose connection was let go of, and before whose orders something may happen."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(wall_seconds=lambda: now().timestamp())
        self.forgotten: list[str] = []
        self._orders_left = 0
        self._strike: Callable[[], None] | None = None

    def before_order(self, number: int, strike: Callable[[], None]) -> None:
        """Strikes before the next order but `number` that gives an engine parameters or users."""
        self._orders_left, self._strike = number, strike

    @property
    def has_struck(self) -> bool:
        return self._strike is None

    def _count(self) -> None:
        strike = self._strike
        if strike is not None and self._orders_left == 0:
            self._strike = None
            strike()
        self._orders_left -= 1

    async def set_parameters(
        self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        self._count()
        await super().set_parameters(at, parameters, timeout_seconds, cuts_clients=cuts_clients)

    async def set_users(self, at: NodeAddress, acl: Acl, engine_version: str, timeout_seconds: float) -> None:
        self._count()
        await super().set_users(at, acl, engine_version, timeout_seconds)

    def forget(self, at: NodeAddress) -> None:
        self.forgotten.append(at.address)


class EngineHost:
    """`Host`: a process that is started boots its engine, one that ends takes it along."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.processes = FakeHost(now=now)
        self.engines = ListeningEngines(now)
        self.memcached = FakeMemcached(self.processes)
        """Which lives by its processes alone."""
        self.is_unseen = False
        """It cannot tell how its processes are."""
        self._at: dict[str, NodeAddress] = {}

    # --- what a test does to it ------------------------------------------------------------------

    def kill(self, node_key: str) -> None:
        self.processes.lose(node_key)
        self._end(node_key)

    def hang(self, node_key: str) -> None:
        """The process stands still."""
        self.processes.hold(node_key)
        if node_key in self._at:
            self.engines.hang(self._at[node_key])

    def at(self, node_key: str) -> NodeAddress:
        return self._at[node_key]

    def find_engine(self, address: str) -> FakeNode | None:
        return self.engines.nodes.get((address, PORT))

    def engine(self, address: str) -> FakeNode:
        return self.engines.nodes[address, PORT]

    # --- the protocol ----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.processes.name

    def directory(self, node_key: str) -> Path:
        return self.processes.directory(node_key)

    def watch(self, callback: Callable[[str], None]) -> None:
        self.processes.watch(callback)

    async def adopt(self) -> tuple[str, ...]:
        return await self.processes.adopt()

    async def start_process(self, order: NodeOrder) -> Running:
        was_running = isinstance(await self.processes.observe_process(order.node_key), Running)
        running = await self.processes.start_process(order)
        if not was_running and not (is_memcached(order) or is_configuration_endpoint(order)):
            at = NodeAddress(address=order.identity["address"], port=PORT, secret=SECRET)
            self._at[order.node_key] = at
            if DUMP_FILE in order.removed_files:
                self.engines.dumps.pop((at.address, PORT), None)
            self.engines.boot(at, order.files, binary_of(order.argv))
        return running

    async def observe_process(self, node_key: str) -> Process:
        if self.is_unseen:
            raise HostError(node_key, "its identity cannot be read")
        return await self.processes.observe_process(node_key)

    async def observe_activity(self, node_key: str) -> Activity | None:
        return await self.processes.observe_activity(node_key)

    async def list_lost_zones(self) -> frozenset[Zone]:
        return await self.processes.list_lost_zones()

    async def write_files(self, node_key: str, files: Mapping[str, str]) -> None:
        await self.processes.write_files(node_key, files)
        if node_key in self._at:
            self.engines.put_files(self._at[node_key], files)

    async def set_aside(self, node_key: str, file_name: str) -> Path:
        dump = self.engines.dumps.pop((self._at[node_key].address, PORT), None)
        if dump is not None:
            self.processes.put_file(node_key, DUMP_FILE)
        return await self.processes.set_aside(node_key, file_name)

    async def stop_process(self, node_key: str, *, grace_seconds: float) -> None:
        await self.processes.stop_process(node_key, grace_seconds=grace_seconds)
        self._end(node_key)

    async def kill_process(self, node_key: str) -> None:
        await self.processes.kill_process(node_key)
        self._end(node_key)

    async def remove_directory(self, node_key: str) -> None:
        await self.processes.remove_directory(node_key)

    async def list_nodes(self) -> tuple[str, ...]:
        return await self.processes.list_nodes()

    async def aclose(self) -> None:
        await self.processes.aclose()

    def _end(self, node_key: str) -> None:
        if node_key in self._at:
            self.engines.lose(self._at[node_key])


class FakeWorld:
    """A `World` of these, and what a test asks its store."""

    def __init__(
        self,
        directory: Path,
        *,
        now: Callable[[], datetime] = utc_now,
        supply: Supply = NO_SUPPLY,
    ) -> None:
        self.host = EngineHost(now)
        self.engines = self.host.engines
        self.store = Store.open(directory)
        self.binaries: tuple[EngineBinary, ...] = (BINARY,)
        """The engines on this machine."""
        self.unsteady: str | None = None
        """Why time is not to be trusted."""
        self.pki = FakePki(now)
        self.world = World(
            store=self.store,
            host=self.host,
            engines=self.engines,
            memcached=self.host.memcached,
            binaries=lambda: self.binaries,
            supply=supply,
            now=now,
            unsteady=lambda: self.unsteady,
            pki=self.pki,
            account_id=AccountId("000000000000"),
            address_block=groups.ADDRESS_BLOCK,
        )

    async def save(self, group: ReplicationGroup) -> None:
        """What a customer does to a group, new or changed."""

        def save(tx: Transaction) -> None:
            stored = replication_groups.find_replication_group(tx, group.key)
            if stored is None:
                credentials.save_control_secret(tx, group.credential_id, SECRET)
            replication_groups.save_replication_group(tx, group, revision=0 if stored is None else stored.revision)

        await self.store.write(save)

    async def find(self, group: ReplicationGroup) -> ReplicationGroup | None:
        """As it is stored now."""
        stored = await self.store.read(lambda tx: replication_groups.find_replication_group(tx, group.key))
        return None if stored is None else stored.body

    async def observed(self, group: ReplicationGroup) -> ObservedReplicationGroup:
        return await self.store.read(lambda tx: replication_groups.get_observed(tx, group.key))

    async def history(self) -> list[tuple[str, str]]:
        """Source and message of every event, oldest first."""
        start, end = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        found = await self.store.read(lambda tx: list_events(tx, groups.REGION, start=start, end=end))
        return [(event.source_id, event.message) for _, event in reversed(found)]


@contextlib.asynccontextmanager
async def reconciling(work: FakeWorld) -> AsyncIterator[FakeWorld]:
    """A reconciler at work on it, until the end of the block; the store is closed then."""
    async with asyncio.TaskGroup() as tasks:
        loop = tasks.create_task(Reconciler(work.world).run())
        try:
            yield work
        finally:
            loop.cancel()
    work.store.close()


async def until_converged(work: FakeWorld, group: ReplicationGroup) -> None:
    """Returns once every rule is satisfied with the group as it is stored now."""

    async def is_converged() -> None:
        stored, observed = await work.find(group), await work.observed(group)
        assert stored is not None
        assert observed.verdict is not None and observed.verdict.kind == "satisfied", observed.verdict
        assert observed.converged_generation == stored.generation

    await eventually(is_converged)
