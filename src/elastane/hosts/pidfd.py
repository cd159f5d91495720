"""Processes through their handles: held at birth, opened again after a restart, signalled, reaped.

Called by `local` and the command line. A pidfd is a file descriptor that means one process for ever: it becomes
readable when the process dies, and a signal sent through it reaches that process or nobody. Nothing in this room uses
`os.kill`.

Linux 5.4 or newer; `check_support` says so in a sentence.
"""

import contextlib
import errno
import os
import select
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from elastane.hosts import HostError
from elastane.hosts.identity import ProcessMark, is_alive

# What the shell does in a process that is to become an engine: wait for one line, then become it. See `hold_process`.
_HOLD = 'read -r _ && exec "$@" </dev/null'

# Engines get nothing of our environment: it may hold credentials, and a locale or loader variable would change them.
# Their logs are in UTC, whatever the machine's clock shows: without the zone a moment in them means nothing.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Handle(msgspec.Struct, frozen=True, kw_only=True):
    """An open pidfd and the process it means. Whoever has it closes it."""

    pidfd: int
    mark: ProcessMark


class HeldProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A process that exists and waits to be released."""

    pid: int
    pidfd: int
    release_descriptor: int

    def release(self) -> None:
        """Let the process become what it was started for."""
        # Someone may have killed it while it waited. Its pidfd tells so; the pipe need not.
        with contextlib.suppress(BrokenPipeError):
            os.write(self.release_descriptor, b"\n")


@contextlib.contextmanager
def hold_process(argv: Sequence[str], *, directory: Path, log_descriptor: int) -> Iterator[HeldProcess]:
    """Start a process that waits for `release` before it becomes `argv`.

    Between fork and the identity on disk lies the one moment in which a crash could leave an engine that nobody knows.
    So the process exists first, with its final pid and start time, as a shell that reads one line from a pipe. The
    caller writes the identity, then releases it. Should we die before, even by SIGKILL, the kernel closes the pipe, the
    shell reads its end and goes, and the engine never ran. (The other way, to search /proc after a crash for a command
    line that names the directory, fails with engines: they overwrite their arguments to set a title.)

    Detached in every respect: a session of its own, so that Ctrl-C and the end of a terminal do not reach it; no open
    file of ours but the log; umask 077. The caller owns the pidfd once the block has ended well. When the block raises,
    nothing is left. Raises OSError.
    """
    read_descriptor, release_descriptor = os.pipe()
    with contextlib.ExitStack() as pipe:
        pipe.callback(os.close, release_descriptor)
        with os.fdopen(read_descriptor, "rb") as gate:
            process = subprocess.Popen(
                ("/bin/sh", "-c", _HOLD, "elastane", *argv),
                stdin=gate,
                stdout=log_descriptor,
                stderr=log_descriptor,
                cwd=directory,
                env=_ENVIRONMENT,
                umask=0o077,
                start_new_session=True,
                close_fds=True,
            )
        # The pidfd watches it and reaps it. Popen left to itself would complain that it runs on, and reap it first.
        process.returncode = 0
        pidfd = os.pidfd_open(process.pid)
        try:
            yield HeldProcess(pid=process.pid, pidfd=pidfd, release_descriptor=release_descriptor)
        except BaseException:
            pipe.close()
            os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
            os.close(pidfd)
            raise


def open_living(mark: ProcessMark) -> Handle | None:
    """The handle of this very process, None if it is dead or its pid belongs to another.

    First open, then look: if the start time still agrees after the pidfd was opened, then the pidfd cannot be of a
    later process. The other way round the pid could change hands in between. Raises OSError when there are no
    descriptors left.
    """
    try:
        pidfd = os.pidfd_open(mark.pid)
    except OSError as error:
        # ESRCH: no such pid. EINVAL, and ENOENT on newer kernels: now the number of a thread, not of a process.
        if error.errno in (errno.ESRCH, errno.EINVAL, errno.ENOENT):
            return None
        raise
    if is_alive(mark):
        return Handle(pidfd=pidfd, mark=mark)
    os.close(pidfd)
    return None


def is_over(pidfd: int, *, within_seconds: float = 0.0) -> bool:
    """Whether the process has died, reaped or not. Blocks for so long at most until it has: not for an event loop."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(within_seconds * 1000))


def send_signal(pidfd: int, number: signal.Signals) -> None:
    """Send a signal to the process, or to nobody if it has gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, number)


def reap(pidfd: int) -> int | None:
    """The exit code of a process that is over, negative for a signal; None when it is another parent's child."""
    try:
        result = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return None
    if result is None:
        return None
    return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status


def check_support(host_name: str) -> None:
    """Raise `HostError` where the kernel has no pidfd."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError) as error:
        raise HostError(host_name, "nodes on this machine need Linux 5.4 or newer (pidfd)") from error
