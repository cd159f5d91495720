"""Whatever is asked: no failure of ours, no fault that AWS does not have there, and nothing left half made."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elastane.service import elasticache
from tests.conformance import plausible
from tests.conformance.caches import Caches
from tests.conformance.plausible import published
from tests.conformance.wire import Signer, fault_of, form, request, send
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine

SIGNER = Signer(region=plausible.REGION)

COMMON = {
    "InvalidAction",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MalformedInput",
    "MissingAction",
    "MissingParameter",
    "ValidationError",
}
"""What any action of any Query service may answer (AWS's Common Errors)."""

BEYOND_THE_MODEL = {"CreateReplicationGroup": {"CacheClusterAlreadyExists"}}
"""The published model has no word for a group whose member's id is taken by a cache cluster on its own."""

CHANGES = tuple(action for action in elasticache.ACTIONS if not action.startswith(("Describe", "List")))

SETTLED_GROUPS = {"available", "create-failed"}
SETTLED_CLUSTERS = {"available", "incompatible-network"}

unhurried = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """A control plane of its own, with an engine of every kind of cache."""
    environment = engine_environment(stored_engine("memcached", "1.6"))
    with running_elastane(tmp_path_factory.mktemp("random") / "data", environment=environment) as running:
        yield running


def ask(elastane: RunningElastane, action: str, fields: dict[str, str]) -> tuple[int, str]:
    """The status and, for a refusal, its code."""
    answer = send(request(elastane.url, form(action, **fields), SIGNER))
    return (200, "") if answer.status_code == 200 else fault_of(answer)


@pytest.mark.parametrize("action", published().operation_names)
def test_a_random_request_is_answered_or_refused_as_aws_would(elastane: RunningElastane, action: str) -> None:
    declared = {error.error_code for error in published().operation_model(action).error_shapes}
    is_built = action in elasticache.ACTIONS
    allowed = COMMON | BEYOND_THE_MODEL.get(action, set()) | (declared if is_built else {"NotImplemented"})

    @settings(unhurried, max_examples=25 if is_built else 5)
    @given(asked=plausible.requests([action]))
    def check(asked: tuple[str, dict[str, str]]) -> None:
        status, code = ask(elastane, *asked)

        assert status < 500 or code == "NotImplemented"
        assert status == 200 or code in allowed
        assert status != 200 or is_built

    check()

    assert "Traceback" not in elastane.log()


@settings(unhurried, max_examples=10)
@given(history=st.lists(st.tuples(plausible.promising_requests(CHANGES), st.booleans()), min_size=5, max_size=20))
async def test_after_any_history_everything_settles_and_can_be_deleted(
    elastane: RunningElastane, history: list[tuple[tuple[str, dict[str, str]], bool]]
) -> None:
    client = elastane.client("elasticache", plausible.REGION)
    caches = Caches(client, prefix="r")
    caches.make_group(ReplicationGroupId=plausible.GROUPS[0], NumCacheClusters=2)
    caches.make_group(ReplicationGroupId=plausible.SHARDED_GROUP, NumNodeGroups=2, ReplicasPerNodeGroup=1)
    caches.make_cluster(CacheClusterId=plausible.CLUSTERS[0])
    caches.make_cluster(CacheClusterId=plausible.MEMCACHED_CLUSTER, Engine="memcached", NumCacheNodes=2)

    statuses = []
    for asked, is_followed_by_rest in history:
        statuses.append(ask(elastane, *asked)[0])
        if is_followed_by_rest:
            await eventually(lambda: assert_settled(client), timeout_seconds=30, message=f"{asked} settles")

    assert all(status < 500 for status in statuses)
    await eventually(lambda: assert_settled(client), timeout_seconds=30, message="everything settles")
    for group in client.describe_replication_groups()["ReplicationGroups"]:
        client.delete_replication_group(ReplicationGroupId=group["ReplicationGroupId"])
    for cluster in client.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)["CacheClusters"]:
        client.delete_cache_cluster(CacheClusterId=cluster["CacheClusterId"])
    await eventually(lambda: assert_nothing_left(client, elastane), timeout_seconds=30, message="everything goes")
    assert "Traceback" not in elastane.log()


def assert_settled(client: Any) -> bool:
    """Every cache has reached a status that lasts, and groups and their members agree about each other."""
    groups = client.describe_replication_groups()["ReplicationGroups"]
    clusters = client.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    group_statuses = {group["ReplicationGroupId"]: group["Status"] for group in groups}
    cluster_statuses = {
        cluster["CacheClusterId"]: cluster["CacheClusterStatus"]
        for cluster in clusters
        if not is_scaled_in_steps(cluster)
    }
    assert set(group_statuses.values()) <= SETTLED_GROUPS, group_statuses
    assert set(cluster_statuses.values()) <= SETTLED_CLUSTERS, cluster_statuses
    members = {(group["ReplicationGroupId"], member) for group in groups for member in group["MemberClusters"]}
    said = {
        (cluster["ReplicationGroupId"], cluster["CacheClusterId"])
        for cluster in clusters
        if "ReplicationGroupId" in cluster
    }
    assert members == said
    return True


def is_scaled_in_steps(cluster: Any) -> bool:
    """A Memcached cluster on its way to another node type: minutes lie between its batches, and every node serves."""
    statuses = {node["CacheNodeStatus"] for node in cluster["CacheNodes"]}
    is_under_way = cluster["CacheClusterStatus"] == "modifying" and statuses == {"available"}
    return is_under_way and "ScaleConfig" in cluster["PendingModifiedValues"]


def assert_nothing_left(client: Any, elastane: RunningElastane) -> bool:
    assert client.describe_replication_groups()["ReplicationGroups"] == []
    assert client.describe_cache_clusters()["CacheClusters"] == []
    assert list((elastane.data_dir / "nodes" / plausible.REGION).glob("*")) == []
    return True
