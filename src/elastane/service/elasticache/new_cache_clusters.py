"""What CreateCacheCluster may be asked for, and the document of a single node on its own.

Inside, such a cluster is a replication group of one node and another form; see `model.replication_groups`.
"""

from datetime import datetime

from msgspec.structs import replace

from elastane.model import faults
from elastane.model.access import Access
from elastane.model.ids import NodeId, ReplicationGroupId, Zone
from elastane.model.replication_groups import Availability, Form, Network, NodeGroup, ReplicationGroup
from elastane.service.context import Context
from elastane.service.elasticache import node_placement, stored_groups
from elastane.service.elasticache.new_replication_groups import FIRST_EPOCH
from elastane.service.elasticache.requested_access import new_access, refuse_other_access
from elastane.service.elasticache.requested_encryption import new_encryption, requested_encryption
from elastane.service.elasticache.requested_layout import ONLY_NODE_GROUP_ID
from elastane.service.elasticache.requested_logs import requested_logs
from elastane.service.elasticache.requested_security_groups import (
    requested_security_group_ids,
    security_group_ids_of_new_cache,
)
from elastane.service.elasticache.requested_software import Offers, refuse_other_software, requested_software
from elastane.service.elasticache.requested_upkeep import changed_upkeep, new_upkeep
from elastane.service.parameters import Parameters
from elastane.store import Transaction


def cluster_on_its_own(
    tx: Transaction,
    ctx: Context,
    node_id: NodeId,
    parameters: Parameters,
    offers: Offers,
    *,
    credential_id: str,
    now: datetime,
) -> ReplicationGroup:
    """Checked and placed, not yet saved."""
    software = requested_software(tx, ctx, parameters, offers)
    encryption = Access(transit_encryption=new_encryption(ctx, parameters, software))
    subnet_group_name = node_placement.requested_subnet_group_name(parameters)
    node_placement.refuse_excess_nodes(tx, ctx, 1)
    zones = node_placement.choose_zones(tx, ctx, subnet_group_name, (requested_zone(parameters),))
    nodes = node_placement.place_nodes(tx, ctx, subnet_group_name, (node_id,), zones, now=now)
    return ReplicationGroup(
        id=ReplicationGroupId(node_id),
        region=ctx.region,
        form=Form.CACHE_CLUSTER,
        description="",
        created_at=now,
        generation=stored_groups.FIRST_GENERATION,
        credential_id=credential_id,
        software=software,
        availability=Availability(automatic_failover=False, multi_az=False),
        network=Network(
            subnet_group_name=subnet_group_name,
            security_group_ids=security_group_ids_of_new_cache(tx, ctx, parameters, subnet_group_name),
            primary_endpoint_address=node_placement.take_endpoint_addresses(tx, ctx, 1)[0],
        ),
        logs=requested_logs(parameters, now),
        access=new_access(tx, ctx, parameters, encryption, software),
        upkeep=new_upkeep(parameters, ctx.region, node_id, ctx.limits),
        node_groups=(NodeGroup(id=ONLY_NODE_GROUP_ID, nodes=nodes, target_primary=node_id, epoch=FIRST_EPOCH),),
    )


def requested_zone(parameters: Parameters) -> Zone | None:
    zone = parameters.text("PreferredAvailabilityZone")
    return Zone(zone) if zone else None


def refuse_several_nodes(parameters: Parameters) -> None:
    node_count = parameters.integer("NumCacheNodes")
    if node_count not in (None, 1):
        raise faults.InvalidParameterValue(
            f"Invalid value {node_count} for NumCacheNodes. A Valkey or Redis OSS cluster has 1 cache node; only a "
            "Memcached cluster has several."
        )


def refuse_cluster_mode(group: ReplicationGroup) -> None:
    """A replica of which shard, the call cannot say. AWS's page: not supported with cluster mode enabled."""
    if group.is_cluster:
        raise faults.InvalidParameterCombination(
            f"A cache cluster cannot be added to replication group {group.id}, which has cluster mode "
            f"{group.cluster_mode}. Use IncreaseReplicaCount instead."
        )


def refuse_unlike_group(tx: Transaction, ctx: Context, parameters: Parameters, group: ReplicationGroup) -> None:
    """A replica inherits everything, so a call may repeat what its group has, and ask for nothing else."""
    refuse_other_software(tx, ctx, parameters, group.software, because="a replica runs what its group runs")
    refuse_other_access(parameters, because="a replica has the AUTH tokens of its group")
    subnet_group_name = parameters.text("CacheSubnetGroupName") or group.network.subnet_group_name
    security_group_ids = requested_security_group_ids(tx, ctx, parameters, group.network.subnet_group_name)
    upkeep = changed_upkeep(parameters, group.upkeep, ctx.limits)
    asked = replace(
        group,
        network=replace(
            group.network,
            subnet_group_name=subnet_group_name.lower(),
            security_group_ids=security_group_ids or group.network.security_group_ids,
        ),
        upkeep=upkeep,
        logs=requested_logs(parameters, ctx.now(), group.logs),
        access=replace(
            group.access, transit_encryption=requested_encryption(parameters, group.access.transit_encryption)
        ),
    )
    if asked != group:
        raise faults.InvalidParameterCombination(
            "A replica has the encryption, windows, notices, logs, subnet group and security groups of its group, "
            f"{group.id}: leave them out, or give the same."
        )
