"""The sentences of the history: tools match on them, so each is AWS's to the letter."""

import pytest
from botocore.loaders import Loader

from elastane.model import events
from elastane.model.events import SourceType
from elastane.model.ids import CacheNodeId, NodeGroupId, NodeId, Zone


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (events.cache_cluster_created(), "Cache cluster created"),
        (events.cache_cluster_deleted(), "Cache cluster deleted"),
        (events.cache_node_added(Zone("us-east-1e")), "Added cache node 0001 in availability zone us-east-1e"),
        (events.cache_nodes_removed(), "Removed cache nodes 0001"),
        (events.cache_node_shut_down(), "Cache node 0001 shutdown"),
        (events.cache_node_restarted(), "Cache node 0001 restarted"),
        (events.recovering_cache_nodes(), "Recovering cache nodes 0001"),
        (events.finished_recovery(), "Finished recovery for cache nodes 0001"),
        (
            events.cache_node_added(Zone("us-east-1e"), CacheNodeId("0002")),
            "Added cache node 0002 in availability zone us-east-1e",
        ),
        (events.number_of_nodes_changed(2, 5), "Finished modifying number of nodes from 2 to 5"),
        (events.cache_nodes_removed((CacheNodeId("0002"), CacheNodeId("0003"))), "Removed cache nodes 0002, 0003"),
        (events.cache_node_shut_down(CacheNodeId("0002")), "Cache node 0002 shutdown"),
        (events.cache_node_restarted(CacheNodeId("0002")), "Cache node 0002 restarted"),
        (events.recovering_cache_nodes((CacheNodeId("0002"),)), "Recovering cache nodes 0002"),
        (events.finished_recovery((CacheNodeId("0002"),)), "Finished recovery for cache nodes 0002"),
        (events.service_update_available(), "Service update is available for cache node 0001."),
        (events.test_failover_called(NodeGroupId("0001")), "Test Failover API called for node group 0001"),
        (
            events.failover_completed(NodeId("orders-001"), NodeId("orders-002")),
            "Failover from primary node orders-001 to replica node orders-002 completed",
        ),
    ],
)
def test_a_sentence_is_awss(sentence: str, expected: str) -> None:
    assert sentence == expected


@pytest.mark.parametrize(
    "sentence",
    [
        events.replication_group_created("orders"),
        events.replication_group_deleted("orders"),
        events.creation_failed("orders has no engine."),
        events.step_failed("orders has no engine."),
        events.attention("the primary orders-001 hangs"),
        events.diverged_data_kept(NodeId("orders-001"), 4096, "/kept/orders-001.rdb"),
    ],
)
def test_a_sentence_of_ours_names_what_it_is_about(sentence: str) -> None:
    assert "orders" in sentence


def test_kept_data_can_be_found_by_its_sentence() -> None:
    sentence = events.diverged_data_kept(NodeId("orders-001"), 4096, "/kept/orders-001.rdb")

    assert sentence == (
        "Node orders-001 took 4096 bytes of writes that the primary never got: its data is kept in /kept/orders-001.rdb"
    )


def test_source_types_are_those_of_the_published_model() -> None:
    published = Loader().load_service_model("elasticache", "service-2")["shapes"]["SourceType"]["enum"]

    assert sorted(SourceType) == sorted(published)
