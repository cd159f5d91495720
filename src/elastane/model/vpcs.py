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
