"""AddTagsToResource, RemoveTagsFromResource and ListTagsForResource."""

from typing import Any

import pytest

from tests.conformance.caches import Caches, frozen, primary_endpoint, process_of, refused
from tests.kit.elastane import REGION

ACCOUNT = "000000000000"
DEFAULT_SUBNETS = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:subnetgroup:default"
DEFAULT_PARAMETERS = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:parametergroup:default.valkey9"


def arn(kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{REGION}:{ACCOUNT}:{kind}:{name}"


def listed(client: Any, resource: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceName=resource)["TagList"]}


def add(client: Any, resource: str, **tags: str) -> dict[str, str]:
    answer = client.add_tags_to_resource(
        ResourceName=resource, Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
    )
    return {tag["Key"]: tag["Value"] for tag in answer["TagList"]}


def test_tags_of_a_group_are_added_replaced_and_removed(caches: Caches) -> None:
    resource = arn("replicationgroup", caches.make_group(Tags=[{"Key": "stage", "Value": "test"}]))

    added = add(caches.client, resource, team="checkout", stage="live")
    removed = caches.client.remove_tags_from_resource(ResourceName=resource, TagKeys=["team"])["TagList"]

    assert added == {"team": "checkout", "stage": "live"}
    assert removed == [{"Key": "stage", "Value": "live"}]
    assert listed(caches.client, resource) == {"stage": "live"}


def test_a_group_s_tags_are_its_members_too(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    group, member = arn("replicationgroup", group_id), arn("cluster", f"{group_id}-002")
    add(caches.client, member, own="yes")

    add(caches.client, group, team="checkout", stage="live")
    caches.client.remove_tags_from_resource(ResourceName=group, TagKeys=["stage"])

    assert listed(caches.client, member) == {"own": "yes", "team": "checkout"}
    assert listed(caches.client, group) == {"team": "checkout"}


def test_cache_clusters_and_subnet_groups_have_tags(caches: Caches) -> None:
    cluster = arn("cluster", caches.make_cluster())

    add(caches.client, cluster, team="checkout")
    add(caches.client, DEFAULT_SUBNETS, owner="network")
    owners = listed(caches.client, DEFAULT_SUBNETS)
    caches.client.remove_tags_from_resource(ResourceName=DEFAULT_SUBNETS, TagKeys=["owner"])

    assert listed(caches.client, cluster) == {"team": "checkout"}
    assert owners == {"owner": "network"}
    assert listed(caches.client, DEFAULT_SUBNETS) == {}


def test_a_tag_without_a_value_has_the_empty_one(caches: Caches) -> None:
    resource = arn("cluster", caches.make_cluster())

    caches.client.add_tags_to_resource(ResourceName=resource, Tags=[{"Key": "flag"}])

    assert listed(caches.client, resource) == {"flag": ""}


def test_a_default_parameter_group_s_tags_can_be_read_and_not_changed(client: Any) -> None:
    assert listed(client, DEFAULT_PARAMETERS) == {}
    with refused("InvalidParameterValue", words="default parameter group"):
        add(client, DEFAULT_PARAMETERS, mine="yes")


@pytest.mark.parametrize(
    ("resource", "code", "status"),
    [
        ("checkout", "InvalidARN", 400),
        (arn("replicationgroup", "x").replace(REGION, "eu-west-1"), "InvalidARN", 400),
        (arn("replicationgroup", "x").replace(ACCOUNT, "111111111111"), "InvalidARN", 400),
        (arn("teapot", "x"), "InvalidARN", 400),
        (arn("replicationgroup", "nobody"), "ReplicationGroupNotFoundFault", 404),
        (arn("cluster", "nobody"), "CacheClusterNotFound", 404),
        (arn("subnetgroup", "nobody"), "CacheSubnetGroupNotFoundFault", 400),
        (arn("parametergroup", "nobody"), "CacheParameterGroupNotFound", 404),
        (arn("securitygroup", "nobody"), "CacheSecurityGroupNotFound", 404),
        (arn("snapshot", "nobody"), "SnapshotNotFoundFault", 404),
        (arn("user", "nobody"), "UserNotFound", 404),
        (arn("usergroup", "nobody"), "UserGroupNotFound", 404),
        (arn("reserved-instance", "nobody"), "ReservedCacheNodeNotFound", 404),
        (arn("serverlesscache", "nobody"), "ServerlessCacheNotFoundFault", 404),
        (arn("serverlesscachesnapshot", "nobody"), "ServerlessCacheSnapshotNotFoundFault", 404),
    ],
)
def test_a_resource_that_is_not_there_has_no_tags(client: Any, resource: str, code: str, status: int) -> None:
    with refused(code, status):
        client.list_tags_for_resource(ResourceName=resource)
    with refused(code, status):
        add(client, resource, team="checkout")
    with refused(code, status):
        client.remove_tags_from_resource(ResourceName=resource, TagKeys=["team"])


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": f"key{number}"} for number in range(51)], "TagQuotaPerResourceExceeded"),
        ([{"Key": "aws:mine"}], "InvalidParameterValue"),
        ([{"Key": "k" * 129}], "InvalidParameterValue"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidParameterValue"),
        ([{"Key": "k"}, {"Key": "k"}], "InvalidParameterValue"),
        ([{"Key": "k", "Value": "<&>"}], "InvalidParameterValue"),
    ],
)
def test_tags_beyond_aws_s_limits_are_refused(client: Any, tags: list[dict[str, str]], code: str) -> None:
    with refused(code):
        client.add_tags_to_resource(ResourceName=DEFAULT_SUBNETS, Tags=tags)

    assert listed(client, DEFAULT_SUBNETS) == {}


def test_a_tag_that_is_not_there_is_not_removed_and_nothing_else_is(caches: Caches) -> None:
    resource = arn("cluster", caches.make_cluster(Tags=[{"Key": "team", "Value": "checkout"}]))

    with refused("TagNotFound", 404, "stage"):
        caches.client.remove_tags_from_resource(ResourceName=resource, TagKeys=["team", "stage"])

    assert listed(caches.client, resource) == {"team": "checkout"}


def test_a_group_that_is_being_deleted_has_no_tags_any_more(caches: Caches) -> None:
    group_id = caches.make_group(Tags=[{"Key": "team", "Value": "checkout"}])
    resource = arn("replicationgroup", group_id)
    with frozen(process_of(primary_endpoint(caches.group(group_id)))):
        caches.client.delete_replication_group(ReplicationGroupId=group_id)

        with refused("InvalidReplicationGroupState"):
            caches.client.list_tags_for_resource(ResourceName=resource)
        with refused("InvalidReplicationGroupState"):
            add(caches.client, resource, stage="live")
        with refused("InvalidReplicationGroupState"):
            caches.client.remove_tags_from_resource(ResourceName=resource, TagKeys=["team"])
