"""Looking at every process of a Memcached cluster: through the host whether it runs, through the network what it says.

As in `reconcile.observe`: what an engine does is a value and never raises, and a host that cannot tell ends the pass.
All are asked side by side, with one deadline.
"""

import asyncio
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from elastane.engines import discovery
from elastane.engines.discovery import EngineBinary
from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.memcached_observations import EndpointEngine, NodeEngine
from elastane.model.observations import Refusing, Running
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.parameter_groups import ParameterGroup
from elastane.reconcile.memcached.certificate_names import certificate_names
from elastane.reconcile.memcached.orders import Means, endpoint_at, node_at, wanted_settings
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode, Situation
from elastane.reconcile.observe import engine_supply, fit_binaries, observe_silence
from elastane.reconcile.silence import LOOK_SECONDS
from elastane.reconcile.world import World


async def observe(
    world: World,
    cluster: MemcachedCluster,
    before: ObservedMemcachedCluster,
    parameter_group: ParameterGroup | None = None,
    unsteady: str | None = None,
) -> Situation:
    """The situation of this moment. `unsteady` when its desired part was read, it is unsteady now. Raises HostError."""
    endpoint, nodes = await asyncio.gather(
        _observe_endpoint(world, cluster, before),
        asyncio.gather(*(_observe_node(world, cluster, node, before) for node in cluster.nodes)),
    )
    engines = tuple((one.engine, one.version) for one in fit_binaries(world, is_encrypted=cluster.is_encrypted))
    binary, means = find_binary(world, cluster), means_of(world, parameter_group)
    return Situation(
        cluster=cluster,
        nodes=tuple(nodes),
        endpoint=endpoint,
        before=before,
        now=world.now(),
        wanted_settings=_wanted_settings(nodes, cluster.software.version if binary is None else binary.version, means),
        parameter_group=parameter_group,
        lost_zones=await world.host.list_lost_zones(),
        unsteady=unsteady or world.unsteady(),
        engines=engines,
        start_version=None if binary is None else binary.version,
        engine_supply=engine_supply(world, cluster.software, engines),
        certificate_names=certificate_names(cluster, world.account_id),
        certificate_issuer=world.pki.issuer_name() if cluster.is_encrypted else "",
    )


def means_of(world: World, parameter_group: ParameterGroup | None) -> Means:
    return Means(parameter_group=parameter_group, open_files_max=world.open_files_max)


def _wanted_settings(
    nodes: Iterable[SeenNode], start_version: str, means: Means
) -> dict[CacheNodeId, Mapping[str, str]]:
    """As the version of memcached spells them that a node runs, or would be started with."""
    return {
        seen.id: wanted_settings(seen.node, start_version if seen.answer is None else seen.answer.engine_version, means)
        for seen in nodes
    }


def find_binary(world: World, cluster: MemcachedCluster) -> EngineBinary | None:
    """What its nodes are started with; None when this machine has no such engine."""
    software, binaries = cluster.software, fit_binaries(world, is_encrypted=cluster.is_encrypted)
    return discovery.choose(binaries, software.engine, software.version, software.patch)


async def _observe_node(
    world: World, cluster: MemcachedCluster, node: CacheNode, before: ObservedMemcachedCluster
) -> SeenNode:
    key, last = cluster.node_key(node), before.find_node(node.id)
    process = await world.host.observe_process(key)
    engine: NodeEngine = Refusing()
    if isinstance(process, Running):
        engine = await world.memcached.observe(node_at(cluster, node), LOOK_SECONDS)
    seen = SeenNode(node=node, process=process, engine=engine, before=last)
    if seen.answer is not None or not seen.is_running:
        return seen
    so_far = None if last is None else last.process.silence
    return replace(seen, silence=await observe_silence(world, key, so_far))


async def _observe_endpoint(world: World, cluster: MemcachedCluster, before: ObservedMemcachedCluster) -> SeenEndpoint:
    last = None if before.endpoint is None else before.endpoint.process
    process = await world.host.observe_process(cluster.endpoint_key)
    engine: EndpointEngine = Refusing()
    if isinstance(process, Running):
        engine = await world.memcached.observe_endpoint(endpoint_at(cluster), LOOK_SECONDS)
    seen = SeenEndpoint(process=process, engine=engine, before=last)
    if seen.answer is not None or not seen.is_running:
        return seen
    so_far = None if last is None else last.silence
    return replace(seen, silence=await observe_silence(world, cluster.endpoint_key, so_far))
