"""Memcached clusters: how long one is waited for, how long a dead node is away, and what an engine's speed suffers.

Throughput is that of a node's endpoint against the same engine started by hand with the same options, in turn; the data
path has nothing of ours in it, so the ratio should be that of an engine with itself. The configuration endpoint does
stand in the way of what is sent through it, which only clients without auto discovery do: what that costs is shown too.
"""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any

from botocore.exceptions import ClientError

from benchmarks import command, failover_targets, memcached_load
from benchmarks.control_plane import NODE_TYPE, POLL_SECONDS, control_plane, find_engine, seconds_until
from benchmarks.load import Kind
from benchmarks.tables import Goal, Report, Row
from elastane.config import NODES_DIRECTORY
from elastane.hosts.identity import NodeIdentity, find_identity
from elastane.model.ids import Region, ReplicationGroupId, cache_node_id, cache_node_key
from tests.kit.elastane import REGION, RunningElastane
from tests.kit.stored_engines import engine_environment

TITLE = "Memcached clusters"
NODE_COUNT = 3
SECONDS_MAX = 0.5
RATIO_MIN = 0.98
BY_HAND_ADDRESS = "127.0.0.1"
ASK_SECONDS = 0.001
REPLY_SECONDS_MAX = 10.0

Endpoint = tuple[str, int]


def measure(is_quick: bool) -> Report:
    run_count, pair_count, request_count = (1, 1, 5_000) if is_quick else (20, 15, 500_000)
    found = find_engine("memcached", "1.6")
    if found is None:
        return Report(title=TITLE, rows=())
    with control_plane(engine_environment(found)) as elastane:
        command.tell(f"{NODE_COUNT} nodes, {run_count} times")
        rows = [*_provisioning(elastane, run_count), *_rebuilding(elastane, run_count)]
        cluster = _made(elastane, "load", 1)
        node, configuration = (
            _endpoint(cluster["CacheNodes"][0]["Endpoint"]),
            _endpoint(cluster["ConfigurationEndpoint"]),
        )
        with _started_by_hand(elastane, "load") as by_hand:
            rows += _throughput("node endpoint", node, by_hand, pair_count, request_count, goals=(RATIO,))
            rows += _throughput("configuration endpoint", configuration, by_hand, pair_count, request_count, goals=())
    return Report(title=TITLE, rows=tuple(rows))


RATIO = Goal(at_least=RATIO_MIN)


# --- how long it takes ----------------------------------------------------------------------------


def _provisioning(elastane: RunningElastane, run_count: int) -> tuple[Row, Row]:
    """From CreateCacheCluster to `available`, and from DeleteCacheCluster to CacheClusterNotFound."""
    created, deleted = [], []
    for number in range(run_count):
        name = f"made-{number}"
        began_at = perf_counter()
        _create(elastane, name, NODE_COUNT)
        created.append(_until_status(elastane, name, "available", began_at))
        began_at = perf_counter()
        elastane.client().delete_cache_cluster(CacheClusterId=name)
        deleted.append(_until_status(elastane, name, None, began_at))
    return (
        Row(name=f"{NODE_COUNT} nodes, available", unit="s", samples=tuple(created), goals=(Goal(below=SECONDS_MAX),)),
        Row(name=f"{NODE_COUNT} nodes, deleted", unit="s", samples=tuple(deleted)),
    )


def _rebuilding(elastane: RunningElastane, run_count: int) -> tuple[Row]:
    """From a node's SIGKILL to its next answer, asked every millisecond."""
    cluster = _made(elastane, "killed", NODE_COUNT)
    endpoint, configuration = (
        _endpoint(cluster["CacheNodes"][0]["Endpoint"]),
        _endpoint(cluster["ConfigurationEndpoint"]),
    )
    samples = []
    for _ in range(run_count):
        version = _told_version(configuration)
        mark = _node_identity(elastane, "killed").process
        assert mark is not None, "an available cluster's nodes have processes"
        with failover_targets.handle_of(mark) as handle, failover_targets.killed(handle) as blow:
            samples.append(_until(elastane, lambda: _answers(endpoint), blow.struck_at, ask_seconds=ASK_SECONDS))
        # Only then has anybody seen it: one that is killed before is a start that failed, and rests.
        _until_told_anew(elastane, configuration, version)
    return (Row(name="killed node, answers", unit="s", samples=tuple(samples), goals=(Goal(below=SECONDS_MAX),)),)


# --- how fast it is -------------------------------------------------------------------------------


def _throughput(
    what: str, endpoint: Endpoint, by_hand: Endpoint, pair_count: int, request_count: int, *, goals: tuple[Goal, ...]
) -> Iterator[Row]:
    for kind in Kind:
        command.tell(f"{what}: {pair_count} pairs of {request_count:,} {kind}")
        pairs = [_pair(endpoint, by_hand, kind, request_count, number) for number in range(pair_count)]
        ratios = tuple(ours / theirs for ours, theirs in pairs)
        yield Row(name=f"{kind}, {what}", unit="1000/s", samples=tuple(ours / 1000 for ours, _ in pairs))
        yield Row(name=f"{kind}, by hand beside {what}", unit="1000/s", samples=tuple(one / 1000 for _, one in pairs))
        yield Row(name=f"{kind}, {what}, ratio", unit="×", samples=ratios, goals=goals)


def _pair(endpoint: Endpoint, by_hand: Endpoint, kind: Kind, request_count: int, number: int) -> tuple[float, float]:
    """Throughput of both; who goes first changes from pair to pair, because a busy machine drifts."""
    order = (endpoint, by_hand) if number % 2 == 0 else (by_hand, endpoint)
    figures = {where: memcached_load.requests_per_second(*where, kind, request_count=request_count) for where in order}
    return figures[endpoint], figures[by_hand]


@contextmanager
def _started_by_hand(elastane: RunningElastane, name: str) -> Iterator[Endpoint]:
    """The same engine with the same options, but for where it listens, and nothing of Elastane's around it."""
    argv = list(_node_identity(elastane, name).argv)
    port = _free_port()
    argv[argv.index("-l") + 1], argv[argv.index("-p") + 1] = BY_HAND_ADDRESS, str(port)
    # In a session of its own, as a node is: the kernel shares processors out between sessions first.
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _until(elastane, lambda: _answers((BY_HAND_ADDRESS, port)), perf_counter())
        yield BY_HAND_ADDRESS, port
    finally:
        process.kill()
        process.wait()


# --- asked and told -------------------------------------------------------------------------------


def _create(elastane: RunningElastane, name: str, node_count: int) -> None:
    elastane.client().create_cache_cluster(
        CacheClusterId=name, Engine="memcached", CacheNodeType=NODE_TYPE, NumCacheNodes=node_count
    )


def _made(elastane: RunningElastane, name: str, node_count: int) -> Any:
    """The cluster, as Describe shows it once it is available."""
    _create(elastane, name, node_count)
    _until_status(elastane, name, "available", perf_counter())
    answer = elastane.client().describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)
    return answer["CacheClusters"][0]


def _find_status(elastane: RunningElastane, name: str) -> str | None:
    """None when there is no such cluster (any more)."""
    try:
        answer = elastane.client().describe_cache_clusters(CacheClusterId=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "CacheClusterNotFound":
            return None
        raise
    return str(answer["CacheClusters"][0]["CacheClusterStatus"])


def _until_status(elastane: RunningElastane, name: str, status: str | None, began_at: float) -> float:
    return _until(elastane, lambda: _find_status(elastane, name) == status, began_at)


def _until(
    elastane: RunningElastane, is_done: Callable[[], bool], began_at: float, *, ask_seconds: float = POLL_SECONDS
) -> float:
    return seconds_until(is_done, began_at=began_at, log=elastane.log, ask_seconds=ask_seconds)


def _endpoint(answer: Any) -> Endpoint:
    return answer["Address"], answer["Port"]


def _node_identity(elastane: RunningElastane, name: str) -> NodeIdentity:
    """Of the cluster's first node, as its host keeps it."""
    key = cache_node_key(Region(REGION), ReplicationGroupId(name), cache_node_id(1))
    found = find_identity(elastane.data_dir / NODES_DIRECTORY / key, key)
    assert found is not None, f"{key} has no identity"
    return found


def _answers(endpoint: Endpoint) -> bool:
    with suppress(OSError), socket.create_connection(endpoint, timeout=1) as connection:
        connection.sendall(b"version\r\n")
        return connection.recv(64).startswith(b"VERSION ")
    return False


def _until_told_anew(elastane: RunningElastane, configuration: Endpoint, version: int) -> None:
    _until(elastane, lambda: _told_version(configuration) > version, perf_counter())


def _told_version(configuration: Endpoint) -> int:
    """Of the list of nodes that clients are told: a new one when a node is back."""
    with (
        socket.create_connection(configuration, timeout=REPLY_SECONDS_MAX) as connection,
        connection.makefile("rb") as replies,
    ):
        connection.sendall(b"config get cluster\r\n")
        replies.readline()
        return int(replies.readline())


def _free_port() -> int:
    with socket.create_server((BY_HAND_ADDRESS, 0)) as taken:
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    sys.exit(command.run("memcached", measure))
