"""DescribeVpcs and what else is told of the one VPC of a region: its attributes, its route table, the account's.

It is built in: one machine has one network, and every address of it reaches every other. A second VPC would promise
to be apart and not be, so CreateVpc and DeleteVpc are refused (docs/decisions/0032).
"""

from collections.abc import Callable, Iterable

from elastane.catalog import network
from elastane.model import faults
from elastane.model.ids import VpcId
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.filters import Filters, filtered, requested_results
from elastane.service.ec2.tags import answer_tags, tags_of
from elastane.service.parameters import Parameters
from elastane.store import Transaction

_LOCAL_GATEWAY = "local"


async def describe_vpcs(ctx: Context, parameters: Parameters) -> Result:
    built_in = networks.built_in_network(ctx)
    for wanted in parameters.texts("VpcIds") or ():
        get_vpc_id(ctx, wanted)

    def describe(tx: Transaction) -> Result:
        found = filtered(parameters, (built_in,), _vpc_filters(ctx), lambda vpc: tags_of(tx, ctx, vpc.vpc_id))
        page = requested_results(parameters, found, key=lambda vpc: vpc.vpc_id)
        return {"Vpcs": [_answer_vpc(tx, ctx, vpc) for vpc in page.items], "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


async def describe_vpc_attribute(ctx: Context, parameters: Parameters) -> Result:
    """All are off: names are answered by the DNS server of `serve --dns`, and by nothing inside the VPC."""
    attributes = {
        "enableDnsSupport": "EnableDnsSupport",
        "enableDnsHostnames": "EnableDnsHostnames",
        "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
    }

    def describe(tx: Transaction) -> Result:
        found = get_vpc_id(ctx, parameters.required_text("VpcId"))
        return {"VpcId": found, attributes[parameters.required_text("Attribute")]: {"Value": False}}

    return await dry_runs.read(ctx, parameters, describe)


async def describe_route_tables(ctx: Context, parameters: Parameters) -> Result:
    """The main one alone, with the one route that is really there."""
    own_id = network.route_table_id(ctx.account_id, ctx.region)
    for wanted in parameters.texts("RouteTableIds") or ():
        if wanted != own_id:
            raise faults.InvalidRouteTableIdNotFound(f"The routeTable ID '{wanted}' does not exist")

    def describe(tx: Transaction) -> Result:
        found = filtered(parameters, (own_id,), _route_table_filters(ctx), lambda _: {})
        page = requested_results(parameters, found, key=lambda table_id: table_id)
        return {"RouteTables": [_answer_route_table(ctx, found) for found in page.items], "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


async def describe_account_attributes(ctx: Context, parameters: Parameters) -> Result:
    values = {
        "default-vpc": networks.vpc_id(ctx),
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


def get_vpc_id(ctx: Context, wanted: str | None) -> VpcId:
    """The region's VPC, also when none is named. Raises InvalidVpcID.NotFound."""
    own = networks.vpc_id(ctx)
    if wanted and wanted != own:
        raise faults.InvalidVpcIdNotFound(f"The vpc ID '{wanted}' does not exist")
    return own


# --- answers -------------------------------------------------------------------------------------


def _answer_vpc(tx: Transaction, ctx: Context, vpc: network.Network) -> Result:
    association = {
        "AssociationId": _association_id(vpc),
        "CidrBlock": vpc.cidr,
        "CidrBlockState": {"State": "associated"},
    }
    return {
        "VpcId": vpc.vpc_id,
        "OwnerId": ctx.account_id,
        "State": "available",
        "IsDefault": True,
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [association],
        "Ipv6CidrBlockAssociationSet": [],
        "InstanceTenancy": "default",
        "DhcpOptionsId": "default",
        "Tags": answer_tags(tx, ctx, vpc.vpc_id),
    }


def _association_id(vpc: network.Network) -> str:
    return vpc.vpc_id.replace("vpc-", "vpc-cidr-assoc-")


def _vpc_filters(ctx: Context) -> Filters[network.Network]:
    return {
        "cidr": lambda vpc: (vpc.cidr,),
        "cidr-block-association.cidr-block": lambda vpc: (vpc.cidr,),
        "cidr-block-association.association-id": lambda vpc: (_association_id(vpc),),
        "cidr-block-association.state": lambda vpc: ("associated",),
        "dhcp-options-id": lambda vpc: ("default",),
        "is-default": lambda vpc: ("true",),
        "isDefault": lambda vpc: ("true",),
        "owner-id": lambda vpc: (ctx.account_id,),
        "state": lambda vpc: ("available",),
        "vpc-id": lambda vpc: (vpc.vpc_id,),
    }


def _answer_route_table(ctx: Context, table_id: str) -> Result:
    vpc = networks.built_in_network(ctx)
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


def _route_table_filters(ctx: Context) -> Filters[str]:
    def always(*values: str) -> Callable[[str], Iterable[str]]:
        return lambda _: values

    vpc = networks.built_in_network(ctx)
    return {
        "association.main": always("true"),
        "association.subnet-id": always(),
        "owner-id": always(ctx.account_id),
        "route-table-id": lambda table_id: (table_id,),
        "route.destination-cidr-block": always(vpc.cidr),
        "vpc-id": always(vpc.vpc_id),
    }
