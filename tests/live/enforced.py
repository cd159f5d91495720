"""Installations that enforce security groups, on machines of the test's own, and what is asked of them there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import redis

from elastane.hosts.nft_rules import table_name
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.network_tools import tool
from tests.kit.networks import BLOCK, CLIENT, Machine, connect

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a network and change its packet filter")

PORT = 6379
CLIENTS = f"{CLIENT.rpartition('.')[0]}.0/24"
HEALING_SECONDS = 40


def enforcing() -> dict[str, str]:
    """What a control plane is told that enforces, with the `nft` of the tests where the machine has none."""
    path = f"{os.environ.get('PATH', os.defpath)}:{tool('nft').parent}"
    return {"ELASTANE_ENFORCE_SECURITY_GROUPS": "yes", "PATH": path}


class Installation:
    """A control plane on a machine of the test's; everything asked of it is asked there."""

    def __init__(self, on: Machine, elastane: RunningElastane) -> None:
        self.on = on
        self.elastane = elastane

    def ask(self, service: str, action: str, **parameters: Any) -> Any:
        return self.on.call(getattr(self.elastane.client(service), action), **parameters)

    def make_security_group(self, name: str = "cache", **place: str) -> str:
        answer = self.ask("ec2", "create_security_group", GroupName=name, Description="of a test", **place)
        return str(answer["GroupId"])

    def allow(self, group_id: str, **source: Any) -> None:
        """From a CidrIp, or from a GroupId."""
        peer = {"IpRanges": [source]} if "CidrIp" in source else {"UserIdGroupPairs": [source]}
        permission = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT} | peer
        self.ask("ec2", "authorize_security_group_ingress", GroupId=group_id, IpPermissions=[permission])

    def revoke(self, group_id: str, **source: Any) -> None:
        permission = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "IpRanges": [source]}
        self.ask("ec2", "revoke_security_group_ingress", GroupId=group_id, IpPermissions=[permission])

    async def make_group(self, name: str, *group_ids: str, nodes: int = 1, **parameters: Any) -> Any:
        asked: dict[str, Any] = {
            "ReplicationGroupId": name,
            "ReplicationGroupDescription": "of a test",
            "Engine": "valkey",
            "CacheNodeType": "cache.t3.micro",
        }
        if "NumNodeGroups" not in parameters:
            asked |= {"NumCacheClusters": nodes, "AutomaticFailoverEnabled": nodes > 1}
        if group_ids:
            asked["SecurityGroupIds"] = list(group_ids)
        self.ask("elasticache", "create_replication_group", **asked | parameters)
        return await self.until_available(name)

    async def until_available(self, name: str) -> Any:
        def check() -> Any:
            group = self.group(name)
            clusters = self.ask("elasticache", "describe_cache_clusters", ShowCacheNodeInfo=True)["CacheClusters"]
            own = [one["CacheClusterStatus"] for one in clusters if one.get("ReplicationGroupId") == name]
            assert (group["Status"], set(own)) == ("available", {"available"}), self.elastane.log_tail(name)
            return group

        return await eventually(check, timeout_seconds=HEALING_SECONDS, message=f"{name} is available")

    def group(self, name: str) -> Any:
        (group,) = self.ask("elasticache", "describe_replication_groups", ReplicationGroupId=name)["ReplicationGroups"]
        return group

    def node_addresses(self, name: str) -> dict[str, str]:
        found = self.ask("ec2", "describe_network_interfaces")["NetworkInterfaces"]
        described = {one["Description"].removeprefix("ElastiCache "): one["PrivateIpAddress"] for one in found}
        return {node: address for node, address in described.items() if node.startswith(f"{name}-")}

    def statuses(self, node_id: str) -> set[str]:
        """Of the node's security groups."""
        (cluster,) = self.ask("elasticache", "describe_cache_clusters", CacheClusterId=node_id)["CacheClusters"]
        return {group["Status"] for group in cluster["SecurityGroups"]}

    def command(self, *arguments: str) -> str:
        """An Elastane command's output."""
        finished = self.on.call(
            subprocess.run,
            [sys.executable, "-m", "elastane", *arguments, "--data-dir", str(self.elastane.data_dir)],
            env=os.environ | enforcing(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr
        return str(finished.stdout)

    @property
    def table(self) -> str:
        return table_name(self.elastane.data_dir.resolve())


@contextmanager
def installation(
    on: Machine, data_dir: Path, block: IPv4Network = BLOCK, *arguments: str, **environment: str
) -> Iterator[Installation]:
    elastane = RunningElastane(data_dir, environment=enforcing() | environment, arguments=arguments)
    try:
        on.call(elastane.start, block)
        yield Installation(on, elastane)
        assert "Traceback" not in elastane.log()
    finally:
        elastane.close()


def primary_address(group: Any) -> str:
    return str(group["NodeGroups"][0]["PrimaryEndpoint"]["Address"])


async def until(on: Machine, address: str, outcome: str, source: str | None = None) -> None:
    """What an attempt from there ends with."""

    def check() -> None:
        seen = on.call(connect, address, PORT, source)
        assert seen == outcome, seen

    await eventually(check, timeout_seconds=20, message=f"{address} is {outcome}")


def opened(address: str) -> Any:
    """A client that is connected, and says so if it ever has to connect again."""
    customer = redis.Redis(host=address, port=PORT, socket_timeout=5, socket_connect_timeout=5)
    customer.ping()
    return customer
