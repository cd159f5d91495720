"""Machines that run nodes: the one seam between what Elastane decides and the processes that serve.

A **host** is a machine that runs nodes; a node is one engine process in a directory of its own, and a Memcached
cluster's configuration endpoint is run like one. Everything outside this room speaks to a host through the `Host`
protocol below, so that one machine without root rights (`local.LocalHost`) and a simulated one
(`tests/kit/fake_host.py`) look the same to the reconciler. Both pass one contract test, and so will the next kind.

Who calls it: only the doing stair. The reconciler's *observe* asks, its *execute* acts, the server builds the host,
calls `adopt` before the first pass and `aclose` at the end.

What every host promises:

- **Engines outlive the control plane.** `aclose`, a crash and `kill -9` of Elastane leave them serving. The next
  control plane adopts them by what is written in their directories; it never restarts what runs.
- **Every method may be repeated.** Starting what runs, stopping what is stopped and removing what is gone are no
  errors.
- **Every method may be cancelled.** A start that was cancelled half-way either never ran the engine, or ran it with
  its identity on disk. There is no third case: see `pidfd.hold_process`.
- **A death is certain or it is not told.** `Exited` comes from the process's own handle, or from an identity whose
  process the kernel no longer has; never from silence.
- **Only what is ours is signalled.** A pid is a number that the kernel uses again; a host goes by boot, pid and start
  time together, and by a handle that cannot come to mean another process.

What a host never does: know an engine's protocol or its configuration (it is given files and an argument list),
decide anything, retry, or start a node by itself. In particular it never restarts a process that died: a supervisor
quicker than the failover would bring back an empty primary, and its replicas would copy the emptiness (ARCHITECTURE,
high availability, rule 1).

The errors, drawn once::

    HostError              the world misbehaved; its sentence is for a person
    ├── StartFailed        the process was not started, or ended at once
    │   └── ZoneLost       its zone is down; nothing is wrong with the node
    ├── StopFailed         the process outlived a SIGKILL
    ├── RemoveFailed       the directory is still there
    ├── NotOurs            a name, a directory or an identity that no host of ours wrote
    ├── BlockTaken         another installation uses the addresses, or the machine does not have them
    └── FilterFailed       the packet filter could not be asked or told
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from elastane.model.ids import Zone
from elastane.model.log_lines import LogPlace
from elastane.model.measurements import MachineUsage, ProcessUsage
from elastane.model.observations import Activity, Process, Running


class HostError(Exception):
    """The world misbehaved. `about` is the node's key, or the host's name where no node is meant."""

    def __init__(self, about: str, sentence: str) -> None:
        super().__init__(f"{about}: {sentence}")
        self.about = about
        self.sentence = sentence


class StartFailed(HostError):
    """The process was not started, or it ended at once. The sentence names what to look at."""


class ZoneLost(StartFailed):
    """The node's zone is down, so nothing is started there. Unlike its kind it passes without anybody's doing."""


class StopFailed(HostError):
    """The process outlived a SIGKILL: it hangs inside the kernel, and it may still hold its port."""


class RemoveFailed(HostError):
    """The directory is still there: its process runs, or the file system refused."""


class NotOurs(HostError):
    """A name, a directory or an identity file that no host of ours wrote. Nothing was signalled or removed."""


class NodeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a host needs to run one node's process."""

    node_key: str
    """The node's directory, relative to the host's root: ``us-east-1/elc-tutorial-001``."""
    argv: tuple[str, ...]
    """The absolute path of the binary, then its arguments. Every local user can read them: no secrets here."""
    files: dict[str, str] = {}
    """Plain file name → text, written into the node's directory before the process starts, for its owner only."""
    removed_files: tuple[str, ...] = ()
    """Plain names of files that an earlier process may have left and this one must not find."""
    identity: dict[str, str] = {}
    """Whose node this is (group, shard, epoch …), written beside it: a lost store can be rebuilt from the hosts."""

    def __repr__(self) -> str:
        """Without the files' text, which holds secrets."""
        return f"NodeOrder({self.node_key!r}, argv={self.argv!r}, files={sorted(self.files)!r})"


class LogPiece(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, and up to where."""

    lines: tuple[str, ...]
    place: LogPlace | None
    """None while there is no log."""
    has_more: bool = False
    is_gap: bool = False
    """What the place meant is not there any more: something may be missing before these lines."""


class Host(Protocol):
    """A machine that runs nodes. Every method may raise `HostError`; `NotOurs` for an unusual key."""

    @property
    def name(self) -> str: ...

    def directory(self, node_key: str) -> Path:
        """Where the node's files are, so that its configuration can name it. It need not exist yet."""
        ...

    def watch(self, callback: Callable[[str], None]) -> None:
        """Have `callback(node_key)` called from the event loop whenever a process ends, within about a millisecond.

        It is a bell: what happened is to be observed. It rings until `aclose`.
        """
        ...

    async def adopt(self) -> tuple[str, ...]:
        """Recognise the processes that run already and watch them; return their nodes' keys.

        Called once, before the first pass. A node that is missed here is adopted when it is next observed.
        """
        ...

    async def start_process(self, order: NodeOrder) -> Running:
        """Write the order's files and start its process. One that runs already is returned as it is, files untouched.

        Raises `StartFailed` also when the process ends at once. One that ends a moment later rings the bell, and
        `observe_process` tells its exit code and last words.
        """
        ...

    async def observe_process(self, node_key: str) -> Process:
        """How the node's process is. Cheap enough for every pass: no fork, no waiting."""
        ...

    async def observe_activity(self, node_key: str) -> Activity | None:
        """Whether the node's process gets anywhere; None when none lives. For engines that do not answer."""
        ...

    async def list_lost_zones(self) -> frozenset[Zone]:
        """The zones in which nothing can be started at the moment: starts there raise `ZoneLost`."""
        ...

    async def write_files(self, node_key: str, files: Mapping[str, str]) -> None:
        """Write files into the directory of a node that is there, for its owner only; each is the old or the new one.

        Raises `NotOurs` for a name that is not plain, `HostError` when there is no such directory.
        """
        ...

    async def set_aside(self, node_key: str, file_name: str) -> Path:
        """Move a file of the node's directory to where no start reads it and no removal of the node deletes it.

        Returns the new path. Raises `NotOurs` for a name that is not plain, `HostError` when there is no such file.
        """
        ...

    async def stop_process(self, node_key: str, *, grace_seconds: float) -> None:
        """Ask the process to end; after `grace_seconds` make it. On return it is gone, or `StopFailed` was raised."""
        ...

    async def kill_process(self, node_key: str) -> None:
        """End the process at once, as fencing needs. On return it is gone, or `StopFailed` was raised."""
        ...

    async def remove_directory(self, node_key: str) -> None:
        """Remove the node's directory with everything in it. Refused with `RemoveFailed` while its process runs."""
        ...

    async def list_nodes(self) -> tuple[str, ...]:
        """The keys of all nodes that have a directory here, running or not, in order."""
        ...

    async def aclose(self) -> None:
        """Let go of everything. No bell rings after this; the processes run on."""
        ...


class Meter(Protocol):
    """A machine asked what it and its nodes' processes use: what `Host` is not needed for. May raise `HostError`."""

    async def observe_process_usage(self, node_key: str) -> ProcessUsage | None:
        """What the node's living process has used since its start; None when none lives."""
        ...

    async def observe_machine_usage(self) -> MachineUsage:
        """What all of the machine uses."""
        ...


class EngineLogs(Protocol):
    """What nodes' processes write down about themselves. May raise `HostError`."""

    async def read_log(self, node_key: str, place: LogPlace | None, bytes_max: int) -> LogPiece:
        """The next whole lines of the node's log; from its very beginning without a place."""
        ...
