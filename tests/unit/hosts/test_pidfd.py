"""Processes by their handles: the gate before an engine, and whom a mark still means."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest

from elastane.hosts import pidfd
from elastane.hosts.identity import mark_process
from tests.kit.asserts import eventually
from tests.unit.hosts.worlds import is_alive

HOLD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from elastane.hosts import pidfd

with pidfd.hold_process(("/bin/touch", "served"), directory=Path(sys.argv[1]), log_descriptor=1) as held:
    print(held.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _hold(directory: Path, *argv: str) -> AbstractContextManager[pidfd.HeldProcess]:
    return pidfd.hold_process(argv, directory=directory, log_descriptor=subprocess.DEVNULL)


async def test_a_released_process_becomes_the_engine_under_the_same_pid(tmp_path: Path) -> None:
    with _hold(tmp_path, "/bin/sh", "-c", "echo $$ >pid") as held:
        held.release()

    await eventually(lambda: pidfd.is_over(held.pidfd))
    assert pidfd.reap(held.pidfd) == 0
    os.close(held.pidfd)
    assert (tmp_path / "pid").read_text() == f"{held.pid}\n"


async def test_a_process_that_is_not_released_never_becomes_the_engine(tmp_path: Path) -> None:
    with _hold(tmp_path, "/bin/touch", "served") as held:
        assert not pidfd.is_over(held.pidfd)

    await eventually(lambda: pidfd.is_over(held.pidfd))
    assert pidfd.reap(held.pidfd) == 1
    os.close(held.pidfd)
    assert not (tmp_path / "served").exists()


def test_a_start_that_fails_before_the_release_leaves_no_process(tmp_path: Path) -> None:
    pids = []

    with pytest.raises(OSError, match="disk full"), _hold(tmp_path, "/bin/touch", "served") as held:
        pids.append(held.pid)
        raise OSError("disk full")

    assert not Path(f"/proc/{pids[0]}").exists()
    assert not (tmp_path / "served").exists()


async def test_a_control_plane_killed_before_the_release_leaves_no_engine(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD_AND_DIE, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()

    await eventually(lambda: not is_alive(int(output)), message="the held process ends")

    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "served").exists()


def test_a_release_after_the_process_was_killed_is_no_error(tmp_path: Path) -> None:
    with _hold(tmp_path, "/bin/touch", "served") as held:
        pidfd.send_signal(held.pidfd, signal.SIGKILL)
        os.waitid(os.P_PIDFD, held.pidfd, os.WEXITED | os.WNOWAIT)
        held.release()

    assert pidfd.reap(held.pidfd) == -signal.SIGKILL
    os.close(held.pidfd)


def test_a_handle_is_opened_for_the_process_of_a_mark() -> None:
    handle = pidfd.open_living(mark_process(os.getpid(), log_start_bytes=0))

    assert handle is not None
    assert not pidfd.is_over(handle.pidfd)
    os.close(handle.pidfd)


def test_no_handle_is_opened_for_a_zombie() -> None:
    process = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    mark = mark_process(process.pid, log_start_bytes=0)

    handle = pidfd.open_living(mark)

    process.wait()
    assert handle is None


def test_no_handle_is_opened_for_a_number_that_now_is_a_threads() -> None:
    numbers: list[int] = []
    is_known = threading.Event()
    may_end = threading.Event()

    def live() -> None:
        numbers.append(threading.get_native_id())
        is_known.set()
        may_end.wait()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    is_known.wait()
    own = mark_process(os.getpid(), log_start_bytes=0)

    handle = pidfd.open_living(msgspec.structs.replace(own, pid=numbers[0]))

    may_end.set()
    thread.join()
    assert handle is None


@pytest.mark.parametrize("pid", [-1, 0, 1 << 22])
def test_no_handle_is_opened_for_a_number_that_is_no_pid(pid: int) -> None:
    assert pidfd.open_living(msgspec.structs.replace(mark_process(os.getpid()), pid=pid)) is None


def test_the_exit_of_another_parents_child_is_seen_without_its_code() -> None:
    handle = pidfd.open_living(mark_process(os.getppid(), log_start_bytes=0))

    assert handle is not None
    assert pidfd.reap(handle.pidfd) is None
    os.close(handle.pidfd)
