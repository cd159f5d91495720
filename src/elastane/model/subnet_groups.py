"""Subnet groups: the named sets of subnets that a cache's nodes may live in."""

import msgspec

from elastane.model.ids import Region

DEFAULT_SUBNET_GROUP_NAME = "default"
"""Exists in every region from the start, over the default VPC, and cannot be deleted."""


class SubnetGroup(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    region: Region
    description: str
    subnet_ids: tuple[str, ...]
