"""The loop: one worker a group, woken by its bell or by the clock, one pass at a time.

A wake-up says *look*, never *what*: losing one costs seconds, two of them cost nothing. Once there
was the thought of passing the changed document along with the bell; it was dropped, because then an
old document could overtake a new one.

Errors, in order of how bad they are: the world's (a StepFailed, a HostError, a store that cannot be
used) are recorded and tried again later and later; anything else is our bug: one traceback, and the
customer reads "internal failure" until a later pass gets through.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime

import msgspec

from elastane.clock import every
from elastane.hosts import HostError
from elastane.model.events import Event
from elastane.model.replication_groups import GroupKey, ObservedReplicationGroup, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile.execute import StepFailed, execute
from elastane.reconcile.observe import node_key, observe
from elastane.reconcile.orders import target_parameters
from elastane.reconcile.plan import RULES, Act, Satisfied, Wait, plan
from elastane.reconcile.record import record_failure, record_pass
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import Step
from elastane.reconcile.transitions import events_between
from elastane.reconcile.world import World
from elastane.store import Conflict, StoreUnusable, Transaction, credentials, replication_groups
from elastane.store import events as event_rows

log = logging.getLogger("elastane.reconcile")

IDLE_SECONDS = 2.0
"""How often a group is looked at when nothing rings: deaths and changes ring at once."""

WAIT_SECONDS_MIN = 0.01
WAIT_SECONDS_MAX = 1.0
FAILURE_SECONDS_MIN = 0.25
FAILURE_SECONDS_MAX = 30.0
SCAN_SECONDS = 30.0
"""How often the store is asked for groups whose bell was lost."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass starts from: read in one transaction."""

    group: ReplicationGroup
    revision: int
    before: ObservedReplicationGroup
    secret: Secret


class Reconciler:
    """Runs a worker for every group there is. `run` goes on until it is cancelled."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wake: dict[GroupKey, asyncio.Event] = {}
        self._key_of_node: dict[str, GroupKey] = {}
        world.host.watch(self._process_ended)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(every(SCAN_SECONDS, self._scan), name="reconcile-scan")
            while True:
                for key in await self._world.store.bell.next_rung():
                    self._rouse(tasks, key)

    def _rouse(self, tasks: asyncio.TaskGroup, key: GroupKey) -> None:
        if key not in self._wake:
            self._wake[key] = asyncio.Event()
            tasks.create_task(self._worker(key), name=f"reconcile {key}")
        self._wake[key].set()

    async def _scan(self) -> None:
        """Rings for every group in the store: at the start for all that outlived us, then for lost bells."""
        try:
            found = await self._world.store.read(lambda tx: replication_groups.list_replication_groups(tx))
        except StoreUnusable as error:
            log.error("scan failed reason=%s", error)
            return
        for stored in found:
            self._world.store.bell.ring(stored.body.key)

    def _process_ended(self, ended: str) -> None:
        """Called by the host within milliseconds of a death. The pass will see which one and why."""
        key = self._key_of_node.get(ended)
        if key is not None:
            self._world.store.bell.ring(key)

    async def _worker(self, key: GroupKey) -> None:
        """Passes over one group until it is gone."""
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
                        async with asyncio.timeout(delay_seconds):
                            await wake.wait()
                    except TimeoutError:
                        pass  # the clock is a wake-up like any other
        finally:
            del self._wake[key]

    async def _guarded_pass(self, key: GroupKey) -> float | None:
        """One pass, with the world's failures and our own bugs turned into a delay; None when the group is gone."""
        try:
            return await self._pass(key)
        except Conflict:
            return 0
        except (StoreUnusable, HostError) as error:
            log.error("pass failed group=%s reason=%s", key, error)
            return FAILURE_SECONDS_MAX / 10
        except Exception:
            log.exception("pass stopped by a bug of ours group=%s", key)
            await self._record_bug(key)
            return FAILURE_SECONDS_MAX

    async def _pass(self, key: GroupKey) -> float | None:
        work = await self._world.store.read(lambda tx: _load(tx, key))
        if work is None:
            self._forget(key)
            return None
        for node in work.group.nodes:
            self._key_of_node[node_key(work.group.region, node.id)] = key
        situation = await observe(self._world, work.group, work.before, work.secret, target_parameters(work.group))
        rule, verdict = plan(situation, RULES)
        record = record_pass(situation, rule, verdict)
        await self._save(situation, work.before, record)
        match verdict:
            case Act(steps=steps, why=why):
                log.info("acting group=%s rule=%s steps=%s why=%s", key, rule, _step_names(steps), why)
                return await self._act(situation, work, record, steps)
            case Wait():
                return _patience(record, situation.now)
            case Satisfied():
                return IDLE_SECONDS
            case _:
                return SCAN_SECONDS

    async def _act(
        self, situation: Situation, work: Work, record: ObservedReplicationGroup, steps: tuple[Step, ...]
    ) -> float:
        try:
            await execute(self._world, situation, work.secret, work.revision, steps)
        except StepFailed as failure:
            failed = record_failure(record, situation, failure.sentence, is_permanent=failure.is_permanent)
            await self._save(situation, record, failed)
            assert failed.failure is not None
            if failed.failure.count == 1:
                log.warning("step failed group=%s reason=%s", work.group.key, failure.sentence)
            return _rest_seconds(failed.failure.count)
        assert record.verdict is not None
        is_new = record.verdict.since == situation.now
        # An order that was accepted and changed nothing must not be given a thousand times a second.
        return 0 if is_new else _patience(record, situation.now)

    async def _save(
        self, situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
    ) -> None:
        """In one transaction with its events; a pass that saw nothing new writes nothing."""
        if after == before:
            return
        lines = events_between(situation, before, after)
        await self._world.store.write(lambda tx: _save_observed(tx, situation.group.key, after, lines))

    async def _record_bug(self, key: GroupKey) -> None:
        """Tells the customer that we failed, if the store still can."""

        def record(tx: Transaction) -> None:
            work = _load(tx, key)
            if work is None:
                return
            situation = Situation(
                group=work.group, nodes=(), before=work.before, target_parameters={}, now=self._world.now()
            )
            failed = record_failure(work.before, situation, "internal failure", is_permanent=False)
            _save_observed(tx, key, failed, events_between(situation, work.before, failed))

        try:
            await self._world.store.write(record)
        except StoreUnusable as error:
            log.error("failure not recorded group=%s reason=%s", key, error)

    def _forget(self, key: GroupKey) -> None:
        self._key_of_node = {node: owner for node, owner in self._key_of_node.items() if owner != key}


def _load(tx: Transaction, key: GroupKey) -> Work | None:
    stored = replication_groups.find_replication_group(tx, key)
    if stored is None:
        return None
    return Work(
        group=stored.body,
        revision=stored.revision,
        before=replication_groups.get_observed(tx, key),
        secret=credentials.get_control_secret(tx, stored.body.credential_id),
    )


def _save_observed(tx: Transaction, key: GroupKey, observed: ObservedReplicationGroup, lines: Iterable[Event]) -> None:
    if replication_groups.find_replication_group(tx, key) is None:
        return  # removed meanwhile: what was seen of it is of no use to anybody
    replication_groups.save_observed(tx, key, observed)
    event_rows.append_events(tx, lines)


def _patience(record: ObservedReplicationGroup, now: datetime) -> float:
    """Look again soon after a change, and less and less often: a tenth of how long it has lasted."""
    assert record.verdict is not None
    waited_seconds = (now - record.verdict.since).total_seconds()
    return min(WAIT_SECONDS_MAX, max(WAIT_SECONDS_MIN, waited_seconds / 10))


def _rest_seconds(failure_count: int) -> float:
    """After the n-th failure in a row."""
    return float(min(FAILURE_SECONDS_MAX, FAILURE_SECONDS_MIN * 2 ** min(failure_count - 1, 10)))


def _step_names(steps: Iterable[Step]) -> str:
    return ",".join(type(step).__name__ for step in steps)
