"""A subnet group for the tests of what lives in its subnets."""

from typing import Any

from elastane.service.context import Context
from tests.kit.calls import call


async def make_subnet_group(ctx: Context, *subnet_ids: str) -> dict[str, Any]:
    answer = await call(
        ctx,
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="own",
        CacheSubnetGroupDescription="of a test",
        SubnetIds=list(subnet_ids),
    )
    return dict(answer["CacheSubnetGroup"])
