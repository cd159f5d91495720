"""A Memcached cluster's changes end the same way wherever the control plane dies amid them: moment after moment."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import MemcachedCluster, RestartKind, RestartOrder, Rollout, Scaling
from elastane.model.replication_groups import Deletion
from elastane.store import Store
from tests.kit import groups
from tests.kit.inline_executor import InlineExecutor
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.simulation.memcached_story import MemcachedStory

CLUSTER = memcached_cluster("sessions", *(cache_node(number) for number in (1, 2, 3)))
FIRST, SECOND, THIRD = CLUSTER.nodes
LARGER = "cache.m5.large"

Change = Callable[[MemcachedCluster], MemcachedCluster]


def created(cluster: MemcachedCluster) -> MemcachedCluster:
    return cluster


def grown(cluster: MemcachedCluster) -> MemcachedCluster:
    return replace(cluster, nodes=(*cluster.nodes, cache_node(4), cache_node(5)))


def shrunk(cluster: MemcachedCluster) -> MemcachedCluster:
    return replace(cluster, nodes=tuple(replace(node, is_leaving=node.id != SECOND.id) for node in cluster.nodes))


def rebooted(cluster: MemcachedCluster) -> MemcachedCluster:
    order = RestartOrder(requested_at=groups.CREATED_AT, kind=RestartKind.REBOOT)
    return replace(cluster, nodes=(replace(FIRST, restart=order), *cluster.nodes[1:]))


def scaled(cluster: MemcachedCluster) -> MemcachedCluster:
    software = replace(cluster.software, node_type=LARGER)
    return replace(cluster, software=software, rollout=Rollout(scaling=Scaling(percentage=67, interval_minutes=2)))


def deleted(cluster: MemcachedCluster) -> MemcachedCluster:
    return replace(cluster, deletion=Deletion(requested_at=groups.CREATED_AT))


async def live(memory: Path, change: Change, crash_after: int | None) -> tuple[MemcachedStory, int]:
    """The cluster is made, then changed; answers also how many moments the change took."""
    with (
        tempfile.TemporaryDirectory(dir=memory) as directory,
        closing(Store.open(Path(directory), executor=lambda name: InlineExecutor())) as store,
    ):
        story = MemcachedStory(store, CLUSTER)
        await story.create(CLUSTER)
        if change is not created:
            await story.converge()
            await story.change(change)
        began_at = story.awaits.count
        if crash_after is not None:
            story.crash_after(crash_after)
        await story.converge()
        await check_end(story, change)
        return story, story.awaits.count - began_at


async def check_end(story: MemcachedStory, change: Change) -> None:
    cluster = await story.find()
    if change is deleted:
        assert cluster is None and await story.host.list_nodes() == ()
        return
    assert cluster is not None
    node_ids = tuple(node.id for node in cluster.nodes)
    assert node_ids == expected_ids(change)
    assert story.told[max(story.told)] == cluster.publication.node_ids == node_ids
    assert set(await story.host.adopt()) == set(cluster.process_keys), "those run, and nobody else"
    assert set(await story.host.list_nodes()) == set(cluster.process_keys)
    larger = {node.id for node in cluster.nodes if int(story.settings(node.id)["maxbytes"]) > 2**30}
    assert larger == (set(node_ids) if change is scaled else set())
    assert (await story.observed()).failure is None


def expected_ids(change: Change) -> tuple[CacheNodeId, ...]:
    if change is shrunk:
        return (SECOND.id,)
    return tuple(node.id for node in (grown(CLUSTER) if change is grown else CLUSTER).nodes)


@pytest.mark.parametrize("change", [created, grown, shrunk, rebooted, scaled, deleted])
async def test_a_crash_at_any_moment_of_a_change_changes_nothing_of_its_end(change: Change, memory: Path) -> None:
    whole, moment_count = await live(memory, change, crash_after=None)

    for moment in range(moment_count):
        story, _ = await live(memory, change, crash_after=moment)
        assert story.crash_count == 1
        assert len(story.told) <= len(whole.told) + 1, "no more than one number is spent on a crash"

    assert moment_count > 10
