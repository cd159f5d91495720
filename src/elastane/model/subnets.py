"""Subnets that customers made, beside the built-in ones of the catalog: ranges of the installation's own addresses."""

import msgspec

from elastane.model.ids import Region, SubnetId, VpcId, Zone


class Subnet(msgspec.Struct, frozen=True, kw_only=True):
    """A range of addresses in a zone. Nodes of caches whose subnet group names it get theirs from it."""

    subnet_id: SubnetId
    region: Region
    zone: Zone
    cidr: str
    vpc_id: VpcId | None = None
    """None for the region's default VPC."""
