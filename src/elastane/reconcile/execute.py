"""Doing: one step after the other, until all are done or one fails.

With its like for other caches the one place besides observe where the world's errors are caught: a step that fails
becomes a `StepFailed` with a sentence (`step_failures`), the rest of the steps are left alone, and the next pass
decides anew from what it then sees. Nothing is retried here.
"""

from collections.abc import Iterable
from typing import assert_never

from elastane.catalog import encryption
from elastane.engines import discovery
from elastane.engines.valkey import NodeCertificate, certificate_files
from elastane.hosts import StartFailed
from elastane.model import events
from elastane.model.acls import CLOSED_ACL
from elastane.model.ids import NodeId, node_key
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.slots import NO_SLOTS
from elastane.model.software import start_patch
from elastane.pki.certificates import request
from elastane.reconcile import rewrites
from elastane.reconcile.observe import fit_binaries, node_address
from elastane.reconcile.orders import Boot, node_order
from elastane.reconcile.plan import parameters, shards
from elastane.reconcile.plan.starts import ADDRESS_TAKEN, address_taken
from elastane.reconcile.rewrites import NoAddressFree
from elastane.reconcile.situation import Situation
from elastane.reconcile.step_failures import (
    STOP_GRACE_SECONDS,
    StepFailed,
    as_failures,
    missing_engine,
    side_by_side,
)
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
    RenewCertificates,
    RestoreSoftware,
    RetireNodes,
    SetAside,
    SettleSlots,
    SideBySide,
    StartNodes,
    Step,
    StopNodes,
)
from elastane.reconcile.tell import ORDER_TIMEOUT_SECONDS, tell
from elastane.reconcile.transitions import group_event
from elastane.reconcile.world import World
from elastane.store import Conflict
from elastane.store import events as event_rows

DUMP_TIMEOUT_SECONDS = 60.0


async def execute(world: World, situation: Situation, secret: Secret, revision: int, steps: Iterable[Step]) -> None:
    """Raises StepFailed for the first step that fails. A Conflict ends the steps silently: the bell has rung."""
    for step in steps:
        try:
            with as_failures():
                await _execute_step(world, situation, secret, revision, step)
        except Conflict:
            return
        except NoAddressFree as error:
            raise StepFailed(str(error)) from error


async def _execute_step(world: World, situation: Situation, secret: Secret, revision: int, step: Step) -> None:
    group = situation.group
    if isinstance(step, EngineOrder):
        await tell(world, situation, secret, step)
        return
    match step:
        case StartNodes() | StopNodes() | FenceNodes() | RemoveDirectories():
            await _with_each_node(world, situation, secret, step)
        case RenewCertificates(node_ids=node_ids):
            await side_by_side([_renew_certificate(world, situation, secret, node_id) for node_id in node_ids])
        case InstallEngine(engine=engine, version=version):
            world.supply.order(engine, version)
        case RecordPrimary():
            await world.store.write(lambda tx: rewrites.record_primaries(tx, situation, (step,), revision))
        case RecordPrimaries(records=records):
            await world.store.write(lambda tx: rewrites.record_primaries(tx, situation, records, revision))
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
        case SettleSlots(slots=slots, reason=reason):
            await world.store.write(lambda tx: rewrites.settle_slots(tx, situation, slots, reason, revision))
        case SideBySide(tracks=tracks):
            await side_by_side([execute(world, situation, secret, revision, track) for track in tracks])
        case SetAside():
            await _set_aside(world, situation, secret, step)
        case ForgetNode(node_id=node_id):
            await world.store.write(lambda tx: rewrites.forget_node(tx, world, situation, node_id))
            world.engines.forget(node_address(group, situation.get(node_id).node, secret))
        case ForgetGroup():
            await world.store.write(lambda tx: rewrites.forget_group(tx, world, situation))
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
            work = [_stop(world, group, node) for node in nodes]
        case FenceNodes():
            work = [world.host.kill_process(node_key(group.region, node.id)) for node in nodes]
        case RemoveDirectories():
            work = [_remove_directory(world, group, node) for node in nodes]
        case _ as never:
            assert_never(never)
    await side_by_side(work)


async def _stop(world: World, group: ReplicationGroup, node: Node) -> None:
    """Its slow log is in its memory alone. (Fencing takes no such time: while it lives, it may write.)"""
    if group.logs:
        await world.collect_last(group.key, node.id)
    await world.host.stop_process(node_key(group.region, node.id), grace_seconds=STOP_GRACE_SECONDS)


async def _remove_directory(world: World, group: ReplicationGroup, node: Node) -> None:
    if group.logs:
        await world.collect_last(group.key, node.id)
    await world.host.remove_directory(node_key(group.region, node.id))


async def _start(world: World, situation: Situation, node: Node, secret: Secret) -> None:
    group = situation.group
    software = group.software
    patch = start_patch(group, situation.before.find_node(node.id))
    binary = discovery.choose(
        fit_binaries(world, is_encrypted=group.access.is_encrypted), software.engine, software.version, patch
    )
    if binary is None:
        raise missing_engine(world, node.id, software)
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
        acl=CLOSED_ACL if situation.users is None else situation.users.acl,
        certificate=_issue(world, situation, node) if group.access.is_encrypted else None,
    )
    try:
        await world.host.start_process(order)
    except StartFailed as error:
        if ADDRESS_TAKEN in error.sentence:
            raise StepFailed(address_taken(node.address, software.port, node.id), is_permanent=True) from error
        raise


async def _renew_certificate(world: World, situation: Situation, secret: Secret, node_id: NodeId) -> None:
    """Written first, then read by the engine. Our own connection is made anew, so that the next look sees it served."""
    seen = situation.get(node_id)
    at = node_address(situation.group, seen.node, secret, seen)
    key = node_key(situation.group.region, node_id)
    await world.host.write_files(key, certificate_files(_issue(world, situation, seen.node)))
    directives = encryption.certificate_directives(world.host.directory(key))
    await world.engines.set_parameters(at, directives, ORDER_TIMEOUT_SECONDS)
    world.engines.forget(at)


def _issue(world: World, situation: Situation, node: Node) -> NodeCertificate:
    issued = world.pki.issue(request(node.id, situation.certificate_names[node.id]))
    return NodeCertificate(node_pem=issued.node_pem, bundle_pem=issued.bundle_pem)


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
