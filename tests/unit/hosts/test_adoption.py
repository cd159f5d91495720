"""Nodes outlive the control plane: the next one recognises them, and never takes a stranger for one."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec
import pytest

from elastane.hosts import NotOurs, launch
from elastane.hosts.identity import NodeIdentity, find_identity, mark_process, save_identity
from elastane.model.observations import Exited, Running
from tests.kit.asserts import eventually
from tests.unit.hosts.conftest import OpenHost
from tests.unit.hosts.worlds import (
    NODE_KEY,
    OTHER_KEY,
    SLEEP,
    has_become,
    is_alive,
    order,
    shell_order,
)

START_AND_DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from elastane.hosts import NodeOrder
from elastane.hosts.local import LocalHost

async def main():
    host = LocalHost(Path(sys.argv[1]))
    await host.start_process(NodeOrder(node_key=sys.argv[2], argv=(sys.argv[3], "600")))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_nodes_of_a_control_plane_that_was_killed_are_adopted(open_host: OpenHost, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START_AND_DIE, str(tmp_path / "nodes"), NODE_KEY, SLEEP
    )
    exit_code = await child.wait()
    host = open_host()
    bells: list[str] = []
    host.watch(bells.append)

    adopted = await host.adopt()

    running = await host.observe_process(NODE_KEY)
    assert exit_code == -signal.SIGKILL
    assert adopted == (NODE_KEY,)
    assert isinstance(running, Running)
    await eventually(lambda: has_become(running.pid, SLEEP), message="the process becomes the engine")

    os.kill(running.pid, signal.SIGKILL)

    await eventually(lambda: bells, message="the bell of an adopted node")
    assert await host.observe_process(NODE_KEY) == Exited(exit_code=None)


async def test_a_node_is_adopted_on_sight_without_being_asked_to(open_host: OpenHost) -> None:
    first, second = open_host(), open_host()
    running = await first.start_process(order())

    assert await second.start_process(order()) == running
    await second.stop_process(NODE_KEY, grace_seconds=10)

    assert isinstance(await first.observe_process(NODE_KEY), Exited)
    assert isinstance(await second.observe_process(NODE_KEY), Exited)


def test_a_start_returns_the_process_that_another_control_plane_started_meanwhile(
    open_host: OpenHost, tmp_path: Path
) -> None:
    first = launch.find_or_start(tmp_path / "nodes", order())

    second = launch.find_or_start(tmp_path / "nodes", order())

    assert second.mark == first.mark
    os.close(first.pidfd)
    os.close(second.pidfd)


async def test_an_exit_nobody_watched_has_no_code_but_last_words(open_host: OpenHost) -> None:
    first = open_host()
    await first.start_process(shell_order(f"echo serving; exec {SLEEP} 600"))
    await eventually(lambda: (first.directory(NODE_KEY) / "log").read_text())
    await first.kill_process(NODE_KEY)

    later = open_host()

    assert await later.adopt() == ()
    assert await later.observe_process(NODE_KEY) == Exited(exit_code=None, last_words="serving")


@pytest.mark.parametrize("change", [{"start_ticks": 1}, {"boot_id": "an earlier boot"}])
async def test_a_pid_that_now_is_a_strangers_is_never_signalled(
    open_host: OpenHost, change: dict[str, int | str]
) -> None:
    host = open_host()
    await host.start_process(order())
    await host.kill_process(NODE_KEY)
    stranger = await asyncio.create_subprocess_exec(SLEEP, "600")
    forged = msgspec.structs.replace(mark_process(stranger.pid, log_start_bytes=0), **change)
    identity = find_identity(host.directory(NODE_KEY), NODE_KEY)
    assert identity is not None
    save_identity(host.directory(NODE_KEY), msgspec.structs.replace(identity, process=forged))

    later = open_host()
    adopted = await later.adopt()
    observed = await later.observe_process(NODE_KEY)
    await later.stop_process(NODE_KEY, grace_seconds=0)
    await later.kill_process(NODE_KEY)
    started = await later.start_process(order())
    await later.kill_process(NODE_KEY)
    await later.remove_directory(NODE_KEY)

    assert adopted == ()
    assert observed == Exited(exit_code=None)
    assert started.pid != stranger.pid
    assert is_alive(stranger.pid)
    stranger.kill()
    await stranger.wait()


async def test_one_unreadable_identity_does_not_hide_the_other_nodes(open_host: OpenHost) -> None:
    first = open_host()
    await first.start_process(order(OTHER_KEY))
    broken = first.directory(NODE_KEY)
    broken.mkdir()
    (broken / "identity.json").write_text("{")

    later = open_host()

    assert await later.adopt() == (OTHER_KEY,)
    with pytest.raises(NotOurs, match="cannot be read"):
        await later.observe_process(NODE_KEY)
    with pytest.raises(NotOurs, match="cannot be read"):
        await later.start_process(order(NODE_KEY))
    with pytest.raises(NotOurs, match="cannot be read"):
        await later.remove_directory(NODE_KEY)


async def test_a_directory_whose_process_was_never_started_has_exited(open_host: OpenHost) -> None:
    host = open_host()
    host.directory(NODE_KEY).mkdir(parents=True)
    save_identity(host.directory(NODE_KEY), NodeIdentity(node_key=NODE_KEY, argv=(SLEEP,), identity={}))

    assert await host.observe_process(NODE_KEY) == Exited(exit_code=None)
    assert await host.list_nodes() == (NODE_KEY,)
    assert isinstance(await host.start_process(order()), Running)
