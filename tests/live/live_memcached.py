"""Memcached clusters of a running Elastane as the live tests need them: made, waited for, asked, hurt.

What is asked of the product goes through the AWS API and the command line; what is true is asked of the engines, of the
configuration endpoint as clients ask it, and of the kernel.
"""

import socket
import ssl
from contextlib import suppress
from typing import Any

import msgspec

from elastane.model import discovery
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.live_groups import pid_of, run_elastane

NODE_TYPE = "cache.t3.micro"
PORT = 11211
SETTLING_SECONDS = 20.0
SOCKET_SECONDS_MAX = 5.0


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster as DescribeCacheClusters shows it."""

    id: str
    status: str
    endpoint: str
    """The configuration endpoint's address."""
    addresses: dict[str, str]
    """Node id → its own address, in the order of the answer."""
    statuses: dict[str, str]
    zones: dict[str, str]


def with_memcached() -> dict[str, str]:
    """The environment of a control plane that has memcached."""
    return engine_environment(stored_engine("memcached", "1.6"))


# --- asked of the product --------------------------------------------------------------------------


def order_cluster(elastane: RunningElastane, cluster_id: str, node_count: int = 3, **parameters: Any) -> None:
    """CreateCacheCluster, not waited for."""
    defaults = {"CacheNodeType": NODE_TYPE, "AZMode": "cross-az" if node_count > 1 else "single-az"}
    elastane.client().create_cache_cluster(
        CacheClusterId=cluster_id, Engine="memcached", NumCacheNodes=node_count, **{**defaults, **parameters}
    )


async def make_cluster(elastane: RunningElastane, cluster_id: str, node_count: int = 3, **parameters: Any) -> Cluster:
    order_cluster(elastane, cluster_id, node_count, **parameters)
    return await until_settled(elastane, cluster_id, node_count)


def find(elastane: RunningElastane, cluster_id: str) -> Cluster | None:
    client = elastane.client()
    try:
        answer = client.describe_cache_clusters(CacheClusterId=cluster_id, ShowCacheNodeInfo=True)["CacheClusters"][0]
    except client.exceptions.CacheClusterNotFoundFault:
        return None
    nodes = answer.get("CacheNodes", [])
    return Cluster(
        id=cluster_id,
        status=answer["CacheClusterStatus"],
        endpoint=answer.get("ConfigurationEndpoint", {}).get("Address", ""),
        addresses={node["CacheNodeId"]: node.get("Endpoint", {}).get("Address", "") for node in nodes},
        statuses={node["CacheNodeId"]: node["CacheNodeStatus"] for node in nodes},
        zones={node["CacheNodeId"]: node["CustomerAvailabilityZone"] for node in nodes},
    )


def describe(elastane: RunningElastane, cluster_id: str) -> Cluster:
    found = find(elastane, cluster_id)
    assert found is not None, f"there is no {cluster_id}"
    return found


async def until_settled(elastane: RunningElastane, cluster_id: str, node_count: int) -> Cluster:
    """The cluster once it and all its nodes are available, and those who answer are those whom clients are told of."""

    def check() -> Cluster:
        cluster = describe(elastane, cluster_id)
        assert (cluster.status, set(cluster.statuses.values())) == ("available", {"available"}), (
            f"{cluster.status}, {cluster.statuses}\n{elastane.log_tail(cluster_id)}"
        )
        assert len(cluster.addresses) == node_count, f"{sorted(cluster.addresses)}"
        told = told_by(cluster)
        assert [member.host for member in told.members] == list(cluster.addresses.values()), f"{told}"
        return cluster

    return await eventually(check, timeout_seconds=SETTLING_SECONDS, message=f"{cluster_id} is settled")


def history(elastane: RunningElastane, cluster_id: str) -> list[str]:
    """Oldest first."""
    events = elastane.client().describe_events(SourceType="cache-cluster", SourceIdentifier=cluster_id)["Events"]
    return [event["Message"] for event in reversed(events)]


def trusting(elastane: RunningElastane) -> ssl.SSLContext:
    """Whoever prints the authority of this installation, and nobody else; names are checked."""
    printed = run_elastane(elastane, "ca")
    assert printed.returncode == 0, printed.stderr
    return ssl.create_default_context(cadata=printed.stdout)


# --- asked of engines and configuration endpoints --------------------------------------------------


def ask(address: str, text: bytes, end: bytes = b"END\r\n", context: ssl.SSLContext | None = None) -> bytes:
    """A connection of its own for one question. Raises AssertionError when there is no whole answer."""
    answer = b""
    with suppress(OSError), socket.create_connection((address, PORT), timeout=SOCKET_SECONDS_MAX) as plain:
        connection = plain if context is None else context.wrap_socket(plain, server_hostname=address)
        with connection:
            connection.sendall(text)
            while not answer.endswith(end) and (more := connection.recv(65536)):
                answer += more
    assert answer.endswith(end), f"{address} answered {answer!r}"
    return answer


def told_by(cluster: Cluster, context: ssl.SSLContext | None = None) -> discovery.Discovery:
    """What clients are told at the configuration endpoint."""
    answer = ask(cluster.endpoint, b"config get cluster\r\n", context=context)
    text = answer.partition(b"\r\n")[2].removesuffix(b"\r\nEND\r\n")
    assert answer == discovery.ascii_reply(text)
    return discovery.parse(text)


def store(address: str, key: str, value: str, context: ssl.SSLContext | None = None) -> None:
    command = f"set {key} 0 0 {len(value)}\r\n{value}\r\n"
    assert ask(address, command.encode(), end=b"\r\n", context=context) == b"STORED\r\n"


def fetch(address: str, key: str, context: ssl.SSLContext | None = None) -> str | None:
    lines = ask(address, f"get {key}\r\n".encode(), context=context).split(b"\r\n")
    return lines[1].decode() if lines[0].startswith(b"VALUE ") else None


def setting(address: str, name: str) -> str:
    lines = ask(address, b"stats settings\r\n").decode().split("\r\n")
    return next(line.split(" ", 2)[2] for line in lines if line.startswith(f"STAT {name} "))


# --- asked of the kernel ---------------------------------------------------------------------------


def pids(elastane: RunningElastane, cluster: Cluster) -> dict[str, int]:
    """By node id, and of the configuration endpoint."""
    names = (*cluster.addresses, "configuration-endpoint")
    return {name: pid_of(elastane, f"{cluster.id}.{name}") for name in names}
