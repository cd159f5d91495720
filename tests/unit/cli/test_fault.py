"""`elastane fault`: whom it hurts, whom never, and what it says. Nodes are small programs in place of engines."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from elastane.cli import app
from elastane.config import NODES_DIRECTORY
from elastane.hosts import NodeOrder, ZoneLost
from elastane.hosts.identity import find_identity, mark_process, observe_status, save_identity
from elastane.hosts.local import LocalHost
from elastane.hosts.zones import FAULTS_DIRECTORY, list_lost_zones
from elastane.model.ids import Region
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observations import Exited, Running
from elastane.model.replication_groups import ReplicationGroup
from elastane.store import Store, data_directory, memcached_clusters, replication_groups
from elastane.store.data_directory import ControlPlane
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.memcached_clusters import memcached_cluster

_SLEEP = shutil.which("sleep")
assert _SLEEP, "a POSIX system has sleep(1)"

ORDERS = groups.group("orders")
"""A primary in zone a, a replica in zone b."""
FIRST, SECOND = "us-east-1/orders-001", "us-east-1/orders-002"
SESSIONS = memcached_cluster("sessions")
"""Two nodes in zone a."""
NOBODY_REACTS = "No control plane runs: nobody reacts until one is started."


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest_asyncio.fixture
async def host(data_dir: Path) -> AsyncIterator[LocalHost]:
    """The control plane's view; ends what is left."""
    host = LocalHost(data_dir / NODES_DIRECTORY, settle_seconds=0.0, faults_directory=data_dir / FAULTS_DIRECTORY)
    yield host
    await asyncio.gather(*(host.kill_process(key) for key in await host.list_nodes()))
    await host.aclose()


@pytest.fixture
def control_plane(data_dir: Path) -> Iterator[None]:
    data_dir.mkdir(exist_ok=True)
    with data_directory.hold(data_dir):
        data_directory.write_record(data_dir, ControlPlane(pid=os.getpid(), url="http://127.0.0.1:7379"))
        yield


async def store(data_dir: Path, *desired: ReplicationGroup | MemcachedCluster) -> None:
    data_directory.prepare(data_dir)
    opened = Store.open(data_dir)
    for cache in desired:
        if isinstance(cache, MemcachedCluster):
            await opened.write(partial(memcached_clusters.save_memcached_cluster, cluster=cache))
        else:
            await opened.write(partial(replication_groups.save_replication_group, group=cache))
    opened.close()


async def start(host: LocalHost, key: str, *, zone: str | None = None) -> Running:
    """A node of an older version's, or with its zone in its identity."""
    assert _SLEEP is not None
    named = {} if zone is None else {"zone": zone}
    return await host.start_process(NodeOrder(node_key=key, argv=(_SLEEP, "600"), identity=named))


def fault(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["fault", *arguments, "--data-dir", str(data_dir)])


def open_descriptor_count() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def state_of(process: Running) -> str:
    status = observe_status(process.pid)
    assert status is not None
    return status.state


async def is_running(host: LocalHost, key: str) -> bool:
    return isinstance(await host.observe_process(key), Running)


# --- one node ------------------------------------------------------------------------------------


async def test_a_killed_node_is_dead_when_the_command_returns_and_the_others_live(
    data_dir: Path, host: LocalHost
) -> None:
    await store(data_dir, ORDERS)
    first, _ = await start(host, FIRST), await start(host, SECOND)

    result = fault(data_dir, "kill", "orders-001")

    assert (result.exit_code, result.stdout) == (0, f"Killed orders-001 (pid {first.pid}). {NOBODY_REACTS}\n")
    assert await host.observe_process(FIRST) == Exited(exit_code=-signal.SIGKILL)
    assert await is_running(host, SECOND)


async def test_a_node_hangs_until_it_is_resumed(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)
    first = await start(host, FIRST)

    hung = fault(data_dir, "hang", "ORDERS-001")
    await eventually(lambda: state_of(first) == "T", message="it stands still")
    resumed = fault(data_dir, "resume", "orders-001")

    await eventually(lambda: state_of(first) != "T", message="it goes on")
    assert hung.stdout == f"orders-001 (pid {first.pid}) hangs now. {NOBODY_REACTS}\n"
    assert resumed.stdout == f"Resumed orders-001 (pid {first.pid}).\n"
    assert await is_running(host, FIRST)


async def test_a_hung_node_can_be_killed_and_then_there_is_nothing_to_resume(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)
    await start(host, FIRST)
    fault(data_dir, "hang", "orders-001")

    killed = fault(data_dir, "kill", "orders-001")
    resumed = fault(data_dir, "resume", "orders-001")

    assert killed.exit_code == 0
    assert (resumed.exit_code, resumed.stderr) == (2, "elastane: orders-001 does not run.\n")


async def test_who_resumes_a_node_that_was_rebuilt_meanwhile_is_told_that_it_does_not_hang(
    data_dir: Path, host: LocalHost
) -> None:
    await store(data_dir, ORDERS)
    first = await start(host, FIRST)

    result = fault(data_dir, "resume", "orders-001")

    assert (result.exit_code, result.stdout) == (0, f"orders-001 (pid {first.pid}) does not hang.\n")


@pytest.mark.usefixtures("control_plane")
async def test_while_a_control_plane_runs_nothing_is_said_about_its_absence(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)
    first = await start(host, FIRST)

    result = fault(data_dir, "kill", "orders-001")

    assert result.stdout == f"Killed orders-001 (pid {first.pid}).\n"


async def test_a_node_of_several_regions_is_only_hurt_where_it_is_said(data_dir: Path, host: LocalHost) -> None:
    await store(
        data_dir,
        ORDERS,
        groups.group("orders", groups.node("orders-001", address="127.90.0.10"), region=Region("eu-west-1")),
    )
    first, elsewhere = await start(host, FIRST), await start(host, "eu-west-1/orders-001")

    vague = fault(data_dir, "kill", "orders-001")
    exact = fault(data_dir, "kill", "orders-001", "--region", "eu-west-1")

    assert vague.exit_code == 2
    assert "orders-001 is in eu-west-1 and in us-east-1: say which one with --region." in vague.stderr
    assert f"(pid {elsewhere.pid})" in exact.stdout
    assert await host.observe_process(FIRST) == first


async def test_a_cache_cluster_s_only_node_has_its_name(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, groups.cache_cluster("sessions"))
    await start(host, "us-east-1/sessions")

    result = fault(data_dir, "kill", "sessions")

    assert result.exit_code == 0
    assert not await is_running(host, "us-east-1/sessions")


@pytest.mark.parametrize("name", ["sessions.0002", "sessions.configuration-endpoint"])
async def test_of_a_memcached_cluster_a_node_or_the_configuration_endpoint_is_hurt(
    data_dir: Path, host: LocalHost, name: str
) -> None:
    await store(data_dir, SESSIONS)
    processes = {key: await start(host, key) for key in SESSIONS.process_keys}
    key = f"us-east-1/{name}"

    hung = fault(data_dir, "hang", name)
    killed = fault(data_dir, "kill", name)

    assert hung.stdout == f"{name} (pid {processes[key].pid}) hangs now. {NOBODY_REACTS}\n"
    assert killed.stdout == f"Killed {name} (pid {processes[key].pid}). {NOBODY_REACTS}\n"
    assert [key for key in processes if not await is_running(host, key)] == [key]


@pytest.mark.parametrize("action", ["kill", "hang", "resume"])
@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("orders-001", "orders-001 does not run."),
        (
            "orders-003",
            "There is no cache and no node named orders-003. What there is: orders-002, orders-001, orders.",
        ),
        ("orders", "orders is a replication group: name one of its nodes (orders-001, orders-002)."),
        (
            "sessions",
            "sessions is a Memcached cluster: name one of its nodes "
            "(sessions.0001, sessions.0002, sessions.configuration-endpoint).",
        ),
    ],
)
async def test_who_cannot_be_hurt_is_told_of_in_a_sentence(
    data_dir: Path, action: str, named: str, sentence: str
) -> None:
    await store(data_dir, ORDERS, SESSIONS)

    result = fault(data_dir, action, named)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"elastane: {sentence}\n")


async def test_a_stranger_that_has_a_dead_nodes_pid_is_left_alone(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)
    await start(host, FIRST)
    await host.kill_process(FIRST)
    directory = host.directory(FIRST)
    stranger = await asyncio.create_subprocess_exec(str(_SLEEP), "600")
    forged = msgspec.structs.replace(mark_process(stranger.pid), start_ticks=1)
    identity = find_identity(directory, FIRST)
    assert identity is not None
    save_identity(directory, msgspec.structs.replace(identity, process=forged))

    results = [fault(data_dir, "kill", "orders-001"), fault(data_dir, "zone", "us-east-1a", "down")]

    status = observe_status(stranger.pid)
    stranger.kill()
    await stranger.wait()
    assert [result.exit_code for result in results] == [2, 0]
    assert status is not None and status.is_alive


# --- zones ---------------------------------------------------------------------------------------


async def test_a_zone_that_is_lost_takes_its_nodes_along_and_no_others(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS, groups.cache_cluster("sessions"))
    await start(host, FIRST, zone="us-east-1a")
    await start(host, SECOND, zone="us-east-1b")
    await start(host, "us-east-1/sessions", zone="us-east-1a")
    fault(data_dir, "hang", "sessions")

    result = fault(data_dir, "zone", "us-east-1a", "down")

    assert result.exit_code == 0
    assert result.stdout == f"us-east-1a is down: killed orders-001, sessions. {NOBODY_REACTS}\n"
    assert [await is_running(host, key) for key in (FIRST, SECOND, "us-east-1/sessions")] == [False, True, False]


async def test_a_configuration_endpoint_survives_the_loss_of_its_nodes_zone(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, SESSIONS)
    for key in SESSIONS.process_keys:
        await start(host, key, zone=None if key == SESSIONS.endpoint_key else "us-east-1a")

    result = fault(data_dir, "zone", "us-east-1a", "down")

    assert result.stdout == f"us-east-1a is down: killed sessions.0001, sessions.0002. {NOBODY_REACTS}\n"
    assert await is_running(host, SESSIONS.endpoint_key)


async def test_the_zone_of_a_node_whose_identity_names_none_is_the_stores(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)
    await start(host, FIRST)
    await start(host, SECOND)

    fault(data_dir, "zone", "us-east-1b", "down")

    assert [await is_running(host, key) for key in (FIRST, SECOND)] == [True, False]


async def test_nothing_starts_in_a_zone_that_is_down_until_it_is_up_again(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)

    fault(data_dir, "zone", "us-east-1a", "down")
    with pytest.raises(ZoneLost):
        await start(host, FIRST, zone="us-east-1a")
    up = fault(data_dir, "zone", "us-east-1a", "up")

    assert (up.exit_code, up.stdout) == (0, f"us-east-1a is up again. {NOBODY_REACTS}\n")
    await start(host, FIRST, zone="us-east-1a")
    assert await is_running(host, FIRST)


async def test_a_zone_may_go_down_twice_and_come_up_once(data_dir: Path) -> None:
    await store(data_dir, ORDERS)

    results = [fault(data_dir, "zone", "us-east-1a", course) for course in ("down", "down", "up", "up")]

    assert [result.exit_code for result in results] == [0, 0, 0, 0]
    assert results[1].stdout.startswith("us-east-1a is down: no node of this data directory ran there.")
    assert results[3].stdout == "us-east-1a is not down.\n"


async def test_one_unreadable_node_keeps_no_other_alive_and_is_told_of(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)
    await start(host, SECOND, zone="us-east-1a")
    host.directory(FIRST).mkdir(parents=True)
    (host.directory(FIRST) / "identity.json").write_text("{")

    result = fault(data_dir, "zone", "us-east-1a", "down")

    (host.directory(FIRST) / "identity.json").unlink()
    assert result.exit_code == 2
    assert "identity.json cannot be read" in result.stderr
    assert not await is_running(host, SECOND)


@pytest.mark.parametrize(
    ("zone", "sentence"),
    [
        ("us-east-1z", "There is no zone us-east-1z: us-east-1 has us-east-1a, us-east-1b, us-east-1c."),
        ("nowhere", "There is no zone nowhere: a zone is a region and a letter, such as us-east-1a."),
        ("../lock", "There is no zone ../lock: a zone is a region and a letter, such as us-east-1a."),
    ],
)
async def test_a_zone_that_does_not_exist_cannot_be_lost(data_dir: Path, zone: str, sentence: str) -> None:
    await store(data_dir, ORDERS)

    down, up = fault(data_dir, "zone", zone, "down"), fault(data_dir, "zone", zone, "up")

    assert (down.exit_code, down.stderr) == (2, f"elastane: {sentence}\n")
    assert (up.exit_code, up.stdout) == (0, f"{zone} is not down.\n")
    assert list_lost_zones(data_dir / FAULTS_DIRECTORY) == frozenset()


def test_a_directory_that_was_never_used_has_no_zones_and_gets_nothing(tmp_path: Path) -> None:
    result = fault(tmp_path, "zone", "us-east-1a", "down")

    assert result.exit_code == 2
    assert result.stderr == f"elastane: No control plane has ever used the data directory {tmp_path}.\n"
    assert list(tmp_path.iterdir()) == []


async def test_status_shows_which_zones_are_down(data_dir: Path) -> None:
    await store(data_dir, ORDERS)
    fault(data_dir, "zone", "us-east-1b", "down")
    status = ["status", "--data-dir", str(data_dir)]

    shown = CliRunner().invoke(app, status).stdout
    told = msgspec.json.decode(CliRunner().invoke(app, [*status, "--json"]).stdout)

    assert "Zone us-east-1b is down; `elastane fault zone us-east-1b up` brings it back.\n" in shown
    assert told["lost_zones"] == ["us-east-1b"]


# --- the table of commands -----------------------------------------------------------------------


@pytest.mark.parametrize("action", ["kill", "hang", "resume", "zone"])
def test_every_fault_has_a_help_that_begins_with_a_sentence_and_takes_a_data_directory(action: str) -> None:
    result = CliRunner().invoke(app, ["fault", action, "--help"])

    assert result.exit_code == 0
    assert result.stdout.splitlines()[2].strip()[0].isupper()
    assert "--data-dir DIRECTORY" in result.stdout


async def test_no_descriptor_is_left_open(data_dir: Path, host: LocalHost) -> None:
    await store(data_dir, ORDERS)
    await start(host, FIRST)
    await start(host, SECOND)
    before = open_descriptor_count()

    for arguments in (("hang", "orders-001"), ("resume", "orders-001"), ("kill", "orders-001"), ("kill", "orders-009")):
        fault(data_dir, *arguments)
    fault(data_dir, "zone", "us-east-1b", "down")

    assert open_descriptor_count() == before
