"""EC2's actions, as a table: the slice that who uses ElastiCache touches, its network and its security groups.

Templates and tools ask for the VPC, its subnets and its zones before they make a cache, and make security groups
beside it. What they are told here is the network that nodes really live in.
"""

from elastane.service.context import Action
from elastane.service.ec2.availability_zones import describe_availability_zones
from elastane.service.ec2.network_interfaces import describe_network_interfaces
from elastane.service.ec2.security_group_rules import (
    authorize_security_group_egress,
    authorize_security_group_ingress,
    describe_security_group_rules,
    modify_security_group_rules,
    revoke_security_group_egress,
    revoke_security_group_ingress,
    update_security_group_rule_descriptions_egress,
    update_security_group_rule_descriptions_ingress,
)
from elastane.service.ec2.security_groups import (
    create_security_group,
    delete_security_group,
    describe_security_groups,
)
from elastane.service.ec2.subnets import create_subnet, delete_subnet, describe_subnets
from elastane.service.ec2.tags import create_tags, delete_tags, describe_tags
from elastane.service.ec2.vpc_attributes import describe_vpc_attribute, modify_vpc_attribute
from elastane.service.ec2.vpcs import (
    create_vpc,
    delete_vpc,
    describe_account_attributes,
    describe_route_tables,
    describe_vpcs,
)

ACTIONS: dict[str, Action] = {
    # the network
    "CreateVpc": create_vpc,
    "DescribeVpcs": describe_vpcs,
    "DeleteVpc": delete_vpc,
    "ModifyVpcAttribute": modify_vpc_attribute,
    "DescribeVpcAttribute": describe_vpc_attribute,
    "DescribeRouteTables": describe_route_tables,
    "DescribeAccountAttributes": describe_account_attributes,
    "DescribeAvailabilityZones": describe_availability_zones,
    "DescribeNetworkInterfaces": describe_network_interfaces,
    "CreateSubnet": create_subnet,
    "DescribeSubnets": describe_subnets,
    "DeleteSubnet": delete_subnet,
    # security groups
    "CreateSecurityGroup": create_security_group,
    "DescribeSecurityGroups": describe_security_groups,
    "DeleteSecurityGroup": delete_security_group,
    "AuthorizeSecurityGroupIngress": authorize_security_group_ingress,
    "AuthorizeSecurityGroupEgress": authorize_security_group_egress,
    "RevokeSecurityGroupIngress": revoke_security_group_ingress,
    "RevokeSecurityGroupEgress": revoke_security_group_egress,
    "DescribeSecurityGroupRules": describe_security_group_rules,
    "ModifySecurityGroupRules": modify_security_group_rules,
    "UpdateSecurityGroupRuleDescriptionsIngress": update_security_group_rule_descriptions_ingress,
    "UpdateSecurityGroupRuleDescriptionsEgress": update_security_group_rule_descriptions_egress,
    # tags
    "CreateTags": create_tags,
    "DeleteTags": delete_tags,
    "DescribeTags": describe_tags,
}

REFUSALS: dict[str, str] = {
    "CreateDefaultVpc": "the default VPC of a region is built in and cannot be lost.",
}
"""Actions that callers are likely to try, and why they are not built."""
