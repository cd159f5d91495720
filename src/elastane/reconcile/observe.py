"""Looking at every node of a group: its process through the host, its engine through the network.

What an engine does is a value, *unknown* among them, and never raises. A host that cannot tell (its
HostError) ends the pass: who is blind does nothing. All nodes are asked side by side, with one deadline.
"""

import asyncio

from elastane.engines import NodeAddress
from elastane.model.ids import NodeId, Region
from elastane.model.observations import Engine, Refusing, Running
from elastane.model.replication_groups import Node, ObservedReplicationGroup, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.reconcile.situation import SeenNode, Situation, with_primaries_views
from elastane.reconcile.world import World

ENGINE_TIMEOUT_SECONDS = 1.0
"""No answer within this is *busy*, never *dead*."""


def node_key(region: Region, node_id: NodeId) -> str:
    """A node's name on its host, and its directory's."""
    return f"{region}/{node_id}"


def node_address(group: ReplicationGroup, node: Node, secret: Secret) -> NodeAddress:
    return NodeAddress(address=node.address, port=group.software.port, secret=secret)


async def observe(
    world: World,
    group: ReplicationGroup,
    before: ObservedReplicationGroup,
    secret: Secret,
    target_parameters: dict[str, str],
) -> Situation:
    """The situation of this moment."""
    names = tuple(target_parameters)
    nodes = await asyncio.gather(*(_observe_node(world, group, node, before, secret, names) for node in group.nodes))
    return Situation(
        group=group,
        nodes=with_primaries_views(tuple(nodes)),
        before=before,
        target_parameters=target_parameters,
        now=world.now(),
    )


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
    if isinstance(process, Running):
        at = node_address(group, node, secret)
        engine = await world.engines.observe(at, parameter_names, ENGINE_TIMEOUT_SECONDS)
    return SeenNode(node=node, process=process, engine=engine, before=before.find_node(node.id))
