"""EC2's view of the network with the real SDK: the VPC, its zones and subnets, and nodes that live in them."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from tests.conformance.caches import Caches, own_endpoint, refused
from tests.kit.elastane import REGION, RunningElastane


@pytest.fixture(scope="session")
def ec2(elastane: RunningElastane) -> Any:
    return elastane.client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> Any:
    (found,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    return found


def free_range(vpc: Any) -> str:
    """The block's last quarter: nothing built in is there."""
    quarters = list(IPv4Network(vpc["CidrBlock"]).subnets(prefixlen_diff=2))
    return str(next(quarters[-1].subnets(new_prefix=24)))


def test_the_network_is_told_as_subnet_groups_tell_it(ec2: Any, client: Any, vpc: Any) -> None:
    (group,) = client.describe_cache_subnet_groups(CacheSubnetGroupName="default")["CacheSubnetGroups"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    zones = ec2.describe_availability_zones()["AvailabilityZones"]

    assert vpc["VpcId"] == group["VpcId"]
    assert {subnet["SubnetId"] for subnet in subnets} == {each["SubnetIdentifier"] for each in group["Subnets"]}
    assert [zone["ZoneName"] for zone in zones] == [f"{REGION}{letter}" for letter in "abc"]
    assert {subnet["AvailabilityZone"] for subnet in subnets} == {zone["ZoneName"] for zone in zones}


def test_what_terraform_reads_of_the_vpc_is_answered(ec2: Any, vpc: Any) -> None:
    attribute = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")
    filters = [{"Name": "association.main", "Values": ["true"]}, {"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    (table,) = ec2.describe_route_tables(Filters=filters)["RouteTables"]
    account = ec2.describe_account_attributes(AttributeNames=["supported-platforms"])["AccountAttributes"]

    assert attribute["EnableDnsHostnames"] == {"Value": True}
    assert table["Routes"][0]["GatewayId"] == "local"
    assert account[0]["AttributeValues"] == [{"AttributeValue": "VPC"}]


def test_a_cache_lives_in_the_subnet_that_was_made_for_it(ec2: Any, caches: Caches, vpc: Any) -> None:
    subnet = ec2.create_subnet(
        VpcId=vpc["VpcId"],
        CidrBlock=free_range(vpc),
        AvailabilityZone=f"{REGION}c",
        TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "tier", "Value": "data"}]}],
    )["Subnet"]
    caches.client.create_cache_subnet_group(
        CacheSubnetGroupName=caches.name("own"),
        CacheSubnetGroupDescription="of a test",
        SubnetIds=[subnet["SubnetId"]],
    )

    cluster_id = caches.make_cluster(CacheSubnetGroupName=caches.name("own"))

    (interface,) = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet["SubnetId"]]}])[
        "NetworkInterfaces"
    ]
    assert IPv4Address(interface["PrivateIpAddress"]) in IPv4Network(subnet["CidrBlock"])
    assert caches.cluster(cluster_id)["PreferredAvailabilityZone"] == f"{REGION}c"
    assert own_endpoint(caches.cluster(cluster_id))["Port"] == 6379
    assert subnet["Tags"] == [{"Key": "tier", "Value": "data"}]
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    caches.client.delete_cache_cluster(CacheClusterId=cluster_id)
    caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)
    caches.client.delete_cache_subnet_group(CacheSubnetGroupName=caches.name("own"))
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    with refused("InvalidSubnetID.NotFound"):
        ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])


def test_a_subnet_or_vpc_that_cannot_mean_anything_here_is_refused(ec2: Any, vpc: Any) -> None:
    with refused("InvalidSubnet.Range", words=vpc["CidrBlock"]):
        ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.255.1.0/24")
    with refused("InvalidVpcID.NotFound"):
        ec2.create_subnet(VpcId="vpc-00000000", CidrBlock=free_range(vpc))
    with refused("InvalidVpcRange", words="this installation's own addresses"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")


def test_a_vpc_is_made_used_and_deleted(ec2: Any, caches: Caches, vpc: Any) -> None:
    _, _, third, _ = IPv4Network(vpc["CidrBlock"]).subnets(prefixlen_diff=2)
    made = ec2.create_vpc(CidrBlock=str(third), InstanceTenancy="default")["Vpc"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[made["VpcId"]])
    ec2.modify_vpc_attribute(VpcId=made["VpcId"], EnableDnsHostnames={"Value": True})
    attribute = ec2.describe_vpc_attribute(VpcId=made["VpcId"], Attribute="enableDnsHostnames")
    assert attribute["EnableDnsHostnames"] == {"Value": True}
    subnet_range = str(next(third.subnets(new_prefix=24)))
    subnet = ec2.create_subnet(VpcId=made["VpcId"], CidrBlock=subnet_range)["Subnet"]
    caches.client.create_cache_subnet_group(
        CacheSubnetGroupName=caches.name("apart"),
        CacheSubnetGroupDescription="of a test",
        SubnetIds=[subnet["SubnetId"]],
    )
    cluster_id = caches.make_cluster(CacheSubnetGroupName=caches.name("apart"))
    (security_group,) = caches.cluster(cluster_id)["SecurityGroups"]

    (told,) = ec2.describe_security_groups(GroupIds=[security_group["SecurityGroupId"]])["SecurityGroups"]
    assert (told["VpcId"], told["GroupName"]) == (made["VpcId"], "default")
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=made["VpcId"])
    caches.client.delete_cache_cluster(CacheClusterId=cluster_id)
    caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)
    caches.client.delete_cache_subnet_group(CacheSubnetGroupName=caches.name("apart"))
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=made["VpcId"])
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_vpcs(VpcIds=[made["VpcId"]])


def test_tags_of_the_network_are_kept_and_taken_off(ec2: Any, vpc: Any) -> None:
    ec2.create_tags(Resources=[vpc["VpcId"]], Tags=[{"Key": "Name", "Value": "the only one"}])
    named = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["the *"]}])["Vpcs"]
    told = ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["vpc"]}])["Tags"]
    ec2.delete_tags(Resources=[vpc["VpcId"]], Tags=[{"Key": "Name"}])

    assert [each["Tags"] for each in named] == [[{"Key": "Name", "Value": "the only one"}]]
    assert [(tag["ResourceId"], tag["Value"]) for tag in told] == [(vpc["VpcId"], "the only one")]
    assert ec2.describe_vpcs()["Vpcs"][0]["Tags"] == []
    with refused("InvalidID"):
        ec2.create_tags(Resources=["i-00000000"], Tags=[{"Key": "Name", "Value": "nobody"}])
