"""A host in memory, for simulations: nodes are entries of a table, and deaths happen when a test says so.

It keeps the promises of `elastane.hosts.Host` and passes the same contract test as `LocalHost`. Nothing in it waits,
draws a random number or asks for the time, so a run with the same calls is the same run. It stands for the *machine*:
a control plane that is thrown away and built anew around the same FakeHost finds its nodes running.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from elastane.hosts import NodeOrder, RemoveFailed, StartFailed, directories
from elastane.model.observations import Absent, Exited, Process, Running

FIRST_PID = 1001
STARTED_AT = datetime(2025, 1, 1, tzinfo=UTC)


class FakeHost:
    """A machine that runs nodes, without a machine. `now` says when a process started."""

    def __init__(self, name: str = "fake", *, now: Callable[[], datetime] = lambda: STARTED_AT) -> None:
        self.name = name
        self.orders: dict[str, NodeOrder] = {}
        """The last order carried out for each node that has a directory."""
        self._now = now
        self._processes: dict[str, Running | Exited] = {}
        self._refusals: dict[str, str] = {}
        self._callbacks: list[Callable[[str], None]] = []
        self._next_pid = FIRST_PID

    # --- what a test does to the machine ---------------------------------------------------------

    def lose(self, node_key: str, *, exit_code: int | None = -9, last_words: str = "") -> None:
        """End a running process for no reason of ours; watchers hear of it."""
        assert isinstance(self._processes.get(node_key), Running), f"{node_key} does not run"
        self._end(node_key, Exited(exit_code=exit_code, last_words=last_words))

    def lose_disk(self, node_key: str) -> None:
        """The process dies and its directory is gone: as when a machine is replaced by an empty one."""
        self.lose(node_key)
        self._forget(node_key)

    def refuse_starts(self, node_key: str, sentence: str) -> None:
        """From now on a start of this node fails with this sentence."""
        self._refusals[node_key] = sentence

    def allow_starts(self, node_key: str) -> None:
        """Starts of this node succeed again."""
        del self._refusals[node_key]

    # --- the protocol ----------------------------------------------------------------------------

    def directory(self, node_key: str) -> Path:
        return directories.node_directory(Path("/fake") / self.name, node_key)

    def watch(self, callback: Callable[[str], None]) -> None:
        self._callbacks.append(callback)

    async def adopt(self) -> tuple[str, ...]:
        return tuple(sorted(key for key, process in self._processes.items() if isinstance(process, Running)))

    async def start_process(self, order: NodeOrder) -> Running:
        self.directory(order.node_key)
        process = self._processes.get(order.node_key)
        if isinstance(process, Running):
            return process
        if sentence := self._refusals.get(order.node_key):
            raise StartFailed(order.node_key, sentence)
        running = Running(pid=self._next_pid, started_at=self._now())
        self._next_pid += 1
        self._processes[order.node_key] = running
        self.orders[order.node_key] = order
        return running

    async def observe_process(self, node_key: str) -> Process:
        self.directory(node_key)
        return self._processes.get(node_key, Absent())

    async def stop_process(self, node_key: str, *, grace_seconds: float) -> None:
        self.directory(node_key)
        if isinstance(self._processes.get(node_key), Running):
            self._end(node_key, Exited(exit_code=0))

    async def kill_process(self, node_key: str) -> None:
        self.directory(node_key)
        if isinstance(self._processes.get(node_key), Running):
            self._end(node_key, Exited(exit_code=-9))

    async def remove_directory(self, node_key: str) -> None:
        self.directory(node_key)
        process = self._processes.get(node_key)
        if isinstance(process, Running):
            raise RemoveFailed(node_key, f"its process {process.pid} runs; stop it first")
        self._forget(node_key)

    async def list_nodes(self) -> tuple[str, ...]:
        return tuple(sorted(self._processes))

    async def aclose(self) -> None:
        self._callbacks.clear()

    # --- inside ----------------------------------------------------------------------------------

    def _end(self, node_key: str, exited: Exited) -> None:
        self._processes[node_key] = exited
        for callback in self._callbacks:
            asyncio.get_running_loop().call_soon(callback, node_key)

    def _forget(self, node_key: str) -> None:
        self._processes.pop(node_key, None)
        self.orders.pop(node_key, None)
