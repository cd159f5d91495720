"""ListAllowedNodeTypeModifications."""

from typing import Any

from tests.conformance.caches import SMALL, Caches, refused


def test_larger_and_smaller_node_types_are_told_for_a_group_and_for_a_cluster(
    standing_group: Caches, standing_cluster: Caches
) -> None:
    ask = standing_group.client.list_allowed_node_type_modifications

    of_group = ask(ReplicationGroupId=standing_group.name("standing"))
    of_cluster = ask(CacheClusterId=standing_cluster.name("alone"))

    for answer in (of_group, of_cluster):
        assert "cache.t3.small" in answer["ScaleUpModifications"]
        assert SMALL not in (*answer["ScaleUpModifications"], *answer["ScaleDownModifications"])
        assert not set(answer["ScaleUpModifications"]) & set(answer["ScaleDownModifications"])


def test_exactly_one_cache_is_named(client: Any) -> None:
    with refused("InvalidParameterCombination"):
        client.list_allowed_node_type_modifications()
    with refused("InvalidParameterCombination"):
        client.list_allowed_node_type_modifications(CacheClusterId="a", ReplicationGroupId="b")


def test_of_a_cache_that_is_not_there_nothing_is_told(client: Any) -> None:
    with refused("ReplicationGroupNotFoundFault", 404):
        client.list_allowed_node_type_modifications(ReplicationGroupId="nobody")
    with refused("CacheClusterNotFound", 404):
        client.list_allowed_node_type_modifications(CacheClusterId="nobody")
