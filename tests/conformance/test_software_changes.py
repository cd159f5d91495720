"""Engine, version, node type, parameter group and log delivery through both Modify actions, and what reads back."""

import json
from typing import Any

import pytest

from tests.conformance.caches import (
    SMALL,
    Caches,
    connected,
    needs_redis,
    own_endpoint,
    primary_endpoint,
    process_of,
    refused,
)
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane

LARGE = "cache.m7g.large"
SLOW_LOG: dict[str, Any] = {
    "LogType": "slow-log",
    "DestinationType": "cloudwatch-logs",
    "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "slow"}},
    "LogFormat": "text",
}


def pending(caches: Caches, cluster_id: str) -> dict[str, Any]:
    return dict(caches.cluster(cluster_id)["PendingModifiedValues"])


def maxmemory_bytes(endpoint: Any) -> int:
    with connected(endpoint) as engine:
        return int(engine.info("memory")["maxmemory"])


def test_a_node_type_is_put_on_at_once_and_read_back_everywhere(caches: Caches) -> None:
    group_id = caches.make_group(NumCacheClusters=2)
    before = caches.group(group_id)
    pid = process_of(primary_endpoint(before))

    after = caches.change_group(group_id, CacheNodeType=LARGE, ApplyImmediately=True)

    assert after["CacheNodeType"] == LARGE
    for number in (1, 2):
        member = caches.cluster(f"{group_id}-{number:03d}")
        assert (member["CacheNodeType"], member["PendingModifiedValues"]) == (LARGE, {})
        assert maxmemory_bytes(own_endpoint(member)) == 5_140_907_060
    assert primary_endpoint(after) == primary_endpoint(before)
    assert process_of(primary_endpoint(after)) == pid


def test_only_node_types_that_are_listed_are_accepted(caches: Caches) -> None:
    group_id = caches.make_group()
    listed = caches.client.list_allowed_node_type_modifications(ReplicationGroupId=group_id)
    types = listed["ScaleUpModifications"] + listed["ScaleDownModifications"]

    with refused("InvalidParameterCombination", words="data tiering"):
        caches.client.modify_replication_group(
            ReplicationGroupId=group_id, CacheNodeType="cache.r6gd.xlarge", ApplyImmediately=True
        )

    assert LARGE in types
    assert "cache.r6gd.xlarge" not in types
    assert caches.change_group(group_id, CacheNodeType=types[-1], ApplyImmediately=True)["CacheNodeType"] == types[-1]


def test_without_apply_immediately_it_waits_and_is_taken_back_by_the_present_value(caches: Caches) -> None:
    group_id = caches.make_group()

    waiting = caches.change_group(group_id, CacheNodeType=LARGE)
    shown = pending(caches, f"{group_id}-001")
    caches.change_group(group_id, CacheNodeType=SMALL)

    assert waiting["CacheNodeType"] == SMALL
    assert shown == {"CacheNodeType": LARGE}
    assert pending(caches, f"{group_id}-001") == {}


def test_what_waits_is_done_now_by_a_call_that_says_nothing_else(caches: Caches) -> None:
    group_id = caches.make_group()
    caches.change_group(group_id, CacheNodeType=LARGE)

    after = caches.change_group(group_id, ApplyImmediately=True)

    assert after["CacheNodeType"] == LARGE
    assert pending(caches, f"{group_id}-001") == {}


def test_a_cache_cluster_on_its_own_waits_and_is_changed_likewise(caches: Caches) -> None:
    cluster_id = caches.make_cluster()

    caches.client.modify_cache_cluster(CacheClusterId=cluster_id, CacheNodeType=LARGE)
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)
    shown = pending(caches, cluster_id)
    caches.client.modify_cache_cluster(CacheClusterId=cluster_id, ApplyImmediately=True)
    caches.wait("cache_cluster_available", CacheClusterId=cluster_id)

    after = caches.cluster(cluster_id)
    assert shown == {"CacheNodeType": LARGE}
    assert (after["CacheNodeType"], after["PendingModifiedValues"]) == (LARGE, {})
    assert maxmemory_bytes(own_endpoint(after)) == 5_140_907_060


@needs_redis
def test_redis_oss_becomes_valkey_by_the_aws_cli_and_keeps_its_keys_endpoints_and_tags(
    caches: Caches, elastane: RunningElastane
) -> None:
    group_id = caches.make_group(
        Engine="redis", EngineVersion="7.0", NumCacheClusters=2, Tags=[{"Key": "team", "Value": "checkout"}]
    )
    before = caches.group(group_id)
    with connected(primary_endpoint(before)) as engine:
        engine.set("kept", "yes")

    answer = elastane.run_aws(
        "elasticache", "modify-replication-group", "--replication-group-id", group_id,
        "--engine", "valkey", "--engine-version", "9.1", "--apply-immediately",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["ReplicationGroup"]["Status"] == "modifying"
    caches.wait("replication_group_available", ReplicationGroupId=group_id)

    after = caches.group(group_id)
    assert (after["Engine"], after["MemberClusters"]) == ("valkey", before["MemberClusters"])
    assert primary_endpoint(after) == primary_endpoint(before)
    with connected(primary_endpoint(after)) as engine:
        assert engine.get("kept") == "yes"
        assert engine.info("server")["server_name"] == "valkey"
    for member_id in after["MemberClusters"]:
        member = caches.cluster(member_id)
        assert member["EngineVersion"].startswith("9.1.")
        assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey9"
        tags = caches.client.list_tags_for_resource(ResourceName=member["ARN"])["TagList"]
        assert tags == [{"Key": "team", "Value": "checkout"}]
    with refused("InvalidParameterCombination", words="Cannot modify valkey from 9.1 to 7.0"):
        caches.client.modify_replication_group(ReplicationGroupId=group_id, Engine="redis", ApplyImmediately=True)


def test_a_parameter_group_is_used_at_once_and_follows_through(caches: Caches) -> None:
    name = caches.name("parameters")
    caches.client.create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily="valkey9", Description="of a test"
    )
    caches.client.modify_cache_parameter_group(
        CacheParameterGroupName=name,
        ParameterNameValues=[{"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lfu"}],
    )
    group_id = caches.make_group()

    caches.change_group(group_id, CacheParameterGroupName=name)

    member = caches.cluster(f"{group_id}-001")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == name
    with connected(own_endpoint(member)) as engine:
        assert engine.info("memory")["maxmemory_policy"] == "allkeys-lfu"
    with refused("InvalidCacheParameterGroupState", words="members of this parameter group"):
        caches.client.delete_cache_parameter_group(CacheParameterGroupName=name)
    caches.change_group(group_id, CacheParameterGroupName="default.valkey9")
    caches.client.delete_cache_parameter_group(CacheParameterGroupName=name)


@pytest.mark.parametrize("on", ["create", "modify"])
async def test_log_delivery_reads_back_and_says_what_it_waits_for(caches: Caches, on: str) -> None:
    asked: dict[str, Any] = {"LogDeliveryConfigurations": [SLOW_LOG]} if on == "create" else {}
    group_id = caches.make_group(**asked)
    if on == "modify":
        with refused("InvalidParameterCombination", words="ApplyImmediately"):
            caches.client.modify_replication_group(ReplicationGroupId=group_id, LogDeliveryConfigurations=[SLOW_LOG])
        caches.change_group(group_id, LogDeliveryConfigurations=[SLOW_LOG], ApplyImmediately=True)

    def waiting() -> dict[str, Any]:
        (shown,) = caches.group(group_id)["LogDeliveryConfigurations"]
        return dict(shown) if shown["Status"] == "error" else {}

    delivery = await eventually(waiting)

    assert {name: delivery[name] for name in SLOW_LOG} == SLOW_LOG
    assert delivery["Message"].startswith("The log group slow does not exist.")
    assert caches.cluster(f"{group_id}-001")["ReplicationGroupLogDeliveryEnabled"] is True
