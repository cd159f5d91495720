"""VPCs that are made: a range of their own, and subnets, security groups and caches that know only each other."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import Region
from elastane.service import networks
from elastane.service.context import Context
from tests.kit.calls import call_ec2, make_security_group
from tests.kit.contexts import create_group, stored_group
from tests.kit.subnet_groups import make_subnet_group

RANGE = "127.88.64.0/18"


async def make_vpc(ctx: Context, cidr: str = RANGE, **parameters: Any) -> str:
    return str((await call_ec2(ctx, "CreateVpc", CidrBlock=cidr, **parameters))["Vpc"]["VpcId"])


async def make_subnet(ctx: Context, vpc_id: str, cidr: str = "127.88.64.0/24") -> str:
    answer = await call_ec2(ctx, "CreateSubnet", VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone="us-east-1b")
    return str(answer["Subnet"]["SubnetId"])


async def groups_of(ctx: Context, vpc_id: str) -> dict[str, str]:
    """Ids by name."""
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}]
    found = (await call_ec2(ctx, "DescribeSecurityGroups", Filters=filters))["SecurityGroups"]
    return {group["GroupName"]: group["GroupId"] for group in found}


async def test_a_vpc_is_told_with_its_route_table_and_security_group(ctx: Context) -> None:
    tags = [{"Key": "Name", "Value": "shop"}]
    vpc_id = await make_vpc(ctx, TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])

    (told,) = (await call_ec2(ctx, "DescribeVpcs", VpcIds=[vpc_id]))["Vpcs"]
    (table,) = (await call_ec2(ctx, "DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [vpc_id]}]))[
        "RouteTables"
    ]
    both = (await call_ec2(ctx, "DescribeVpcs"))["Vpcs"]

    assert (told["CidrBlock"], told["IsDefault"], told["Tags"]) == (RANGE, False, tags)
    assert (table["VpcId"], table["Routes"][0]["DestinationCidrBlock"]) == (vpc_id, RANGE)
    assert [vpc["IsDefault"] for vpc in sorted(both, key=lambda vpc: vpc["VpcId"] == vpc_id)] == [True, False]
    assert list(await groups_of(ctx, vpc_id)) == ["default"]


@pytest.mark.parametrize(
    ("cidr", "fault"),
    [
        ("10.0.0.0/16", faults.InvalidVpcRange),
        ("127.88.0.0/18", faults.InvalidVpcRange),
        ("127.88.0.0/16", faults.InvalidVpcRange),
        ("127.88.64.0/29", faults.InvalidVpcRange),
        ("127.88.64.7/18", faults.InvalidParameterValue),
        ("everything", faults.InvalidParameterValue),
    ],
)
async def test_a_range_that_no_vpc_could_have_is_refused(ctx: Context, cidr: str, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        await make_vpc(ctx, cidr)


async def test_a_range_is_one_vpc_s_alone_in_every_region(ctx: Context) -> None:
    await make_subnet(ctx, networks.default_vpc_id(ctx), "127.88.192.0/24")
    await make_vpc(ctx)
    elsewhere = replace(ctx, region=Region("eu-west-1"))

    for taken in ("127.88.80.0/24", RANGE, "127.88.192.0/18"):
        with pytest.raises(faults.InvalidVpcConflict):
            await make_vpc(elsewhere, taken)
    with pytest.raises(faults.InvalidSubnetConflict):
        await make_subnet(ctx, networks.default_vpc_id(ctx), "127.88.80.0/24")


async def test_a_vpc_needs_a_range(ctx: Context) -> None:
    with pytest.raises(faults.MissingParameter):
        await call_ec2(ctx, "CreateVpc")


async def test_a_region_s_quota_of_vpcs_is_kept(ctx: Context) -> None:
    small = replace(ctx, limits=msgspec.structs.replace(ctx.limits, vpcs=2))
    await make_vpc(small)

    with pytest.raises(faults.VpcLimitExceeded):
        await make_vpc(small, "127.88.128.0/18")


@pytest.mark.parametrize(
    "asked", [{"InstanceTenancy": "dedicated"}, {"AmazonProvidedIpv6CidrBlock": True}, {"Ipv4IpamPoolId": "ipam-1"}]
)
async def test_what_a_vpc_here_cannot_be_is_refused(ctx: Context, asked: dict[str, Any]) -> None:
    with pytest.raises(faults.UnsupportedOperation):
        await make_vpc(ctx, **asked)


async def test_subnets_lie_in_their_vpc(ctx: Context) -> None:
    vpc_id = await make_vpc(ctx)
    subnet_id = await make_subnet(ctx, vpc_id)

    with pytest.raises(faults.InvalidSubnetRange, match=r"127\.88\.64\.0/18"):
        await make_subnet(ctx, vpc_id, "127.88.192.0/24")
    with pytest.raises(faults.InvalidSubnetConflict):
        await make_subnet(ctx, vpc_id, "127.88.64.128/25")
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}]
    (found,) = (await call_ec2(ctx, "DescribeSubnets", Filters=filters))["Subnets"]
    assert (found["SubnetId"], found["VpcId"], found["DefaultForAz"]) == (subnet_id, vpc_id, False)


async def test_a_subnet_group_is_of_one_vpc(ctx: Context) -> None:
    vpc_id = await make_vpc(ctx)
    subnet_id = await make_subnet(ctx, vpc_id)
    built_in = networks.built_in_network(ctx).subnets[0].subnet_id

    with pytest.raises(faults.InvalidSubnet, match="not all in the same VPC"):
        await make_subnet_group(ctx, subnet_id, built_in)

    assert (await make_subnet_group(ctx, subnet_id))["VpcId"] == vpc_id


async def test_a_cache_has_security_groups_of_its_vpc_alone(ctx: Context) -> None:
    vpc_id = await make_vpc(ctx)
    await make_subnet_group(ctx, await make_subnet(ctx, vpc_id))
    own, foreign = await make_security_group(ctx, "web", vpc_id), await make_security_group(ctx, "web")

    with pytest.raises(faults.InvalidParameterValue, match=f"do not exist in VPC {vpc_id}"):
        await create_group(ctx, CacheSubnetGroupName="own", SecurityGroupIds=[foreign])
    with pytest.raises(faults.InvalidParameterValue, match="do not exist in VPC"):
        await create_group(ctx, SecurityGroupIds=[own])
    await create_group(ctx, CacheSubnetGroupName="own", nodes=1)

    group = await stored_group(ctx, "orders")
    assert group is not None
    assert group.network.security_group_ids == ((await groups_of(ctx, vpc_id))["default"],)
    (interface,) = (await call_ec2(ctx, "DescribeNetworkInterfaces", Filters=[{"Name": "vpc-id", "Values": [vpc_id]}]))[
        "NetworkInterfaces"
    ]
    assert interface["PrivateIpAddress"] == group.nodes[0].address


async def test_names_are_of_the_default_vpc_and_rules_name_groups_of_their_own(ctx: Context) -> None:
    vpc_id = await make_vpc(ctx)
    own, foreign = await make_security_group(ctx, "web", vpc_id), await make_security_group(ctx, "web")
    default = (await groups_of(ctx, vpc_id))["default"]

    (named,) = (await call_ec2(ctx, "DescribeSecurityGroups", GroupNames=["web"]))["SecurityGroups"]
    assert named["GroupId"] == foreign
    with pytest.raises(faults.InvalidGroupDuplicate):
        await make_security_group(ctx, "web", vpc_id)
    pairs = [{"GroupId": foreign}]
    permission = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "UserIdGroupPairs": pairs}
    with pytest.raises(faults.InvalidGroupNotFound, match="different networks"):
        await call_ec2(ctx, "AuthorizeSecurityGroupIngress", GroupId=own, IpPermissions=[permission])
    permission["UserIdGroupPairs"] = [{"GroupId": default}]
    await call_ec2(ctx, "AuthorizeSecurityGroupIngress", GroupId=own, IpPermissions=[permission])


async def test_a_vpc_goes_with_its_default_group_once_nothing_else_is_in_it(ctx: Context) -> None:
    vpc_id = await make_vpc(ctx)
    subnet_id, group_id = await make_subnet(ctx, vpc_id), await make_security_group(ctx, "web", vpc_id)
    default = (await groups_of(ctx, vpc_id))["default"]
    tags = [{"Key": "team", "Value": "shop"}]
    await call_ec2(ctx, "CreateTags", Resources=[vpc_id, default], Tags=tags)

    with pytest.raises(faults.CannotDelete):
        await call_ec2(ctx, "DeleteSecurityGroup", GroupId=default)
    for action, named in ("DeleteSubnet", {"SubnetId": subnet_id}), ("DeleteSecurityGroup", {"GroupId": group_id}):
        with pytest.raises(faults.DependencyViolation):
            await call_ec2(ctx, "DeleteVpc", VpcId=vpc_id)
        await call_ec2(ctx, action, **named)
    await call_ec2(ctx, "DeleteVpc", VpcId=vpc_id)

    with pytest.raises(faults.InvalidVpcIdNotFound):
        await call_ec2(ctx, "DescribeVpcs", VpcIds=[vpc_id])
    with pytest.raises(faults.InvalidGroupNotFound):
        await call_ec2(ctx, "DescribeSecurityGroups", GroupIds=[default])
    assert (await call_ec2(ctx, "DescribeTags"))["Tags"] == []
    with pytest.raises(faults.UnsupportedOperation, match="built in"):
        await call_ec2(ctx, "DeleteVpc", VpcId=networks.default_vpc_id(ctx))


async def test_outside_of_the_default_vpc_a_rule_that_is_not_there_cannot_be_revoked(ctx: Context) -> None:
    vpc_id = await make_vpc(ctx)
    own, default = await make_security_group(ctx, "web", vpc_id), await make_security_group(ctx, "web")
    permission = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}

    with pytest.raises(faults.InvalidPermissionNotFound):
        await call_ec2(ctx, "RevokeSecurityGroupIngress", GroupId=own, IpPermissions=[permission])
    answer = await call_ec2(ctx, "RevokeSecurityGroupIngress", GroupId=default, IpPermissions=[permission])

    assert [each["FromPort"] for each in answer["UnknownIpPermissions"]] == [6379]
