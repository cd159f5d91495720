"""One simulated machine: a fake host and fake engines that live and die together, behind the real seams.

The control plane under test is real; it may be crashed between any two of the calls it makes here.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from elastane.engines import NodeAddress
from elastane.hosts import HostError, NodeOrder
from elastane.model.observations import Engine, Process, Running
from elastane.model.secrets import Secret
from tests.kit.fake_engines import FakeEngines, FakeNode
from tests.kit.fake_host import FakeHost

SECRET = Secret("simulated")
PORT = 6379

Value = TypeVar("Value")


class ControlPlaneCrashed(BaseException):
    """Raised out of a call that never returned: a BaseException, so that no product code can handle it."""


class Crashes:
    """Counts the calls of a control plane, and ends it before or after the one that was chosen."""

    def __init__(self) -> None:
        self._left: int | None = None

    def after(self, calls: int) -> None:
        self._left = calls

    def never(self) -> None:
        self._left = None

    def pass_by(self) -> None:
        """Called before and after everything that changes the world: a crash may come on either side."""
        if self._left is None:
            return
        if self._left == 0:
            self._left = None
            raise ControlPlaneCrashed
        self._left -= 1


class SimulatedMachine:
    """`Host` and `Engines` in one: a started process boots its engine, a lost one takes it along."""

    def __init__(self, now: Callable[[], datetime], crashes: Crashes) -> None:
        self.host = FakeHost(now=now)
        self.engines = FakeEngines()
        self.crashes = crashes
        self._at: dict[str, NodeAddress] = {}
        self.unseen: set[str] = set()
        """Nodes of which the host cannot tell whether they run."""

    # --- what happens to the machine -------------------------------------------------------------

    def kill(self, node_key: str) -> None:
        self.host.lose(node_key)
        self.engines.lose(self._at[node_key])

    def hang(self, node_key: str) -> None:
        self.engines.hang(self._at[node_key])

    def resume(self, node_key: str) -> None:
        self.engines.resume(self._at[node_key])

    async def running(self) -> list[str]:
        return list(await self.host.adopt())

    def engine(self, node_key: str) -> FakeNode:
        at = self._at[node_key]
        return self.engines.nodes[at.address, at.port]

    # --- Host ------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.host.name

    def directory(self, node_key: str) -> Path:
        return self.host.directory(node_key)

    def watch(self, callback: Callable[[str], None]) -> None:
        self.host.watch(callback)

    async def adopt(self) -> tuple[str, ...]:
        return await self.host.adopt()

    async def start_process(self, order: NodeOrder) -> Running:
        self.crashes.pass_by()
        is_new = not isinstance(await self.host.observe_process(order.node_key), Running)
        running = await self.host.start_process(order)
        if is_new:
            at = NodeAddress(address=order.identity["address"], port=PORT, secret=SECRET)
            self._at[order.node_key] = at
            self.engines.boot(at)
        self.crashes.pass_by()
        return running

    async def observe_process(self, node_key: str) -> Process:
        if node_key in self.unseen:
            raise HostError(node_key, "its identity cannot be read")
        return await self.host.observe_process(node_key)

    async def stop_process(self, node_key: str, *, grace_seconds: float) -> None:
        self.crashes.pass_by()
        await self.host.stop_process(node_key, grace_seconds=grace_seconds)
        if node_key in self._at:
            self.engines.lose(self._at[node_key])
        self.crashes.pass_by()

    async def kill_process(self, node_key: str) -> None:
        await self.stop_process(node_key, grace_seconds=0)

    async def remove_directory(self, node_key: str) -> None:
        self.crashes.pass_by()
        await self.host.remove_directory(node_key)
        self.crashes.pass_by()

    async def list_nodes(self) -> tuple[str, ...]:
        return await self.host.list_nodes()

    async def aclose(self) -> None:
        await self.host.aclose()


class SimulatedEngines:
    """The engines' half of the machine, with a crash possible around every order."""

    def __init__(self, machine: SimulatedMachine) -> None:
        self._engines = machine.engines
        self._crashes = machine.crashes
        self.forgotten: list[str] = []
        """Addresses whose connection was let go of."""

    async def observe(self, at: NodeAddress, parameter_names: tuple[str, ...], timeout_seconds: float) -> Engine:
        return await self._engines.observe(at, parameter_names, timeout_seconds)

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        self._crashes.pass_by()
        await self._engines.follow(at, primary, timeout_seconds)
        self._crashes.pass_by()

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._crashes.pass_by()
        await self._engines.ask_acknowledgement(at, timeout_seconds)
        self._crashes.pass_by()

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._crashes.pass_by()
        await self._engines.promote(at, timeout_seconds)
        self._crashes.pass_by()

    async def bind(self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float) -> None:
        self._crashes.pass_by()
        await self._engines.bind(at, addresses, timeout_seconds)
        self._crashes.pass_by()

    async def set_parameters(self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float) -> None:
        self._crashes.pass_by()
        await self._engines.set_parameters(at, parameters, timeout_seconds)
        self._crashes.pass_by()

    async def switch_over(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        self._crashes.pass_by()
        await self._engines.switch_over(at, to, timeout_seconds)
        self._crashes.pass_by()

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        self._crashes.pass_by()
        await self._engines.cut_clients(at, timeout_seconds)
        self._crashes.pass_by()

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        await self._engines.shut_down(at, timeout_seconds)

    def forget(self, at: NodeAddress) -> None:
        self.forgotten.append(at.address)
        self._engines.forget(at)

    async def aclose(self) -> None:
        await self._engines.aclose()
