"""The built-in network: stable ids, disjoint addresses."""

from ipaddress import IPv4Address, IPv4Network
from itertools import islice

import pytest

from elastane.catalog import network
from elastane.catalog.network import DEFAULT_BLOCK
from elastane.model.ids import AccountId, Region, SubnetId

ACCOUNT = AccountId("000000000000")
REGION = Region("us-east-1")


@pytest.mark.parametrize("name", ["us-east-1", "ap-northeast-3", "us-gov-west-1", "eusc-de-east-1", "mx-central-1"])
def test_a_name_in_the_form_of_a_region_is_one(name: str) -> None:
    assert network.is_region(name)


@pytest.mark.parametrize("name", ["", "us-east", "us-east-1a", "US-EAST-1", "us_east_1", "us-east-1\n", "../etc"])
def test_anything_else_is_not_a_region(name: str) -> None:
    assert not network.is_region(name)


def test_the_default_network_has_a_subnet_in_each_of_three_zones() -> None:
    found = network.default_network(ACCOUNT, REGION)

    assert [(subnet.zone, subnet.cidr) for subnet in found.subnets] == [
        ("us-east-1a", "127.88.0.0/20"),
        ("us-east-1b", "127.88.16.0/20"),
        ("us-east-1c", "127.88.32.0/20"),
    ]
    assert found.endpoint_cidr == "127.88.48.0/20"
    assert found.cidr == "127.88.0.0/16"


def test_ids_are_in_aws_form_and_never_change() -> None:
    found = network.default_network(ACCOUNT, REGION)

    # Written down: a customer's subnet group holds these ids, so a release that changes them breaks it.
    assert found.vpc_id == "vpc-e014797af01eff109"
    assert found.security_group_id == "sg-e8f4caa0ee399b99f"
    assert [subnet.subnet_id for subnet in found.subnets] == [
        "subnet-5fd35526e3afebc1a",
        "subnet-0dfe8aa53d803467f",
        "subnet-c4385e235a70cc42b",
    ]


def test_ids_differ_between_accounts_and_regions() -> None:
    networks = [
        network.default_network(AccountId(account), Region(region))
        for account in ("000000000000", "111111111111")
        for region in ("us-east-1", "us-east-2")
    ]

    assert len({each.vpc_id for each in networks}) == 4
    assert len({subnet.subnet_id for each in networks for subnet in each.subnets}) == 12


def test_a_subnet_is_traced_to_its_zone() -> None:
    found = network.default_network(ACCOUNT, REGION)

    for subnet in found.subnets:
        assert network.zone_of_subnet(ACCOUNT, REGION, subnet.subnet_id) == subnet.zone
    assert network.zone_of_subnet(ACCOUNT, REGION, SubnetId("subnet-0123456789abcdef0")) is None


def test_node_addresses_begin_after_the_reserved_ones_in_their_zones_subnet() -> None:
    assert list(islice(network.node_addresses(DEFAULT_BLOCK, 0), 2)) == ["127.88.0.10", "127.88.0.11"]
    assert next(network.node_addresses(DEFAULT_BLOCK, 1)) == "127.88.16.10"
    assert next(network.endpoint_addresses(DEFAULT_BLOCK)) == "127.88.48.10"


def test_no_address_belongs_to_two_subnets_or_lies_outside_the_block() -> None:
    block = IPv4Network("127.99.0.0/16")
    ranges = [list(network.node_addresses(block, index)) for index in range(network.ZONE_COUNT)]
    ranges.append(list(network.endpoint_addresses(block)))

    addresses = [address for each in ranges for address in each]

    assert len(addresses) == len(set(addresses)) == 4 * (4096 - network.RESERVED_ADDRESS_COUNT - 1)
    assert all(IPv4Address(each[0]) in block and IPv4Address(each[-1]) in block for each in ranges)


def test_a_block_is_a_sixteenth_inside_loopback() -> None:
    assert network.parse_block("127.90.0.0/16") == IPv4Network("127.90.0.0/16")


@pytest.mark.parametrize(
    "text", ["8.8.0.0/16", "10.0.0.0/8", "127.88.0.0/20", "127.0.0.0/8", "127.88.1.0/16", "::1/128", "loopback"]
)
def test_any_other_block_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="network block"):
        network.parse_block(text)


@pytest.mark.parametrize("text", ["127.90.0.0/16", "10.88.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "100.64.0.0/16"])
def test_a_block_of_loopback_or_of_a_private_network_is_taken(text: str) -> None:
    assert str(network.parse_block(text)) == text


def test_the_control_plane_has_an_address_that_no_node_and_no_endpoint_can_have() -> None:
    address = network.control_address(DEFAULT_BLOCK)
    pools = [*(network.node_addresses(DEFAULT_BLOCK, index) for index in range(network.ZONE_COUNT))]

    assert address == "127.88.48.4"
    assert not any(address in pool for pool in (*pools, network.endpoint_addresses(DEFAULT_BLOCK)))
    assert network.reserved_ranges(DEFAULT_BLOCK)[-1] == ("127.88.48.0", "127.88.48.9")


@pytest.mark.parametrize(
    ("cidr", "is_free"),
    [
        ("127.88.64.0/18", True),
        ("127.88.128.0/17", True),
        ("127.88.255.240/28", True),
        ("127.88.0.0/16", False),
        ("127.88.48.0/20", False),
        ("127.89.64.0/24", False),
    ],
)
def test_three_quarters_of_the_block_are_for_subnets_that_customers_make(cidr: str, is_free: bool) -> None:
    assert network.is_for_made_subnets(DEFAULT_BLOCK, IPv4Network(cidr)) is is_free


def test_the_default_security_group_has_the_network_s_own_id() -> None:
    group = network.default_security_group(ACCOUNT, REGION)

    assert (group.id, group.vpc_id) == (
        network.default_network(ACCOUNT, REGION).security_group_id,
        network.default_network(ACCOUNT, REGION).vpc_id,
    )


@pytest.mark.parametrize(
    ("vpc_ranges", "address", "apart"),
    [
        ((), "127.88.0.10", ()),
        (("127.88.64.0/18", "127.88.128.0/20"), "127.88.0.10", ("127.88.64.0/18", "127.88.128.0/20")),
        (("127.88.64.0/18", "127.88.192.0/18"), "127.88.64.4", ("127.88.0.0/18", "127.88.128.0/17")),
    ],
)
def test_an_address_is_apart_from_all_of_the_block_but_its_vpc(
    vpc_ranges: tuple[str, ...], address: str, apart: tuple[str, ...]
) -> None:
    assert network.foreign_ranges(network.DEFAULT_BLOCK, vpc_ranges, address) == apart
