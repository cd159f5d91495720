"""VPCs: ranges of the installation's addresses between which nothing is let through."""

import msgspec

from elastane.model.ids import Region, SecurityGroupId, VpcId


class Vpc(msgspec.Struct, frozen=True, kw_only=True):
    vpc_id: VpcId
    region: Region
    cidr: str
    """Of the default VPC the whole block; what other VPCs have of it is theirs alone."""
    security_group_id: SecurityGroupId
    """Of its own group `default`, which is made and goes with it."""


class VpcAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """What a VPC has from the start on AWS. Kept and shown: there is nothing here for them to act on."""

    dns_support: bool = True
    dns_hostnames: bool = False
    network_address_usage_metrics: bool = False


DEFAULT_VPC_ATTRIBUTES = VpcAttributes(dns_hostnames=True)
"""AWS: names are on in the default VPC, and in those that are made not before somebody asks."""
