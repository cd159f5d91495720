"""Subnet groups: named sets of subnets, and so of zones, that a cache's nodes may live in.

The group `default` is built in: it spans the default VPC and is never stored. Subnet ids made by
another EC2 endpoint are taken as given where the operator allows it; each is given a zone of ours
at first sight and keeps it for as long as a subnet group names it.

Nothing here moves a node: nodes keep the zone they were created in, so a group only ever loses
subnets that no node of its caches lives in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

import msgspec

from elastane.catalog import network
from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.ids import Arn, Region, SubnetId, VpcId, Zone, arn
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.subnet_groups import DEFAULT_SUBNET_GROUP_NAME, SubnetGroup
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.elasticache.tags import requested_tags
from elastane.service.parameters import Parameters
from elastane.store import Transaction, caches, subnet_groups, tags

_NAME = re.compile(r"[a-z0-9-]+\Z")
_NETWORK_TYPES = ["ipv4"]


async def create_cache_subnet_group(ctx: Context, parameters: Parameters) -> Result:
    name = checked_name(parameters.required_text("CacheSubnetGroupName"), ctx.limits)
    description = _checked_description(parameters.required_text("CacheSubnetGroupDescription"), ctx.limits)
    subnet_ids = _checked_subnet_ids(parameters.texts("SubnetIds"), ctx.limits)
    new_tags = requested_tags(ctx, parameters)

    def create(tx: Transaction) -> Result:
        if _exists(tx, ctx, name):
            raise faults.CacheSubnetGroupAlreadyExists(f"Cache subnet group {name} already exists.")
        if len(subnet_groups.list_subnet_groups(tx, ctx.region)) >= ctx.limits.subnet_groups:
            raise faults.CacheSubnetGroupQuotaExceeded(
                f"You already have {ctx.limits.subnet_groups} cache subnet groups, which is the limit."
            )
        group = SubnetGroup(name=name, region=ctx.region, description=description, subnet_ids=subnet_ids)
        _give_zones(tx, ctx, group)
        subnet_groups.save_subnet_group(tx, group)
        tags.save_tags(tx, arn_of_subnet_group(ctx, name), new_tags)
        return {"CacheSubnetGroup": _answer(tx, ctx, group)}

    return await decide(ctx.store, create)


async def describe_cache_subnet_groups(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.text("CacheSubnetGroupName")

    def describe(tx: Transaction) -> Result:
        found = list_subnet_groups(tx, ctx) if name is None else (get_subnet_group(tx, ctx, name),)
        page = requested_page(
            parameters,
            found,
            key=lambda group: group.name,
        )
        return {"CacheSubnetGroups": [_answer(tx, ctx, group) for group in page.items], "Marker": page.marker}

    return await ctx.store.read(describe)


async def modify_cache_subnet_group(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.required_text("CacheSubnetGroupName").lower()
    description = parameters.text("CacheSubnetGroupDescription")
    subnet_ids = parameters.texts("SubnetIds")
    if name == DEFAULT_SUBNET_GROUP_NAME:
        raise faults.InvalidParameterValue("The default cache subnet group cannot be modified.")
    if description is not None:
        _checked_description(description, ctx.limits)
    if subnet_ids is not None:
        subnet_ids = _checked_subnet_ids(subnet_ids, ctx.limits)

    def modify(tx: Transaction) -> Result:
        stored = subnet_groups.find_subnet_group(tx, ctx.region, name)
        if stored is None:
            raise _not_found(name)
        group = msgspec.structs.replace(
            stored.body,
            description=stored.body.description if description is None else description,
            subnet_ids=stored.body.subnet_ids if subnet_ids is None else subnet_ids,
        )
        _give_zones(tx, ctx, group)
        _refuse_to_strand_nodes(tx, ctx, stored.body, group)
        subnet_groups.save_subnet_group(tx, group, revision=stored.revision)
        _forget_unnamed_subnets(tx, ctx)
        return {"CacheSubnetGroup": _answer(tx, ctx, group)}

    return await decide(ctx.store, modify)


async def delete_cache_subnet_group(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.required_text("CacheSubnetGroupName").lower()
    if name == DEFAULT_SUBNET_GROUP_NAME:
        raise faults.InvalidParameterValue("The default cache subnet group cannot be deleted.")

    def delete(tx: Transaction) -> Result:
        if not _exists(tx, ctx, name):
            raise _not_found(name)
        if _users_of(tx, ctx.region, name):
            raise faults.CacheSubnetGroupInUse(f"Cache subnet group {name} is currently in use by a cache cluster.")
        subnet_groups.remove_subnet_group(tx, ctx.region, name)
        tags.remove_tags(tx, arn_of_subnet_group(ctx, name))
        _forget_unnamed_subnets(tx, ctx)
        return {}

    return await decide(ctx.store, delete)


# --- asked by other actions ----------------------------------------------------------------------


def zones_of_subnet_group(tx: Transaction, ctx: Context, name: str) -> tuple[Zone, ...]:
    """The zones a subnet group allows, in alphabetical order. Raises CacheSubnetGroupNotFound."""
    return _zones_of(tx, ctx, get_subnet_group(tx, ctx, name))


def addresses_of_subnet_group(tx: Transaction, ctx: Context, name: str, zone: Zone) -> Iterator[str]:
    """What nodes in the zone may have, lowest first. A foreign subnet stands for the zone's built-in one."""
    known = {subnet.subnet_id: subnet for subnet in networks.list_subnets(tx, ctx)}
    built_in = {subnet.zone: subnet for subnet in networks.built_in_network(ctx).subnets}
    zone_by_subnet = _zone_by_subnet(tx, ctx)
    named = get_subnet_group(tx, ctx, name).subnet_ids
    subnets = {
        known.get(SubnetId(subnet_id), built_in[zone]) for subnet_id in named if zone_by_subnet[subnet_id] == zone
    }
    ranges = sorted((networks.usable_addresses(ctx, subnet) for subnet in subnets), key=lambda found: found.start)
    return (str(IPv4Address(number)) for usable in ranges for number in usable)


def vpc_id_of_subnet_group(tx: Transaction, ctx: Context, name: str) -> VpcId:
    """Raises CacheSubnetGroupNotFound."""
    return _vpc_id_of(tx, ctx, get_subnet_group(tx, ctx, name))


def get_subnet_group(tx: Transaction, ctx: Context, name: str) -> SubnetGroup:
    """The built-in group or a stored one, whatever the name's case. Raises CacheSubnetGroupNotFound."""
    if name.lower() == DEFAULT_SUBNET_GROUP_NAME:
        return _default_subnet_group(ctx)
    stored = subnet_groups.find_subnet_group(tx, ctx.region, name.lower())
    if stored is None:
        raise _not_found(name)
    return stored.body


def list_subnet_groups(tx: Transaction, ctx: Context) -> tuple[SubnetGroup, ...]:
    """All of the region's, the built-in one first."""
    return (_default_subnet_group(ctx), *subnet_groups.list_subnet_groups(tx, ctx.region))


def arn_of_subnet_group(ctx: Context, name: str) -> Arn:
    return arn(ctx.region, ctx.account_id, "subnetgroup", name)


# --- what may be asked for -----------------------------------------------------------------------


def checked_name(text: str, limits: Limits) -> str:
    """The name as it is stored: AWS keeps it in lower case. Raises InvalidParameterValue."""
    name = text.lower()
    if _NAME.match(name) is None or len(name) > limits.subnet_group_name_length:
        raise faults.InvalidParameterValue(
            "The parameter CacheSubnetGroupName must contain 1 to "
            f"{limits.subnet_group_name_length} alphanumeric characters or hyphens."
        )
    return name


def _checked_description(text: str, limits: Limits) -> str:
    if len(text) > limits.description_length:
        raise faults.InvalidParameterValue(
            f"The parameter CacheSubnetGroupDescription must contain no more than {limits.description_length} "
            "characters."
        )
    return text


def _checked_subnet_ids(subnet_ids: Iterable[str] | None, limits: Limits) -> tuple[str, ...]:
    """Each once, in the order they were named."""
    distinct = tuple(dict.fromkeys(subnet_ids or ()))
    if not distinct:
        raise faults.InvalidParameterValue("The parameter SubnetIds must be provided.")
    if len(distinct) > limits.subnets_per_group:
        raise faults.CacheSubnetQuotaExceeded(
            f"A cache subnet group may contain no more than {limits.subnets_per_group} subnets."
        )
    return distinct


def _refuse_to_strand_nodes(tx: Transaction, ctx: Context, old: SubnetGroup, new: SubnetGroup) -> None:
    """A subnet may leave the group only when no node lives in it, and a zone when none lives there.

    What a foreign subnet stands for is the zone's built-in one, so of that only the zone counts.
    """
    lost_zones = set(_zones_of(tx, ctx, old)) - set(_zones_of(tx, ctx, new))
    lost_subnet_ids = set(old.subnet_ids) - set(new.subnet_ids)
    lost_ranges = [
        IPv4Network(subnet.cidr) for subnet in networks.list_subnets(tx, ctx) if subnet.subnet_id in lost_subnet_ids
    ]
    for user in _users_of(tx, ctx.region, old.name):
        for cluster_id, zone, address in _places(user):
            if zone in lost_zones or any(IPv4Address(address) in lost for lost in lost_ranges):
                raise faults.SubnetInUse(
                    f"The subnet in {zone} is in use by cache cluster {cluster_id} and cannot be removed from cache "
                    f"subnet group {old.name}."
                )


def _places(user: ReplicationGroup | MemcachedCluster) -> Iterator[tuple[str, Zone, str]]:
    """Of its nodes: the cache cluster that each is of, its zone and its address."""
    if isinstance(user, ReplicationGroup):
        yield from ((node.id, node.zone, node.address) for node in user.nodes)
    else:
        yield from ((user.id, node.zone, node.address) for node in (*user.nodes, *user.coming_nodes))


def _users_of(tx: Transaction, region: Region, name: str) -> tuple[ReplicationGroup | MemcachedCluster, ...]:
    return tuple(cache for cache in caches.list_caches(tx, region) if cache.network.subnet_group_name == name)


# --- subnets and their zones ---------------------------------------------------------------------


def give_zones(known: Mapping[str, Zone], wanted: Iterable[str], zones: tuple[Zone, ...]) -> dict[str, Zone]:
    """Zones for the wanted subnets that have none yet, so that one group spreads over as many as it can.

    Each takes the zone least used among the wanted, then the one least used of all, then the first.
    """
    given = dict(known)
    subnet_ids = tuple(wanted)
    for subnet_id in subnet_ids:
        if subnet_id in given:
            continue
        here = Counter(given[other] for other in subnet_ids if other in given)
        everywhere = Counter(given.values())
        given[subnet_id] = min(zones, key=lambda zone: (here[zone], everywhere[zone], zone))
    return given


def _vpc_ids_of(tx: Transaction, ctx: Context, group: SubnetGroup) -> set[VpcId]:
    """A foreign subnet stands for one of the default VPC."""
    made = {subnet.subnet_id: networks.vpc_id_of(ctx, subnet) for subnet in networks.list_subnets(tx, ctx)}
    return {made.get(SubnetId(subnet_id), networks.default_vpc_id(ctx)) for subnet_id in group.subnet_ids}


def _vpc_id_of(tx: Transaction, ctx: Context, group: SubnetGroup) -> VpcId:
    (vpc_id,) = _vpc_ids_of(tx, ctx, group)
    return vpc_id


def _give_zones(tx: Transaction, ctx: Context, group: SubnetGroup) -> None:
    """Raises InvalidSubnet for a subnet that nobody knows, unless the operator takes foreign ones as given, and for
    subnets of several VPCs."""
    if len(_vpc_ids_of(tx, ctx, group)) > 1:
        raise faults.InvalidSubnet(f"The subnets [{', '.join(group.subnet_ids)}] are not all in the same VPC.")
    zone_by_subnet = _zone_by_subnet(tx, ctx)
    unknown = [subnet_id for subnet_id in group.subnet_ids if subnet_id not in zone_by_subnet]
    if not unknown:
        return
    if not ctx.accepts_any_subnet_ids:
        raise faults.InvalidSubnet(f"Some input subnets in :[{', '.join(unknown)}] are invalid.")
    given = give_zones(zone_by_subnet, group.subnet_ids, network.zones(ctx.region))
    own = _own_zones(tx, ctx)
    foreign = {subnet_id: zone for subnet_id, zone in given.items() if subnet_id not in own}
    subnet_groups.save_subnet_zones(tx, ctx.region, foreign)


def _forget_unnamed_subnets(tx: Transaction, ctx: Context) -> None:
    """Keeps the list of foreign subnets as short as the groups that name them."""
    foreign = subnet_groups.get_subnet_zones(tx, ctx.region)
    named = {name for group in subnet_groups.list_subnet_groups(tx, ctx.region) for name in group.subnet_ids}
    kept = {subnet_id: zone for subnet_id, zone in foreign.items() if subnet_id in named}
    if kept != foreign:
        subnet_groups.save_subnet_zones(tx, ctx.region, kept)


def _zones_of(tx: Transaction, ctx: Context, group: SubnetGroup) -> tuple[Zone, ...]:
    zone_by_subnet = _zone_by_subnet(tx, ctx)
    return tuple(sorted({zone_by_subnet[subnet_id] for subnet_id in group.subnet_ids}))


def _zone_by_subnet(tx: Transaction, ctx: Context) -> dict[str, Zone]:
    return subnet_groups.get_subnet_zones(tx, ctx.region) | _own_zones(tx, ctx)


def _own_zones(tx: Transaction, ctx: Context) -> dict[str, Zone]:
    return {subnet.subnet_id: subnet.zone for subnet in networks.list_subnets(tx, ctx)}


def _default_subnet_group(ctx: Context) -> SubnetGroup:
    return SubnetGroup(
        name=DEFAULT_SUBNET_GROUP_NAME,
        region=ctx.region,
        description="Default CacheSubnetGroup",
        subnet_ids=tuple(subnet.subnet_id for subnet in networks.built_in_network(ctx).subnets),
    )


# --- answers -------------------------------------------------------------------------------------


def _exists(tx: Transaction, ctx: Context, name: str) -> bool:
    return name == DEFAULT_SUBNET_GROUP_NAME or subnet_groups.find_subnet_group(tx, ctx.region, name) is not None


def _not_found(name: str) -> faults.Fault:
    return faults.CacheSubnetGroupNotFound(f"Cache Subnet Group {name} does not exist.")


def _answer(tx: Transaction, ctx: Context, group: SubnetGroup) -> Result:
    zone_by_subnet = _zone_by_subnet(tx, ctx)
    return {
        "CacheSubnetGroupName": group.name,
        "CacheSubnetGroupDescription": group.description,
        "VpcId": _vpc_id_of(tx, ctx, group),
        "Subnets": [
            {
                "SubnetIdentifier": subnet_id,
                "SubnetAvailabilityZone": {"Name": zone_by_subnet[subnet_id]},
                "SupportedNetworkTypes": _NETWORK_TYPES,
            }
            for subnet_id in group.subnet_ids
        ],
        "ARN": arn_of_subnet_group(ctx, group.name),
        "SupportedNetworkTypes": _NETWORK_TYPES,
    }
