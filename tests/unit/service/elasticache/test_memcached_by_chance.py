"""Whatever is asked of Memcached clusters in whatever order: what is stored is whole, or as it was before a refusal."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elastane.model.faults import Fault
from elastane.model.memcached_clusters import AZMode, MemcachedCluster
from elastane.service.context import Context
from elastane.store import Transaction, claims, memcached_clusters
from tests.kit.contexts import call
from tests.kit.memcached_calls import create_memcached, memcached_context, settle_memcached

Options = dict[str, st.SearchStrategy[Any]]

NODE_IDS = st.lists(st.sampled_from(["0001", "0002", "0003", "0004", "0005", "0009"]), max_size=4)
ZONES = st.sampled_from(["us-east-1a", "us-east-1b", "us-east-1c", "moon-1a"])
COMMON: Options = {
    "NumCacheNodes": st.integers(min_value=0, max_value=7),
    "CacheNodeType": st.sampled_from(["cache.t4g.micro", "cache.m6g.large", "cache.t2.micro", "cache.r6gd.xlarge"]),
    "EngineVersion": st.sampled_from(["1.6.6", "1.6.12", "1.6.22", "9.1"]),
    "AZMode": st.sampled_from(["single-az", "cross-az"]),
    "PreferredMaintenanceWindow": st.sampled_from(["sun:05:00-sun:06:00", "x"]),
    "SnapshotRetentionLimit": st.integers(min_value=0, max_value=1),
}
OF_CREATIONS: Options = COMMON | {
    "PreferredAvailabilityZone": ZONES,
    "PreferredAvailabilityZones": st.lists(ZONES, max_size=4),
    "TransitEncryptionEnabled": st.booleans(),
    "Port": st.sampled_from([11211, 80]),
}
OF_CHANGES: Options = COMMON | {
    "CacheNodeIdsToRemove": NODE_IDS,
    "NewAvailabilityZones": st.lists(ZONES, max_size=3),
    "ScaleConfig": st.fixed_dictionaries({}, optional={"ScalePercentage": st.sampled_from([5, 10, 100])}),
}
ID = st.sampled_from(["sessions", "carts"])


def calls(action: str, options: Options, **usual: Any) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    extra = st.lists(st.one_of([st.tuples(st.just(name), values) for name, values in options.items()]), max_size=3)
    return st.tuples(ID, extra).map(lambda drawn: (action, usual | {"CacheClusterId": drawn[0]} | dict(drawn[1])))


def removals(node_ids: list[str]) -> dict[str, Any]:
    """Of these out of five nodes, so that many of the calls are what can be done."""
    return {"NumCacheNodes": 5 - len(node_ids), "CacheNodeIdsToRemove": node_ids}


USUAL = {"Engine": "memcached", "CacheNodeType": "cache.t4g.micro", "NumCacheNodes": 2}
CALLS = st.one_of(
    calls("CreateCacheCluster", OF_CREATIONS, **USUAL),
    calls("ModifyCacheCluster", OF_CHANGES, ApplyImmediately=True),
    calls("ModifyCacheCluster", OF_CHANGES),
    st.tuples(ID, st.booleans(), NODE_IDS).map(
        lambda drawn: (
            "ModifyCacheCluster",
            {"CacheClusterId": drawn[0], "ApplyImmediately": drawn[1], **removals(drawn[2])},
        )
    ),
    calls("RebootCacheCluster", {"CacheNodeIdsToReboot": NODE_IDS}, CacheNodeIdsToReboot=["0001"]),
    ID.map(lambda drawn: ("DeleteCacheCluster", {"CacheClusterId": drawn})),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(requests=st.lists(CALLS, min_size=1, max_size=8))
def test_what_is_stored_is_whole_whatever_is_asked(requests: list[tuple[str, dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as directory, memcached_context(Path(directory)) as ctx:
        asyncio.run(_ask_for(ctx, requests))


async def _ask_for(ctx: Context, requests: list[tuple[str, dict[str, Any]]]) -> None:
    await create_memcached(ctx, nodes=5)
    await settle_memcached(ctx)
    for action, parameters in requests:
        before = await ctx.store.read(_rows)
        try:
            await call(ctx, action, **parameters)
        except Fault:
            assert await ctx.store.read(_rows) == before
        await ctx.store.read(_assert_whole)
        await settle_memcached(ctx)
        await ctx.store.read(_assert_whole)


def _rows(tx: Transaction) -> list[tuple[Any, ...]]:
    tables = ("documents", "nodes", "addresses", "events", "settings")
    return [row for table in tables for row in tx.connection.execute(f"SELECT * FROM {table}")]


def _assert_whole(tx: Transaction) -> None:
    clusters = [stored.body for stored in memcached_clusters.list_memcached_clusters(tx)]
    for cluster in clusters:
        assert claims.held_addresses(tx, cluster.key) == frozenset(cluster.addresses)
        _assert_whole_cluster(cluster)
    addresses = [address for cluster in clusters for address in cluster.addresses]
    assert len(set(addresses)) == len(addresses)


def _assert_whole_cluster(cluster: MemcachedCluster) -> None:
    """A node that stays, numbers that are unlike and in order, zones that fit the mode, nothing empty that waits."""
    ids = [node.id for node in (*cluster.nodes, *cluster.coming_nodes)]
    assert len(cluster.staying_nodes) >= 1
    assert len(set(ids)) == len(ids)
    assert [node.id for node in cluster.nodes] == sorted(node.id for node in cluster.nodes)
    if cluster.az_mode is AZMode.SINGLE_AZ:
        assert len({node.zone for node in (*cluster.staying_nodes, *cluster.coming_nodes)}) == 1
    pending = cluster.pending
    if pending is None:
        return
    assert pending.added or pending.removed_ids or pending.software is not None
    assert not (pending.added and pending.removed_ids)
    assert set(pending.removed_ids) < {node.id for node in cluster.staying_nodes}
    if pending.software is not None:
        assert pending.software.parameter_group_name == cluster.software.parameter_group_name
    if pending.scaling is not None:
        assert pending.software is not None
        assert pending.software.node_type != cluster.software.node_type
