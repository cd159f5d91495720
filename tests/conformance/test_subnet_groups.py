"""CreateCacheSubnetGroup, DescribeCacheSubnetGroups, ModifyCacheSubnetGroup and DeleteCacheSubnetGroup."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.caches import Caches, refused
from tests.conformance.conftest import CROWD
from tests.kit.elastane import REGION, running_elastane

MISSING = "there-is-no-such-subnet-group"


@pytest.fixture
def subnet_ids(client: Any) -> list[str]:
    """Of the default VPC, in the order of their zones."""
    (built_in,) = client.describe_cache_subnet_groups(CacheSubnetGroupName="default")["CacheSubnetGroups"]
    return [subnet["SubnetIdentifier"] for subnet in built_in["Subnets"]]


def make_subnet_group(caches: Caches, *subnet_ids: str, suffix: str = "subnets", **parameters: Any) -> Any:
    answer = caches.client.create_cache_subnet_group(
        CacheSubnetGroupName=caches.name(suffix),
        CacheSubnetGroupDescription="of a test",
        SubnetIds=list(subnet_ids),
        **parameters,
    )
    return answer["CacheSubnetGroup"]


def described(caches: Caches, name: str) -> Any:
    (group,) = caches.client.describe_cache_subnet_groups(CacheSubnetGroupName=name)["CacheSubnetGroups"]
    return group


def zones(group: Any) -> list[str]:
    return [subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"]]


def test_the_default_group_spans_every_zone_of_the_region(client: Any, caches: Caches) -> None:
    group = described(caches, "default")

    assert zones(group) == [f"{REGION}{zone}" for zone in "abc"]
    assert group["VpcId"].startswith("vpc-")
    assert group["SupportedNetworkTypes"] == ["ipv4"]
    assert group["ARN"] == f"arn:aws:elasticache:{REGION}:000000000000:subnetgroup:default"


def test_every_parameter_of_a_creation_is_read_back(caches: Caches, subnet_ids: list[str]) -> None:
    created = make_subnet_group(
        caches, subnet_ids[2], subnet_ids[0], suffix="Mixed-Case", Tags=[{"Key": "team", "Value": "checkout"}]
    )

    group = described(caches, caches.name("mixed-case"))

    assert group == created
    assert group["CacheSubnetGroupName"] == caches.name("mixed-case")
    assert group["CacheSubnetGroupDescription"] == "of a test"
    assert [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == [subnet_ids[2], subnet_ids[0]]
    assert [subnet["SupportedNetworkTypes"] for subnet in group["Subnets"]] == [["ipv4"], ["ipv4"]]
    tags = caches.client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
    assert tags == [{"Key": "team", "Value": "checkout"}]


def test_nodes_live_only_in_the_zones_of_their_subnet_group(caches: Caches, subnet_ids: list[str]) -> None:
    make_subnet_group(caches, *subnet_ids[1:])

    group = caches.group(caches.make_group(NumCacheClusters=3, CacheSubnetGroupName=caches.name("subnets")))

    members = group["NodeGroups"][0]["NodeGroupMembers"]
    assert {member["PreferredAvailabilityZone"] for member in members} == {f"{REGION}b", f"{REGION}c"}
    with refused("InvalidParameterValue", words="no subnet in Availability Zone"):
        caches.ask_for_group(
            "elsewhere", CacheSubnetGroupName=caches.name("subnets"), PreferredCacheClusterAZs=[f"{REGION}a"]
        )


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"CacheSubnetGroupName": "under_score"}, "InvalidParameterValue", "alphanumeric"),
        ({"CacheSubnetGroupName": "default"}, "CacheSubnetGroupAlreadyExists", "default"),
        ({"CacheSubnetGroupDescription": "x" * 256}, "InvalidParameterValue", "255"),
        ({"SubnetIds": []}, "InvalidParameterValue", "SubnetIds"),
        ({"SubnetIds": ["subnet-0123456789abcdef0"]}, "InvalidSubnet", "subnet-0123456789abcdef0"),
        ({"SubnetIds": [f"subnet-{number}" for number in range(21)]}, "CacheSubnetQuotaExceededFault", "20"),
        ({"Tags": [{"Key": f"key{number}"} for number in range(51)]}, "TagQuotaPerResourceExceeded", "50"),
    ],
)
def test_a_creation_that_cannot_be_true_is_refused_and_leaves_nothing(
    caches: Caches, subnet_ids: list[str], parameters: dict[str, Any], code: str, words: str
) -> None:
    asked = {
        "CacheSubnetGroupName": caches.name("subnets"),
        "CacheSubnetGroupDescription": "of a test",
        "SubnetIds": subnet_ids,
    }

    with refused(code, words=words):
        caches.client.create_cache_subnet_group(**asked | parameters)

    with refused("CacheSubnetGroupNotFoundFault"):
        described(caches, caches.name("subnets"))


def test_a_name_that_is_taken_is_refused_whatever_its_case(caches: Caches, subnet_ids: list[str]) -> None:
    make_subnet_group(caches, *subnet_ids)

    with refused("CacheSubnetGroupAlreadyExists"):
        make_subnet_group(caches, *subnet_ids, suffix="SUBNETS")


def test_subnet_groups_are_listed_page_by_page_each_once(crowded: Any) -> None:
    pages = list(crowded.get_paginator("describe_cache_subnet_groups").paginate(PaginationConfig={"PageSize": 20}))

    names = [group["CacheSubnetGroupName"] for page in pages for group in page["CacheSubnetGroups"]]
    assert [len(page["CacheSubnetGroups"]) for page in pages] == [20, CROWD + 1 - 20]
    assert names == sorted(set(names))
    assert "default" in names


def test_a_group_that_is_not_there_is_neither_found_nor_changed_nor_deleted(client: Any) -> None:
    with refused("CacheSubnetGroupNotFoundFault", 400):
        client.describe_cache_subnet_groups(CacheSubnetGroupName=MISSING)
    with refused("CacheSubnetGroupNotFoundFault", 400):
        client.modify_cache_subnet_group(CacheSubnetGroupName=MISSING, CacheSubnetGroupDescription="x")
    with refused("CacheSubnetGroupNotFoundFault", 400):
        client.delete_cache_subnet_group(CacheSubnetGroupName=MISSING)


def test_every_parameter_of_a_modification_is_read_back(caches: Caches, subnet_ids: list[str]) -> None:
    make_subnet_group(caches, subnet_ids[0])
    name = caches.name("subnets")

    caches.client.modify_cache_subnet_group(CacheSubnetGroupName=name, CacheSubnetGroupDescription="changed")
    described_once = described(caches, name)
    caches.client.modify_cache_subnet_group(CacheSubnetGroupName=name.upper(), SubnetIds=subnet_ids[1:])
    described_twice = described(caches, name)

    assert (described_once["CacheSubnetGroupDescription"], zones(described_once)) == ("changed", [f"{REGION}a"])
    assert described_twice["CacheSubnetGroupDescription"] == "changed"
    assert zones(described_twice) == [f"{REGION}b", f"{REGION}c"]


@pytest.mark.parametrize(
    ("subnets", "code"),
    [
        ([], "InvalidParameterValue"),
        (["subnet-0123456789abcdef0"], "InvalidSubnet"),
        ([f"subnet-{number}" for number in range(21)], "CacheSubnetQuotaExceededFault"),
    ],
)
def test_a_modification_that_cannot_be_true_is_refused_and_changes_nothing(
    caches: Caches, subnet_ids: list[str], subnets: list[str], code: str
) -> None:
    created = make_subnet_group(caches, *subnet_ids)

    with refused(code):
        caches.client.modify_cache_subnet_group(CacheSubnetGroupName=caches.name("subnets"), SubnetIds=subnets)

    assert described(caches, caches.name("subnets")) == created


def test_a_group_in_use_keeps_the_subnets_its_nodes_live_in(caches: Caches, subnet_ids: list[str]) -> None:
    make_subnet_group(caches, *subnet_ids)
    name = caches.name("subnets")
    cluster_id = caches.make_cluster(CacheSubnetGroupName=name, PreferredAvailabilityZone=f"{REGION}b")

    with refused("SubnetInUse", words=f"{REGION}b"):
        caches.client.modify_cache_subnet_group(CacheSubnetGroupName=name, SubnetIds=[subnet_ids[0]])
    with refused("CacheSubnetGroupInUse", words=name):
        caches.client.delete_cache_subnet_group(CacheSubnetGroupName=name)
    caches.client.modify_cache_subnet_group(CacheSubnetGroupName=name, SubnetIds=[subnet_ids[1]])

    assert zones(described(caches, name)) == [f"{REGION}b"]
    assert caches.cluster(cluster_id)["CacheSubnetGroupName"] == name


def test_a_deleted_group_is_gone_and_its_name_free(caches: Caches, subnet_ids: list[str]) -> None:
    make_subnet_group(caches, *subnet_ids, Tags=[{"Key": "team", "Value": "checkout"}])

    caches.client.delete_cache_subnet_group(CacheSubnetGroupName=caches.name("subnets"))

    with refused("CacheSubnetGroupNotFoundFault"):
        described(caches, caches.name("subnets"))
    again = make_subnet_group(caches, *subnet_ids)
    assert caches.client.list_tags_for_resource(ResourceName=again["ARN"])["TagList"] == []


def test_the_default_group_is_neither_changed_nor_deleted(client: Any) -> None:
    with refused("InvalidParameterValue", words="default"):
        client.modify_cache_subnet_group(CacheSubnetGroupName="default", CacheSubnetGroupDescription="mine")
    with refused("InvalidParameterValue", words="default"):
        client.delete_cache_subnet_group(CacheSubnetGroupName="default")


def test_foreign_subnets_are_taken_as_given_where_the_operator_says_so(tmp_path: Path) -> None:
    with running_elastane(tmp_path / "data", arguments=["--lenient-vpc-ids"]) as lenient:
        caches = Caches(lenient.client(), prefix="lenient")

        make_subnet_group(caches, "subnet-made-elsewhere-1", "subnet-made-elsewhere-2")
        lenient.restart()

        group = described(caches, caches.name("subnets"))

    assert [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == [
        "subnet-made-elsewhere-1",
        "subnet-made-elsewhere-2",
    ]
    assert len(set(zones(group))) == 2
