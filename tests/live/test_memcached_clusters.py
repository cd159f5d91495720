"""Memcached clusters with real engines: made, hurt in every part, changed, lost from the store, and deleted."""

import contextlib
import resource
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from elastane.config import NODES_DIRECTORY
from elastane.hosts import directories
from elastane.reconcile.recovery import UNCONFIRMED
from elastane.store.database import FILE_NAME
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane, running_elastane
from tests.live.live_groups import explain, let_pass, pid_of, run_elastane, signal_node
from tests.live.live_memcached import (
    PORT,
    SETTLING_SECONDS,
    SOCKET_SECONDS_MAX,
    Cluster,
    describe,
    fetch,
    find,
    history,
    make_cluster,
    pids,
    setting,
    store,
    told_by,
    trusting,
    until_settled,
    with_memcached,
)

ENDPOINT = "sessions.configuration-endpoint"
LOWEST_FILE = 3
"""The number of the first that a process opens itself."""
SILENCE_SECONDS = 4
"""Longer than it takes to find out that a node hangs."""


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    """With memcached, and a data directory of the test's own."""
    with running_elastane(tmp_path / "data", environment=with_memcached()) as running:
        yield running


async def until_new(elastane: RunningElastane, node: str, former_pid: int) -> int:
    """Another process runs in the place of the one that was there."""

    def check() -> int:
        pid = pid_of(elastane, node)
        assert pid != former_pid, f"{node} is still the process that was there"
        return pid

    return await eventually(check, timeout_seconds=SETTLING_SECONDS, message=f"{node} runs again")


async def until_told(cluster: Cluster, version: int, context: ssl.SSLContext | None = None) -> None:
    await eventually(
        lambda: told_by(cluster, context).version == version,
        timeout_seconds=SETTLING_SECONDS,
        message="a new version is told",
    )


@contextlib.contextmanager
def without_room(pid: int) -> Iterator[None]:
    """It can open no file more, so it lets nobody in; whoever is in stays."""
    room = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (LOWEST_FILE, room[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, room)


def store_by(customer: socket.socket, key: str, value: str) -> None:
    customer.sendall(f"set {key} 0 0 {len(value)}\r\n{value}\r\n".encode())
    assert customer.recv(100) == b"STORED\r\n"


def others(told: dict[str, int], name: str) -> dict[str, int]:
    return {other: pid for other, pid in told.items() if other != name}


async def test_nodes_are_made_and_told_of_and_a_value_goes_by_either_way(elastane: RunningElastane) -> None:
    cluster = await make_cluster(elastane, "sessions", 3)

    told = told_by(cluster)
    store(cluster.addresses["0002"], "key", "value")

    assert told.version == 1
    assert list(cluster.addresses) == ["0001", "0002", "0003"]
    assert len(set(cluster.zones.values())) == 3
    assert fetch(cluster.addresses["0002"], "key") == "value"
    assert [fetch(cluster.addresses[other], "key") for other in ("0001", "0003")] == [None, None]
    store(cluster.endpoint, "by the endpoint".replace(" ", "-"), "reaches a node")
    assert history(elastane, "sessions")[-1] == "Cache cluster created"


async def test_a_node_that_dies_is_back_empty_in_its_place_and_clients_are_told_to_connect_anew(
    elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(elastane, "sessions", 3)
    for address in cluster.addresses.values():
        store(address, "key", "value")
    before = pids(elastane, cluster)

    signal_node(elastane, "sessions.0002")

    await until_new(elastane, "sessions.0002", before["0002"])
    await until_told(cluster, 2)
    assert await until_settled(elastane, "sessions", 3) == cluster
    assert [fetch(address, "key") for address in cluster.addresses.values()] == ["value", None, "value"]
    assert others(pids(elastane, cluster), "0002") == others(before, "0002")
    assert history(elastane, "sessions")[-2:] == [
        "Recovering cache nodes 0002",
        "Finished recovery for cache nodes 0002",
    ]


async def test_a_node_that_hangs_is_killed_and_started_anew(elastane: RunningElastane) -> None:
    cluster = await make_cluster(elastane, "sessions", 2)

    former = signal_node(elastane, "sessions.0001", signal.SIGSTOP)

    await until_new(elastane, "sessions.0001", former)
    assert await until_settled(elastane, "sessions", 2) == cluster


async def test_a_node_that_takes_no_more_connections_is_left_to_those_who_have_one(elastane: RunningElastane) -> None:
    """Busy is not dead: to a control plane that has none it is silent, and what it holds is in use."""
    cluster = await make_cluster(elastane, "sessions", 2)
    before, address = pids(elastane, cluster), cluster.addresses["0001"]

    with socket.create_connection((address, PORT), timeout=SOCKET_SECONDS_MAX) as customer:
        store_by(customer, "key", "value")
        with without_room(before["0001"]):
            await let_pass(SILENCE_SECONDS)
            known = describe(elastane, "sessions")
            elastane.kill()
            elastane.start()
            await eventually(
                lambda: "node 0001 does not answer" in explain(elastane, "sessions"),
                timeout_seconds=SETTLING_SECONDS,
                message="it is found silent",
            )
            await let_pass(SILENCE_SECONDS)
            unknown = describe(elastane, "sessions")
            store_by(customer, "key", "another")
    await until_settled(elastane, "sessions", 2)  # it lets others in once somebody has gone

    assert (known.status, known.statuses["0001"]) == ("available", "available"), "our own connection is answered"
    assert (unknown.status, unknown.statuses["0002"]) == ("available", "available")
    assert fetch(address, "key") == "another"
    assert pids(elastane, cluster) == before
    assert not [line for line in history(elastane, "sessions") if "ecover" in line]


async def test_a_configuration_endpoint_that_dies_or_hangs_is_back_and_nodes_serve_on(
    elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(elastane, "sessions", 2)
    store(cluster.addresses["0001"], "key", "value")
    before = pids(elastane, cluster)

    signal_node(elastane, ENDPOINT)
    second = await until_new(elastane, ENDPOINT, before["configuration-endpoint"])
    await until_settled(elastane, "sessions", 2)
    signal_node(elastane, ENDPOINT, signal.SIGSTOP)
    await until_new(elastane, ENDPOINT, second)

    assert await until_settled(elastane, "sessions", 2) == cluster
    assert told_by(cluster).version == 1, "its list is what it was"
    assert fetch(cluster.addresses["0001"], "key") == "value"
    assert others(pids(elastane, cluster), "configuration-endpoint") == others(before, "configuration-endpoint")


async def test_everything_serves_on_while_there_is_no_control_plane_and_what_died_meanwhile_is_back_after_it(
    elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(elastane, "sessions", 2)
    before = pids(elastane, cluster)

    elastane.kill()
    served = told_by(cluster)
    store(cluster.endpoint, "key", "value")
    signal_node(elastane, "sessions.0001")
    elastane.start()

    assert served.version == 1
    await until_new(elastane, "sessions.0001", before["0001"])
    await until_told(cluster, 2)
    await until_settled(elastane, "sessions", 2)
    assert others(pids(elastane, cluster), "0001") == others(before, "0001")


async def test_a_control_plane_killed_amid_growth_and_shrinking_ends_them_and_touches_nobody_else(
    elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(elastane, "sessions", 2)
    before = pids(elastane, cluster)

    resize(elastane, 5)
    elastane.kill()
    elastane.start()
    grown = await until_settled(elastane, "sessions", 5)
    version = told_by(grown).version
    elastane.client().modify_cache_cluster(
        CacheClusterId="sessions", NumCacheNodes=3, CacheNodeIdsToRemove=["0001", "0004"], ApplyImmediately=True
    )
    elastane.kill()
    elastane.start()
    shrunk = await until_settled(elastane, "sessions", 3)

    assert list(grown.addresses) == ["0001", "0002", "0003", "0004", "0005"]
    assert list(shrunk.addresses) == ["0002", "0003", "0005"]
    assert told_by(shrunk).version > version
    after = pids(elastane, shrunk)
    assert (after["0002"], after["configuration-endpoint"]) == (before["0002"], before["configuration-endpoint"])
    assert set(directories.list_node_keys(elastane.data_dir / NODES_DIRECTORY)) == keys_of(shrunk)


async def test_a_control_plane_killed_amid_a_rollout_ends_it_and_replaces_each_node_once(
    elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(elastane, "sessions", 3)
    before = pids(elastane, cluster)
    small = setting(cluster.addresses["0001"], "maxbytes")

    elastane.client().modify_cache_cluster(
        CacheClusterId="sessions",
        CacheNodeType="cache.t3.medium",
        ScaleConfig={"ScalePercentage": 100, "ScaleIntervalMinutes": 2},
        ApplyImmediately=True,
    )
    # Not as soon as there is another process: one whose starter dies before it lets it run ends without having run.
    await eventually(
        lambda: int(setting(cluster.addresses["0001"], "maxbytes")) > int(small),
        timeout_seconds=SETTLING_SECONDS,
        interval_seconds=0.005,
    )
    first = pid_of(elastane, "sessions.0001")
    elastane.kill()
    elastane.start()
    grown = await until_settled(elastane, "sessions", 3)

    after = pids(elastane, grown)
    assert grown.addresses == cluster.addresses
    assert after["0001"] == first, "it is replaced once"
    assert all(after[node] != before[node] for node in cluster.addresses)
    assert after["configuration-endpoint"] == before["configuration-endpoint"]
    assert {int(setting(address, "maxbytes")) > int(small) for address in grown.addresses.values()} == {True}
    answer = elastane.client().describe_cache_clusters(CacheClusterId="sessions")["CacheClusters"][0]
    assert answer["CacheNodeType"] == "cache.t3.medium"


async def test_a_deleted_cluster_leaves_nothing_behind_and_its_name_can_be_used_again(
    elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(elastane, "sessions", 3)

    await delete(elastane)

    assert directories.list_node_keys(elastane.data_dir / NODES_DIRECTORY) == ()
    for address in (cluster.endpoint, *cluster.addresses.values()):
        with pytest.raises(AssertionError):
            fetch(address, "key")
    again = await make_cluster(elastane, "sessions", 1)
    assert told_by(again).version == 1


async def test_a_cluster_that_is_deleted_while_it_is_hurt_is_gone_all_the_same(elastane: RunningElastane) -> None:
    await make_cluster(elastane, "sessions", 3)

    signal_node(elastane, "sessions.0001", signal.SIGSTOP)
    signal_node(elastane, ENDPOINT, signal.SIGSTOP)
    elastane.client().delete_cache_cluster(CacheClusterId="sessions")
    elastane.kill()
    elastane.start()
    await until_gone(elastane)

    assert directories.list_node_keys(elastane.data_dir / NODES_DIRECTORY) == ()


async def test_a_lost_store_is_rebuilt_and_the_next_list_is_newer_than_what_any_client_was_told(
    elastane: RunningElastane,
) -> None:
    await make_cluster(elastane, "sessions", 3)
    elastane.client().modify_cache_cluster(
        CacheClusterId="sessions", NumCacheNodes=2, CacheNodeIdsToRemove=["0001"], ApplyImmediately=True
    )
    cluster = await until_settled(elastane, "sessions", 2)
    before, version = pids(elastane, cluster), told_by(cluster).version
    store(cluster.addresses["0003"], "key", "value")

    lose_store(elastane)
    elastane.start()
    await eventually(
        lambda: UNCONFIRMED in explain(elastane, "sessions"), timeout_seconds=SETTLING_SECONDS, message="it is held"
    )
    held = describe(elastane, "sessions")
    signal_node(elastane, "sessions.0002")
    confirmed = run_elastane(elastane, "recover", "--confirm")

    assert confirmed.returncode == 0, confirmed.stderr
    assert (held.addresses, held.endpoint, held.status) == (cluster.addresses, cluster.endpoint, "modifying")
    await until_new(elastane, "sessions.0002", before["0002"])
    assert await until_settled(elastane, "sessions", 2) == cluster
    assert told_by(cluster).version > version
    assert others(pids(elastane, cluster), "0002") == others(before, "0002")
    assert fetch(cluster.addresses["0003"], "key") == "value"
    resize(elastane, 3)
    assert list((await until_settled(elastane, "sessions", 3)).addresses) == ["0001", "0002", "0003"]


async def test_with_encryption_every_part_proves_itself_and_speaks_nothing_else(elastane: RunningElastane) -> None:
    elastane.client().create_cache_cluster(
        CacheClusterId="sessions",
        Engine="memcached",
        CacheNodeType="cache.m5.large",
        NumCacheNodes=2,
        TransitEncryptionEnabled=True,
    )
    context = trusting(elastane)

    def check() -> Cluster:
        cluster = describe(elastane, "sessions")
        assert cluster.status == "available", f"{cluster}\n{elastane.log_tail('sessions')}"
        return cluster

    cluster = await eventually(check, timeout_seconds=SETTLING_SECONDS, message="it is available")
    store(cluster.addresses["0001"], "key", "value", context)
    store(cluster.endpoint, "by-the-endpoint", "value", context)
    before = pids(elastane, cluster)

    assert fetch(cluster.addresses["0001"], "key", context) == "value"
    assert [member.host for member in told_by(cluster, context).members] == list(cluster.addresses.values())
    for address in (cluster.endpoint, cluster.addresses["0001"]):
        with pytest.raises(AssertionError):
            fetch(address, "key")
    signal_node(elastane, "sessions.0001")
    await until_new(elastane, "sessions.0001", before["0001"])
    await until_told(cluster, 2, context)


# --- done to all of them ---------------------------------------------------------------------------


def resize(elastane: RunningElastane, node_count: int) -> None:
    elastane.client().modify_cache_cluster(CacheClusterId="sessions", NumCacheNodes=node_count, ApplyImmediately=True)


def lose_store(elastane: RunningElastane) -> None:
    elastane.kill()
    for file in elastane.data_dir.glob(f"{FILE_NAME}*"):
        file.unlink()


async def delete(elastane: RunningElastane) -> None:
    elastane.client().delete_cache_cluster(CacheClusterId="sessions")
    await until_gone(elastane)


async def until_gone(elastane: RunningElastane) -> None:
    await eventually(lambda: find(elastane, "sessions") is None, timeout_seconds=SETTLING_SECONDS, message="it is gone")


def keys_of(cluster: Cluster) -> set[str]:
    names = (*cluster.addresses, "configuration-endpoint")
    return {f"{REGION}/{cluster.id}.{name}" for name in names}
