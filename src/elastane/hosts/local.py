"""This machine as a host: engines as detached processes of the same user, no root rights needed.

Built by the server; called by the reconciler through `hosts.Host`. It keeps three things in memory: the handles of
living processes, the exit codes of those it saw end, and the work that is under way. None of them is needed to go on
after a restart: everything else is asked of the directories and of the kernel every time.

All methods are for one event loop. What may block (fork, fsync, removing files) runs in a thread; what an observation
reads, a small file and an entry of /proc, does not.
"""

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from elastane.clock import Now, utc_now
from elastane.hosts import (
    HostError,
    LogPiece,
    NodeOrder,
    NotOurs,
    RemoveFailed,
    StartFailed,
    StopFailed,
    activity,
    directories,
    engine_logs,
    launch,
    pidfd,
    set_aside,
    usage,
    zones,
)
from elastane.hosts.identity import ProcessMark, find_identity
from elastane.model.ids import Zone
from elastane.model.log_lines import LogPlace
from elastane.model.measurements import MachineUsage, ProcessUsage
from elastane.model.observations import Absent, Activity, Exited, Process, Running

SETTLE_SECONDS = 0.05
KILL_SECONDS_MAX = 10.0

_Result = TypeVar("_Result")


class _Living(msgspec.Struct, frozen=True, kw_only=True):
    """A process that was alive when we last looked, and is watched."""

    handle: pidfd.Handle
    running: Running
    gone: asyncio.Event


class _Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended that we watched."""

    mark: ProcessMark
    exited: Exited


class LocalHost:
    """The nodes below one directory of this machine.

    `settle_seconds` is how long a start waits to see whether the process ends at once; engines that dislike their
    configuration do so within a few milliseconds. `faults_directory` is where zones are marked as lost (`zones`);
    without one none ever is.
    """

    def __init__(
        self,
        root: Path,
        *,
        name: str = "local",
        settle_seconds: float = SETTLE_SECONDS,
        faults_directory: Path | None = None,
        now: Now = utc_now,
    ) -> None:
        pidfd.check_support(name)
        self.name = name
        self._root = root.absolute()
        self._settle_seconds = settle_seconds
        self._faults_directory = faults_directory
        self._now = now
        self._callbacks: list[Callable[[str], None]] = []
        self._living: dict[str, _Living] = {}
        self._ended: dict[str, _Ended] = {}
        self._work: dict[str, asyncio.Future[object]] = {}

    def directory(self, node_key: str) -> Path:
        return directories.node_directory(self._root, node_key)

    def watch(self, callback: Callable[[str], None]) -> None:
        self._callbacks.append(callback)

    async def adopt(self) -> tuple[str, ...]:
        for node_key in await self.list_nodes():
            # An unreadable identity must not keep us from the other nodes; observing its node says what is wrong.
            with contextlib.suppress(NotOurs):
                find = functools.partial(launch.find_living, self.directory(node_key), node_key)
                await self._run_alone(node_key, find, functools.partial(self._watch_if_found, node_key))
        return tuple(sorted(self._living))

    async def start_process(self, order: NodeOrder) -> Running:
        node_key = order.node_key
        if self._find_watched(node_key) is None:
            zones.refuse_lost(order, await self.list_lost_zones())
            start = functools.partial(launch.find_or_start, self._root, order, faults_directory=self._faults_directory)
            await self._run_alone(node_key, start, functools.partial(self._watch_process, node_key))
            if living := self._living.get(node_key):
                await _wait_until_gone(living, timeout_seconds=self._settle_seconds)
        process = await self.observe_process(node_key)
        if isinstance(process, Running):
            return process
        raise StartFailed(node_key, launch.describe_end(process, self.directory(node_key)))

    async def observe_process(self, node_key: str) -> Process:
        directory = self.directory(node_key)
        if living := self._find_watched(node_key):
            return living.running
        identity = find_identity(directory, node_key)
        if identity is None:
            return Exited(exit_code=None) if directory.is_dir() else Absent()
        ended = self._ended.get(node_key)
        if ended is not None and ended.mark == identity.process:
            return ended.exited
        log_start_bytes = identity.process.log_start_bytes if identity.process else 0
        return Exited(exit_code=None, last_words=directories.last_words(directory, from_bytes=log_start_bytes))

    async def observe_activity(self, node_key: str) -> Activity | None:
        living = self._find_watched(node_key)
        if living is None:
            return None
        seen = activity.observe_activity(living.running.pid)
        # First read, then look: while the process was not over, its pid was nobody else's.
        return None if pidfd.is_over(living.handle.pidfd) else seen

    async def observe_process_usage(self, node_key: str) -> ProcessUsage | None:
        living = self._find_watched(node_key)
        if living is None:
            return None
        seen = usage.observe_process_usage(living.running.pid)
        return None if pidfd.is_over(living.handle.pidfd) else seen  # as in `observe_activity`

    async def read_log(self, node_key: str, place: LogPlace | None, bytes_max: int) -> LogPiece:
        directory = self.directory(node_key)
        is_ended = self._find_watched(node_key) is None  # asked first: what it says until its end is read then
        try:
            return await asyncio.to_thread(engine_logs.read_log, directory, place, bytes_max, is_ended=is_ended)
        except OSError as error:
            raise HostError(node_key, directories.explain(error, directory)) from error

    async def observe_machine_usage(self) -> MachineUsage:
        return usage.observe_machine_usage(self.name)

    async def list_lost_zones(self) -> frozenset[Zone]:
        return frozenset() if self._faults_directory is None else zones.list_lost_zones(self._faults_directory)

    async def write_files(self, node_key: str, files: Mapping[str, str]) -> None:
        directory = self.directory(node_key)
        try:
            write = functools.partial(directories.write_files, self._root, node_key, files)
            await self._run_alone(node_key, write, lambda _: None)
        except OSError as error:
            raise HostError(node_key, directories.explain(error, directory)) from error

    async def set_aside(self, node_key: str, file_name: str) -> Path:
        directory = self.directory(node_key)
        moved: list[Path] = []
        try:
            move = functools.partial(set_aside.set_aside_file, self._root, node_key, file_name, now=self._now())
            await self._run_alone(node_key, move, moved.append)
        except OSError as error:
            raise HostError(node_key, directories.explain(error, directory)) from error
        return moved[0]

    async def stop_process(self, node_key: str, *, grace_seconds: float) -> None:
        living = await self._find_settled(node_key)
        if living is None:
            return
        pidfd.send_signal(living.handle.pidfd, signal.SIGTERM)
        await _wait_until_gone(living, timeout_seconds=grace_seconds)
        await self._kill(node_key, living)

    async def kill_process(self, node_key: str) -> None:
        living = await self._find_settled(node_key)
        if living is not None:
            await self._kill(node_key, living)

    async def remove_directory(self, node_key: str) -> None:
        directory = self.directory(node_key)
        living = await self._find_settled(node_key)
        if living is not None:
            raise RemoveFailed(node_key, f"its process {living.running.pid} runs; stop it first")
        try:
            remove = functools.partial(directories.remove_directory, self._root, node_key)
            await self._run_alone(node_key, remove, lambda _: self._ended.pop(node_key, None))
        except OSError as error:
            raise RemoveFailed(node_key, directories.explain(error, directory)) from error

    async def list_nodes(self) -> tuple[str, ...]:
        # A start that was given up goes on, and may have no directory yet: who takes everything down must know of it.
        if self._work:
            await asyncio.wait(self._work.values())
        return await asyncio.to_thread(directories.list_node_keys, self._root)

    async def aclose(self) -> None:
        self._callbacks.clear()
        if self._work:
            await asyncio.wait(self._work.values())
        for living in self._living.values():
            asyncio.get_running_loop().remove_reader(living.handle.pidfd)
            os.close(living.handle.pidfd)
        self._living.clear()

    # --- work in threads -------------------------------------------------------------------------

    async def _run_alone(self, node_key: str, work: Callable[[], _Result], then: Callable[[_Result], object]) -> None:
        """Run blocking work in a thread, one at a time for each node, and `then` with its result on the loop.

        A thread cannot be cancelled. So when the caller is, the work and its `then` still run to their end, and whoever
        comes next for this node waits for them: a cancelled start leaves a process that is watched like any other.
        """
        while earlier := self._work.get(node_key):
            await asyncio.wait([earlier])
        future = asyncio.get_running_loop().run_in_executor(None, work)

        def finish(done: asyncio.Future[_Result]) -> None:
            del self._work[node_key]
            if not done.cancelled() and done.exception() is None:
                then(done.result())

        self._work[node_key] = future  # type: ignore[assignment]  # Future is invariant; only waited for
        future.add_done_callback(finish)
        await asyncio.shield(future)

    async def _find_settled(self, node_key: str) -> _Living | None:
        """The living process once no start of it is under way."""
        while earlier := self._work.get(node_key):
            await asyncio.wait([earlier])
        return self._find_watched(node_key)

    # --- watching --------------------------------------------------------------------------------

    def _find_watched(self, node_key: str) -> _Living | None:
        """The node's process if it lives at this moment; one that another Elastane started is adopted on sight."""
        living = self._living.get(node_key)
        if living is None:
            self._watch_if_found(node_key, launch.find_living(self.directory(node_key), node_key))
        elif pidfd.is_over(living.handle.pidfd):
            self._record_end(node_key, living)
        return self._living.get(node_key)

    def _watch_if_found(self, node_key: str, handle: pidfd.Handle | None) -> None:
        if handle is not None:
            self._watch_process(node_key, handle)

    def _watch_process(self, node_key: str, handle: pidfd.Handle) -> None:
        if node_key in self._living:
            os.close(handle.pidfd)  # an observation found it while the thread that started it was finishing
            return
        running = Running(pid=handle.mark.pid, started_at=handle.mark.started_at)
        living = _Living(handle=handle, running=running, gone=asyncio.Event())
        self._living[node_key] = living
        asyncio.get_running_loop().add_reader(handle.pidfd, self._record_end, node_key, living)

    def _record_end(self, node_key: str, living: _Living) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(living.handle.pidfd)
        exit_code = pidfd.reap(living.handle.pidfd)
        os.close(living.handle.pidfd)
        del self._living[node_key]
        mark = living.handle.mark
        words = directories.last_words(self.directory(node_key), from_bytes=mark.log_start_bytes)
        self._ended[node_key] = _Ended(mark=mark, exited=Exited(exit_code=exit_code, last_words=words))
        living.gone.set()
        for callback in self._callbacks:
            loop.call_soon(callback, node_key)

    async def _kill(self, node_key: str, living: _Living) -> None:
        if living.gone.is_set():
            return
        if self._living.get(node_key) is not living:
            # Its pidfd is closed, and the number may by now be another node's.
            raise StopFailed(node_key, "the host was closed before the process was gone; it may still run")
        pidfd.send_signal(living.handle.pidfd, signal.SIGKILL)
        if not await _wait_until_gone(living, timeout_seconds=KILL_SECONDS_MAX):
            pid = living.running.pid
            advice = f"it hangs in the kernel, look at the disks (ps -o stat,wchan {pid})"
            raise StopFailed(node_key, f"process {pid} is there {KILL_SECONDS_MAX:g} s after SIGKILL; {advice}")


async def _wait_until_gone(living: _Living, *, timeout_seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_seconds):
            await living.gone.wait()
    return living.gone.is_set()
