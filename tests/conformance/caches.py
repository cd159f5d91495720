"""What the tests of this ring do over and over: make a cache, wait for it, connect to it, be refused."""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from botocore.exceptions import ClientError

SMALL = "cache.t3.micro"
OFTEN = {"Delay": 0.1, "MaxAttempts": 600}
"""botocore's own waiters, only asking more often than every fifteen seconds, and no longer than a test may take."""

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on this machine")
ENGINES = ("valkey", pytest.param("redis", marks=needs_redis))


class Caches:
    """The caches of one test: every name begins with its prefix."""

    def __init__(self, client: Any, *, prefix: str) -> None:
        self.client = client
        self.prefix = prefix

    def name(self, suffix: str = "cache") -> str:
        return f"{self.prefix}-{suffix}"

    def ask_for_group(self, suffix: str = "group", **parameters: Any) -> Any:
        """Asks and does not wait. What is not said is what most tests need: Valkey on the smallest node type."""
        asked = {
            "ReplicationGroupId": self.name(suffix),
            "ReplicationGroupDescription": "of a test",
            "Engine": "valkey",
            "CacheNodeType": SMALL,
        }
        return self.client.create_replication_group(**asked | parameters)["ReplicationGroup"]

    def make_group(self, suffix: str = "group", **parameters: Any) -> str:
        """A group that is available; answers its id."""
        group_id: str = self.ask_for_group(suffix, **parameters)["ReplicationGroupId"]
        self.wait("replication_group_available", ReplicationGroupId=group_id)
        return group_id

    def ask_for_cluster(self, suffix: str = "cluster", **parameters: Any) -> Any:
        asked = {"CacheClusterId": self.name(suffix), "Engine": "valkey", "CacheNodeType": SMALL}
        return self.client.create_cache_cluster(**asked | parameters)["CacheCluster"]

    def make_cluster(self, suffix: str = "cluster", **parameters: Any) -> str:
        """A cache cluster on its own that is available; answers its id."""
        cluster_id: str = self.ask_for_cluster(suffix, **parameters)["CacheClusterId"]
        self.wait("cache_cluster_available", CacheClusterId=cluster_id)
        return cluster_id

    def wait(self, waiter: str, **names: str) -> None:
        self.client.get_waiter(waiter).wait(**names, WaiterConfig=OFTEN)

    def group(self, group_id: str) -> Any:
        (group,) = self.client.describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"]
        return group

    def cluster(self, cluster_id: str) -> Any:
        answer = self.client.describe_cache_clusters(CacheClusterId=cluster_id, ShowCacheNodeInfo=True)
        (cluster,) = answer["CacheClusters"]
        return cluster

    def change_group(self, group_id: str, **parameters: Any) -> Any:
        """Modifies, waits, and answers what then reads back."""
        self.client.modify_replication_group(ReplicationGroupId=group_id, **parameters)
        self.wait("replication_group_available", ReplicationGroupId=group_id)
        return self.group(group_id)

    def delete_all(self) -> None:
        for group in self.client.get_paginator("describe_replication_groups").paginate().search("ReplicationGroups"):
            if group["ReplicationGroupId"].startswith(f"{self.prefix}-"):
                _insist(self.client.delete_replication_group, ReplicationGroupId=group["ReplicationGroupId"])
        listed = self.client.get_paginator("describe_cache_clusters").paginate(
            ShowCacheClustersNotInReplicationGroups=True
        )
        for cluster in listed.search("CacheClusters"):
            if cluster["CacheClusterId"].startswith(f"{self.prefix}-"):
                _insist(self.client.delete_cache_cluster, CacheClusterId=cluster["CacheClusterId"])


def _insist(delete: Any, **names: str) -> None:
    """Tidying: what is on its way out already may be."""
    with contextlib.suppress(ClientError):
        delete(**names)


@contextmanager
def refused(code: str, status: int = 400, words: str = "") -> Iterator[None]:
    """The call inside is answered with this code, this HTTP status, and a sentence with these words."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    seen = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert seen == (code, status), answer["Error"]
    assert words.lower() in answer["Error"]["Message"].lower()


def primary_endpoint(group: Mapping[str, Any]) -> Any:
    return group["NodeGroups"][0]["PrimaryEndpoint"]


def reader_endpoint(group: Mapping[str, Any]) -> Any:
    return group["NodeGroups"][0]["ReaderEndpoint"]


def roles(group: Mapping[str, Any]) -> dict[str, str]:
    """Member → the role it was last seen in; empty for one that has ended and not been heard since."""
    members = group["NodeGroups"][0]["NodeGroupMembers"]
    return {member["CacheClusterId"]: member.get("CurrentRole", "") for member in members}


def own_endpoint(cluster: Mapping[str, Any]) -> Any:
    """The node's own, of a cache cluster described with ShowCacheNodeInfo."""
    return cluster["CacheNodes"][0]["Endpoint"]


@contextmanager
def connected(endpoint: Mapping[str, Any]) -> Iterator[Any]:
    """redis-py, as an application uses it."""
    with redis.Redis(
        host=endpoint["Address"], port=endpoint["Port"], socket_timeout=5, decode_responses=True
    ) as engine:
        yield engine


def process_of(endpoint: Mapping[str, Any]) -> int:
    with connected(endpoint) as engine:
        return int(engine.info("server")["process_id"])


def life_of(endpoint: Mapping[str, Any]) -> str:
    """Another one after every start of the engine."""
    with connected(endpoint) as engine:
        return str(engine.info("server")["run_id"])


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """An engine that neither answers nor ends for as long as this lasts: so a state that passes can be looked at."""
    handle = os.pidfd_open(pid)  # a number may be used again, a handle may not
    try:
        signal.pidfd_send_signal(handle, signal.SIGSTOP)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGCONT)
        os.close(handle)
