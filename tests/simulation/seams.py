"""The machine and the store as one control plane sees them: `Host`, `Engines` and the store's two methods.

Every call passes through the control plane's `call`, where requests and replies are lost and where it dies. What it
does to the machine, and what it heard of it, the witness is told.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from elastane.engines import EngineError, NoAnswer, NodeAddress, SwitchoverFailed
from elastane.hosts import HostError, NodeOrder
from elastane.model.ids import Zone
from elastane.model.observations import Activity, Answering, Busy, Engine, Process, Running
from elastane.store import Store, StoreUnusable, Transaction
from tests.kit.fake_engines import FakeNode
from tests.simulation.awaits import ControlPlane
from tests.simulation.invariants import Witness
from tests.simulation.machine import PORT, Machine

Value = TypeVar("Value")

PRIMARY_ENDPOINT, READER_ENDPOINT = "127.88.48.10", "127.88.48.11"
ENDPOINTS = {PRIMARY_ENDPOINT: "the primary endpoint", READER_ENDPOINT: "the reader endpoint"}


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
            running = await self._host.start_process(order)
            if is_new:
                self._machine.boot(key, order.identity["address"])
            return running

        return await self._order(f"start {key}", start)

    async def observe_process(self, node_key: str) -> Process:
        return await self._ask("its processes", partial(self._host.observe_process, node_key))

    async def observe_activity(self, node_key: str) -> Activity | None:
        return await self._ask("its processes", partial(self._host.observe_activity, node_key))

    async def list_lost_zones(self) -> frozenset[Zone]:
        return await self._ask("its zones", self._host.list_lost_zones)

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


class SimulatedEngines:
    """`Engines`: silence takes as long as the caller is patient."""

    def __init__(self, machine: Machine, control: ControlPlane, witness: Witness) -> None:
        self._machine = machine
        self._control = control
        self._witness = witness
        self._engines = machine.engines
        self.look_seconds = 0.0
        """Nodes are looked at side by side: the slowest one says how long a look takes."""

    async def observe(self, at: NodeAddress, parameter_names: tuple[str, ...], timeout_seconds: float) -> Engine:
        key = self._machine.key_of(at.address)

        node: FakeNode | None = None

        async def look() -> Engine:
            nonlocal node
            node = self._engines.nodes.get((at.address, at.port))
            return await self._engines.observe(at, parameter_names, timeout_seconds)

        seen: Engine
        try:
            seen = await self._control.call(f"look at {key}", look, NoAnswer)
            if self._machine.is_late(key):
                raise NoAnswer(f"{key} is late")
        except NoAnswer as error:
            seen = Busy(reason=f"no answer: {error}")
            if node is not None and not (node.is_still or node.is_blind):
                self._witness.missed(key, node)
        if isinstance(seen, Answering) and node is not None:
            self._witness.heard(key, node)
            return self._machine.with_silence(node, seen)
        self.look_seconds = max(self.look_seconds, timeout_seconds)
        return seen

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        target = self._name(primary) if primary.port == PORT else "nowhere"
        does = partial(self._engines.follow, at, primary, timeout_seconds)
        await self._order(f"make {self._name(at)} follow {target}", does, timeout_seconds)

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.ask_acknowledgement, at, timeout_seconds)
        await self._order(f"ask {self._name(at)} to acknowledge", does, timeout_seconds)

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        async def promote() -> None:
            self._witness.before_promotion(self._name(at))
            await self._engines.promote(at, timeout_seconds)

        await self._order(f"promote {self._name(at)}", promote, timeout_seconds)

    async def bind(
        self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        does = partial(self._engines.bind, at, addresses, timeout_seconds, cuts_clients=cuts_clients)
        purposes = [ENDPOINTS.get(address, "itself") for address in addresses]
        cut = " and cut its clients" if cuts_clients else ""
        await self._order(f"make {self._name(at)} answer at {', '.join(purposes)}{cut}", does, timeout_seconds)

    async def set_parameters(self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float) -> None:
        does = partial(self._engines.set_parameters, at, parameters, timeout_seconds)
        await self._order(f"set parameters of {self._name(at)}", does, timeout_seconds)

    async def switch_over(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.switch_over, at, to, timeout_seconds)
        what = f"hand the role of {self._name(at)} to {self._name(to)}"
        await self._order(what, does, timeout_seconds, SwitchoverFailed)

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.cut_clients, at, timeout_seconds)
        await self._order(f"cut the clients of {self._name(at)}", does, timeout_seconds)

    async def stop_script(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.stop_script, at, timeout_seconds)
        await self._order(f"end the script of {self._name(at)}", does, timeout_seconds)

    async def save_dump(self, at: NodeAddress, timeout_seconds: float) -> str:
        async def save() -> str:
            name = await self._engines.save_dump(at, timeout_seconds)
            self._machine.host.put_file(self._name(at), name)
            return name

        return await self._order(f"make {self._name(at)} save a dump", save, timeout_seconds)

    def is_quiet(self, at: NodeAddress, quiet_seconds: float) -> bool:
        return self._engines.is_quiet(at, quiet_seconds)

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.shut_down, at, timeout_seconds)
        await self._order(f"shut {self._name(at)} down", does, timeout_seconds)

    def forget(self, at: NodeAddress) -> None:
        self._engines.forget(at)

    async def aclose(self) -> None:
        """The engines outlive every control plane."""

    async def _order(
        self,
        what: str,
        does: Callable[[], Awaitable[Value]],
        timeout_seconds: float,
        lost: Callable[[str], EngineError] = NoAnswer,
    ) -> Value:
        try:
            return await self._control.call(what, does, lost, self._witness.after_order)
        except (NoAnswer, SwitchoverFailed):
            self._machine.spend(timeout_seconds)
            raise

    def _name(self, at: NodeAddress) -> str:
        return self._machine.key_of(at.address)


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
