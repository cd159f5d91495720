"""The command line as a person uses it: real processes, real engines, real signals.

What is asked of the AWS API goes through boto3, with the keys that `elastane env` would print.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest

from elastane.hosts import identity
from elastane.store.root_access_key import load_root_access_key
from tests.kit.asserts import eventually

ELASTANE = (sys.executable, "-m", "elastane")
_AS_IN_A_TERMINAL = ("env", "--default-signal=HUP")
"""The end of a terminal ends what runs in it, also where these tests run under nohup."""
ENDING_SECONDS_MAX = 60
GROUP = "orders"


@dataclass(frozen=True, slots=True)
class Serving:
    """A control plane that answers, started as a person would."""

    process: "subprocess.Popen[str]"
    greeting: str

    @property
    def url(self) -> str:
        return self.greeting.splitlines()[0].rsplit(" ", 1)[1]

    @property
    def data_dir(self) -> Path:
        found = re.search(r"data directory +(\S+)", self.greeting)
        assert found is not None, self.greeting
        return Path(found[1])

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(ENDING_SECONDS_MAX)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where commands are typed: an environment with nothing of AWS in it, and directories of its own."""

    directory: Path
    running: ExitStack

    @property
    def data_dir(self) -> Path:
        return self.directory / "data"

    @property
    def environment(self) -> dict[str, str]:
        temporary = self.directory / "tmp"
        temporary.mkdir(exist_ok=True)
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.directory),
            "TMPDIR": str(temporary),
            "ELASTANE_DATA_DIR": str(self.data_dir),
            "ELASTANE_ENFORCE_SECURITY_GROUPS": "no",
        }

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """An Elastane command."""
        return self.type_in(*ELASTANE, *arguments)

    def type_in(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=ENDING_SECONDS_MAX)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            (*_AS_IN_A_TERMINAL, *ELASTANE, "serve", "--listen", "127.0.0.1:0", *arguments),
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.running.callback(_make_sure_it_ended, process)
        return process

    def serve(self, *arguments: str) -> Serving:
        process = self.start(*arguments)
        assert process.stdout is not None and process.stderr is not None
        greeting = ""
        while "\nCtrl-C " not in greeting:
            line = process.stdout.readline()
            assert line, f"it ended before it answered: {process.stderr.read()}"
            greeting += line
        return Serving(process=process, greeting=greeting)


def _make_sure_it_ended(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=ENDING_SECONDS_MAX)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Whatever a test started is ended after it, engines included."""
    with ExitStack() as running:
        terminal = Terminal(directory=tmp_path, running=running)
        try:
            yield terminal
        finally:
            terminal.run("down")


def elasticache(serving: Serving) -> Any:
    key = load_root_access_key(serving.data_dir, {})
    return boto3.Session(aws_access_key_id=key.id, aws_secret_access_key=key.secret.reveal()).client(
        "elasticache", endpoint_url=serving.url, region_name="us-east-1"
    )


async def make_group(serving: Serving) -> None:
    """A primary and a replica, available."""
    client = elasticache(serving)
    client.create_replication_group(
        ReplicationGroupId=GROUP,
        ReplicationGroupDescription="orders of the shop",
        Engine="valkey",
        CacheNodeType="cache.t3.micro",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
    )

    def is_available() -> bool:
        group = client.describe_replication_groups(ReplicationGroupId=GROUP)["ReplicationGroups"][0]
        return bool(group["Status"] == "available")

    await eventually(is_available, timeout_seconds=60, interval_seconds=0.2)


def node_pids(terminal: Terminal, *arguments: str) -> list[int | None]:
    report = msgspec.json.decode(terminal.run("status", "--json", *arguments).stdout)
    return [node["pid"] for group in report["groups"] for node in group["nodes"]]


def are_alive(pids: list[int | None]) -> list[bool]:
    """One that is dead and not reaped, because its parent went before it, is dead."""
    found = [None if pid is None else identity.observe_status(pid) for pid in pids]
    return [status is not None and status.is_alive for status in found]


def listed(directory: Path) -> list[Path]:
    return list(directory.iterdir())


def test_a_second_serve_on_the_same_directory_is_refused_in_a_sentence(terminal: Terminal) -> None:
    first = terminal.serve()

    second = terminal.run("serve", "--listen", "127.0.0.1:0")

    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr.startswith(f"elastane: Another Elastane already runs on the data directory {first.data_dir}")
    assert "Traceback" not in second.stderr


def test_a_port_that_is_taken_is_refused_in_a_sentence(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        refused = terminal.run("serve", "--listen", address)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"elastane: Elastane cannot listen on {address}: Address already in use. "
        "Choose another one with --listen HOST:PORT.\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_zero_and_without_a_traceback(
    terminal: Terminal, number: signal.Signals
) -> None:
    serving = terminal.serve()

    exit_code = serving.end(number)

    assert exit_code == 0
    said, complained = serving.process.communicate()
    assert (said.strip(), complained) == ("Elastane has ended.", "")


async def test_engines_outlive_the_control_plane_and_the_next_one_adopts_them(terminal: Terminal) -> None:
    first = terminal.serve()
    await make_group(first)
    pids = node_pids(terminal)

    first.end()
    second = terminal.serve()

    assert f"nodes adopted   us-east-1/{GROUP}-001, us-east-1/{GROUP}-002\n" in second.greeting
    assert node_pids(terminal) == pids
    assert are_alive(pids) == [True, True]


async def test_down_stops_the_control_plane_and_every_engine_and_a_second_time_says_so(terminal: Terminal) -> None:
    serving = terminal.serve()
    await make_group(serving)
    pids = node_pids(terminal)

    down, again = terminal.run("down"), terminal.run("down")

    assert down.returncode == 0, down.stderr
    lines = down.stdout.splitlines()
    assert lines[0] == f"Stopped the control plane at {serving.url} (pid {serving.process.pid})."
    assert sorted(lines[1:]) == [
        f"Stopped us-east-1/{GROUP}-001 (pid {pids[0]}).",
        f"Stopped us-east-1/{GROUP}-002 (pid {pids[1]}).",
    ]
    assert serving.process.wait(ENDING_SECONDS_MAX) == 0
    assert are_alive(pids) == [False, False]
    assert (again.returncode, again.stdout) == (0, f"Nothing runs on {terminal.data_dir}.\n")


async def test_down_stops_the_engines_of_a_control_plane_that_was_killed(terminal: Terminal) -> None:
    serving = terminal.serve()
    await make_group(serving)
    pids = node_pids(terminal)
    serving.end(signal.SIGKILL)

    down = terminal.run("down")

    assert (down.returncode, len(down.stdout.splitlines())) == (0, 2)
    assert are_alive(pids) == [False, False]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
async def test_an_ephemeral_one_leaves_no_process_and_no_directory_behind(
    terminal: Terminal, number: signal.Signals
) -> None:
    serving = terminal.serve("--ephemeral")
    await make_group(serving)
    pids = node_pids(terminal, "--data-dir", str(serving.data_dir))

    exit_code = serving.end(number)

    assert (exit_code, len(pids)) == (0, 2)
    assert are_alive(pids) == [False, False]
    assert not serving.data_dir.exists()
    assert not terminal.data_dir.exists()


def test_down_takes_an_ephemeral_one_with_everything_in_it(terminal: Terminal) -> None:
    serving = terminal.serve("--ephemeral")

    down = terminal.run("down", "--data-dir", str(serving.data_dir))

    assert down.returncode == 0, down.stderr
    assert "It was ephemeral: its caches and its data directory went with it." in down.stdout
    assert not serving.data_dir.exists()


def test_an_ephemeral_one_that_cannot_start_leaves_no_directory_behind(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        refused = terminal.run("serve", "--ephemeral", "--listen", "127.0.0.1:0", "--dns", address)

    assert refused.returncode == 2
    assert refused.stderr.startswith(f"elastane: The DNS server cannot listen on {address}: ")
    assert len(refused.stderr.splitlines()) == 1
    assert listed(Path(terminal.environment["TMPDIR"])) == []


async def test_a_signal_during_the_start_ends_it_and_leaves_no_directory_behind(terminal: Terminal) -> None:
    temporary = Path(terminal.environment["TMPDIR"])
    process = terminal.start("--ephemeral")
    await eventually(lambda: listed(temporary), interval_seconds=0.001)

    process.terminate()

    assert process.wait(ENDING_SECONDS_MAX) == 0
    assert listed(temporary) == []


def test_env_leads_the_aws_cli_to_the_control_plane(terminal: Terminal) -> None:
    terminal.serve()
    script = f'eval "$({shlex.join((*ELASTANE, "env"))})" && aws elasticache describe-replication-groups --output json'

    asked = terminal.type_in("/bin/sh", "-c", script)

    assert asked.returncode == 0, asked.stderr
    assert msgspec.json.decode(asked.stdout) == {"ReplicationGroups": []}


def test_a_configured_profile_leads_the_aws_cli_to_the_control_plane(terminal: Terminal) -> None:
    terminal.serve()

    configured = terminal.run("configure")
    command = "aws --profile elastane elasticache describe-replication-groups --output json"
    asked = terminal.type_in(*shlex.split(command))

    assert configured.returncode == 0, configured.stderr
    assert asked.returncode == 0, asked.stderr
    assert msgspec.json.decode(asked.stdout) == {"ReplicationGroups": []}


async def test_status_and_explain_tell_of_a_real_group_with_and_without_a_control_plane(terminal: Terminal) -> None:
    serving = terminal.serve()
    await make_group(serving)

    running = [terminal.run("status").stdout, terminal.run("explain", GROUP).stdout]
    serving.end()
    away = [terminal.run("status").stdout, terminal.run("explain", f"{GROUP}-002").stdout]

    assert f"The control plane runs at {serving.url}" in running[0]
    assert "ready: is replica and in sync" in running[0]
    assert running[1].startswith(f"{GROUP} is a replication group in us-east-1; it is available\n")
    assert "everything is as it shall be" in running[1]
    assert "was available" in away[0]
    assert f"{GROUP}-002 is a node of {GROUP}; as a cache cluster it is available\n" in away[1]
    assert "Cache cluster created" in away[1]
