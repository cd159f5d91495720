"""The default parameter groups."""

import pytest

from elastane.catalog.families import FAMILIES
from elastane.model import faults
from elastane.service.context import Context
from tests.kit.calls import call


async def test_every_family_has_a_group_without_and_one_with_cluster_mode(ctx: Context) -> None:
    answer = await call(ctx, "DescribeCacheParameterGroups")

    names = [found["CacheParameterGroupName"] for found in answer["CacheParameterGroups"]]
    assert names == sorted(f"default.{family}{mode}" for family in FAMILIES for mode in ("", ".cluster.on"))
    assert "Marker" not in answer


@pytest.mark.parametrize("name", ["default.valkey9", "Default.Valkey9"])
async def test_one_group_is_found_by_its_name_in_any_case(ctx: Context, name: str) -> None:
    answer = await call(ctx, "DescribeCacheParameterGroups", CacheParameterGroupName=name)

    assert answer["CacheParameterGroups"] == [
        {
            "CacheParameterGroupName": "default.valkey9",
            "CacheParameterGroupFamily": "valkey9",
            "Description": "Default parameter group for valkey9",
            "IsGlobal": False,
            "ARN": "arn:aws:elasticache:us-east-1:000000000000:parametergroup:default.valkey9",
        }
    ]


@pytest.mark.parametrize("name", ["nightly", "default.valkey99", ""])
async def test_a_group_that_is_not_there_is_a_fault(ctx: Context, name: str) -> None:
    with pytest.raises(faults.CacheParameterGroupNotFound, match=f"CacheParameterGroup {name} not found"):
        await call(ctx, "DescribeCacheParameterGroups", CacheParameterGroupName=name)


async def test_a_page_of_another_length_is_refused(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterValue, match="MaxRecords"):
        await call(ctx, "DescribeCacheParameterGroups", MaxRecords=19)
