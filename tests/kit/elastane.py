"""A real Elastane for tests: the control plane as a process of its own, and AWS's clients led to it.

Used by the conformance and the live tests. Everything happens on loopback and below one data directory; at the end
the control plane and every engine of that directory are gone, whatever the test did to them.

    with running_elastane(tmp_path) as elastane:
        elastane.client("elasticache").describe_replication_groups()
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config

from elastane.config import NODES_DIRECTORY
from elastane.hosts.local import LocalHost
from elastane.store.data_directory import find_control_plane
from elastane.wire.models import OWN_MODELS
from tests.kit.address_blocks import held_block

REGION = "us-east-1"
ACCESS_KEY_ID = "AKIACONFORMANCE00000"
SECRET_ACCESS_KEY = "the-secret-of-the-tests-and-of-nobody-else"

AWS_CLI = Path(sys.executable).with_name("aws")
STOP_SECONDS_MAX = 15
CALL_SECONDS_MAX = 40
COMMAND_SECONDS = 30
LOG_LINES_MAX = 80
LOG_LINE_MAX = 240

# Nothing of the person's at this machine may decide what a test sees: no profile, no file, no proxy.
_OWN_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "data_path": (None, None, str(OWN_MODELS), None),
}


class RunningElastane:
    """One data directory and the control plane that serves from it; made by `running_elastane`."""

    def __init__(self, data_dir: Path, *, environment: Mapping[str, str], arguments: Sequence[str]) -> None:
        self.data_dir = data_dir
        self.log_file = data_dir.with_name(f"{data_dir.name}.log")
        self._arguments = tuple(arguments)
        self._environment = dict(environment)
        self._listen = "127.0.0.1:0"
        self._process: subprocess.Popen[str] | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._session = botocore.session.Session(session_vars=_OWN_SETTINGS)
        self.url = ""

    @property
    def pid(self) -> int:
        assert self._process is not None, "the control plane is not running"
        return self._process.pid

    def log(self) -> str:
        """All that every control plane of this directory has logged."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_tail(self, about: str = "") -> str:
        """For messages of tests that fail: the last lines about this group and about none, enough to tell a minute."""
        told = [line[:LOG_LINE_MAX] for line in self.log().splitlines() if about in line or "group=" not in line]
        return "\n".join(told[-LOG_LINES_MAX:])

    def client(self, service: str = "elasticache", region: str = REGION) -> Any:
        """AWS's own SDK, without retries: a test sees every answer. Closed at the end."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=ACCESS_KEY_ID,
                aws_secret_access_key=SECRET_ACCESS_KEY,
                config=Config(
                    retries={"total_max_attempts": 1}, read_timeout=CALL_SECONDS_MAX, proxies={}, max_pool_connections=4
                ),
            )
        return self._clients[service, region]

    def aws_environment(self, region: str = REGION) -> dict[str, str]:
        """For the AWS CLI, or any other program that reads what AWS's tools read."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.data_dir),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
            "NO_PROXY": "*",
        }

    def run_aws(
        self, *arguments: str, timeout_seconds: float = 60, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """The stock AWS CLI: ``run_aws("elasticache", "describe-events")``. `environment` is added to its own."""
        return subprocess.run(
            [sys.executable, str(AWS_CLI), *arguments],
            env=self.aws_environment() | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
        )

    def run_command(self, *arguments: str, data_dir: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """An ``elastane`` command about this data directory, or another one."""
        return subprocess.run(
            [sys.executable, "-m", "elastane", *arguments, "--data-dir", str(data_dir or self.data_dir)],
            env=self.aws_environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )

    def start(self, block: IPv4Network | None = None) -> None:
        """Returns once it answers. After a stop or a kill it listens where it listened before.

        The block of addresses is named at the first start alone: from then on the data directory has to know it.
        """
        assert self._process is None, "it runs already"
        named = {} if block is None else {"ELASTANE_ADDRESS_BLOCK": str(block)}
        command = [sys.executable, "-m", "elastane", "serve", "--data-dir", str(self.data_dir)]
        with self.log_file.open("a") as log:
            process = subprocess.Popen(
                [*command, "--listen", self._listen, *self._arguments],
                env=_own_environment(self.data_dir) | named | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._process = process
        # It greets when it answers, and says nothing more on this stream; the end of it means that it ended.
        assert process.stdout is not None
        greeting = process.stdout.readline()
        control_plane = find_control_plane(self.data_dir)
        assert greeting and control_plane is not None, f"the control plane did not start:\n{self.log()}"
        assert control_plane.pid == process.pid
        self.url = control_plane.url
        self._listen = urlsplit(self.url).netloc

    def stop(self) -> None:
        """As an operator ends it: the engines go on."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash ends it: without a chance to do anything more."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        """Ends the control plane, then every engine of its data directory."""
        try:
            self.stop()
        finally:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            # In a thread, because whoever calls this may be inside an event loop, which cannot run a second one.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _take_down(self.data_dir / NODES_DIRECTORY)).result()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # Only ever our own child, which we have not waited for: its pid cannot have become anybody else's.
        process.send_signal(number)
        try:
            process.communicate(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"the control plane outlived {number.name}:\n{self.log()}") from None


@contextmanager
def running_elastane(
    data_dir: Path, *, environment: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> Iterator[RunningElastane]:
    """A control plane on a free port of loopback; `environment` and `arguments` are added to its own."""
    with held_block() as block:
        elastane = RunningElastane(data_dir, environment=environment or {}, arguments=arguments)
        try:
            elastane.start(block)
            yield elastane
        finally:
            elastane.close()


def _own_environment(data_dir: Path) -> dict[str, str]:
    """Nothing of the caller's but where programs are found."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(data_dir),
        "ELASTANE_ROOT_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ELASTANE_ROOT_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "ELASTANE_FETCH_ENGINES": "no",
        # The machine's own packet filter is nobody's to test with: who enforces, does so in a network of its own.
        "ELASTANE_ENFORCE_SECURITY_GROUPS": "no",
    }


async def _take_down(nodes_directory: Path) -> None:
    host = LocalHost(nodes_directory)
    try:
        nodes = await host.list_nodes()
        await asyncio.gather(*(host.stop_process(node, grace_seconds=0.2) for node in nodes))
    finally:
        await host.aclose()
