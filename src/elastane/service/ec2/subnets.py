"""CreateSubnet, DescribeSubnets and DeleteSubnet.

A subnet is a range of the addresses that the installation really has: nodes of caches whose subnet group names it get
theirs from it. Three are built in, one a zone; others lie in the three quarters of the block that these leave, those of
a VPC that was made in its range.
"""

from ipaddress import IPv4Address, IPv4Network

from elastane.catalog import network
from elastane.model import faults
from elastane.model.ids import SubnetId, Zone
from elastane.model.subnets import Subnet
from elastane.model.vpcs import Vpc
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.availability_zones import zone_id
from elastane.service.ec2.filters import Filters, filtered, named_items, requested_results
from elastane.service.ec2.new_ids import DrawId, draw_id
from elastane.service.ec2.ranges import PREFIX_LENGTHS, parsed_range
from elastane.service.ec2.tags import answer_tags, arn_of, forget_tags, requested_tags, save_new_tags, tags_of
from elastane.service.ec2.vpcs import get_vpc
from elastane.service.parameters import Parameters
from elastane.store import Transaction, claims, subnet_groups, subnets, vpcs


async def create_subnet(ctx: Context, parameters: Parameters, *, draw: DrawId = draw_id) -> Result:
    if any(parameters.text(name) for name in ("Ipv6CidrBlock", "OutpostArn", "Ipv4IpamPoolId", "Ipv6IpamPoolId")):
        raise faults.UnsupportedOperation("A subnet here has an IPv4 range of the block, and nothing else.")
    new_tags = requested_tags(ctx, parameters, "subnet")

    def create(tx: Transaction) -> Result:
        vpc = get_vpc(tx, ctx, parameters.required_text("VpcId"))
        subnet = Subnet(
            subnet_id=SubnetId(draw("subnet")),
            region=ctx.region,
            zone=_requested_zone(ctx, parameters),
            cidr=str(_checked_range(tx, ctx, vpc, parameters.text("CidrBlock") or "")),
            vpc_id=None if networks.is_default(ctx, vpc) else vpc.vpc_id,
        )
        subnets.save_subnet(tx, subnet)
        save_new_tags(tx, ctx, subnet.subnet_id, new_tags)
        return {"Subnet": _answer(tx, ctx, subnet)}

    return await dry_runs.decide(ctx, parameters, create)


async def describe_subnets(ctx: Context, parameters: Parameters) -> Result:
    wanted = parameters.texts("SubnetIds")

    def describe(tx: Transaction) -> Result:
        known: dict[str, Subnet] = {subnet.subnet_id: subnet for subnet in networks.list_subnets(tx, ctx)}
        named = named_items(known, wanted, _not_found)
        found = filtered(parameters, named, _filters(tx, ctx), lambda subnet: tags_of(tx, ctx, subnet.subnet_id))
        page = requested_results(parameters, found, key=lambda subnet: subnet.subnet_id)
        return {"Subnets": [_answer(tx, ctx, subnet) for subnet in page.items], "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


async def delete_subnet(ctx: Context, parameters: Parameters) -> Result:
    def delete(tx: Transaction) -> Result:
        wanted = parameters.required_text("SubnetId")
        subnet = next((one for one in networks.list_subnets(tx, ctx) if one.subnet_id == wanted), None)
        if subnet is None:
            raise _not_found(wanted)
        if networks.is_built_in(ctx, subnet):
            raise faults.UnsupportedOperation(f"The subnet '{wanted}' is built in and cannot be deleted.")
        is_named = any(wanted in group.subnet_ids for group in subnet_groups.list_subnet_groups(tx, ctx.region))
        if is_named or _held_count(tx, ctx, subnet):
            raise faults.DependencyViolation(f"The subnet '{wanted}' has dependencies and cannot be deleted.")
        subnets.remove_subnet(tx, ctx.region, subnet.subnet_id)
        forget_tags(tx, ctx, (subnet.subnet_id,))
        return {}

    return await dry_runs.decide(ctx, parameters, delete)


# --- what may be asked for -----------------------------------------------------------------------


def _requested_zone(ctx: Context, parameters: Parameters) -> Zone:
    """By its name or its id; the first one when none is named."""
    every = network.zones(ctx.region)
    wanted = parameters.text("AvailabilityZone") or parameters.text("AvailabilityZoneId")
    if not wanted:
        return every[0]
    found = next((zone for zone in every if wanted in (zone, zone_id(ctx.region, zone))), None)
    if found is None:
        raise faults.InvalidParameterValue(
            f"Value ({wanted}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {', '.join(every)}."
        )
    return found


def _checked_range(tx: Transaction, ctx: Context, vpc: Vpc, text: str) -> IPv4Network:
    """Raises InvalidParameterValue, InvalidSubnet.Range, InvalidSubnet.Conflict."""
    wanted = parsed_range(text)
    block = ctx.address_block
    if wanted.prefixlen not in PREFIX_LENGTHS or not wanted.subnet_of(IPv4Network(vpc.cidr)):
        raise faults.InvalidSubnetRange(
            f"The CIDR '{wanted}' is invalid. A subnet is a range of its VPC's addresses, {vpc.cidr}, with a mask from "
            "/16 to /28."
        )
    # Of every region: they share the block.
    others = [IPv4Network(subnet.cidr) for subnet in subnets.list_subnets(tx)]
    others += [IPv4Network(other.cidr) for other in vpcs.list_vpcs(tx) if other.vpc_id != vpc.vpc_id]
    if not network.is_for_made_subnets(block, wanted) or any(wanted.overlaps(other) for other in others):
        first, *_ = list(block.subnets(prefixlen_diff=2))[1:]
        raise faults.InvalidSubnetConflict(
            f"The CIDR '{wanted}' conflicts with another subnet or VPC. What is built in ends before {first[0]}."
        )
    return wanted


def _not_found(subnet_id: str) -> faults.Fault:
    return faults.InvalidSubnetIdNotFound(f"The subnet ID '{subnet_id}' does not exist")


# --- answers -------------------------------------------------------------------------------------


def _held_count(tx: Transaction, ctx: Context, subnet: Subnet) -> int:
    usable = networks.usable_addresses(ctx, subnet)
    return claims.count_addresses(tx, str(IPv4Address(usable[0])), str(IPv4Address(usable[-1])))


def _free_count(tx: Transaction, ctx: Context, subnet: Subnet) -> int:
    return len(networks.usable_addresses(ctx, subnet)) - _held_count(tx, ctx, subnet)


def _answer(tx: Transaction, ctx: Context, subnet: Subnet) -> Result:
    return {
        "SubnetId": subnet.subnet_id,
        "SubnetArn": arn_of(ctx, subnet.subnet_id),
        "VpcId": networks.vpc_id_of(ctx, subnet),
        "OwnerId": ctx.account_id,
        "State": "available",
        "CidrBlock": subnet.cidr,
        "AvailableIpAddressCount": _free_count(tx, ctx, subnet),
        "AvailabilityZone": subnet.zone,
        "AvailabilityZoneId": zone_id(ctx.region, subnet.zone),
        "DefaultForAz": networks.is_built_in(ctx, subnet),
        "MapPublicIpOnLaunch": False,
        "MapCustomerOwnedIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6Native": False,
        "EnableDns64": False,
        "Ipv6CidrBlockAssociationSet": [],
        "Tags": answer_tags(tx, ctx, subnet.subnet_id),
    }


def _filters(tx: Transaction, ctx: Context) -> Filters[Subnet]:
    def is_default(subnet: Subnet) -> tuple[str]:
        return ("true" if networks.is_built_in(ctx, subnet) else "false",)

    return {
        "availability-zone": lambda subnet: (subnet.zone,),
        "availabilityZone": lambda subnet: (subnet.zone,),
        "availability-zone-id": lambda subnet: (zone_id(ctx.region, subnet.zone),),
        "available-ip-address-count": lambda subnet: (str(_free_count(tx, ctx, subnet)),),
        "cidr-block": lambda subnet: (subnet.cidr,),
        "cidr": lambda subnet: (subnet.cidr,),
        "default-for-az": is_default,
        "defaultForAz": is_default,
        "ipv6-native": lambda subnet: ("false",),
        "map-public-ip-on-launch": lambda subnet: ("false",),
        "owner-id": lambda subnet: (ctx.account_id,),
        "state": lambda subnet: ("available",),
        "subnet-arn": lambda subnet: (arn_of(ctx, subnet.subnet_id),),
        "subnet-id": lambda subnet: (subnet.subnet_id,),
        "vpc-id": lambda subnet: (networks.vpc_id_of(ctx, subnet),),
    }
