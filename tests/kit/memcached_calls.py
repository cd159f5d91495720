"""Memcached clusters through the actions, and a world that has made everything true of them: see `contexts`.

with memcached_context(tmp_path) as ctx:
    await create_memcached(ctx, nodes=3)
    await settle_memcached(ctx)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from elastane.model.ids import CacheNodeId, ReplicationGroupId
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster, Publication
from elastane.model.observed_memcached_clusters import (
    ObservedCacheNode,
    ObservedConfigurationEndpoint,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import NodeHealth, Restart
from elastane.model.replication_groups import Form, GroupKey
from elastane.service.context import Context
from elastane.store import Transaction, memcached_clusters
from tests.kit.contexts import ENGINES, REGION, call, context

MEMCACHED_ENGINES = (("memcached", "1.6.12"), ("memcached", "1.6.22"))


@contextmanager
def memcached_context(directory: Path, **changes: Any) -> Iterator[Context]:
    """With engines of every kind, those of Memcached with TLS."""
    defaults: dict[str, Any] = {"engines": (*ENGINES, *MEMCACHED_ENGINES), "encrypting_engines": MEMCACHED_ENGINES}
    with context(directory, **defaults | changes) as opened:
        yield opened


async def create_memcached(
    ctx: Context, name: str = "sessions", *, nodes: int = 2, **parameters: Any
) -> dict[str, Any]:
    """Asked for and not yet settled."""
    defaults: dict[str, object] = {
        "CacheClusterId": name,
        "Engine": "memcached",
        "CacheNodeType": "cache.t4g.micro",
        "NumCacheNodes": nodes,
    }
    answer = await call(ctx, "CreateCacheCluster", **defaults | parameters)
    return dict(answer["CacheCluster"])


async def modify_memcached(ctx: Context, name: str = "sessions", **parameters: Any) -> dict[str, Any]:
    answer = await call(ctx, "ModifyCacheCluster", CacheClusterId=name, **parameters)
    return dict(answer["CacheCluster"])


def memcached_key(name: str = "sessions") -> GroupKey:
    return GroupKey(REGION, Form.MEMCACHED_CLUSTER, ReplicationGroupId(name))


async def stored_memcached(ctx: Context, name: str = "sessions") -> MemcachedCluster | None:
    stored = await ctx.store.read(lambda tx: memcached_clusters.find_memcached_cluster(tx, memcached_key(name)))
    return None if stored is None else stored.body


async def get_memcached(ctx: Context, name: str = "sessions") -> MemcachedCluster:
    cluster = await stored_memcached(ctx, name)
    assert cluster is not None, f"{name} is not stored"
    return cluster


async def forget_memcached(ctx: Context, name: str = "sessions") -> None:
    await ctx.store.write(lambda tx: memcached_clusters.remove_memcached_cluster(tx, memcached_key(name)))


async def observe_memcached(ctx: Context, name: str = "sessions", **changes: Any) -> None:
    """Changes what was last observed of a cluster."""

    def change(tx: Transaction) -> None:
        observed = memcached_clusters.get_observed(tx, memcached_key(name))
        memcached_clusters.save_observed(tx, memcached_key(name), replace(observed, **changes))

    await ctx.store.write(change)


async def observe_cache_node(ctx: Context, node_id: str, name: str = "sessions", **changes: Any) -> None:
    """Changes what was last observed of one node; of its process, where the change is of that."""
    of_process = {key: changes.pop(key) for key in list(changes) if key in ObservedProcess.__struct_fields__}

    def changed(seen: ObservedCacheNode) -> ObservedCacheNode:
        return replace(seen, process=replace(seen.process, **of_process), **changes) if seen.id == node_id else seen

    def change(tx: Transaction) -> None:
        observed = memcached_clusters.get_observed(tx, memcached_key(name))
        nodes = tuple(map(changed, observed.nodes))
        memcached_clusters.save_observed(tx, memcached_key(name), replace(observed, nodes=nodes))

    await ctx.store.write(change)


async def settle_memcached(ctx: Context) -> None:
    """What the reconciler would have reached: who leaves is gone, all others are ready and published."""
    await ctx.store.write(lambda tx: _settle(tx, ctx.now()))


def _settle(tx: Transaction, now: datetime) -> None:
    for stored in memcached_clusters.list_memcached_clusters(tx):
        if stored.body.deletion is not None:
            continue
        cluster = _settled(stored.body)
        if cluster != stored.body:
            memcached_clusters.save_memcached_cluster(tx, cluster, revision=stored.revision)
        memcached_clusters.save_observed(tx, cluster.key, _all_true(cluster, now))


def _settled(cluster: MemcachedCluster) -> MemcachedCluster:
    nodes = tuple(replace(node, node_type=cluster.software.node_type) for node in cluster.staying_nodes)
    node_ids: tuple[CacheNodeId, ...] = tuple(node.id for node in nodes)
    if node_ids == cluster.publication.node_ids:
        return replace(cluster, nodes=nodes)
    publication = Publication(version=cluster.publication.version + 1, node_ids=node_ids)
    return replace(cluster, nodes=nodes, publication=publication)


def _all_true(cluster: MemcachedCluster, now: datetime) -> ObservedMemcachedCluster:
    process = ObservedProcess(health=NodeHealth.READY, sentence="answers", started_at=now, answered_started_at=now)
    return ObservedMemcachedCluster(
        converged_generation=cluster.generation,
        available_since=now,
        nodes=tuple(_ready(node, process, cluster) for node in cluster.nodes),
        endpoint=ObservedConfigurationEndpoint(process=process, version=cluster.publication.version),
        software=cluster.software,
        node_count=len(cluster.nodes),
    )


def _ready(node: CacheNode, process: ObservedProcess, cluster: MemcachedCluster) -> ObservedCacheNode:
    order = node.restart
    process_before = None if process.started_at is None else process.started_at - timedelta(seconds=1)
    return ObservedCacheNode(
        id=node.id,
        process=process,
        engine_version=cluster.software.patch,
        was_ready=True,
        restart=None if order is None else Restart(requested_at=order.requested_at, of_started_at=process_before),
    )
