"""`elastane top` on a control plane that measures: once, as JSON, and in a terminal with keys and another size."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import redis

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane

ELASTANE = (sys.executable, "-m", "elastane")
MEASURED_SECONDS_MAX = 40
ENDING_SECONDS_MAX = 20
GROUP = "orders"

SHOW_CURSOR, LEAVE_SCREEN = "\x1b[?25h", "\x1b[?1049l"
"""What a terminal is told in the end: it shows again what was there before."""
HOME = "\x1b[H"
"""With it each frame begins."""


@pytest.fixture
def group(elastane: RunningElastane) -> Any:
    """A primary and a replica, available."""
    client = elastane.client()
    client.create_replication_group(
        ReplicationGroupId=GROUP, ReplicationGroupDescription="orders of the shop", Engine="valkey",
        CacheNodeType="cache.t3.micro", NumCacheClusters=2, AutomaticFailoverEnabled=True,
    )  # fmt: skip
    client.get_waiter("replication_group_available").wait(
        ReplicationGroupId=GROUP, WaiterConfig={"Delay": 0.2, "MaxAttempts": 300}
    )
    return client.describe_replication_groups(ReplicationGroupId=GROUP)["ReplicationGroups"][0]


def top(elastane: RunningElastane, *arguments: str) -> str:
    run = subprocess.run(
        (*ELASTANE, "top", "--data-dir", str(elastane.data_dir), *arguments),
        capture_output=True, text=True, timeout=ENDING_SECONDS_MAX, check=True,
    )  # fmt: skip
    return run.stdout


def nodes(elastane: RunningElastane) -> dict[str, Any]:
    report = msgspec.json.decode(top(elastane, "--json"))
    return {node["node"]: node for node in report["nodes"]}


async def until_measured(elastane: RunningElastane) -> dict[str, Any]:
    """Both nodes with numbers of now, a rate among them."""

    def look() -> dict[str, Any]:
        found = nodes(elastane)
        is_there = all(
            node["is_current"] and node["numbers"]["operations_per_second"] is not None for node in found.values()
        )
        return found if is_there else {}

    return await eventually(look, timeout_seconds=MEASURED_SECONDS_MAX, interval_seconds=0.5)


async def test_it_shows_what_customers_do(elastane: RunningElastane, group: Any) -> None:
    await until_measured(elastane)
    endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]

    def shows_the_work() -> None:
        with redis.Redis(host=endpoint["Address"], port=endpoint["Port"]) as cache:
            cache.set("there", "x")
            for _ in range(30):
                cache.get("there")
            for _ in range(10):
                cache.get("not-there")
        numbers = nodes(elastane)[f"{GROUP}-001"]["numbers"]
        assert numbers["hit_ratio"] == pytest.approx(0.75)
        assert numbers["operations_per_second"] > numbers["hits_per_second"] > 0

    await eventually(shows_the_work, timeout_seconds=MEASURED_SECONDS_MAX, interval_seconds=0.5)
    numbers = nodes(elastane)[f"{GROUP}-002"]["numbers"]
    assert numbers["lag_seconds"] is not None
    assert numbers["memory_bytes_max"] > numbers["memory_bytes"] > 0


async def test_without_a_control_plane_it_says_so_and_calls_nothing_current(
    elastane: RunningElastane, group: Any
) -> None:
    await until_measured(elastane)
    elastane.stop()

    def nothing_is_current() -> bool:
        return not any(node["is_current"] for node in nodes(elastane).values())

    await eventually(nothing_is_current, timeout_seconds=MEASURED_SECONDS_MAX, interval_seconds=0.5)
    shown = top(elastane, "--once")
    assert "is not running" in shown
    assert "so nothing is measured. To start it:" in " ".join(shown.split())
    assert len(re.findall(r"\d+ s ago", shown)) == 2


# --- in a terminal -------------------------------------------------------------------------------


class Terminal:
    """What a program writes to a terminal, and the keys for it."""

    def __init__(self, descriptor: int, process: "subprocess.Popen[bytes]") -> None:
        self._descriptor = descriptor
        self.process = process
        self.shown = ""

    def press(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def read(self) -> str:
        """All that it has written by now."""
        while select.select([self._descriptor], [], [], 0)[0]:
            try:
                self.shown += os.read(self._descriptor, 65536).decode(errors="replace")
            except OSError:  # Linux' way to say that nobody has the other end any more
                break
        return self.shown

    def last_frame(self) -> str:
        """The last that was drawn to its last line, which tells the keys."""
        return next(frame for frame in reversed(self.read().split(HOME)) if "s sort" in frame)

    def has_no_clients(self) -> str:
        frame = self.last_frame()
        return "" if "CLIENTS" in frame else frame

    async def until_shown(self, text: str) -> None:
        def is_shown() -> bool:
            return text in self.read()

        await eventually(is_shown, timeout_seconds=ENDING_SECONDS_MAX, interval_seconds=0.1, message=text)

    async def ended(self) -> int:
        def code() -> int | None:
            self.read()
            return None if self.process.poll() is None else 1

        await eventually(code, timeout_seconds=ENDING_SECONDS_MAX, interval_seconds=0.1, message="it goes on")
        return int(self.process.returncode)


@contextmanager
def watching(elastane: RunningElastane, *, columns: int = 100, lines: int = 30) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    before = termios.tcgetattr(theirs)
    # As shells have it that export the size that a window had when they began.
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(lines)}
    process = subprocess.Popen(
        (*ELASTANE, "top", "--data-dir", str(elastane.data_dir), "--interval", "0.5"),
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
    )  # fmt: skip
    try:
        yield Terminal(ours, process)
        assert termios.tcgetattr(theirs) == before, "the terminal is not as it was"
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


async def test_in_a_terminal_it_goes_on_until_q_and_leaves_everything_as_it_was(
    elastane: RunningElastane, group: Any
) -> None:
    await until_measured(elastane)

    with watching(elastane) as terminal:
        await terminal.until_shown(f"{GROUP}-002")
        await terminal.until_shown("s sort: name")
        terminal.press("s")
        await terminal.until_shown("s sort: ops")
        assert "CLIENTS" in terminal.last_frame()
        terminal.resize(columns=50, lines=20)
        await eventually(terminal.has_no_clients, timeout_seconds=ENDING_SECONDS_MAX)
        await terminal.until_shown("s sort: ops")
        terminal.press("q")
        code = await terminal.ended()

    assert code == 0
    assert terminal.shown.endswith(SHOW_CURSOR + LEAVE_SCREEN)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_leaves_everything_as_it_was_too(elastane: RunningElastane, number: signal.Signals) -> None:
    with watching(elastane) as terminal:
        await terminal.until_shown("There is no cache yet.")
        terminal.process.send_signal(number)
        code = await terminal.ended()

    assert code == 0
    assert "Traceback" not in terminal.shown
