"""What every host promises, asked of a real one and of the fake one."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from elastane.hosts import Host, HostError, NodeOrder, NotOurs, RemoveFailed, StartFailed
from elastane.model.observations import Absent, Exited, Running
from tests.kit.asserts import eventually
from tests.kit.fake_host import FakeHost
from tests.unit.hosts.conftest import OpenHost
from tests.unit.hosts.worlds import NODE_KEY, OTHER_KEY, is_running, order


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A host, and what befalls its machine."""

    host: Host
    reopen: Callable[[], Host]
    """A later control plane on the same machine."""
    lose: Callable[[str], Awaitable[None]]
    """Kill a node's process behind the host's back."""
    doomed_order: NodeOrder
    """An order that cannot be carried out."""


@pytest.fixture(params=["local", "fake"])
def world(request: pytest.FixtureRequest, open_host: OpenHost) -> World:
    return _local_world(open_host) if request.param == "local" else _fake_world()


def _local_world(open_host: OpenHost) -> World:
    host = open_host()

    async def lose(node_key: str) -> None:
        running = await host.observe_process(node_key)
        assert isinstance(running, Running)
        os.kill(running.pid, signal.SIGKILL)

    return World(host=host, reopen=open_host, lose=lose, doomed_order=order(NODE_KEY, "/nowhere/valkey-server"))


def _fake_world() -> World:
    host = FakeHost()
    host.refuse_starts("us-east-1/doomed", "there is no engine")

    async def lose(node_key: str) -> None:
        host.lose(node_key)

    return World(host=host, reopen=lambda: host, lose=lose, doomed_order=order("us-east-1/doomed"))


async def test_a_node_that_was_never_started_is_absent(world: World) -> None:
    assert await world.host.observe_process(NODE_KEY) == Absent()
    assert await world.host.list_nodes() == ()


async def test_a_started_node_runs(world: World) -> None:
    running = await world.host.start_process(order())

    assert await world.host.observe_process(NODE_KEY) == running
    assert await world.host.list_nodes() == (NODE_KEY,)


async def test_starting_a_running_node_again_returns_the_same_process(world: World) -> None:
    first = await world.host.start_process(order())

    second = await world.host.start_process(order())

    assert second == first


async def test_two_starts_at_the_same_time_are_one(world: World) -> None:
    first, second = await asyncio.gather(world.host.start_process(order()), world.host.start_process(order()))

    assert first == second


async def test_nodes_are_apart(world: World) -> None:
    await world.host.start_process(order(NODE_KEY))
    other = await world.host.start_process(order(OTHER_KEY))

    await world.host.kill_process(NODE_KEY)

    assert isinstance(await world.host.observe_process(NODE_KEY), Exited)
    assert await world.host.observe_process(OTHER_KEY) == other
    assert world.host.directory(NODE_KEY) != world.host.directory(OTHER_KEY)
    assert await world.host.list_nodes() == (NODE_KEY, OTHER_KEY)


async def test_a_stopped_node_has_exited(world: World) -> None:
    await world.host.start_process(order())

    await world.host.stop_process(NODE_KEY, grace_seconds=10)

    assert isinstance(await world.host.observe_process(NODE_KEY), Exited)


async def test_a_killed_node_has_exited_by_signal_9(world: World) -> None:
    await world.host.start_process(order())

    await world.host.kill_process(NODE_KEY)

    assert await world.host.observe_process(NODE_KEY) == Exited(exit_code=-9)


async def test_stopping_and_killing_what_does_not_run_is_no_error(world: World) -> None:
    await world.host.stop_process(NODE_KEY, grace_seconds=10)
    await world.host.kill_process(NODE_KEY)

    assert await world.host.observe_process(NODE_KEY) == Absent()


async def test_a_node_starts_again_as_a_new_process(world: World) -> None:
    first = await world.host.start_process(order())
    await world.host.kill_process(NODE_KEY)

    second = await world.host.start_process(order())

    assert second.pid != first.pid
    assert await world.host.observe_process(NODE_KEY) == second


async def test_a_death_rings_the_bell_and_is_observed(world: World) -> None:
    bells: list[str] = []
    world.host.watch(bells.append)
    await world.host.start_process(order(NODE_KEY))
    await world.host.start_process(order(OTHER_KEY))

    await world.lose(NODE_KEY)

    await eventually(lambda: bells, message="a bell")
    assert bells == [NODE_KEY]
    assert await world.host.observe_process(NODE_KEY) == Exited(exit_code=-9)
    assert await is_running(world.host, OTHER_KEY)


async def test_a_stop_rings_the_bell_once(world: World) -> None:
    bells: list[str] = []
    world.host.watch(bells.append)
    await world.host.start_process(order())

    await world.host.stop_process(NODE_KEY, grace_seconds=10)
    await world.host.stop_process(NODE_KEY, grace_seconds=10)
    await world.host.start_process(order(OTHER_KEY))
    await world.host.kill_process(OTHER_KEY)

    await eventually(lambda: len(bells) >= 2, message="the bells of two deaths")
    assert bells == [NODE_KEY, OTHER_KEY]


async def test_a_node_lost_behind_our_back_is_not_started_by_the_host(world: World) -> None:
    bells: list[str] = []
    world.host.watch(bells.append)
    await world.host.start_process(order())

    await world.lose(NODE_KEY)

    await eventually(lambda: bells, message="a bell")
    assert await world.host.adopt() == ()
    assert isinstance(await world.host.observe_process(NODE_KEY), Exited)


async def test_a_failed_start_says_why_and_leaves_nothing_running(world: World) -> None:
    with pytest.raises(StartFailed, match="there is no engine") as failure:
        await world.host.start_process(world.doomed_order)

    assert failure.value.about == world.doomed_order.node_key
    assert await world.host.observe_process(world.doomed_order.node_key) == Absent()


async def test_a_removed_node_is_absent(world: World) -> None:
    await world.host.start_process(order())
    await world.host.kill_process(NODE_KEY)

    await world.host.remove_directory(NODE_KEY)
    await world.host.remove_directory(NODE_KEY)

    assert await world.host.observe_process(NODE_KEY) == Absent()
    assert await world.host.list_nodes() == ()


async def test_a_running_node_is_not_removed(world: World) -> None:
    running = await world.host.start_process(order())

    with pytest.raises(RemoveFailed, match=f"its process {running.pid} runs"):
        await world.host.remove_directory(NODE_KEY)

    assert await world.host.observe_process(NODE_KEY) == running


async def test_nodes_run_on_when_the_control_plane_ends_and_the_next_adopts_them(world: World) -> None:
    running = await world.host.start_process(order(NODE_KEY))
    await world.host.start_process(order(OTHER_KEY))
    await world.host.kill_process(OTHER_KEY)
    await world.host.aclose()

    later = world.reopen()
    adopted = await later.adopt()

    assert adopted == (NODE_KEY,)
    assert await later.observe_process(NODE_KEY) == running
    assert isinstance(await later.observe_process(OTHER_KEY), Exited)
    assert await later.start_process(order(NODE_KEY)) == running


async def test_no_bell_rings_after_the_end(world: World) -> None:
    bells: list[str] = []
    later_bells: list[str] = []
    world.host.watch(bells.append)
    await world.host.start_process(order())
    await world.host.aclose()
    later = world.reopen()
    later.watch(later_bells.append)
    await later.adopt()

    await later.kill_process(NODE_KEY)

    await eventually(lambda: later_bells, message="the later control plane's bell")
    assert bells == []


@pytest.mark.parametrize(
    "node_key",
    [
        "",
        ".",
        "..",
        "../other",
        "us-east-1/../x",
        "/etc",
        "us-east-1//x",
        "us-east-1/",
        ".hidden",
        "-rf",
        "a b",
        "a/b/c/d",
    ],
)
async def test_a_key_that_could_lead_elsewhere_is_refused(world: World, node_key: str) -> None:
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: world.host.start_process(order(node_key)),
        lambda: world.host.observe_process(node_key),
        lambda: world.host.stop_process(node_key, grace_seconds=0),
        lambda: world.host.kill_process(node_key),
        lambda: world.host.remove_directory(node_key),
    ]

    for attempt in attempts:
        with pytest.raises(NotOurs, match="plain names"):
            await attempt()


def test_every_error_is_a_host_error_with_a_sentence() -> None:
    error = StartFailed(NODE_KEY, "the disk is full")

    assert isinstance(error, HostError)
    assert str(error) == f"{NODE_KEY}: the disk is full"
    assert error.sentence == "the disk is full"
