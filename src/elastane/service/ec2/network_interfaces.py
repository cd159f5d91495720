"""DescribeNetworkInterfaces: one for each node, as AWS gives its caches. Endpoints have none: they are names there.

Terraform asks for those of a security group or subnet before it deletes it. They come and go with their nodes; nobody
makes, changes or deletes one.
"""

from collections.abc import Iterator

import msgspec

from elastane.catalog import network
from elastane.model import faults
from elastane.model.ids import SubnetId, VpcId, Zone
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.filters import Filters, filtered, named_items, requested_results
from elastane.service.parameters import Parameters
from elastane.store import Transaction, caches

_REQUESTER = "amazon-elasticache"


class _Interface(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    description: str
    address: str
    zone: Zone
    subnet_id: SubnetId | None
    vpc_id: VpcId
    security_group_ids: tuple[str, ...]


async def describe_network_interfaces(ctx: Context, parameters: Parameters) -> Result:
    wanted = parameters.texts("NetworkInterfaceIds")

    def describe(tx: Transaction) -> Result:
        named = named_items({found.id: found for found in _interfaces(tx, ctx)}, wanted, _not_found)
        names: dict[str, str] = {group.id: group.name for group in networks.list_security_groups(tx, ctx)}
        passing = filtered(parameters, named, _filters(ctx), lambda _: {})
        page = requested_results(parameters, passing, key=lambda found: found.id)
        answers = [_answer(ctx, found, names) for found in page.items]
        return {"NetworkInterfaces": answers, "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


def _not_found(interface_id: str) -> faults.Fault:
    return faults.InvalidNetworkInterfaceIdNotFound(f"The networkInterface ID '{interface_id}' does not exist")


def _interfaces(tx: Transaction, ctx: Context) -> Iterator[_Interface]:
    known = networks.list_subnets(tx, ctx)
    for cache in caches.list_caches(tx, ctx.region):
        for node in cache.nodes:
            subnet = networks.find_subnet_of_address(known, node.address)
            yield _Interface(
                id=network.network_interface_id(ctx.region, node.address),
                description=f"ElastiCache {f'{cache.id}.' if isinstance(cache, MemcachedCluster) else ''}{node.id}",
                address=node.address,
                zone=node.zone,
                subnet_id=None if subnet is None else subnet.subnet_id,
                vpc_id=networks.default_vpc_id(ctx) if subnet is None else networks.vpc_id_of(ctx, subnet),
                security_group_ids=cache.network.security_group_ids,
            )


def _answer(ctx: Context, found: _Interface, names: dict[str, str]) -> Result:
    return {
        "NetworkInterfaceId": found.id,
        "Description": found.description,
        "InterfaceType": "interface",
        "RequesterManaged": True,
        "RequesterId": _REQUESTER,
        "Status": "in-use",
        "AvailabilityZone": found.zone,
        "SubnetId": found.subnet_id,
        "VpcId": found.vpc_id,
        "OwnerId": ctx.account_id,
        "PrivateIpAddress": found.address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": found.address}],
        "Groups": [{"GroupId": group_id, "GroupName": names.get(group_id)} for group_id in found.security_group_ids],
        "SourceDestCheck": True,
        "TagSet": [],
    }


def _filters(ctx: Context) -> Filters[_Interface]:
    return {
        "addresses.private-ip-address": lambda found: (found.address,),
        "attachment.instance-id": lambda found: (),
        "attachment.instance-owner-id": lambda found: (_REQUESTER,),
        "attachment.status": lambda found: ("attached",),
        "availability-zone": lambda found: (found.zone,),
        "description": lambda found: (found.description,),
        "group-id": lambda found: found.security_group_ids,
        "interface-type": lambda found: ("interface",),
        "network-interface-id": lambda found: (found.id,),
        "owner-id": lambda found: (ctx.account_id,),
        "private-ip-address": lambda found: (found.address,),
        "requester-id": lambda found: (_REQUESTER,),
        "requester-managed": lambda found: ("true",),
        "status": lambda found: ("in-use",),
        "subnet-id": lambda found: () if found.subnet_id is None else (found.subnet_id,),
        "vpc-id": lambda found: (found.vpc_id,),
    }
