"""Groups with encryption in transit as the live tests need them: connected to by TLS, asked what they prove.

Whoever connects here trusts the authority that `elastane ca` prints and nothing else, and checks names.
"""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry

from elastane.engines.cluster_config import bus_port
from elastane.engines.connection import parse_certificate
from elastane.model.observations import ServedCertificate
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.live_groups import explain, pid_of, run_elastane

PORT = 6379
TLS_PORT_BESIDE = 6380
SETTLING_SECONDS = 40
SOCKET_TIMEOUT_SECONDS = 10.0


def with_tls() -> dict[str, str]:
    """The environment of a control plane whose engines were built with TLS."""
    return engine_environment(stored_engine("valkey", "9.1"), stored_engine("redis", "7.0"))


class Encrypted(msgspec.Struct, frozen=True, kw_only=True):
    """A group as the API shows it, in cluster mode or not."""

    id: str
    status: str
    mode: str | None
    pending: dict[str, Any]
    endpoints: tuple[str, ...]
    """Primary and reader, or configuration."""
    addresses: dict[str, str]
    """Node id → its own address."""
    is_cluster: bool

    @property
    def endpoint(self) -> str:
        return self.endpoints[0]

    @property
    def block(self) -> IPv4Network:
        return IPv4Network((self.endpoint, 16), strict=False)


def look(elastane: RunningElastane, group_id: str) -> Encrypted:
    client = elastane.client()
    group = client.describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"][0]
    clusters = client.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    parts = group.get("NodeGroups", [])
    configuration = group.get("ConfigurationEndpoint")
    named = [configuration] if configuration else [
        part[kind] for part in parts for kind in ("PrimaryEndpoint", "ReaderEndpoint") if kind in part
    ]  # fmt: skip
    assert group["TransitEncryptionEnabled"] is ("TransitEncryptionMode" in group)
    return Encrypted(
        id=group_id,
        status=group["Status"],
        mode=group.get("TransitEncryptionMode"),
        pending=group["PendingModifiedValues"],
        endpoints=tuple(endpoint["Address"] for endpoint in named),
        addresses={
            cluster["CacheClusterId"]: node["Endpoint"]["Address"]
            for cluster in clusters
            if cluster.get("ReplicationGroupId") == group_id
            for node in cluster.get("CacheNodes") or ()
            if "Endpoint" in node
        },
        is_cluster=configuration is not None,
    )


def order_encrypted(elastane: RunningElastane, group_id: str, *, is_cluster: bool = False, **parameters: Any) -> None:
    """Two node groups with a replica each, or one with two nodes; not waited for."""
    shape = (
        {"NumNodeGroups": 2, "ReplicasPerNodeGroup": 1, "ClusterMode": "enabled"}
        if is_cluster
        else {"NumCacheClusters": 2}
    )
    defaults = {"Engine": "valkey", "CacheNodeType": "cache.t3.micro", "AutomaticFailoverEnabled": True, **shape}
    elastane.client().create_replication_group(
        ReplicationGroupId=group_id, ReplicationGroupDescription="of the live tests", **{**defaults, **parameters}
    )


def turn(elastane: RunningElastane, group_id: str, **parameters: Any) -> None:
    """ModifyReplicationGroup, not waited for."""
    elastane.client().modify_replication_group(ReplicationGroupId=group_id, ApplyImmediately=True, **parameters)


async def until_offered(elastane: RunningElastane, group_id: str, mode: str | None, node_count: int) -> Encrypted:
    """The group once it is available and offers this, with nothing left to do."""

    def check() -> Encrypted:
        found = look(elastane, group_id)
        assert (found.status, found.mode, found.pending) == ("available", mode, {}), (
            f"{found}\n{elastane.log_tail(group_id)}"
        )
        assert len(found.addresses) == node_count, f"{found}"
        told = explain(elastane, group_id)
        assert "everything is as it shall be" in told, told
        return found

    return await eventually(
        check, timeout_seconds=SETTLING_SECONDS, interval_seconds=0.1, message=f"{group_id} offers {mode}"
    )


def pids(elastane: RunningElastane, group: Encrypted) -> dict[str, int]:
    return {node: pid_of(elastane, node) for node in group.addresses}


# --- clients -------------------------------------------------------------------------------------


def bundle(elastane: RunningElastane) -> Path:
    """What `elastane ca` prints, in a file."""
    printed = run_elastane(elastane, "ca")
    assert printed.returncode == 0, printed.stderr
    path = elastane.data_dir.parent / "trusted.pem"
    path.write_text(printed.stdout)
    return path


def tls_options(elastane: RunningElastane) -> dict[str, Any]:
    """For redis-py and valkey-py alike."""
    return {
        "ssl": True,
        "ssl_ca_certs": str(bundle(elastane)),
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
    }


@cache
def trusting(elastane: RunningElastane) -> dict[str, Any]:
    """The same, for as long as the authority is the same: the command line is asked once, which takes its time."""
    return tls_options(elastane)


@contextmanager
def client_of(group: Encrypted, port: int = PORT, **options: Any) -> Iterator[Any]:
    """redis-py at the group's first endpoint; tries everything once."""
    kind: Any = RedisCluster if group.is_cluster else redis.Redis
    settings: dict[str, Any] = {} if group.is_cluster else {"retry": Retry(NoBackoff(), 0)}
    client = kind(
        host=group.endpoint,
        port=port,
        decode_responses=True,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        **settings,
        **options,
    )
    with closing(client):
        yield client


def openssl(elastane: RunningElastane, address: str, port: int, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """``openssl s_client``, which verifies, says what it found and leaves."""
    return subprocess.run(
        ("openssl", "s_client", "-connect", f"{address}:{port}", "-CAfile", str(bundle(elastane)),
         "-verify_return_error", *arguments),
        input="", capture_output=True, text=True, timeout=SOCKET_TIMEOUT_SECONDS,
    )  # fmt: skip


async def served(context: ssl.SSLContext, address: str, port: int) -> ServedCertificate:
    """By a handshake of the test's own."""
    async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
        _, writer = await asyncio.open_connection(address, port, ssl=context)
    peer = writer.get_extra_info("peercert")
    writer.transport.abort()
    return parse_certificate(peer)


async def served_everywhere(elastane: RunningElastane, group: Encrypted) -> dict[tuple[str, int], ServedCertificate]:
    """At each node's port, and in cluster mode at its bus; whom to trust is asked anew at each look."""
    context = ssl.create_default_context(cafile=str(bundle(elastane)))
    context.load_cert_chain(elastane.data_dir / "pki" / "control.pem")  # the bus wants to know who comes
    ports = (PORT, bus_port(PORT)) if group.is_cluster else (PORT,)
    return {
        (node, port): await served(context, address, port)
        for node, address in group.addresses.items()
        for port in ports
    }
