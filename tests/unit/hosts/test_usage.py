"""What processes and the machine use, read from files as the kernel writes them, and from the kernel."""

import os
import time
from pathlib import Path

import pytest

from elastane.hosts import HostError
from elastane.hosts.usage import observe_machine_usage, observe_process_usage
from elastane.model.measurements import MachineUsage, ProcessUsage
from tests.unit.hosts.conftest import OpenHost
from tests.unit.hosts.worlds import NODE_KEY, order

PID = 4242
STAT = "4242 (a) b) S 1 4242 4242 0 -1 4194560 100 0 7 0 30 20 0 0 20 0 5 0 999 1000 100"


def process(proc: Path, *, schedstat: str | None = "123456789 5 6") -> None:
    thread = proc / str(PID) / "task" / str(PID)
    thread.mkdir(parents=True)
    for directory in (proc / str(PID), thread):
        (directory / "stat").write_text(STAT)
    if schedstat is not None:
        (thread / "schedstat").write_text(schedstat)


def machine(proc: Path) -> None:
    (proc / "stat").write_text("cpu  100 20 30 400 50 6 7 8 90 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n")
    (proc / "meminfo").write_text(
        "MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable: 60 kB\nSwapTotal: 40 kB\nSwapFree: 30 kB\nHugePages_Total: 0\n"
    )


def test_a_threads_time_is_told_in_nanoseconds(tmp_path: Path) -> None:
    process(tmp_path)

    seen = observe_process_usage(PID, proc=tmp_path)

    assert seen == ProcessUsage(
        processor_nanoseconds=123456789,
        process_nanoseconds=50 * 1_000_000_000 // os.sysconf("SC_CLK_TCK"),
        major_fault_count=7,
        start_ticks=999,
    )


def test_where_the_kernel_keeps_none_clock_ticks_are_told(tmp_path: Path) -> None:
    process(tmp_path, schedstat=None)

    seen = observe_process_usage(PID, proc=tmp_path)

    assert seen is not None
    assert seen.processor_nanoseconds == 50 * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def test_of_a_pid_that_is_not_in_use_nothing_is_told(tmp_path: Path) -> None:
    assert observe_process_usage(PID, proc=tmp_path) is None
    assert observe_process_usage(1 << 22) is None


def test_time_without_work_is_not_busy_and_what_guests_use_counts_once(tmp_path: Path) -> None:
    machine(tmp_path)

    seen = observe_machine_usage("local", proc=tmp_path)

    assert seen == MachineUsage(busy_ticks=171, all_ticks=621, available_bytes=60 * 1024, swapped_bytes=10 * 1024)


def test_a_kernel_that_says_nothing_is_an_error_of_the_host(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="the kernel does not say what the machine uses"):
        observe_machine_usage("local", proc=tmp_path)


def test_what_the_real_kernel_says_grows_with_work() -> None:
    before, machine_before = observe_process_usage(os.getpid()), observe_machine_usage("local")
    begun = time.process_time()
    while time.process_time() < begun + 0.05:
        pass

    after, machine_after = observe_process_usage(os.getpid()), observe_machine_usage("local")

    assert before is not None and after is not None
    assert after.processor_nanoseconds - before.processor_nanoseconds > 20_000_000
    assert after.process_nanoseconds - before.process_nanoseconds >= 20_000_000
    assert after.start_ticks == before.start_ticks
    assert machine_after.busy_ticks > machine_before.busy_ticks
    assert machine_after.available_bytes > 0


async def test_a_host_tells_of_processes_that_live_and_of_no_others(open_host: OpenHost) -> None:
    host = open_host()
    before = await host.observe_process_usage(NODE_KEY)
    await host.start_process(order())

    seen = await host.observe_process_usage(NODE_KEY)
    await host.kill_process(NODE_KEY)

    assert before is None
    assert seen is not None
    assert seen.start_ticks > 0
    assert await host.observe_process_usage(NODE_KEY) is None
    assert (await host.observe_machine_usage()).all_ticks > 0
