"""Security groups of Memcached clusters enforced: a real packet filter, and the configuration endpoint behind it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.asserts import eventually
from tests.kit.networks import BLOCK, Machine, connect
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.enforced import CLIENTS, HEALING_SECONDS, PORT, Installation, installation, needs_root, until

pytestmark = [pytest.mark.timeout(180), needs_root]


@pytest.fixture
def server(machines: tuple[Machine, Machine], tmp_path: Path) -> Iterator[Installation]:
    """An Elastane on the server, which has memcached and enforces security groups."""
    memcached = engine_environment(stored_engine("memcached", "1.6"))
    with installation(machines[0], tmp_path / "data", BLOCK, **memcached) as running:
        yield running


async def make_cluster(server: Installation, *security_groups: str) -> tuple[str, list[str]]:
    """Of two nodes. Answers the configuration endpoint's address and the nodes'."""
    server.ask(
        "elasticache",
        "create_cache_cluster",
        CacheClusterId="sessions",
        Engine="memcached",
        CacheNodeType="cache.t3.micro",
        NumCacheNodes=2,
        Port=PORT,
        SecurityGroupIds=list(security_groups),
    )

    def check() -> Any:
        (cluster,) = server.ask(
            "elasticache", "describe_cache_clusters", CacheClusterId="sessions", ShowCacheNodeInfo=True
        )["CacheClusters"]
        assert cluster["CacheClusterStatus"] == "available", server.elastane.log_tail("sessions")
        return cluster

    cluster = await eventually(check, timeout_seconds=HEALING_SECONDS, message="sessions is available")
    nodes = [node["Endpoint"]["Address"] for node in cluster["CacheNodes"]]
    return cluster["ConfigurationEndpoint"]["Address"], nodes


def talk(address: str, *commands: bytes) -> list[bytes]:
    """The last line of each command's answer."""
    with socket.create_connection((address, PORT), timeout=5) as connection, connection.makefile("rb") as answers:
        told = []
        for command in commands:
            connection.sendall(command + b"\r\n")
            line = answers.readline()
            while line.startswith((b"VALUE", b"CONFIG")) or line.strip().isdigit():
                line = answers.readline()
            told.append(line.strip())
        return told


async def test_the_configuration_endpoint_and_the_nodes_let_in_the_same_clients(
    server: Installation, client: Machine
) -> None:
    security_group = server.make_security_group()
    endpoint, nodes = await make_cluster(server, security_group)

    before = {client.call(connect, address, PORT) for address in (endpoint, *nodes)}
    server.allow(security_group, CidrIp=CLIENTS)
    for address in (endpoint, *nodes):
        await until(client, address, "connected")

    assert before == {"no answer"}
    assert {server.on.call(connect, address, PORT) for address in (endpoint, *nodes)} == {"no answer"}


async def test_what_is_passed_on_to_nodes_is_let_in_where_nobody_but_the_clients_of_the_endpoint_is(
    server: Installation, client: Machine
) -> None:
    security_group = server.make_security_group()
    server.allow(security_group, CidrIp=CLIENTS)
    endpoint, nodes = await make_cluster(server, security_group)
    await until(client, endpoint, "connected")

    stored = client.call(talk, endpoint, b"set name 0 0 5\r\nvalue", b"get name")

    assert stored == [b"STORED", b"value"]
    assert sorted(client.call(talk, node, b"get name") for node in nodes) == [[b"END"], [b"value"]]


async def test_a_revoked_rule_shuts_the_endpoint_and_with_it_the_way_to_the_nodes(
    server: Installation, client: Machine
) -> None:
    security_group = server.make_security_group()
    server.allow(security_group, CidrIp=CLIENTS)
    endpoint, nodes = await make_cluster(server, security_group)
    await until(client, endpoint, "connected")

    server.revoke(security_group, CidrIp=CLIENTS)

    for address in (endpoint, *nodes):
        await until(client, address, "no answer")
