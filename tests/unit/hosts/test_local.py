"""The local host's own promises: real processes, detached, adopted, and never a stranger's."""

import asyncio
import fcntl
import os
import signal
from pathlib import Path

import msgspec
import pytest
import uvloop

from elastane.hosts import NodeOrder, StartFailed, StopFailed
from elastane.hosts.identity import NodeIdentity, find_identity, mark_process
from elastane.hosts.local import LocalHost
from elastane.model.observations import Exited, Process, Running
from tests.kit.asserts import eventually
from tests.unit.hosts.conftest import OpenHost
from tests.unit.hosts.worlds import (
    NODE_KEY,
    SLEEP,
    find_open_files,
    has_become,
    is_alive,
    order,
    python_order,
    shell_order,
)

DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
"""


# --- how a process runs --------------------------------------------------------------------------


async def test_a_process_is_detached_from_us(open_host: OpenHost) -> None:
    host = open_host()

    running = await host.start_process(order())

    proc = Path(f"/proc/{running.pid}")
    log = str(host.directory(NODE_KEY) / "log")
    await eventually(lambda: has_become(running.pid, SLEEP), message="the process becomes the engine")
    await eventually(lambda: find_open_files(running.pid) == {0: "/dev/null", 1: log, 2: log}, message="only the log")
    assert os.getsid(running.pid) == running.pid
    assert (proc / "cwd").readlink() == host.directory(NODE_KEY)
    assert b"PYTEST_CURRENT_TEST" not in (proc / "environ").read_bytes()


async def test_what_a_process_writes_is_for_its_owner_only(open_host: OpenHost) -> None:
    host = open_host()

    await host.start_process(shell_order(f"echo hello; touch dump.rdb; exec {SLEEP} 600"))

    directory = host.directory(NODE_KEY)
    await eventually((directory / "dump.rdb").exists)
    assert (directory / "dump.rdb").stat().st_mode & 0o777 == 0o600
    assert (directory / "log").stat().st_mode & 0o777 == 0o600
    assert (directory / "log").read_text() == "hello\n"


async def test_an_orders_files_are_there_before_the_process_and_change_with_the_next_start(open_host: OpenHost) -> None:
    host = open_host()
    argv = ("/bin/sh", "-c", f"cat valkey.conf; exec {SLEEP} 600")
    log = host.directory(NODE_KEY) / "log"

    await host.start_process(order(NODE_KEY, *argv, files={"valkey.conf": "port 1\n"}))
    await eventually(lambda: log.read_text() == "port 1\n")
    await host.start_process(order(NODE_KEY, *argv, files={"valkey.conf": "port 2\n"}))
    untouched = (host.directory(NODE_KEY) / "valkey.conf").read_text()
    await host.kill_process(NODE_KEY)
    await host.start_process(order(NODE_KEY, *argv, files={"valkey.conf": "port 3\n"}))

    await eventually(lambda: log.read_text() == "port 1\nport 3\n")
    assert untouched == "port 1\n"
    assert (host.directory(NODE_KEY) / "valkey.conf").stat().st_mode & 0o777 == 0o600


async def test_the_identity_names_the_node_and_its_process(open_host: OpenHost) -> None:
    host = open_host()

    running = await host.start_process(order())

    identity = find_identity(host.directory(NODE_KEY), NODE_KEY)
    assert identity == NodeIdentity(
        node_key=NODE_KEY,
        argv=(SLEEP, "600"),
        identity={"replication_group_id": "elc-tutorial", "epoch": "1"},
        process=msgspec.structs.replace(mark_process(running.pid), started_at=running.started_at),
    )


def test_an_orders_text_is_not_in_its_repr() -> None:
    shown = repr(NodeOrder(node_key=NODE_KEY, argv=(SLEEP,), files={"valkey.conf": "masterauth secret"}))

    assert "valkey.conf" in shown
    assert "secret" not in shown


# --- how a process ends --------------------------------------------------------------------------


async def test_an_exit_is_seen_with_its_code_and_last_words(open_host: OpenHost) -> None:
    host = open_host()
    bells: list[str] = []
    host.watch(bells.append)

    await host.start_process(shell_order("while ! test -e leave; do :; done; echo out of memory; exit 3"))
    (host.directory(NODE_KEY) / "leave").touch()

    await eventually(lambda: bells, message="a bell")
    assert await host.observe_process(NODE_KEY) == Exited(exit_code=3, last_words="out of memory")


async def test_a_death_is_observed_before_the_loop_hears_of_it(open_host: OpenHost) -> None:
    host = open_host()
    running = await host.start_process(order())
    os.kill(running.pid, signal.SIGKILL)
    # Blocking on purpose: the loop must not turn before the observation.
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222  # on purpose, as said above

    observed = await host.observe_process(NODE_KEY)

    assert observed == Exited(exit_code=-9)


async def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(open_host: OpenHost) -> None:
    host = open_host()
    await host.start_process(python_order(DEAF))
    await eventually(lambda: (host.directory(NODE_KEY) / "log").read_text() == "deaf\n")

    await host.stop_process(NODE_KEY, grace_seconds=0.05)

    assert await host.observe_process(NODE_KEY) == Exited(exit_code=-9, last_words="deaf")


async def test_a_stop_that_outlasts_the_host_signals_nothing_more(open_host: OpenHost) -> None:
    host = open_host()
    running = await host.start_process(python_order(DEAF))
    await eventually(lambda: (host.directory(NODE_KEY) / "log").read_text() == "deaf\n")

    stop, _ = await asyncio.gather(
        host.stop_process(NODE_KEY, grace_seconds=0.05), host.aclose(), return_exceptions=True
    )

    assert isinstance(stop, StopFailed)
    assert "the host was closed" in stop.sentence
    assert is_alive(running.pid)


async def test_a_process_that_heeds_sigterm_is_not_killed(open_host: OpenHost) -> None:
    host = open_host()
    await host.start_process(shell_order("trap 'exit 7' TERM; echo ready; while :; do :; done"))
    await eventually(lambda: (host.directory(NODE_KEY) / "log").read_text() == "ready\n")

    await host.stop_process(NODE_KEY, grace_seconds=60)

    assert await host.observe_process(NODE_KEY) == Exited(exit_code=7, last_words="ready")


async def test_a_hung_process_can_be_killed(open_host: OpenHost) -> None:
    host = open_host()
    running = await host.start_process(order())
    os.kill(running.pid, signal.SIGSTOP)

    await host.kill_process(NODE_KEY)

    assert not is_alive(running.pid)
    assert await host.observe_process(NODE_KEY) == Exited(exit_code=-9)


def test_exits_are_seen_on_the_servers_event_loop_too(tmp_path: Path) -> None:
    async def see_an_exit() -> tuple[list[str], Process]:
        host = LocalHost(tmp_path)
        bells: list[str] = []
        host.watch(bells.append)
        running = await host.start_process(order())
        os.kill(running.pid, signal.SIGKILL)
        await eventually(lambda: bells, message="a bell")
        process = await host.observe_process(NODE_KEY)
        await host.aclose()
        return bells, process

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        bells, process = runner.run(see_an_exit())

    assert bells == [NODE_KEY]
    assert process == Exited(exit_code=-9)


# --- starts that fail ----------------------------------------------------------------------------


async def test_a_process_that_ends_at_once_is_a_failed_start_with_its_words(open_host: OpenHost) -> None:
    host = open_host(settle_seconds=30)

    with pytest.raises(StartFailed, match="ended at once with exit code 1; its last words: Bad directive"):
        await host.start_process(shell_order("echo Bad directive; exit 1"))
    with pytest.raises(StartFailed, match="ended at once with exit code 2 without a word"):
        await host.start_process(shell_order("exit 2"))
    with pytest.raises(StartFailed, match=r"was ended at once by signal 9 \(Killed\) without a word"):
        await host.start_process(shell_order("kill -9 $$"))


async def test_a_program_that_cannot_be_executed_fails_in_its_own_words(open_host: OpenHost, tmp_path: Path) -> None:
    binary = tmp_path / "valkey-server"
    binary.write_bytes(b"\x7fELF, but not for this machine")
    binary.chmod(0o755)
    host = open_host(settle_seconds=30)

    with pytest.raises(StartFailed, match=r"ended at once with exit code \d+; its last words: .*valkey-server"):
        await host.start_process(order(NODE_KEY, str(binary)))


@pytest.mark.parametrize(
    ("argv", "files", "sentence"),
    [
        (("/nowhere/valkey-server",), {}, "there is no engine at /nowhere/valkey-server"),
        (("valkey-server",), {}, "the engine's path must be absolute"),
        ((SLEEP, "600"), {"../valkey.conf": ""}, "a node's file cannot be named '../valkey.conf'"),
        ((SLEEP, "600"), {"identity.json": ""}, "a node's file cannot be named 'identity.json'"),
    ],
)
async def test_an_order_that_cannot_be_carried_out_is_refused_in_a_sentence(
    open_host: OpenHost, argv: tuple[str, ...], files: dict[str, str], sentence: str
) -> None:
    host = open_host()

    with pytest.raises(StartFailed, match=sentence):
        await host.start_process(order(NODE_KEY, *argv, files=files))

    assert await host.list_nodes() == ()


async def test_a_binary_that_is_not_executable_is_named_in_the_failure(open_host: OpenHost, tmp_path: Path) -> None:
    (tmp_path / "valkey-server").touch(mode=0o600)

    with pytest.raises(StartFailed, match=r"valkey-server may not be executed; try: chmod \+x"):
        await open_host().start_process(order(NODE_KEY, str(tmp_path / "valkey-server")))


async def test_a_root_that_is_a_file_is_named_in_the_failure(open_host: OpenHost, tmp_path: Path) -> None:
    (tmp_path / "nodes").write_text("not a directory")
    host = open_host()

    with pytest.raises(StartFailed, match="nodes is a file where a directory is needed"):
        await host.start_process(order())

    (tmp_path / "nodes").unlink()


async def test_two_control_planes_do_not_start_one_node_twice(open_host: OpenHost) -> None:
    host = open_host()
    directory = host.directory(NODE_KEY)
    directory.mkdir(parents=True)
    descriptor = os.open(directory, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    with pytest.raises(StartFailed, match="another Elastane is starting it"):
        await host.start_process(order())

    os.close(descriptor)
    assert isinstance(await host.start_process(order()), Running)
