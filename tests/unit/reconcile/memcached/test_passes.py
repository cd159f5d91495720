"""How long after a pass over a Memcached cluster the next one comes, and what a pass may act on."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from elastane.reconcile.memcached.passes import load_work, record_trouble, run_pass
from elastane.reconcile.patience import IDLE_SECONDS, WAIT_SECONDS_MAX
from tests.kit import groups
from tests.kit.fake_world import FakeWorld
from tests.kit.memcached_clusters import memcached_cluster
from tests.kit.memcached_world import memcached_world, observed, save

CLUSTER = memcached_cluster("sessions")
FIRST, SECOND = CLUSTER.nodes


class Clock:
    def __init__(self) -> None:
        self.moment = groups.CREATED_AT

    def __call__(self) -> datetime:
        return self.moment


@contextlib.asynccontextmanager
async def stored(directory: Path, clock: Clock) -> AsyncIterator[FakeWorld]:
    work = memcached_world(directory, now=clock)
    with contextlib.closing(work.store):
        await save(work, CLUSTER)
        yield work


async def delays(work: FakeWorld, clock: Clock, count: int) -> list[float]:
    """What each pass asks to wait; and so long is waited."""
    found = []
    for _ in range(count):
        loaded = await load_work(work.world, CLUSTER.key)
        assert loaded is not None
        found.append(await run_pass(work.world, loaded))
        clock.moment += timedelta(seconds=found[-1] + 0.01)
    return found


async def test_what_is_as_it_shall_be_is_left_alone_for_the_longest_and_nothing_is_written_again(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with stored(tmp_path, clock) as work:
        made = await delays(work, clock, 10)
        before = await observed(work, CLUSTER)
        idle = await delays(work, clock, 3)

        assert made[0] == 0 and made[-1] == IDLE_SECONDS
        assert idle == [IDLE_SECONDS] * 3
        assert await observed(work, CLUSTER) == before


async def test_while_steps_fail_a_silent_node_is_looked_at_once_a_second_all_the_same(tmp_path: Path) -> None:
    clock = Clock()
    async with stored(tmp_path, clock) as work:
        await delays(work, clock, 10)
        work.host.processes.refuse_starts(CLUSTER.node_key(FIRST), "the disk is full")
        work.host.kill(CLUSTER.node_key(FIRST))
        loud = await delays(work, clock, 30)

        work.host.memcached.unreached.add(SECOND.address)
        quiet = await delays(work, clock, 30)

    assert max(loud) == IDLE_SECONDS, "one that does not start keeps nobody else from being looked at"
    assert max(quiet) <= WAIT_SECONDS_MAX


async def test_a_silent_node_of_a_cluster_that_is_well_is_looked_at_again_within_a_second(tmp_path: Path) -> None:
    clock = Clock()
    async with stored(tmp_path, clock) as work:
        await delays(work, clock, 10)
        work.host.memcached.unreached.add(SECOND.address)

        quiet = await delays(work, clock, 20)

    assert max(quiet) <= WAIT_SECONDS_MAX


async def test_what_was_read_while_nothing_might_be_done_is_not_acted_on_afterwards(tmp_path: Path) -> None:
    async with stored(tmp_path, Clock()) as work:
        work.unsteady = "the store was lost"
        before = await load_work(work.world, CLUSTER.key)
        work.unsteady = None
        assert before is not None
        await run_pass(work.world, before)

        assert await work.host.list_nodes() == ()


async def test_what_kept_a_pass_from_being_one_is_told_once_and_tried_later_and_later(tmp_path: Path) -> None:
    async with stored(tmp_path, Clock()) as work:
        rests = []
        for _ in range(3):
            loaded = await load_work(work.world, CLUSTER.key)
            assert loaded is not None
            rests.append(await record_trouble(work.world, loaded, "its identity cannot be read"))

        assert rests == sorted(rests) and rests[0] < rests[2]
        assert len(await work.history()) == 1
