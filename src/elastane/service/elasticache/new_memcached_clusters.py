"""What CreateCacheCluster may be asked for of Memcached, and the document of such a cluster."""

from datetime import datetime

from elastane.catalog import engine_versions, node_types
from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.ids import NodeId, ReplicationGroupId
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.memcached_node_counts import free_ids
from elastane.model.replication_groups import EngineName, Network, Software
from elastane.service.context import Context
from elastane.service.elasticache import node_placement, stored_groups
from elastane.service.elasticache.memcached_placement import place_cache_nodes, zones_of_new_cluster
from elastane.service.elasticache.requested_security_groups import security_group_ids_of_new_cache
from elastane.service.elasticache.requested_software import Offers, requested_software
from elastane.service.elasticache.requested_upkeep import new_upkeep_without_snapshots
from elastane.service.parameters import Parameters
from elastane.store import Transaction

OLDEST_VERSION_WITH_TLS = "1.6.12"
"""User guide, "In-transit encryption (TLS)" of Memcached."""


def new_memcached_cluster(
    tx: Transaction, ctx: Context, cluster_id: NodeId, parameters: Parameters, offers: Offers, *, now: datetime
) -> MemcachedCluster:
    """Checked and placed, not yet saved."""
    software = requested_software(tx, ctx, parameters, offers, among=(EngineName.MEMCACHED,))
    is_encrypted = parameters.flag("TransitEncryptionEnabled") is True
    if is_encrypted:
        _refuse_version_without_tls(ctx, software)
        refuse_node_type_without_tls(software)
    node_count = _requested_node_count(parameters, ctx.limits)
    subnet_group_name = node_placement.requested_subnet_group_name(parameters)
    az_mode, zones = zones_of_new_cluster(tx, ctx, parameters, subnet_group_name, node_count)
    node_ids = free_ids((), node_count)
    nodes = place_cache_nodes(tx, ctx, subnet_group_name, node_ids, zones, node_type=software.node_type, now=now)
    return MemcachedCluster(
        id=ReplicationGroupId(cluster_id),
        region=ctx.region,
        created_at=now,
        generation=stored_groups.FIRST_GENERATION,
        software=software,
        az_mode=az_mode,
        nodes=nodes,
        network=Network(
            subnet_group_name=subnet_group_name,
            security_group_ids=security_group_ids_of_new_cache(tx, ctx, parameters, subnet_group_name),
            configuration_endpoint_address=node_placement.take_endpoint_addresses(tx, ctx, 1)[0],
        ),
        upkeep=new_upkeep_without_snapshots(parameters, ctx.region, cluster_id),
        is_encrypted=is_encrypted,
    )


def _requested_node_count(parameters: Parameters, limits: Limits) -> int:
    node_count = parameters.integer("NumCacheNodes")
    if node_count is None:
        raise faults.InvalidParameterValue("The parameter NumCacheNodes must be provided and must not be blank.")
    return checked_node_count(node_count, limits)


def checked_node_count(node_count: int, limits: Limits) -> int:
    """Raises InvalidParameterValue and NodeQuotaForClusterExceeded."""
    if node_count < 1:
        raise faults.InvalidParameterValue(f"Invalid value {node_count} for NumCacheNodes. Must be at least 1.")
    if node_count > limits.nodes_per_memcached_cluster:
        raise faults.NodeQuotaForClusterExceeded(
            f"A Memcached cluster may have no more than {limits.nodes_per_memcached_cluster} cache nodes."
        )
    return node_count


# --- encryption in transit -----------------------------------------------------------------------


def refuse_node_type_without_tls(software: Software) -> None:
    """Raises InvalidParameterCombination. Also of a type that an encrypted cluster is to be scaled to."""
    if not has_tls(software.node_type):
        raise faults.InvalidParameterCombination(
            f"The node type {software.node_type} does not support encryption in transit of Memcached."
        )


def has_tls(node_type: str) -> bool:
    """Whether a Memcached cluster of this type may be encrypted."""
    return node_types.get_node_type(node_type).family.has_memcached_tls


def _refuse_version_without_tls(ctx: Context, software: Software) -> None:
    if _numbers(software.version) < _numbers(OLDEST_VERSION_WITH_TLS):
        raise faults.InvalidParameterCombination(
            f"Encryption in transit needs Memcached {OLDEST_VERSION_WITH_TLS} or newer; asked for is "
            f"{software.version}."
        )
    able = (*ctx.encrypting_engines(), *ctx.installable_engines())
    if not any(engine == software.engine and _numbers(patch) >= _numbers(software.version) for engine, patch in able):
        raise faults.InvalidParameterCombination(
            "The memcached on this machine was built without TLS. One that has it is brought by: "
            "elastane engines install memcached-1.6"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return engine_versions.sort_key(version)
