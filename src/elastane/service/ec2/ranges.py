"""Ranges of addresses that calls ask for, for VPCs and for subnets."""

from ipaddress import IPv4Network

from elastane.model import faults

PREFIX_LENGTHS = range(16, 29)
"""AWS's for both."""


def parsed_range(text: str) -> IPv4Network:
    """Raises InvalidParameterValue."""
    try:
        return IPv4Network(text)
    except ValueError:
        raise faults.InvalidParameterValue(
            f"Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ) from None
