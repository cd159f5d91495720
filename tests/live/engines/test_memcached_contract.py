"""The contract of the Memcached protocols, over real processes: as a host runs them, on addresses of their own."""

import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from elastane.clock import utc_now
from elastane.engines.discovery import EngineBinary
from elastane.engines.memcached_client import LiveMemcached
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.hosts.local import LocalHost
from elastane.model.observations import Running
from elastane.pki.authorities import open_pki
from tests.kit.address_blocks import held_block
from tests.kit.asserts import eventually
from tests.kit.stored_engines import stored_engine
from tests.live.engines.processes import is_stopped
from tests.unit.engines.memcached_contract import CONTRACT, World


class LiveSurroundings:
    """Processes of this machine, ended with the test."""

    def __init__(self, binary: EngineBinary, directory: Path) -> None:
        self.binary = binary
        self.host = LocalHost(directory / "nodes")
        self.authority = open_pki(directory / "pki", utc_now, timedelta(days=90))
        self.memcached = LiveMemcached(context=self.authority.control_context)
        self._holding = contextlib.ExitStack()
        self._addresses = self._holding.enter_context(held_block()).hosts()

    def spare_address(self) -> str:
        return str(next(self._addresses))

    async def hang(self, node_key: str) -> None:
        pid = await self._pid(node_key)
        os.kill(pid, signal.SIGSTOP)
        await eventually(lambda: is_stopped(pid))

    async def resume(self, node_key: str) -> None:
        os.kill(await self._pid(node_key), signal.SIGCONT)

    async def crowd(self, at: MemcachedAddress) -> None:
        while answer_of(at, self._holding).startswith(b"VERSION "):
            pass

    async def _pid(self, node_key: str) -> int:
        process = await self.host.observe_process(node_key)
        assert isinstance(process, Running)
        return process.pid

    async def aclose(self) -> None:
        await self.memcached.aclose()
        for node_key in await self.host.list_nodes():
            await self.host.kill_process(node_key)
        await self.host.aclose()
        self._holding.close()


def answer_of(at: MemcachedAddress, holding: contextlib.ExitStack) -> bytes:
    """A connection's first words; it is held until the test is over."""
    connection = holding.enter_context(socket.create_connection((at.address, at.port), timeout=5))
    connection.sendall(b"version\r\n")
    return connection.recv(100)


@pytest.fixture
async def surroundings(tmp_path: Path) -> AsyncIterator[LiveSurroundings]:
    around = LiveSurroundings(stored_engine("memcached", "1.6"), tmp_path)
    try:
        yield around
    finally:
        await around.aclose()


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
async def test_real_processes_keep_the_contract(
    surroundings: LiveSurroundings, clause: Callable[[World], Awaitable[None]]
) -> None:
    await clause(World(surroundings))
