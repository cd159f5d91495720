"""A replication group with cluster mode enabled, of a running Elastane: to be struck at its first shard, or resharded.

Called by `cluster_failover` and `resharding`. The API says which nodes there are and when it calls them available; who
is primary and who owns what is asked of the engines, because with cluster mode the API does not tell roles.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import failover_strikes
from benchmarks.cluster_views import Shard, find_settled_shards, hash_tag_of
from benchmarks.control_plane import create_cluster, until_available
from benchmarks.failover_strikes import STRUCK_NODE_GROUP
from benchmarks.failover_targets import Blow, cluster_client, find_settled_primary, wait_until
from elastane.engines.discovery import EngineBinary
from elastane.model.versions import minor_version
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live import live_groups

GROUP_ID = "sessions"
RESHARD_SECONDS_MAX = 600.0


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A node as the API shows it."""

    id: str
    node_group: str
    zone: str
    address: str


class ElastaneCluster:
    """The group, with the control plane that watches it. Made by `elastane_cluster`."""

    hash_tag = hash_tag_of(0)

    def __init__(self, elastane: RunningElastane) -> None:
        self._elastane = elastane
        self.entry_address = _described(elastane)["ConfigurationEndpoint"]["Address"]
        self.addresses = {one.id: one.address for one in _members(elastane) if one.node_group == STRUCK_NODE_GROUP}
        """Of the first shard, which is the one that is struck."""

    def connect(self) -> AbstractContextManager[Any]:
        return cluster_client(self.entry_address)

    def shards(self) -> tuple[Shard, ...]:
        """As every node says. Waits until they do; raises TimeoutError."""
        return wait_until(self._find_settled, self.log)

    def find_primary(self) -> str:
        """Of the first shard, as its nodes say, once they agree."""
        return wait_until(lambda: find_settled_primary(self.addresses), self.log)

    def log(self) -> str:
        return self._elastane.log()

    def wait_until_settled(self) -> None:
        """The API calls the group and every node available, and the engines agree with each other."""
        self.shards()

    def reshard(self, shard_count: int) -> None:
        """Orders so many shards. Returns when the API calls the group available and shows them."""
        self._elastane.client().modify_replication_group_shard_configuration(
            ReplicationGroupId=GROUP_ID, NodeGroupCount=shard_count, ApplyImmediately=True
        )
        wait_until(lambda: self._has_become(shard_count), self.log, seconds_max=RESHARD_SECONDS_MAX)

    def kill_primary(self) -> AbstractContextManager[Blow]:
        return failover_strikes.kill(self._elastane, self.find_primary())

    def hang_primary(self) -> AbstractContextManager[Blow]:
        return failover_strikes.hang(self._elastane, self.find_primary())

    def lose_zone_of_primary(self) -> AbstractContextManager[Blow]:
        primary = self.find_primary()
        zone = next(one.zone for one in _members(self._elastane) if one.id == primary)
        return failover_strikes.lose_zone(self._elastane, zone, primary)

    def ask_for_test_failover(self) -> AbstractContextManager[Blow]:
        return failover_strikes.ask_for_test_failover(self._elastane, GROUP_ID)

    def _find_settled(self) -> tuple[Shard, ...] | None:
        statuses = live_groups.node_statuses(self._elastane, GROUP_ID)
        is_available = _described(self._elastane)["Status"] == "available" and set(statuses.values()) == {"available"}
        return find_settled_shards(one.address for one in _members(self._elastane)) if is_available else None

    def _has_become(self, shard_count: int) -> bool:
        group = _described(self._elastane)
        return bool(group["Status"] == "available" and len(group["NodeGroups"]) == shard_count)


@contextmanager
def elastane_cluster(binary: EngineBinary, data_dir: Path, *, shard_count: int) -> Iterator[ElastaneCluster]:
    """One that is settled, with a replica in each shard, and a control plane of its own."""
    with running_elastane(data_dir, environment=failover_strikes.ENVIRONMENT) as elastane:
        version = minor_version(binary.version)
        create_cluster(elastane, GROUP_ID, shard_count, 1, engine=binary.engine, version=version)
        until_available(elastane, GROUP_ID)
        cluster = ElastaneCluster(elastane)
        cluster.wait_until_settled()
        yield cluster


def _described(elastane: RunningElastane) -> Any:
    return elastane.client().describe_replication_groups(ReplicationGroupId=GROUP_ID)["ReplicationGroups"][0]


def _members(elastane: RunningElastane) -> tuple[Member, ...]:
    clusters = elastane.client().describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    addresses = {
        cluster["CacheClusterId"]: node["Endpoint"]["Address"]
        for cluster in clusters
        for node in cluster["CacheNodes"]
        if "Endpoint" in node
    }
    return tuple(
        Member(
            id=member["CacheClusterId"],
            node_group=node_group["NodeGroupId"],
            zone=member["PreferredAvailabilityZone"],
            address=addresses[member["CacheClusterId"]],
        )
        for node_group in _described(elastane)["NodeGroups"]
        for member in node_group["NodeGroupMembers"]
    )
