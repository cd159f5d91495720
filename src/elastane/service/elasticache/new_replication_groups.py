"""A new replication group, from nothing or around a cache cluster that exists: checked, placed, not yet saved.

Called by CreateReplicationGroup inside its transaction, which a refusal anywhere undoes as a whole:
a refused creation leaves nothing behind.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from elastane.model import availability, faults
from elastane.model.access import NO_ACCESS_CONTROL, Access
from elastane.model.ids import NodeId, ReplicationGroupId, Zone, shard_node_id
from elastane.model.logs import LogDelivery
from elastane.model.replica_counts import free_node_ids
from elastane.model.replication_groups import (
    Availability,
    ClusterMode,
    Form,
    Network,
    Node,
    NodeGroup,
    ReplicationGroup,
    RequestedUpdate,
    Software,
    Upkeep,
)
from elastane.model.statuses import CacheClusterStatus
from elastane.service.context import Context
from elastane.service.elasticache import node_placement, stored_groups
from elastane.service.elasticache.requested_access import new_access, refuse_other_access
from elastane.service.elasticache.requested_encryption import new_encryption, requested_encryption
from elastane.service.elasticache.requested_layout import Layout, ShardLayout
from elastane.service.elasticache.requested_logs import requested_logs
from elastane.service.elasticache.requested_security_groups import (
    requested_security_group_ids,
    security_group_ids_of_new_cache,
)
from elastane.service.elasticache.requested_software import Offers, refuse_other_software, requested_software
from elastane.service.elasticache.requested_upkeep import changed_upkeep, new_upkeep
from elastane.service.elasticache.stored_groups import StoredNode
from elastane.service.elasticache.stored_memcached_clusters import StoredMemcachedCluster
from elastane.service.parameters import Parameters
from elastane.store import Transaction, claims

FIRST_EPOCH = 0
"""Nobody has been promoted yet."""

_OF_ONE_PRIMARY = ("primary_endpoint_address", "reader_endpoint_address")
_OF_A_CLUSTER = ("configuration_endpoint_address",)
_ENDPOINTS = {
    ClusterMode.DISABLED: _OF_ONE_PRIMARY,
    ClusterMode.COMPATIBLE: _OF_ONE_PRIMARY + _OF_A_CLUSTER,
    ClusterMode.ENABLED: _OF_A_CLUSTER,
}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a creation was asked for, as far as it could be read without the store."""

    group_id: ReplicationGroupId
    description: str
    layout: Layout
    availability: Availability
    parameters: Parameters
    offers: Offers
    now: datetime


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What a group has beside its nodes: asked for, or taken over from its first cluster."""

    epoch: int
    software: Software
    subnet_group_name: str
    security_group_ids: tuple[str, ...]
    upkeep: Upkeep
    logs: tuple[LogDelivery, ...]
    access: Access = NO_ACCESS_CONTROL
    primary_endpoint_address: str | None = None
    """A cluster's, which its customers go on using."""
    pending: Software | None = None
    """What waits for a cluster's maintenance window, and goes on waiting."""
    update: RequestedUpdate | None = None


def group_from_nothing(tx: Transaction, ctx: Context, request: Request, *, credential_id: str) -> ReplicationGroup:
    parameters = request.parameters
    is_cluster = request.layout.cluster_mode is not ClusterMode.DISABLED
    software = requested_software(tx, ctx, parameters, request.offers, is_cluster=is_cluster)
    encryption = Access(transit_encryption=new_encryption(ctx, parameters, software))
    subnet_group_name = node_placement.requested_subnet_group_name(parameters)
    traits = Traits(
        epoch=FIRST_EPOCH,
        software=software,
        access=new_access(tx, ctx, parameters, encryption, software),
        subnet_group_name=subnet_group_name,
        security_group_ids=security_group_ids_of_new_cache(tx, ctx, parameters, subnet_group_name),
        upkeep=new_upkeep(parameters, ctx.region, request.group_id, ctx.limits),
        logs=requested_logs(parameters, request.now),
    )
    shards = request.layout.shards
    zones = node_placement.choose_shard_zones(tx, ctx, traits.subnet_group_name, [shard.zones for shard in shards])
    node_ids = [node_id for shard in shards for node_id in _node_ids(request, shard)]
    every_zone = [zone for shard_zones in zones for zone in shard_zones]
    nodes = iter(_new_nodes(tx, ctx, request, traits.subnet_group_name, node_ids, every_zone))
    node_groups = tuple(_node_group(shard, tuple(next(nodes) for _ in shard.zones), traits) for shard in shards)
    return _group(tx, ctx, request, traits, node_groups, credential_id=credential_id)


def group_around_cluster(tx: Transaction, ctx: Context, request: Request, cluster: StoredNode) -> ReplicationGroup:
    """The cluster's node as primary, replicas around it as far as they are asked for."""
    refuse_unfit_primary(cluster)
    parameters = request.parameters
    why = "the cluster that becomes the primary keeps what it runs"
    refuse_other_software(tx, ctx, parameters, cluster.group.software, because=why)
    refuse_other_access(parameters, because="the cluster that becomes the primary keeps who may sign in to it")
    (node_group,) = cluster.group.node_groups
    subnet_group_name = _subnet_group_of(cluster, parameters)
    traits = Traits(
        epoch=node_group.epoch,
        software=cluster.group.software,
        subnet_group_name=subnet_group_name,
        security_group_ids=requested_security_group_ids(tx, ctx, parameters, subnet_group_name)
        or cluster.group.network.security_group_ids,
        upkeep=changed_upkeep(parameters, cluster.group.upkeep, ctx.limits),
        logs=requested_logs(parameters, ctx.now(), cluster.group.logs),
        access=_access_of(cluster, parameters),
        primary_endpoint_address=cluster.group.network.primary_endpoint_address,
        pending=cluster.group.pending,
        update=cluster.group.update,
    )
    (shard,) = request.layout.shards
    primary_zone, *replica_zones = shard.zones
    if primary_zone not in (None, cluster.node.zone):
        raise faults.InvalidParameterCombination(
            f"The primary cluster {cluster.node.id} is in {cluster.node.zone} and cannot be placed in {primary_zone}."
        )
    zones = node_placement.choose_zones(tx, ctx, traits.subnet_group_name, replica_zones, occupied=(cluster.node.zone,))
    # The cluster that becomes the primary may hold one of the numbers already.
    node_ids = free_node_ids(request.group_id, len(zones), is_taken=lambda candidate: candidate == cluster.node.id)
    replicas = _new_nodes(tx, ctx, request, traits.subnet_group_name, node_ids, zones)
    node_group = _node_group(shard, (cluster.node, *replicas), traits)
    return _group(tx, ctx, request, traits, (node_group,), credential_id=cluster.group.credential_id)


def get_primary_cluster(tx: Transaction, ctx: Context, name: str) -> StoredNode:
    """Raises CacheClusterNotFound, and InvalidParameterCombination for a cluster that has no primary."""
    found = stored_groups.get_cache_cluster(tx, ctx, name)
    if isinstance(found, StoredMemcachedCluster):
        raise faults.InvalidParameterCombination(
            f"Cache cluster {found.id} runs memcached and cannot become the primary of a replication group."
        )
    return found


def refuse_unfit_primary(cluster: StoredNode) -> None:
    """Raises InvalidCacheClusterState unless the cluster stands alone and is available."""
    if cluster.is_member:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {cluster.node.id} already belongs to replication group {cluster.group.id}."
        )
    if cluster.status is not CacheClusterStatus.AVAILABLE:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {cluster.node.id} has status {cluster.status}; it must be available to become a primary."
        )


def refuse_taken_id(tx: Transaction, ctx: Context, node_id: NodeId) -> None:
    """Raises CacheClusterAlreadyExists, also while the other one is being deleted."""
    if claims.find_key_of_node(tx, ctx.region, node_id) is not None:
        raise faults.CacheClusterAlreadyExists(f"Cache cluster {node_id} already exists.")


def _node_ids(request: Request, shard: ShardLayout) -> tuple[NodeId, ...]:
    """Numbered from 001, in cluster mode in each shard."""
    node_count = len(shard.zones)
    if request.layout.cluster_mode is ClusterMode.ENABLED:
        return tuple(shard_node_id(request.group_id, shard.id, number) for number in range(1, node_count + 1))
    return free_node_ids(request.group_id, node_count, is_taken=lambda _: False)


def _new_nodes(
    tx: Transaction,
    ctx: Context,
    request: Request,
    subnet_group_name: str,
    node_ids: Sequence[NodeId],
    zones: Sequence[Zone],
) -> tuple[Node, ...]:
    node_placement.refuse_excess_nodes(tx, ctx, len(zones))
    for node_id in node_ids:
        refuse_taken_id(tx, ctx, node_id)
    return node_placement.place_nodes(tx, ctx, subnet_group_name, node_ids, zones, now=request.now)


def _node_group(shard: ShardLayout, nodes: tuple[Node, ...], traits: Traits) -> NodeGroup:
    return NodeGroup(id=shard.id, nodes=nodes, target_primary=nodes[0].id, epoch=traits.epoch, slots=shard.slots)


def _subnet_group_of(cluster: StoredNode, parameters: Parameters) -> str:
    present = cluster.group.network.subnet_group_name
    requested = parameters.text("CacheSubnetGroupName")
    if requested and requested.lower() != present:
        raise faults.InvalidParameterCombination(
            f"CacheSubnetGroupName {requested} is not the primary cluster's, {present}: a node does not move."
        )
    return present


def _access_of(cluster: StoredNode, parameters: Parameters) -> Access:
    present = cluster.group.access.transit_encryption
    if requested_encryption(parameters, present) is not present:
        raise faults.InvalidParameterCombination(
            f"Encryption in transit is not changed while the primary cluster {cluster.node.id} becomes a group: leave "
            "it out, and modify the group later."
        )
    return cluster.group.access


def _group(
    tx: Transaction,
    ctx: Context,
    request: Request,
    traits: Traits,
    node_groups: tuple[NodeGroup, ...],
    *,
    credential_id: str,
) -> ReplicationGroup:
    cluster_mode = request.layout.cluster_mode
    for node_group in node_groups:
        zones = [node.zone for node in node_group.nodes]
        refusal = availability.find_refusal(request.availability, zones, cluster_mode)
        if refusal is not None:
            raise faults.InvalidParameterCombination(refusal)
    return ReplicationGroup(
        id=request.group_id,
        region=ctx.region,
        form=Form.REPLICATION_GROUP,
        description=request.description,
        created_at=request.now,
        generation=stored_groups.FIRST_GENERATION,
        credential_id=credential_id,
        software=traits.software,
        availability=request.availability,
        network=_network(tx, ctx, traits, cluster_mode),
        upkeep=traits.upkeep,
        logs=traits.logs,
        access=traits.access,
        pending=traits.pending,
        update=traits.update,
        node_groups=node_groups,
        cluster_mode=cluster_mode,
    )


def _network(tx: Transaction, ctx: Context, traits: Traits, cluster_mode: ClusterMode) -> Network:
    """With an address for each endpoint that a group of this mode has."""
    network = Network(
        subnet_group_name=traits.subnet_group_name,
        security_group_ids=traits.security_group_ids,
        primary_endpoint_address=traits.primary_endpoint_address,
    )
    names = [name for name in _ENDPOINTS[cluster_mode] if getattr(network, name) is None]
    addresses = node_placement.take_endpoint_addresses(tx, ctx, len(names))
    return replace(network, **dict(zip(names, addresses, strict=True)))
