"""One pass over one replication group: load → observe → plan → record → execute.

Called by the loop, and step by step by the simulation. A pass is one look and one decision: what it
ordered is for the next pass to see.
"""

import logging
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from elastane.engines import discovery
from elastane.model.acls import Acl, WantedUsers, wanted_users
from elastane.model.events import Event
from elastane.model.iam_tokens import Cache, WantedTokens, wanted_tokens
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import GroupKey, ReplicationGroup, Software
from elastane.model.rests import rest_seconds
from elastane.model.secrets import Secret
from elastane.reconcile.execute import execute
from elastane.reconcile.observe import fit_binaries, observe
from elastane.reconcile.orders import pending_memory_bytes, target_parameters
from elastane.reconcile.patience import seconds_after, seconds_to_wait, seconds_without_act
from elastane.reconcile.plan import RULES, Act, Rule, plan
from elastane.reconcile.plan.slots import SLOTS
from elastane.reconcile.plan.tokens import TOKENS
from elastane.reconcile.record import record_failure, record_pass
from elastane.reconcile.situation import Situation
from elastane.reconcile.step_failures import StepFailed
from elastane.reconcile.steps import CarrySlots, SideBySide, Step
from elastane.reconcile.transitions import events_between
from elastane.reconcile.world import World
from elastane.store import Transaction, acls, credentials, iam_signers, parameter_groups, replication_groups
from elastane.store import events as event_rows

log = logging.getLogger("elastane.reconcile")


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass starts from: read in one transaction."""

    group: ReplicationGroup
    revision: int
    before: ObservedReplicationGroup
    secret: Secret
    pending_parameter_group: ParameterGroup | None = None
    """Likewise, of what waits for the maintenance window."""
    parameter_group: ParameterGroup | None = None
    """The customer's own; None for a default one, and for one that was lost with a store."""
    users: WantedUsers | None = None
    """None when they cannot be known: they were lost with a store."""
    tokens: WantedTokens | None = None
    """None where there are no users of IAM."""
    unsteady: str | None = None
    """Why nothing might be done when this was read. What was read then is not to be acted on later either: with the
    confirmation of a lost store documents change, and what they said was open may be closed by then."""


async def load_work(world: World, key: GroupKey) -> Work | None:
    """None when the group is gone."""
    unsteady = world.unsteady()  # asked before anything is read: whoever ends it has written by then
    work = await world.store.read(lambda tx: _load(tx, key, world))
    return None if work is None else replace(work, unsteady=unsteady)


async def run_pass(world: World, work: Work, rules: tuple[tuple[str, Rule], ...] = RULES) -> float:
    """One pass; answers after how many seconds to look again if nothing rings before. Other rules are for tests.

    Raises HostError, StoreError (Conflict among them) when the world kept it from being one.
    """
    software = work.group.software
    binary = discovery.choose(
        fit_binaries(world, is_encrypted=work.group.access.is_encrypted),
        software.engine,
        software.version,
        software.patch,
    )
    situation = await observe(
        world,
        work.group,
        work.before,
        work.secret,
        target_parameters(work.group, work.parameter_group, binary, world.io_threads_max),
        work.parameter_group,
        pending_memory_bytes(work.group, work.pending_parameter_group),
        work.users,
        work.tokens,
        work.unsteady,
    )
    decision = plan(situation, rules)
    verdict = decision.verdict
    record = record_pass(situation, decision)
    await _save(world, situation, work.before, record)
    if not isinstance(verdict, Act):
        return seconds_without_act(verdict, record.verdict, situation.now)
    names = ",".join(type(step).__name__ for step in verdict.steps)
    # What every minute brings is no news.
    level = logging.DEBUG if decision.rule == TOKENS else logging.INFO
    log.log(level, "acting group=%s rule=%s steps=%s why=%s", work.group.key, decision.rule, names, verdict.why)
    return await _act(world, situation, work, record, verdict.steps)


async def record_trouble(world: World, work: Work, sentence: str) -> float:
    """Tells the customer what kept a pass from being one; answers when to try again."""
    situation = Situation(group=work.group, nodes=(), before=work.before, target_parameters={}, now=world.now())
    failed = record_failure(work.before, situation, sentence, is_permanent=False)
    await _save(world, situation, work.before, failed)
    assert failed.failure is not None
    return rest_seconds(failed.failure.count)


async def _act(
    world: World, situation: Situation, work: Work, record: ObservedReplicationGroup, steps: tuple[Step, ...]
) -> float:
    try:
        await execute(world, situation, work.secret, work.revision, steps)
    except StepFailed as failure:
        failed = record_failure(record, situation, failure.sentence, is_permanent=failure.is_permanent)
        await _save(world, situation, record, failed)
        assert failed.failure is not None
        if failed.failure.count == 1:
            log.warning("step failed group=%s reason=%s", work.group.key, failure.sentence)
        is_anybody_silent = any(seen.silence is not None for seen in situation.nodes)
        return seconds_after(failed.failure, is_anybody_silent=is_anybody_silent)
    assert record.verdict is not None
    if record.failure is not None and record.failure.rule == record.verdict.rule == SLOTS:
        await _save(world, situation, record, replace(record, failure=None))  # only failures in a row end a resharding
    is_new = record.verdict.since == situation.now or _takes_its_time(steps)
    # An order that was accepted and changed nothing must not be given a thousand times a second.
    return 0 if is_new else seconds_to_wait(record.verdict, situation.now)


def _takes_its_time(steps: tuple[Step, ...]) -> bool:
    """Slots that are carried fill their share of a pass: that is progress, also while the sentence stays the same."""
    return any(
        isinstance(step, CarrySlots) or (isinstance(step, SideBySide) and any(map(_takes_its_time, step.tracks)))
        for step in steps
    )


async def _save(
    world: World, situation: Situation, before: ObservedReplicationGroup, after: ObservedReplicationGroup
) -> None:
    """In one transaction with its events; a pass that saw nothing new writes nothing."""
    if after == before:
        return
    lines = events_between(situation, before, after)
    await world.store.write(lambda tx: _save_observed(tx, situation.group.key, after, lines))


def _load(tx: Transaction, key: GroupKey, world: World) -> Work | None:
    stored = replication_groups.find_replication_group(tx, key)
    if stored is None:
        return None
    secret = credentials.get_control_secret(tx, stored.body.credential_id)
    acl = acls.find_acl(tx, stored.body)
    return Work(
        group=stored.body,
        revision=stored.revision,
        before=replication_groups.get_observed(tx, key),
        secret=secret,
        parameter_group=_find_parameter_group(tx, key, stored.body.software),
        users=None if acl is None else wanted_users(acl, secret),
        tokens=_find_tokens(tx, world, stored.body, acl or (), secret),
        pending_parameter_group=_find_parameter_group(tx, key, stored.body.pending),
    )


def _find_tokens(
    tx: Transaction, world: World, group: ReplicationGroup, acl: Acl, secret: Secret
) -> WantedTokens | None:
    names = tuple(user.name for user in acl if user.signs_in_with_tokens)
    if not names:
        return None
    cache, now = Cache(id=group.id, region=group.region), world.now()
    signers = iam_signers.find_signers(tx, world.account_id, world.root, cache, names, now)
    return wanted_tokens(cache, names, signers, now, secret)


def _find_parameter_group(tx: Transaction, key: GroupKey, software: Software | None) -> ParameterGroup | None:
    if software is None:
        return None
    stored = parameter_groups.find_parameter_group(tx, key.region, software.parameter_group_name)
    return None if stored is None else stored.body


def _save_observed(tx: Transaction, key: GroupKey, observed: ObservedReplicationGroup, lines: Iterable[Event]) -> None:
    if replication_groups.find_replication_group(tx, key) is None:
        return  # removed meanwhile: what was seen of it is of no use to anybody
    replication_groups.save_observed(tx, key, observed)
    event_rows.append_events(tx, lines)
