"""Doing for a Memcached cluster: one step after the other, until all are done or one fails (`step_failures`).

Steps of a kind that follow one another are done side by side: what is started, and nodes that are forgotten, which are
told of in one line.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from elastane.catalog import network
from elastane.engines.memcached import certificate_files
from elastane.engines.valkey import NodeCertificate
from elastane.hosts import NodeOrder, StartFailed
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster, Publication
from elastane.pki.certificates import request
from elastane.reconcile.memcached import rewrites
from elastane.reconcile.memcached.observe import find_binary, means_of
from elastane.reconcile.memcached.orders import (
    endpoint_at,
    endpoint_certificate_files,
    endpoint_files,
    endpoint_order,
    node_at,
    node_order,
)
from elastane.reconcile.memcached.situation import ENDPOINT, Situation
from elastane.reconcile.memcached.steps import (
    ApplyPending,
    ForgetCluster,
    ForgetNode,
    InstallEngine,
    KillEndpoint,
    KillNodes,
    OrderReplacements,
    Publish,
    RemoveDirectories,
    RemoveEndpointDirectory,
    RenewCertificates,
    RestoreSoftware,
    StartEndpoint,
    StartNodes,
    Step,
    StopEndpoint,
    StopNodes,
    Tell,
)
from elastane.reconcile.plan.starts import ADDRESS_TAKEN, address_taken
from elastane.reconcile.step_failures import (
    STOP_GRACE_SECONDS,
    StepFailed,
    as_failures,
    missing_engine,
    side_by_side,
)
from elastane.reconcile.tell import ORDER_TIMEOUT_SECONDS
from elastane.reconcile.world import World
from elastane.store import Conflict, memcached_clusters

_SIDE_BY_SIDE: tuple[tuple[type[Step], ...], ...] = (
    (StartNodes, StartEndpoint),
    (StopNodes, StopEndpoint),
    (KillNodes, KillEndpoint),
    (RemoveDirectories, RemoveEndpointDirectory),
    (ForgetNode,),
)
"""Steps of one row that follow one another are done at once: none of them has to do with another's process."""


async def execute(world: World, situation: Situation, revision: int, steps: Iterable[Step]) -> None:
    """Raises StepFailed for the first step that fails. A Conflict ends the steps silently: the bell has rung."""
    for _, alike in groupby(steps, key=_row):
        try:
            with as_failures():
                await _execute_steps(world, situation, revision, tuple(alike))
        except Conflict:
            return


def _row(step: Step) -> tuple[type[Step], ...]:
    return next((row for row in _SIDE_BY_SIDE if type(step) in row), (type(step),))


async def _execute_steps(world: World, situation: Situation, revision: int, steps: Sequence[Step]) -> None:
    forgotten = [step.node_id for step in steps if isinstance(step, ForgetNode)]
    if not forgotten:
        await side_by_side([_execute_step(world, situation, revision, step) for step in steps])
        return
    await world.store.write(lambda tx: rewrites.forget_nodes(tx, situation, forgotten))
    for node_id in forgotten:
        world.memcached.forget(node_at(situation.cluster, situation.get(node_id).node))


async def _execute_step(world: World, situation: Situation, revision: int, step: Step) -> None:
    cluster = situation.cluster
    match step:
        case StartNodes() | StopNodes() | KillNodes() | RemoveDirectories():
            await _with_each_node(world, situation, step)
        case StartEndpoint():
            await _start_endpoint(world, situation)
        case StopEndpoint():
            await world.host.stop_process(cluster.endpoint_key, grace_seconds=STOP_GRACE_SECONDS)
        case KillEndpoint():
            await world.host.kill_process(cluster.endpoint_key)
        case RemoveEndpointDirectory():
            await world.host.remove_directory(cluster.endpoint_key)
        case Tell():
            await _tell(world, situation)
        case RenewCertificates(node_ids=node_ids, of_endpoint=of_endpoint):
            renewed = [_renew_node_certificate(world, situation, situation.get(node_id).node) for node_id in node_ids]
            await side_by_side([*renewed, *([_renew_endpoint_certificate(world, situation)] if of_endpoint else [])])
        case InstallEngine(engine=engine, version=version):
            world.supply.order(engine, version)
        case Publish(version=version, node_ids=node_ids):
            publication = Publication(version=version, node_ids=node_ids)
            await world.store.write(lambda tx: rewrites.publish(tx, situation, publication, revision))
        case OrderReplacements(node_ids=node_ids):
            await world.store.write(lambda tx: rewrites.order_replacements(tx, situation, node_ids, revision))
        case ApplyPending():
            await world.store.write(lambda tx: rewrites.apply_pending(tx, situation, revision))
        case RestoreSoftware(software=software, reason=reason):
            await world.store.write(lambda tx: rewrites.restore_software(tx, situation, software, reason, revision))
        case ForgetCluster():
            await world.store.write(lambda tx: rewrites.forget_cluster(tx, world, situation))
            for at in (endpoint_at(cluster), *(node_at(cluster, node) for node in cluster.nodes)):
                world.memcached.forget(at)
        case ForgetNode():
            raise AssertionError("those are forgotten together")
        case _ as never:
            assert_never(never)


# --- processes -----------------------------------------------------------------------------------


async def _with_each_node(
    world: World, situation: Situation, step: StartNodes | StopNodes | KillNodes | RemoveDirectories
) -> None:
    nodes = [situation.get(node_id).node for node_id in step.node_ids]
    keys = [situation.cluster.node_key(node) for node in nodes]
    match step:
        case StartNodes():
            await side_by_side([_start_node(world, situation, node) for node in nodes])
        case StopNodes() | KillNodes():
            # memcached has nothing to save, and hears of a SIGTERM when its clock ticks next, up to a second later.
            await side_by_side([world.host.kill_process(key) for key in keys])
        case RemoveDirectories():
            await side_by_side([world.host.remove_directory(key) for key in keys])
        case _ as never:
            assert_never(never)


async def _start_node(world: World, situation: Situation, node: CacheNode) -> None:
    cluster = situation.cluster
    binary = find_binary(world, cluster)
    if binary is None:
        raise missing_engine(world, node.id, cluster.software)
    order = node_order(
        cluster,
        node,
        binary=binary,
        means=means_of(world, situation.parameter_group),
        certificate=_issue(world, situation, cluster.node_key(node)) if cluster.is_encrypted else None,
    )
    await _start(world, cluster, order, node.address, f"node {node.id}")


async def _start_endpoint(world: World, situation: Situation) -> None:
    """With what is published by now: that may have been written a moment ago, by the step before."""
    cluster = await _stored(world, situation)
    order = endpoint_order(
        cluster,
        source_address=network.control_address(world.address_block),
        means=means_of(world, situation.parameter_group),
        certificate=_issue(world, situation, cluster.endpoint_key) if cluster.is_encrypted else None,
    )
    await _start(world, cluster, order, cluster.endpoint_address, ENDPOINT)


async def _start(world: World, cluster: MemcachedCluster, order: NodeOrder, address: str, name: str) -> None:
    try:
        await world.host.start_process(order)
    except StartFailed as error:
        if ADDRESS_TAKEN in error.sentence:
            sentence = address_taken(address, cluster.software.port, name)
            raise StepFailed(sentence, is_permanent=True) from error
        raise


# --- what processes are told ---------------------------------------------------------------------


async def _tell(world: World, situation: Situation) -> None:
    """As it is stored by now, like `_start_endpoint`."""
    files = endpoint_files(
        await _stored(world, situation),
        source_address=network.control_address(world.address_block),
        means=means_of(world, situation.parameter_group),
    )
    await world.host.write_files(situation.cluster.endpoint_key, files)


async def _stored(world: World, situation: Situation) -> MemcachedCluster:
    """Raises Conflict when it is gone."""
    key = situation.cluster.key
    stored = await world.store.read(lambda tx: memcached_clusters.find_memcached_cluster(tx, key))
    if stored is None:
        raise Conflict(f"{key} is gone.")
    return stored.body


async def _renew_node_certificate(world: World, situation: Situation, node: CacheNode) -> None:
    """Written first, then read by the engine. Our own connection is made anew, so that the next look sees it served."""
    key, at = situation.cluster.node_key(node), node_at(situation.cluster, node)
    await world.host.write_files(key, certificate_files(_issue(world, situation, key)))
    await world.memcached.refresh_certificates(at, ORDER_TIMEOUT_SECONDS)
    world.memcached.forget(at)


async def _renew_endpoint_certificate(world: World, situation: Situation) -> None:
    """It takes it up by itself, with the next connection."""
    key = situation.cluster.endpoint_key
    await world.host.write_files(key, endpoint_certificate_files(_issue(world, situation, key)))
    world.memcached.forget(endpoint_at(situation.cluster))


def _issue(world: World, situation: Situation, process_key: str) -> NodeCertificate:
    name = process_key.rpartition("/")[2]
    issued = world.pki.issue(request(name, situation.certificate_names[process_key]))
    return NodeCertificate(node_pem=issued.node_pem, bundle_pem=issued.bundle_pem)
