"""Every line of the history is either news with AWS's name, or said to be in the history only."""

import inspect
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from elastane.model import events
from elastane.model.event_names import find_event_name, find_news
from elastane.model.events import Event, SourceType
from elastane.model.ids import Region

AT = datetime(2026, 11, 23, tzinfo=UTC)

NAMED: Mapping[str, str] = {
    "cache_cluster_created": "CacheClusterProvisioningComplete",
    "cache_cluster_deleted": "DeleteCacheClusterComplete",
    "cache_node_added": "AddCacheNodeComplete",
    "cache_nodes_removed": "RemoveCacheNodeComplete",
    "number_of_nodes_changed": "AddCacheNodeComplete",
    "cache_node_restarted": "CacheNodesRebooted",
    "recovering_cache_nodes": "CacheNodeReplaceStarted",
    "finished_recovery": "CacheNodeReplaceComplete",
    "parameter_updated": "CacheClusterParametersChanged",
    "parameter_group_used": "CacheClusterParametersChanged",
    "certificate_renewed": "CertificateRenewalComplete",
    "security_groups_changed": "CacheClusterSecurityGroupModified",
    "service_update_available": "ServiceUpdateAvailableForNode",
    "replication_group_created": "CreateReplicationGroupComplete",
    "failover_completed": "FailoverComplete",
    "node_type_changed": "CacheClusterScalingComplete",
    "node_type_given_up": "CacheClusterScalingFailed",
    "creation_failed": "CacheClusterProvisioningFailed",
}

HISTORY_ONLY = {
    "attention",
    "cache_node_shut_down",
    "data_lost",
    "diverged_data_kept",
    "engine_upgraded",
    "parameter_group_created",
    "parameter_group_deleted",
    "pending_given_up",
    "replication_group_deleted",
    "resharding_finished",
    "resharding_given_up",
    "resharding_started",
    "step_failed",
    "test_failover_called",
    "upgrade_given_up",
    "user_created",
    "user_deleted",
    "user_group_created",
    "user_group_deleted",
    "user_group_modified",
    "user_modified",
}

TEXTS: Mapping[str, Callable[..., str]] = {
    name: function
    for name, function in inspect.getmembers(events, inspect.isfunction)
    if function.__module__ == events.__name__
}
PLAUSIBLE: Mapping[str, Any] = {"int": 3, "datetime": AT}


def event(name: str, source_type: SourceType = SourceType.CACHE_CLUSTER) -> Event:
    text = TEXTS[name]
    parameters = inspect.signature(text).parameters.values()
    message = text(*(PLAUSIBLE.get(getattr(each.annotation, "__name__", ""), "orders-001") for each in parameters))
    return Event(region=Region("us-east-1"), source_type=source_type, source_id="orders-001", message=message, at=AT)


def test_every_text_is_in_one_of_the_two_lists() -> None:
    assert not NAMED.keys() & HISTORY_ONLY
    assert NAMED.keys() | HISTORY_ONLY == TEXTS.keys()


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_line_that_aws_tells_topics_has_aws_s_name(name: str) -> None:
    assert find_event_name(event(name)) == NAMED[name]


@pytest.mark.parametrize("name", sorted(HISTORY_ONLY))
def test_a_line_that_aws_has_no_name_for_is_told_nobody(name: str) -> None:
    assert find_news(event(name)) is None


def test_scaling_has_another_name_for_a_group() -> None:
    of_group = event("node_type_changed", SourceType.REPLICATION_GROUP)

    assert find_event_name(of_group) == "ReplicationGroupScalingComplete"


def test_news_are_json_with_the_name_and_whom_it_is_about() -> None:
    text = find_news(event("failover_completed"))

    assert text == '{ "ElastiCache:FailoverComplete" : "orders-001" }'
    assert json.loads(text) == {"ElastiCache:FailoverComplete": "orders-001"}
