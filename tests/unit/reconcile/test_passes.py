"""How long after a pass the next one comes, where that decides what can be found out."""

from datetime import datetime, timedelta
from pathlib import Path

from elastane.reconcile.passes import load_work, run_pass
from elastane.reconcile.patience import WAIT_SECONDS_MAX
from tests.kit import groups
from tests.kit.fake_world import FakeWorld

FIRST, SECOND, THIRD = (groups.node(f"orders-00{number}") for number in (1, 2, 3))
GROUP = groups.group("orders", FIRST, SECOND, THIRD)


class Clock:
    def __init__(self) -> None:
        self.moment = groups.CREATED_AT

    def __call__(self) -> datetime:
        return self.moment


async def delays(work: FakeWorld, clock: Clock, count: int) -> list[float]:
    """What each pass asks to wait; and so long is waited."""
    found = []
    for _ in range(count):
        loaded = await load_work(work.world, GROUP.key)
        assert loaded is not None
        found.append(await run_pass(work.world, loaded))
        clock.moment += timedelta(seconds=found[-1] + 0.01)
    return found


async def failure_count(work: FakeWorld) -> int:
    failure = (await work.observed(GROUP)).failure
    assert failure is not None
    return failure.count


async def test_while_steps_fail_a_silent_node_is_looked_at_once_a_second_all_the_same(tmp_path: Path) -> None:
    """What fails may fail because of it: at rests of half a minute nobody would find out that it hangs."""
    clock = Clock()
    work = FakeWorld(tmp_path, now=clock)
    try:
        await work.save(GROUP)
        await delays(work, clock, 20)
        work.host.processes.refuse_starts("us-east-1/orders-003", "the disk is full")
        work.host.kill("us-east-1/orders-003")
        loud = await delays(work, clock, 80)
        before = await failure_count(work)

        work.host.engines.blind(work.host.at("us-east-1/orders-002"))
        quiet = await delays(work, clock, 80)
        after = await failure_count(work)
    finally:
        work.store.close()

    assert max(loud) > WAIT_SECONDS_MAX, "a failure is left alone for longer and longer"
    assert after > before and max(quiet) <= WAIT_SECONDS_MAX


async def test_what_was_read_while_nothing_might_be_done_is_not_acted_on_afterwards(tmp_path: Path) -> None:
    """A store that was lost is confirmed between the two: what the pass has read is what the documents said before."""
    work = FakeWorld(tmp_path)
    try:
        await work.save(GROUP)
        work.unsteady = "the store was lost"
        before = await load_work(work.world, GROUP.key)
        work.unsteady = None
        assert before is not None
        await run_pass(work.world, before)
        waiting = (await work.observed(GROUP)).verdict
        after = await load_work(work.world, GROUP.key)
        assert after is not None
        await run_pass(work.world, after)
        acting = (await work.observed(GROUP)).verdict
    finally:
        work.store.close()

    assert waiting is not None and waiting.sentence == "the store was lost"
    assert acting is not None and acting.sentence != waiting.sentence
