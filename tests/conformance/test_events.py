"""DescribeEvents: the customer's history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conformance.caches import Caches, refused


def messages(caches: Caches, source_type: str, source: str, **parameters: Any) -> list[str]:
    answer = caches.client.describe_events(SourceType=source_type, SourceIdentifier=source, **parameters)
    return [event["Message"] for event in answer["Events"]]


def test_the_life_of_a_group_is_told_newest_first(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    caches.client.delete_replication_group(ReplicationGroupId=group_id)
    caches.wait("replication_group_deleted", ReplicationGroupId=group_id)

    of_group = messages(caches, "replication-group", group_id)
    of_member = messages(caches, "cache-cluster", f"{group_id}-001")

    assert of_group == [f"Replication group {group_id} deleted", f"Replication group {group_id} created"]
    assert of_member[0] == "Cache cluster deleted"
    assert of_member[-2:] == ["Cache cluster created", "Added cache node 0001 in availability zone us-east-1a"]


def test_replicas_that_come_and_go_are_told(caches: Caches) -> None:
    group_id = caches.make_group()
    caches.client.increase_replica_count(ReplicationGroupId=group_id, NewReplicaCount=1, ApplyImmediately=True)
    caches.wait("replication_group_available", ReplicationGroupId=group_id)
    caches.client.decrease_replica_count(ReplicationGroupId=group_id, NewReplicaCount=0, ApplyImmediately=True)
    caches.wait("cache_cluster_deleted", CacheClusterId=f"{group_id}-002")

    told = messages(caches, "cache-cluster", f"{group_id}-002")

    assert told == [
        "Cache cluster deleted",
        "Removed cache nodes 0001",
        "Cache cluster created",
        "Added cache node 0001 in availability zone us-east-1b",
    ]


def test_a_promotion_is_told_in_aws_s_words(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)

    caches.change_group(group_id, PrimaryClusterId=f"{group_id}-002")

    message = f"Failover from primary node {group_id}-001 to replica node {group_id}-002 completed"
    assert messages(caches, "replication-group", group_id)[0] == message
    assert message in messages(caches, "cache-cluster", f"{group_id}-002")


def test_a_deleted_cluster_on_its_own_is_told(caches: Caches) -> None:
    cluster_id = caches.make_cluster()
    caches.client.delete_cache_cluster(CacheClusterId=cluster_id)
    caches.wait("cache_cluster_deleted", CacheClusterId=cluster_id)

    told = messages(caches, "cache-cluster", cluster_id)

    assert (told[0], told[-2]) == ("Cache cluster deleted", "Cache cluster created")
    assert told == messages(caches, "cache-cluster", cluster_id.upper())


def test_events_carry_their_source_and_their_moment(caches: Caches) -> None:
    started = datetime.now(UTC) - timedelta(seconds=2)
    cluster_id = caches.make_cluster()

    answer = caches.client.describe_events(SourceType="cache-cluster", SourceIdentifier=cluster_id)

    for event in answer["Events"]:
        assert (event["SourceIdentifier"], event["SourceType"]) == (cluster_id, "cache-cluster")
        assert started <= event["Date"] <= datetime.now(UTC) + timedelta(seconds=2)


def test_a_window_leaves_out_what_lies_outside(caches: Caches) -> None:
    cluster_id = caches.make_cluster()
    now = datetime.now(UTC)

    before = messages(caches, "cache-cluster", cluster_id, EndTime=now - timedelta(minutes=5))
    since = messages(caches, "cache-cluster", cluster_id, StartTime=now - timedelta(minutes=5))
    lately = messages(caches, "cache-cluster", cluster_id, Duration=5)

    assert before == []
    assert since == lately != []


def test_events_are_listed_page_by_page_each_once_and_newest_first(crowded: Any) -> None:
    pages = list(crowded.get_paginator("describe_events").paginate(PaginationConfig={"PageSize": 20}))
    at_once = crowded.describe_events(MaxRecords=100)["Events"]

    events = [event for page in pages for event in page["Events"]]
    moments = [event["Date"] for event in events]
    assert len(pages) >= 3
    assert all(len(page["Events"]) == 20 for page in pages[:-1])
    assert moments == sorted(moments, reverse=True)
    assert events[:100] == at_once


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"SourceIdentifier": "orders"}, "InvalidParameterCombination", "SourceType"),
        (
            {"StartTime": datetime(2020, 1, 1, tzinfo=UTC)},
            "InvalidParameterValue",
            "14 days",
        ),
        ({"Duration": 0}, "InvalidParameterValue", "Duration"),
        ({"Duration": 20161}, "InvalidParameterValue", "Duration"),
        ({"MaxRecords": 5}, "InvalidParameterValue", "MaxRecords"),
        ({"Marker": "mine"}, "InvalidParameterValue", "Marker"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    client: Any, parameters: dict[str, Any], code: str, words: str
) -> None:
    with refused(code, words=words):
        client.describe_events(**parameters)


def test_a_window_is_said_in_at_most_two_ways_and_runs_forward(client: Any) -> None:
    now = datetime.now(UTC)
    earlier = now - timedelta(hours=1)

    with refused("InvalidParameterCombination", words="Duration"):
        client.describe_events(StartTime=earlier, EndTime=now, Duration=5)
    with refused("InvalidParameterCombination", words="before EndTime"):
        client.describe_events(StartTime=now, EndTime=earlier)


def test_a_kind_of_source_that_aws_does_not_have_is_refused(client: Any) -> None:
    with refused("ValidationError", words="enum value set"):
        client.describe_events(SourceType="teapot")
