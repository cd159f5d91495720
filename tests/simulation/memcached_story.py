"""One Memcached cluster, its customer and a control plane that may die at any moment, by the true passes and steps.

What may befall rules is in tests/unit/reconcile/memcached (by chance, and in values alone). Here it is shown that what
they order is done so that nobody sees half of it: every call to the host and the store is a moment, and at every moment
what clients are told is checked against all that they were told before.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path
from typing import TypeVar, cast

from msgspec.structs import replace

from elastane.configuration_endpoint import configuration
from elastane.hosts import HostError, NodeOrder
from elastane.model.ids import AccountId, Zone
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observations import Activity, Process, Running
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.reconcile.memcached.passes import load_work, run_pass
from elastane.reconcile.world import World
from elastane.store import Conflict, Store, Transaction, memcached_clusters
from tests.kit.fake_binaries import MEMCACHED
from tests.kit.fake_engines import FakeEngines
from tests.kit.fake_host import FakeHost
from tests.kit.fake_memcached import FakeMemcached
from tests.kit.fake_memcached_settings import settings_of
from tests.kit.fake_pki import FakePki
from tests.simulation.awaits import Awaits, ControlPlane, ControlPlaneCrashed
from tests.simulation.machine import Clock
from tests.simulation.seams import SimulatedStore

Value = TypeVar("Value")

PASSES_MAX = 200
START_LOOKS = 1
"""After so many looks a process that was started answers."""


class MemcachedStory:
    """`converge` and what was told on the way."""

    def __init__(self, store: Store, cluster: MemcachedCluster) -> None:
        self.clock = Clock()
        self.host = FakeHost(now=self.clock.now)
        self.memcached = FakeMemcached(self.host, start_looks=START_LOOKS)
        self.key = cluster.key
        self.endpoint_key = cluster.endpoint_key
        self.awaits = Awaits(self._check_what_is_told)
        self.crash_count = 0
        self.started: set[str] = set()
        """The keys of all processes that ever were."""
        self.told: dict[int, tuple[str, ...]] = {}
        """Version → the nodes it named."""
        self._seen_text: str | None = None
        self._store = store
        self._pki = FakePki(self.clock.now)
        self._world = self._start_control_plane()

    # --- the customer ----------------------------------------------------------------------------

    async def create(self, cluster: MemcachedCluster) -> None:
        await self._store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, cluster))

    async def change(self, change: Callable[[MemcachedCluster], MemcachedCluster]) -> None:
        """As the service does: one transaction against the revision read."""

        def save(tx: Transaction) -> None:
            stored = memcached_clusters.find_memcached_cluster(tx, self.key)
            assert stored is not None
            changed = change(replace(stored.body, generation=stored.body.generation + 1))
            memcached_clusters.save_memcached_cluster(tx, changed, revision=stored.revision)

        await self._store.write(save)

    async def find(self) -> MemcachedCluster | None:
        stored = await self._store.read(lambda tx: memcached_clusters.find_memcached_cluster(tx, self.key))
        return None if stored is None else stored.body

    async def observed(self) -> ObservedMemcachedCluster:
        return await self._store.read(lambda tx: memcached_clusters.get_observed(tx, self.key))

    # --- the control plane -----------------------------------------------------------------------

    def crash_after(self, moments: int) -> None:
        async def crash() -> None:
            self.crash_count += 1
            self.awaits.is_crash_due = True

        self.awaits.schedule(moments, crash)

    async def converge(self) -> None:
        """Passes, by as many control planes as it takes, until all is true or the cluster is gone."""
        for _ in range(PASSES_MAX):
            try:
                work = await load_work(self._world, self.key)
                if work is None:
                    return
                self.clock.seconds += await run_pass(self._world, work) + 0.01
            except ControlPlaneCrashed:
                self._world = self._start_control_plane()
                continue
            except Conflict:
                continue
            if await self._is_converged():
                return
        raise AssertionError(f"it does not become true: {(await self.observed()).verdict}")

    async def _is_converged(self) -> bool:
        cluster, observed = await self.find(), await self.observed()
        is_satisfied = observed.verdict is not None and observed.verdict.kind == "satisfied"
        return cluster is not None and is_satisfied and observed.converged_generation == cluster.generation

    def _start_control_plane(self) -> World:
        control = ControlPlane(self.awaits, lambda _: None)
        return World(
            store=cast(Store, SimulatedStore(self._store, control)),
            host=_Host(self, control),
            engines=FakeEngines(),
            memcached=self.memcached,
            binaries=lambda: (MEMCACHED,),
            now=self.clock.now,
            pki=self._pki,
            account_id=AccountId("000000000000"),
            address_block=IPv4Network("127.88.0.0/16"),
        )

    # --- what must hold --------------------------------------------------------------------------

    def _check_what_is_told(self) -> None:
        text = self.host.text(self.endpoint_key, configuration.FILE)
        if text in (None, self._seen_text):
            return
        assert text is not None
        self._seen_text = text
        told = configuration.parse(text)
        version = told.discovery.version
        assert version >= max(self.told, default=0), f"list {version} comes after {self.told}"
        assert self.told.setdefault(version, told.node_ids) == told.node_ids, f"list {version} is two lists"
        for node_id in told.node_ids:
            assert self.node_key(node_id) in self.started, f"{node_id} is told of, and never was"

    async def before_stop(self, process_key: str) -> None:
        cluster = await self.find()
        leaving = () if cluster is None else (node for node in cluster.nodes if node.is_leaving)
        for node in leaving:
            if self.node_key(node.id) == process_key and cluster is not None and cluster.deletion is None:
                assert node.id not in self.told[max(self.told)], f"{node.id} is stopped, and clients are told of it"

    def node_key(self, node_id: str) -> str:
        return self.endpoint_key.replace(".configuration-endpoint", f".{node_id}")

    def settings(self, node_id: str) -> dict[str, str]:
        """Those that its process was started with."""
        return settings_of(self.host.orders[self.node_key(node_id)].argv)


class _Host:
    """`Host`, as one control plane sees it."""

    def __init__(self, story: MemcachedStory, control: ControlPlane) -> None:
        self.name = story.host.name
        self._story = story
        self._host = story.host
        self._control = control

    def directory(self, node_key: str) -> Path:
        return self._host.directory(node_key)

    def watch(self, callback: Callable[[str], None]) -> None:
        """Nobody rings: passes are made one after another."""

    async def adopt(self) -> tuple[str, ...]:
        return await self._host.adopt()

    async def start_process(self, order: NodeOrder) -> Running:
        async def start() -> Running:
            self._story.started.add(order.node_key)
            return await self._host.start_process(order)

        return await self._call(start)

    async def observe_process(self, node_key: str) -> Process:
        return await self._call(partial(self._host.observe_process, node_key))

    async def observe_activity(self, node_key: str) -> Activity | None:
        return await self._call(partial(self._host.observe_activity, node_key))

    async def list_lost_zones(self) -> frozenset[Zone]:
        return await self._call(self._host.list_lost_zones)

    async def write_files(self, node_key: str, files: Mapping[str, str]) -> None:
        await self._call(partial(self._host.write_files, node_key, files))

    async def set_aside(self, node_key: str, file_name: str) -> Path:
        return await self._call(partial(self._host.set_aside, node_key, file_name))

    async def stop_process(self, node_key: str, *, grace_seconds: float) -> None:
        await self._story.before_stop(node_key)
        await self._call(partial(self._host.stop_process, node_key, grace_seconds=grace_seconds))

    async def kill_process(self, node_key: str) -> None:
        await self._story.before_stop(node_key)
        await self._call(partial(self._host.kill_process, node_key))

    async def remove_directory(self, node_key: str) -> None:
        await self._call(partial(self._host.remove_directory, node_key))

    async def list_nodes(self) -> tuple[str, ...]:
        return await self._call(self._host.list_nodes)

    async def aclose(self) -> None:
        """The machine outlives every control plane."""

    async def _call(self, does: Callable[[], Awaitable[Value]]) -> Value:
        return await self._control.call("the host", does, lambda what: HostError(what, "no answer"))
