"""What the kernel says of a main thread: of real processes, and of kernels that count less."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from elastane.hosts.activity import observe_activity
from elastane.model.observations import Activity
from tests.kit.asserts import eventually

PID = 4711
ONLY_A_THREAD_WORKS = """
import threading

def work():
    while True:
        pass

threading.Thread(target=work, daemon=True).start()
input()
"""


@contextmanager
def running(script: str) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


def observed(pid: int) -> Activity:
    activity = observe_activity(pid)
    assert activity is not None, f"{pid} does not run"
    return activity


# --- real processes ------------------------------------------------------------------------------


async def test_a_busy_process_is_able_to_run_and_moves() -> None:
    with running("while True: pass") as pid:
        await eventually(lambda: observed(pid).is_able_to_run)
        first = observed(pid)

        await eventually(lambda: observed(pid).processor_mark > first.processor_mark)


async def test_a_process_whose_main_thread_waits_is_not_able_to_run_however_busy_its_others_are() -> None:
    with running(ONLY_A_THREAD_WORKS) as pid:
        marks: list[Activity] = []

        def stands_still() -> bool:
            marks.append(observed(pid))
            return len(marks) >= 5 and len(set(marks[-5:])) == 1

        await eventually(lambda: len(list(Path(f"/proc/{pid}/task").iterdir())) == 2)
        await eventually(stands_still, interval_seconds=0.05)
        assert not marks[-1].is_able_to_run


def test_a_pid_that_nobody_has_tells_nothing() -> None:
    assert observe_activity(1 << 22) is None


def test_our_own_process_runs_at_this_moment() -> None:
    assert observed(os.getpid()).is_able_to_run


# --- what a kernel may leave out -----------------------------------------------------------------


def write_thread(
    proc: Path, *, state: str = "S", ticks: int = 7, switches: int = 10, schedstat: str | None = "900 5 3\n"
) -> None:
    thread = proc / str(PID) / "task" / str(PID)
    thread.mkdir(parents=True, exist_ok=True)
    (thread / "stat").write_text(f"{PID} (valkey) {state} 1 1 1 0 -1 0 0 0 0 0 {ticks - 3} 3 0 0 20 0 5 0 98765 1000\n")
    (thread / "status").write_text(
        f"Name:\tvalkey\nvoluntary_ctxt_switches:\t{switches}\nnonvoluntary_ctxt_switches:\t2\n"
    )
    (thread / "schedstat").unlink(missing_ok=True)
    if schedstat is not None:
        (thread / "schedstat").write_text(schedstat)


@pytest.mark.parametrize("schedstat", ["901 5 3\n", "900 5 4\n"])
def test_time_on_a_processor_moves_the_mark_and_so_does_a_turn_on_one(tmp_path: Path, schedstat: str) -> None:
    write_thread(tmp_path)
    before = observe_activity(PID, proc=tmp_path)
    write_thread(tmp_path, schedstat=schedstat)

    assert observe_activity(PID, proc=tmp_path) != before


def test_waiting_for_a_processor_does_not_move_the_mark(tmp_path: Path) -> None:
    write_thread(tmp_path)
    before = observe_activity(PID, proc=tmp_path)
    write_thread(tmp_path, schedstat="900 77777 3\n")

    assert observe_activity(PID, proc=tmp_path) == before


@pytest.mark.parametrize("schedstat", [None, "0 0 0\n"], ids=["no file", "a file of zeros"])
@pytest.mark.parametrize(("ticks", "switches"), [(8, 10), (7, 11)])
def test_a_kernel_without_schedstat_is_asked_for_ticks_and_switches(
    tmp_path: Path, schedstat: str | None, ticks: int, switches: int
) -> None:
    write_thread(tmp_path, ticks=7, switches=10, schedstat=schedstat)
    before = observe_activity(PID, proc=tmp_path)
    write_thread(tmp_path, ticks=ticks, switches=switches, schedstat=schedstat)

    after = observe_activity(PID, proc=tmp_path)

    assert before == Activity(processor_mark=19, is_able_to_run=False)
    assert after == Activity(processor_mark=20, is_able_to_run=False)


@pytest.mark.parametrize(
    ("state", "is_able_to_run"), [("R", True), ("D", True), ("S", False), ("T", False), ("t", False)]
)
def test_who_runs_or_waits_inside_the_kernel_is_able_to_run(tmp_path: Path, state: str, is_able_to_run: bool) -> None:
    write_thread(tmp_path, state=state)

    assert observe_activity(PID, proc=tmp_path) == Activity(processor_mark=903, is_able_to_run=is_able_to_run)
