"""The VPC, its zones, subnets and interfaces: one truth with ElastiCache's subnet groups and nodes."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import Region, SubnetId
from elastane.service import networks
from elastane.service.context import Context
from elastane.store import memcached_clusters
from elastane.store import subnets as subnet_documents
from tests.kit.calls import call, call_ec2
from tests.kit.contexts import create_group, forget, stored_group
from tests.kit.memcached_clusters import memcached_cluster
from tests.kit.subnet_groups import make_subnet_group


async def make_subnet(ctx: Context, cidr: str = "127.88.64.0/24", zone: str = "us-east-1b", **parameters: Any) -> str:
    answer = await call_ec2(
        ctx, "CreateSubnet", VpcId=networks.default_vpc_id(ctx), CidrBlock=cidr, AvailabilityZone=zone, **parameters
    )
    return str(answer["Subnet"]["SubnetId"])


async def subnets(ctx: Context, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call_ec2(ctx, "DescribeSubnets", **parameters))["Subnets"]
    return found


# --- what is built in ----------------------------------------------------------------------------


async def test_the_vpc_is_the_one_that_subnet_groups_tell_of(ctx: Context) -> None:
    (vpc,) = (await call_ec2(ctx, "DescribeVpcs", Filters=[{"Name": "is-default", "Values": ["true"]}]))["Vpcs"]
    (group,) = (await call(ctx, "DescribeCacheSubnetGroups"))["CacheSubnetGroups"]

    assert (vpc["VpcId"], vpc["CidrBlock"], vpc["IsDefault"]) == (group["VpcId"], str(ctx.address_block), True)
    found = await subnets(ctx, Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
    assert {(each["SubnetId"], each["AvailabilityZone"]) for each in found} == {
        (each["SubnetIdentifier"], each["SubnetAvailabilityZone"]["Name"]) for each in group["Subnets"]
    }
    assert (await call_ec2(ctx, "DescribeVpcs", Filters=[{"Name": "is-default", "Values": ["false"]}]))["Vpcs"] == []


async def test_zones_have_names_and_ids(ctx: Context) -> None:
    zones = (await call_ec2(ctx, "DescribeAvailabilityZones"))["AvailabilityZones"]
    (second,) = (await call_ec2(ctx, "DescribeAvailabilityZones", ZoneIds=["use1-az2"]))["AvailabilityZones"]

    assert [(zone["ZoneName"], zone["ZoneId"]) for zone in zones] == [
        ("us-east-1a", "use1-az1"),
        ("us-east-1b", "use1-az2"),
        ("us-east-1c", "use1-az3"),
    ]
    assert second["ZoneName"] == "us-east-1b"
    with pytest.raises(faults.InvalidParameterValue, match="moon-1a"):
        await call_ec2(ctx, "DescribeAvailabilityZones", ZoneNames=["moon-1a"])


async def test_what_terraform_reads_of_a_vpc_is_answered(ctx: Context) -> None:
    vpc_id = networks.default_vpc_id(ctx)
    attribute = await call_ec2(ctx, "DescribeVpcAttribute", VpcId=vpc_id, Attribute="enableDnsSupport")
    main = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    (table,) = (await call_ec2(ctx, "DescribeRouteTables", Filters=main))["RouteTables"]
    account = await call_ec2(ctx, "DescribeAccountAttributes", AttributeNames=["default-vpc"])

    assert attribute == {"VpcId": vpc_id, "EnableDnsSupport": {"Value": True}}
    assert [route["DestinationCidrBlock"] for route in table["Routes"]] == [str(ctx.address_block)]
    assert account["AccountAttributes"] == [
        {"AttributeName": "default-vpc", "AttributeValues": [{"AttributeValue": vpc_id}]}
    ]


MISSING: tuple[tuple[str, dict[str, Any], type[Fault]], ...] = (
    ("DescribeVpcs", {"VpcIds": ["vpc-0"]}, faults.InvalidVpcIdNotFound),
    ("DescribeVpcAttribute", {"VpcId": "vpc-0", "Attribute": "enableDnsSupport"}, faults.InvalidVpcIdNotFound),
    ("ModifyVpcAttribute", {"VpcId": "vpc-0", "EnableDnsSupport": {"Value": True}}, faults.InvalidVpcIdNotFound),
    ("DescribeSubnets", {"SubnetIds": ["subnet-0"]}, faults.InvalidSubnetIdNotFound),
    ("DeleteSubnet", {"SubnetId": "subnet-0"}, faults.InvalidSubnetIdNotFound),
    ("DescribeRouteTables", {"RouteTableIds": ["rtb-0"]}, faults.InvalidRouteTableIdNotFound),
    ("DescribeNetworkInterfaces", {"NetworkInterfaceIds": ["eni-0"]}, faults.InvalidNetworkInterfaceIdNotFound),
    ("CreateTags", {"Resources": ["vpc-0"], "Tags": [{"Key": "k", "Value": "v"}]}, faults.InvalidVpcIdNotFound),
    ("CreateTags", {"Resources": ["sgr-0"], "Tags": [{"Key": "k"}]}, faults.InvalidSecurityGroupRuleIdNotFound),
    ("CreateTags", {"Resources": ["i-0"], "Tags": [{"Key": "k", "Value": "v"}]}, faults.InvalidId),
)


@pytest.mark.parametrize(("action", "parameters", "fault"), MISSING)
async def test_what_is_not_there_is_said_in_ec2_s_codes(
    ctx: Context, action: str, parameters: dict[str, Any], fault: type[Fault]
) -> None:
    with pytest.raises(fault):
        await call_ec2(ctx, action, **parameters)


# --- subnets that customers make -----------------------------------------------------------------


async def test_nodes_live_in_the_subnet_that_was_made_for_them(ctx: Context) -> None:
    subnet_id = await make_subnet(ctx)
    told = await make_subnet_group(ctx, subnet_id)

    await create_group(ctx, CacheSubnetGroupName="own")

    group = await stored_group(ctx, "orders")
    assert group is not None
    assert [node.address for node in group.nodes] == ["127.88.64.4", "127.88.64.5"]
    assert {node.zone for node in group.nodes} == {"us-east-1b"}
    assert told["Subnets"][0]["SubnetAvailabilityZone"]["Name"] == "us-east-1b"
    (subnet,) = await subnets(ctx, SubnetIds=[subnet_id])
    assert (subnet["AvailableIpAddressCount"], subnet["DefaultForAz"]) == (251 - 2, False)


async def test_a_group_over_several_subnets_of_a_zone_uses_them_all(ctx: Context) -> None:
    """The smallest subnet has eleven addresses: the twelfth node is in the next one."""
    made = [await make_subnet(ctx, cidr) for cidr in ("127.88.64.0/28", "127.88.65.0/28")]
    await make_subnet_group(ctx, *made)

    for number in range(12):
        await create_group(ctx, f"orders-{number}", nodes=1, CacheSubnetGroupName="own")

    groups = [await stored_group(ctx, f"orders-{number}") for number in range(12)]
    addresses = [node.address for group in groups if group is not None for node in group.nodes]
    assert [IPv4Address(address) in IPv4Network("127.88.64.0/28") for address in addresses] == [True] * 11 + [False]
    assert IPv4Address(addresses[-1]) in IPv4Network("127.88.65.0/28")


async def test_a_subnet_in_use_stays_and_an_unused_one_goes(ctx: Context) -> None:
    subnet_id, other = await make_subnet(ctx), await make_subnet(ctx, "127.88.96.0/20")
    await make_subnet_group(ctx, subnet_id, other)
    await create_group(ctx, CacheSubnetGroupName="own", nodes=1)

    with pytest.raises(faults.DependencyViolation, match=subnet_id):
        await call_ec2(ctx, "DeleteSubnet", SubnetId=subnet_id)
    with pytest.raises(faults.SubnetInUse, match="orders-001"):
        await call(ctx, "ModifyCacheSubnetGroup", CacheSubnetGroupName="own", SubnetIds=[other])

    await call(ctx, "ModifyCacheSubnetGroup", CacheSubnetGroupName="own", SubnetIds=[subnet_id])
    await call_ec2(ctx, "DeleteSubnet", SubnetId=other)
    await forget(ctx, "orders")
    await call(ctx, "DeleteCacheSubnetGroup", CacheSubnetGroupName="own")
    await call_ec2(ctx, "DeleteSubnet", SubnetId=subnet_id)
    assert {each["DefaultForAz"] for each in await subnets(ctx)} == {True}


REFUSED_SUBNETS: tuple[tuple[str, str, type[Fault], str], ...] = (
    ("10.0.1.0/24", "us-east-1a", faults.InvalidSubnetRange, "127.88.0.0/16"),
    ("127.88.64.0/29", "us-east-1a", faults.InvalidSubnetRange, "/28"),
    ("127.88.16.0/24", "us-east-1a", faults.InvalidSubnetConflict, "127.88.64.0"),
    ("127.88.48.0/24", "us-east-1a", faults.InvalidSubnetConflict, "127.88.64.0"),
    ("127.88.128.128/25", "us-east-1a", faults.InvalidSubnetConflict, "conflicts"),
    ("127.88.64.1/24", "us-east-1a", faults.InvalidParameterValue, "not a valid CIDR"),
    ("127.88.80.0/24", "us-east-1f", faults.InvalidParameterValue, "us-east-1f"),
)


@pytest.mark.parametrize(("cidr", "zone", "fault", "words"), REFUSED_SUBNETS)
async def test_a_subnet_in_which_no_node_could_live_is_refused(
    ctx: Context, cidr: str, zone: str, fault: type[Fault], words: str
) -> None:
    await make_subnet(ctx, "127.88.128.0/24")

    with pytest.raises(fault, match=words):
        await make_subnet(ctx, cidr, zone)


async def test_subnets_of_two_regions_keep_apart(ctx: Context) -> None:
    await make_subnet(ctx)
    elsewhere = replace(ctx, region=Region("eu-west-1"))

    with pytest.raises(faults.InvalidSubnetConflict):
        await make_subnet(elsewhere, zone="eu-west-1a")
    assert len(await subnets(elsewhere)) == 3


async def test_what_is_built_in_cannot_be_deleted(ctx: Context) -> None:
    built_in = networks.built_in_network(ctx).subnets[0].subnet_id

    with pytest.raises(faults.UnsupportedOperation, match="built in"):
        await call_ec2(ctx, "DeleteSubnet", SubnetId=built_in)


# --- interfaces and tags -------------------------------------------------------------------------


async def test_every_node_has_an_interface_with_its_security_groups(ctx: Context) -> None:
    await create_group(ctx)
    default = networks.default_security_group(ctx).id

    filters = [{"Name": "group-id", "Values": [default]}, {"Name": "description", "Values": ["ElastiCache *"]}]
    found = (await call_ec2(ctx, "DescribeNetworkInterfaces", Filters=filters))["NetworkInterfaces"]

    group = await stored_group(ctx, "orders")
    assert group is not None
    assert sorted((each["Description"], each["PrivateIpAddress"]) for each in found) == [
        (f"ElastiCache {node.id}", node.address) for node in group.nodes
    ]
    assert {each["Groups"][0]["GroupName"] for each in found} == {"default"}
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in await subnets(ctx)}
    assert all(zones[each["SubnetId"]] == each["AvailabilityZone"] for each in found)


async def test_a_memcached_cluster_s_nodes_have_interfaces_and_its_endpoint_has_none(ctx: Context) -> None:
    cluster = memcached_cluster("sessions")
    await ctx.store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, cluster))

    found = (await call_ec2(ctx, "DescribeNetworkInterfaces"))["NetworkInterfaces"]

    assert sorted((each["Description"], each["PrivateIpAddress"]) for each in found) == [
        (f"ElastiCache sessions.{node.id}", node.address) for node in cluster.nodes
    ]


async def test_a_node_whose_subnet_went_with_a_lost_store_is_told_without_it(ctx: Context) -> None:
    subnet_id = await make_subnet(ctx)
    await make_subnet_group(ctx, subnet_id)
    await create_group(ctx, CacheSubnetGroupName="own", nodes=1)
    await ctx.store.write(lambda tx: subnet_documents.remove_subnet(tx, ctx.region, SubnetId(subnet_id)))

    (interface,) = (await call_ec2(ctx, "DescribeNetworkInterfaces"))["NetworkInterfaces"]

    assert (interface["PrivateIpAddress"], "SubnetId" in interface) == ("127.88.64.4", False)


async def test_tags_are_added_read_filtered_and_removed(ctx: Context) -> None:
    vpc_id = networks.default_vpc_id(ctx)
    subnet_id = await make_subnet(
        ctx, TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "tier", "Value": "data"}]}]
    )

    await call_ec2(
        ctx, "CreateTags", Resources=[vpc_id, subnet_id], Tags=[{"Key": "team", "Value": "shop"}, {"Key": "old"}]
    )
    await call_ec2(ctx, "DeleteTags", Resources=[vpc_id], Tags=[{"Key": "team", "Value": "other"}, {"Key": "old"}])

    (vpc,) = (await call_ec2(ctx, "DescribeVpcs"))["Vpcs"]
    assert vpc["Tags"] == [{"Key": "team", "Value": "shop"}]
    (subnet,) = await subnets(ctx, Filters=[{"Name": "tag:tier", "Values": ["data"]}])
    assert {tag["Key"] for tag in subnet["Tags"]} == {"tier", "team", "old"}
    of_subnets = [{"Name": "resource-type", "Values": ["subnet"]}, {"Name": "key", "Values": ["t*"]}]
    told = (await call_ec2(ctx, "DescribeTags", Filters=of_subnets))["Tags"]
    assert {(tag["ResourceId"], tag["Key"]) for tag in told} == {(subnet_id, "tier"), (subnet_id, "team")}
    await call_ec2(ctx, "DeleteTags", Resources=[vpc_id, subnet_id])
    assert (await call_ec2(ctx, "DescribeTags"))["Tags"] == []
