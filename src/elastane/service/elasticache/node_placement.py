"""Where new nodes go: subnet group, zones and addresses.

The one place that takes addresses from the pools. Called inside the transaction that saves the
group, so that two calls never take the same one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

from elastane.catalog import network
from elastane.model import faults
from elastane.model.ids import NodeId, Region, Zone
from elastane.model.replication_groups import Node
from elastane.model.subnet_groups import DEFAULT_SUBNET_GROUP_NAME
from elastane.model.zone_spread import NOBODY, fill_zones, spread_shards
from elastane.service.context import Context
from elastane.service.elasticache.subnet_groups import addresses_of_subnet_group, zones_of_subnet_group
from elastane.service.parameters import Parameters
from elastane.store import Transaction, claims, memcached_clusters, replication_groups


def requested_subnet_group_name(parameters: Parameters) -> str:
    return (parameters.text("CacheSubnetGroupName") or DEFAULT_SUBNET_GROUP_NAME).lower()


def choose_zones(
    tx: Transaction,
    ctx: Context,
    subnet_group_name: str,
    wanted: Sequence[Zone | None],
    *,
    occupied: Sequence[Zone] = (),
    elsewhere: Mapping[Zone, int] = NOBODY,
) -> tuple[Zone, ...]:
    """A zone for each new node of one node group; those named must be the region's, and the subnet group's."""
    allowed = _allowed_zones(tx, ctx, subnet_group_name, wanted)
    return fill_zones(wanted, allowed=allowed, occupied=occupied, elsewhere=elsewhere)


def choose_shard_zones(
    tx: Transaction,
    ctx: Context,
    subnet_group_name: str,
    shards: Sequence[Sequence[Zone | None]],
    *,
    present: Sequence[Sequence[Zone]] = (),
) -> tuple[tuple[Zone, ...], ...]:
    """Zones for whole new node groups, each one's primary first, beside those of the node groups `present`."""
    allowed = _allowed_zones(tx, ctx, subnet_group_name, (zone for shard in shards for zone in shard))
    return spread_shards(shards, allowed=allowed, present=present)


def place_nodes(
    tx: Transaction,
    ctx: Context,
    subnet_group_name: str,
    node_ids: Sequence[NodeId],
    zones: Sequence[Zone],
    *,
    now: datetime,
) -> tuple[Node, ...]:
    """The new nodes of a replication group. Raises InsufficientCacheClusterCapacity."""
    addresses = take_addresses(tx, ctx, subnet_group_name, zones)
    return tuple(
        Node(id=node_id, zone=zone, address=address, created_at=now)
        for node_id, zone, address in zip(node_ids, zones, addresses, strict=True)
    )


def take_addresses(tx: Transaction, ctx: Context, subnet_group_name: str, zones: Sequence[Zone]) -> tuple[str, ...]:
    """For each new node the lowest free address of the subnet group's subnets in its zone.

    Raises InsufficientCacheClusterCapacity.
    """
    # Iterators: the search for a zone's next address goes on where its last one ended.
    pools = {
        zone: claims.free_addresses(tx, addresses_of_subnet_group(tx, ctx, subnet_group_name, zone))
        for zone in set(zones)
    }
    addresses: list[str] = []
    for zone in zones:
        address = next(pools[zone], None)
        if address is None:
            raise faults.InsufficientCacheClusterCapacity(f"No address is free in the subnet of zone {zone}.")
        addresses.append(address)
    return tuple(addresses)


def take_endpoint_addresses(tx: Transaction, ctx: Context, address_count: int) -> tuple[str, ...]:
    """Free ones, each another. Raises InsufficientCacheClusterCapacity."""
    free = claims.free_addresses(tx, network.endpoint_addresses(ctx.address_block))
    addresses = tuple(islice(free, address_count))
    if len(addresses) < address_count:
        raise faults.InsufficientCacheClusterCapacity("No address is free for the endpoints of another group.")
    return addresses


def refuse_excess_nodes(tx: Transaction, ctx: Context, new_node_count: int) -> None:
    """Raises NodeQuotaForCustomerExceeded."""
    limit = ctx.limits.nodes_per_region
    present_count = replication_groups.count_nodes(tx, ctx.region) + memcached_clusters.count_nodes(tx, ctx.region)
    if present_count + new_node_count > limit:
        raise faults.NodeQuotaForCustomerExceeded(
            f"This request would exceed the quota of {limit} nodes in {ctx.region}."
        )


def _allowed_zones(
    tx: Transaction, ctx: Context, subnet_group_name: str, wanted: Iterable[Zone | None]
) -> tuple[Zone, ...]:
    """The subnet group's. Raises InvalidParameterValue for a wanted one that is none of them."""
    allowed = zones_of_subnet_group(tx, ctx, subnet_group_name)
    for zone in wanted:
        if zone is not None and zone not in allowed:
            raise faults.InvalidParameterValue(_why_not_allowed(zone, ctx.region, subnet_group_name))
    return allowed


def _why_not_allowed(zone: Zone, region: Region, subnet_group_name: str) -> str:
    if zone in network.zones(region):
        return f"The cache subnet group {subnet_group_name} has no subnet in Availability Zone {zone}."
    return f"{zone} is not a valid Availability Zone."
