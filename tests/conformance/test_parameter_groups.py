"""DescribeCacheParameterGroups: the default groups, which every account has."""

from typing import Any

from tests.conformance.caches import refused
from tests.kit.elastane import REGION


def test_the_default_groups_are_listed_with_and_without_cluster_mode(client: Any) -> None:
    groups = client.describe_cache_parameter_groups()["CacheParameterGroups"]

    names = [group["CacheParameterGroupName"] for group in groups]
    assert names == sorted(names)
    assert {"default.valkey9", "default.valkey9.cluster.on", "default.redis7"} <= set(names)
    for group in groups:
        assert group["CacheParameterGroupName"].startswith(f"default.{group['CacheParameterGroupFamily']}")
        assert group["ARN"] == (
            f"arn:aws:elasticache:{REGION}:000000000000:parametergroup:{group['CacheParameterGroupName']}"
        )
        assert group["IsGlobal"] is False
        assert group["Description"]


def test_a_group_is_found_by_its_name(client: Any) -> None:
    (group,) = client.describe_cache_parameter_groups(CacheParameterGroupName="default.valkey9")["CacheParameterGroups"]

    assert group["CacheParameterGroupFamily"] == "valkey9"


def test_a_group_that_is_not_there_is_not_found(client: Any) -> None:
    with refused("CacheParameterGroupNotFound", 404, "mine"):
        client.describe_cache_parameter_groups(CacheParameterGroupName="mine")


def test_groups_come_in_pages(client: Any) -> None:
    pages = client.get_paginator("describe_cache_parameter_groups").paginate(PaginationConfig={"PageSize": 20})

    listed = [group for page in pages for group in page["CacheParameterGroups"]]
    assert listed == client.describe_cache_parameter_groups()["CacheParameterGroups"]
    with refused("InvalidParameterValue", words="MaxRecords"):
        client.describe_cache_parameter_groups(MaxRecords=101)
