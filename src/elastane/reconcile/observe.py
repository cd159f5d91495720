"""Looking at every node of a group: its process through the host, its engine through the network.

What an engine does is a value, *unknown* among them, and never raises. A host that cannot tell (its
HostError) ends the pass: who is blind does nothing. All nodes are asked side by side, with one deadline.
"""

import asyncio

from msgspec.structs import replace

from elastane.catalog import encryption
from elastane.engines import NodeAddress, address_of
from elastane.engines.discovery import EngineBinary
from elastane.model.acls import WantedUsers
from elastane.model.engine_supply import PRESENT, EngineSupply
from elastane.model.iam_tokens import WantedTokens
from elastane.model.ids import Region, node_key
from elastane.model.member_ids import member_id
from elastane.model.observations import Answering, Engine, Refusing, Running
from elastane.model.observed_replication_groups import ObservedReplicationGroup, Silence
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Node, ReplicationGroup, Software
from elastane.model.secrets import Secret
from elastane.model.software import Engines, has_patch
from elastane.reconcile import silence
from elastane.reconcile.certificate_names import certificate_names
from elastane.reconcile.peers import find_peer_port
from elastane.reconcile.silence import LOOK_SECONDS
from elastane.reconcile.situation import SeenNode, Situation, with_primaries_views
from elastane.reconcile.world import World


def node_address(group: ReplicationGroup, node: Node, secret: Secret, seen: SeenNode | None = None) -> NodeAddress:
    """`seen`: how it talks to others at the moment, where that may be another way than the group's."""
    return address_of(group, node, secret, peer_port=None if seen is None else find_peer_port(seen))


async def observe(
    world: World,
    group: ReplicationGroup,
    before: ObservedReplicationGroup,
    secret: Secret,
    target_parameters: dict[str, str],
    parameter_group: ParameterGroup | None = None,
    pending_memory_bytes: int | None = None,
    users: WantedUsers | None = None,
    tokens: WantedTokens | None = None,
    unsteady: str | None = None,
) -> Situation:
    """The situation of this moment. `unsteady` when its desired part was read, it is unsteady now."""
    names = (*target_parameters, *encryption.NAMES)
    nodes = await asyncio.gather(*(_observe_node(world, group, node, before, secret, names) for node in group.nodes))
    lost_zones = await world.host.list_lost_zones()
    engines = tuple(
        (binary.engine, binary.version) for binary in fit_binaries(world, is_encrypted=group.access.is_encrypted)
    )
    return Situation(
        group=group,
        nodes=with_primaries_views(tuple(nodes)),
        before=before,
        target_parameters=target_parameters,
        parameter_group=parameter_group,
        now=world.now(),
        lost_zones=lost_zones,
        unsteady=unsteady or world.unsteady(),
        settings=world.failover_settings,
        pending_memory_bytes=pending_memory_bytes,
        engines=engines,
        engine_supply=engine_supply(world, group.software, engines),
        users=users,
        tokens=tokens,
        certificate_names=certificate_names(group, world.account_id),
        certificate_issuer=world.pki.issuer_name() if group.access.is_encrypted else "",
    )


def fit_binaries(world: World, *, is_encrypted: bool) -> tuple[EngineBinary, ...]:
    """Those that can do what a cache with encryption in transit, or without, shall do."""
    return tuple(binary for binary in world.binaries() if binary.has_tls or not is_encrypted)


def engine_supply(world: World, software: Software, engines: Engines) -> EngineSupply:
    if has_patch(software, engines):
        return PRESENT
    return world.supply.find(software.engine, software.version, software.patch)


async def _observe_node(
    world: World,
    group: ReplicationGroup,
    node: Node,
    before: ObservedReplicationGroup,
    secret: Secret,
    parameter_names: tuple[str, ...],
) -> SeenNode:
    process = await world.host.observe_process(node_key(group.region, node.id))
    engine: Engine = Refusing()
    last = before.find_node(node.id)
    if isinstance(process, Running):
        at = node_address(group, node, secret)
        # While a group changes its cluster mode its nodes run both ways.
        is_cluster = group.is_cluster or (last is not None and last.runs_in_cluster)
        engine = await world.engines.observe(at, parameter_names, LOOK_SECONDS, is_cluster=is_cluster)
    seen = SeenNode(
        node=node, process=process, engine=engine, before=last, is_stranger=_is_stranger(engine, group.region, node)
    )
    if isinstance(engine, Answering) or not seen.is_running:
        return seen
    so_far = last.silence if last is not None else None
    return replace(seen, silence=await observe_silence(world, node_key(group.region, node.id), so_far))


async def observe_silence(world: World, node_key: str, before: Silence | None) -> Silence:
    """Of a process that runs and has just not answered."""
    activity = await world.host.observe_activity(node_key)
    return silence.lengthened(before, activity, world.now(), is_steady=world.unsteady() is None)


def _is_stranger(engine: Engine, region: Region, node: Node) -> bool:
    view = engine.cluster if isinstance(engine, Answering) else None
    return view is not None and view.own.id != member_id(region, node)
