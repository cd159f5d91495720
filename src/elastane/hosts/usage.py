"""What processes and the machine use, asked of the kernel: the numbers that no engine can say of itself.

Called by `local`. Valkey and Redis OSS answer their clients in the **main thread**, so its processor time is read below
``task/<pid>``, in nanoseconds where the kernel keeps them (``schedstat``, see `activity`) and in clock ticks where it
does not. Memcached answers in all of its threads, and of all together there are clock ticks alone.

The machine is everybody's: all nodes here, the control plane, and whatever else runs share its processors and memory.
"""

import os
from pathlib import Path

from elastane.hosts import HostError
from elastane.hosts.identity import PROC
from elastane.model.measurements import MachineUsage, ProcessUsage

_NANOSECONDS = 1_000_000_000
_IDLE, _WAITING_FOR_DISK = 3, 4
_OWN_TICKS_COUNT = 8
"""user, nice, system, idle, iowait, irq, softirq, steal; what guests use, which follows, is in user already."""


def observe_process_usage(pid: int, *, proc: Path = PROC) -> ProcessUsage | None:
    """None when the pid is not in use. Reads two or three small files."""
    directory = proc / str(pid)
    try:
        fields = _fields(directory)
        return ProcessUsage(
            processor_nanoseconds=_processor_nanoseconds(directory / "task" / str(pid)),
            process_nanoseconds=_ticked_nanoseconds(fields),
            major_fault_count=int(fields[9]),
            start_ticks=int(fields[19]),
        )
    except (FileNotFoundError, ProcessLookupError):
        return None


def _processor_nanoseconds(thread: Path) -> int:
    try:
        return int((thread / "schedstat").read_bytes().split()[0])
    except FileNotFoundError:
        return _ticked_nanoseconds(_fields(thread))


def _fields(directory: Path) -> list[bytes]:
    """From the third on: see `identity.parse_status`. The twelfth counts major faults, the next but one times."""
    stat = (directory / "stat").read_bytes()
    return stat[stat.rindex(b")") + 1 :].split()


def _ticked_nanoseconds(fields: list[bytes]) -> int:
    """As a user and in the kernel."""
    return (int(fields[11]) + int(fields[12])) * _NANOSECONDS // os.sysconf("SC_CLK_TCK")


def observe_machine_usage(name: str, *, proc: Path = PROC) -> MachineUsage:
    """Raises HostError about the host of that name when the kernel does not say."""
    try:
        ticks = [int(number) for number in (proc / "stat").read_text().split("\n", 1)[0].split()[1:]][:_OWN_TICKS_COUNT]
        memory = _memory_bytes((proc / "meminfo").read_text())
        return MachineUsage(
            busy_ticks=sum(ticks) - ticks[_IDLE] - ticks[_WAITING_FOR_DISK],
            all_ticks=sum(ticks),
            available_bytes=memory["MemAvailable"],
            swapped_bytes=memory["SwapTotal"] - memory["SwapFree"],
        )
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise HostError(name, f"the kernel does not say what the machine uses: {error}") from error


def _memory_bytes(text: str) -> dict[str, int]:
    """Of lines like ``MemAvailable:   24684096 kB``."""
    lines = (line.split() for line in text.splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if words[-1] == "kB"}
