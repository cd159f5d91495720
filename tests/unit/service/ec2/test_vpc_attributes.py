"""Attributes of VPCs: Terraform sees what it asked for, and before that what it takes a new VPC to have."""

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import VpcId
from elastane.service import networks
from elastane.service.context import Context
from elastane.store import vpcs
from tests.kit.calls import call_ec2
from tests.unit.service.ec2.test_vpcs import make_vpc

SUPPORT, HOSTNAMES, METRICS = "enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"


async def attributes_of(ctx: Context, vpc_id: str) -> dict[str, bool]:
    found = {}
    for name in (SUPPORT, HOSTNAMES, METRICS):
        answer = await call_ec2(ctx, "DescribeVpcAttribute", VpcId=vpc_id, Attribute=name)
        found[name] = answer[name[0].upper() + name[1:]]["Value"]
    return found


async def modify(ctx: Context, vpc_id: str, **attributes: bool) -> None:
    await call_ec2(
        ctx, "ModifyVpcAttribute", VpcId=vpc_id, **{name: {"Value": is_on} for name, is_on in attributes.items()}
    )


async def test_attributes_begin_as_on_aws(ctx: Context) -> None:
    made = await make_vpc(ctx)

    assert await attributes_of(ctx, made) == {SUPPORT: True, HOSTNAMES: False, METRICS: False}
    assert await attributes_of(ctx, networks.default_vpc_id(ctx)) == {SUPPORT: True, HOSTNAMES: True, METRICS: False}


async def test_what_is_asked_for_is_kept_and_goes_with_the_vpc(ctx: Context) -> None:
    vpc_id = await make_vpc(ctx)

    await modify(ctx, vpc_id, EnableDnsHostnames=True)
    await modify(ctx, vpc_id, EnableNetworkAddressUsageMetrics=True)
    await modify(ctx, vpc_id, EnableDnsSupport=False)
    assert await attributes_of(ctx, vpc_id) == {SUPPORT: False, HOSTNAMES: True, METRICS: True}
    await modify(ctx, networks.default_vpc_id(ctx), EnableDnsHostnames=False)
    assert (await attributes_of(ctx, networks.default_vpc_id(ctx)))[HOSTNAMES] is False

    await call_ec2(ctx, "DeleteVpc", VpcId=vpc_id)
    with pytest.raises(faults.InvalidVpcIdNotFound):
        await attributes_of(ctx, vpc_id)
    assert await ctx.store.read(lambda tx: vpcs.find_attributes(tx, ctx.region, VpcId(vpc_id))) is None


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ({}, faults.InvalidParameterCombination),
        ({"EnableDnsSupport": True, "EnableDnsHostnames": True}, faults.InvalidParameterCombination),
        ({"EnableDnsHostnames": True}, faults.InvalidParameterValue),
    ],
)
async def test_a_modification_that_aws_refuses_is_refused_and_changes_nothing(
    ctx: Context, attributes: dict[str, bool], fault: type[Fault]
) -> None:
    vpc_id = await make_vpc(ctx)
    await modify(ctx, vpc_id, EnableDnsSupport=False)
    before = await attributes_of(ctx, vpc_id)

    with pytest.raises(fault):
        await modify(ctx, vpc_id, **attributes)

    assert await attributes_of(ctx, vpc_id) == before
