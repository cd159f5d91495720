"""Doing: one step after the other, until all are done or one fails.

The one place besides observe where the world's errors are caught: a step that fails becomes a
`StepFailed` with a sentence, the rest of the steps are left alone, and the next pass decides anew
from what it then sees. Nothing is retried here.
"""

import asyncio
from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from elastane.engines import EngineError, NodeAddress, discovery
from elastane.engines.valkey import NOWHERE_PORT
from elastane.hosts import HostError, StartFailed, ZoneLost
from elastane.model import events, ids
from elastane.model.events import Event
from elastane.model.ids import NodeId
from elastane.model.replication_groups import Form, Node, NodeGroup, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile.observe import node_address, node_key
from elastane.reconcile.orders import node_order
from elastane.reconcile.plan.nodes import ADDRESS_TAKEN, address_taken
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import (
    AskAcknowledgement,
    BindAddresses,
    CutClients,
    Detach,
    FenceNodes,
    Follow,
    ForgetGroup,
    ForgetNode,
    Promote,
    RecordPrimary,
    RemoveDirectories,
    SetAside,
    SetParameters,
    StartNodes,
    Step,
    StopNodes,
    StopScript,
    SwitchOver,
)
from elastane.reconcile.transitions import group_event, node_event
from elastane.reconcile.world import World
from elastane.store import Conflict, StoreError, Transaction, credentials, replication_groups, tags
from elastane.store import events as event_rows

ORDER_TIMEOUT_SECONDS = 2.0
SWITCH_OVER_TIMEOUT_SECONDS = 5.0
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
        except StartFailed as error:
            raise StepFailed(str(error), is_permanent=True) from error
        except (HostError, EngineError, StoreError) as error:
            raise StepFailed(str(error)) from error


async def _execute_step(world: World, situation: Situation, secret: Secret, revision: int, step: Step) -> None:
    group = situation.group
    match step:
        case StartNodes() | StopNodes() | FenceNodes() | RemoveDirectories():
            await _with_each_node(world, group, secret, step)
        case RecordPrimary():
            changed = _with_primary(group, step)
            await world.store.write(
                lambda tx: replication_groups.save_replication_group(tx, changed, revision=revision)
            )
        case SetAside():
            await _set_aside(world, situation, secret, step)
        case ForgetNode(node_id=node_id):
            await world.store.write(lambda tx: _forget_node(tx, world, situation, node_id))
            world.engines.forget(node_address(group, situation.get(node_id).node, secret))
        case ForgetGroup():
            await world.store.write(lambda tx: _forget_group(tx, world, situation))
            for node in group.nodes:
                world.engines.forget(node_address(group, node, secret))
        case (
            Promote() | Follow() | Detach() | AskAcknowledgement() | SwitchOver()
            | BindAddresses() | CutClients() | StopScript() | SetParameters()
        ):  # fmt: skip
            await _order(world, situation, secret, step)
        case _ as never:
            assert_never(never)


# --- engines -------------------------------------------------------------------------------------


async def _order(
    world: World,
    situation: Situation,
    secret: Secret,
    step: (
        Promote
        | Follow
        | Detach
        | AskAcknowledgement
        | SwitchOver
        | BindAddresses
        | CutClients
        | StopScript
        | SetParameters
    ),
) -> None:
    def at(node_id: NodeId) -> NodeAddress:
        return node_address(situation.group, situation.get(node_id).node, secret)

    engines = world.engines
    match step:
        case Promote(node_id=node_id):
            await engines.promote(at(node_id), ORDER_TIMEOUT_SECONDS)
        case Follow(node_id=node_id, primary_id=primary_id):
            await engines.follow(at(node_id), at(primary_id), ORDER_TIMEOUT_SECONDS)
        case Detach(node_id=node_id):
            await engines.follow(at(node_id), replace(at(node_id), port=NOWHERE_PORT), ORDER_TIMEOUT_SECONDS)
        case AskAcknowledgement(node_id=node_id):
            await engines.ask_acknowledgement(at(node_id), ORDER_TIMEOUT_SECONDS)
        case SwitchOver(old_primary_id=old, new_primary_id=new):
            await engines.switch_over(at(old), at(new), SWITCH_OVER_TIMEOUT_SECONDS)
        case BindAddresses(node_id=node_id, addresses=addresses, cuts_clients=cuts_clients):
            await engines.bind(at(node_id), addresses, ORDER_TIMEOUT_SECONDS, cuts_clients=cuts_clients)
        case CutClients(node_id=node_id):
            await engines.cut_clients(at(node_id), ORDER_TIMEOUT_SECONDS)
        case StopScript(node_id=node_id):
            await engines.stop_script(at(node_id), ORDER_TIMEOUT_SECONDS)
        case SetParameters(node_id=node_id, parameters=parameters):
            await engines.set_parameters(at(node_id), parameters, ORDER_TIMEOUT_SECONDS)
        case _ as never:
            assert_never(never)


async def _set_aside(world: World, situation: Situation, secret: Secret, step: SetAside) -> None:
    """Its data as a dump, kept where no start reads it, and told: nobody else keeps what a second primary took."""
    node = situation.get(step.node_id).node
    file_name = await world.engines.save_dump(node_address(situation.group, node, secret), DUMP_TIMEOUT_SECONDS)
    path = await world.host.set_aside(node_key(situation.group.region, node.id), file_name)
    told = events.diverged_data_kept(node.id, step.diverged_bytes, str(path))
    await world.store.write(lambda tx: event_rows.append_events(tx, (group_event(situation, told),)))


# --- processes -----------------------------------------------------------------------------------


async def _with_each_node(
    world: World, group: ReplicationGroup, secret: Secret, step: StartNodes | StopNodes | FenceNodes | RemoveDirectories
) -> None:
    """Side by side; all are tried, and the first failure is told."""
    nodes = [node for node in group.nodes if node.id in step.node_ids]
    match step:
        case StartNodes():
            work = [_start(world, group, node, secret) for node in nodes]
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
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _start(world: World, group: ReplicationGroup, node: Node, secret: Secret) -> None:
    software = group.software
    binary = discovery.choose(world.binaries(), software.engine, software.version)
    if binary is None:
        raise StepFailed(
            f"{node.id} needs {software.engine} {software.version}, and this machine has no such engine any more",
            is_permanent=True,
        )
    key = node_key(group.region, node.id)
    order = node_order(
        group,
        node,
        at=node_address(group, node, secret),
        binary=binary,
        directory=world.host.directory(key),
        node_key=key,
    )
    try:
        await world.host.start_process(order)
    except StartFailed as error:
        if ADDRESS_TAKEN in error.sentence:
            raise StepFailed(address_taken(group, node), is_permanent=True) from error
        raise


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
        ),
    )
    replication_groups.save_replication_group(tx, group, revision=stored.revision)
    tags.remove_tags(tx, ids.arn(group.region, world.account_id, "cluster", node_id))
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
