"""A disk that hangs and a caller that gives up: the loop stays free, and no process is lost from sight."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from elastane.hosts import Host
from elastane.hosts.identity import find_identity
from elastane.model.observations import Exited
from tests.kit.asserts import eventually
from tests.unit.hosts.conftest import OpenHost
from tests.unit.hosts.worlds import (
    NODE_KEY,
    OTHER_KEY,
    is_running,
    order,
)


@pytest.fixture
def disk_returns() -> Iterator[threading.Event]:
    """Set it to end what `hang_disk` began; a test that fails before it does so must not hang."""
    event = threading.Event()
    yield event
    event.set()


def hang_disk(disk_returns: threading.Event) -> None:
    """Occupy the only thread that may touch the disk, as a hanging disk would."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=1))
    loop.run_in_executor(None, disk_returns.wait)


async def give_up_starting(host: Host) -> None:
    """The caller's patience ends, and the start goes on."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await host.start_process(order())


def process_in_identity(host: Host) -> int | None:
    """The pid on disk: a look at the node that the host does not notice."""
    identity = find_identity(host.directory(NODE_KEY), NODE_KEY)
    return identity.process.pid if identity and identity.process else None


async def test_a_hanging_disk_delays_a_start_and_nothing_else(
    open_host: OpenHost, disk_returns: threading.Event
) -> None:
    host = open_host()
    other = await host.start_process(order(OTHER_KEY))
    hang_disk(disk_returns)

    await give_up_starting(host)
    seen = await host.observe_process(OTHER_KEY)
    await host.kill_process(OTHER_KEY)

    assert seen == other
    assert await host.observe_process(OTHER_KEY) == Exited(exit_code=-9)
    disk_returns.set()


async def test_a_cancelled_start_leaves_a_process_that_is_watched(
    open_host: OpenHost, disk_returns: threading.Event
) -> None:
    host = open_host()
    bells: list[str] = []
    host.watch(bells.append)
    hang_disk(disk_returns)
    await give_up_starting(host)

    disk_returns.set()

    pid = await eventually(lambda: process_in_identity(host), message="the start goes on in its thread")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: bells == [NODE_KEY], message="the bell of a node that nobody observed")


async def test_a_stop_after_a_cancelled_start_waits_for_it(open_host: OpenHost, disk_returns: threading.Event) -> None:
    host = open_host()
    hang_disk(disk_returns)
    await give_up_starting(host)

    disk_returns.set()
    await host.stop_process(NODE_KEY, grace_seconds=10)

    assert isinstance(await host.observe_process(NODE_KEY), Exited)
    assert not await is_running(host, NODE_KEY)


async def test_a_node_whose_cancelled_start_goes_on_is_listed_although_it_has_no_directory_yet(
    open_host: OpenHost, disk_returns: threading.Event
) -> None:
    """Whoever takes everything down would leave its process behind."""
    host = open_host()
    hang_disk(disk_returns)
    await give_up_starting(host)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())  # the start waits for its turn, nobody else

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await host.list_nodes()
    disk_returns.set()

    assert await host.list_nodes() == (NODE_KEY,)


async def test_letting_go_waits_for_a_cancelled_start_and_leaves_its_node_to_the_next(
    open_host: OpenHost, disk_returns: threading.Event
) -> None:
    host = open_host()
    hang_disk(disk_returns)
    await give_up_starting(host)

    disk_returns.set()
    await host.aclose()

    assert process_in_identity(host) is not None
    assert await open_host().adopt() == (NODE_KEY,)
