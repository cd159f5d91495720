"""One pass over one Memcached cluster: load → observe → plan → record → execute, as in `reconcile.passes`."""

import logging
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from elastane.model.events import Event
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observations import Absent, Refusing
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import GroupKey
from elastane.model.rests import rest_seconds
from elastane.reconcile.memcached.execute import execute
from elastane.reconcile.memcached.observe import observe
from elastane.reconcile.memcached.plan import plan
from elastane.reconcile.memcached.record import record_failure, record_pass
from elastane.reconcile.memcached.situation import SeenEndpoint, Situation
from elastane.reconcile.memcached.steps import Step
from elastane.reconcile.memcached.transitions import events_between
from elastane.reconcile.memcached.verdicts import Act
from elastane.reconcile.patience import IDLE_SECONDS, seconds_after, seconds_to_wait, seconds_without_act
from elastane.reconcile.step_failures import StepFailed
from elastane.reconcile.world import World
from elastane.store import Transaction, memcached_clusters, parameter_groups
from elastane.store import events as event_rows

log = logging.getLogger("elastane.reconcile")


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass starts from: read in one transaction."""

    cluster: MemcachedCluster
    revision: int
    before: ObservedMemcachedCluster
    parameter_group: ParameterGroup | None = None
    """The customer's own; None for a default one, and for one that was lost with a store."""
    unsteady: str | None = None
    """Why nothing might be done when this was read, and so not later either: see `reconcile.passes`."""


async def load_work(world: World, key: GroupKey) -> Work | None:
    """None when the cluster is gone."""
    unsteady = world.unsteady()  # asked before anything is read: whoever ends it has written by then
    work = await world.store.read(lambda tx: _load(tx, key))
    return None if work is None else replace(work, unsteady=unsteady)


async def run_pass(world: World, work: Work) -> float:
    """One pass; answers after how many seconds to look again if nothing rings before.

    Raises HostError, StoreError (Conflict among them) when the world kept it from being one.
    """
    situation = await observe(world, work.cluster, work.before, work.parameter_group, work.unsteady)
    decision = plan(situation)
    verdict = decision.verdict
    record = record_pass(situation, decision)
    await _save(world, situation, work.before, record)
    if not isinstance(verdict, Act):
        return seconds_without_act(verdict, record.verdict, situation.now)
    names = ",".join(type(step).__name__ for step in verdict.steps)
    log.info("acting group=%s rule=%s steps=%s why=%s", work.cluster.key, decision.rule, names, verdict.why)
    return await _act(world, situation, work, record, verdict.steps)


async def record_trouble(world: World, work: Work, sentence: str) -> float:
    """Tells the customer what kept a pass from being one; answers when to try again."""
    situation = Situation(
        cluster=work.cluster,
        nodes=(),
        endpoint=SeenEndpoint(process=Absent(), engine=Refusing(), before=None),
        before=work.before,
        now=world.now(),
        wanted_settings={},
    )
    failed = record_failure(work.before, situation, sentence, is_permanent=False)
    await _save(world, situation, work.before, failed)
    assert failed.failure is not None
    return rest_seconds(failed.failure.count)


async def _act(
    world: World, situation: Situation, work: Work, record: ObservedMemcachedCluster, steps: tuple[Step, ...]
) -> float:
    assert record.verdict is not None
    try:
        await execute(world, situation, work.revision, steps)
    except StepFailed as failure:
        failed = record_failure(record, situation, failure.sentence, is_permanent=failure.is_permanent)
        await _save(world, situation, record, failed)
        assert failed.failure is not None
        if failed.failure.count == 1:
            log.warning("step failed group=%s reason=%s", work.cluster.key, failure.sentence)
        silences = (*(seen.silence for seen in situation.nodes), situation.endpoint.silence)
        # What keeps failing rests by itself (`plan.nodes`); meanwhile somebody else may begin to hang.
        return min(IDLE_SECONDS, seconds_after(failed.failure, is_anybody_silent=any(silences)))
    # An order that was accepted and changed nothing must not be given a thousand times a second.
    return 0 if record.verdict.since == situation.now else seconds_to_wait(record.verdict, situation.now)


async def _save(
    world: World, situation: Situation, before: ObservedMemcachedCluster, after: ObservedMemcachedCluster
) -> None:
    """In one transaction with its events; a pass that saw nothing new writes nothing."""
    if after == before:
        return
    lines = events_between(situation, before, after)
    await world.store.write(lambda tx: _save_observed(tx, situation.cluster.key, after, lines))


def _load(tx: Transaction, key: GroupKey) -> Work | None:
    stored = memcached_clusters.find_memcached_cluster(tx, key)
    if stored is None:
        return None
    own = parameter_groups.find_parameter_group(tx, key.region, stored.body.software.parameter_group_name)
    return Work(
        cluster=stored.body,
        revision=stored.revision,
        before=memcached_clusters.get_observed(tx, key),
        parameter_group=None if own is None else own.body,
    )


def _save_observed(tx: Transaction, key: GroupKey, observed: ObservedMemcachedCluster, lines: Iterable[Event]) -> None:
    if memcached_clusters.find_memcached_cluster(tx, key) is None:
        return  # removed meanwhile: what was seen of it is of no use to anybody
    memcached_clusters.save_observed(tx, key, observed)
    event_rows.append_events(tx, lines)
