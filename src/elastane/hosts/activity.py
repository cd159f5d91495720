"""Whether a process gets anywhere, asked of the kernel: the second witness when an engine does not answer.

Called by `local`. It looks at the **main thread** alone. That is where an engine answers its clients; its threads for
input, output and closing files go on while it hangs. So everything is read below ``task/<pid>``: what
``/proc/<pid>/stat`` says of processor time is the sum of all threads.

    schedstat    nanoseconds on a processor, nanoseconds of waiting for one, times it was put on one
    stat         its state; processor time in clock ticks
    status       how often it left a processor, by itself or not

An engine that has nothing to do wakes ten times a second for its own housekeeping and is on a processor for some
microseconds: only schedstat sees that for certain, and a kernel built without CONFIG_SCHED_INFO does not keep it. Then
clock ticks and context switches are asked instead.
"""

import re
from pathlib import Path

from elastane.hosts.identity import PROC, ProcessStatus, parse_status
from elastane.model.observations import Activity

_ABLE_TO_RUN = frozenset({"R", "D"})
"""The states (proc(5)) that say nothing against a process that does not answer.

R is on a processor or waits for one: a long command, or a starved machine. D waits inside the kernel for a disk or for
memory, and nothing it could do would shorten that. All others can stand still for ever: S waits for something, which
for an engine is also the normal state between two events; T and t are stopped by a signal or a debugger. The letters
W, K and P of older kernels were states of a moment, and I is for threads of the kernel.
"""

_SWITCHES = re.compile(rb"^(?:non)?voluntary_ctxt_switches:\s*(\d+)$", re.MULTILINE)


def observe_activity(pid: int, *, proc: Path = PROC) -> Activity | None:
    """What the process's main thread does; None when the pid is not in use. Reads two or three small files."""
    thread = proc / str(pid) / "task" / str(pid)
    try:
        status = parse_status((thread / "stat").read_bytes())
        mark = _schedstat_mark(thread) or _switches_mark(thread, status)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Activity(processor_mark=mark, is_able_to_run=status.state in _ABLE_TO_RUN)


def _schedstat_mark(thread: Path) -> int:
    """Both numbers only grow, so their sum differs whenever one of them does. 0 where the kernel does not count.

    A kernel that could count and was told not to has the file, with zeros in it; a thread that exists has run.
    """
    try:
        nanoseconds, _, slices = (thread / "schedstat").read_bytes().split()
    except FileNotFoundError:
        return 0
    return int(nanoseconds) + int(slices)


def _switches_mark(thread: Path, status: ProcessStatus) -> int:
    switches = _SWITCHES.findall((thread / "status").read_bytes())
    return status.processor_ticks + sum(int(count) for count in switches)
