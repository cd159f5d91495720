"""Whose node a directory holds and which process runs it: ``identity.json``, and what the kernel says of a pid.

Called by `local`, `activity` and the command line. The file has two readers. A control plane that restarts *adopts* the
process it names. A person, or a later Elastane, that has lost its store learns from it which group and shard the data
belongs to.

**When is a process ours?** When boot id, pid and start time all agree with the file and it is not a zombie. A pid
alone is used again within hours on a busy machine, and at once after a reboot. The start time is the kernel's (clock
ticks since boot, set at fork, unchanged by exec), so it does not matter what the process does to its name or its
arguments; engines rewrite both.

This module reads and writes; it never signals.
"""

import functools
from datetime import datetime
from pathlib import Path

import msgspec

from elastane import clock
from elastane.hosts import NotOurs
from elastane.hosts.directories import IDENTITY_NAME, write_file

PROC = Path("/proc")


class ProcessMark(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one process from every other that ever ran on this machine."""

    pid: int
    start_ticks: int
    boot_id: str
    started_at: datetime
    """When, by the clock of that moment: to tell for certain what was started before an order and what after it.

    Not computed from the ticks: the kernel gives the time of boot in whole seconds, and moves it when the clock is
    corrected.
    """
    log_start_bytes: int = 0
    """How long the log was when it started: what came before are another process's words."""


class NodeIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of ``identity.json``."""

    node_key: str
    argv: tuple[str, ...]
    identity: dict[str, str]
    process: ProcessMark | None = None
    """None from the moment a start begins until its process exists: a process that is not named here never serves."""


_DECODER = msgspec.json.Decoder(NodeIdentity)


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The facts we need of ``/proc/<pid>/stat``."""

    state: str
    """One letter, see proc(5)."""
    processor_ticks: int
    start_ticks: int

    @property
    def is_alive(self) -> bool:
        """Z (zombie) and X are the states of the dead."""
        return self.state not in ("Z", "X", "x")


def save_identity(directory: Path, identity: NodeIdentity) -> None:
    """Write the identity so that it survives a power cut. Raises OSError."""
    text = msgspec.json.format(msgspec.json.encode(identity), indent=2).decode()
    write_file(directory / IDENTITY_NAME, text + "\n", is_durable=True)


def find_identity(directory: Path, node_key: str) -> NodeIdentity | None:
    """The identity in this directory, None if there is none.

    Raises `NotOurs` for one that cannot be read: then nobody knows whether its process lives, and to start a second
    one in the same directory is the worse mistake.
    """
    path = directory / IDENTITY_NAME
    try:
        identity = _DECODER.decode(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.DecodeError) as error:
        advice = "see what runs there, then remove the file"
        raise NotOurs(node_key, f"{path} cannot be read ({error}); {advice}") from error
    if identity.node_key != node_key:
        raise NotOurs(node_key, f"{path} names {identity.node_key}: the directory was moved or copied; move it back")
    return identity


def mark_process(pid: int, *, log_start_bytes: int = 0) -> ProcessMark:
    """The mark of a process that cannot vanish meanwhile: a child not yet reaped."""
    status = observe_status(pid)
    assert status is not None, "an unreaped child has an entry in /proc"
    return ProcessMark(
        pid=pid,
        start_ticks=status.start_ticks,
        boot_id=boot_id(),
        started_at=clock.utc_now(),
        log_start_bytes=log_start_bytes,
    )


def is_alive(mark: ProcessMark) -> bool:
    """Whether the process of this mark, and no later one of the same pid, is alive now."""
    status = observe_status(mark.pid)
    is_the_same = status is not None and status.start_ticks == mark.start_ticks and boot_id() == mark.boot_id
    return status is not None and is_the_same and status.is_alive


def observe_status(pid: int) -> ProcessStatus | None:
    """What the kernel says of a pid; None when it is not in use."""
    try:
        return parse_status((PROC / str(pid) / "stat").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return None


def parse_status(stat: bytes) -> ProcessStatus:
    """Read ``/proc/<pid>/stat`` (proc(5)): state is field 3, user and system time 14 and 15, the start time 22.

    Field 2 is the program's name in parentheses, and the program chooses it: spaces, parentheses, line ends. So we
    count from the last parenthesis.
    """
    state, *fields = stat[stat.rindex(b")") + 1 :].split()
    return ProcessStatus(
        state=state.decode(), processor_ticks=int(fields[10]) + int(fields[11]), start_ticks=int(fields[18])
    )


@functools.cache
def boot_id() -> str:
    """The kernel's random name for this boot; it does not change while we run."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()
