"""What ends with the control plane and what does not: plain, --ephemeral, and `elastane down`."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from elastane.store.data_directory import find_control_plane
from tests.kit.asserts import eventually
from tests.kit.elastane import ACCESS_KEY_ID, SECRET_ACCESS_KEY, RunningElastane, running_elastane
from tests.live.live_groups import engines_below, fill, key_count, lives, make_group, order_group, run_elastane

ENDING_SECONDS = 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_a_signal_ends_the_control_plane_alone(elastane: RunningElastane, number: signal.Signals) -> None:
    group = await make_group(elastane, "staying", 2)
    before = lives(elastane, group)

    os.kill(elastane.pid, number)
    await eventually(lambda: find_control_plane(elastane.data_dir) is None, message=f"gone after {number.name}")

    assert lives(elastane, group) == before
    assert engines_below(elastane.data_dir).keys() == {life.pid for life in before.values()}


async def test_ctrl_c_in_a_terminal_does_not_reach_the_engines(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "staying", 2)

    control_plane_session = os.getsid(elastane.pid)

    for life in lives(elastane, group).values():
        assert os.getsid(life.pid) == life.pid != control_plane_session
        assert os.getpgid(life.pid) == life.pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_an_ephemeral_one_takes_everything_with_it(tmp_path: Path, number: signal.Signals) -> None:
    with ephemeral_elastane(tmp_path) as (process, url, data_dir):
        client = RunningElastane(data_dir, environment={}, arguments=())
        client.url = url
        await make_group(client, "fleeting", 3)
        assert len(engines_below(data_dir)) == 3

        process.send_signal(number)
        process.wait(ENDING_SECONDS)

        client.client().close()
        assert process.returncode == 0
        assert engines_below(data_dir) == {}
        assert not data_dir.exists()


async def test_an_ephemeral_one_that_is_told_to_end_in_the_middle_of_a_creation_leaves_nothing(tmp_path: Path) -> None:
    with ephemeral_elastane(tmp_path) as (process, url, data_dir):
        client = RunningElastane(data_dir, environment={}, arguments=())
        client.url = url
        for number in range(3):
            order_group(client, f"unborn{number}", 3)

        process.send_signal(signal.SIGTERM)
        process.wait(ENDING_SECONDS)

        client.client().close()
        assert process.returncode == 0
        assert engines_below(data_dir) == {}
        assert not data_dir.exists()


async def test_down_ends_the_control_plane_and_every_engine_of_that_directory_only(
    elastane: RunningElastane, tmp_path: Path
) -> None:
    await make_group(elastane, "doomed", 2)
    with running_elastane(tmp_path / "other") as other:
        neighbour = await make_group(other, "doomed", 1)
        fill(neighbour.primary_address, 10)

        down = run_elastane(elastane, "down")

        assert down.returncode == 0, down.stderr
        assert engines_below(elastane.data_dir) == {}
        assert find_control_plane(elastane.data_dir) is None
        assert key_count(neighbour.primary_address) == 10
    again = run_elastane(elastane, "down")
    assert (again.returncode, again.stdout) == (0, f"Nothing runs on {elastane.data_dir}.\n")


async def test_down_finds_engines_whose_control_plane_was_killed(elastane: RunningElastane) -> None:
    await make_group(elastane, "orphaned", 2)
    elastane.kill()
    assert len(engines_below(elastane.data_dir)) == 2

    down = run_elastane(elastane, "down")

    assert down.returncode == 0, down.stderr
    assert engines_below(elastane.data_dir) == {}


@contextmanager
def ephemeral_elastane(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str, Path]]:
    """Its process, where it listens, and the directory it made for itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "elastane", "serve", "--ephemeral", "--listen", "127.0.0.1:0"],
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "TMPDIR": str(tmp_path),
            "ELASTANE_ROOT_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "ELASTANE_ROOT_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "ELASTANE_ENFORCE_SECURITY_GROUPS": "no",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        greeting = ""
        while "(ephemeral)" not in greeting:
            line = process.stdout.readline()
            assert line, f"it did not start: {greeting}"
            greeting += line
        url, data_dir = re.findall(r"listens on (\S+)|data directory\s+(\S+) \(ephemeral\)", greeting)
        yield process, url[0], Path(data_dir[1])
    finally:
        process.terminate()
        process.communicate(timeout=ENDING_SECONDS)
