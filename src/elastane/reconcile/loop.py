"""The loop: one worker a cache, woken by its bell or by the clock, one pass at a time.

Replication groups and Memcached clusters have passes of their own; when those come, and what becomes of them, is the
same (`_load`).

A wake-up says *look*, never *what*: losing one costs seconds, two of them cost nothing. Once there
was the thought of passing the changed document along with the bell; it was dropped, because then an
old document could overtake a new one.

Errors, in order of how bad they are: the world's (a StepFailed, a HostError, a store that cannot be
used) are recorded and tried again later and later; anything else is our bug: a traceback for the
operator, and the customer reads "internal failure" until a later pass gets through.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from elastane.clock import every
from elastane.engines import NodeAddress
from elastane.hosts import HostError
from elastane.model.ids import node_key
from elastane.model.replication_groups import Form, GroupKey
from elastane.reconcile import passes
from elastane.reconcile.heartbeat import Heartbeat
from elastane.reconcile.memcached import passes as memcached_passes
from elastane.reconcile.observe import node_address
from elastane.reconcile.passes import Work
from elastane.reconcile.patience import IDLE_SECONDS
from elastane.reconcile.turns import last_turn_before
from elastane.reconcile.world import World
from elastane.store import Conflict, StoreUnusable, Transaction, caches

log = logging.getLogger("elastane.reconcile")

SCAN_SECONDS = 30.0
"""How often the store is asked for caches whose bell was lost."""

BLIND_SECONDS = 3.0
"""How long to wait when the store cannot be used: who is blind does nothing."""


class _Loaded(NamedTuple):
    """A cache as it was read for a pass: what the loop has to know of it, whatever kind it is."""

    process_keys: tuple[str, ...]
    """Whose deaths are to be heard of."""
    primaries: tuple[NodeAddress, ...]
    """Which of its nodes the heartbeat listens to."""
    run_pass: Callable[[], Awaitable[float]]
    record_trouble: Callable[[str], Awaitable[float]]


class Reconciler:
    """Runs a worker for every cache there is. `run` goes on until it is cancelled."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wake: dict[GroupKey, asyncio.Event] = {}
        self._key_of_process: dict[str, GroupKey] = {}
        self._broken: set[GroupKey] = set()
        self._heartbeat = Heartbeat(world.engines, world.store.bell.ring)
        world.host.watch(self._process_ended)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(every(SCAN_SECONDS, self._scan), name="reconcile-scan")
            tasks.create_task(self._heartbeat.run(), name="reconcile-heartbeat")
            while True:
                for key in await self._world.store.bell.next_rung():
                    self._rouse(tasks, key)

    def _rouse(self, tasks: asyncio.TaskGroup, key: GroupKey) -> None:
        if key not in self._wake:
            self._wake[key] = asyncio.Event()
            tasks.create_task(self._worker(key), name=f"reconcile {key}")
        self._wake[key].set()

    async def _scan(self) -> None:
        """Rings for every cache that has no worker: at the start for all that outlived us, then for lost bells.

        One that has a worker is looked at by the clock anyway; ringing for all made them all come at once.
        """
        try:
            found = await self._world.store.read(_list_keys)
        except StoreUnusable as error:
            log.error("scan failed reason=%s", error)
            return
        for key in found:
            if key not in self._wake:
                self._world.store.bell.ring(key)

    def _process_ended(self, ended: str) -> None:
        """Called by the host within milliseconds of a death. The pass will see which one and why."""
        key = self._key_of_process.get(ended)
        if key is not None:
            self._world.store.bell.ring(key)

    async def _worker(self, key: GroupKey) -> None:
        """Passes over one cache until it is gone."""
        wake = self._wake[key]
        try:
            while True:
                wake.clear()
                delay_seconds = await self._guarded_pass(key)
                if delay_seconds is None:
                    if wake.is_set():
                        continue  # made anew under the same name while we looked
                    return
                if delay_seconds > 0:
                    try:
                        async with asyncio.timeout_at(_due_seconds(key, delay_seconds)):
                            await wake.wait()
                    except TimeoutError:
                        pass  # the clock is a wake-up like any other
        finally:
            del self._wake[key]

    async def _guarded_pass(self, key: GroupKey) -> float | None:
        """One pass, with the world's failures and our own bugs turned into a delay; None when the cache is gone."""
        loaded: _Loaded | None = None
        try:
            loaded = await _load(self._world, key)
            if loaded is None:
                self._forget_processes(key)
                self._heartbeat.listen(key, ())
                return None
            self._key_of_process |= dict.fromkeys(loaded.process_keys, key)
            self._heartbeat.listen(key, loaded.primaries)
            delay_seconds = await loaded.run_pass()
            self._broken.discard(key)
            return delay_seconds
        except Conflict:
            return 0
        except StoreUnusable as error:
            self._log_once(key, str(error))
            return BLIND_SECONDS
        except HostError as error:
            self._log_once(key, str(error))
            return await self._record_trouble(key, loaded, str(error))
        except Exception:
            log.exception("pass stopped by a bug of ours group=%s", key)
            return await self._record_trouble(key, loaded, "internal failure")

    async def _record_trouble(self, key: GroupKey, loaded: _Loaded | None, sentence: str) -> float:
        if loaded is None:
            return BLIND_SECONDS
        try:
            return await loaded.record_trouble(sentence)
        except StoreUnusable as error:
            self._log_once(key, str(error))
            return BLIND_SECONDS

    def _forget_processes(self, key: GroupKey) -> None:
        self._key_of_process = {process: owner for process, owner in self._key_of_process.items() if owner != key}

    def _log_once(self, key: GroupKey, reason: str) -> None:
        """Once when it breaks, not at every pass."""
        if key not in self._broken:
            self._broken.add(key)
            log.error("pass failed group=%s reason=%s", key, reason)


def _list_keys(tx: Transaction) -> list[GroupKey]:
    return [cache.key for cache in caches.list_caches(tx)]


async def _load(world: World, key: GroupKey) -> _Loaded | None:
    """None when the cache is gone."""
    if key.form is Form.MEMCACHED_CLUSTER:
        cluster_work = await memcached_passes.load_work(world, key)
        if cluster_work is None:
            return None
        return _Loaded(
            process_keys=cluster_work.cluster.process_keys,
            primaries=(),  # nobody could take over; who hangs there is found by looks
            run_pass=functools.partial(memcached_passes.run_pass, world, cluster_work),
            record_trouble=functools.partial(memcached_passes.record_trouble, world, cluster_work),
        )
    work = await passes.load_work(world, key)
    if work is None:
        return None
    return _Loaded(
        process_keys=tuple(node_key(key.region, node.id) for node in work.group.nodes),
        primaries=_primaries_to_hear(work),
        run_pass=functools.partial(passes.run_pass, world, work),
        record_trouble=functools.partial(passes.record_trouble, world, work),
    )


def _primaries_to_hear(work: Work) -> tuple[NodeAddress, ...]:
    """The primaries last seen, where a replica could take over from them."""
    group = work.group
    if group.deletion is not None:
        return ()
    return tuple(
        node_address(group, node, work.secret)
        for node_group in group.node_groups
        for node in node_group.nodes
        if node.id == work.before.primaries.get(node_group.id)
        and any(other is not node and not other.is_leaving for other in node_group.nodes)
    )


def _due_seconds(key: GroupKey, delay_seconds: float) -> float:
    """When to look again, on the event loop's clock. What is in no hurry waits for its group's turn."""
    due_seconds = asyncio.get_running_loop().time() + delay_seconds
    return due_seconds if delay_seconds < IDLE_SECONDS else last_turn_before(key, due_seconds)
