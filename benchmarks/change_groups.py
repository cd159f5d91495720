"""A replication group of a running Elastane that is to become another one: engine, version and node type, under load.

Called by `changes`. What is ordered and whether it is done goes through the AWS API; what the nodes are then, the
engines say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any

import msgspec

from benchmarks.cluster_views import find_settled_shards, hash_tag_of
from benchmarks.control_plane import (
    NODE_TYPE,
    create_cluster,
    create_group,
    find_status,
    seconds_until,
    until_available,
)
from benchmarks.failover_targets import NO_HASH_TAG, PORT, ask, find_settled_primary, wait_until
from tests.kit.cluster_writers import REDIS_PY
from tests.kit.elastane import RunningElastane
from tests.kit.writers import RETRYING
from tests.live import live_clusters, live_groups

CHANGE_SECONDS_MAX = 120.0


class Make(msgspec.Struct, frozen=True, kw_only=True):
    """What a group's nodes are."""

    engine: str = "valkey"
    version: str
    node_type: str = NODE_TYPE


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How many nodes, and in what order."""

    name: str
    replica_count: int
    shard_count: int | None = None
    """None without cluster mode."""
    writer_count: int
    """For each node group."""


class NodeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A primary and its replicas."""

    addresses: tuple[str, ...]
    hash_tag: str
    """What the keys begin with that lie there."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """By its engine's own word."""

    engine: str
    version: str
    memory_bytes: int
    """That it may fill, which follows from its node type."""


class ChangedGroup:
    """The group, and how its applications reach it. Made by `changed_group`."""

    def __init__(self, elastane: RunningElastane, group_id: str, layout: Layout) -> None:
        self._elastane = elastane
        self._id = group_id
        if layout.shard_count is None:
            group = live_groups.describe(elastane, group_id)
            endpoint, kind = group.primary_address, RETRYING
            self.node_groups: tuple[NodeGroup, ...] = (
                NodeGroup(addresses=tuple(group.node_addresses.values()), hash_tag=NO_HASH_TAG),
            )
        else:
            cluster = live_clusters.describe_cluster(elastane, group_id)
            endpoint, kind = cluster.endpoint, REDIS_PY
            self.node_groups = tuple(
                NodeGroup(
                    addresses=tuple(cluster.addresses[node] for node in nodes),
                    hash_tag=hash_tag_of(int(cluster.slots[shard].partition("-")[0])),
                )
                for shard, nodes in cluster.shards.items()
            )
        self._is_cluster = layout.shard_count is not None
        self.connect = partial(kind.connect, endpoint, PORT)
        """A client as an application makes it that means to outlive a switchover: it tries again."""
        self._nodes_before = self._nodes()

    def change(self, before: Make, after: Make) -> float:
        """ModifyReplicationGroup, and the seconds from there until the API calls the group available."""
        software = {"Engine": after.engine, "EngineVersion": after.version}
        is_other_software = (before.engine, before.version) != (after.engine, after.version)
        began_at = perf_counter()
        self._elastane.client().modify_replication_group(
            ReplicationGroupId=self._id,
            ApplyImmediately=True,
            **(software if is_other_software else {"CacheNodeType": after.node_type}),
        )
        wait_until(self._is_available, self._elastane.log, seconds_max=CHANGE_SECONDS_MAX)
        return perf_counter() - began_at

    def wait_until_settled(self) -> None:
        """The API calls the group and every node available, and the engines agree with it."""
        wait_until(self._is_settled, self._elastane.log, seconds_max=CHANGE_SECONDS_MAX)

    def refuse_unless_changed(self, before: Make, after: Make) -> None:
        """Raises AssertionError when a node is not what was ordered: then something else was measured."""
        for address, node in self._nodes().items():
            assert (node.engine, node.version) == (after.engine, after.version), f"{address} is {node}"
            is_other_size = node.memory_bytes != self._nodes_before[address].memory_bytes
            assert is_other_size or before.node_type == after.node_type, f"{address} is {node}"

    def _nodes(self) -> dict[str, Node]:
        return {address: _node(address) for part in self.node_groups for address in part.addresses}

    def _is_available(self) -> bool:
        return find_status(self._elastane, self._id) == "available"

    def _is_settled(self) -> bool:
        statuses = live_groups.node_statuses(self._elastane, self._id)
        if not self._is_available() or set(statuses.values()) != {"available"}:
            return False
        if self._is_cluster:
            return find_settled_shards(one for part in self.node_groups for one in part.addresses) is not None
        (only,) = self.node_groups
        return find_settled_primary(dict(zip(only.addresses, only.addresses, strict=True))) is not None


@contextmanager
def changed_group(elastane: RunningElastane, group_id: str, layout: Layout, make: Make) -> Iterator[ChangedGroup]:
    """One that is settled, and is deleted afterwards."""
    software: Any = {"engine": make.engine, "version": make.version, "node_type": make.node_type}
    if layout.shard_count is None:
        create_group(elastane, group_id, 1 + layout.replica_count, **software)
    else:
        create_cluster(elastane, group_id, layout.shard_count, layout.replica_count, **software)
    until_available(elastane, group_id)
    group = ChangedGroup(elastane, group_id, layout)
    group.wait_until_settled()
    yield group
    elastane.client().delete_replication_group(ReplicationGroupId=group_id)
    seconds_until(lambda: find_status(elastane, group_id) is None, began_at=perf_counter(), log=elastane.log)


def _node(address: str) -> Node:
    with ask(address) as client:
        told = client.info("server")
        memory_bytes = client.info("memory")["maxmemory"]
    engine = "valkey" if "valkey_version" in told else "redis"
    version = str(told.get("valkey_version") or told["redis_version"])
    return Node(engine=engine, version=version.rpartition(".")[0], memory_bytes=memory_bytes)
