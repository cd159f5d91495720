"""Doing: one step after the other, until all are done or one fails.

The one place besides observe where the world's errors are caught: a step that fails becomes a
`StepFailed` with a sentence, the rest of the steps are left alone, and the next pass decides anew
from what it then sees. Nothing is retried here.
"""

import asyncio
import functools
from collections.abc import Coroutine, Iterable, Sequence
from typing import assert_never

from msgspec.structs import replace

from elastane.engines import EngineError, KeyTooLarge, discovery
from elastane.hosts import HostError, StartFailed, ZoneLost
from elastane.model import events, ids
from elastane.model.engine_supply import Installable, Installing
from elastane.model.events import Event
from elastane.model.ids import NodeId
from elastane.model.replication_groups import Form, Node, NodeGroup, ReplicationGroup, Software
from elastane.model.secrets import Secret
from elastane.model.slots import NO_SLOTS
from elastane.model.software import start_patch
from elastane.reconcile import rewrites
from elastane.reconcile.observe import node_address, node_key
from elastane.reconcile.orders import Boot, node_order
from elastane.reconcile.plan import parameters, shards
from elastane.reconcile.plan.engine_supply import FAILED_TRIES_MAX
from elastane.reconcile.plan.nodes import ADDRESS_TAKEN, address_taken
from elastane.reconcile.rewrites import NoAddressFree
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import (
    AddTemporaryNode,
    ApplyPending,
    DropPending,
    EngineOrder,
    FenceNodes,
    ForgetGroup,
    ForgetNode,
    InstallEngine,
    RecordPrimaries,
    RecordPrimary,
    RemoveDirectories,
    RestoreSoftware,
    RetireNodes,
    SetAside,
    SettleSlots,
    SideBySide,
    StartNodes,
    Step,
    StopNodes,
)
from elastane.reconcile.tell import tell
from elastane.reconcile.transitions import group_event, node_event
from elastane.reconcile.world import World
from elastane.store import Conflict, StoreError, Transaction, credentials, replication_groups, tags
from elastane.store import events as event_rows

DUMP_TIMEOUT_SECONDS = 60.0
STOP_GRACE_SECONDS = 5.0
"""Longer than the engines' own shutdown-timeout, in which a primary lets its replicas catch up."""


class StepFailed(Exception):
    """A step failed; its sentence is for a person. `is_permanent`: no retry can mend it."""

    def __init__(self, sentence: str, *, is_permanent: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_permanent = is_permanent


async def execute(world: World, situation: Situation, secret: Secret, revision: int, steps: Iterable[Step]) -> None:
    """Raises StepFailed for the first step that fails. A Conflict ends the steps silently: the bell has rung."""
    for step in steps:
        try:
            await _execute_step(world, situation, secret, revision, step)
        except Conflict:
            return
        except ZoneLost as error:
            raise StepFailed(str(error)) from error  # it comes back
        except (StartFailed, KeyTooLarge) as error:
            raise StepFailed(str(error), is_permanent=True) from error
        except (HostError, EngineError, StoreError, NoAddressFree) as error:
            raise StepFailed(str(error)) from error


async def _execute_step(world: World, situation: Situation, secret: Secret, revision: int, step: Step) -> None:
    group = situation.group
    if isinstance(step, EngineOrder):
        await tell(world, situation, secret, step)
        return
    match step:
        case StartNodes() | StopNodes() | FenceNodes() | RemoveDirectories():
            await _with_each_node(world, situation, secret, step)
        case InstallEngine(engine=engine, version=version):
            world.supply.order(engine, version)
        case RecordPrimary():
            changed = _with_primary(group, step)
            await world.store.write(
                lambda tx: replication_groups.save_replication_group(tx, changed, revision=revision)
            )
        case RecordPrimaries(records=records):
            recorded = functools.reduce(_with_primary, records, group)
            await world.store.write(
                lambda tx: replication_groups.save_replication_group(tx, recorded, revision=revision)
            )
        case AddTemporaryNode(node_group_id=part):
            await world.store.write(lambda tx: rewrites.add_temporary_node(tx, world, situation, part, revision))
        case RetireNodes(node_ids=node_ids):
            await world.store.write(lambda tx: rewrites.retire_nodes(tx, situation, node_ids, revision))
        case RestoreSoftware(software=software, reason=reason):
            await world.store.write(lambda tx: rewrites.restore_software(tx, situation, software, reason, revision))
        case ApplyPending():
            await world.store.write(lambda tx: rewrites.apply_pending(tx, situation, revision))
        case DropPending(reason=reason):
            await world.store.write(lambda tx: rewrites.drop_pending(tx, situation, reason, revision))
        case SettleSlots():
            await world.store.write(lambda tx: _settle_slots(tx, situation, step, revision))
        case SideBySide(tracks=tracks):
            await _side_by_side([execute(world, situation, secret, revision, track) for track in tracks])
        case SetAside():
            await _set_aside(world, situation, secret, step)
        case ForgetNode(node_id=node_id):
            await world.store.write(lambda tx: _forget_node(tx, world, situation, node_id))
            world.engines.forget(node_address(group, situation.get(node_id).node, secret))
        case ForgetGroup():
            await world.store.write(lambda tx: _forget_group(tx, world, situation))
            for node in group.nodes:
                world.engines.forget(node_address(group, node, secret))
        case _ as never:
            assert_never(never)


# --- engines -------------------------------------------------------------------------------------


async def _set_aside(world: World, situation: Situation, secret: Secret, step: SetAside) -> None:
    """Its data as a dump, kept where no start reads it, and told: nobody else keeps what a second primary took."""
    node = situation.get(step.node_id).node
    file_name = await world.engines.save_dump(node_address(situation.group, node, secret), DUMP_TIMEOUT_SECONDS)
    path = await world.host.set_aside(node_key(situation.group.region, node.id), file_name)
    told = events.diverged_data_kept(node.id, step.diverged_bytes, str(path))
    await world.store.write(lambda tx: event_rows.append_events(tx, (group_event(situation, told),)))


# --- processes -----------------------------------------------------------------------------------


async def _with_each_node(
    world: World, situation: Situation, secret: Secret, step: StartNodes | StopNodes | FenceNodes | RemoveDirectories
) -> None:
    group = situation.group
    nodes = [node for node in group.nodes if node.id in step.node_ids]
    match step:
        case StartNodes():
            work = [_start(world, situation, node, secret) for node in nodes]
        case StopNodes():
            work = [
                world.host.stop_process(node_key(group.region, node.id), grace_seconds=STOP_GRACE_SECONDS)
                for node in nodes
            ]
        case FenceNodes():
            work = [world.host.kill_process(node_key(group.region, node.id)) for node in nodes]
        case RemoveDirectories():
            work = [world.host.remove_directory(node_key(group.region, node.id)) for node in nodes]
        case _ as never:
            assert_never(never)
    await _side_by_side(work)


async def _side_by_side(work: Sequence[Coroutine[object, object, object]]) -> None:
    """All are tried to their end, and the first failure is told."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _start(world: World, situation: Situation, node: Node, secret: Secret) -> None:
    group = situation.group
    software = group.software
    patch = start_patch(group, situation.before.find_node(node.id))
    binary = discovery.choose(world.binaries(), software.engine, software.version, patch)
    if binary is None:
        raise _missing_engine(world, node, software)
    key = node_key(group.region, node.id)
    order = node_order(
        group,
        node,
        at=node_address(group, node, secret),
        binary=binary,
        directory=world.host.directory(key),
        node_key=key,
        boot=_boot(situation, node),
        parameter_group=situation.parameter_group,
        io_threads_max=world.io_threads_max,
    )
    try:
        await world.host.start_process(order)
    except StartFailed as error:
        if ADDRESS_TAKEN in error.sentence:
            raise StepFailed(address_taken(group, node), is_permanent=True) from error
        raise


def _missing_engine(world: World, node: Node, software: Software) -> StepFailed:
    """For rules that start nodes without having asked whether the engine is here: it is ordered if it can be."""
    engine = f"{software.engine} {software.version}"
    supply = world.supply.find(software.engine, software.version)
    match supply:
        case Installable(failure_count=count) if count < FAILED_TRIES_MAX:
            world.supply.order(software.engine, software.version)
            return StepFailed(f"{node.id} needs {engine}, which is to be installed first")
        case Installing(progress=progress):
            return StepFailed(f"{node.id} needs {engine}, which is being installed: {progress}")
        case Installable(reason=reason):
            return StepFailed(f"{node.id} needs {engine}, which could not be installed: {reason.rstrip('.')}")
        case _:
            sentence = f"{node.id} needs {engine}, and this machine has no such engine any more"
            return StepFailed(sentence, is_permanent=True)


def _boot(situation: Situation, node: Node) -> Boot:
    """It may take its node group's slots as soon as it runs, while no member serves them."""
    node_group = situation.node_group_of(node)
    primary = situation.find_primary(node_group)
    databases_min = 0 if primary is None or primary.answer is None else parameters.databases(primary.answer)
    if not situation.group.is_cluster:
        return Boot(databases_min=databases_min)
    is_plain = primary is not None and primary.view is None
    return Boot(
        nowhere_slots=shards.claim(situation, node_group) if primary is None or is_plain else NO_SLOTS,
        plain_primary=primary.node if primary is not None and is_plain else None,
        current_epoch=situation.find_cluster_epoch(),
        databases_min=databases_min,
    )


# --- the store -----------------------------------------------------------------------------------


def _with_primary(group: ReplicationGroup, step: RecordPrimary) -> ReplicationGroup:
    def changed(node_group: NodeGroup) -> NodeGroup:
        if node_group.id != step.node_group_id:
            return node_group
        ordered = replace(node_group, target_primary=step.node_id, ordered_primary=step.node_id, epoch=step.epoch)
        if step.failed_over_at is None:
            return ordered
        return replace(ordered, failed_over_at=step.failed_over_at, failover_count=ordered.failover_count + 1)

    return _with_node_groups(group, map(changed, group.node_groups))


def _settle_slots(tx: Transaction, situation: Situation, step: SettleSlots, revision: int) -> None:
    """What each node group owns becomes what it shall own; one that was to leave and still owns some stays."""
    group = situation.group
    settled = _with_node_groups(
        group,
        (
            replace(
                node_group,
                slots=step.slots.get(node_group.id, node_group.slots),
                is_leaving=node_group.is_leaving and not step.slots.get(node_group.id),
            )
            for node_group in group.node_groups
        ),
    )
    replication_groups.save_replication_group(tx, settled, revision=revision)
    event_rows.append_events(tx, (group_event(situation, events.resharding_given_up(step.reason)),))


def _with_node_groups(group: ReplicationGroup, node_groups: Iterable[NodeGroup]) -> ReplicationGroup:
    return replace(group, node_groups=tuple(node_groups))


def _forget_node(tx: Transaction, world: World, situation: Situation, node_id: NodeId) -> None:
    """Read anew inside the transaction: several nodes may leave in one pass, each saves a new revision."""
    stored = replication_groups.find_replication_group(tx, situation.group.key)
    if stored is None or all(node.id != node_id for node in stored.body.nodes):
        return
    group = _with_node_groups(
        stored.body,
        (
            replace(node_group, nodes=tuple(node for node in node_group.nodes if node.id != node_id))
            for node_group in stored.body.node_groups
            if not (node_group.is_leaving and {node.id for node in node_group.nodes} == {node_id})
        ),
    )
    replication_groups.save_replication_group(tx, group, revision=stored.revision)
    tags.remove_tags(tx, ids.arn(group.region, world.account_id, "cluster", node_id))
    if situation.get(node_id).node.is_temporary:
        return  # customers were never told of it
    event_rows.append_events(
        tx,
        (
            node_event(situation, node_id, events.cache_node_removed()),
            node_event(situation, node_id, events.cache_cluster_deleted()),
        ),
    )


def _forget_group(tx: Transaction, world: World, situation: Situation) -> None:
    stored = replication_groups.find_replication_group(tx, situation.group.key)
    if stored is None or stored.body.deletion is None:
        return
    group = stored.body
    lines: list[Event] = []
    for node in group.nodes:
        tags.remove_tags(tx, ids.arn(group.region, world.account_id, "cluster", node.id))
        lines.append(node_event(situation, node.id, events.cache_cluster_deleted()))
    if group.form is Form.REPLICATION_GROUP:
        tags.remove_tags(tx, ids.arn(group.region, world.account_id, "replicationgroup", group.id))
        lines.append(group_event(situation, events.replication_group_deleted(group.id)))
    event_rows.append_events(tx, lines)
    replication_groups.remove_replication_group(tx, group.key)
    credentials.remove_control_secret(tx, group.credential_id)
