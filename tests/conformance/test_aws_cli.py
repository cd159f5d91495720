"""The stock AWS CLI, as people type it."""

import json
import shlex
import subprocess

import pytest

from tests.conformance.caches import connected
from tests.conformance.clustered import clustered
from tests.kit.elastane import RunningElastane

CREATE = shlex.split(
    "elasticache create-replication-group --replication-group-id elc-tutorial "
    "--replication-group-description tutorial --engine valkey --cache-node-type cache.t3.micro "
    "--num-cache-clusters 2 --multi-az-enabled --automatic-failover-enabled"
)

CREATE_SHARDS = shlex.split(
    "elasticache create-replication-group --replication-group-id elc-shards --replication-group-description shards "
    "--engine valkey --cache-node-type cache.t3.micro --automatic-failover-enabled --num-node-groups 2 "
    "--node-group-configuration NodeGroupId=0001,Slots=0-11999,ReplicaCount=1 "
    "NodeGroupId=0002,Slots=12000-16383,ReplicaCount=0"
)


def answered(finished: "subprocess.CompletedProcess[str]") -> dict[str, object]:
    assert finished.returncode == 0, finished.stderr
    answer: dict[str, object] = json.loads(finished.stdout)
    return answer


# The waiter asks every fifteen seconds, so a first look that comes too early costs as much.
@pytest.mark.timeout(120)
def test_the_tutorial_can_be_typed_from_beginning_to_end(elastane: RunningElastane) -> None:
    created = answered(elastane.run_aws(*CREATE))
    waited = elastane.run_aws(
        "elasticache", "wait", "replication-group-available", "--replication-group-id", "elc-tutorial"
    )
    endpoint = answered(
        elastane.run_aws(
            "elasticache",
            "describe-replication-groups",
            "--replication-group-id",
            "elc-tutorial",
            "--query",
            "ReplicationGroups[0].NodeGroups[0].PrimaryEndpoint",
        )
    )
    with connected(endpoint) as primary:
        written = primary.set("hello", "world")
    deleted = answered(
        elastane.run_aws("elasticache", "delete-replication-group", "--replication-group-id", "elc-tutorial")
    )

    assert created["ReplicationGroup"]["MultiAZ"] == "enabled"  # type: ignore[index]  # AWS's own untyped answer
    assert waited.returncode == 0, waited.stderr
    assert written is True
    assert deleted["ReplicationGroup"]["Status"] == "deleting"  # type: ignore[index]  # AWS's own untyped answer


@pytest.mark.timeout(120)
def test_a_group_with_cluster_mode_can_be_typed(elastane: RunningElastane) -> None:
    created = answered(elastane.run_aws(*CREATE_SHARDS))
    waited = elastane.run_aws(
        "elasticache", "wait", "replication-group-available", "--replication-group-id", "elc-shards"
    )
    group = answered(
        elastane.run_aws(
            "elasticache",
            "describe-replication-groups",
            "--replication-group-id",
            "elc-shards",
            "--query",
            "ReplicationGroups[0]",
        )
    )
    with clustered(group) as cluster:
        written = cluster.set("hello", "world")
    answered(elastane.run_aws("elasticache", "delete-replication-group", "--replication-group-id", "elc-shards"))

    assert created["ReplicationGroup"]["AutomaticFailover"] == "enabled"  # type: ignore[index]  # AWS's own untyped answer
    assert waited.returncode == 0, waited.stderr
    assert (group["ClusterEnabled"], group["ClusterMode"], written) == (True, "enabled", True)
    assert group["MemberClusters"] == ["elc-shards-0001-001", "elc-shards-0001-002", "elc-shards-0002-001"]


def test_a_parameter_group_can_be_typed_from_its_creation_to_its_end(elastane: RunningElastane) -> None:
    named = ("--cache-parameter-group-name", "elc-tuned")

    def typed(action: str, *more: str) -> "subprocess.CompletedProcess[str]":
        return elastane.run_aws("elasticache", action, *named, *more)

    created = answered(
        typed("create-cache-parameter-group", "--cache-parameter-group-family", "valkey9", "--description", "tuned")
    )
    answered(
        typed(
            "modify-cache-parameter-group",
            "--parameter-name-values",
            "ParameterName=maxmemory-policy,ParameterValue=allkeys-lru",
            "ParameterName=timeout,ParameterValue=60",
        )
    )
    answered(typed("reset-cache-parameter-group", "--parameter-name-values", "ParameterName=timeout"))
    changed = answered(typed("describe-cache-parameters", "--source", "user"))["Parameters"]
    deleted = typed("delete-cache-parameter-group")

    assert created["CacheParameterGroup"]["CacheParameterGroupName"] == "elc-tuned"  # type: ignore[index]  # untyped
    assert [(each["ParameterName"], each["ParameterValue"]) for each in changed] == [  # type: ignore[attr-defined]  # untyped
        ("maxmemory-policy", "allkeys-lru")
    ]
    assert (deleted.returncode, deleted.stdout) == (0, "")


def test_users_and_user_groups_can_be_typed_from_their_creation_to_their_end(elastane: RunningElastane) -> None:
    def typed(action: str, *more: str) -> "subprocess.CompletedProcess[str]":
        return elastane.run_aws("elasticache", action, *more)

    user, group = ("--user-id", "elc-reader"), ("--user-group-id", "elc-readers")
    named = ("--user-name", "reader", "--engine", "valkey", "--passwords", "a-password-of-24-letters")

    created = answered(typed("create-user", *user, *named, "--access-string", "on ~app::* -@all +@read"))
    changed = answered(typed("modify-user", *user, "--append-access-string", "+@write"))
    listed = answered(typed("describe-users", "--filters", "Name=UserId,Values=elc-reader"))["Users"]
    grouped = answered(typed("create-user-group", *group, "--engine", "valkey", "--user-ids", "elc-reader"))
    described = answered(typed("describe-user-groups", *group))["UserGroups"]
    emptied = answered(typed("modify-user-group", *group, "--user-ids-to-remove", "elc-reader"))
    deleted = [answered(typed("delete-user-group", *group)), answered(typed("delete-user", *user))]
    refused = typed("describe-users", *user)

    assert created["AccessString"] == "on ~app::* -@all +@read"
    assert changed["AccessString"] == "on ~app::* -@all +@read +@write"
    assert listed == [changed]
    assert described == [grouped]
    assert (grouped["UserIds"], emptied["UserIds"]) == (["elc-reader"], [])
    assert [each["Status"] for each in deleted] == ["deleting", "deleting"]
    assert "(UserNotFound)" in refused.stderr


def test_a_refusal_is_told_with_aws_s_code(elastane: RunningElastane) -> None:
    finished = elastane.run_aws(
        "elasticache", "describe-replication-groups", "--replication-group-id", "there-is-no-such-group"
    )

    assert finished.returncode != 0
    assert "(ReplicationGroupNotFoundFault)" in finished.stderr
    assert "DescribeReplicationGroups operation: ReplicationGroup there-is-no-such-group not found." in finished.stderr


def test_the_caller_is_told_who_it_is(elastane: RunningElastane) -> None:
    assert answered(elastane.run_aws("sts", "get-caller-identity"))["Account"] == "000000000000"
