"""What every host promises, asked of a real one and of the fake one."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest

from elastane.hosts import Host, HostError, NodeOrder, NotOurs, RemoveFailed, StartFailed, ZoneLost, zones
from elastane.model.ids import Zone
from elastane.model.observations import Absent, Activity, Exited, Running
from tests.kit.asserts import eventually
from tests.kit.fake_host import FakeHost
from tests.unit.hosts.conftest import OpenHost
from tests.unit.hosts.worlds import NODE_KEY, OTHER_KEY, ZONE, is_running, order, python_order


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A host, and what befalls its machine."""

    host: Host
    reopen: Callable[[], Host]
    """A later control plane on the same machine."""
    lose: Callable[[str], Awaitable[None]]
    """Kill a node's process behind the host's back."""
    doomed_order: NodeOrder
    """An order that cannot be carried out."""
    hold: Callable[[str], Awaitable[None]]
    """Stop a node's process behind the host's back, so that it gets nowhere."""
    let_go: Callable[[str], Awaitable[None]]
    lose_zone: Callable[[Zone], object]
    restore_zone: Callable[[Zone], object]


@pytest.fixture(params=["local", "fake"])
def world(request: pytest.FixtureRequest, open_host: OpenHost, tmp_path: Path) -> World:
    return _local_world(open_host, tmp_path / zones.FAULTS_DIRECTORY) if request.param == "local" else _fake_world()


def _local_world(open_host: OpenHost, faults: Path) -> World:
    host = open_host()

    async def send(number: signal.Signals, node_key: str) -> None:
        running = await host.observe_process(node_key)
        assert isinstance(running, Running)
        os.kill(running.pid, number)

    return World(
        host=host,
        reopen=open_host,
        lose=partial(send, signal.SIGKILL),
        doomed_order=order(NODE_KEY, "/nowhere/valkey-server"),
        hold=partial(send, signal.SIGSTOP),
        let_go=partial(send, signal.SIGCONT),
        lose_zone=partial(zones.lose_zone, faults),
        restore_zone=partial(zones.restore_zone, faults),
    )


def _fake_world() -> World:
    host = FakeHost()
    host.refuse_starts("us-east-1/doomed", "there is no engine")

    async def lose(node_key: str) -> None:
        host.lose(node_key)

    async def hold(node_key: str) -> None:
        host.hold(node_key)

    async def let_go(node_key: str) -> None:
        host.let_go(node_key)

    return World(
        host=host,
        reopen=lambda: host,
        lose=lose,
        doomed_order=order("us-east-1/doomed"),
        hold=hold,
        let_go=let_go,
        lose_zone=host.lose_zone,
        restore_zone=host.restore_zone,
    )


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


# --- activity ------------------------------------------------------------------------------------

# Wakes up again and again as an engine does when it has nothing to do.
IDLING = "import select\nwhile True: select.select([], [], [], 0.01)"


async def until_it_moves(host: Host, node_key: str) -> None:
    first = await host.observe_activity(node_key)
    assert first is not None, f"{node_key} does not run"

    async def has_moved() -> bool:
        activity = await host.observe_activity(node_key)
        return activity is not None and activity.processor_mark != first.processor_mark

    await eventually(has_moved, message=f"{node_key} gets somewhere")


async def until_it_stands_still(host: Host, node_key: str) -> Activity:
    """What five looks in a row saw, each long enough after the one before for an idling process to wake."""
    looks: list[Activity | None] = []

    async def stands_still() -> Activity | None:
        looks.append(await host.observe_activity(node_key))
        return looks[-1] if len(looks) >= 5 and len(set(looks[-5:])) == 1 else None

    activity = await eventually(stands_still, interval_seconds=0.05, message=f"{node_key} stands still")
    assert activity is not None
    return activity


async def test_a_process_that_only_wakes_now_and_then_moves(world: World) -> None:
    await world.host.start_process(python_order(IDLING))

    await until_it_moves(world.host, NODE_KEY)


async def test_a_held_process_stands_still_and_moves_again_when_it_is_let_go(world: World) -> None:
    await world.host.start_process(python_order(IDLING))
    await until_it_moves(world.host, NODE_KEY)

    await world.hold(NODE_KEY)

    held = await until_it_stands_still(world.host, NODE_KEY)
    assert not held.is_able_to_run
    await world.let_go(NODE_KEY)
    await until_it_moves(world.host, NODE_KEY)


async def test_a_held_process_can_be_killed_and_its_next_life_is_not_held(world: World) -> None:
    await world.host.start_process(python_order(IDLING))
    await world.hold(NODE_KEY)

    await world.host.kill_process(NODE_KEY)
    await world.host.start_process(python_order(IDLING))

    await until_it_moves(world.host, NODE_KEY)


async def test_there_is_no_activity_where_no_process_lives(world: World) -> None:
    before = await world.host.observe_activity(NODE_KEY)
    await world.host.start_process(order())
    await world.host.kill_process(NODE_KEY)

    after = await world.host.observe_activity(NODE_KEY)

    assert before is None
    assert after is None


# --- zones ---------------------------------------------------------------------------------------


async def test_no_zone_is_lost_at_first(world: World) -> None:
    assert await world.host.list_lost_zones() == frozenset()


async def test_nothing_starts_in_a_lost_zone_and_the_refusal_says_what_to_do(world: World) -> None:
    world.lose_zone(ZONE)

    with pytest.raises(ZoneLost, match=f"zone {ZONE} is down; `elastane fault zone {ZONE} up` brings it back"):
        await world.host.start_process(order(zone=ZONE))
    other = await world.host.start_process(order(OTHER_KEY, zone=Zone("us-east-1b")))

    assert await world.host.list_lost_zones() == {ZONE}
    assert await world.host.observe_process(NODE_KEY) == Absent()
    assert await world.host.observe_process(OTHER_KEY) == other


async def test_what_runs_when_its_zone_is_marked_as_lost_is_found_running(world: World) -> None:
    running = await world.host.start_process(order(zone=ZONE))

    world.lose_zone(ZONE)

    assert await world.host.start_process(order(zone=ZONE)) == running


async def test_nodes_start_again_in_a_zone_that_is_back(world: World) -> None:
    world.lose_zone(ZONE)
    with pytest.raises(ZoneLost):
        await world.host.start_process(order(zone=ZONE))

    world.restore_zone(ZONE)

    await world.host.start_process(order(zone=ZONE))
    assert await is_running(world.host, NODE_KEY)
    assert await world.host.list_lost_zones() == frozenset()


# --- setting files aside -------------------------------------------------------------------------


async def test_files_are_given_to_a_node_that_runs_and_it_runs_on(world: World) -> None:
    before = await world.host.start_process(order(files={"node.pem": "old"}))

    await world.host.write_files(NODE_KEY, {"node.pem": "new", "ca.pem": "whom it trusts"})
    await world.host.write_files(NODE_KEY, {"node.pem": "newer"})

    assert await world.host.observe_process(NODE_KEY) == before
    assert await world.host.list_nodes() == (NODE_KEY,)


@pytest.mark.parametrize("name", ["../escaped", "sub/dir", "identity.json", "log", "", ".."])
async def test_files_of_names_that_no_node_may_have_are_refused(world: World, name: str) -> None:
    await world.host.start_process(order())

    with pytest.raises(NotOurs):
        await world.host.write_files(NODE_KEY, {"node.pem": "good", name: "text"})


async def test_a_node_without_a_directory_is_given_no_files(world: World) -> None:
    with pytest.raises(HostError):
        await world.host.write_files(NODE_KEY, {"node.pem": "text"})
    assert await world.host.list_nodes() == ()


async def test_a_node_that_has_ended_may_still_be_given_files(world: World) -> None:
    await world.host.start_process(order())
    await world.host.kill_process(NODE_KEY)

    await world.host.write_files(NODE_KEY, {"node.pem": "text"})


async def test_a_file_set_aside_is_neither_in_the_nodes_directory_nor_a_node(world: World) -> None:
    await world.host.start_process(order(files={"valkey.conf": "port 6379\n"}))
    await world.host.kill_process(NODE_KEY)

    moved = await world.host.set_aside(NODE_KEY, "valkey.conf")

    assert not moved.is_relative_to(world.host.directory(NODE_KEY))
    assert moved.name.endswith("-valkey.conf")
    assert await world.host.list_nodes() == (NODE_KEY,)
    with pytest.raises(HostError, match=r"there is no file .*valkey\.conf to set aside"):
        await world.host.set_aside(NODE_KEY, "valkey.conf")


@pytest.mark.parametrize("file_name", ["", "..", "../valkey.conf", "/etc/passwd", ".hidden", "identity.json"])
async def test_only_a_plain_file_of_the_node_is_set_aside(world: World, file_name: str) -> None:
    await world.host.start_process(order())

    with pytest.raises(NotOurs, match="cannot be set aside"):
        await world.host.set_aside(NODE_KEY, file_name)


async def test_a_node_without_a_directory_has_no_file_to_set_aside(world: World) -> None:
    with pytest.raises(HostError, match="there is no file"):
        await world.host.set_aside(NODE_KEY, "dump.rdb")

    assert await world.host.list_nodes() == ()


# --- names and errors ----------------------------------------------------------------------------


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
        "set-aside/us-east-1/x",
    ],
)
async def test_a_key_that_could_lead_elsewhere_is_refused(world: World, node_key: str) -> None:
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: world.host.start_process(order(node_key)),
        lambda: world.host.observe_process(node_key),
        lambda: world.host.observe_activity(node_key),
        lambda: world.host.set_aside(node_key, "valkey.conf"),
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
