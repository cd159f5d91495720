"""The host and the store as one control plane sees them: `Host` and the store's two methods.

Every call passes through the control plane's `call`, where requests and replies are lost and where it dies. What it
does to the machine, the witness is told. The engines are in `engine_seam`.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from elastane.hosts import HostError, NodeOrder, StartFailed
from elastane.model.ids import Zone
from elastane.model.observations import Activity, Process, Running
from elastane.store import Store, StoreUnusable, Transaction
from tests.simulation.awaits import ControlPlane
from tests.simulation.invariants import Witness
from tests.simulation.machine import Machine

Value = TypeVar("Value")


class SimulatedHost:
    """`Host`: a started process boots its engine, a stopped one takes it along."""

    def __init__(self, machine: Machine, control: ControlPlane, witness: Witness) -> None:
        self._machine = machine
        self._control = control
        self._witness = witness
        self._host = machine.host

    @property
    def name(self) -> str:
        return self._host.name

    def directory(self, node_key: str) -> Path:
        return self._host.directory(node_key)

    def watch(self, callback: Callable[[str], None]) -> None:
        self._host.watch(callback)

    async def adopt(self) -> tuple[str, ...]:
        return await self._host.adopt()

    async def start_process(self, order: NodeOrder) -> Running:
        key = order.node_key

        async def start() -> Running:
            is_new = key not in self._machine.running()
            if is_new and order.argv[0] in self._machine.broken:
                raise StartFailed(key, f"{order.argv[0]} ended at once")
            running = await self._host.start_process(order)
            if is_new:
                self._machine.boot(key, order)
            return running

        return await self._order(f"start {key}", start)

    async def observe_process(self, node_key: str) -> Process:
        return await self._ask("its processes", partial(self._host.observe_process, node_key))

    async def observe_activity(self, node_key: str) -> Activity | None:
        return await self._ask("its processes", partial(self._host.observe_activity, node_key))

    async def list_lost_zones(self) -> frozenset[Zone]:
        return await self._ask("its zones", self._host.list_lost_zones)

    async def write_files(self, node_key: str, files: Mapping[str, str]) -> None:
        async def write_files() -> None:
            await self._host.write_files(node_key, files)
            self._machine.put_certificate(node_key, files)

        await self._order(f"write files of {node_key}", write_files)

    async def set_aside(self, node_key: str, file_name: str) -> Path:
        async def set_aside() -> Path:
            path = await self._host.set_aside(node_key, file_name)
            self._machine.remove_dump(node_key)
            return path

        return await self._order(f"set {file_name} of {node_key} aside", set_aside)

    async def stop_process(self, node_key: str, *, grace_seconds: float) -> None:
        async def stop() -> None:
            self._witness.before_stop(node_key)
            await self._host.stop_process(node_key, grace_seconds=grace_seconds)
            self._machine.died(node_key)

        await self._order(f"stop {node_key}", stop)

    async def kill_process(self, node_key: str) -> None:
        async def kill() -> None:
            self._witness.before_fence(node_key)
            await self._host.kill_process(node_key)
            self._machine.died(node_key)

        await self._order(f"kill {node_key}", kill)

    async def remove_directory(self, node_key: str) -> None:
        async def remove() -> None:
            await self._host.remove_directory(node_key)
            self._machine.remove_dump(node_key)

        await self._order(f"remove {node_key}", remove)

    async def list_nodes(self) -> tuple[str, ...]:
        return await self._ask("its nodes", self._host.list_nodes)

    async def aclose(self) -> None:
        """The machine outlives every control plane."""

    async def _ask(self, what: str, does: Callable[[], Awaitable[Value]]) -> Value:
        return await self._control.call(what, self._reached(does), self._unreached)

    async def _order(self, what: str, does: Callable[[], Awaitable[Value]]) -> Value:
        return await self._control.call(what, self._reached(does), self._unreached, self._witness.after_order)

    def _reached(self, does: Callable[[], Awaitable[Value]]) -> Callable[[], Awaitable[Value]]:
        async def reach() -> Value:
            if self._machine.is_host_unseen:
                raise HostError(self._host.name, "the host cannot be reached")
            return await does()

        return reach

    def _unreached(self, what: str) -> HostError:
        return HostError(self._host.name, f"no answer to: {what}")


class SimulatedStore:
    """The two methods of `Store` that a pass calls. The disk may fail before a transaction, or after it."""

    def __init__(self, store: Store, control: ControlPlane) -> None:
        self.bell = store.bell
        self._store = store
        self._control = control

    async def read(self, decide: Callable[[Transaction], Value]) -> Value:
        return await self._control.call("read the store", partial(self._store.read, decide), StoreUnusable)

    async def write(self, decide: Callable[[Transaction], Value]) -> Value:
        return await self._control.call("write to the store", partial(self._store.write, decide), StoreUnusable)
