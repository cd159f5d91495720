"""DescribeVpcAttribute and ModifyVpcAttribute.

Terraform reads all three attributes of each VPC it manages, and would be told for ever that a VPC differs from what it
wants if they were not kept as they are asked for. Nothing acts on them: names are answered by the DNS server of
`serve --dns`, for every VPC alike, and there are no addresses of a VPC to be counted.
"""

from typing import Final

import msgspec

from elastane.model import faults
from elastane.model.vpcs import DEFAULT_VPC_ATTRIBUTES, Vpc, VpcAttributes
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.vpcs import get_vpc
from elastane.service.parameters import Parameters
from elastane.store import Transaction, vpcs
from elastane.store.documents import NEW, Stored

_MEMBERS: Final = {
    "EnableDnsSupport": "dns_support",
    "EnableDnsHostnames": "dns_hostnames",
    "EnableNetworkAddressUsageMetrics": "network_address_usage_metrics",
}


async def describe_vpc_attribute(ctx: Context, parameters: Parameters) -> Result:
    asked = parameters.required_text("Attribute")  # the model has checked that it is one of them
    name = asked[0].upper() + asked[1:]  # a request's words begin small, an answer's members do not

    def describe(tx: Transaction) -> Result:
        vpc = get_vpc(tx, ctx, parameters.required_text("VpcId"))
        return {"VpcId": vpc.vpc_id, name: {"Value": getattr(_attributes_of(tx, ctx, vpc).body, _MEMBERS[name])}}

    return await dry_runs.read(ctx, parameters, describe)


async def modify_vpc_attribute(ctx: Context, parameters: Parameters) -> Result:
    """One at a time, and host names only where there is support of names, as on AWS."""
    structures = {member: parameters.structure(name) for name, member in _MEMBERS.items()}
    wanted = {member: given.flag("Value") is True for member, given in structures.items() if given is not None}
    if len(wanted) != 1:
        raise faults.InvalidParameterCombination(f"One attribute is modified at a time, of {', '.join(_MEMBERS)}.")

    def modify(tx: Transaction) -> Result:
        vpc = get_vpc(tx, ctx, parameters.required_text("VpcId"))
        current = _attributes_of(tx, ctx, vpc)
        if wanted.get("dns_hostnames") and not current.body.dns_support:
            raise faults.InvalidParameterValue("EnableDnsHostnames can be turned on only while EnableDnsSupport is on.")
        changed = msgspec.structs.replace(current.body, **wanted)
        vpcs.save_attributes(tx, ctx.region, vpc.vpc_id, changed, revision=current.revision)
        return {}

    return await dry_runs.decide(ctx, parameters, modify)


def _attributes_of(tx: Transaction, ctx: Context, vpc: Vpc) -> Stored[VpcAttributes]:
    unchanged = DEFAULT_VPC_ATTRIBUTES if networks.is_default(ctx, vpc) else VpcAttributes()
    return vpcs.find_attributes(tx, ctx.region, vpc.vpc_id) or Stored(unchanged, NEW)
