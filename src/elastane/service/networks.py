"""The network that callers see: the VPCs of a region, their subnets, their security groups.

The built-in part follows from account, region and the block of addresses (`catalog.network`); what customers added is
in the store. Both packages of actions ask here, so that EC2's actions and ElastiCache's tell one truth.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from elastane.catalog import network
from elastane.model.ids import SecurityGroupId, VpcId
from elastane.model.security_groups import SecurityGroup
from elastane.model.subnets import Subnet
from elastane.model.vpcs import Vpc
from elastane.service.context import Context
from elastane.store import Transaction, security_groups, subnets, vpcs
from elastane.store.documents import Stored


def built_in_network(ctx: Context) -> network.Network:
    return network.default_network(ctx.account_id, ctx.region, ctx.address_block)


def default_vpc_id(ctx: Context) -> VpcId:
    return built_in_network(ctx).vpc_id


def list_vpcs(tx: Transaction, ctx: Context) -> tuple[Vpc, ...]:
    """The default one first."""
    built_in = built_in_network(ctx)
    default = Vpc(
        vpc_id=built_in.vpc_id,
        region=ctx.region,
        cidr=built_in.cidr,
        security_group_id=built_in.security_group_id,
    )
    return (default, *vpcs.list_vpcs(tx, ctx.region))


def is_default(ctx: Context, vpc: Vpc) -> bool:
    return vpc.vpc_id == default_vpc_id(ctx)


def vpc_id_of(ctx: Context, subnet: Subnet) -> VpcId:
    return subnet.vpc_id or default_vpc_id(ctx)


def list_subnets(tx: Transaction, ctx: Context) -> tuple[Subnet, ...]:
    """The built-in ones first."""
    return (*built_in_network(ctx).subnets, *subnets.list_subnets(tx, ctx.region))


def is_built_in(ctx: Context, subnet: Subnet) -> bool:
    return subnet in built_in_network(ctx).subnets


def usable_addresses(ctx: Context, subnet: Subnet) -> range:
    """As numbers; IPv4Address makes an address of one."""
    reserved = network.RESERVED_ADDRESS_COUNT if is_built_in(ctx, subnet) else network.AWS_RESERVED_ADDRESS_COUNT
    return network.usable_numbers(IPv4Network(subnet.cidr), reserved)


def find_subnet_of_address(known: Iterable[Subnet], address: str) -> Subnet | None:
    """Where a node lives. None for one whose subnet went with a lost store: otherwise none goes with a node in it."""
    number = IPv4Address(address)
    return next((subnet for subnet in known if number in IPv4Network(subnet.cidr)), None)


# --- security groups -----------------------------------------------------------------------------


def default_security_group(ctx: Context) -> SecurityGroup:
    """The default VPC's, as it is while nobody has changed it."""
    return network.default_security_group(ctx.account_id, ctx.region)


def find_security_group(
    tx: Transaction, ctx: Context, security_group_id: SecurityGroupId
) -> Stored[SecurityGroup] | None:
    return security_groups.find_security_group(tx, default_security_group(ctx), security_group_id)


def list_security_groups(tx: Transaction, ctx: Context) -> tuple[SecurityGroup, ...]:
    return security_groups.list_security_groups(tx, default_security_group(ctx))
