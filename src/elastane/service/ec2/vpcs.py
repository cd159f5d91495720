"""CreateVpc, DescribeVpcs, DeleteVpc, and what else is told of VPCs: route tables, the account's attributes.

The default VPC of a region is built in and has the whole block. A VPC that is made has a range of the block for itself:
security groups, subnets and caches in it know those in it, and what the kernel enforces for security groups keeps it
and the others apart. This machine, which everybody who uses them works on, is in all of them.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network

from elastane.catalog import network
from elastane.model import faults
from elastane.model.ids import SecurityGroupId, VpcId
from elastane.model.vpcs import Vpc
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.filters import Filters, filtered, named_items, requested_results
from elastane.service.ec2.new_ids import DrawId, draw_id
from elastane.service.ec2.ranges import PREFIX_LENGTHS, parsed_range
from elastane.service.ec2.tags import answer_tags, forget_tags, requested_tags, save_new_tags, tags_of
from elastane.service.parameters import Parameters
from elastane.store import Transaction, security_groups, subnets, vpcs

_LOCAL_GATEWAY = "local"

_OTHER_RANGES = ("Ipv6CidrBlock", "Ipv6Pool", "Ipv6IpamPoolId", "Ipv6CidrBlockNetworkBorderGroup", "Ipv4IpamPoolId")


async def create_vpc(ctx: Context, parameters: Parameters, *, draw: DrawId = draw_id) -> Result:
    if parameters.flag("AmazonProvidedIpv6CidrBlock") or any(parameters.text(name) for name in _OTHER_RANGES):
        raise faults.UnsupportedOperation("A VPC here has an IPv4 range of the block, and nothing else.")
    if parameters.text("InstanceTenancy") not in (None, "default"):
        raise faults.UnsupportedOperation("The tenancy of a VPC here is default: no machine is anybody's alone.")
    asked_range = parameters.text("CidrBlock")
    if not asked_range:
        raise faults.MissingParameter("The request must contain the parameter cidrBlock")
    new_tags = requested_tags(ctx, parameters, "vpc")

    def create(tx: Transaction) -> Result:
        if len(networks.list_vpcs(tx, ctx)) >= ctx.limits.vpcs:
            raise faults.VpcLimitExceeded(f"The maximum number of VPCs has been reached, which is {ctx.limits.vpcs}.")
        cidr = str(_checked_range(tx, ctx, asked_range))
        vpc = Vpc(
            vpc_id=VpcId(draw("vpc")), region=ctx.region, cidr=cidr, security_group_id=SecurityGroupId(draw("sg"))
        )
        vpcs.save_vpc(tx, vpc)
        group = network.security_group_of_new_vpc(
            vpc.vpc_id, ctx.region, vpc.security_group_id, lambda direction: draw("sgr")
        )
        security_groups.save_security_group(tx, group)
        save_new_tags(tx, ctx, vpc.vpc_id, new_tags)
        return {"Vpc": _answer_vpc(tx, ctx, vpc)}

    return await dry_runs.decide(ctx, parameters, create)


async def delete_vpc(ctx: Context, parameters: Parameters) -> Result:
    def delete(tx: Transaction) -> Result:
        vpc = get_vpc(tx, ctx, parameters.required_text("VpcId"))
        if networks.is_default(ctx, vpc):
            raise faults.UnsupportedOperation(f"The VPC '{vpc.vpc_id}' is built in and cannot be deleted.")
        own_groups = [group for group in networks.list_security_groups(tx, ctx) if group.vpc_id == vpc.vpc_id]
        has_subnets = any(subnet.vpc_id == vpc.vpc_id for subnet in subnets.list_subnets(tx, ctx.region))
        if has_subnets or any(group.id != vpc.security_group_id for group in own_groups):
            raise faults.DependencyViolation(f"The vpc '{vpc.vpc_id}' has dependencies and cannot be deleted.")
        for group in own_groups:
            security_groups.remove_security_group(tx, ctx.region, group.id)
            forget_tags(tx, ctx, (group.id, *(rule.id for rule in group.rules)))
        vpcs.remove_vpc(tx, ctx.region, vpc.vpc_id)
        forget_tags(tx, ctx, (vpc.vpc_id,))
        return {}

    return await dry_runs.decide(ctx, parameters, delete)


async def describe_vpcs(ctx: Context, parameters: Parameters) -> Result:
    wanted = parameters.texts("VpcIds")

    def describe(tx: Transaction) -> Result:
        known: dict[str, Vpc] = {vpc.vpc_id: vpc for vpc in networks.list_vpcs(tx, ctx)}
        named = named_items(known, wanted, _not_found)
        found = filtered(parameters, named, _vpc_filters(ctx), lambda vpc: tags_of(tx, ctx, vpc.vpc_id))
        page = requested_results(parameters, found, key=lambda vpc: vpc.vpc_id)
        return {"Vpcs": [_answer_vpc(tx, ctx, vpc) for vpc in page.items], "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


async def describe_route_tables(ctx: Context, parameters: Parameters) -> Result:
    """The main one of each VPC alone, with the one route that is really there."""
    wanted = parameters.texts("RouteTableIds")

    def describe(tx: Transaction) -> Result:
        known = {_route_table_id(ctx, vpc): vpc for vpc in networks.list_vpcs(tx, ctx)}
        named = named_items(known, wanted, _no_route_table)
        found = filtered(parameters, named, _route_table_filters(ctx), lambda _: {})
        page = requested_results(parameters, found, key=lambda vpc: _route_table_id(ctx, vpc))
        return {"RouteTables": [_answer_route_table(ctx, vpc) for vpc in page.items], "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


async def describe_account_attributes(ctx: Context, parameters: Parameters) -> Result:
    values = {
        "default-vpc": networks.default_vpc_id(ctx),
        "supported-platforms": "VPC",
        "vpc-max-security-groups-per-interface": str(ctx.limits.security_groups_per_cache),
    }
    wanted = parameters.texts("AttributeNames")

    def describe(tx: Transaction) -> Result:
        return {
            "AccountAttributes": [
                {"AttributeName": name, "AttributeValues": [{"AttributeValue": value}]}
                for name, value in values.items()
                if not wanted or name in wanted
            ]
        }

    return await dry_runs.read(ctx, parameters, describe)


def get_vpc(tx: Transaction, ctx: Context, wanted: str) -> Vpc:
    """Raises InvalidVpcID.NotFound."""
    found = next((vpc for vpc in networks.list_vpcs(tx, ctx) if vpc.vpc_id == wanted), None)
    if found is None:
        raise _not_found(wanted)
    return found


def _not_found(vpc_id: str) -> faults.Fault:
    return faults.InvalidVpcIdNotFound(f"The vpc ID '{vpc_id}' does not exist")


def _no_route_table(table_id: str) -> faults.Fault:
    return faults.InvalidRouteTableIdNotFound(f"The routeTable ID '{table_id}' does not exist")


def _checked_range(tx: Transaction, ctx: Context, text: str) -> IPv4Network:
    """Raises InvalidParameterValue, InvalidVpcRange, InvalidVpc.Conflict."""
    wanted = parsed_range(text)
    block = ctx.address_block
    if wanted.prefixlen not in PREFIX_LENGTHS or not network.is_for_made_subnets(block, wanted):
        _, second, *_, last = block.subnets(prefixlen_diff=2)
        raise faults.InvalidVpcRange(
            f"The CIDR '{wanted}' is invalid. A VPC has a range of this installation's own addresses, with a mask down "
            f"to /28, between {second[0]} and {last[-1]}."
        )
    # Of every region: they share the block.
    taken = [vpc.cidr for vpc in vpcs.list_vpcs(tx)] + [subnet.cidr for subnet in subnets.list_subnets(tx)]
    if other := next((cidr for cidr in taken if wanted.overlaps(IPv4Network(cidr))), None):
        raise faults.InvalidVpcConflict(f"The CIDR '{wanted}' conflicts with {other}, which a VPC or subnet has.")
    return wanted


# --- answers -------------------------------------------------------------------------------------


def _answer_vpc(tx: Transaction, ctx: Context, vpc: Vpc) -> Result:
    association = {
        "AssociationId": _association_id(vpc),
        "CidrBlock": vpc.cidr,
        "CidrBlockState": {"State": "associated"},
    }
    return {
        "VpcId": vpc.vpc_id,
        "OwnerId": ctx.account_id,
        "State": "available",
        "IsDefault": networks.is_default(ctx, vpc),
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [association],
        "Ipv6CidrBlockAssociationSet": [],
        "InstanceTenancy": "default",
        "DhcpOptionsId": "default",
        "Tags": answer_tags(tx, ctx, vpc.vpc_id),
    }


def _association_id(vpc: Vpc) -> str:
    return vpc.vpc_id.replace("vpc-", "vpc-cidr-assoc-")


def _vpc_filters(ctx: Context) -> Filters[Vpc]:
    def is_default(vpc: Vpc) -> tuple[str]:
        return ("true" if networks.is_default(ctx, vpc) else "false",)

    return {
        "cidr": lambda vpc: (vpc.cidr,),
        "cidr-block-association.cidr-block": lambda vpc: (vpc.cidr,),
        "cidr-block-association.association-id": lambda vpc: (_association_id(vpc),),
        "cidr-block-association.state": lambda vpc: ("associated",),
        "dhcp-options-id": lambda vpc: ("default",),
        "is-default": is_default,
        "isDefault": is_default,
        "owner-id": lambda vpc: (ctx.account_id,),
        "state": lambda vpc: ("available",),
        "vpc-id": lambda vpc: (vpc.vpc_id,),
    }


def _route_table_id(ctx: Context, vpc: Vpc) -> str:
    if networks.is_default(ctx, vpc):
        return network.route_table_id(ctx.account_id, ctx.region)
    return vpc.vpc_id.replace("vpc-", "rtb-")


def _answer_route_table(ctx: Context, vpc: Vpc) -> Result:
    table_id = _route_table_id(ctx, vpc)
    return {
        "RouteTableId": table_id,
        "VpcId": vpc.vpc_id,
        "OwnerId": ctx.account_id,
        "Associations": [
            {
                "Main": True,
                "RouteTableId": table_id,
                "RouteTableAssociationId": table_id.replace("rtb-", "rtbassoc-"),
                "AssociationState": {"State": "associated"},
            }
        ],
        "Routes": [
            {
                "DestinationCidrBlock": vpc.cidr,
                "GatewayId": _LOCAL_GATEWAY,
                "Origin": "CreateRouteTable",
                "State": "active",
            }
        ],
        "PropagatingVgws": [],
        "Tags": [],
    }


def _route_table_filters(ctx: Context) -> Filters[Vpc]:
    def always(*values: str) -> Callable[[Vpc], Iterable[str]]:
        return lambda _: values

    return {
        "association.main": always("true"),
        "association.subnet-id": always(),
        "owner-id": always(ctx.account_id),
        "route-table-id": lambda vpc: (_route_table_id(ctx, vpc),),
        "route.destination-cidr-block": lambda vpc: (vpc.cidr,),
        "vpc-id": lambda vpc: (vpc.vpc_id,),
    }
