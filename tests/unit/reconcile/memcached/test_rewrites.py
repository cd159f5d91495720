"""What the doing stair writes into a Memcached cluster's document itself, and what it tells of that."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.model import ids
from elastane.model.memcached_clusters import (
    MemcachedCluster,
    PendingChange,
    Publication,
    RestartKind,
    RestartOrder,
    Rollout,
    Scaling,
)
from elastane.model.observations import Absent, Refusing
from elastane.model.observed_memcached_clusters import NOTHING_OBSERVED
from elastane.model.replication_groups import Deletion
from elastane.reconcile.memcached import rewrites
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode, Situation
from elastane.store import Conflict, Transaction, tags
from tests.kit import groups
from tests.kit.fake_world import FakeWorld
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_world import find, get, memcached_world, save

NOW = groups.CREATED_AT + timedelta(hours=1)
FIRST, SECOND, THIRD = (cache_node(number) for number in (1, 2, 3))
SCALING = Scaling(percentage=50, interval_minutes=3)
LARGER = replace(memcached_cluster().software, node_type="cache.m5.large")
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, THIRD, published=3, rollout=Rollout(scaling=SCALING))


def situation(cluster: MemcachedCluster = CLUSTER) -> Situation:
    return Situation(
        cluster=cluster,
        nodes=tuple(SeenNode(node=node, process=Absent(), engine=Refusing(), before=None) for node in cluster.nodes),
        endpoint=SeenEndpoint(process=Absent(), engine=Refusing(), before=None),
        before=NOTHING_OBSERVED,
        now=NOW,
        wanted_settings={},
    )


@contextlib.asynccontextmanager
async def stored(directory: Path, cluster: MemcachedCluster = CLUSTER) -> AsyncIterator[FakeWorld]:
    work = memcached_world(directory)
    with contextlib.closing(work.store):
        await save(work, cluster)
        yield work


async def test_a_publication_is_written_and_nothing_else_is_changed(tmp_path: Path) -> None:
    publication = Publication(version=4, node_ids=(FIRST.id,))
    async with stored(tmp_path) as work:
        await work.store.write(lambda tx: rewrites.publish(tx, situation(), publication, 1))

        assert await get(work, CLUSTER) == replace(CLUSTER, publication=publication)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda tx: rewrites.publish(tx, situation(), Publication(version=4, node_ids=()), 1),
        lambda tx: rewrites.order_replacements(tx, situation(), (FIRST.id,), 1),
        lambda tx: rewrites.apply_pending(tx, situation(replace(CLUSTER, pending=PendingChange())), 1),
        lambda tx: rewrites.restore_software(tx, situation(), LARGER, "it would not start", 1),
    ],
    ids=["publish", "order_replacements", "apply_pending", "restore_software"],
)
async def test_who_changed_the_document_meanwhile_wins(tmp_path: Path, rewrite: Callable[[Transaction], None]) -> None:
    changed = replace(CLUSTER, generation=2)
    async with stored(tmp_path) as work:
        await save(work, changed)

        with pytest.raises(Conflict):
            await work.store.write(rewrite)

        assert await get(work, CLUSTER) == changed


async def test_a_batch_is_ordered_to_end_and_to_come_back_as_it_shall_be(tmp_path: Path) -> None:
    cluster = replace(CLUSTER, software=LARGER)
    async with stored(tmp_path, cluster) as work:
        await work.store.write(lambda tx: rewrites.order_replacements(tx, situation(cluster), (FIRST.id, THIRD.id), 1))

        written = await get(work, cluster)
    order = RestartOrder(requested_at=NOW, kind=RestartKind.REPLACEMENT)
    assert [(node.node_type, node.restart) for node in written.nodes] == [
        ("cache.m5.large", order),
        (SECOND.node_type, None),
        ("cache.m5.large", order),
    ]
    assert written.rollout == Rollout(scaling=SCALING, batch_at=NOW)
    assert written.generation == cluster.generation


async def test_what_waited_becomes_what_is_desired_under_a_new_generation(tmp_path: Path) -> None:
    fourth = cache_node(4)
    pending = PendingChange(software=LARGER, scaling=SCALING, added=(fourth,), removed_ids=(SECOND.id,))
    waiting = replace(CLUSTER, pending=pending)
    async with stored(tmp_path, waiting) as work:
        await work.store.write(lambda tx: rewrites.apply_pending(tx, situation(waiting), 1))
        written = await get(work, waiting)
        await work.store.write(lambda tx: rewrites.apply_pending(tx, situation(written), 2))

        assert await get(work, waiting) == written
    assert (written.software, written.pending, written.generation) == (LARGER, None, 2)
    assert [(node.id, node.is_leaving) for node in written.nodes] == [
        ("0001", False), ("0002", True), ("0003", False), ("0004", False)
    ]  # fmt: skip


async def test_a_change_that_is_given_up_is_told_and_its_way_back_waits_for_no_interval(tmp_path: Path) -> None:
    changing = replace(CLUSTER, software=LARGER, rollout=Rollout(scaling=SCALING, batch_at=NOW))
    async with stored(tmp_path, changing) as work:
        await work.store.write(
            lambda tx: rewrites.restore_software(tx, situation(changing), CLUSTER.software, "no memory", 1)
        )

        written = await get(work, changing)
        ((source, line),) = await work.history()
    assert (written.software, written.rollout) == (CLUSTER.software, Rollout(scaling=SCALING))
    assert source == "sessions" and "cache.m5.large" in line and "no memory" in line


async def test_a_cluster_is_forgotten_with_its_tags_once_that_was_asked_for(tmp_path: Path) -> None:
    async with stored(tmp_path) as work:
        arn = ids.arn(CLUSTER.region, work.world.account_id, "cluster", CLUSTER.id)
        await work.store.write(lambda tx: tags.save_tags(tx, arn, {"team": "web"}))
        await work.store.write(lambda tx: rewrites.forget_cluster(tx, work.world, situation()))
        kept = await find(work, CLUSTER)
        await save(work, replace(CLUSTER, deletion=Deletion(requested_at=NOW)))

        await work.store.write(lambda tx: rewrites.forget_cluster(tx, work.world, situation()))
        await work.store.write(lambda tx: rewrites.forget_cluster(tx, work.world, situation()))

        assert kept == CLUSTER, "nobody had asked"
        assert await find(work, CLUSTER) is None
        assert await work.store.read(lambda tx: tags.get_tags(tx, arn)) == {}
        assert await work.history() == [("sessions", "Cache cluster deleted")]
        await save(work, CLUSTER)
