"""Replication groups in cluster mode as the live tests need them: made, waited for, looked into.

As in `live_groups`, what is asked of the product goes through the AWS API, and what is true is asked of the engines:
a cluster is well when every node of it, asked by itself, tells the same of all of them.
"""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import msgspec
import pytest
import redis
from redis.crc import key_slot

from tests.kit.asserts import eventually
from tests.kit.cluster_writers import PAUSE_SECONDS, redis_py
from tests.kit.elastane import RunningElastane
from tests.kit.writers import Kind, Writers, customer, writing
from tests.live.live_groups import NODE_TYPE, engine_role, explain, key_count, pid_of

SETTLING_SECONDS = 40
LOOK_SECONDS = 0.1
ALL_SLOTS = range(16384)
TAG_COUNT = 200
"""So many slots have keys: slots that go key by key take long on a small machine, and empty ones next to nothing."""

VALKEY = {"Engine": "valkey"}
REDIS = {"Engine": "redis", "EngineVersion": "7.0"}
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server on PATH")
SOFTWARE = [pytest.param(VALKEY, id="valkey"), pytest.param(REDIS, id="redis", marks=needs_redis)]


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """A group in cluster mode as the API shows it; it tells no roles."""

    id: str
    status: str
    endpoint: str
    """The configuration endpoint's address."""
    shards: dict[str, tuple[str, ...]]
    """Node group id → its nodes' ids."""
    slots: dict[str, str]
    """Node group id → what it owns, as the API writes it."""
    addresses: dict[str, str]
    """Node id → its own address."""
    zones: dict[str, str]
    """Node id → its zone."""
    moved_percent: float | None
    """How far a resharding is; None while none is under way."""

    def primary_of(self, shard: str) -> str:
        """By the engines' own word. AssertionError while there is not exactly one."""
        found = [node for node in self.shards[shard] if engine_role(self.addresses[node]) == "primary"]
        assert len(found) == 1, f"primaries of {shard}: {found}"
        return found[0]

    def replicas_of(self, shard: str) -> tuple[str, ...]:
        primary = self.primary_of(shard)
        return tuple(node for node in self.shards[shard] if node != primary)


# --- asked of the product ------------------------------------------------------------------------


async def make_cluster(
    elastane: RunningElastane, group_id: str, shard_count: int = 3, replica_count: int = 1, **parameters: Any
) -> Cluster:
    """A cluster with every node ready. One shard is asked for by its parameter group, as AWS has it."""
    order_cluster(elastane, group_id, shard_count, replica_count, **parameters)
    return await until_cluster_settled(elastane, group_id, shard_count, shard_count * (1 + replica_count))


def order_cluster(
    elastane: RunningElastane, group_id: str, shard_count: int = 3, replica_count: int = 1, **parameters: Any
) -> None:
    """CreateReplicationGroup, not waited for."""
    replicas = {} if "NodeGroupConfiguration" in parameters else {"ReplicasPerNodeGroup": replica_count}
    defaults = {**VALKEY, "CacheNodeType": NODE_TYPE, "AutomaticFailoverEnabled": True, "ClusterMode": "enabled"}
    elastane.client().create_replication_group(
        ReplicationGroupId=group_id,
        ReplicationGroupDescription="of the live tests",
        **{**defaults, "NumNodeGroups": shard_count, **replicas, **parameters},
    )


def reshard(elastane: RunningElastane, cluster: Cluster, shard_count: int, *, remove: Iterable[str] = ()) -> None:
    """ModifyReplicationGroupShardConfiguration, not waited for."""
    named = {"NodeGroupsToRemove": list(remove)} if remove else {}
    elastane.client().modify_replication_group_shard_configuration(
        ReplicationGroupId=cluster.id, NodeGroupCount=shard_count, ApplyImmediately=True, **named
    )


def describe_cluster(elastane: RunningElastane, group_id: str) -> Cluster:
    client = elastane.client()
    group = client.describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"][0]
    node_groups = group.get("NodeGroups", [])
    members = {
        node["CacheClusterId"]: node
        for node in client.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
        if node.get("ReplicationGroupId") == group_id
    }
    resharding = group.get("PendingModifiedValues", {}).get("Resharding")
    return Cluster(
        id=group_id,
        status=group["Status"],
        endpoint=group.get("ConfigurationEndpoint", {}).get("Address", ""),
        shards={
            part["NodeGroupId"]: tuple(member["CacheClusterId"] for member in part["NodeGroupMembers"])
            for part in node_groups
        },
        slots={part["NodeGroupId"]: part.get("Slots", "") for part in node_groups},
        addresses={
            name: node["CacheNodes"][0].get("Endpoint", {}).get("Address", "")
            for name, node in members.items()
            if node["CacheNodes"]
        },
        zones={name: node["PreferredAvailabilityZone"] for name, node in members.items()},
        moved_percent=None if resharding is None else resharding["SlotMigration"]["ProgressPercentage"],
    )


async def until_cluster_settled(
    elastane: RunningElastane,
    group_id: str,
    shard_count: int,
    node_count: int,
    *,
    timeout_seconds: float = SETTLING_SECONDS,
) -> Cluster:
    """The cluster once nothing is under way, by the API, by `explain` and by each of its engines."""

    def check() -> Cluster:
        cluster = describe_cluster(elastane, group_id)
        assert (cluster.status, cluster.moved_percent) == ("available", None), (
            f"{cluster}\n{elastane.log_tail(group_id)}"
        )
        assert (len(cluster.shards), len(cluster.addresses)) == (shard_count, node_count), f"{cluster}"
        assert all(pid_of(elastane, node) for node in cluster.addresses)
        wrong = disagreements(cluster)
        assert wrong == [], f"{wrong}\n{elastane.log_tail(group_id)}"
        told = explain(elastane, group_id)
        assert "everything is as it shall be" in told, told
        return cluster

    # Each look takes what the cluster needs as well: a machine of two cores has both to serve.
    return await eventually(
        check, timeout_seconds=timeout_seconds, interval_seconds=LOOK_SECONDS, message=f"{group_id} is settled"
    )


async def until_failed_over(elastane: RunningElastane, cluster: Cluster, lost: Mapping[str, str]) -> Cluster:
    """Settled again, with another primary in each of these shards (shard → the primary it had)."""
    await until_led_by_others(cluster, lost)
    return await until_healed(elastane, cluster)


async def until_led_by_others(cluster: Cluster, lost: Mapping[str, str]) -> None:
    """Returns once another node of each of these shards is its primary, by its own word."""

    def check() -> bool:
        others = [
            [engine_role(cluster.addresses[node]) for node in cluster.shards[shard] if node != primary]
            for shard, primary in lost.items()
        ]
        return all("primary" in roles for roles in others)

    await eventually(check, timeout_seconds=SETTLING_SECONDS, message=f"others than {lost} are primaries")


async def until_healed(elastane: RunningElastane, cluster: Cluster) -> Cluster:
    """Settled again with as many shards and nodes, every process of them running."""
    return await until_cluster_settled(elastane, cluster.id, len(cluster.shards), len(cluster.addresses))


# --- asked of the engines ------------------------------------------------------------------------


def disagreements(cluster: Cluster) -> list[str]:
    """What is wrong with it, in sentences. Every node is asked for its view of all; a cluster that is well has none."""
    views = {node: cluster_nodes(address) for node, address in cluster.addresses.items()}
    own_ids = {node: own_member(view)["node_id"] for node, view in views.items()}
    names = {member_id: node for node, member_id in own_ids.items()}
    layouts = {node: _layout(view, names) for node, view in views.items()}
    told = next(iter(layouts.values()))
    found = [f"{node} sees {layout}, others {told}" for node, layout in layouts.items() if layout != told]
    found += [f"{node} has {member['migrations']} open" for node, view in views.items()
              if (member := own_member(view))["migrations"]]  # fmt: skip
    found += [f"{node} knows {sorted(view)}" for node, view in views.items() if len(view) != len(cluster.addresses)]
    found += [f"{shard}: {problem}" for shard in cluster.shards if (problem := _shard_problem(cluster, shard, told))]
    found += [f"{node} is no replica in sync" for node in cluster.addresses if not _is_in_sync(cluster.addresses[node])]
    return found


async def until_listed(cluster: Cluster) -> None:
    """Returns once every node tells clients of all of them.

    Engines leave out a replica while they have not heard that it has any of the stream, up to two seconds after it came
    into sync. A client that asks earlier does not know it.
    """

    def check() -> None:
        for node, address in cluster.addresses.items():
            with customer(address) as client:
                told = client.execute_command("CLUSTER SLOTS")
            listed = {place[0] for _first, _last, *places in told for place in places}
            assert listed == set(cluster.addresses.values()), f"{node} tells of {listed}"

    await eventually(check, message="every node is listed")


def cluster_nodes(address: str) -> dict[str, dict[str, Any]]:
    """One node's view: address and port → what it says of that member. Who is none yet is left out, as clients do."""
    with customer(address) as client:
        try:
            told = client.execute_command("CLUSTER NODES")
        except redis.ConnectionError as error:
            raise AssertionError(f"{address} does not answer: {error}") from error
    return {place: member for place, member in told.items() if "handshake" not in member["flags"]}


def own_member(view: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The speaker in its own view."""
    return next(member for member in view.values() if "myself" in member["flags"])


def cluster_writing(endpoint: str, kind: Kind, *, replica_count: int = 0) -> AbstractContextManager[Writers]:
    """One writer of that kind, at a pace that leaves the machine time for the cluster."""
    return writing(
        endpoint,
        kind=kind,
        writer_count=1,
        replica_count=replica_count,
        tag_count=TAG_COUNT,
        pause_seconds=PAUSE_SECONDS,
    )


def fill_cluster(endpoint: str, count: int, *, in_slots: range = ALL_SLOTS) -> dict[str, str]:
    """Writes so many keys into the slots of `TAG_COUNT` tags, those of them that are asked for, and answers them."""
    tags = [tag for tag in map(str, range(TAG_COUNT)) if key_slot(tag.encode()) in in_slots]
    keys = {f"{{{tags[number % len(tags)]}}}:key:{number}": f"value {number}" for number in range(count)}
    with redis_py(endpoint) as client:
        client.mset_nonatomic(keys)
    return keys


def wrong_in_cluster(endpoint: str, expected: Mapping[str, str]) -> dict[str, str | None]:
    """The keys that do not have their value, with what they have."""
    names = list(expected)
    with redis_py(endpoint) as client:
        found = dict(zip(names, client.mget_nonatomic(names), strict=True))
    return {name: found[name] for name in names if found[name] != expected[name]}


async def until_copied(cluster: Cluster, count: int) -> None:
    """Returns once the primaries together have so many keys, and each replica as many as its primary."""

    def check() -> None:
        counts = {
            shard: [key_count(cluster.addresses[node]) for node in nodes] for shard, nodes in cluster.shards.items()
        }
        assert all(len(set(found)) == 1 for found in counts.values()), f"{counts}"
        assert sum(found[0] for found in counts.values()) == count, f"{counts}"

    await eventually(check, message=f"{count} keys, and as many with the replicas")


def _layout(view: Mapping[str, dict[str, Any]], names: Mapping[str, str]) -> dict[str, str]:
    """Node id → its slots, or whom it replicates."""
    return {
        names.get(member["node_id"], member["node_id"]): (
            f"replica of {names.get(member['master_id'], member['master_id'])}"
            if "slave" in member["flags"]
            else ",".join("-".join(part) for part in member["slots"])
        )
        for member in view.values()
    }


def _shard_problem(cluster: Cluster, shard: str, told: Mapping[str, str]) -> str:
    """A primary that owns what the API says, and replicas of it."""
    primaries = [node for node in cluster.shards[shard] if not told.get(node, "").startswith("replica of")]
    if len(primaries) != 1:
        return f"primaries {primaries}"
    replicas = {told.get(node) for node in cluster.shards[shard] if node not in primaries}
    if not replicas <= {f"replica of {primaries[0]}"}:
        return f"replicas {replicas}"
    owned = told.get(primaries[0])
    return "" if owned == cluster.slots[shard] else f"owns {owned}, and the API says {cluster.slots[shard]}"


def _is_in_sync(address: str) -> bool:
    with customer(address) as client:
        try:
            told = client.info("replication")
        except redis.ConnectionError:
            return False
    return bool(told["role"] == "master" or told["master_link_status"] == "up")
