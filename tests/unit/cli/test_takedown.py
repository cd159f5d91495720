"""What `elastane down` must never touch, and what it says where nothing runs."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from elastane.cli import app
from elastane.config import NODES_DIRECTORY
from elastane.hosts import NodeOrder
from elastane.hosts.local import LocalHost
from elastane.model.observations import Running
from elastane.store import data_directory
from elastane.store.data_directory import RECORD_FILE_NAME, ControlPlane
from tests.kit.memcached_clusters import memcached_cluster

URL = "http://127.0.0.1:7379"


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield started
        started.kill()


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[LocalHost]:
    """The control plane's view; ends what is left."""
    host = LocalHost(tmp_path / NODES_DIRECTORY, settle_seconds=0.0)
    yield host
    for key in await host.list_nodes():
        await host.kill_process(key)
    await host.aclose()


def down(data_dir: Path) -> Result:
    return CliRunner().invoke(app, ["down", "--data-dir", str(data_dir)])


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    result = down(tmp_path)

    assert (result.exit_code, result.stdout) == (0, f"Nothing runs on {tmp_path}.\n")


def test_a_directory_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    result = down(tmp_path / "none")

    assert (result.exit_code, result.stdout) == (0, f"Nothing runs: there is no data directory {tmp_path / 'none'}.\n")
    assert not (tmp_path / "none").exists()


def test_a_process_that_a_stale_record_names_is_left_alone(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    data_directory.write_record(tmp_path, ControlPlane(pid=bystander.pid, url=URL))

    result = down(tmp_path)

    assert (result.exit_code, result.stdout) == (0, f"Nothing runs on {tmp_path}.\n")
    assert bystander.poll() is None


def test_a_process_that_does_not_hold_the_lock_is_left_alone_though_the_record_names_it(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    with data_directory.hold(tmp_path):
        data_directory.write_record(tmp_path, ControlPlane(pid=bystander.pid, url=URL))

        result = down(tmp_path)

    assert result.exit_code == 2
    assert f"it is not process {bystander.pid}, which the directory names" in result.stderr
    assert bystander.poll() is None


def test_engines_are_left_alone_while_a_control_plane_that_is_just_starting_holds_the_directory(
    tmp_path: Path,
) -> None:
    with data_directory.hold(tmp_path):
        assert not (tmp_path / RECORD_FILE_NAME).exists()

        result = down(tmp_path)

    assert result.exit_code == 2
    assert "Another Elastane already runs on the data directory" in result.stderr


def test_the_process_that_holds_the_lock_is_ended_and_waited_for(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from elastane.store import data_directory\n"
        "with data_directory.hold(Path(sys.argv[1])): print('held', flush=True); input()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        data_directory.write_record(tmp_path, ControlPlane(pid=holder.pid, url=URL))

        result = down(tmp_path)

        assert (result.exit_code, result.stdout) == (0, f"Stopped the control plane at {URL} (pid {holder.pid}).\n")
        assert holder.wait() == -15


async def test_every_process_of_a_memcached_cluster_is_ended_the_configuration_endpoint_s_too(
    tmp_path: Path, host: LocalHost
) -> None:
    keys = memcached_cluster("sessions").process_keys
    started = {
        key: await host.start_process(NodeOrder(node_key=key, argv=("/bin/sleep", "600"), identity={})) for key in keys
    }

    result = await asyncio.to_thread(down, tmp_path)

    assert result.exit_code == 0
    assert sorted(result.stdout.splitlines()) == sorted(
        f"Stopped {key} (pid {process.pid})." for key, process in started.items()
    )
    assert [isinstance(await host.observe_process(key), Running) for key in keys] == [False, False, False]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    data_directory.prepare(tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir()))

    down(tmp_path)

    assert len(list(Path("/proc/self/fd").iterdir())) == before
