"""The clients of Memcached that people use, at a configuration endpoint and at the nodes that it tells."""

import json
import select
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django_elastipymemcache.client import AWSElastiCacheClient
from pymemcache.client.base import Client, PooledClient

from elastane.model import discovery
from tests.kit.address_blocks import held_block
from tests.kit.asserts import eventually
from tests.kit.configuration_endpoints import PORT, Cluster, RunningProcess, converse, running_cluster
from tests.live.test_clients import require_program

MEMCACHE = Path(__file__).with_name("memcache")
INSTALL_SECONDS_MAX = 60
SECONDS_MAX = 20

KEYS = tuple(f"key-{number}" for number in range(2_000))
LARGE = b"x" * 900_000
ASKED = b"config get cluster\r\n"


async def test_pymemcache_may_use_the_configuration_endpoint_as_if_it_were_a_node(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=3) as cluster:
            with closing(
                PooledClient((cluster.endpoint.address, PORT), timeout=SECONDS_MAX, max_pool_size=4)
            ) as client:
                assert client.set("greeting", "hello from pymemcache", noreply=False)
                assert client.set_many({key: key.encode() for key in KEYS}) == []
                assert client.set("large", LARGE, noreply=False)

                assert client.get("greeting") == b"hello from pymemcache"
                assert client.get_many(KEYS) == {key: key.encode() for key in KEYS}
                assert client.get("large") == LARGE
                assert client.raw_command(b"config get cluster", b"END\r\n") + b"END\r\n" == cluster.reply


async def test_pymemcache_finds_the_nodes_and_loses_the_keys_of_those_that_leave_and_no_others(tmp_path: Path) -> None:
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=3) as cluster:
            with discovering_client(cluster) as client:
                assert client.set_many({key: key.encode() for key in KEYS}, noreply=False) == []
                left = {f"{node.address}:{PORT}" for node in cluster.nodes[:2]}
                kept = {key for node in cluster.nodes[:2] for key in keys_of(node)}
                assert {len(keys_of(node)) > len(KEYS) / 5 for node in cluster.nodes} == {True}

                cluster.publish(8, 1, 2)
                await eventually(lambda: looks_again(client) == left, message="it has heard of the change")

                assert set(client.get_many(KEYS)) == kept
                assert set(client.clients) == left


@pytest.mark.parametrize("is_binary", [True, False])
async def test_libmemcached_may_use_the_configuration_endpoint_in_both_protocols(
    tmp_path: Path, *, is_binary: bool
) -> None:
    pylibmc = pytest.importorskip("pylibmc", reason="there is no wheel of pylibmc for this Python or this machine")
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=2) as cluster:
            client = pylibmc.Client([f"{cluster.endpoint.address}:{PORT}"], binary=is_binary, behaviors={"cas": True})
            assert client.set("greeting", "hello from libmemcached")
            assert client.set_multi({key: key for key in KEYS}) == []
            assert client.set("large", LARGE)

            assert client.get("greeting") == "hello from libmemcached"
            assert client.get_multi(KEYS) == {key: key for key in KEYS}
            assert client.get("large") == LARGE
            value, cas = client.gets("greeting")
            assert client.cas("greeting", f"{value} again", cas)
            assert client.delete("greeting")
            client.disconnect_all()


async def test_libmemcached_spreads_keys_over_the_nodes_that_it_is_told(tmp_path: Path) -> None:
    pylibmc = pytest.importorskip("pylibmc", reason="there is no wheel of pylibmc for this Python or this machine")
    with held_block() as block:
        async with running_cluster(tmp_path, block, node_count=3) as cluster:
            told = discovery.parse((await converse(cluster.endpoint.address, ASKED)).split(b"\r\n")[1])
            servers = [f"{member.address}:{member.port}" for member in told.members]
            client = pylibmc.Client(servers, binary=True, behaviors={"ketama": True})

            assert client.set_multi({key: key for key in KEYS}) == []

            assert client.get_multi(KEYS) == {key: key for key in KEYS}
            assert {len(keys_of(node)) > len(KEYS) / 5 for node in cluster.nodes} == {True}
            client.disconnect_all()


@pytest.mark.parametrize("spelling", ["config", "legacy"])
async def test_a_client_of_node_js_finds_the_nodes_and_hears_of_changes(tmp_path: Path, spelling: str) -> None:
    program = install_memcache(tmp_path / "memcache")
    with held_block() as block:
        async with running_cluster(tmp_path / "cluster", block, node_count=3) as cluster:
            addresses = [node.address for node in cluster.nodes]
            with running_client(program, cluster, spelling) as client:
                first = next_line(client)
                cluster.publish(8, 1, 3)
                second = next_line(client)

            assert first == {"version": 7, "addresses": addresses, "right": 200}
            assert second == {"version": 8, "addresses": [addresses[0], addresses[2]], "right": 200}
            assert client.returncode == 0


# --- a client and what nodes hold -----------------------------------------------------------------


@contextmanager
def discovering_client(cluster: Cluster) -> Iterator[Any]:
    """One that looks for nodes all the time. It leaves the connections of that to the garbage collector."""
    server = f"{cluster.endpoint.address}:{PORT}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with closing(AWSElastiCacheClient(server, timeout=SECONDS_MAX, discovery_interval=0.01)) as client:
            yield client


def looks_again(client: Any) -> set[str]:
    """The nodes that it knows: when it is used, and its interval is over, it asks for them."""
    client.get(KEYS[0])
    return set(client.clients)


def keys_of(node: RunningProcess) -> set[str]:
    with closing(Client((node.address, PORT), timeout=SECONDS_MAX)) as client:
        found: dict[bytes, bytes] = client.get_many(KEYS)
    return {str(key) for key in found}


# --- programs of others ---------------------------------------------------------------------------


def install_memcache(directory: Path) -> Path:
    """A copy of tests/live/memcache with its packages, out of the repository."""
    node = require_program("node", "Debian: apt-get install nodejs")
    npm = require_program("npm", "Debian: apt-get install npm")
    shutil.copytree(MEMCACHE, directory)
    installed = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=directory, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX,
    )  # fmt: skip
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install memcache here: {installed.stderr.strip()[-300:]}")
    loaded = subprocess.run(
        [node, "-e", 'require("memcache")'], cwd=directory, capture_output=True, text=True, timeout=SECONDS_MAX
    )
    if loaded.returncode != 0:
        pytest.skip(f"memcache needs a newer Node than this one: {loaded.stderr.strip()[-300:]}")
    return directory / "discover.js"


@contextmanager
def running_client(program: Path, cluster: Cluster, spelling: str) -> Iterator["subprocess.Popen[str]"]:
    """It ends when its standard input does."""
    command = ["node", str(program), f"{cluster.endpoint.address}:{PORT}", spelling]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        try:
            yield client
            client.communicate(timeout=SECONDS_MAX)
        finally:
            client.kill()


def next_line(client: "subprocess.Popen[str]") -> Any:
    assert client.stdout is not None
    readable, _, _ = select.select([client.stdout], [], [], SECONDS_MAX)
    assert readable, "it says nothing"
    return json.loads(client.stdout.readline())
