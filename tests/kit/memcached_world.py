"""A `FakeWorld` with Memcached clusters in it: what a test does to them, and what it asks of its store."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from elastane.clock import Now, utc_now
from elastane.configuration_endpoint import configuration
from elastane.configuration_endpoint.configuration import Configuration
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.store import Transaction, memcached_clusters
from tests.kit.asserts import eventually
from tests.kit.fake_binaries import MEMCACHED
from tests.kit.fake_world import FakeWorld, reconciling


def memcached_world(directory: Path, now: Now = utc_now) -> FakeWorld:
    """With memcached on its machine. Its store is to be closed."""
    work = FakeWorld(directory, now=now)
    work.binaries = (*work.binaries, MEMCACHED)
    return work


@contextlib.asynccontextmanager
async def reconciling_memcached(directory: Path) -> AsyncIterator[FakeWorld]:
    """A reconciler at work, until the end of the block."""
    async with reconciling(memcached_world(directory)) as work:
        yield work


async def save(work: FakeWorld, cluster: MemcachedCluster) -> None:
    """What a customer does to a cluster, new or changed."""

    def save(tx: Transaction) -> None:
        stored = memcached_clusters.find_memcached_cluster(tx, cluster.key)
        memcached_clusters.save_memcached_cluster(tx, cluster, revision=0 if stored is None else stored.revision)

    await work.store.write(save)


async def find(work: FakeWorld, cluster: MemcachedCluster) -> MemcachedCluster | None:
    """As it is stored now."""
    stored = await work.store.read(lambda tx: memcached_clusters.find_memcached_cluster(tx, cluster.key))
    return None if stored is None else stored.body


async def get(work: FakeWorld, cluster: MemcachedCluster) -> MemcachedCluster:
    found = await find(work, cluster)
    assert found is not None, f"{cluster.key} is gone"
    return found


async def observed(work: FakeWorld, cluster: MemcachedCluster) -> ObservedMemcachedCluster:
    return await work.store.read(lambda tx: memcached_clusters.get_observed(tx, cluster.key))


def find_told(work: FakeWorld, cluster: MemcachedCluster) -> Configuration | None:
    """What the configuration endpoint tells, or would tell if it ran; None where it never did."""
    text = work.host.processes.text(cluster.endpoint_key, configuration.FILE)
    return None if text is None else configuration.parse(text)


def told_ids(work: FakeWorld, cluster: MemcachedCluster) -> tuple[int, tuple[str, ...]]:
    """The version, and the nodes."""
    told = find_told(work, cluster)
    assert told is not None
    return told.discovery.version, told.node_ids


async def until_converged(work: FakeWorld, cluster: MemcachedCluster) -> None:
    """Returns once every rule is satisfied with the cluster as it is stored now."""

    async def is_converged() -> None:
        stored, seen = await get(work, cluster), await observed(work, cluster)
        assert seen.verdict is not None and seen.verdict.kind == "satisfied", seen.verdict
        assert seen.converged_generation == stored.generation

    await eventually(is_converged)
