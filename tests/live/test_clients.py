"""The clients people use, at the addresses the API hands out: they connect, write, read and see the right roles."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.live.live_groups import Group, make_group

IOREDIS = Path(__file__).with_name("ioredis")
PORT = 6379
INSTALL_SECONDS_MAX = 60
RUN_SECONDS_MAX = 20


async def test_redis_py_writes_at_the_primary_endpoint_and_reads_at_the_reader_endpoint(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "redispy", 2)

    with redis.Redis(group.primary_address, PORT) as primary, redis.Redis(group.reader_address, PORT) as reader:
        assert primary.set("greeting", "hello from redis-py")
        assert primary.wait(1, 2000) == 1

        assert reader.get("greeting") == b"hello from redis-py"
        assert primary.role()[0] == b"master"
        assert reader.role()[0] == b"slave"
        with pytest.raises(redis.ReadOnlyError):
            reader.set("greeting", "not here")


async def test_redis_cli_writes_at_the_primary_endpoint_and_reads_at_the_reader_endpoint(
    shared_elastane: RunningElastane,
) -> None:
    cli = require_program("redis-cli", "Debian: apt-get install redis-tools")
    group = await make_group(shared_elastane, "rediscli", 2)
    ask = answers_of(cli)

    assert ask(group.primary_address, "set", "greeting", "hello from redis-cli") == "OK"
    await eventually(lambda: ask(group.reader_address, "get", "greeting") == "hello from redis-cli")
    assert ask(group.primary_address, "role").splitlines()[0] == "master"
    assert ask(group.reader_address, "role").splitlines()[0] == "slave"


async def test_ioredis_writes_at_the_primary_endpoint_and_reads_at_the_reader_endpoint(
    shared_elastane: RunningElastane, tmp_path: Path
) -> None:
    program = install_ioredis(tmp_path / "ioredis")
    group = await make_group(shared_elastane, "ioredis", 2)

    finished = run_ioredis(program, group)

    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {
        "wrote": "OK",
        "read": "hello from ioredis",
        "roles": ["master", "slave"],
    }


async def test_a_redis_oss_group_speaks_to_the_same_clients(shared_elastane: RunningElastane) -> None:
    require_program("redis-server", "Debian: apt-get install redis-server")
    group = await make_group(shared_elastane, "redisoss", 2, Engine="redis", EngineVersion="7.0")

    with redis.Redis(group.primary_address, PORT) as primary, redis.Redis(group.reader_address, PORT) as reader:
        assert primary.set("greeting", "hello")
        assert primary.wait(1, 2000) == 1

        assert reader.get("greeting") == b"hello"
        assert primary.info("server")["redis_version"].startswith("7.0.")


# --- programs of others --------------------------------------------------------------------------


def require_program(name: str, advice: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} on PATH ({advice})")
    return found


def answers_of(redis_cli: str) -> Callable[..., str]:
    def ask(address: str, *command: str) -> str:
        finished = subprocess.run(
            [redis_cli, "-h", address, "-p", str(PORT), *command],
            capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=True,
        )  # fmt: skip
        return finished.stdout.strip()

    return ask


def install_ioredis(directory: Path) -> Path:
    """A copy of tests/live/ioredis with its packages, out of the repository."""
    require_program("node", "Debian: apt-get install nodejs")
    npm = require_program("npm", "Debian: apt-get install npm")
    shutil.copytree(IOREDIS, directory)
    installed = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=directory, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX,
    )  # fmt: skip
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install ioredis here: {installed.stderr.strip()[-300:]}")
    return directory / "write_and_read.js"


def run_ioredis(program: Path, group: Group) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["node", str(program), group.primary_address, group.reader_address, str(PORT)],
        capture_output=True, text=True, timeout=RUN_SECONDS_MAX,
    )  # fmt: skip
