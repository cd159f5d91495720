"""Where the nodes of a Memcached cluster go: all into one zone, or spread over several.

Called inside the transaction that saves the cluster, as `node_placement` is, which takes the addresses.
"""

from collections.abc import Sequence
from datetime import datetime

from elastane.model import faults
from elastane.model.ids import CacheNodeId, Zone
from elastane.model.memcached_clusters import AZMode, CacheNode, MemcachedCluster
from elastane.service.context import Context
from elastane.service.elasticache import node_placement
from elastane.service.parameters import Parameters
from elastane.store import Transaction


def place_cache_nodes(
    tx: Transaction,
    ctx: Context,
    subnet_group_name: str,
    node_ids: Sequence[CacheNodeId],
    zones: Sequence[Zone],
    *,
    node_type: str,
    now: datetime,
) -> tuple[CacheNode, ...]:
    """Raises NodeQuotaForCustomerExceeded and InsufficientCacheClusterCapacity."""
    node_placement.refuse_excess_nodes(tx, ctx, len(node_ids))
    addresses = node_placement.take_addresses(tx, ctx, subnet_group_name, zones)
    return tuple(
        CacheNode(id=node_id, zone=zone, address=address, created_at=now, node_type=node_type)
        for node_id, zone, address in zip(node_ids, zones, addresses, strict=True)
    )


# --- a new cluster -------------------------------------------------------------------------------


def zones_of_new_cluster(
    tx: Transaction, ctx: Context, parameters: Parameters, subnet_group_name: str, node_count: int
) -> tuple[AZMode, tuple[Zone, ...]]:
    """One for each node. Raises InvalidParameterValue and InvalidParameterCombination."""
    named = _named_zones(parameters, "PreferredAvailabilityZones")
    for_all = parameters.text("PreferredAvailabilityZone")
    if named and for_all:
        raise faults.InvalidParameterCombination(
            "PreferredAvailabilityZone and PreferredAvailabilityZones exclude each other."
        )
    if named and len(named) != node_count:
        raise faults.InvalidParameterCombination(
            f"PreferredAvailabilityZones names {len(named)} Availability Zones, and the cluster has {node_count} cache "
            "nodes: it must name one for each."
        )
    if for_all:
        named = (Zone(for_all),) * node_count
    asked = parameters.text("AZMode")
    mode = AZMode(asked) if asked else _mode_of(named)
    refuse_unfit_mode(mode, node_count)
    if mode is AZMode.CROSS_AZ:
        zones = node_placement.choose_zones(tx, ctx, subnet_group_name, named or (None,) * node_count)
    else:
        one = node_placement.choose_zones(tx, ctx, subnet_group_name, named or (None,))
        zones = one if named else one * node_count
    _refuse_other_zones(mode, zones)
    return mode, zones


def refuse_unfit_mode(mode: AZMode, node_count: int) -> None:
    """Raises InvalidParameterCombination."""
    if mode is AZMode.CROSS_AZ and node_count < 2:
        raise faults.InvalidParameterCombination(
            f"AZMode {mode} needs at least 2 cache nodes, and NumCacheNodes is {node_count}."
        )


def _mode_of(zones: Sequence[Zone]) -> AZMode:
    """AWS assumes one zone where nothing is said; who names several has said it."""
    return AZMode.CROSS_AZ if len(set(zones)) > 1 else AZMode.SINGLE_AZ


def _refuse_other_zones(mode: AZMode, zones: Sequence[Zone]) -> None:
    """Also where a subnet group has subnets in one zone only."""
    zone_count = len(set(zones))
    if mode is AZMode.SINGLE_AZ and zone_count > 1:
        raise faults.InvalidParameterCombination(
            f"AZMode {mode} puts all cache nodes into one Availability Zone, and {zone_count} are named."
        )
    if mode is AZMode.CROSS_AZ and zone_count == 1:
        raise faults.InvalidParameterCombination(
            f"AZMode {mode} needs at least 2 Availability Zones, and all cache nodes would be in {zones[0]}."
        )


# --- more nodes ----------------------------------------------------------------------------------


def changed_az_mode(cluster: MemcachedCluster, parameters: Parameters) -> AZMode:
    """Raises InvalidParameterCombination for one zone where nodes are in several: a node does not move."""
    asked = parameters.text("AZMode")
    if not asked:
        return cluster.az_mode
    mode = AZMode(asked)
    if mode is AZMode.SINGLE_AZ and len(_zones_of(cluster)) > 1:
        raise faults.InvalidParameterCombination(
            f"AZMode {mode} cannot be given: the cache nodes of {cluster.id} are in {', '.join(_zones_of(cluster))}."
        )
    return mode


def zones_of_added_nodes(
    tx: Transaction, ctx: Context, parameters: Parameters, cluster: MemcachedCluster, mode: AZMode, node_count: int
) -> tuple[AZMode, tuple[Zone, ...]]:
    """The named ones; else that of the nodes there are, or those with the fewest. And what the mode is then.

    `cluster` has those nodes that wait for its window and go on waiting. Raises InvalidParameterCombination.
    """
    named = _named_zones(parameters, "NewAvailabilityZones")
    present = [node.zone for node in (*cluster.staying_nodes, *cluster.coming_nodes)]
    if named:
        is_spread = len({*present, *named}) > 1
        if is_spread and parameters.text("AZMode") == AZMode.SINGLE_AZ:
            raise faults.InvalidParameterCombination(
                f"AZMode {AZMode.SINGLE_AZ} puts all cache nodes into one Availability Zone, and NewAvailabilityZones "
                f"names another one than {present[0]}."
            )
        mode = AZMode.CROSS_AZ if is_spread else mode
    wanted = named or ((None if mode is AZMode.CROSS_AZ else present[0],) * node_count)
    zones = node_placement.choose_zones(tx, ctx, cluster.network.subnet_group_name, wanted, occupied=present)
    if parameters.text("AZMode"):
        _refuse_other_zones(mode, (*present, *zones))
    return mode, zones


def _zones_of(cluster: MemcachedCluster) -> list[Zone]:
    return sorted({node.zone for node in (*cluster.staying_nodes, *cluster.coming_nodes)})


def _named_zones(parameters: Parameters, name: str) -> tuple[Zone, ...]:
    return tuple(Zone(zone) for zone in parameters.texts(name) or ())
