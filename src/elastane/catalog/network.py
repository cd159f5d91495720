"""The built-in default VPC: three zones of a region, a subnet in each, and the addresses inside.

Called by `service` (subnet groups, EC2's Describe actions) and by `reconcile` (which address a
node may get next). Pure address arithmetic: nothing here knows which addresses are taken, binds
one, or checks that the machine has it.

A block is a /16, by default inside 127/8. Its first quarter is cut into /20s:

    <block>.0.0/20     zone a's subnet          <block>.32.0/20    zone c's subnet
    <block>.16.0/20    zone b's subnet          <block>.48.0/20    endpoints, and the control plane's own address

Endpoints have a subnet of their own, so that an address that moves with the primary is never one
a node could be given. The other three quarters are for VPCs and subnets that customers make.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError, collapse_addresses
from itertools import islice

import msgspec

from elastane.model.ids import AccountId, Region, SecurityGroupId, SecurityGroupRuleId, SubnetId, VpcId, Zone
from elastane.model.security_groups import (
    ANYWHERE,
    DEFAULT_SECURITY_GROUP_NAME,
    Direction,
    GroupReference,
    Peer,
    SecurityGroup,
    SecurityGroupRule,
    all_traffic,
)
from elastane.model.subnets import Subnet

DEFAULT_BLOCK = IPv4Network("127.88.0.0/16")
ZONE_COUNT = 3
RESERVED_ADDRESS_COUNT = 10
"""AWS keeps the first four addresses of a subnet and the last; ten leave room for a gateway and a resolver."""
AWS_RESERVED_ADDRESS_COUNT = 4
_CONTROL_ADDRESS_NUMBER = 4
"""The fifth: of the first four AWS's documents say what they are for."""

_LOOPBACK = IPv4Network("127.0.0.0/8")
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_ZONE_LETTERS = "abc"
_SUBNET_PREFIX_LENGTH = 20
_ENDPOINT_SUBNET_INDEX = 3
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}\Z")


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """The default VPC of an account in a region. Its ids follow from account and region and never change."""

    vpc_id: VpcId
    security_group_id: SecurityGroupId
    """The VPC's default security group."""
    cidr: str
    subnets: tuple[Subnet, ...]
    endpoint_cidr: str


def is_region(text: str) -> bool:
    """Whether this could be an AWS region's name. There is no list: a region AWS opens tomorrow works today."""
    return _REGION.match(text) is not None


def parse_block(text: str) -> IPv4Network:
    """The block an operator configures. Raises ValueError with a sentence unless it is a /16 inside 127/8 or of a
    private network; whether the machine has its addresses, only the machine can tell."""
    try:
        block = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise ValueError(f"The network block {text!r} is not an IPv4 network: {error}.") from error
    if block.prefixlen != 16 or not any(block.subnet_of(one) for one in (_LOOPBACK, *_PRIVATE)):
        raise ValueError(
            f"The network block {text} must be a /16 inside 127.0.0.0/8, such as {DEFAULT_BLOCK}, or inside "
            "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10."
        )
    return block


def zones(region: Region) -> tuple[Zone, ...]:
    """The region's zones: ``<region>a``, ``b`` and ``c``."""
    return tuple(Zone(f"{region}{letter}") for letter in _ZONE_LETTERS)


@lru_cache(maxsize=256)
def default_network(account_id: AccountId, region: Region, block: IPv4Network = DEFAULT_BLOCK) -> Network:
    """The default VPC with its subnets: digests and arithmetic, asked for some times in a call about the network."""
    return Network(
        vpc_id=VpcId(_resource_id("vpc", account_id, region)),
        security_group_id=SecurityGroupId(_resource_id("sg", account_id, region)),
        cidr=str(block),
        subnets=tuple(
            Subnet(
                subnet_id=subnet_id(account_id, region, zone),
                region=region,
                zone=zone,
                cidr=str(_subnet(block, index)),
            )
            for index, zone in enumerate(zones(region))
        ),
        endpoint_cidr=str(_subnet(block, _ENDPOINT_SUBNET_INDEX)),
    )


def default_security_group(account_id: AccountId, region: Region) -> SecurityGroup:
    """The default VPC's."""
    return security_group_of_new_vpc(
        VpcId(_resource_id("vpc", account_id, region)),
        region,
        SecurityGroupId(_resource_id("sg", account_id, region)),
        lambda direction: _resource_id("sgr", account_id, region, direction),
    )


def security_group_of_new_vpc(
    vpc_id: VpcId, region: Region, group_id: SecurityGroupId, draw_rule_id: Callable[[Direction], str]
) -> SecurityGroup:
    """As AWS makes it: what has the group may reach all else that has it, and everything may go out."""
    peers: dict[Direction, Peer] = {Direction.INGRESS: GroupReference(group_id), Direction.EGRESS: ANYWHERE}
    return SecurityGroup(
        id=group_id,
        region=region,
        vpc_id=vpc_id,
        name=DEFAULT_SECURITY_GROUP_NAME,
        description="default VPC security group",
        rules=tuple(
            SecurityGroupRule(
                id=SecurityGroupRuleId(draw_rule_id(direction)),
                traffic=all_traffic(direction, peer),
            )
            for direction, peer in peers.items()
        ),
    )


def route_table_id(account_id: AccountId, region: Region) -> str:
    """Of the default VPC's main route table, which leads from everywhere in it to everywhere in it."""
    return _resource_id("rtb", account_id, region)


def foreign_ranges(block: IPv4Network, vpc_ranges: Iterable[str], address: str) -> tuple[str, ...]:
    """Those of the block from which an address is apart: all but the range of its own VPC; for an address of a
    default VPC the ranges of all that are not."""
    ranges = [IPv4Network(cidr) for cidr in vpc_ranges]
    own = next((found for found in ranges if IPv4Address(address) in found), None)
    foreign = ranges if own is None else block.address_exclude(own)
    return tuple(map(str, collapse_addresses(foreign)))


def network_interface_id(region: Region, address: str) -> str:
    """Of what stands at an address: no two nodes have one."""
    return _resource_id("eni", region, address)


def subnet_id(account_id: AccountId, region: Region, zone: Zone) -> SubnetId:
    """The id of the built-in subnet in a zone: the same on every machine and after every restart."""
    return SubnetId(_resource_id("subnet", account_id, region, zone))


def zone_of_subnet(account_id: AccountId, region: Region, wanted: SubnetId) -> Zone | None:
    """The zone a built-in subnet lies in, or None for a subnet that is not ours."""
    return next((zone for zone in zones(region) if subnet_id(account_id, region, zone) == wanted), None)


def node_addresses(block: IPv4Network, zone_index: int) -> Iterator[str]:
    """The addresses nodes may have in the n-th zone's built-in subnet, lowest first, without those it reserves."""
    assert 0 <= zone_index < ZONE_COUNT
    return _usable(_subnet(block, zone_index), RESERVED_ADDRESS_COUNT)


def endpoint_addresses(block: IPv4Network) -> Iterator[str]:
    """The addresses endpoints may have, lowest first; never one that a node could have."""
    return _usable(_subnet(block, _ENDPOINT_SUBNET_INDEX), RESERVED_ADDRESS_COUNT)


def made_subnet_addresses(cidr: str) -> Iterator[str]:
    """The addresses nodes may have in a subnet that a customer made, lowest first: all but those AWS reserves."""
    return _usable(IPv4Network(cidr), AWS_RESERVED_ADDRESS_COUNT)


def control_address(block: IPv4Network) -> str:
    """Where the control plane's own connections come from, so that no security group ever keeps it out."""
    return str(_subnet(block, _ENDPOINT_SUBNET_INDEX)[_CONTROL_ADDRESS_NUMBER])


def reserved_ranges(block: IPv4Network) -> tuple[tuple[str, str], ...]:
    """First and last of the addresses that the built-in subnets keep from nodes and endpoints."""
    subnets = (_subnet(block, index) for index in (*range(ZONE_COUNT), _ENDPOINT_SUBNET_INDEX))
    return tuple((str(subnet[0]), str(subnet[RESERVED_ADDRESS_COUNT - 1])) for subnet in subnets)


def is_for_made_subnets(block: IPv4Network, wanted: IPv4Network) -> bool:
    """Whether a range lies in the three quarters of the block that are not built in."""
    built_in = next(block.subnets(prefixlen_diff=2))
    return wanted.subnet_of(block) and not wanted.overlaps(built_in)


def usable_numbers(subnet: IPv4Network, reserved_count: int) -> range:
    """All addresses but the first ones, which are reserved, and the last; IPv4Address makes an address of one."""
    return range(int(subnet.network_address) + reserved_count, int(subnet.broadcast_address))


def _usable(subnet: IPv4Network, reserved_count: int) -> Iterator[str]:
    return (str(IPv4Address(number)) for number in usable_numbers(subnet, reserved_count))


def _subnet(block: IPv4Network, index: int) -> IPv4Network:
    return next(islice(block.subnets(new_prefix=_SUBNET_PREFIX_LENGTH), index, None))


def _resource_id(kind: str, *parts: str) -> str:
    """AWS's form: the kind and 17 hexadecimal digits, here a digest instead of a lottery."""
    return f"{kind}-{hashlib.sha256('/'.join((kind, *parts)).encode()).hexdigest()[:17]}"
