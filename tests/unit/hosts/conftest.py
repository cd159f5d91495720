"""Local hosts for tests: real, small processes in a temporary directory, none of which outlives its test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from elastane.hosts.local import LocalHost
from elastane.hosts.zones import FAULTS_DIRECTORY

OpenHost = Callable[..., LocalHost]


@pytest_asyncio.fixture
async def open_host(tmp_path: Path) -> AsyncIterator[OpenHost]:
    """Opens hosts over one root: called twice, it is a second control plane on the same machine.

    Zones are lost by marking them in ``tmp_path / "faults"``.
    """
    root = tmp_path / "nodes"
    opened: list[LocalHost] = []

    def open_one(*, settle_seconds: float = 0.0) -> LocalHost:
        faults = tmp_path / FAULTS_DIRECTORY
        opened.append(LocalHost(root, settle_seconds=settle_seconds, faults_directory=faults))
        return opened[-1]

    yield open_one

    for host in opened:
        await host.aclose()
    cleaner = LocalHost(root)
    await asyncio.gather(*(cleaner.kill_process(node_key) for node_key in await cleaner.adopt()))
    await cleaner.aclose()
