"""Resources live in the region of the request's signature, and nowhere else."""

from tests.conformance.caches import Caches, connected, primary_endpoint, refused
from tests.kit.elastane import RunningElastane


def test_one_id_names_two_groups_in_two_regions(caches: Caches, elastane: RunningElastane) -> None:
    there = Caches(elastane.client("elasticache", "eu-central-1"), prefix=caches.prefix)
    group_id = caches.make_group(ReplicationGroupDescription="here")
    there.make_group(ReplicationGroupDescription="there")

    here_group, there_group = caches.group(group_id), there.group(group_id)
    with connected(primary_endpoint(here_group)) as here_node, connected(primary_endpoint(there_group)) as there_node:
        here_node.set("written", "here")
        seen_there = there_node.get("written")

    assert (here_group["Description"], there_group["Description"]) == ("here", "there")
    assert ":eu-central-1:" in there_group["ARN"]
    assert there_group["NodeGroups"][0]["NodeGroupMembers"][0]["PreferredAvailabilityZone"] == "eu-central-1a"
    assert seen_there is None
    there.client.delete_replication_group(ReplicationGroupId=group_id)
    there.wait("replication_group_deleted", ReplicationGroupId=group_id)
    assert caches.group(group_id)["Status"] == "available"


def test_nothing_of_one_region_is_seen_from_another(caches: Caches, elastane: RunningElastane) -> None:
    elsewhere = elastane.client("elasticache", "eu-north-1")
    group_id = caches.make_group()
    cluster_id = caches.make_cluster()

    with refused("ReplicationGroupNotFoundFault", 404):
        elsewhere.describe_replication_groups(ReplicationGroupId=group_id)
    with refused("CacheClusterNotFound", 404):
        elsewhere.delete_cache_cluster(CacheClusterId=cluster_id)
    with refused("InvalidARN"):
        elsewhere.list_tags_for_resource(ResourceName=caches.group(group_id)["ARN"])
    assert elsewhere.describe_replication_groups()["ReplicationGroups"] == []
    assert elsewhere.describe_cache_clusters()["CacheClusters"] == []
    assert elsewhere.describe_events()["Events"] == []
    assert [each["CacheSubnetGroupName"] for each in elsewhere.describe_cache_subnet_groups()["CacheSubnetGroups"]] == [
        "default"
    ]
