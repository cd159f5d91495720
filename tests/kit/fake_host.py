"""A host in memory, for simulations: nodes are entries of a table, and deaths happen when a test says so.

It keeps the promises of `elastane.hosts.Host` and passes the same contract test as `LocalHost`. Nothing in it waits,
draws a random number or asks for the time, so a run with the same calls is the same run. It stands for the *machine*:
a control plane that is thrown away and built anew around the same FakeHost finds its nodes running.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from elastane.hosts import HostError, NodeOrder, NotOurs, RemoveFailed, StartFailed, directories, zones
from elastane.model.ids import Zone
from elastane.model.observations import Absent, Activity, Exited, Process, Running

FIRST_PID = 1001
STARTED_AT = datetime(2025, 1, 1, tzinfo=UTC)


class FakeHost:
    """A machine that runs nodes, without a machine. `now` says when a process started."""

    def __init__(self, name: str = "fake", *, now: Callable[[], datetime] = lambda: STARTED_AT) -> None:
        self.name = name
        self.orders: dict[str, NodeOrder] = {}
        """The last order carried out for each node that has a directory."""
        self.files_set_aside: list[Path] = []
        """Where `set_aside` moved files to, oldest first."""
        self.files_written: dict[str, dict[str, str]] = {}
        """What `write_files` wrote, by node and name."""
        self._root = Path("/fake") / name
        self._now = now
        self._processes: dict[str, Running | Exited] = {}
        self._refusals: dict[str, str] = {}
        self._files: dict[str, set[str]] = {}
        self._texts: dict[str, dict[str, str]] = {}
        self._lost_zones: set[Zone] = set()
        self._held: dict[str, Activity] = {}
        self._look_count = 0
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

    def lose_zone(self, zone: Zone) -> None:
        """From now on nothing starts in this zone. What runs there is to be ended by `lose`."""
        self._lost_zones.add(zone)

    def restore_zone(self, zone: Zone) -> None:
        self._lost_zones.remove(zone)

    def hold(self, node_key: str, *, is_able_to_run: bool = False) -> None:
        """From now on this process gets nowhere, until `let_go` or its end: stopped, or starved if it is able to."""
        assert isinstance(self._processes.get(node_key), Running), f"{node_key} does not run"
        self._held[node_key] = Activity(processor_mark=self._look_count, is_able_to_run=is_able_to_run)

    def let_go(self, node_key: str) -> None:
        """A process that was held goes on."""
        del self._held[node_key]

    def is_held(self, node_key: str) -> bool:
        return node_key in self._held

    def text(self, node_key: str, file_name: str) -> str | None:
        """Of a file in the node's directory, as a start or `write_files` wrote it last; None when neither has."""
        return self._texts.get(node_key, {}).get(file_name)

    def put_file(self, node_key: str, file_name: str) -> None:
        """The node's engine writes a file into its directory: a dump."""
        self._files[node_key].add(file_name)

    # --- the protocol ----------------------------------------------------------------------------

    def directory(self, node_key: str) -> Path:
        return directories.node_directory(self._root, node_key)

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
        zones.refuse_lost(order, frozenset(self._lost_zones))
        running = Running(pid=self._next_pid, started_at=self._now())
        self._next_pid += 1
        self._processes[order.node_key] = running
        self.orders[order.node_key] = order
        files = self._files.setdefault(order.node_key, set())
        files.difference_update(order.removed_files)
        files.update(order.files)
        left = {name: text for name, text in self._texts.get(order.node_key, {}).items() if name in files}
        self._texts[order.node_key] = {**left, **order.files}
        return running

    async def observe_process(self, node_key: str) -> Process:
        self.directory(node_key)
        return self._processes.get(node_key, Absent())

    async def observe_activity(self, node_key: str) -> Activity | None:
        if not isinstance(await self.observe_process(node_key), Running):
            return None
        self._look_count += 1
        return self._held.get(node_key, Activity(processor_mark=self._look_count, is_able_to_run=False))

    async def list_lost_zones(self) -> frozenset[Zone]:
        return frozenset(self._lost_zones)

    async def write_files(self, node_key: str, files: Mapping[str, str]) -> None:
        directory = self.directory(node_key)
        directories.refuse_unusual(node_key, files)
        if node_key not in self._files:
            raise HostError(node_key, f"there is no directory {directory}")
        self._files[node_key].update(files)
        self.files_written[node_key] = {**self.files_written.get(node_key, {}), **files}
        self._texts.setdefault(node_key, {}).update(files)

    async def set_aside(self, node_key: str, file_name: str) -> Path:
        directory = self.directory(node_key)
        if not directories.is_plain_name(file_name) or file_name == directories.IDENTITY_NAME:
            raise NotOurs(node_key, f"a file named {file_name!r} cannot be set aside")
        if file_name not in self._files.get(node_key, ()):
            raise HostError(node_key, f"there is no file {directory / file_name} to set aside")
        self._files[node_key].remove(file_name)
        kept = self._root / directories.SET_ASIDE_NAME / node_key
        self.files_set_aside.append(kept / f"{len(self.files_set_aside) + 1}-{file_name}")
        return self.files_set_aside[-1]

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
        self._held.pop(node_key, None)
        for callback in self._callbacks:
            asyncio.get_running_loop().call_soon(callback, node_key)

    def _forget(self, node_key: str) -> None:
        self._processes.pop(node_key, None)
        self.orders.pop(node_key, None)
        self._files.pop(node_key, None)
        self._texts.pop(node_key, None)
